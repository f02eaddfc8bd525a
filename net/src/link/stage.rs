//! What all stages share: how one is made, asked and named.

use std::sync::Arc;
use std::time::Duration;

use super::blackhole::BlackholeSpec;
use super::cause::Cause;
use super::corrupt::CorruptSpec;
use super::dice::Dice;
use super::duplicate::DuplicateSpec;
use super::flow::Flow;
use super::jitter::Jitter;
use super::loss::{Loss, LossModel};
use super::mtu::MtuSpec;
use super::rate::Rate;
use super::reorder::ReorderSpec;
use super::spec::StageSpec;
use super::trace::Trace;
use crate::faults::{Judge, Outcome, Question, StreamId};
use crate::packet::Packet;

/// What a stage says of a packet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Verdict {
    /// Leaves at this time.
    Pass(Duration),
    /// Leaves at this time, but something befell it.
    Altered(Duration, Cause),
    /// Leaves at this time, and a copy at that.
    Twice(Duration, Duration),
    /// Is gone.
    Drop(Cause),
}

/// A stage's way to ask what chance decides for the packet in hand.
pub(crate) struct Ask<'a> {
    pub(crate) judge: &'a mut Judge,
    pub(crate) stream: &'a mut Option<StreamId>,
    pub(crate) link: &'a Arc<str>,
    pub(crate) stage: &'a Arc<str>,
    pub(crate) flow: &'a Flow,
    pub(crate) number: u64,
    pub(crate) copy: u16,
}

impl Ask<'_> {
    /// The outcome for this packet, drawn or as recorded; `None` is the plain case, which is not recorded.
    pub(crate) fn decide(
        &mut self,
        draw: impl FnOnce(&mut Dice) -> Option<Outcome>,
    ) -> Option<Outcome> {
        let stream = *self
            .stream
            .get_or_insert_with(|| self.judge.stream(self.link, self.stage));
        self.judge.decide(
            Question {
                stream,
                flow: self.flow,
                packet: self.number,
                copy: self.copy,
            },
            draw,
        )
    }
}

#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) kind: Kind,
    pub(crate) kind_name: &'static str,
    pub(crate) label: Arc<str>,
    pub(crate) fault: Option<u32>,
    pub(crate) stream: Option<StreamId>,
}

impl Stage {
    pub(crate) fn new(spec: &StageSpec, label: String, fault: Option<u32>) -> Self {
        Self {
            kind: Kind::new(spec),
            kind_name: spec.kind(),
            label: label.into(),
            fault,
            stream: None,
        }
    }

    pub(crate) fn is_left_to_chance(&self) -> bool {
        match &self.kind {
            Kind::Jitter(_) | Kind::Reorder(_) | Kind::Duplicate(_) | Kind::Corrupt(_) => true,
            Kind::Loss(loss) => !matches!(loss.model(), LossModel::List { .. }),
            Kind::Rate(_) | Kind::Delay(_) | Kind::Mtu(_) | Kind::Blackhole(_) | Kind::Trace(_) => {
                false
            }
        }
    }
}

#[derive(Debug)]
pub(crate) enum Kind {
    Rate(Rate),
    Delay(Duration),
    Jitter(Jitter),
    Loss(Loss),
    Reorder(ReorderSpec),
    Duplicate(DuplicateSpec),
    Corrupt(CorruptSpec),
    Mtu(MtuSpec),
    Blackhole(BlackholeSpec),
    Trace(Trace),
}

impl Kind {
    pub(crate) fn new(spec: &StageSpec) -> Self {
        match spec {
            StageSpec::Rate(spec) => Self::Rate(Rate::new(spec)),
            StageSpec::Delay(spec) => Self::Delay(spec.delay),
            StageSpec::Jitter(spec) => Self::Jitter(Jitter::new(spec)),
            StageSpec::Loss(spec) => Self::Loss(Loss::new(spec)),
            StageSpec::Reorder(spec) => Self::Reorder(*spec),
            StageSpec::Duplicate(spec) => Self::Duplicate(*spec),
            StageSpec::Corrupt(spec) => Self::Corrupt(*spec),
            StageSpec::Mtu(spec) => Self::Mtu(*spec),
            StageSpec::Blackhole(spec) => Self::Blackhole(spec.clone()),
            StageSpec::Trace(spec) => Self::Trace(Trace::new(spec)),
        }
    }

    pub(crate) fn pass(&mut self, at: Duration, packet: &mut Packet, ask: &mut Ask<'_>) -> Verdict {
        match self {
            Self::Rate(rate) => rate.pass(at, packet),
            Self::Delay(delay) => Verdict::Pass(at.saturating_add(*delay)),
            Self::Jitter(jitter) => jitter.pass(at, ask),
            Self::Loss(loss) => loss.pass(at, packet, ask),
            Self::Reorder(reorder) => reorder.pass(at, ask),
            Self::Duplicate(duplicate) => duplicate.pass(at, ask),
            Self::Corrupt(corrupt) => corrupt.pass(at, packet, ask),
            Self::Mtu(mtu) => mtu.pass(at, packet),
            Self::Blackhole(blackhole) => blackhole.pass(at),
            Self::Trace(trace) => trace.pass(at, packet),
        }
    }
}
