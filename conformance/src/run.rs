//! From a scenario and a seed to an outcome: each run on a thread of its own, panics caught, checkers asked.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, Once, PoisonError};

use crate::ambient::{self, Guard};
use crate::capsule::{self, Artefacts, Capsule};
use crate::outcome::{Fault, Finding, Outcome, Verdict};
use crate::scenario::{Scenario, WorldKind};
use crate::stage::{self, Interrupted, Performance};
use crate::stopwatch::Stopwatch;

/// Stack of a simulation's thread: futures of whole products are nested in each other.
const STACK_BYTES: usize = 16 << 20;

/// One scenario with one seed in one world.
#[derive(Clone, Debug)]
pub struct Job {
    /// The scenario.
    pub scenario: &'static Scenario,
    /// The seed.
    pub seed: u64,
    /// The world.
    pub world: WorldKind,
    /// Whether the ladder is kept even if all is well.
    pub keep_ladder: bool,
    /// Whether there is a capsule even if all is well.
    pub keep_capsule: bool,
    /// Whether every event is written down.
    pub keep_events: bool,
    /// Hash maps that are made on the thread before the run; nothing that can be seen may depend on it.
    pub hash_maps_before: usize,
    /// A fault plan in place of the scenario's own, as JSON.
    pub plan: Option<serde_json::Value>,
    /// Decisions that drive the run in place of the dice, as JSON.
    pub decisions: Option<serde_json::Value>,
}

impl Job {
    /// A run with the scenario's own faults, which follow from the seed.
    pub fn new(scenario: &'static Scenario, seed: u64, world: WorldKind) -> Self {
        Self {
            scenario,
            seed,
            world,
            keep_ladder: false,
            keep_capsule: false,
            keep_events: false,
            hash_maps_before: 0,
            plan: None,
            decisions: None,
        }
    }
}

/// A job that is done.
#[derive(Debug)]
pub struct Done {
    /// What came of it.
    pub outcome: Outcome,
    /// What is needed to repeat it, if it failed or the job asks for it.
    pub capsule: Option<(Capsule, Artefacts)>,
    /// Every event of the trace, one a line, if asked for.
    pub events: String,
    /// Decisions given to the run that nothing asked for.
    pub unused_decisions: usize,
    /// The hash after each simulated second, in hexadecimal.
    pub checkpoints: Vec<String>,
}

/// Does all jobs, `threads` at a time; outcomes are in the order of the jobs. `keep` is called as each is done.
pub fn all(jobs: &[Job], threads: usize, keep: &(dyn Fn(&mut Done) + Sync)) -> Vec<Outcome> {
    let next = AtomicUsize::new(0);
    let outcomes: Vec<Mutex<Option<Outcome>>> = jobs.iter().map(|_| Mutex::new(None)).collect();
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, jobs.len().max(1)) {
            scope.spawn(|| {
                while let Some(index) =
                    Some(next.fetch_add(1, Ordering::Relaxed)).filter(|index| *index < jobs.len())
                {
                    let mut done = one(&jobs[index]);
                    keep(&mut done);
                    *outcomes[index]
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner) = Some(done.outcome);
                }
            });
        }
    });
    let taken = |outcome: Mutex<Option<Outcome>>| {
        outcome.into_inner().unwrap_or_else(PoisonError::into_inner)
    };
    outcomes
        .into_iter()
        .map(|outcome| taken(outcome).expect("every job is done before the threads end"))
        .collect()
}

/// Does one job on a fresh thread.
pub fn one(job: &Job) -> Done {
    if let Some(reason) = job.scenario.lack(job.world) {
        return without_run(
            job,
            Verdict::Unsupported {
                reason: reason.to_owned(),
            },
        );
    }
    note_panics();
    let thread = std::thread::Builder::new()
        .name(format!("run {} {}", job.scenario.name, job.seed))
        .stack_size(STACK_BYTES);
    let on_thread = job.clone();
    match thread
        .spawn(move || on_this_thread(&on_thread))
        .map(std::thread::JoinHandle::join)
    {
        Ok(Ok(done)) => done,
        Ok(Err(_)) => without_run(
            job,
            harness_error("the thread of the run ended without a result"),
        ),
        Err(error) => without_run(
            job,
            harness_error(&format!("no thread for the run: {error}")),
        ),
    }
}

fn harness_error(reason: &str) -> Verdict {
    let advice = "run this scenario alone with --jobs 1; if it stays, report it with the command and the seed".to_owned();
    Verdict::HarnessError {
        reason: reason.to_owned(),
        advice,
    }
}

fn without_run(job: &Job, verdict: Verdict) -> Done {
    Done {
        outcome: blank(job, verdict),
        capsule: None,
        events: String::new(),
        unused_decisions: 0,
        checkpoints: Vec::new(),
    }
}

fn blank(job: &Job, verdict: Verdict) -> Outcome {
    Outcome {
        scenario: job.scenario.name.to_owned(),
        title: job.scenario.title.to_owned(),
        proves: job
            .scenario
            .proves
            .iter()
            .map(|requirement| requirement.id.to_owned())
            .collect(),
        seed: job.seed,
        world: job.world.name().to_owned(),
        verdict,
        simulated_s: 0.0,
        wall_s: 0.0,
        cpu_s: 0.0,
        call_seconds: 0.0,
        packets: 0,
        rtp_packets: 0,
        trace_hash: String::new(),
        leaks: BTreeMap::new(),
        measures: BTreeMap::new(),
        capsule: None,
        ladder: None,
        truth: BTreeMap::new(),
        timeline: None,
    }
}

fn on_this_thread(job: &Job) -> Done {
    let watch = Stopwatch::start();
    let simulated = job.world != WorldKind::Real;
    let guard = simulated.then(|| Guard::enter(job.seed));
    ambient::make_hash_maps(job.hash_maps_before);
    let performed = catch_unwind(AssertUnwindSafe(|| stage::perform(job, guard.as_ref())));
    let leaks = guard.as_ref().map(Guard::leaks).unwrap_or_default();
    drop(guard);
    let mut done = match performed {
        Ok(Ok(performance)) => judged(job, performance),
        Ok(Err(Interrupted::Unsupported(reason))) => {
            without_run(job, Verdict::Unsupported { reason })
        }
        Ok(Err(Interrupted::Harness(reason))) => without_run(job, harness_error(&reason)),
        Err(_) => without_run(job, Verdict::Passed),
    };
    if let Some(panic) = PANIC.with(RefCell::take) {
        done.outcome.verdict = panic.verdict();
    }
    done.outcome.leaks = leaks;
    (done.outcome.wall_s, done.outcome.cpu_s) = (watch.wall_s(), watch.thread_cpu_s());
    done
}

/// The outcome of a performance, with its capsule if something was found or the job asks for it.
fn judged(job: &Job, performance: Performance) -> Done {
    let verdict = match &performance.finding {
        None => Verdict::Passed,
        Some(finding) => Verdict::Failed {
            finding: finding.clone(),
        },
    };
    let failed = performance.finding.is_some();
    let mut outcome = blank(job, verdict);
    outcome.simulated_s = performance.simulated.as_secs_f64();
    outcome.call_seconds = performance.call_seconds;
    outcome.packets = performance.packets;
    outcome.rtp_packets = performance.rtp_packets;
    outcome.trace_hash = performance
        .trace_hash
        .map(|hash| format!("{hash:016x}"))
        .unwrap_or_default();
    outcome.measures = performance.measures;
    outcome.truth = performance.truth;
    outcome.timeline = performance.timeline.filter(|_| failed || job.keep_ladder);
    if failed || job.keep_ladder {
        outcome.ladder = Some(performance.ladder.clone());
    }
    let checkpoints: Vec<String> = performance
        .checkpoints
        .iter()
        .map(|hash| format!("{hash:016x}"))
        .collect();
    let capsule = (failed || job.keep_capsule).then(|| {
        let capsule = Capsule {
            schema: capsule::SCHEMA,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            scenario: outcome.scenario.clone(),
            seed: job.seed,
            world: outcome.world.clone(),
            plan: performance.plan,
            decisions: performance.decisions,
            trace_hash: outcome.trace_hash.clone(),
            checkpoints: checkpoints.clone(),
            verdict: outcome.verdict.clone(),
        };
        (
            capsule,
            Artefacts {
                ladder: performance.ladder,
                files: performance.files,
            },
        )
    });
    Done {
        outcome,
        capsule,
        events: performance.events,
        unused_decisions: performance.unused_decisions,
        checkpoints,
    }
}

/// A panic on a run's thread, also one that a runtime has caught.
struct Panic {
    place: String,
    words: String,
}

thread_local! {
    static PANIC: RefCell<Option<Panic>> = const { RefCell::new(None) };
}

impl Panic {
    /// Whose fault it is follows from where the code stands.
    fn verdict(&self) -> Verdict {
        let came = format!("a panic at {}: {}", self.place, self.words);
        let fault = match self.place.split('/').next() {
            Some("client") => Fault::Client,
            Some("sim-ipoffice") => Fault::IpOffice,
            Some("sim-zang") => Fault::Spaces,
            Some("sim-meetings") => Fault::Meetings,
            Some("sip" | "media" | "webrtc-peer") => Fault::Unclear,
            _ => return harness_error(&came),
        };
        let advice =
            "nothing that comes from a network, a file or a user may panic; the place is given";
        Verdict::Failed {
            finding: Finding::new(fault, "no panic, whatever happens", came).advising(advice),
        }
    }
}

/// From now on panics on threads of runs are noted in place of being printed; the first one counts.
fn note_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !std::thread::current()
                .name()
                .is_some_and(|name| name.starts_with("run "))
            {
                before(info);
                return;
            }
            let place = info
                .location()
                .map(|place| format!("{}:{}", place.file(), place.line()))
                .unwrap_or_default();
            let words = info.payload_as_str().unwrap_or("no words").to_owned();
            let _ = PANIC.try_with(|cell| {
                cell.borrow_mut()
                    .get_or_insert(Panic { place, words })
                    .place
                    .len()
            });
        }));
    });
}
