//! What a run is made of: a kind of world, its shape, a seed, faults.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use super::{Inner, Run, SetupError, Stopped, World};
use crate::faults::{FaultPlan, Judge, Record};
use crate::topology::Topology;
use crate::trace::Recorder;
use crate::turmoil::simulation;
use crate::{real, wire};

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
    pub fn run<T, F>(
        self,
        play: impl FnOnce(World) -> F + Send + 'static,
    ) -> Result<Run<T>, SetupError>
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
        let sites: Vec<_> = self
            .topology
            .sites
            .iter()
            .map(|site| site.name.as_str())
            .collect();
        let hosts: Vec<_> = self
            .topology
            .hosts
            .iter()
            .map(|host| host.name.as_str())
            .collect();
        self.plan.check_names(&sites, &hosts)?;
        Ok(())
    }

    fn judge(&self) -> Result<Judge, SetupError> {
        match &self.record {
            Some(record) => Ok(Judge::replaying(record)?),
            None => Ok(Judge::drawing(self.plan.seed)),
        }
    }

    fn run_here<T, F>(
        self,
        play: impl FnOnce(World) -> F + Send + 'static,
    ) -> Result<Run<T>, SetupError>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let recorder = Recorder::new(self.keeps_entries);
        let judge = self.judge()?;
        match self.kind {
            Kind::Wire => Ok(self.run_wire(judge, recorder, play)),
            Kind::Real => self.run_real(judge, recorder, play),
            Kind::Turmoil => self.run_turmoil(play),
        }
    }

    fn run_wire<T, F>(
        self,
        judge: Judge,
        recorder: Recorder,
        play: impl FnOnce(World) -> F + Send + 'static,
    ) -> Run<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let (shared, hosts) = wire::build(&self.topology, self.seed, &self.plan, judge, recorder);
        let hosts = Arc::new(hosts);
        let inner = Inner::Wire(Arc::new(self.topology), shared.clone(), hosts.clone());
        let world = World { inner };
        // Called within the play's own task, so that its panic is the play's.
        let play = async move { play(world).await };
        let value = wire::driver::run(&shared, self.limit, play);
        drop(hosts);
        let (trace, (decisions, unused_decisions), ended_at) = shared.finish();
        Run {
            value,
            trace,
            decisions,
            unused_decisions,
            ended_at,
        }
    }

    fn run_real<T, F>(
        self,
        judge: Judge,
        recorder: Recorder,
        play: impl FnOnce(World) -> F + Send + 'static,
    ) -> Result<Run<T>, SetupError>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        if let Some(reason) = real::stage::unsupported(&self.topology, &self.plan) {
            return Err(SetupError::Unsupported { reason });
        }
        let topology = Arc::new(self.topology.clone());
        let bounds = (self.limit, recorder);
        let played = real::stage::run(
            &self.topology,
            self.seed,
            &self.plan,
            judge,
            bounds,
            |world, hosts| {
                let inner = Inner::Lab(topology, world, hosts);
                async move { play(World { inner }).await }
            },
        );
        let played = played.map_err(SetupError::System)?;
        let real::stage::Played {
            value,
            trace,
            decisions: (decisions, unused_decisions),
            time,
        } = played;
        Ok(Run {
            value,
            trace,
            decisions,
            unused_decisions,
            ended_at: time,
        })
    }

    fn run_turmoil<T, F>(
        self,
        play: impl FnOnce(World) -> F + Send + 'static,
    ) -> Result<Run<T>, SetupError>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let faults = "turmoil loses and delays only what it wants: it takes no fault plan";
        let faults = (!self.plan.faults.is_empty()).then(|| faults.to_string());
        if let Some(reason) = faults.or_else(|| simulation::unsupported(&self.topology)) {
            return Err(SetupError::Unsupported { reason });
        }
        let topology = Arc::new(self.topology.clone());
        let keep = self.keeps_entries;
        let played = simulation::simulate(&self.topology, self.seed, self.limit, keep, |hosts| {
            let inner = Inner::Turmoil(topology, Arc::new(hosts));
            async move { play(World { inner }).await }
        });
        let played = played.map_err(SetupError::System)?;
        let at = self.limit;
        Ok(Run {
            value: played.value.ok_or(Stopped::TimeLimit { at }),
            trace: played.trace,
            decisions: Judge::drawing(self.plan.seed).record(),
            unused_decisions: 0,
            ended_at: played.time,
        })
    }
}

/// A day: what no play of a few calls reaches.
const DEFAULT_LIMIT: Duration = Duration::from_secs(24 * 3600);
/// Futures of whole systems are deep when not optimised.
const STACK_SIZE: usize = 16 << 20;
