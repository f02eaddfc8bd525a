//! One performance: the world is built, the play is played, the trace is judged.

use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::time::Duration;

use net::faults::{Effect, FaultPlan, Record, Target};
use net::topology::Topology;
use net::trace::{Trace, TraceEvent};
use net::{Kind, Setup, SetupError, Stopped, World};

use super::Stage;
use super::diary::Shown;
use crate::ambient::Guard;
use crate::checkers::{self, Cast};
use crate::decrypted;
use crate::deployment::{Deployment, IP_OFFICE, MEETINGS, SPACES};
use crate::evidence::{self, Evidence};
use crate::ladder::Ladder;
use crate::outcome::{Fault, Finding};
use crate::run::Job;
use crate::scenario::WorldKind;
use crate::sound;
use crate::timeline::Timeline;
use crate::truth::{Account, Row, Statement};

/// What a play left behind.
#[derive(Debug, Default)]
pub struct Performance {
    /// The first finding, of the play or of a checker.
    pub finding: Option<Finding>,
    /// Time that passed in the world.
    pub simulated: Duration,
    /// Seconds of established call or meeting, summed over all.
    pub call_seconds: f64,
    /// Packets offered to links.
    pub packets: u64,
    /// Packets of RTP among them.
    pub rtp_packets: u64,
    /// Hash over the trace, in worlds that have one.
    pub trace_hash: Option<u64>,
    /// The hash after each simulated second.
    pub checkpoints: Vec<u64>,
    /// Figures of the play.
    pub measures: BTreeMap<String, f64>,
    /// Who said what to whom when.
    pub ladder: Ladder,
    /// The fault plan as data.
    pub plan: serde_json::Value,
    /// Decisions left to chance, as data.
    pub decisions: serde_json::Value,
    /// Decisions given to the run that nothing asked for.
    pub unused_decisions: usize,
    /// Captures and sound, by their path within a capsule.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Every event, one a line, if asked for.
    pub events: String,
    /// How far what was said of media was from the truth, by the name of the statistic.
    pub truth: BTreeMap<String, Row>,
    /// Quality over time, if the deployment asks for it.
    pub timeline: Option<Timeline>,
}

/// Why there was no performance.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Interrupted {
    /// The world cannot host it, and why.
    Unsupported(String),
    /// The harness failed, and how.
    Harness(String),
}

/// What comes out of the play itself.
struct Play {
    finding: Option<Finding>,
    call_seconds: f64,
    measures: BTreeMap<String, f64>,
    sounds: BTreeMap<String, Vec<u8>>,
    shown: Vec<(String, Shown)>,
}

/// What a play has to know of its job.
#[derive(Clone, Copy)]
struct Keeps {
    /// The sockets are the machine's.
    is_real: bool,
    /// Sound is kept even if all is well.
    sounds: bool,
}

/// Plays a scenario with a seed in a world, on this thread.
pub fn perform(job: &Job, guard: Option<&Guard>) -> Result<Performance, Interrupted> {
    let deployment = (job.scenario.deployment)();
    let topology = deployment.topology();
    let plan = plan(job, &deployment)?;
    let is_real = job.world == WorldKind::Real;
    let mut setup = Setup::new(kind(job.world), topology.clone())
        .seed(job.seed)
        .faults(plan.clone());
    setup = setup.limit(deployment.limit);
    if let Some(record) = decisions(job)? {
        setup = setup.decisions(record);
    }
    if deployment.keeps_trace && !is_real {
        setup = setup.keep_entries();
    }
    if let Some(guard) = guard {
        // Before there is a host to ask, and for whatever asks outside of any.
        let epoch = topology.epoch();
        guard.follow(move || epoch);
    }
    let (scenario, staged) = (job.scenario, deployment.clone());
    let keeps = Keeps {
        is_real,
        sounds: job.keep_capsule,
    };
    let run = setup.run_on_this_thread(move |world| play(world, scenario.play, staged, keeps));
    let run = run.map_err(|error| match error {
        SetupError::Unsupported { reason } => Interrupted::Unsupported(reason),
        other => Interrupted::Harness(other.to_string()),
    })?;
    let mut played = match run.value {
        Ok(played) => played.map_err(Interrupted::Harness)?,
        Err(stopped) => Play {
            finding: Some(stopped_finding(&stopped)?),
            call_seconds: 0.0,
            measures: BTreeMap::new(),
            sounds: BTreeMap::new(),
            shown: Vec::new(),
        },
    };
    let mut cast = cast(&topology, &deployment, &plan, run.ended_at);
    cast.statements = statements(&topology, std::mem::take(&mut played.shown));
    let mut performance = judged(job, &topology, &run.trace, played, &cast);
    if deployment.keeps_timeline {
        let evidence = Evidence::read(&topology, &run.trace.entries);
        performance.timeline = Timeline::of(&evidence, &cast.statements, &plan);
    }
    performance.simulated = run.ended_at;
    performance.trace_hash = (!is_real).then_some(run.trace.hash);
    performance.plan = json(&plan.to_json());
    performance.decisions = json(&run.decisions.to_json());
    performance.unused_decisions = run.unused_decisions;
    Ok(performance)
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_default()
}

fn kind(world: WorldKind) -> Kind {
    match world {
        WorldKind::Wire => Kind::Wire,
        WorldKind::Turmoil => Kind::Turmoil,
        WorldKind::Real => Kind::Real,
    }
}

fn plan(job: &Job, deployment: &Deployment) -> Result<FaultPlan, Interrupted> {
    match &job.plan {
        None => Ok((deployment.faults)(job.seed)),
        Some(plan) => FaultPlan::from_json(&plan.to_string())
            .map_err(|error| Interrupted::Harness(error.to_string())),
    }
}

fn decisions(job: &Job) -> Result<Option<Record>, Interrupted> {
    let record = job.decisions.as_ref();
    record
        .map(|record| Record::from_json(&record.to_string()))
        .transpose()
        .map_err(|error| Interrupted::Harness(error.to_string()))
}

async fn play(
    world: World,
    play: for<'a> fn(&'a mut Stage) -> crate::scenario::Played<'a>,
    deployment: Deployment,
    keeps: Keeps,
) -> Result<Play, String> {
    if !keeps.is_real {
        let clock = world.host(IP_OFFICE);
        crate::ambient::follow(move || clock.utc());
    }
    let mut stage = Stage::build(world, deployment, keeps.is_real).await?;
    let result = match stage.log_everybody_in().await {
        Ok(()) => play(&mut stage).await,
        Err(finding) => Err(finding),
    };
    stage.everybody_goes_home().await;
    let measures = stage
        .measures
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    let sounds = match &result {
        Ok(()) if !keeps.sounds => BTreeMap::new(),
        Ok(()) | Err(_) => sound::files(&stage.recordings()),
    };
    Ok(Play {
        finding: result.err(),
        call_seconds: stage.call_seconds(),
        measures,
        sounds,
        shown: stage.shown(),
    })
}

fn statements(topology: &Topology, shown: Vec<(String, Shown)>) -> Vec<Statement> {
    let statement = |(name, shown): (String, Shown)| {
        Some(Statement {
            host: topology.host_index(&name)?,
            at: shown.at,
            in_meeting: shown.in_meeting,
            measurement: shown.measurement,
        })
    };
    shown.into_iter().filter_map(statement).collect()
}

/// A world that stopped before the play's end: a finding about the play, or an error of the harness.
fn stopped_finding(stopped: &Stopped) -> Result<Finding, Interrupted> {
    match stopped {
        Stopped::TimeLimit { .. } | Stopped::Stalled { .. } | Stopped::BusyLoop { .. } => {
            let expected = "the play comes to its end";
            Ok(Finding::new(Fault::Unclear, expected, stopped.to_string()))
        }
        // The panic itself was noted with its place; what is said here does not count.
        Stopped::Panicked { .. } | Stopped::TaskPanicked { .. } => Ok(Finding::new(
            Fault::Unclear,
            "no panic",
            stopped.to_string(),
        )),
        other => Err(Interrupted::Harness(other.to_string())),
    }
}

fn cast(topology: &Topology, deployment: &Deployment, plan: &FaultPlan, end: Duration) -> Cast {
    let crashed = |fault: &net::faults::Fault| match (&fault.effect, &fault.target) {
        (Effect::Crash, Target::Host { name }) => topology.host_index(name),
        _ => None,
    };
    Cast {
        ip_office: topology.host_index(IP_OFFICE),
        spaces: topology.host_index(SPACES),
        meetings: topology.host_index(MEETINGS),
        clients: deployment
            .people
            .iter()
            .filter_map(|person| topology.host_index(&person.name))
            .collect(),
        secrets: deployment
            .people
            .iter()
            .map(|person| person.password.clone())
            .collect(),
        gone: plan.faults.iter().filter_map(crashed).collect(),
        end,
        statements: Vec::new(),
    }
}

fn judged(job: &Job, topology: &Topology, trace: &Trace, played: Play, cast: &Cast) -> Performance {
    let evidence = Evidence::read(topology, &trace.entries);
    let checked = if trace.entries.is_empty() {
        Ok(())
    } else {
        checkers::check(&evidence, cast)
    };
    let finding = played.finding.or(checked.err());
    let truth = Account::of(&evidence, &cast.statements).rows;
    let mut files = played.sounds;
    if (finding.is_some() || job.keep_capsule) && !trace.entries.is_empty() {
        files.extend(captures(topology, trace));
    }
    Performance {
        call_seconds: played.call_seconds,
        packets: trace.sent_count,
        rtp_packets: evidence.rtp.len() as u64,
        checkpoints: trace.checkpoints.clone(),
        measures: played.measures,
        ladder: evidence::draw(&evidence),
        files,
        finding,
        events: if job.keep_events {
            events(topology, trace)
        } else {
            String::new()
        },
        truth: truth
            .into_iter()
            .map(|(name, row)| (name.to_owned(), row))
            .collect(),
        ..Performance::default()
    }
}

/// The captures of a run; one that cannot be written is left out.
fn captures(topology: &Topology, trace: &Trace) -> BTreeMap<String, Vec<u8>> {
    let hosts: Vec<&str> = topology
        .hosts
        .iter()
        .map(|host| host.name.as_str())
        .collect();
    let written = |name: &str, trace: &Trace| {
        let view = net::capture::View::Sent;
        let file = net::capture::from_trace(trace, &hosts, topology.epoch(), view, Vec::new());
        file.ok().map(|bytes| (name.to_owned(), bytes))
    };
    let twin = decrypted::twin(trace);
    [
        written("capture.pcapng", trace),
        written("decrypted.pcapng", &twin),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Every event, one a line; packets by their ends and a hash of what they hold.
fn events(topology: &Topology, trace: &Trace) -> String {
    let name = |host: usize| {
        topology
            .hosts
            .get(host)
            .map_or("?", |host| host.name.as_str())
    };
    let mut text = String::new();
    for entry in &trace.entries {
        let what = match &entry.event {
            TraceEvent::Sent { host, packet } => {
                format!("{} sent {}", name(*host), packet_words(packet))
            }
            TraceEvent::Arrived { host, packet } => {
                format!("{} got {}", name(*host), packet_words(packet))
            }
            TraceEvent::Dropped { id, reason } => format!("packet {id} dropped: {reason}"),
            TraceEvent::Note { host, kind, text } => {
                format!("{} notes {kind}: {text}", name(*host))
            }
            // Its protected bytes are in packets.
            TraceEvent::Said { .. } => continue,
            TraceEvent::Fault { text } => format!("fault: {text}"),
        };
        text.push_str(&format!("{} {what}\n", entry.at.as_nanos()));
    }
    text
}

fn packet_words(packet: &net::packet::Packet) -> String {
    use sha2::Digest as _;
    let hash = sha2::Sha256::digest(&packet.payload);
    let hash: String = hash
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let line = packet
        .payload
        .split(|byte| *byte == b'\r')
        .next()
        .unwrap_or_default();
    let line = std::str::from_utf8(line)
        .ok()
        .filter(|line| line.len() < 200 && !line.contains('\0'))
        .unwrap_or_default();
    format!(
        "{:?} {} -> {} {} bytes {hash} {line}",
        packet.protocol,
        packet.source,
        packet.target,
        packet.payload.len()
    )
}
