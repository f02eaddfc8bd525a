//! A flow: the packets from one socket to another by one protocol; the unit in which packets are counted and named.

use std::fmt;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::packet::{Packet, Protocol};

/// Source, target and protocol of a packet. As text: `udp 10.0.0.2:4000 > 10.0.0.1:5060`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Flow {
    /// Where its packets come from.
    pub source: SocketAddr,
    /// Where they go.
    pub target: SocketAddr,
    /// How.
    pub protocol: Protocol,
}

impl From<&Packet> for Flow {
    fn from(packet: &Packet) -> Self {
        Self {
            source: packet.source,
            target: packet.target,
            protocol: packet.protocol,
        }
    }
}

impl fmt::Display for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protocol = match self.protocol {
            Protocol::Udp => "udp",
            Protocol::Tcp => "tcp",
        };
        write!(f, "{protocol} {} > {}", self.source, self.target)
    }
}

impl From<Flow> for String {
    fn from(flow: Flow) -> Self {
        flow.to_string()
    }
}

/// A text is no flow.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("'{0}' is no flow; expected like 'udp 10.0.0.2:4000 > 10.0.0.1:5060'")]
pub struct NoFlow(String);

impl FromStr for Flow {
    type Err = NoFlow;

    fn from_str(text: &str) -> Result<Self, NoFlow> {
        let read = || {
            let (protocol, pair) = text.split_once(' ')?;
            let (source, target) = pair.split_once(" > ")?;
            let protocol = match protocol {
                "udp" => Protocol::Udp,
                "tcp" => Protocol::Tcp,
                _ => return None,
            };
            Some(Self {
                source: source.parse().ok()?,
                target: target.parse().ok()?,
                protocol,
            })
        };
        read().ok_or_else(|| NoFlow(text.to_owned()))
    }
}

impl TryFrom<String> for Flow {
    type Error = NoFlow;

    fn try_from(text: String) -> Result<Self, NoFlow> {
        text.parse()
    }
}

/// Few words instead of many small writes: this is hashed once a packet.
impl Hash for Flow {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let mut address = |address: &SocketAddr| match address.ip() {
            IpAddr::V4(ip) => {
                state.write_u64(u64::from(u32::from(ip)) << 16 | u64::from(address.port()))
            }
            IpAddr::V6(ip) => {
                let bits = u128::from(ip);
                state.write_u64((bits >> 64) as u64);
                state.write_u64(bits as u64 ^ u64::from(address.port()) << 48);
            }
        };
        address(&self.source);
        address(&self.target);
        state.write_u64(self.protocol as u64);
    }
}

/// A hasher without a random key, so that no ambient randomness is drawn; order of iteration never depends on it.
#[derive(Clone, Copy, Debug, Default)]
pub struct FlowHasher(u64);

impl Hasher for FlowHasher {
    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, word: u64) {
        // Multiply and fold: the odd constant is 2^64 divided by the golden ratio.
        let wide = u128::from(self.0 ^ word ^ 0x9e37_79b9_7f4a_7c15) * 0xd6e8_feb8_6659_fd93;
        self.0 = (wide >> 64) as u64 ^ wide as u64;
    }
}

/// Builds [`FlowHasher`]s.
pub type FlowHash = BuildHasherDefault<FlowHasher>;

/// Counts packets per flow. When full, the flow first seen is forgotten and would be counted from one again.
#[derive(Debug, Default)]
pub(crate) struct FlowCounts {
    counts: IndexMap<Flow, u64, FlowHash>,
}

impl FlowCounts {
    /// The number of this packet in its flow, from 1.
    pub(crate) fn count(&mut self, flow: Flow) -> u64 {
        if let Some(count) = self.counts.get_mut(&flow) {
            *count += 1;
            return *count;
        }
        if self.counts.len() >= MAX_FLOWS {
            self.counts.drain(..MAX_FLOWS / 2);
        }
        self.counts.insert(flow, 1);
        1
    }
}

/// Flows a link counts at once: 65,536 client ports towards one service fit.
const MAX_FLOWS: usize = 1 << 17;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_goes_both_ways() {
        for text in [
            "udp 10.0.0.2:4000 > 10.0.0.1:5060",
            "tcp [2001:db8::1]:1 > [::1]:65535",
        ] {
            assert_eq!(text.parse::<Flow>().unwrap().to_string(), text);
        }
        for wrong in [
            "",
            "udp",
            "sctp 1.1.1.1:1 > 1.1.1.1:2",
            "udp 1.1.1.1 > 1.1.1.1:2",
            "udp 1.1.1.1:1 1.1.1.1:2",
        ] {
            assert!(wrong.parse::<Flow>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn counting_forgets_the_oldest_flows_but_stays_bounded() {
        let mut counts = FlowCounts::default();
        let flow = |n: u32| Flow {
            source: SocketAddr::from(((n).to_be_bytes(), 1)),
            target: SocketAddr::from(([9, 9, 9, 9], 1)),
            protocol: Protocol::Udp,
        };
        for n in 0..=MAX_FLOWS as u32 {
            assert_eq!(counts.count(flow(n)), 1);
        }
        assert_eq!(counts.count(flow(MAX_FLOWS as u32)), 2);
        assert_eq!(counts.count(flow(0)), 1);
        assert!(counts.counts.len() <= MAX_FLOWS);
    }
}
