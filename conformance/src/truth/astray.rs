//! Sequence numbers that the network has changed lead a receiver astray for a while.

use media::rtcp::{RECEPTION_MISORDER, RECEPTION_RESTART};

use super::links::StreamTruth;

/// A packet that came changed: to whom, and with which number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Changed {
    pub(super) host: usize,
    pub(super) entry: usize,
    pub(super) sequence: u16,
}

impl StreamTruth {
    /// How far the numbers that a host was told by changed packets lie outside of those that did come, before an event of the trace.
    /// RFC 3550 A.1 believes a number so far ahead at once, and one that is not far behind; one further ahead until the next packet.
    pub(crate) fn astray(&self, host: usize, before: usize) -> f64 {
        let Some(arrived) = self.arrived.get(&host) else {
            return 0.0;
        };
        let came = &arrived[..arrived.partition_point(|arrival| arrival.entry < before)];
        let numbers = || came.iter().map(|arrival| arrival.number);
        let (Some(first), Some(highest)) = (numbers().min(), numbers().max()) else {
            return 0.0;
        };
        let last = came.last().map_or(0, |arrival| arrival.entry);
        let from = |number: usize, sequence: u16| {
            i64::from(sequence.wrapping_sub(self.sent[number].sequence) as i16)
        };
        let outside = self
            .changed
            .iter()
            .filter(|changed| changed.host == host && changed.entry < before)
            .filter_map(|changed| {
                let ahead = from(highest, changed.sequence);
                let behind = -from(first, changed.sequence);
                let most = if changed.entry > last {
                    RECEPTION_RESTART
                } else {
                    RECEPTION_MISORDER
                };
                let outside = u64::try_from(ahead.max(behind)).ok()?;
                (outside <= most).then_some(outside)
            });
        outside.max().unwrap_or(0) as f64
    }
}
