//! Whether the delay grows: packets sent together are a group, and a line is laid through the delays of the last groups.
//!
//! draft-ietf-rmcat-gcc-02 §5.1 (groups), §5.2 (what a growing delay means); the line is a least-squares fit over the last
//! twenty groups, on delays smoothed a little.

/// Packets sent within this time are one group. §5.1, burst_time.
const GROUP_NS: i64 = 5_000_000;
/// Groups that the line is laid through.
const POINTS: usize = 20;
/// Groups that a line needs: at low rates twenty are most of a second.
const POINTS_MIN: usize = 5;
/// Weight of the past in the smoothed delay.
const SMOOTHING: f64 = 0.9;
/// What the slope is multiplied by, besides the number of groups, so that it compares with a threshold in ms.
const GAIN: f64 = 4.0;
/// Number of groups at which the multiplier stops growing.
const GROUPS_COUNTED: u32 = 60;
/// Two groups apart by more have nothing to do with each other: there was silence, or the clock jumped.
const SILENCE_NS: i64 = 3_000_000_000;

/// The trend after another group.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Gradient {
    /// How fast the delay grows, scaled to be held against the threshold, ms.
    pub(super) trend_ms: f64,
    /// When the group arrived, ms on the receiver's clock.
    pub(super) arrived_ms: f64,
    /// Time between this group's sending and the one before's, ms.
    pub(super) sent_apart_ms: f64,
    /// What the delay has grown by since its least among the last groups, ms.
    pub(super) queue_ms: f64,
}

/// The delays of the last groups.
#[derive(Clone, Debug, Default)]
pub(super) struct Trend {
    current: Option<Group>,
    before: Option<Group>,
    groups: u32,
    /// Sum of the delays' changes, and the same smoothed, ms.
    delay_ms: f64,
    smoothed_ms: f64,
    points: [(f64, f64); POINTS],
    /// The delays of the same groups as they were, ms.
    delays_ms: [f64; POINTS],
    count: usize,
}

#[derive(Clone, Copy, Debug)]
struct Group {
    first_sent: i64,
    sent: i64,
    arrived: i64,
}

impl Trend {
    /// Notes a packet by when it was sent and when it arrived, each by its own clock; gives the trend if it ends a group.
    #[inline]
    pub(super) fn note(&mut self, sent: i64, arrived: i64) -> Option<Gradient> {
        let group = Group {
            first_sent: sent,
            sent,
            arrived,
        };
        let Some(current) = &mut self.current else {
            self.current = Some(group);
            return None;
        };
        if sent < current.first_sent {
            // Sent before the group: it was overtaken, and tells nothing of the queue.
            return None;
        }
        let apart = sent - current.first_sent;
        // §5.1: what left later but arrived with the group was held up with it.
        let is_burst = arrived - current.arrived <= GROUP_NS
            && arrived - current.arrived < sent - current.sent;
        if apart <= GROUP_NS || is_burst {
            current.sent = current.sent.max(sent);
            current.arrived = current.arrived.max(arrived);
            return None;
        }
        let ended = *current;
        self.current = Some(group);
        let gradient = self.before.and_then(|before| self.on_groups(before, ended));
        self.before = Some(ended);
        gradient
    }

    fn on_groups(&mut self, before: Group, ended: Group) -> Option<Gradient> {
        let (sent, arrived) = (ended.sent - before.sent, ended.arrived - before.arrived);
        if sent > SILENCE_NS || arrived > SILENCE_NS {
            *self = Trend {
                current: self.current,
                ..Trend::default()
            };
            return None;
        }
        if arrived < 0 {
            return None;
        }
        self.groups += 1;
        self.delay_ms += (arrived - sent) as f64 / 1e6;
        self.smoothed_ms = SMOOTHING * self.smoothed_ms + (1.0 - SMOOTHING) * self.delay_ms;
        let arrived_ms = ended.arrived as f64 / 1e6;
        self.points[self.count % POINTS] = (arrived_ms, self.smoothed_ms);
        self.delays_ms[self.count % POINTS] = self.delay_ms;
        self.count += 1;
        let known = self.count.min(POINTS);
        let least_ms = self.delays_ms[..known]
            .iter()
            .fold(self.delay_ms, |least, delay| least.min(*delay));
        let slope = if self.count < POINTS_MIN {
            0.0
        } else {
            slope(&self.points[..known])
        };
        Some(Gradient {
            trend_ms: f64::from(self.groups.min(GROUPS_COUNTED)) * slope * GAIN,
            arrived_ms,
            sent_apart_ms: sent as f64 / 1e6,
            queue_ms: self.delay_ms - least_ms,
        })
    }
}

/// Slope of the least-squares line.
fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let (x_sum, y_sum) = points
        .iter()
        .fold((0.0, 0.0), |(x_sum, y_sum), (x, y)| (x_sum + x, y_sum + y));
    let (x_mean, y_mean) = (x_sum / count, y_sum / count);
    let (over, under) = points.iter().fold((0.0, 0.0), |(over, under), (x, y)| {
        let x = x - x_mean;
        (over + x * (y - y_mean), under + x * x)
    });
    if under > 0.0 { over / under } else { 0.0 }
}
