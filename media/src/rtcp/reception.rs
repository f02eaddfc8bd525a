//! A receiver's account of one source: loss, jitter, and what it answers to sender reports.
//!
//! RFC 3550 §6.4.1, appendices A.1 (sequence), A.3 (loss), A.8 (jitter).

use std::time::Duration;

use super::ReportBlock;
use crate::clock::{NtpTime, Unwrapper, ticks, to_short_ntp};
use crate::rtp::Ssrc;

/// Sequence numbers that may be jumped over before two packets in a row are needed to believe it. RFC 3550 A.1,
/// MAX_DROPOUT.
pub const RECEPTION_RESTART: u64 = 3_000;
/// Numbers that a packet may lie behind. RFC 3550 A.1, MAX_MISORDER.
pub const RECEPTION_MISORDER: u64 = 100;

/// The account of one source.
#[derive(Clone, Debug)]
pub struct Reception {
    ssrc: Ssrc,
    clock_rate_hz: u32,
    sequence: Unwrapper,
    /// Number that would confirm a restart of the sequence.
    restart: Option<u16>,
    /// The highest number before the last jump, until a packet near the new one confirms it.
    jumped_from: Option<u64>,
    first: u64,
    received: u64,
    reordered: u64,
    expected_before: u64,
    received_before: u64,
    /// Arrival minus timestamp of the last packet, modulo 2^32.
    transit: Option<u32>,
    /// Jitter in 1/16 timestamp units.
    jitter: u32,
    sender_report: Option<(NtpTime, Duration)>,
}

impl Reception {
    /// An empty account.
    pub fn new(ssrc: Ssrc, clock_rate_hz: u32) -> Reception {
        Reception {
            ssrc,
            clock_rate_hz,
            sequence: Unwrapper::default(),
            restart: None,
            jumped_from: None,
            first: 0,
            received: 0,
            reordered: 0,
            expected_before: 0,
            received_before: 0,
            transit: None,
            jitter: 0,
            sender_report: None,
        }
    }

    /// The source.
    pub fn ssrc(&self) -> Ssrc {
        self.ssrc
    }

    /// Notes a packet; false if its number is so far off that it does not count (yet).
    #[inline]
    pub fn on_packet(&mut self, now: Duration, sequence: u16, timestamp: u32) -> bool {
        if !self.on_sequence(sequence) {
            return false;
        }
        self.received += 1;
        let arrival = ticks(now, self.clock_rate_hz) as u32;
        let transit = arrival.wrapping_sub(timestamp);
        if let Some(before) = self.transit.replace(transit) {
            let difference = (transit.wrapping_sub(before) as i32).unsigned_abs();
            // RFC 3550 A.8, the integer form. A jump of the timestamp is no jitter.
            if difference < self.clock_rate_hz * 2 {
                self.jitter += difference;
                self.jitter -= (self.jitter - difference + 8) >> 4;
            }
        }
        true
    }

    /// Notes a sender report of the source.
    pub fn on_sender_report(&mut self, now: Duration, ntp: NtpTime) {
        self.sender_report = Some((ntp, now));
    }

    /// The block for our next report; closes the interval that its fraction is of.
    pub fn report(&mut self, now: Duration) -> ReportBlock {
        let expected = self.expected();
        // Fewer than before, if a jump was taken back meanwhile.
        let expected_interval = expected.saturating_sub(self.expected_before);
        let received_interval = self.received - self.received_before;
        (self.expected_before, self.received_before) = (expected, self.received);
        let lost_interval = expected_interval.saturating_sub(received_interval);
        let fraction_lost = (lost_interval << 8)
            .checked_div(expected_interval)
            .unwrap_or(0)
            .min(255) as u8;
        let (last_sender_report, delay) = match self.sender_report {
            Some((ntp, at)) => (ntp.middle(), to_short_ntp(now.saturating_sub(at))),
            None => (0, 0),
        };
        ReportBlock {
            ssrc: self.ssrc,
            fraction_lost,
            cumulative_lost: self.lost().clamp(-0x80_0000, 0x7f_ffff) as i32,
            highest_sequence: self
                .sequence
                .highest()
                .unwrap_or_default()
                .wrapping_sub(1 << 16) as u32,
            jitter: self.jitter >> 4,
            last_sender_report,
            delay_since_last_sender_report: delay,
        }
    }

    /// Packets that the sequence numbers say were sent.
    pub fn expected(&self) -> u64 {
        match self.sequence.highest() {
            Some(highest) if self.received > 0 => highest - self.first + 1,
            _ => 0,
        }
    }

    /// Packets that came, duplicates too.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Packets that came after one with a higher number.
    pub fn reordered(&self) -> u64 {
        self.reordered
    }

    /// Packets lost; negative if duplicates outnumber them.
    pub fn lost(&self) -> i64 {
        self.expected() as i64 - self.received as i64
    }

    /// Interarrival jitter.
    pub fn jitter(&self) -> Duration {
        crate::clock::duration(u64::from(self.jitter >> 4), self.clock_rate_hz)
    }

    #[inline]
    fn on_sequence(&mut self, sequence: u16) -> bool {
        let Some(highest) = self.sequence.highest() else {
            self.first = self.sequence.sequence(sequence);
            return true;
        };
        let number = self.sequence.peek_sequence(sequence);
        let highest = self.confirm(number, highest);
        if number > highest + RECEPTION_RESTART || number + RECEPTION_MISORDER <= highest {
            if self.restart != Some(sequence) {
                self.restart = Some(sequence.wrapping_add(1));
                return false;
            }
            self.start_again(sequence);
            return true;
        }
        self.restart = None;
        self.reordered += u64::from(number < highest);
        self.first = self.first.min(number);
        self.sequence.sequence(sequence);
        true
    }

    /// Says which number is the highest, now that this one came. After a jump of so many that what comes next in the old order would be
    /// too late, the next packet tells which is right: one damaged number does not end the account of a source. RFC 3550 A.1 would begin
    /// a new one.
    #[inline]
    fn confirm(&mut self, number: u64, highest: u64) -> u64 {
        if number > highest + RECEPTION_MISORDER {
            self.jumped_from.get_or_insert(highest);
            return highest;
        }
        match self.jumped_from.take() {
            Some(before) if number + RECEPTION_MISORDER <= highest => {
                self.sequence = Unwrapper::from_highest(before);
                before
            }
            _ => highest,
        }
    }

    /// Two packets in a row say that the source began anew: so does the account of numbers. RFC 3550 A.1.
    fn start_again(&mut self, sequence: u16) {
        let (ssrc, clock_rate_hz, sender_report) =
            (self.ssrc, self.clock_rate_hz, self.sender_report);
        *self = Reception {
            sender_report,
            ..Reception::new(ssrc, clock_rate_hz)
        };
        self.first = self.sequence.sequence(sequence);
    }
}
