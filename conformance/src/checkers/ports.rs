//! Clients and servers use the ports of the published tables and no others (NET-01 to NET-05, NET-12 to NET-15).

use std::collections::BTreeSet;
use std::net::SocketAddr;

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

/// Media of the IP Office comes from its range, RTP from even ports (NET-05).
fn media_of_ip_office(evidence: &Evidence<'_>, cast: &Cast) -> Result<(), Finding> {
    for packet in evidence
        .rtp
        .iter()
        .filter(|packet| Some(packet.host) == cast.ip_office)
    {
        let port = packet.source.port();
        if !IP_OFFICE_MEDIA.contains(&port) || port % 2 != 0 {
            let expected = format!(
                "RTP from an even port of {} to {}",
                IP_OFFICE_MEDIA.start(),
                IP_OFFICE_MEDIA.end()
            );
            return Err(
                Finding::new(Fault::IpOffice, expected, format!("RTP from port {port}"))
                    .at(packet.at),
            );
        }
    }
    Ok(())
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
