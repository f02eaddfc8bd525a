//! Names in the simulated world: questions and answers of RFC 1035 over simulated UDP.
//!
//! The server answers from the topology, aliases included. The client asks again after 1, 2 and
//! 4 seconds and then gives up. Answers are never truncated, nothing is cached.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use hickory_proto::op::{Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA, CNAME, NAPTR, SRV};
use hickory_proto::rr::{Name, RData, Record as WireRecord, RecordType};
use rand_core::Rng;

use super::sleep::Sleep;
use super::{Shared, gone, udp};
use crate::dns::{self, Naptr, Record, Srv, Zone};
use crate::host::Host;
use crate::real::resolver::not_found;

/// Answers questions until the host ends.
pub(super) async fn answer(host: Host, zone: Zone) {
    let mut sockets = Vec::new();
    for any in [
        SocketAddr::from(([0; 4], PORT)),
        SocketAddr::from(([0; 16], PORT)),
    ] {
        if let Ok(socket) = host.udp(any).await {
            sockets.push(Arc::new(socket));
        }
    }
    for socket in sockets {
        let zone = zone.clone();
        host.spawn(async move {
            while let Ok((question, source)) = socket.recv().await {
                if let Some(answer) = reply(&zone, &question) {
                    let _ = socket.send_to(&answer, source).await;
                }
            }
        });
    }
}

pub(super) async fn addresses(
    shared: &Arc<Shared>,
    host: usize,
    name: &str,
) -> io::Result<Vec<IpAddr>> {
    let records = ask(shared, host, name, &[RecordType::A, RecordType::AAAA]).await?;
    Ok(dns::addresses(&records))
}

pub(super) async fn services(
    shared: &Arc<Shared>,
    host: usize,
    name: &str,
) -> io::Result<Vec<Srv>> {
    let records = ask(shared, host, name, &[RecordType::SRV]).await?;
    Ok(dns::services(&records))
}

pub(super) async fn authorities(
    shared: &Arc<Shared>,
    host: usize,
    name: &str,
) -> io::Result<Vec<Naptr>> {
    let records = ask(shared, host, name, &[RecordType::NAPTR]).await?;
    Ok(dns::authorities(&records))
}

/// Asks the world's resolver; without one, the topology itself.
async fn ask(
    shared: &Arc<Shared>,
    host: usize,
    name: &str,
    kinds: &[RecordType],
) -> io::Result<Vec<Record>> {
    let resolver = shared.topology.resolver.as_ref();
    let Some(resolver) = resolver.and_then(|name| shared.topology.host_index(name)) else {
        let records = shared.zone.records(name).ok_or_else(|| not_found(name))?;
        return Ok(records.to_vec());
    };
    let (local, server) = route(shared, host, resolver)?;
    let asked = Name::from_utf8(dns::canonical(name) + ".")
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error.to_string()))?;
    let socket = udp::Socket::bind(shared, host, local)?;
    let asking = shared.host(host).ok_or_else(gone)?;
    let mut entropy = asking.entropy("net.dns");
    let mut open: Vec<(u16, RecordType)> = Vec::new();
    for kind in kinds {
        open.push((entropy.next_u32() as u16, *kind));
    }
    let mut found = Vec::new();
    let mut is_known = false;
    for wait_s in RETRIES_S {
        for (id, kind) in &open {
            let question = question(*id, &asked, *kind)?;
            socket.try_send_to(&question, server)?;
        }
        let deadline_ns = shared.now_ns() + wait_s * 1_000_000_000;
        while !open.is_empty() {
            let received = std::future::poll_fn(|cx| socket.poll_recv(cx));
            let ((bytes, source), _) = tokio::select! {
                biased;
                received = received => received?,
                () = Sleep::new(shared, deadline_ns) => break,
            };
            let Some(message) = Message::from_vec(&bytes).ok().filter(|_| source == server) else {
                continue;
            };
            let Some(place) = open.iter().position(|(id, _)| *id == message.metadata.id) else {
                continue;
            };
            open.remove(place);
            is_known |= message.metadata.response_code != ResponseCode::NXDomain;
            found.extend(message.answers.iter().filter_map(dns::read));
        }
        if open.is_empty() {
            return if is_known {
                Ok(found)
            } else {
                Err(not_found(name))
            };
        }
    }
    let error = format!("no answer for the name {name}");
    Err(io::Error::new(io::ErrorKind::TimedOut, error))
}

/// From where to where to ask: the first family that both have.
fn route(shared: &Shared, host: usize, resolver: usize) -> io::Result<(SocketAddr, SocketAddr)> {
    let hosts = &shared.topology.hosts;
    for server in &hosts[resolver].addresses {
        let mut own = hosts[host].addresses.iter();
        if own.any(|own| own.is_ipv4() == server.is_ipv4()) {
            let any = match server {
                IpAddr::V4(_) => SocketAddr::from(([0; 4], 0)),
                IpAddr::V6(_) => SocketAddr::from(([0; 16], 0)),
            };
            return Ok((any, SocketAddr::new(*server, PORT)));
        }
    }
    let error = "the resolver has no address of a family that this host has";
    Err(io::Error::new(io::ErrorKind::NetworkUnreachable, error))
}

fn question(id: u16, name: &Name, kind: RecordType) -> io::Result<Vec<u8>> {
    let mut message = Message::new(id, MessageType::Query, OpCode::Query);
    message.metadata.recursion_desired = true;
    message.add_query(Query::query(name.clone(), kind));
    let bytes = message.to_vec();
    bytes.map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error.to_string()))
}

/// The answer to a question, if it is one.
fn reply(zone: &Zone, question: &[u8]) -> Option<Vec<u8>> {
    let question = Message::from_vec(question).ok()?;
    if question.metadata.message_type != MessageType::Query {
        return None;
    }
    let mut answer = Message::response(question.metadata.id, question.metadata.op_code);
    answer.metadata.authoritative = true;
    answer.metadata.recursion_desired = question.metadata.recursion_desired;
    answer.metadata.recursion_available = true;
    for query in &question.queries {
        answer.add_query(query.clone());
        let chain = zone.chain(&query.name().to_ascii());
        for (alias, target) in chain.iter().zip(&chain[1..]) {
            if let (Ok(alias), Ok(target)) = (absolute(alias), absolute(target)) {
                let data = RData::CNAME(CNAME(target));
                answer.add_answer(WireRecord::from_rdata(alias, TTL_S, data));
            }
        }
        let Some(last) = chain.last() else {
            continue;
        };
        let Some(records) = zone.records(last) else {
            answer.metadata.response_code = ResponseCode::NXDomain;
            continue;
        };
        for record in records {
            if let (Some(data), Ok(owner)) = (write(record), absolute(last))
                && data.record_type() == query.query_type()
            {
                answer.add_answer(WireRecord::from_rdata(owner, TTL_S, data));
            }
        }
    }
    answer.to_vec().ok()
}

/// The record as it goes over the wire; none if its names are no names.
fn write(record: &Record) -> Option<RData> {
    Some(match record {
        Record::Address(IpAddr::V4(address)) => RData::A(A(*address)),
        Record::Address(IpAddr::V6(address)) => RData::AAAA(AAAA(*address)),
        Record::Alias(target) => RData::CNAME(CNAME(absolute(target).ok()?)),
        Record::Srv(srv) => {
            let target = absolute(&srv.target).ok()?;
            RData::SRV(SRV::new(srv.priority, srv.weight, srv.port, target))
        }
        Record::Naptr(naptr) => RData::NAPTR(NAPTR::new(
            naptr.order,
            naptr.preference,
            naptr.flags.as_bytes().into(),
            naptr.service.as_bytes().into(),
            naptr.regexp.as_bytes().into(),
            absolute(&naptr.replacement).ok()?,
        )),
    })
}

fn absolute(name: &str) -> Result<Name, hickory_proto::ProtoError> {
    Name::from_utf8(dns::canonical(name) + ".")
}

/// RFC 1035 §4.2.1.
const PORT: u16 = 53;
/// Nobody caches.
const TTL_S: u32 = 60;
/// RFC 1035 §4.2.1 leaves it open; as common systems do.
const RETRIES_S: [u64; 3] = [1, 2, 4];
