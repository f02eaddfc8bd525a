//! Addresses of a laboratory on loopback.
//!
//! Host number n of the topology, counting from 0, has 127.64.(n / 250).(n % 250 + 1). When this
//! process may not bind ports under 1024, the hosts still see them, but on the machine such a port
//! lies 20,000 higher: port 443 of host 0 is 127.64.0.1:20443.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

/// How the hosts' addresses lie on the machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lab {
    is_privileged: bool,
}

impl Lab {
    /// Asks the operating system whether this process may bind privileged ports.
    pub(crate) fn new() -> Lab {
        let probe = UdpSocket::bind((Ipv4Addr::new(127, 64, 255, 254), 1));
        Lab {
            is_privileged: probe.is_ok(),
        }
    }

    /// The address of host number `index`.
    pub(crate) fn address(index: usize) -> IpAddr {
        let third = u8::try_from(index / 250).expect("a topology has at most 64,000 hosts");
        let fourth = (index % 250) as u8 + 1;
        Ipv4Addr::new(127, 64, third, fourth).into()
    }

    /// The number of the host with this address, if it is one of a laboratory's.
    pub(crate) fn index(address: IpAddr) -> Option<usize> {
        let IpAddr::V4(address) = address else {
            return None;
        };
        match address.octets() {
            [127, 64, third, fourth @ 1..=250] => {
                Some(usize::from(third) * 250 + usize::from(fourth) - 1)
            }
            _ => None,
        }
    }

    /// The address as the operating system must be told.
    pub(crate) fn outside(&self, address: SocketAddr) -> SocketAddr {
        let mut address = address;
        let port = address.port();
        if self.is_moved(address.ip()) && (1..1024).contains(&port) {
            address.set_port(port + PRIVILEGED_OFFSET);
        }
        address
    }

    /// The address as the hosts know it.
    pub(crate) fn inside(&self, address: SocketAddr) -> SocketAddr {
        let mut address = address;
        let port = address.port();
        if self.is_moved(address.ip()) && (1..1024).contains(&port.wrapping_sub(PRIVILEGED_OFFSET))
        {
            address.set_port(port - PRIVILEGED_OFFSET);
        }
        address
    }

    fn is_moved(&self, address: IpAddr) -> bool {
        !self.is_privileged && address.is_loopback()
    }
}

/// The addresses by which this machine reaches others; loopback if there is no network.
pub(crate) fn machine_addresses() -> Vec<IpAddr> {
    // Connecting a UDP socket sends nothing but makes the system choose a route. The targets are
    // of the documentation ranges (RFC 5737, RFC 3849).
    let towards = |local: &str, target: &str| {
        let socket = UdpSocket::bind(local).ok()?;
        socket.connect(target).ok()?;
        socket.local_addr().ok().map(|local| local.ip())
    };
    let v4 = towards("0.0.0.0:0", "192.0.2.1:9");
    let v6 = towards("[::]:0", "[2001:db8::1]:9");
    let mut addresses: Vec<IpAddr> = v4.into_iter().chain(v6).collect();
    if addresses.is_empty() {
        addresses.push(Ipv4Addr::LOCALHOST.into());
    }
    addresses
}

/// Below the ephemeral ports of all common systems, above the registered ones in use here.
const PRIVILEGED_OFFSET: u16 = 20_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn privileged_ports_move_there_and_back() {
        let lab = Lab {
            is_privileged: false,
        };
        let known: SocketAddr = "127.64.0.1:443".parse().expect("an address");
        let outside = lab.outside(known);
        assert_eq!(outside.port(), 20_443);
        assert_eq!(lab.inside(outside), known);
        let other: SocketAddr = "127.64.0.1:5060".parse().expect("an address");
        assert_eq!((lab.outside(other), lab.inside(other)), (other, other));
        assert_eq!(Lab::address(250).to_string(), "127.64.1.1");
        assert_eq!(Lab::index(Lab::address(777)), Some(777));
        assert_eq!(Lab::index(Ipv4Addr::LOCALHOST.into()), None);
    }
}
