//! Records of the domain name system as callers see them.

use std::collections::BTreeMap;
use std::net::IpAddr;

use hickory_proto::rr::RData;
use serde::{Deserialize, Serialize};

/// A service record (RFC 2782).
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Srv {
    /// Lower is tried first.
    pub priority: u16,
    /// Share among records of equal priority.
    pub weight: u16,
    /// Port of the service.
    pub port: u16,
    /// Host name, without the closing dot.
    pub target: String,
}

/// A naming authority pointer (RFC 3403).
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Naptr {
    /// Lower is processed first.
    pub order: u16,
    /// Lower is preferred among equal order.
    pub preference: u16,
    /// What the next step is: `s`, `a`, `u` or `p`.
    pub flags: String,
    /// Service, such as `SIP+D2U` (RFC 3263 §4.1).
    pub service: String,
    /// Substitution expression; empty when `replacement` is used.
    pub regexp: String,
    /// Next name to ask for, without the closing dot.
    pub replacement: String,
}

/// What a name has: the data of one record.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Record {
    /// An address: an A or AAAA record.
    Address(IpAddr),
    /// An SRV record.
    Srv(Srv),
    /// A NAPTR record.
    Naptr(Naptr),
    /// An alias: a CNAME record.
    Alias(String),
}

/// The name as it is compared: lower case, without the closing dot.
pub(crate) fn canonical(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

/// All names of a world, for a server that answers or for a laboratory without one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Zone {
    records: BTreeMap<String, Vec<Record>>,
}

impl Zone {
    /// Adds a record.
    pub(crate) fn add(&mut self, name: &str, record: Record) {
        self.records
            .entry(canonical(name))
            .or_default()
            .push(record);
    }

    /// What `name` has, after following aliases; nothing if the name does not exist.
    pub(crate) fn records(&self, name: &str) -> Option<&[Record]> {
        let mut records = self.records.get(&canonical(name))?;
        for _ in 0..MAX_ALIASES {
            let Some(Record::Alias(target)) = records.first() else {
                break;
            };
            records = self.records.get(&canonical(target))?;
        }
        Some(records)
    }

    /// The chain of aliases from `name` to the name that holds the records, both included.
    pub(crate) fn chain(&self, name: &str) -> Vec<String> {
        let mut chain = vec![canonical(name)];
        while chain.len() <= MAX_ALIASES {
            let last = chain.last().expect("the chain begins with a name");
            let records = self.records.get(last);
            let Some(Record::Alias(target)) = records.and_then(|records| records.first()) else {
                break;
            };
            chain.push(canonical(target));
        }
        chain
    }
}

/// The addresses among `records`.
pub(crate) fn addresses(records: &[Record]) -> Vec<IpAddr> {
    let address = |record: &Record| match record {
        Record::Address(address) => Some(*address),
        Record::Srv(_) | Record::Naptr(_) | Record::Alias(_) => None,
    };
    records.iter().filter_map(address).collect()
}

/// The services among `records`.
pub(crate) fn services(records: &[Record]) -> Vec<Srv> {
    let service = |record: &Record| match record {
        Record::Srv(service) => Some(service.clone()),
        Record::Address(_) | Record::Naptr(_) | Record::Alias(_) => None,
    };
    records.iter().filter_map(service).collect()
}

/// The naming authority pointers among `records`.
pub(crate) fn authorities(records: &[Record]) -> Vec<Naptr> {
    let authority = |record: &Record| match record {
        Record::Naptr(authority) => Some(authority.clone()),
        Record::Address(_) | Record::Srv(_) | Record::Alias(_) => None,
    };
    records.iter().filter_map(authority).collect()
}

/// Our form of a record from the wire; other types are of no interest here.
pub(crate) fn read(record: &hickory_proto::rr::Record) -> Option<Record> {
    let text = |name: &hickory_proto::rr::Name| canonical(&name.to_ascii());
    let string = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if let RData::A(address) = &record.data {
        Some(Record::Address(IpAddr::V4(address.0)))
    } else if let RData::AAAA(address) = &record.data {
        Some(Record::Address(IpAddr::V6(address.0)))
    } else if let RData::CNAME(target) = &record.data {
        Some(Record::Alias(text(&target.0)))
    } else if let RData::SRV(srv) = &record.data {
        Some(Record::Srv(Srv {
            priority: srv.priority,
            weight: srv.weight,
            port: srv.port,
            target: text(&srv.target),
        }))
    } else if let RData::NAPTR(naptr) = &record.data {
        Some(Record::Naptr(Naptr {
            order: naptr.order,
            preference: naptr.preference,
            flags: string(&naptr.flags),
            service: string(&naptr.services),
            regexp: string(&naptr.regexp),
            replacement: text(&naptr.replacement),
        }))
    } else {
        None
    }
}

/// RFC 1034 §3.6.2 wants loops found; no sane chain is longer.
const MAX_ALIASES: usize = 8;
