//! What comes out of a run, or why there was none.

use std::any::Any;
use std::time::Duration;

use crate::faults::{PlanError, Record, RecordError};
use crate::topology::TopologyError;
use crate::trace::Trace;

/// What came out of a run.
#[derive(Debug)]
pub struct Run<T> {
    /// What the play gave, or why the world was stopped before.
    pub value: Result<T, Stopped>,
    /// What happened.
    pub trace: Trace,
    /// What was decided by chance.
    pub decisions: Record,
    /// Decisions of [`super::Setup::decisions`] that no packet asked for: not zero means that the run took another way.
    pub unused_decisions: usize,
    /// World time at the end.
    pub ended_at: Duration,
}

/// Why a run ended before its play.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Stopped {
    /// The play panicked.
    #[error("the play panicked: {message}")]
    Panicked {
        /// What it said.
        message: String,
    },
    /// A task on a host panicked.
    #[error("a task on host {host} panicked: {message}")]
    TaskPanicked {
        /// Where.
        host: String,
        /// What it said.
        message: String,
    },
    /// The world's time was up.
    #[error("the play is not over after {at:?} of the world's time")]
    TimeLimit {
        /// The limit.
        at: Duration,
    },
    /// The play waits, and nothing in the world will ever happen again.
    #[error("the play waits for ever: nothing is left to happen in the world (limit {at:?})")]
    Stalled {
        /// The limit.
        at: Duration,
    },
    /// Tasks wake themselves or each other for ever without time passing.
    #[error("{host} is busy for ever at {at:?} without letting time pass")]
    BusyLoop {
        /// Where.
        host: String,
        /// When.
        at: Duration,
    },
}

/// Why a world could not be built.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// The topology is not sound.
    #[error("the topology cannot be built: {0}")]
    Topology(#[from] TopologyError),
    /// The fault plan is not sound, or names what is not there.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The recorded decisions cannot be used.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A world of this kind cannot do what is asked.
    #[error("not possible in this kind of world: {reason}")]
    Unsupported {
        /// What it cannot do.
        reason: String,
    },
    /// The system refused what a run needs.
    #[error("cannot run a world: {0}")]
    System(String),
}

/// What a panic said.
pub(crate) fn panic_message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(ToString::to_string);
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "a panic without words".to_string())
}
