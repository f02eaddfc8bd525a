//! What a fault does to what it strikes.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::link::StageSpec;
use crate::link::blackhole::BlackholeSpec;
use crate::link::corrupt::CorruptSpec;
use crate::link::delay::DelaySpec;
use crate::link::duplicate::DuplicateSpec;
use crate::link::jitter::{Distribution, JitterSpec};
use crate::link::loss::LossSpec;
use crate::link::mtu::{Excess, MtuSpec};
use crate::link::queue::QueueSpec;
use crate::link::rate::RateSpec;
use crate::link::reorder::ReorderSpec;

/// One thing that goes wrong.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
#[non_exhaustive]
pub enum Effect {
    /// Packets are lost, each by itself.
    Lose {
        /// Share lost.
        percent: f64,
    },
    /// Packets are lost in bursts.
    LoseBursts {
        /// Chance that a burst begins, a packet.
        enter_percent: f64,
        /// Chance that it ends, a packet.
        leave_percent: f64,
    },
    /// Nothing passes.
    Cut,
    /// Packets take longer.
    Delay {
        /// Extra one-way time.
        #[serde(with = "crate::time_text")]
        by: Duration,
    },
    /// Packets take longer by a varying time, keeping their order.
    Jitter {
        /// Most extra time; each up to it is equally likely.
        #[serde(with = "crate::time_text")]
        up_to: Duration,
    },
    /// Packets are held back, so that others overtake them.
    Reorder {
        /// Share held back.
        percent: f64,
        /// How long.
        #[serde(with = "crate::time_text")]
        by: Duration,
    },
    /// Packets arrive twice.
    Duplicate {
        /// Share doubled.
        percent: f64,
    },
    /// Packets have a bit flipped.
    Corrupt {
        /// Share hurt.
        percent: f64,
    },
    /// Less bandwidth, with a drop-tail queue.
    Throttle {
        /// Bits per second at the IP layer.
        bits_per_s: u64,
        /// Bytes that may wait.
        queue_bytes: u64,
    },
    /// Packets above this vanish.
    Mtu {
        /// Bytes of the whole IP packet.
        bytes: usize,
    },
    /// Packets pass one more stage, of any kind that a link can have: exact lists of packets, other distributions, recorded traces.
    Stage(StageSpec),
    /// The site's NAT forgets its mappings and makes new ones with other ports, once, at the start.
    Rebind,
    /// The host dies: tasks end, sockets close, memory is lost. At the end it starts again; without an end, never.
    Crash,
    /// The host stands still; packets wait in its sockets' buffers, then it goes on.
    Suspend,
    /// The host's wall clock jumps, and back at the end.
    StepClock {
        /// How far, ahead if positive.
        by_ms: i64,
    },
    /// The host's clocks run fast or slow, until the end.
    DriftClock {
        /// Parts per million, fast if positive.
        ppm: i32,
    },
}

/// What kind of thing an effect strikes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Subject {
    /// One or both directions of a link.
    Link,
    /// The NAT of a site.
    Nat,
    /// A host, or its clock.
    Host,
}

impl Effect {
    /// What it strikes.
    pub fn subject(&self) -> Subject {
        match self {
            Self::Lose { .. }
            | Self::LoseBursts { .. }
            | Self::Cut
            | Self::Delay { .. }
            | Self::Jitter { .. } => Subject::Link,
            Self::Reorder { .. }
            | Self::Duplicate { .. }
            | Self::Corrupt { .. }
            | Self::Throttle { .. }
            | Self::Mtu { .. }
            | Self::Stage(_) => Subject::Link,
            Self::Rebind => Subject::Nat,
            Self::Crash | Self::Suspend | Self::StepClock { .. } | Self::DriftClock { .. } => {
                Subject::Host
            }
        }
    }

    /// The stage it puts on a link, if a link is what it strikes.
    pub fn stage(&self) -> Option<StageSpec> {
        Some(match self.clone() {
            Self::Stage(stage) => stage,
            Self::Lose { percent } => LossSpec::bernoulli(percent).into(),
            Self::LoseBursts {
                enter_percent,
                leave_percent,
            } => LossSpec::bursts(enter_percent, leave_percent).into(),
            Self::Cut => BlackholeSpec::always().into(),
            Self::Delay { by } => DelaySpec { delay: by }.into(),
            Self::Jitter { up_to } => JitterSpec::new(Distribution::Uniform {
                from: Duration::ZERO,
                to: up_to,
            })
            .into(),
            Self::Reorder { percent, by } => ReorderSpec { percent, by }.into(),
            Self::Duplicate { percent } => DuplicateSpec {
                percent,
                after: Duration::ZERO,
            }
            .into(),
            Self::Corrupt { percent } => CorruptSpec { percent }.into(),
            Self::Throttle {
                bits_per_s,
                queue_bytes,
            } => RateSpec {
                bits_per_s,
                queue: QueueSpec::of_bytes(queue_bytes),
            }
            .into(),
            Self::Mtu { bytes } => MtuSpec {
                bytes,
                excess: Excess::Drop,
            }
            .into(),
            Self::Rebind
            | Self::Crash
            | Self::Suspend
            | Self::StepClock { .. }
            | Self::DriftClock { .. } => return None,
        })
    }

    pub(crate) fn check(&self) -> Result<(), String> {
        if let Some(stage) = self.stage() {
            return stage.check();
        }
        if let Self::DriftClock { ppm } = self
            && ppm.unsigned_abs() > MAX_DRIFT_PPM
        {
            return Err(format!(
                "ppm must be from -{MAX_DRIFT_PPM} to {MAX_DRIFT_PPM}, not {ppm}"
            ));
        }
        if let Self::StepClock { by_ms } = self
            && by_ms.unsigned_abs() > MAX_STEP_MS
        {
            return Err(format!(
                "by_ms must be from -{MAX_STEP_MS} to {MAX_STEP_MS}, not {by_ms}"
            ));
        }
        Ok(())
    }
}

/// Completes "uplink of site hotel …".
impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lose { percent } => write!(f, "loses {percent} % of packets"),
            Self::LoseBursts {
                enter_percent,
                leave_percent,
            } => write!(
                f,
                "loses bursts of packets (begin {enter_percent} %, end {leave_percent} %)"
            ),
            Self::Cut => write!(f, "is cut"),
            Self::Delay { by } => write!(f, "takes {by:?} longer"),
            Self::Jitter { up_to } => write!(f, "takes up to {up_to:?} longer"),
            Self::Reorder { percent, by } => {
                write!(f, "holds {percent} % of packets back by {by:?}")
            }
            Self::Duplicate { percent } => write!(f, "doubles {percent} % of packets"),
            Self::Corrupt { percent } => write!(f, "flips a bit in {percent} % of packets"),
            Self::Throttle {
                bits_per_s,
                queue_bytes,
            } => write!(
                f,
                "carries only {bits_per_s} bit/s behind {queue_bytes} bytes of queue"
            ),
            Self::Mtu { bytes } => write!(f, "drops packets above {bytes} bytes"),
            Self::Stage(stage) => write!(f, "has a further stage of {}", stage.kind()),
            Self::Rebind => write!(f, "has its NAT mappings replaced"),
            Self::Crash => write!(f, "crashes"),
            Self::Suspend => write!(f, "is suspended"),
            Self::StepClock { by_ms } => write!(f, "has its wall clock stepped by {by_ms} ms"),
            Self::DriftClock { ppm } => write!(f, "has its clock drift by {ppm} ppm"),
        }
    }
}

/// Ten percent: far beyond any oscillator, still a clock.
const MAX_DRIFT_PPM: u32 = 100_000;
/// A hundred years.
const MAX_STEP_MS: u64 = 3_155_760_000_000;
