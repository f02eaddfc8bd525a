//! Stage: the largest packet a link carries.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::cause::Cause;
use super::stage::Verdict;
use crate::packet::{Packet, Protocol};

/// Largest packet, and what becomes of larger ones.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MtuSpec {
    /// Bytes of the whole IP packet.
    pub bytes: usize,
    /// What becomes of a larger one.
    #[serde(default)]
    pub excess: Excess,
}

/// Fate of a packet larger than the MTU.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Excess {
    /// Vanishes, as where fragments and ICMP are filtered.
    #[default]
    Drop,
    /// A datagram arrives cut to what fits; a TCP segment vanishes, its checksum being wrong.
    Truncate,
}

impl MtuSpec {
    pub(crate) fn check(&self) -> Result<(), String> {
        // RFC 791 §3.1: every link carries 68 bytes.
        if self.bytes < 68 {
            Err(format!(
                "bytes must be at least 68 (RFC 791), not {}",
                self.bytes
            ))
        } else {
            Ok(())
        }
    }

    pub(crate) fn pass(&self, at: Duration, packet: &mut Packet) -> Verdict {
        let excess = packet.wire_len().saturating_sub(self.bytes);
        match (excess, self.excess, packet.protocol) {
            (0, ..) => Verdict::Pass(at),
            (_, Excess::Truncate, Protocol::Udp) => {
                packet
                    .payload
                    .truncate(packet.payload.len().saturating_sub(excess));
                Verdict::Altered(at, Cause::Truncated)
            }
            (_, Excess::Truncate, Protocol::Tcp) | (_, Excess::Drop, _) => {
                Verdict::Drop(Cause::TooLarge)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::LinkSpec;
    use crate::link::trial::Trial;

    proptest::proptest! {
        #[test]
        fn what_arrives_fits(bytes in 68..1500_usize, payload in 0..3000_usize, truncate: bool) {
            let excess = if truncate { Excess::Truncate } else { Excess::Drop };
            let got = Trial::new(LinkSpec::default().then(MtuSpec { bytes, excess })).packets(3).payload(payload).run();
            let fits = payload + 28 <= bytes;
            proptest::prop_assert_eq!(got.arrived.len(), if fits || truncate { 3 } else { 0 });
            for delivery in &got.arrived {
                proptest::prop_assert_eq!(delivery.packet.wire_len(), (payload + 28).min(bytes));
            }
        }
    }

    #[test]
    fn a_tcp_segment_is_never_cut() {
        let got = Trial::new(LinkSpec::default().then(MtuSpec {
            bytes: 500,
            excess: Excess::Truncate,
        }))
        .tcp()
        .payload(1000)
        .packets(5)
        .run();
        assert_eq!((got.arrived.len(), got.drops.of(Cause::TooLarge)), (0, 5));
    }
}
