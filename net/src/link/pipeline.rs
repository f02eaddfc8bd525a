//! The machine of one link direction: takes a packet through its stages and gives deliveries.

use std::sync::Arc;
use std::time::Duration;

use super::cause::{Cause, Drops};
use super::flow::{Flow, FlowCounts};
use super::spec::{LinkSpec, StageSpec};
use super::stage::{Ask, Kind, Stage, Verdict};
use crate::faults::Judge;
use crate::packet::Packet;

/// One direction of a link at work. It belongs to the [`Judge`] it is first used with.
#[derive(Debug)]
pub struct Pipeline {
    name: Arc<str>,
    /// The sum of all delays, while there is nothing but delays.
    fixed_delay: Option<Duration>,
    stages: Vec<Stage>,
    counts: Option<FlowCounts>,
    drops: Drops,
}

/// A packet and when it arrives.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Delivery {
    /// When, on the clock of the `now` it was offered with.
    pub at: Duration,
    /// What.
    pub packet: Packet,
}

impl Pipeline {
    /// A link direction of this name, such as `"uplink of site hotel"`. The name is part of each recorded decision.
    ///
    /// # Panics
    /// If [`LinkSpec::check`] refuses the specification; one read from JSON has been checked.
    pub fn new(spec: &LinkSpec, name: impl Into<Arc<str>>) -> Self {
        let mut pipeline = Self {
            name: name.into(),
            fixed_delay: None,
            stages: own_stages(spec),
            counts: None,
            drops: Drops::default(),
        };
        pipeline.settle();
        pipeline
    }

    /// Gives the link other stages of its own from now on. What a fault has imposed stays, and so do the counts, so that packets go
    /// on to be named as before; what a queue held is on its way already.
    ///
    /// # Panics
    /// As [`Pipeline::new`].
    pub fn change(&mut self, spec: &LinkSpec) {
        self.stages.retain(|stage| stage.fault.is_some());
        self.stages.extend(own_stages(spec));
        self.settle();
    }

    /// Counts each flow's packets from now on even if nothing is left to chance yet. To be called at the start for each link that a
    /// fault plan touches: then a packet's number in its flow doesn't depend on which fault came first.
    pub fn count_flows(&mut self) {
        self.counts.get_or_insert_with(FlowCounts::default);
        self.settle();
    }

    /// Puts a fault's stage in front, until [`Self::lift`]. A fault has at most one stage on a link at a time.
    ///
    /// # Panics
    /// If the stage's figures make no sense; those of a fault plan have been checked.
    pub fn impose(&mut self, fault: u32, stage: &StageSpec) {
        if let Err(reason) = stage.check() {
            panic!("fault {fault}: {reason}");
        }
        self.lift(fault);
        // Ordered by the fault's number, so that the order in which faults began makes no difference.
        let place = self
            .stages
            .iter()
            .position(|other| other.fault.is_none_or(|number| number > fault))
            .unwrap_or(self.stages.len());
        self.stages.insert(
            place,
            Stage::new(
                stage,
                format!("fault {fault} {}", stage.kind()),
                Some(fault),
            ),
        );
        self.settle();
    }

    /// Takes a fault's stage away.
    pub fn lift(&mut self, fault: u32) {
        self.stages.retain(|stage| stage.fault != Some(fault));
        self.settle();
    }

    /// Takes the packet in and adds what will arrive to `out`, in no particular order of time. Says what befell the packet last, if
    /// anything worth a word in a trace did.
    #[inline]
    pub fn offer(
        &mut self,
        now: Duration,
        packet: Packet,
        judge: &mut Judge,
        out: &mut Vec<Delivery>,
    ) -> Option<Cause> {
        if let Some(delay) = self.fixed_delay {
            out.push(Delivery {
                at: now + delay,
                packet,
            });
            return None;
        }
        let flow = Flow::from(&packet);
        let number = self.counts.as_mut().map_or(0, |counts| counts.count(flow));
        let mut journey = Journey {
            link: &self.name,
            stages: &mut self.stages,
            drops: &mut self.drops,
            judge,
            out,
            flow,
            number,
            copies: 0,
            befell: None,
        };
        journey.travel(0, now, packet, 0);
        journey.befell
    }

    /// Name of the link.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// What every packet takes, while there is nothing here but delays: then nobody needs to be asked.
    #[inline]
    pub(crate) fn fixed_delay(&self) -> Option<Duration> {
        self.fixed_delay
    }

    /// What has befallen packets here.
    pub fn drops(&self) -> &Drops {
        &self.drops
    }

    fn settle(&mut self) {
        if self.stages.iter().any(Stage::is_left_to_chance) {
            self.counts.get_or_insert_with(FlowCounts::default);
        }
        let sum = self
            .stages
            .iter()
            .try_fold(Duration::ZERO, |sum, stage| match &stage.kind {
                Kind::Delay(delay) => Some(sum.saturating_add(*delay)),
                Kind::Rate(_)
                | Kind::Jitter(_)
                | Kind::Loss(_)
                | Kind::Reorder(_)
                | Kind::Duplicate(_)
                | Kind::Corrupt(_) => None,
                Kind::Mtu(_) | Kind::Blackhole(_) | Kind::Trace(_) => None,
            });
        self.fixed_delay = if self.counts.is_none() { sum } else { None };
    }
}

/// The stages of a link itself; of several of one kind, the second is labelled "loss 2", and so on.
fn own_stages(spec: &LinkSpec) -> Vec<Stage> {
    if let Err(error) = spec.check() {
        panic!("{error}");
    }
    let mut stages: Vec<Stage> = Vec::with_capacity(spec.stages.len());
    for stage in &spec.stages {
        let kind = stage.kind();
        let same = stages
            .iter()
            .filter(|before| before.kind_name == kind)
            .count();
        let label = if same == 0 {
            kind.to_owned()
        } else {
            format!("{kind} {}", same + 1)
        };
        stages.push(Stage::new(stage, label, None));
    }
    stages
}

/// One packet's way through the stages, with its copies.
struct Journey<'a> {
    link: &'a Arc<str>,
    stages: &'a mut Vec<Stage>,
    drops: &'a mut Drops,
    judge: &'a mut Judge,
    out: &'a mut Vec<Delivery>,
    flow: Flow,
    number: u64,
    copies: u16,
    befell: Option<Cause>,
}

impl Journey<'_> {
    fn travel(&mut self, from: usize, now: Duration, mut packet: Packet, copy: u16) {
        let mut at = now;
        for index in from..self.stages.len() {
            let (link, flow) = (self.link, &self.flow);
            let stage = &mut self.stages[index];
            let mut ask = Ask {
                judge: self.judge,
                stream: &mut stage.stream,
                link,
                stage: &stage.label,
                flow,
                number: self.number,
                copy,
            };
            match stage.kind.pass(at, &mut packet, &mut ask) {
                Verdict::Pass(leaves) => at = leaves,
                Verdict::Altered(leaves, cause) => {
                    at = leaves;
                    self.note(cause);
                }
                Verdict::Twice(leaves, copy_leaves) => {
                    at = leaves;
                    self.note(Cause::Duplicated);
                    if self.copies < MAX_COPIES {
                        self.copies += 1;
                        let (copied, number) = (packet.clone(), self.copies);
                        self.travel(index + 1, at, packet, copy);
                        return self.travel(index + 1, copy_leaves, copied, number);
                    }
                }
                Verdict::Drop(cause) => return self.note(cause),
            }
        }
        self.out.push(Delivery { at, packet });
    }

    fn note(&mut self, cause: Cause) {
        self.drops.count(cause);
        self.befell = Some(cause);
    }
}

/// Copies of one packet: more than any real network makes, few enough to bound the work.
const MAX_COPIES: u16 = 8;

#[cfg(test)]
mod tests;
