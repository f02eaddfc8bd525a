//! Stage: bandwidth as measured on a real link, in the format of mahimahi.
//!
//! Each entry is the millisecond at which the link could carry 1500 bytes; the list starts again after its last entry. What is left
//! of an opportunity serves the next packet if that is already waiting; an opportunity nobody waits for is lost.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::cause::Cause;
use super::queue::{Queue, QueueSpec};
use super::stage::Verdict;
use crate::packet::Packet;

/// A list of delivery opportunities and the queue in front of them.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TraceSpec {
    /// Milliseconds in ascending order; several equal entries are several opportunities. The last one is the period.
    pub opportunities_ms: Vec<u64>,
    /// What may wait; always drop-tail.
    #[serde(default)]
    pub queue: QueueSpec,
}

/// A line of a trace is no number.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("line {line} of the trace: expected a whole number of milliseconds, not '{text}'")]
pub struct TraceError {
    line: usize,
    text: String,
}

impl TraceSpec {
    /// Reads mahimahi's text: one number a line.
    pub fn parse(text: &str) -> Result<Self, TraceError> {
        let opportunities_ms = text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty())
            .map(|(index, line)| {
                line.trim().parse().map_err(|_| TraceError {
                    line: index + 1,
                    text: line.chars().take(40).collect(),
                })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            opportunities_ms,
            queue: QueueSpec::default(),
        })
    }

    pub(crate) fn check(&self) -> Result<(), String> {
        if self
            .opportunities_ms
            .last()
            .is_none_or(|last| *last == 0 || *last > MAX_PERIOD_MS)
        {
            return Err(format!(
                "the last opportunity must be from 1 to {MAX_PERIOD_MS} ms"
            ));
        }
        if !self.opportunities_ms.is_sorted() {
            return Err("opportunities must be in ascending order".to_owned());
        }
        self.queue.check()
    }
}

#[derive(Debug)]
pub(crate) struct Trace {
    opportunities_ms: Vec<u64>,
    queue: Queue,
    /// Opportunity in use, counted over all rounds.
    current: u64,
    left: usize,
}

impl Trace {
    pub(crate) fn new(spec: &TraceSpec) -> Self {
        Self {
            opportunities_ms: spec.opportunities_ms.clone(),
            queue: Queue::new(spec.queue),
            current: 0,
            left: OPPORTUNITY,
        }
    }

    pub(crate) fn pass(&mut self, at: Duration, packet: &Packet) -> Verdict {
        let len = packet.wire_len();
        if !self.queue.has_room(at, len) {
            return Verdict::Drop(Cause::QueueFull);
        }
        if self.time(self.current) < at {
            self.current = self.first_from(at);
            self.left = OPPORTUNITY;
        }
        let mut rest = len;
        while rest > self.left {
            rest -= self.left;
            self.current += 1;
            self.left = OPPORTUNITY;
        }
        self.left -= rest;
        let leaves = self.time(self.current);
        self.queue.push(leaves, len);
        Verdict::Pass(leaves)
    }

    fn time(&self, opportunity: u64) -> Duration {
        let each_round = self.opportunities_ms.len() as u64;
        let ms = opportunity / each_round * self.period_ms()
            + self.opportunities_ms[(opportunity % each_round) as usize];
        Duration::from_millis(ms)
    }

    fn first_from(&self, at: Duration) -> u64 {
        let at_ms = at.as_nanos().div_ceil(1_000_000) as u64;
        // The end of a round and the start of the next are the same moment; the end comes first.
        let round = at_ms.saturating_sub(1) / self.period_ms();
        let within = at_ms - round * self.period_ms();
        round * self.opportunities_ms.len() as u64
            + self.opportunities_ms.partition_point(|ms| *ms < within) as u64
    }

    fn period_ms(&self) -> u64 {
        *self
            .opportunities_ms
            .last()
            .expect("checked: a trace is not empty")
    }
}

/// Bytes an opportunity carries.
const OPPORTUNITY: usize = 1500;
/// A day; keeps the arithmetic far from overflow.
const MAX_PERIOD_MS: u64 = 86_400_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::LinkSpec;
    use crate::link::trial::{Trial, ms};

    fn link(opportunities_ms: &[u64]) -> LinkSpec {
        LinkSpec::default().then(TraceSpec {
            opportunities_ms: opportunities_ms.to_vec(),
            queue: QueueSpec::of_packets(100_000),
        })
    }

    #[test]
    fn packets_leave_at_opportunities_and_the_trace_loops() {
        let got = Trial::new(link(&[3, 3, 10]))
            .packets(7)
            .payload(1472)
            .every(Duration::ZERO)
            .run();
        let at: Vec<u128> = got.arrived.iter().map(|d| d.at.as_millis()).collect();
        assert_eq!(at, [3, 3, 10, 13, 13, 20, 23]);
    }

    #[test]
    fn small_packets_share_an_opportunity_and_large_ones_take_several() {
        let small = Trial::new(link(&[5]))
            .packets(4)
            .payload(722)
            .every(Duration::ZERO)
            .run();
        assert_eq!(
            small
                .arrived
                .iter()
                .map(|d| d.at.as_millis())
                .collect::<Vec<_>>(),
            [5, 5, 10, 10]
        );
        let large = Trial::new(link(&[5]))
            .packets(2)
            .payload(2972)
            .every(Duration::ZERO)
            .run();
        assert_eq!(
            large
                .arrived
                .iter()
                .map(|d| d.at.as_millis())
                .collect::<Vec<_>>(),
            [10, 20]
        );
    }

    #[test]
    fn an_unused_opportunity_is_lost() {
        let got = Trial::new(link(&[1, 2, 3, 4, 5]))
            .packets(3)
            .payload(100)
            .every(ms(7))
            .run();
        assert_eq!(
            got.arrived
                .iter()
                .map(|d| d.at.as_millis())
                .collect::<Vec<_>>(),
            [1, 7, 14]
        );
    }

    #[test]
    fn text_is_read_and_a_wrong_line_named() {
        assert_eq!(
            TraceSpec::parse("1\n1\n\n20\n").unwrap().opportunities_ms,
            [1, 1, 20]
        );
        assert_eq!(
            TraceSpec::parse("1\ntwo\n").unwrap_err().to_string(),
            "line 2 of the trace: expected a whole number of milliseconds, not 'two'"
        );
    }

    proptest::proptest! {
        #[test]
        fn throughput_is_the_traces(steps in proptest::collection::vec(0..20_u64, 1..50), payload in 10..1472_usize) {
            let mut opportunities: Vec<u64> = steps.iter().scan(0, |sum, step| { *sum += step; Some(*sum) }).collect();
            *opportunities.last_mut().unwrap() += 1;
            let got = Trial::new(link(&opportunities)).packets(2000).payload(payload).every(Duration::ZERO).run();
            let needed = (2000 * (payload + 28)).div_ceil(OPPORTUNITY);
            let (rounds, rest) = ((needed - 1) / opportunities.len(), (needed - 1) % opportunities.len());
            let last = rounds as u64 * opportunities[opportunities.len() - 1] + opportunities[rest];
            proptest::prop_assert_eq!(got.arrived.last().unwrap().at, ms(last));
            proptest::prop_assert!(got.is_in_order());
        }
    }
}
