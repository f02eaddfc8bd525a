//! What a path carries, by the loss that the other side reports.
//!
//! The thresholds are those of draft-ietf-rmcat-gcc-02 §6. There reports come many times a second and each takes a little
//! away; here one comes in some seconds (RFC 3550 §6.2), so what arrived of what was sent is taken for what the path carries,
//! once much was lost twice in a row. Growth tries what failed before less and less often: each trial costs a freeze.

use std::time::Duration;

/// Shares of loss between which the limit stays.
const HIGH: f64 = 0.10;
const LOW: f64 = 0.02;
/// Growth in a second while little is lost.
const GROWTH: f64 = 1.08;
/// How much more than is sent the limit may be: more says that something else limits.
const AHEAD: f64 = 2.0;
/// Less is not asked of a camera, bit/s.
const LEAST: f64 = 30_000.0;
/// Time that the loss is reckoned over, at least: with each request for packets comes a report.
const APART: Duration = Duration::from_secs(2);
/// Packets of which little must be lost for the loss to be little, and of which nothing is learned any more if it is neither.
const PACKETS_MIN: f64 = 50.0;
const PACKETS_MAX: f64 = 200.0;
/// Losses beyond the share, in standard deviations of their number, for it not to be chance.
const CERTAIN: f64 = 2.0;
/// For how long a rate that failed is not tried again: at first, and at last, as it doubles with each failure.
const PATIENCE: Duration = Duration::from_secs(10);
const PATIENCE_MAX: Duration = Duration::from_secs(160);
/// How far below a rate that failed the limit stays meanwhile.
const BELOW: f64 = 0.9;

/// The limit of one path.
#[derive(Clone, Debug, Default)]
pub(super) struct Carried {
    /// Bit/s; none while nothing says that the path is narrow.
    limit: Option<f64>,
    /// The report that loss is reckoned from.
    before: Option<Told>,
    /// Much was lost by the last of them.
    is_suspect: bool,
    failed: Option<Failed>,
}

/// A report of the other side, and what we had sent when it came.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Told {
    pub(super) at: Duration,
    /// Octets of a packet in the mean, from RTP's header on.
    pub(super) packet_octets: f64,
    /// Extended number of the last packet that had come.
    pub(super) highest_sequence: u32,
    /// All packets lost by then; those that came again in time are not.
    pub(super) lost: i32,
}

/// A rate of which too much was lost.
#[derive(Clone, Copy, Debug)]
struct Failed {
    bits_per_second: f64,
    /// Not tried again until then.
    until: Duration,
    patience: Duration,
}

impl Carried {
    /// Takes a report.
    pub(super) fn on_report(&mut self, told: Told) {
        let before = *self.before.get_or_insert(told);
        let expected =
            i64::from(told.highest_sequence.wrapping_sub(before.highest_sequence) as i32);
        if expected < 0 {
            // The other side counts anew.
            self.before = Some(told);
            return;
        }
        let passed = told.at.saturating_sub(before.at);
        if passed < APART {
            return;
        }
        let lost = i64::from(told.lost) - i64::from(before.lost);
        let (lost, expected) = (lost.clamp(0, expected) as f64, expected as f64);
        // What was sent again is not among them: it is no use to who looks.
        let rate = expected * told.packet_octets * 8.0 / passed.as_secs_f64();
        if lost - CERTAIN * lost.sqrt() > HIGH * expected {
            // Once may be a line that was cut for a moment.
            if std::mem::replace(&mut self.is_suspect, true) {
                self.limit = Some((rate * (1.0 - lost / expected)).max(LEAST));
                self.fail(told.at, rate);
            }
            self.before = Some(told);
            return;
        }
        if expected >= PACKETS_MIN && lost < LOW * expected {
            self.grow(told.at, rate, passed);
        } else if expected < PACKETS_MAX {
            return;
        }
        (self.before, self.is_suspect) = (Some(told), false);
    }

    /// Bit/s; none while nothing says that the path is narrow.
    pub(super) fn limit(&self) -> Option<u64> {
        self.limit.map(|limit| limit as u64)
    }

    fn fail(&mut self, now: Duration, bits_per_second: f64) {
        let before = self.failed.map(|failed| failed.patience * 2);
        let patience = before.unwrap_or(PATIENCE).min(PATIENCE_MAX);
        self.failed = Some(Failed {
            bits_per_second,
            until: now + patience,
            patience,
        });
    }

    fn grow(&mut self, now: Duration, rate: f64, passed: Duration) {
        // What failed once is carried now.
        self.failed
            .take_if(|failed| rate >= failed.bits_per_second && now >= failed.until);
        let Some(limit) = self.limit else { return };
        let grown = limit * GROWTH.powf(passed.as_secs_f64());
        let shut = self.failed.filter(|failed| now < failed.until);
        let most = shut.map_or(f64::INFINITY, |failed| failed.bits_per_second * BELOW);
        // A camera at its best sends no more however much it may.
        let is_free = shut.is_none() && grown > rate * AHEAD && rate > 0.0;
        self.limit = (!is_free).then_some(grown.min(most.max(LEAST)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A path that carries so much, and a camera that sends what it can within the limit.
    struct Trial {
        path: Carried,
        told: Told,
    }

    /// What the camera can send, bit/s.
    const RATES: [f64; 4] = [300e3, 210e3, 150e3, 100e3];

    impl Trial {
        fn new() -> Trial {
            let mut path = Carried::default();
            let told = Told {
                packet_octets: 1_000.0,
                ..Told::default()
            };
            path.on_report(told);
            Trial { path, told }
        }

        /// Rounds of 5 s, each with a report at its end; what is sent in each, kbit/s.
        fn run(&mut self, carries: f64, rounds: u32) -> Vec<u32> {
            let round = |_| {
                let limit = self.path.limit.unwrap_or(f64::INFINITY);
                let within = RATES.into_iter().find(|rate| *rate <= limit);
                let rate = within.unwrap_or(RATES[3]);
                let packets = rate * 5.0 / 8_000.0;
                self.told.at += Duration::from_secs(5);
                self.told.highest_sequence += packets as u32;
                self.told.lost += (packets * (1.0 - carries / rate).max(0.0)) as i32;
                self.path.on_report(self.told);
                (rate / 1e3) as u32
            };
            (0..rounds).map(round).collect()
        }
    }

    #[test]
    fn a_narrow_path_is_found_soon_and_tried_again_less_and_less_often() {
        let mut trial = Trial::new();
        let sent = trial.run(160e3, 60);
        insta::assert_compact_debug_snapshot!(sent, @"[300, 300, 150, 210, 210, 150, 150, 150, 150, 210, 210, 150, 150, 150, 150, 150, 150, 150, 150, 210, 210, 150, 150, 150, 150, 150, 150, 150, 150, 150, 150, 150, 150, 150, 150, 150, 150, 210, 210, 150, 150, 150, 150, 150, 150, 150, 150, 150, 150, 150, 150, 150, 150, 150, 150, 150, 150, 150, 150, 150]");
        // The path is as wide as before.
        let sent = trial.run(1e6, 60);
        assert_eq!(sent.last(), Some(&300), "{sent:?}");
        assert_eq!(trial.path.limit(), None);
    }

    #[test]
    fn a_little_loss_and_a_few_packets_change_nothing() {
        let mut trial = Trial::new();
        assert_eq!(trial.run(300e3 * 0.91, 20), [300; 20]);
        let mut path = Carried::default();
        for step in 0..3 {
            let (at, lost) = (Duration::from_secs(2 * step), step as i32);
            let highest_sequence = 6 * step as u32;
            path.on_report(Told {
                at,
                lost,
                highest_sequence,
                ..Told::default()
            });
        }
        assert_eq!(path.limit(), None);
    }

    #[test]
    fn a_line_that_is_cut_for_a_moment_is_not_narrow() {
        let mut trial = Trial::new();
        trial.run(300e3, 3);
        trial.run(100e3, 1);
        assert_eq!(trial.run(300e3, 20), [300; 20]);
    }

    #[test]
    fn whoever_sent_little_keeps_something_to_begin_with_and_a_new_count_is_no_loss() {
        let mut path = Carried::default();
        path.on_report(Told::default());
        let all_lost = Told {
            at: Duration::from_secs(5),
            packet_octets: 1.0,
            highest_sequence: 100,
            lost: 100,
        };
        path.on_report(all_lost);
        path.on_report(Told {
            at: Duration::from_secs(10),
            highest_sequence: 200,
            lost: 200,
            ..all_lost
        });
        assert_eq!(path.limit(), Some(LEAST as u64));
        let mut path = Carried::default();
        path.on_report(all_lost);
        let anew = Told {
            at: Duration::from_secs(10),
            highest_sequence: 50,
            lost: 1_000,
            ..all_lost
        };
        path.on_report(anew);
        assert_eq!(path.limit(), None);
    }
}
