//! Stage: bandwidth. Packets leave one after another, each taking its length on the wire divided by the rate; the rest waits.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::cause::Cause;
use super::codel::CoDel;
use super::queue::{Manager, Queue, QueueSpec};
use super::stage::Verdict;
use crate::packet::Packet;

/// A bandwidth and the queue in front of it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RateSpec {
    /// Bits per second at the IP layer.
    pub bits_per_s: u64,
    /// What may wait.
    #[serde(default)]
    pub queue: QueueSpec,
}

impl RateSpec {
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.bits_per_s == 0 {
            return Err(
                "bits_per_s must be at least 1; use a blackhole for a link that carries nothing"
                    .to_owned(),
            );
        }
        self.queue.check()
    }
}

#[derive(Debug)]
pub(crate) struct Rate {
    bits_per_s: u64,
    queue: Queue,
    codel: Option<CoDel>,
    busy_until: Duration,
}

impl Rate {
    pub(crate) fn new(spec: &RateSpec) -> Self {
        let codel = match spec.queue.manager {
            Manager::DropTail => None,
            Manager::CoDel => Some(CoDel::default()),
        };
        Self {
            bits_per_s: spec.bits_per_s,
            queue: Queue::new(spec.queue),
            codel,
            busy_until: Duration::ZERO,
        }
    }

    pub(crate) fn pass(&mut self, at: Duration, packet: &Packet) -> Verdict {
        let len = packet.wire_len();
        if !self.queue.has_room(at, len) {
            return Verdict::Drop(Cause::QueueFull);
        }
        let head = self.busy_until.max(at);
        if let Some(codel) = &mut self.codel
            && codel.drops(head, head - at, self.queue.bytes())
        {
            return Verdict::Drop(Cause::CoDel);
        }
        self.busy_until = head.saturating_add(serialisation(len, self.bits_per_s));
        self.queue.push(self.busy_until, len);
        Verdict::Pass(self.busy_until)
    }
}

/// Time to put this many bytes on the wire, rounded up to a nanosecond.
fn serialisation(len: usize, bits_per_s: u64) -> Duration {
    let ns = (len as u128 * 8_000_000_000).div_ceil(u128::from(bits_per_s));
    Duration::from_nanos(u64::try_from(ns).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::LinkSpec;
    use crate::link::trial::{Trial, ms};

    fn slow(bits_per_s: u64, queue: QueueSpec) -> LinkSpec {
        LinkSpec::default().then(RateSpec { bits_per_s, queue })
    }

    proptest::proptest! {
        #[test]
        fn throughput_is_the_rate_and_nothing_leaves_early(kbit in 64..10_000_u64, payload in 10..1400_usize) {
            let rate = kbit * 1000;
            let got = Trial::new(slow(rate, QueueSpec::of_packets(100_000))).packets(500).payload(payload).every(Duration::ZERO).run();
            proptest::prop_assert_eq!(got.arrived.len(), 500);
            let bits = 500.0 * (payload + 28) as f64 * 8.0;
            let took = got.arrived.last().unwrap().at.as_secs_f64();
            proptest::prop_assert!((bits / took / rate as f64 - 1.0).abs() < 1e-4);
            proptest::prop_assert!(got.is_in_order());
        }

        #[test]
        fn a_queue_of_n_packets_accepts_n_of_a_burst(n in 1..200_u32) {
            let got = Trial::new(slow(64_000, QueueSpec::of_packets(n))).packets(300).every(Duration::ZERO).run();
            proptest::prop_assert_eq!(got.arrived.len() as u32, n);
            proptest::prop_assert_eq!(got.drops.of(Cause::QueueFull), u64::from(300 - n));
        }

        #[test]
        fn a_queue_of_n_bytes_never_holds_more(bytes in 2000..50_000_u64, payload in 10..1400_usize) {
            let got = Trial::new(slow(64_000, QueueSpec::of_bytes(bytes))).packets(300).payload(payload).every(Duration::ZERO).run();
            let each = payload as u64 + 28;
            proptest::prop_assert_eq!(got.arrived.len() as u64, (bytes / each).min(300));
        }
    }

    #[test]
    fn an_idle_link_adds_only_the_packets_own_time() {
        // 172 + 28 bytes at 64 kbit/s take 25 ms; one packet every 30 ms never waits.
        let got = Trial::new(slow(64_000, QueueSpec::default()))
            .packets(100)
            .payload(172)
            .every(ms(30))
            .run();
        assert!(got.delays().all(|delay| delay == ms(25)));
    }

    #[test]
    fn an_oversized_packet_passes_an_empty_queue() {
        let got = Trial::new(slow(64_000, QueueSpec::of_bytes(100)))
            .packets(1)
            .payload(1000)
            .run();
        assert_eq!(got.arrived.len(), 1);
    }
}
