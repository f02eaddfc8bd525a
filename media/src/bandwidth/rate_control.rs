//! The rate that the delay allows: up while the queue is empty, down to below what arrives when it grows.
//!
//! ```text
//!              Over                 Normal              Normal
//!   any ──────────────► Decrease ──────────► Hold ──────────────► Increase
//!                                             ▲          Under       │
//!                                             └──────────────────────┘
//! ```
//!
//! draft-ietf-rmcat-gcc-02 §5.5. Four things are ours. Before the first over-use the rate doubles in a third of a second
//! (the draft begins with 8 % a second and leaves fast starts to probing). Near where the path was full, rates
//! above 1 Mbit/s grow with the square root: slower than in proportion, so that flows come to share alike, faster than by a
//! packet at a time.
//! A decrease also makes room for what stands in the queue to leave soon. And growth that has met no queue for a while speeds up, so that a path which was restored is filled within seconds.

use std::time::Duration;

use super::delivered::Rates;
use super::threshold::Usage;

/// What is kept of the delivered rate on over-use. §5.5, beta.
const DECREASE: f64 = 0.85;
/// Growth in a second far from where the path was full. §5.5, eta.
const GROWTH: f64 = 1.08;
/// What growth gains for each second without a queue beyond the first half, and how many count.
const GROWTH_GAIN: f64 = 0.4;
const GROWTH_SECONDS: f64 = 2.0;
/// Seconds in which the rate doubles before the first over-use, but at least twice the time in which a queue is noticed:
/// that of a response and of so many packets.
const START_DOUBLING: f64 = 0.33;
const NOTICED_PACKETS: f64 = 8.0;
/// Bits of a packet. §5.5, expected_packet_size_bits.
const PACKET_BITS: f64 = 9_600.0;
/// The rate is at most this much of what is delivered, and this many bit/s. §5.5; what is delivered is known late, which
/// matters most at the start.
const AHEAD: f64 = 1.5;
const AHEAD_AT_START: f64 = 2.5;
const AHEAD_BITS: f64 = 10_000.0;
/// Growth in a second near where the path was full: this share of the rate up to 1 Mbit/s, with its root beyond.
const NEAR_GROWTH: f64 = 0.12;
const NEAR_UNIT: f64 = 1_000_000.0;
/// Seconds in which the queue is to be drained, and the largest share of the delivered rate that is given up for it.
const DRAIN_SECONDS: f64 = 0.6;
const DRAIN_MAX: f64 = 0.35;
/// Least time between two decreases: the first must have had its effect.
const DECREASE_APART: Duration = Duration::from_millis(200);
/// Weight of the past in the capacity where the path was full. §5.5.
const CAPACITY_SMOOTHING: f64 = 0.95;
/// The rate may lie above and below the capacity by so many deviations and still be near it. §5.5.
const DEVIATIONS: f64 = 3.0;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    Hold,
    Increase,
    Decrease,
}

/// What is known of a path whose queue grows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Full {
    /// Time from sending to hearing of the arrival.
    pub(super) response: Duration,
    /// Delay that the queue has grown to.
    pub(super) queue: Duration,
}

/// The controller.
#[derive(Clone, Debug)]
pub(super) struct RateControl {
    state: State,
    target: f64,
    /// Before the first over-use.
    is_starting: bool,
    at: Option<Duration>,
    decreased: Option<Duration>,
    /// What is gone on with once the queue is drained.
    resume: Option<f64>,
    /// Since when the rate grows without being near a capacity.
    calm_since: Option<Duration>,
    capacity: Capacity,
    decreases: u64,
}

/// What the path carried when it was full: mean and relative variance, bit/s.
#[derive(Clone, Copy, Debug, Default)]
struct Capacity {
    mean: Option<f64>,
    variance: f64,
}

impl RateControl {
    pub(super) fn new(start: f64) -> RateControl {
        RateControl {
            state: State::Increase,
            target: start,
            is_starting: true,
            at: None,
            decreased: None,
            resume: None,
            calm_since: None,
            capacity: Capacity::default(),
            decreases: 0,
        }
    }

    /// Raises the rate without being told of the delay.
    pub(super) fn raise(&mut self, growth: f64, most: f64) {
        self.target = (self.target * growth).min(most);
    }

    pub(super) fn target(&self) -> f64 {
        self.target
    }

    pub(super) fn decreases(&self) -> u64 {
        self.decreases
    }

    /// Moves the rate after a feedback.
    pub(super) fn control(
        &mut self,
        now: Duration,
        usage: Usage,
        delivered: Option<Rates>,
        full: Full,
        (least, most): (f64, f64),
    ) {
        let passed = now.saturating_sub(self.at.replace(now).unwrap_or(now));
        self.state = match (self.state, usage) {
            (_, Usage::Over) => State::Decrease,
            (_, Usage::Under) | (State::Decrease, Usage::Normal) => State::Hold,
            (State::Hold | State::Increase, Usage::Normal) => State::Increase,
        };
        match self.state {
            State::Hold => self.calm_since = None,
            State::Increase => {
                self.increase(
                    now,
                    passed,
                    delivered.map(|rates| rates.mean),
                    full.response,
                );
            }
            State::Decrease => {
                self.decrease(now, delivered.map(|rates| rates.settled()), full);
            }
        }
        self.target = self.target.clamp(least, most);
    }

    fn increase(
        &mut self,
        now: Duration,
        passed: Duration,
        delivered: Option<f64>,
        response: Duration,
    ) {
        let seconds = passed.as_secs_f64().min(1.0);
        if let Some(resume) = self.resume.take() {
            self.target = self.target.max(resume);
        }
        if let Some(delivered) = delivered
            && self.capacity.is_exceeded_by(delivered)
        {
            // More arrives than when the path was full: it has become another.
            self.capacity = Capacity::default();
        }
        let grown = if self.is_starting {
            let noticed = response.as_secs_f64() + NOTICED_PACKETS * PACKET_BITS / self.target;
            self.target * 2_f64.powf(seconds / (2.0 * noticed).max(START_DOUBLING))
        } else if self.capacity.mean.is_some() {
            self.calm_since = None;
            let unit = self.target.min((self.target * NEAR_UNIT).sqrt());
            self.target + NEAR_GROWTH * unit * seconds
        } else {
            let since = *self.calm_since.get_or_insert(now);
            let calm = now.saturating_sub(since).as_secs_f64();
            let gain = GROWTH_GAIN * (calm - 0.5).clamp(0.0, GROWTH_SECONDS);
            self.target * (GROWTH + gain).powf(seconds)
        };
        let ahead = if self.is_starting {
            AHEAD_AT_START
        } else {
            AHEAD
        };
        let ceiling = delivered.map_or(f64::INFINITY, |rate| ahead * rate + AHEAD_BITS);
        // What is not used (the camera is blocked) is not raised, but not taken away either.
        self.target = grown.min(ceiling).max(self.target);
    }

    fn decrease(&mut self, now: Duration, delivered: Option<f64>, full: Full) {
        let apart = DECREASE_APART.max(full.response);
        if self.decreased.is_some_and(|at| now < at + apart) {
            return;
        }
        let delivered = delivered.unwrap_or(self.target);
        self.capacity.note(delivered);
        self.resume = Some(DECREASE * delivered);
        let drain = (full.queue.as_secs_f64() / DRAIN_SECONDS).min(DRAIN_MAX);
        self.target = ((DECREASE - drain) * delivered).min(self.target);
        self.is_starting = false;
        self.decreased = Some(now);
        self.calm_since = None;
        self.decreases += 1;
    }
}

impl Capacity {
    /// Notes what arrived when the path was full.
    fn note(&mut self, rate: f64) {
        if self.is_undercut_by(rate) {
            *self = Capacity::default();
        }
        let Some(mean) = self.mean else {
            // §5.5 leaves the start open: 2 % of deviation is what half a second of packets shows.
            (self.mean, self.variance) = (Some(rate), 0.000_4);
            return;
        };
        let error = (rate - mean) / mean;
        self.mean = Some(CAPACITY_SMOOTHING * mean + (1.0 - CAPACITY_SMOOTHING) * rate);
        let variance =
            CAPACITY_SMOOTHING * self.variance + (1.0 - CAPACITY_SMOOTHING) * error * error;
        self.variance = variance.clamp(0.000_1, 0.002_5);
    }

    fn is_exceeded_by(&self, rate: f64) -> bool {
        self.mean
            .is_some_and(|mean| rate > mean * (1.0 + DEVIATIONS * self.variance.sqrt()))
    }

    fn is_undercut_by(&self, rate: f64) -> bool {
        self.mean
            .is_some_and(|mean| rate < mean * (1.0 - DEVIATIONS * self.variance.sqrt()))
    }
}
