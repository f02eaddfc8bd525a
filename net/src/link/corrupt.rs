//! Stage: packets with a bit flipped. A TCP segment so hurt is lost, since its receiver's checksum finds it; a datagram's data
//! arrive wrong, as behind boxes which rewrite checksums, so that the party above is tested.

use std::time::Duration;

use bytes::BytesMut;
use serde::{Deserialize, Serialize};

use super::cause::Cause;
use super::stage::{Ask, Verdict};
use crate::faults::Outcome;
use crate::packet::{Packet, Protocol};

/// How many packets are hurt.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CorruptSpec {
    /// Share of packets with one bit flipped.
    pub percent: f64,
}

impl CorruptSpec {
    pub(crate) fn pass(&self, at: Duration, packet: &mut Packet, ask: &mut Ask<'_>) -> Verdict {
        let bits = packet.payload.len() as u64 * 8;
        let flipped = ask.decide(|dice| {
            let hurt = dice.chance(self.percent) && bits > 0;
            hurt.then(|| Outcome::Flipped {
                bit: dice.below(bits),
            })
        });
        match (flipped, packet.protocol) {
            (Some(Outcome::Flipped { .. }), Protocol::Tcp) => Verdict::Drop(Cause::ChecksumFailed),
            (Some(Outcome::Flipped { bit }), Protocol::Udp) if bit < bits => {
                let mut payload = BytesMut::from(&packet.payload[..]);
                payload[(bit / 8) as usize] ^= 0x80 >> (bit % 8);
                packet.payload = payload.freeze();
                Verdict::Altered(at, Cause::Corrupted)
            }
            (Some(_) | None, _) => Verdict::Pass(at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::LinkSpec;
    use crate::link::trial::Trial;

    proptest::proptest! {
        #![proptest_config(crate::link::trial::seeded_cases(24))]

        #[test]
        fn its_share_differs_in_one_bit(percent in 0.0..100.0_f64, seed: u64) {
            let got = Trial::new(LinkSpec::default().then(CorruptSpec { percent })).seed(seed).payload(20).packets(5000).run();
            let wrong: Vec<u32> = got.arrived.iter().map(|d| d.packet.payload.iter().map(|byte| byte.count_ones()).sum()).filter(|ones| *ones > 0).collect();
            proptest::prop_assert!((wrong.len() as f64 / 50.0 - percent).abs() < 3.5);
            proptest::prop_assert!(wrong.iter().all(|ones| *ones == 1));
        }
    }

    #[test]
    fn a_segment_is_lost_and_an_empty_datagram_unhurt() {
        let spec = LinkSpec::default().then(CorruptSpec { percent: 100.0 });
        assert_eq!(
            Trial::new(spec.clone())
                .tcp()
                .packets(10)
                .run()
                .drops
                .of(Cause::ChecksumFailed),
            10
        );
        assert_eq!(
            Trial::new(spec).payload(0).packets(10).run().arrived.len(),
            10
        );
    }
}
