//! When packets arrived, to be told to their sender.
//!
//! draft-holmer-rmcat-transport-wide-cc-extensions-01 §2: every packet of a transport has a number of its own; a feedback
//! tells of all since the last feedback, whether they arrived and when.

use std::time::Duration;

use crate::clock::Unwrapper;
use crate::rtcp::{CompoundWriter, RtcpError};
use crate::rtp::Ssrc;

/// Packets remembered between two feedbacks: 100 ms at 10,000 a second.
const PACKETS: usize = 1_024;

/// The packets that no feedback has told of yet.
#[derive(Debug)]
pub struct ArrivalLog {
    numbers: Unwrapper,
    /// By number; none did not arrive.
    arrivals: Box<[Option<Duration>]>,
    /// The first that no feedback has told of, and one more than the highest that arrived.
    next: Option<(u64, u64)>,
    feedback_count: u8,
}

impl Default for ArrivalLog {
    fn default() -> ArrivalLog {
        ArrivalLog::new()
    }
}

impl ArrivalLog {
    /// Nothing arrived yet.
    pub fn new() -> ArrivalLog {
        ArrivalLog {
            numbers: Unwrapper::default(),
            arrivals: vec![None; PACKETS].into(),
            next: None,
            feedback_count: 0,
        }
    }

    /// Notes the arrival of a packet by its transport-wide sequence number. One that comes after a feedback told of its
    /// absence counts as lost.
    #[inline]
    pub fn on_packet(&mut self, now: Duration, sequence: u16) {
        let number = self.numbers.sequence(sequence);
        let (first, end) = self.next.get_or_insert((number, number));
        if number < *first {
            return;
        }
        if number >= *end {
            if number - *first >= PACKETS as u64 {
                // More than can be told of: the oldest are given up.
                *first = number + 1 - PACKETS as u64;
                *end = (*end).max(*first);
            }
            for missing in *end..number {
                self.arrivals[place(missing)] = None;
            }
            self.arrivals[place(number)] = Some(now);
            *end = number + 1;
        } else {
            self.arrivals[place(number)].get_or_insert(now);
        }
    }

    /// Whether there is something to tell.
    pub fn is_empty(&self) -> bool {
        self.next.is_none_or(|(first, end)| first == end)
    }

    /// Adds a feedback to a compound; false if there is nothing to tell. If not all fits one feedback, the rest is for the
    /// next: call again.
    pub fn write(
        &mut self,
        writer: &mut CompoundWriter<'_>,
        sender: Ssrc,
        media: Ssrc,
    ) -> Result<bool, RtcpError> {
        let Some((first, end)) = self.next else {
            return Ok(false);
        };
        if first == end {
            return Ok(false);
        }
        let arrivals = (first..end).map(|number| self.arrivals[place(number)]);
        let count =
            writer.transport_wide(sender, media, first as u16, self.feedback_count, arrivals)?;
        self.feedback_count = self.feedback_count.wrapping_add(1);
        self.next = Some((first + u64::from(count), end));
        Ok(true)
    }
}

#[inline]
fn place(number: u64) -> usize {
    number as usize % PACKETS
}
