//! What came of a load, counted: two tallies add up to the tally of both.

use std::collections::BTreeMap;
use std::time::Duration;

use client::Measurement;
use serde::{Deserialize, Serialize};

use super::notice::{Failure, Notice};
use super::spread::Spread;

/// What came of a load.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Tally {
    /// Phones that registered.
    pub registered: u64,
    /// Calls that were begun, or should have been.
    pub calls: u64,
    /// Calls that were answered.
    pub answered: u64,
    /// Calls that stood as long as they should, heard at every end of ours.
    pub held: u64,
    /// Why others did not, and phones did not register: how often each.
    pub failures: BTreeMap<String, u64>,
    /// From the beginning of a call until the far side rang, in µs.
    pub ringing_us: Spread,
    /// From the beginning of a call until it was answered, in µs.
    pub set_up_us: Spread,
    /// What all phones heard and said.
    pub sound: Sound,
}

/// What all phones heard and said; a stream is one side of one call.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Sound {
    /// Sides of calls.
    pub streams: u64,
    /// RTP packets sent.
    pub packets_sent: u64,
    /// RTP packets that came.
    pub packets_received: u64,
    /// RTP packets that should have come, by their numbers.
    pub packets_expected: u64,
    /// RTP packets that did not.
    pub packets_lost: u64,
    /// Packets that were not there when their turn to be played came, lost or late.
    pub packets_missed: u64,
    /// Lost packets of each stream, in millionths.
    pub loss_ppm: Spread,
    /// Interarrival jitter of each stream at its end (RFC 3550 §6.4.1), in µs.
    pub jitter_us: Spread,
    /// Round trip of each stream by RTCP, in µs, where it was measured.
    pub round_trip_us: Spread,
    /// Listening quality of each stream (MOS), in hundredths.
    pub mos_hundredths: Spread,
}

impl Tally {
    /// Counts what a phone tells.
    pub fn count(&mut self, notice: &Notice) {
        match notice {
            Notice::Registered(Ok(())) => self.registered += 1,
            Notice::Registered(Err(failure)) => self.count_failure(failure),
            Notice::Begun => self.calls += 1,
            Notice::Ringing(after) => self.ringing_us.record(microseconds(*after)),
            Notice::Answered(after) => {
                self.answered += 1;
                self.set_up_us.record(microseconds(*after));
            }
            Notice::Heard(measurement) => self.sound.count(measurement),
            Notice::Over(Ok(())) => self.held += 1,
            Notice::Over(Err(failure)) => self.count_failure(failure),
        }
    }

    fn count_failure(&mut self, failure: &Failure) {
        *self.failures.entry(failure.to_string()).or_default() += 1;
    }

    /// Takes over all counts of another.
    pub fn add(&mut self, other: &Tally) {
        add(&mut self.registered, other.registered);
        add(&mut self.calls, other.calls);
        add(&mut self.answered, other.answered);
        add(&mut self.held, other.held);
        for (failure, count) in &other.failures {
            add(self.failures.entry(failure.clone()).or_default(), *count);
        }
        self.ringing_us.add(&other.ringing_us);
        self.set_up_us.add(&other.set_up_us);
        self.sound.add(&other.sound);
    }

    /// Whether all that was tried succeeded.
    pub fn is_as_expected(&self) -> bool {
        self.failures.is_empty() && self.held == self.calls
    }
}

impl Sound {
    fn count(&mut self, measurement: &Measurement) {
        let statistics = &measurement.statistics;
        self.streams += 1;
        self.packets_sent += statistics.sent.packets;
        self.packets_missed += statistics.playout.packets_missed;
        if let Some(received) = &statistics.received {
            // Copies made on the way are no packets found again.
            let lost = u64::try_from(received.lost).unwrap_or(0);
            self.packets_received += received.received;
            self.packets_expected += received.expected;
            self.packets_lost += lost;
            let ppm = lost
                .saturating_mul(1_000_000)
                .checked_div(received.expected);
            self.loss_ppm.record(ppm.unwrap_or(0));
            self.jitter_us.record(microseconds(received.jitter));
        }
        if let Some(round_trip) = statistics.round_trip {
            self.round_trip_us.record(microseconds(round_trip));
        }
        if let Some(mos) = measurement.mos() {
            self.mos_hundredths.record((mos * 100.0).round() as u64);
        }
    }

    fn add(&mut self, other: &Sound) {
        add(&mut self.streams, other.streams);
        add(&mut self.packets_sent, other.packets_sent);
        add(&mut self.packets_received, other.packets_received);
        add(&mut self.packets_expected, other.packets_expected);
        add(&mut self.packets_lost, other.packets_lost);
        add(&mut self.packets_missed, other.packets_missed);
        self.loss_ppm.add(&other.loss_ppm);
        self.jitter_us.add(&other.jitter_us);
        self.round_trip_us.add(&other.round_trip_us);
        self.mos_hundredths.add(&other.mos_hundredths);
    }
}

/// Adds; files from elsewhere may say anything.
fn add(sum: &mut u64, count: u64) {
    *sum = sum.saturating_add(count);
}

fn microseconds(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn notice() -> impl Strategy<Value = Notice> {
        let failure = prop::sample::select(vec![
            Failure::Credentials,
            Failure::NoAnswer,
            Failure::Refused(486),
            Failure::Refused(503),
        ]);
        let time = (0..10_000_000_u64).prop_map(Duration::from_micros);
        prop_oneof![
            Just(Notice::Registered(Ok(()))),
            failure
                .clone()
                .prop_map(|failure| Notice::Registered(Err(failure))),
            Just(Notice::Begun),
            time.clone().prop_map(Notice::Ringing),
            time.prop_map(Notice::Answered),
            Just(Notice::Over(Ok(()))),
            failure.prop_map(|failure| Notice::Over(Err(failure))),
        ]
    }

    proptest! {
        #[test]
        fn parts_add_up_to_the_whole(notices in prop::collection::vec((0..3usize, notice()), 0..100)) {
            let mut whole = Tally::default();
            let mut parts = [Tally::default(), Tally::default(), Tally::default()];
            for (part, notice) in &notices {
                whole.count(notice);
                parts[*part].count(notice);
            }
            let mut sum = Tally::default();
            parts.iter().for_each(|part| sum.add(part));
            prop_assert_eq!(sum, whole);
        }
    }

    #[test]
    fn a_load_without_a_failure_is_as_expected_only_if_all_calls_were_held() {
        let mut tally = Tally::default();
        tally.count(&Notice::Begun);
        assert!(!tally.is_as_expected());
        tally.count(&Notice::Over(Ok(())));
        assert!(tally.is_as_expected());
        tally.count(&Notice::Registered(Err(Failure::NoRegistrar)));
        assert!(!tally.is_as_expected());
    }
}
