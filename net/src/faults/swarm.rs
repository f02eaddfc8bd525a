//! Plans drawn from a seed. The mix is drawn first: a run with three kinds of trouble, much of each, finds what a little of
//! everything never does. Every fault ends before the ground's time is over, so that a scenario can ask for recovery.

use std::time::Duration;

use sha2::{Digest, Sha256};

use super::effect::Effect;
use super::plan::FaultPlan;
use super::target::{Direction, Target};
use crate::link::dice::Dice;

/// Where faults may strike, and for how long.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Ground {
    /// Sites whose links may suffer.
    pub sites: Vec<String>,
    /// Sites with a NAT, which may be rebound.
    pub nats: Vec<String>,
    /// Hosts whose clocks may be wrong and which may be suspended.
    pub hosts: Vec<String>,
    /// Hosts that may crash and start again.
    pub mortal_hosts: Vec<String>,
    /// All faults have ended by then.
    pub span: Duration,
}

impl FaultPlan {
    /// A plan drawn from the seed: which kinds of fault, how many, where, when and how bad. Empty ground gives an empty plan.
    pub fn swarm(seed: u64, ground: &Ground) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"solstice fault swarm\0");
        hash.update(seed.to_be_bytes());
        let mut dice = Dice::new(hash.finalize().into());
        let mut kinds: Vec<Kind> = KINDS
            .into_iter()
            .filter(|kind| kind.has_ground(ground))
            .collect();
        kinds.retain(|_| dice.chance(35.0));
        if kinds.is_empty() {
            kinds = KINDS
                .into_iter()
                .filter(|kind| kind.has_ground(ground))
                .collect();
        }
        let mut plan = Self::seeded(seed);
        if kinds.is_empty() || ground.span < MIN_SPAN {
            return plan;
        }
        for _ in 0..1 + dice.below(MAX_FAULTS) {
            let kind = *pick(&kinds, &mut dice);
            let (from, until) = time(ground.span, &mut dice);
            let target = kind.target(ground, &mut dice);
            plan = plan.with(target, from, until, kind.effect(&mut dice));
        }
        plan
    }
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Lose,
    LoseBursts,
    Cut,
    Delay,
    Jitter,
    Reorder,
    Duplicate,
    Corrupt,
    Throttle,
    Mtu,
    Rebind,
    Crash,
    Suspend,
    StepClock,
    DriftClock,
}

const KINDS: [Kind; 15] = [
    Kind::Lose,
    Kind::LoseBursts,
    Kind::Cut,
    Kind::Delay,
    Kind::Jitter,
    Kind::Reorder,
    Kind::Duplicate,
    Kind::Corrupt,
    Kind::Throttle,
    Kind::Mtu,
    Kind::Rebind,
    Kind::Crash,
    Kind::Suspend,
    Kind::StepClock,
    Kind::DriftClock,
];

impl Kind {
    fn has_ground(self, ground: &Ground) -> bool {
        !self.names(ground).is_empty()
    }

    fn names(self, ground: &Ground) -> &[String] {
        match self {
            Self::Lose
            | Self::LoseBursts
            | Self::Cut
            | Self::Delay
            | Self::Jitter
            | Self::Reorder => &ground.sites,
            Self::Duplicate | Self::Corrupt | Self::Throttle | Self::Mtu => &ground.sites,
            Self::Rebind => &ground.nats,
            Self::Crash => &ground.mortal_hosts,
            Self::Suspend | Self::StepClock | Self::DriftClock => &ground.hosts,
        }
    }

    fn target(self, ground: &Ground, dice: &mut Dice) -> Target {
        let name = pick(self.names(ground), dice).clone();
        match self {
            Self::Crash | Self::Suspend | Self::StepClock | Self::DriftClock => {
                Target::Host { name }
            }
            Self::Rebind => Target::Site {
                name,
                direction: Direction::Both,
            },
            Self::Lose
            | Self::LoseBursts
            | Self::Cut
            | Self::Delay
            | Self::Jitter
            | Self::Reorder
            | Self::Duplicate
            | Self::Corrupt
            | Self::Throttle
            | Self::Mtu => Target::Site {
                name,
                direction: *pick(&[Direction::Up, Direction::Down, Direction::Both], dice),
            },
        }
    }

    fn effect(self, dice: &mut Dice) -> Effect {
        match self {
            Self::Lose => Effect::Lose {
                percent: *pick(&[0.5, 1.0, 2.0, 5.0, 10.0, 20.0], dice),
            },
            Self::LoseBursts => Effect::LoseBursts {
                enter_percent: *pick(&[0.5, 1.0, 3.0], dice),
                leave_percent: *pick(&[10.0, 25.0, 50.0], dice),
            },
            Self::Cut => Effect::Cut,
            Self::Delay => Effect::Delay {
                by: millis(&[20, 80, 250, 700], dice),
            },
            Self::Jitter => Effect::Jitter {
                up_to: millis(&[5, 20, 60, 150], dice),
            },
            Self::Reorder => Effect::Reorder {
                percent: *pick(&[1.0, 5.0, 20.0], dice),
                by: millis(&[5, 25, 90], dice),
            },
            Self::Duplicate => Effect::Duplicate {
                percent: *pick(&[1.0, 10.0, 50.0], dice),
            },
            Self::Corrupt => Effect::Corrupt {
                percent: *pick(&[0.5, 2.0, 10.0], dice),
            },
            Self::Throttle => Effect::Throttle {
                bits_per_s: *pick(&[128_000, 512_000, 2_000_000], dice),
                queue_bytes: *pick(&[8_000, 64_000, 512_000], dice),
            },
            Self::Mtu => Effect::Mtu {
                bytes: *pick(&[1280, 1400, 1452], dice),
            },
            Self::Rebind => Effect::Rebind,
            Self::Crash => Effect::Crash,
            Self::Suspend => Effect::Suspend,
            Self::StepClock => Effect::StepClock {
                by_ms: *pick(&[-3_600_000, -5_000, 5_000, 90_000, 3_600_000], dice),
            },
            Self::DriftClock => Effect::DriftClock {
                ppm: *pick(&[-500, -100, 100, 500], dice),
            },
        }
    }
}

/// Short faults are as likely as long ones: the length is a share of the span drawn from halvings. Whole milliseconds.
fn time(span: Duration, dice: &mut Dice) -> (Duration, Duration) {
    let span_ms = span.as_millis() as u64;
    let longest = (span_ms / 2) >> dice.below(5);
    let length = 1 + dice.below(longest.max(1));
    let from = dice.below(span_ms - length);
    (
        Duration::from_millis(from),
        Duration::from_millis(from + length),
    )
}

fn pick<'a, T>(list: &'a [T], dice: &mut Dice) -> &'a T {
    &list[dice.below(list.len() as u64) as usize]
}

fn millis(list: &[u64], dice: &mut Dice) -> Duration {
    Duration::from_millis(*pick(list, dice))
}

const MAX_FAULTS: u64 = 8;
/// Below this there is no room for a fault and its end.
const MIN_SPAN: Duration = Duration::from_millis(10);
