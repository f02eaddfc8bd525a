//! Which of its addresses a host is known by on the way to another.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Of a host's addresses the one on the way to another: loopback for loopback alone, and then the host's own loopback address
/// if it has one. On a laboratory's machine all hosts have; who took the common one there would be nobody in particular.
pub fn address_towards(own: &[IpAddr], target: IpAddr) -> Option<IpAddr> {
    let mut alike = own
        .iter()
        .filter(|own| own.is_ipv4() == target.is_ipv4())
        .copied();
    if !target.is_loopback() {
        return alike.next();
    }
    Some(alike.find(IpAddr::is_loopback).unwrap_or(match target {
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_address_is_of_the_others_kind() {
        let ip = |text: &str| text.parse::<IpAddr>().expect("an address");
        let towards = |own: &[&str], target: &str| {
            let own: Vec<IpAddr> = own.iter().map(|own| ip(own)).collect();
            address_towards(&own, ip(target))
        };
        let both = ["192.0.2.1", "2001:db8::1"];
        assert_eq!(towards(&both, "198.51.100.1"), Some(ip("192.0.2.1")));
        assert_eq!(towards(&both, "2001:db8::9"), Some(ip("2001:db8::1")));
        assert_eq!(towards(&["192.0.2.1"], "2001:db8::9"), None);
        assert_eq!(towards(&both, "127.0.0.1"), Some(ip("127.0.0.1")));
        assert_eq!(towards(&both, "::1"), Some(ip("::1")));
        // On a laboratory's machine each host has a loopback address of its own.
        assert_eq!(
            towards(&["127.64.0.3"], "127.64.0.1"),
            Some(ip("127.64.0.3"))
        );
    }
}
