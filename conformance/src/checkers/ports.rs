//! Clients and servers use the ports of the published tables and no others (NET-01 to NET-05, NET-12 to NET-15).

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use net::packet::Protocol;

use super::{Cast, Checker};
use crate::evidence::Evidence;
use crate::outcome::{Fault, Finding};
use crate::requirements::ports::{IP_OFFICE_MEDIA, Table, rows};

/// See the module.
pub const CHECKER: Checker = Checker {
    name: "ports",
    claim: "Clients talk to the ports of the published tables and to no others; RTP uses even ports.",
    check,
};

const DNS: u16 = 53;

fn check(evidence: &Evidence<'_>, cast: &Cast) -> Result<(), Finding> {
    let mut opened_by_server: BTreeSet<(SocketAddr, bool)> = BTreeSet::new();
    for sent in evidence.sent() {
        let is_udp = sent.packet.protocol == Protocol::Udp;
        if !cast.clients.contains(&sent.host) {
            opened_by_server.insert((sent.packet.source, is_udp));
            continue;
        }
        let target = sent.packet.target;
        let Some(table) = evidence
            .host_at(target.ip())
            .and_then(|host| table(host, cast))
        else {
            continue;
        };
        // What a client sends back on a flow that the server opened goes to whatever port the server chose.
        if !is_listed(table, is_udp, target.port()) && !opened_by_server.contains(&(target, is_udp))
        {
            let expected = format!("only ports of the published table of {table:?}");
            let protocol = if is_udp { "UDP" } else { "TCP" };
            let came = format!(
                "{} sends to {protocol} {target}",
                evidence.host_name(sent.host)
            );
            return Err(Finding::new(Fault::Client, expected, came).at(sent.at));
        }
    }
    media_of_ip_office(evidence, cast)
}

/// Media of the IP Office stays in its range: RTP on even ports, RTCP on odd ones, no port in two calls at once (NET-05).
fn media_of_ip_office(evidence: &Evidence<'_>, cast: &Cast) -> Result<(), Finding> {
    let Some(office) = cast.ip_office else {
        return Ok(());
    };
    let range = format!("{} to {}", IP_OFFICE_MEDIA.start(), IP_OFFICE_MEDIA.end());
    for packet in evidence.rtp.iter().filter(|packet| packet.host == office) {
        let port = packet.source.port();
        if !IP_OFFICE_MEDIA.contains(&port) || port % 2 != 0 {
            let expected = format!("RTP from an even port of {range}");
            return Err(
                Finding::new(Fault::IpOffice, expected, format!("RTP from port {port}"))
                    .at(packet.at),
            );
        }
    }
    for sent in evidence
        .sent()
        .filter(|sent| sent.host == office && is_rtcp(&sent.packet.payload))
    {
        let port = sent.packet.source.port();
        if sent.packet.protocol == Protocol::Udp
            && (!IP_OFFICE_MEDIA.contains(&port) || port % 2 == 0)
        {
            let expected = format!("RTCP from an odd port of {range}");
            return Err(
                Finding::new(Fault::IpOffice, expected, format!("RTCP from port {port}"))
                    .at(sent.at),
            );
        }
    }
    used_once(evidence, office, &range)
}

fn used_once(evidence: &Evidence<'_>, office: usize, range: &str) -> Result<(), Finding> {
    let mut claims: BTreeMap<SocketAddr, Vec<Claim>> = BTreeMap::new();
    for dialog in evidence.dialogs() {
        let from = dialog.answered.unwrap_or_default();
        let until = dialog.bye.map_or(Duration::MAX, |(at, _)| at);
        let mut named: Vec<SocketAddr> = dialog
            .media
            .iter()
            .filter(|(host, _)| *host == office)
            .map(|(_, socket)| *socket)
            .collect();
        named.sort();
        named.dedup();
        for socket in named {
            if !IP_OFFICE_MEDIA.contains(&socket.port()) || socket.port() % 2 != 0 {
                let expected = format!("SDP names an even port of {range}");
                return Err(Finding::new(
                    Fault::IpOffice,
                    expected,
                    format!("port {}", socket.port()),
                )
                .at(from));
            }
            let claim = Claim {
                from,
                until,
                call: dialog.parties.clone(),
                invited: dialog.invited,
            };
            let claims = claims.entry(socket).or_default();
            if claims.iter().any(|other| {
                other.from < until && from < other.until && !other.is_fork_with(&claim)
            }) {
                let came = format!("port {} serves two", socket.port());
                return Err(Finding::new(
                    Fault::IpOffice,
                    "no media port serves two calls at once",
                    came,
                )
                .at(from));
            }
            claims.push(claim);
        }
    }
    Ok(())
}

/// A call's claim to a port.
struct Claim {
    from: Duration,
    until: Duration,
    call: (String, String),
    invited: Duration,
}

impl Claim {
    /// Devices that ring for one call are offered the same port: only one of them will use it.
    fn is_fork_with(&self, other: &Self) -> bool {
        self.call == other.call && self.invited.abs_diff(other.invited) <= FORK
    }
}

/// INVITEs of one fork leave within this time.
const FORK: Duration = Duration::from_millis(50);

/// RFC 5761 §4: packet types of RTCP.
fn is_rtcp(bytes: &[u8]) -> bool {
    matches!(bytes, [first, second, ..] if first >> 6 == 2 && (192..=223).contains(second))
}

fn table(host: usize, cast: &Cast) -> Option<Table> {
    match Some(host) {
        host if host == cast.ip_office => Some(Table::IpOffice),
        host if host == cast.spaces => Some(Table::Spaces),
        host if host == cast.meetings => Some(Table::Meetings),
        _ => None,
    }
}

fn is_listed(table: Table, is_udp: bool, port: u16) -> bool {
    (is_udp && port == DNS) || rows(table).iter().any(|row| row.covers(is_udp, port))
}
