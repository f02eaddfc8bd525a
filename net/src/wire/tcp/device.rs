//! Where a connection's stack meets the network: two queues of segments.

use std::net::SocketAddr;

use bytes::Bytes;
use smoltcp::iface::{Config, Interface};
use smoltcp::phy::{self, ChecksumCapabilities, DeviceCapabilities, Medium};
use smoltcp::time::Instant;
use smoltcp::wire::{HardwareAddress, IpAddress, IpCidr};

use super::segment;

/// An interface with one address, which reaches everything.
pub(super) fn interface(
    device: &mut Device,
    local: SocketAddr,
    seed: u64,
    now_ns: u64,
) -> Interface {
    let mut config = Config::new(HardwareAddress::Ip);
    config.random_seed = seed;
    let mut interface = Interface::new(config, device, instant(now_ns));
    let address = IpAddress::from(local.ip());
    let (bits, routed) = match address {
        IpAddress::Ipv4(own) => (
            32,
            interface.routes_mut().add_default_ipv4_route(own).is_ok(),
        ),
        IpAddress::Ipv6(own) => (
            128,
            interface.routes_mut().add_default_ipv6_route(own).is_ok(),
        ),
    };
    let mut is_added = false;
    interface.update_ip_addrs(|addresses| {
        is_added = addresses.push(IpCidr::new(address, bits)).is_ok();
    });
    assert!(
        routed && is_added,
        "a new interface has room for an address and a route"
    );
    interface
}

/// Where the stack meets the network.
pub(super) struct Device {
    pub(super) mtu: usize,
    pub(super) received: Option<Vec<u8>>,
    /// Where the next segment is written before it is received.
    pub(super) space: Vec<u8>,
    pub(super) sent: Vec<Bytes>,
    /// What the stack writes is thrown away.
    pub(super) is_mute: bool,
    /// The connection is given up: the reset that the stack writes has the number after all that was ever said. The stack itself
    /// gives it the one after what it said last, which may be said for the second time: whoever has heard it the first time, and
    /// whose word of that was lost, would take the reset for an old one (RFC 9293 §3.10.7.4) and wait for ever.
    pub(super) is_given_up: bool,
    /// The sequence number after all that was said.
    end: Option<u32>,
}

impl Device {
    /// A device that carries what an Ethernet carries.
    pub(super) fn ethernet() -> Device {
        Device {
            mtu: ETHERNET_MTU,
            received: None,
            space: Vec::new(),
            sent: Vec::new(),
            is_mute: false,
            is_given_up: false,
            end: None,
        }
    }

    /// Where the stack reads, and where it writes.
    fn halves(&mut self) -> (&mut Vec<u8>, Sent<'_>) {
        let sent = Sent {
            sent: &mut self.sent,
            is_mute: self.is_mute,
            is_given_up: self.is_given_up,
            end: &mut self.end,
        };
        (&mut self.space, sent)
    }
}

impl phy::Device for Device {
    type RxToken<'a> = Received<'a>;
    type TxToken<'a> = Sent<'a>;

    fn receive(&mut self, _: Instant) -> Option<(Received<'_>, Sent<'_>)> {
        let frame = self.received.take()?;
        let (space, sent) = self.halves();
        Some((Received { frame, space }, sent))
    }

    fn transmit(&mut self, _: Instant) -> Option<Sent<'_>> {
        Some(self.halves().1)
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ip;
        capabilities.max_transmission_unit = self.mtu;
        // Damage is the link's business: it drops what a checksum would reject.
        capabilities.checksum = ChecksumCapabilities::ignored();
        capabilities
    }
}

pub(super) struct Received<'a> {
    frame: Vec<u8>,
    space: &'a mut Vec<u8>,
}

impl phy::RxToken for Received<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, read: F) -> R {
        let result = read(&self.frame);
        *self.space = self.frame;
        result
    }
}

pub(super) struct Sent<'a> {
    sent: &'a mut Vec<Bytes>,
    is_mute: bool,
    is_given_up: bool,
    end: &'a mut Option<u32>,
}

impl Sent<'_> {
    /// Notes how far the segment goes, and puts a last reset behind all that was said.
    fn place(&mut self, segment: &mut [u8]) {
        match (segment::is_reset(segment), *self.end) {
            (true, Some(end)) if self.is_given_up => segment::set_sequence(segment, end),
            (true, _) => {}
            (false, before) => {
                let is_later =
                    |end: &u32| before.is_none_or(|before| end.wrapping_sub(before) as i32 > 0);
                *self.end = segment::end(segment).filter(is_later).or(before);
            }
        }
    }
}

impl phy::TxToken for Sent<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(mut self, len: usize, write: F) -> R {
        let mut frame = vec![0; len];
        let result = write(&mut frame);
        let header = segment::ip_header_len(&frame);
        self.place(&mut frame[header..]);
        if !self.is_mute {
            self.sent.push(Bytes::from(frame).slice(header..));
        }
        result
    }
}

/// The stack's clock has microseconds.
pub(super) fn instant(now_ns: u64) -> Instant {
    Instant::from_micros(i64::try_from(now_ns / 1000).unwrap_or(i64::MAX))
}

/// The largest IP packet of an Ethernet (RFC 894).
const ETHERNET_MTU: usize = 1500;
