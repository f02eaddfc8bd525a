//! Call detail records: one for each call that was attempted, kept in the order in which they ended.

use std::collections::VecDeque;
use std::time::Duration;

use crate::device_class::DeviceClass;
use crate::relay::RoomStatistics;

/// How a call ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// Answered, and hung up by one of the two.
    Completed,
    /// Given up by the caller before the answer.
    Abandoned,
    /// Refused; the caller was told this status.
    Refused(u16),
    /// Nobody answered in time.
    NotAnswered,
    /// Answered, and broken off by the system: a side vanished or broke the protocol.
    Failed,
}

/// One call.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Record {
    /// Extension of the caller.
    pub caller: String,
    /// Number that was dialled.
    pub number: String,
    /// When the INVITE came, on the host's clock.
    pub began: Duration,
    /// When the first device rang.
    pub rang: Option<Duration>,
    /// When it was answered.
    pub answered: Option<Duration>,
    /// When it ended.
    pub ended: Duration,
    /// How many devices were called.
    pub forks: usize,
    /// Which device answered; `None` for the system's own numbers.
    pub winner: Option<DeviceClass>,
    /// How it ended.
    pub outcome: Outcome,
    /// Codec by which the caller speaks and that of the called side; empty before the answer. Where they differ the system
    /// transcodes.
    pub codecs: [String; 2],
    /// Whether a picture was agreed on.
    pub has_video: bool,
    /// Media that came from the caller and from the called side.
    pub media: RoomStatistics,
}

impl Record {
    /// A call that begins now.
    pub(crate) fn begin(now: Duration, caller: &str, number: &str) -> Record {
        Record {
            caller: caller.to_owned(),
            number: number.to_owned(),
            began: now,
            rang: None,
            answered: None,
            ended: now,
            forks: 0,
            winner: None,
            outcome: Outcome::Abandoned,
            codecs: Default::default(),
            has_video: false,
            media: RoomStatistics::default(),
        }
    }

    /// Talk time.
    pub fn talked(&self) -> Duration {
        self.answered.map_or(Duration::ZERO, |answered| {
            self.ended.saturating_sub(answered)
        })
    }
}

/// The last calls.
#[derive(Clone, Debug, Default)]
pub struct CallLog {
    records: VecDeque<Record>,
    total: u64,
}

/// Records kept; ours. Older ones are dropped.
const RECORDS_MAX: usize = 10_000;

impl CallLog {
    pub(crate) fn push(&mut self, record: Record) {
        if self.records.len() == RECORDS_MAX {
            self.records.pop_front();
        }
        self.records.push_back(record);
        self.total += 1;
    }

    /// The records that are kept, the oldest first.
    pub fn records(&self) -> impl ExactSizeIterator<Item = &Record> {
        self.records.iter()
    }

    /// The records of calls that have ended since so many had; what has been dropped meanwhile is missing.
    pub fn since(&self, total: u64) -> impl Iterator<Item = &Record> {
        let fresh = usize::try_from(self.total.saturating_sub(total)).unwrap_or(usize::MAX);
        self.records
            .iter()
            .skip(self.records.len().saturating_sub(fresh))
    }

    /// Calls that have ended since the system started, dropped records included.
    pub fn total(&self) -> u64 {
        self.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_call_is_told_once_and_the_oldest_are_dropped() {
        let mut log = CallLog::default();
        let numbers = |log: &CallLog, total| -> Vec<String> {
            log.since(total)
                .map(|record| record.number.clone())
                .collect()
        };
        for number in ["1", "2", "3"] {
            log.push(Record::begin(Duration::ZERO, "201", number));
        }
        assert_eq!(numbers(&log, 0), ["1", "2", "3"]);
        assert_eq!(numbers(&log, 2), ["3"]);
        assert!(numbers(&log, 3).is_empty() && numbers(&log, 9).is_empty());
        for _ in 0..RECORDS_MAX {
            log.push(Record::begin(Duration::ZERO, "201", "4"));
        }
        assert_eq!(log.records().len(), RECORDS_MAX);
        assert_eq!(log.total(), RECORDS_MAX as u64 + 3);
        assert_eq!(log.since(2).count(), RECORDS_MAX, "what is left of them");
    }
}
