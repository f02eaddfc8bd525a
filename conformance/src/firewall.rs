//! The FAQ's port tables as firewall rules (NET-01 to NET-15), for the edge of a customer's site or of a service's.

use net::firewall::{FirewallSpec, Pattern, Rule, Way};
use net::packet::Protocol;

use crate::requirements::ports::{self, Direction, PortRow, Table};

/// Whose edge the rules are for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Edge {
    /// The site of the client.
    Customer,
    /// The site of the service itself.
    Service,
}

/// Port of the name service: no table of the FAQ lists it, and no row of them works without it.
const DNS: u16 = 53;

/// A firewall that allows the rows of these tables, names to be asked for, answers to both, and nothing else.
pub fn only(tables: &[Table], edge: Edge) -> FirewallSpec {
    let mut rules: Vec<Rule> = tables
        .iter()
        .flat_map(|table| rules(*table, edge))
        .collect();
    rules.push(
        Rule::allow("dns", Way::Out)
            .protocol(Protocol::Udp)
            .port(DNS),
    );
    FirewallSpec::closed(rules)
}

/// The rules of one table.
pub fn rules(table: Table, edge: Edge) -> Vec<Rule> {
    ports::rows(table)
        .iter()
        .flat_map(|row| row_rules(row, edge))
        .collect()
}

/// The rules of one row, one for each way and protocol.
pub fn row_rules(row: &PortRow, edge: Edge) -> Vec<Rule> {
    let mut rules = Vec::new();
    for way in ways(row, edge) {
        for protocol in [Protocol::Tcp, Protocol::Udp] {
            if row.covers(protocol == Protocol::Udp, *row.ports[0].start()) {
                let mut rule = Rule::allow(row.name, way).protocol(protocol);
                for range in row.ports {
                    rule = rule.ports(*range.start(), *range.end());
                }
                rules.push(match host(row) {
                    Some(pattern) if edge == Edge::Customer => rule.host(pattern),
                    _ => rule,
                });
            }
        }
    }
    rules
}

/// Tables are written from their owner's side: the IP Office's inbound is the customer's outbound.
fn ways(row: &PortRow, edge: Edge) -> Vec<Way> {
    let owner = match row.table {
        Table::IpOffice => Edge::Service,
        Table::Spaces | Table::Meetings => Edge::Customer,
    };
    match (row.direction, owner == edge) {
        (Direction::Both, _) => vec![Way::Out, Way::In],
        (Direction::In, true) | (Direction::Out, false) => vec![Way::In],
        (Direction::Out, true) | (Direction::In, false) => vec![Way::Out],
    }
}

/// The hosts of a row; a row for all hosts, or for a network given by its owner's number, has none.
fn host(row: &PortRow) -> Option<Pattern> {
    row.hosts
        .parse()
        .ok()
        .filter(|_| row.hosts != "*" && !row.hosts.contains(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_enters_the_system_leaves_the_customer() {
        let media = &ports::IP_OFFICE[6];
        assert_eq!(row_rules(media, Edge::Service)[0].way, Way::In);
        assert_eq!(row_rules(media, Edge::Customer)[0].way, Way::Out);
        assert_eq!(row_rules(&ports::IP_OFFICE[4], Edge::Customer).len(), 4);
    }

    #[test]
    fn names_of_hosts_become_patterns() {
        let rules = rules(Table::Spaces, Edge::Customer);
        assert_eq!(rules.len(), 14);
        let named = rules.iter().filter(|rule| rule.host.is_some()).count();
        assert_eq!(
            named, 13,
            "all but the push row, which is given by the number of a network"
        );
        let spaces = rules[0].host.as_ref().expect("the first row has a host");
        assert!(spaces.fits_name("apis-socket.zang.io") && !spaces.fits_name("zang.example"));
    }
}
