//! What became of each packet of a stream on its way to a host.

use std::time::Duration;

use super::links::StreamTruth;

/// What became of each packet of a stream on its way to a host.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fates {
    /// Number of the first that came.
    first: usize,
    /// Whether it came, of all from the first that came to the last.
    pub(crate) here: Vec<bool>,
    /// Times that a packet came once more.
    pub(crate) again: u64,
    /// Packets that were overtaken on the way by one that was sent after them, and came nevertheless.
    pub(crate) overtaken: u64,
    /// Arrivals after one of a packet that was sent later: overtaken packets, and late copies of what had come.
    pub(crate) behind: u64,
    /// When the first came.
    pub(crate) begun: Duration,
}

impl Fates {
    /// Packets that came, each counted once.
    pub(crate) fn came(&self) -> u64 {
        self.here.iter().filter(|here| **here).count() as u64
    }

    /// Packets sent meanwhile that had not come.
    pub(crate) fn lost(&self) -> u64 {
        self.here.len() as u64 - self.came()
    }

    /// Packets sent meanwhile that had not come, and have not come until a later time either: what a line held back may be
    /// overtaken by newer packets and still come before its turn.
    pub(crate) fn lost_until(&self, later: &Fates) -> u64 {
        let before = self.first.saturating_sub(later.first);
        let since = later.here.iter().skip(before);
        let both = self.here.iter().zip(since);
        both.filter(|(then, now)| !**then && !**now).count() as u64
    }
}

impl StreamTruth {
    /// What had become of each packet before an event of the trace.
    pub(crate) fn fates(&self, host: usize, before: usize) -> Option<Fates> {
        let all = self.arrived.get(&host)?;
        let came = &all[..all.partition_point(|arrival| arrival.entry < before)];
        let first = came.iter().map(|arrival| arrival.number).min()?;
        let mut highest = came.iter().map(|arrival| arrival.number).max()?;
        let mut fates = Fates {
            first,
            here: vec![false; highest - first + 1],
            begun: came[0].at,
            ..Fates::default()
        };
        highest = first;
        for arrival in came {
            let here = &mut fates.here[arrival.number - first];
            fates.again += u64::from(*here);
            fates.overtaken += u64::from(!*here && arrival.number < highest);
            fates.behind += u64::from(arrival.number < highest);
            *here = true;
            highest = highest.max(arrival.number);
        }
        Some(fates)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::links::Arrival;
    use super::*;

    /// A stream of which these packets came, in this order.
    fn stream(numbers: &[usize]) -> StreamTruth {
        let arrivals = numbers.iter().enumerate().map(|(entry, &number)| Arrival {
            at: Duration::from_millis(20 * entry as u64),
            entry,
            number,
        });
        let mut stream = StreamTruth::default();
        stream.arrived = BTreeMap::from([(1, arrivals.collect())]);
        stream
    }

    #[test]
    fn what_was_overtaken_and_comes_after_all_is_not_lost() {
        // 12 and 14 never come, 13 and even 10 after what was sent behind them.
        let stream = stream(&[11, 15, 13, 16, 18, 10]);
        let fates = |before| stream.fates(1, before).unwrap();
        let (then, now) = (fates(2), fates(6));
        assert_eq!((then.lost(), now.lost()), (3, 3));
        assert_eq!((then.lost_until(&then), then.lost_until(&now)), (3, 2));
        assert_eq!(
            (then.lost_until(&fates(3)), then.lost_until(&fates(2))),
            (2, 3)
        );
        assert_eq!(Fates::default().lost_until(&now), 0);
    }
}
