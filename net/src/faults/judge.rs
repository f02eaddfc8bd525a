//! The source of everything left to chance on links: a seed, or what was decided before.
//!
//! One ChaCha stream for each link and stage, so that a draw on one link shifts none on another. Every outcome other than the plain
//! one is recorded, drawn or replayed.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexSet;
use sha2::{Digest, Sha256};

use super::decision::{Decision, Outcome, Record, RecordError};
use crate::link::Flow;
use crate::link::dice::Dice;
use crate::link::flow::FlowHash;

/// Decides what chance decides, and remembers it.
#[derive(Debug)]
pub struct Judge {
    source: Source,
    streams: Vec<Stream>,
    index: BTreeMap<(Arc<str>, Arc<str>), StreamId>,
    flows: IndexSet<Flow, FlowHash>,
    taken: Vec<Taken>,
    limit: usize,
    overflowed: bool,
}

impl Judge {
    /// Draws everything from this seed.
    pub fn drawing(seed: u64) -> Self {
        Self::with(Source::Seed(seed))
    }

    /// Decides as recorded, and the plain way for every packet not in the record. Refuses a record which is incomplete.
    pub fn replaying(record: &Record) -> Result<Self, RecordError> {
        if record.overflowed {
            return Err(RecordError::Overflowed);
        }
        let mut scripts: BTreeMap<(Arc<str>, Arc<str>), Script> = BTreeMap::new();
        for decision in &record.decisions {
            let script = scripts
                .entry((
                    decision.link.as_str().into(),
                    decision.stage.as_str().into(),
                ))
                .or_default();
            script.insert(
                (decision.flow, decision.packet, decision.copy),
                decision.outcome,
            );
        }
        Ok(Self::with(Source::Record(scripts)))
    }

    fn with(source: Source) -> Self {
        Self {
            source,
            streams: Vec::new(),
            index: BTreeMap::new(),
            flows: IndexSet::default(),
            taken: Vec::new(),
            limit: DEFAULT_LIMIT,
            overflowed: false,
        }
    }

    /// Keeps at most this many decisions; the rest are taken all the same, and the record says that it is incomplete.
    #[must_use]
    pub fn with_limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Decisions kept so far.
    pub fn len(&self) -> usize {
        self.taken.len()
    }

    /// Whether everything has gone the plain way so far.
    pub fn is_empty(&self) -> bool {
        self.taken.is_empty() && !self.overflowed
    }

    /// The decisions from this index on; a world that traces them asks after each offer.
    pub fn since(&self, index: usize) -> impl Iterator<Item = Decision> + '_ {
        self.taken
            .iter()
            .skip(index)
            .map(|taken| self.decision(taken))
    }

    /// Recorded decisions that no packet has asked for; not zero after a replay means that the run took another way.
    pub fn unused(&self) -> usize {
        let waiting: usize = match &self.source {
            Source::Seed(_) => 0,
            Source::Record(scripts) => scripts.values().map(BTreeMap::len).sum(),
        };
        waiting
            + self
                .streams
                .iter()
                .map(|stream| {
                    if let Chance::Script(script) = &stream.chance {
                        script.len()
                    } else {
                        0
                    }
                })
                .sum::<usize>()
    }

    /// A copy of what was decided so far.
    pub fn record(&self) -> Record {
        Record {
            version: Record::VERSION,
            overflowed: self.overflowed,
            decisions: self.since(0).collect(),
        }
    }

    /// What was decided.
    pub fn into_record(self) -> Record {
        self.record()
    }

    /// The stream of this link and stage, the same whenever it is asked for.
    pub(crate) fn stream(&mut self, link: &Arc<str>, stage: &Arc<str>) -> StreamId {
        let key = (link.clone(), stage.clone());
        if let Some(id) = self.index.get(&key) {
            return *id;
        }
        let chance = match &mut self.source {
            Source::Seed(seed) => {
                Chance::Dice(Box::new(Dice::new(stream_seed(*seed, link, stage))))
            }
            Source::Record(scripts) => Chance::Script(scripts.remove(&key).unwrap_or_default()),
        };
        let id = StreamId(self.streams.len());
        self.streams.push(Stream {
            link: link.clone(),
            stage: stage.clone(),
            chance,
        });
        self.index.insert(key, id);
        id
    }

    pub(crate) fn decide(
        &mut self,
        question: Question<'_>,
        draw: impl FnOnce(&mut Dice) -> Option<Outcome>,
    ) -> Option<Outcome> {
        let Question {
            stream,
            flow,
            packet,
            copy,
        } = question;
        let outcome = match &mut self.streams[stream.0].chance {
            Chance::Dice(dice) => draw(dice)?,
            Chance::Script(script) => script.remove(&(*flow, packet, copy))?,
        };
        if self.taken.len() < self.limit {
            let (flow, _) = self.flows.insert_full(*flow);
            self.taken.push(Taken {
                stream,
                flow,
                packet,
                copy,
                outcome,
            });
        } else {
            self.overflowed = true;
        }
        Some(outcome)
    }

    fn decision(&self, taken: &Taken) -> Decision {
        let stream = &self.streams[taken.stream.0];
        let (link, stage, flow) = (
            stream.link.to_string(),
            stream.stage.to_string(),
            self.flows[taken.flow],
        );
        Decision {
            link,
            stage,
            flow,
            packet: taken.packet,
            copy: taken.copy,
            outcome: taken.outcome,
        }
    }
}

/// Which packet, at which stage.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'a> {
    pub(crate) stream: StreamId,
    pub(crate) flow: &'a Flow,
    pub(crate) packet: u64,
    pub(crate) copy: u16,
}

/// Names a stream of its judge.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct StreamId(usize);

type Script = BTreeMap<(Flow, u64, u16), Outcome>;

#[derive(Debug)]
enum Source {
    Seed(u64),
    /// What no stream has claimed yet.
    Record(BTreeMap<(Arc<str>, Arc<str>), Script>),
}

#[derive(Debug)]
struct Stream {
    link: Arc<str>,
    stage: Arc<str>,
    chance: Chance,
}

#[derive(Debug)]
enum Chance {
    Dice(Box<Dice>),
    Script(Script),
}

/// A decision in few bytes.
#[derive(Debug)]
struct Taken {
    stream: StreamId,
    flow: usize,
    packet: u64,
    copy: u16,
    outcome: Outcome,
}

fn stream_seed(seed: u64, link: &str, stage: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"solstice link chance\0");
    hash.update(seed.to_be_bytes());
    for part in [link, stage] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}

/// Decisions kept: some 50 MB, and hours of a jittery call.
const DEFAULT_LIMIT: usize = 1 << 20;

#[cfg(test)]
mod tests;
