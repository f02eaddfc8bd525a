//! What a run is made of and what comes out of it.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use super::{Inner, World};
use crate::faults::{FaultPlan, Judge, PlanError, Record, RecordError};
use crate::topology::{Topology, TopologyError};
use crate::trace::{Recorder, Trace};
use crate::wire;

/// What a world's sockets are made of.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub enum Kind {
    /// Our event-driven packet network, in virtual time.
    Wire,
    /// The simulator turmoil, in virtual time.
    Turmoil,
    /// The operating system's sockets on loopback, in real time.
    Real,
}

/// A world to be run.
#[derive(Clone, Debug)]
pub struct Setup {
    kind: Kind,
    topology: Topology,
    seed: u64,
    plan: FaultPlan,
    record: Option<Record>,
    limit: Duration,
    keeps_entries: bool,
}

/// What came out of a run.
#[derive(Debug)]
pub struct Run<T> {
    /// What the play gave, or why the world was stopped before.
    pub value: Result<T, Stopped>,
    /// What happened.
    pub trace: Trace,
    /// What was decided by chance.
    pub decisions: Record,
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

impl Setup {
    /// A world of this kind and shape; seed 0, no faults, at most a day, entries not kept.
    pub fn new(kind: Kind, topology: Topology) -> Setup {
        Setup {
            kind,
            topology,
            seed: 0,
            plan: FaultPlan::seeded(0),
            record: None,
            limit: DEFAULT_LIMIT,
            keeps_entries: false,
        }
    }

    /// The seed of all randomness of hosts and NATs; chance on links has the fault plan's seed.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Setup {
        if self.plan.faults.is_empty() && self.plan.seed == self.seed {
            self.plan.seed = seed;
        }
        self.seed = seed;
        self
    }

    /// What goes wrong.
    #[must_use]
    pub fn faults(mut self, plan: FaultPlan) -> Setup {
        self.plan = plan;
        self
    }

    /// Decides as recorded in place of drawing from the plan's seed.
    #[must_use]
    pub fn decisions(mut self, record: Record) -> Setup {
        self.record = Some(record);
        self
    }

    /// How much of the world's time the play may take.
    #[must_use]
    pub fn limit(mut self, limit: Duration) -> Setup {
        self.limit = limit;
        self
    }

    /// Keeps every packet and event in the trace, not only their hash.
    #[must_use]
    pub fn keep_entries(mut self) -> Setup {
        self.keeps_entries = true;
        self
    }

    /// Builds the world on a thread of its own and runs the play in it.
    pub fn run<T, F>(self, play: impl FnOnce(World) -> F + Send + 'static) -> Result<Run<T>, SetupError>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        self.check()?;
        let thread = std::thread::Builder::new()
            .name("world".to_string())
            .stack_size(STACK_SIZE)
            .spawn(move || self.run_here(play))
            .map_err(|error| SetupError::System(error.to_string()))?;
        match thread.join() {
            Ok(run) => run,
            Err(payload) => std::panic::resume_unwind(payload),
        }
    }

    /// As [`Setup::run`], on the calling thread, which must be a fresh one: libraries keep generators by thread.
    pub fn run_on_this_thread<T, F>(
        self,
        play: impl FnOnce(World) -> F + Send + 'static,
    ) -> Result<Run<T>, SetupError>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        self.check()?;
        self.run_here(play)
    }

    fn check(&self) -> Result<(), SetupError> {
        self.topology.check()?;
        self.plan.check()?;
        let sites: Vec<_> = self.topology.sites.iter().map(|site| site.name.as_str()).collect();
        let hosts: Vec<_> = self.topology.hosts.iter().map(|host| host.name.as_str()).collect();
        self.plan.check_names(&sites, &hosts)?;
        Ok(())
    }

    fn judge(&self) -> Result<Judge, SetupError> {
        match &self.record {
            Some(record) => Ok(Judge::replaying(record)?),
            None => Ok(Judge::drawing(self.plan.seed)),
        }
    }

    fn run_here<T, F>(self, play: impl FnOnce(World) -> F + Send + 'static) -> Result<Run<T>, SetupError>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        match self.kind {
            Kind::Wire => self.run_wire(play),
            Kind::Turmoil | Kind::Real => Err(SetupError::Unsupported {
                reason: "not there yet".to_string(),
            }),
        }
    }

    fn run_wire<T, F>(self, play: impl FnOnce(World) -> F + Send + 'static) -> Result<Run<T>, SetupError>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let recorder = Recorder::new(self.keeps_entries);
        let judge = self.judge()?;
        let shared = wire::build(&self.topology, self.seed, &self.plan, judge, recorder);
        let inner = Inner::Wire(Arc::new(self.topology), shared.clone());
        let world = World { inner };
        // Called within the play's own task, so that its panic is the play's.
        let play = async move { play(world).await };
        let value = wire::driver::run(&shared, self.limit, play);
        let (trace, decisions, ended_at) = shared.finish();
        Ok(Run { value, trace, decisions, ended_at })
    }
}

/// A day: what no play of a few calls reaches.
const DEFAULT_LIMIT: Duration = Duration::from_secs(24 * 3600);
/// Futures of whole systems are deep when not optimised.
const STACK_SIZE: usize = 16 << 20;
