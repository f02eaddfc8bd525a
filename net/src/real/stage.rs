//! A topology as a laboratory on loopback, in real time: what it cannot host, and its run.

use std::future::Future;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::World;
use super::lab::Lab;
use super::resolver::Names;
use super::shaper::Shaper;
use crate::faults::{Change, Effect, FaultPlan, Judge, Record, Target};
use crate::host::clock::HostClock;
use crate::host::{Host, Seat as AnySeat, lock};
use crate::topology::Topology;
use crate::trace::{Recorder, Trace};
use crate::world::{Stopped, panic_message};

/// How a run in the laboratory went.
pub(crate) struct Played<T> {
    pub(crate) value: Result<T, Stopped>,
    pub(crate) trace: Trace,
    /// With how many of those given were not asked for.
    pub(crate) decisions: (Record, usize),
    pub(crate) time: Duration,
}

/// Why loopback cannot host this, in words; nothing if it can.
pub(crate) fn unsupported(topology: &Topology, plan: &FaultPlan) -> Option<String> {
    for site in &topology.sites {
        let missing = match (&site.nat, &site.firewall) {
            (Some(_), _) => "NAT",
            (None, Some(_)) => "firewall",
            (None, None) => continue,
        };
        let name = &site.name;
        return Some(format!(
            "loopback has no {missing}, and site '{name}' needs one"
        ));
    }
    let effects = || plan.faults.iter().map(|fault| &fault.effect);
    if effects().any(|effect| *effect == Effect::Rebind) {
        return Some("loopback has no NAT to be rebound".to_string());
    }
    let is_frozen = effects().any(|effect| *effect == Effect::Suspend);
    is_frozen.then(|| "a real host cannot be made to stand still".to_string())
}

/// Runs `play` on hosts that are addresses of this machine.
pub(crate) fn run<T, F>(
    topology: &Topology,
    seed: u64,
    plan: &FaultPlan,
    judge: Judge,
    (limit, recorder): (Duration, Recorder),
    play: impl FnOnce(Arc<World>, Arc<Vec<Host>>) -> F,
) -> Result<Played<T>, String>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let played = runtime.block_on(async {
        let lab = Lab::new();
        let zone = topology.zone(|host, address| {
            let is_first = topology.hosts[host].addresses.first() == Some(&address);
            is_first.then(|| Lab::address(host))
        });
        let world = World::laboratory(lab, Names::Zone(zone), topology.epoch(), recorder);
        let world = Arc::new(world);
        let hosts = topology.hosts.iter().enumerate().map(|(index, spec)| {
            let clock = HostClock::new(topology.epoch(), spec.skew_ms, spec.drift_ppm);
            let addresses: Vec<IpAddr> = vec![Lab::address(index)];
            world.host(index, &spec.name, addresses, clock, Some(seed))
        });
        let hosts: Arc<Vec<Host>> = Arc::new(hosts.collect());
        let changes = plan.changes();
        if changes
            .iter()
            .any(|change| change.fault.effect.stage().is_some())
        {
            world.lay_links(Shaper::new(topology, &changes, judge), &changes);
        }
        tokio::spawn(strike_in_time(world.clone(), hosts.clone(), changes));
        let value = perform(&world, limit, play(world.clone(), hosts.clone())).await;
        lock(&world.boots).clear();
        let time = Duration::from_nanos(world.now_ns());
        let trace = lock(&world.recorder).finish(world.now_ns());
        let links = world.links.get();
        let nothing = || (Judge::drawing(plan.seed).record(), 0);
        let decisions = links.map_or_else(nothing, |links| links.shaper.record());
        Played {
            value,
            trace,
            decisions,
            time,
        }
    });
    runtime.shutdown_background();
    Ok(played)
}

/// The play, for as long as it may take; a panic is a result too.
async fn perform<T>(
    world: &Arc<World>,
    limit: Duration,
    play: impl Future<Output = T>,
) -> Result<T, Stopped> {
    let mut play = pin!(play);
    let caught = std::future::poll_fn(|cx| {
        match catch_unwind(AssertUnwindSafe(|| play.as_mut().poll(cx))) {
            Ok(poll) => poll.map(Ok),
            Err(payload) => {
                let message = panic_message(&*payload);
                std::task::Poll::Ready(Err(Stopped::Panicked { message }))
            }
        }
    });
    let value = match tokio::time::timeout(limit, caught).await {
        Ok(value) => value,
        Err(_) => Err(Stopped::TimeLimit { at: limit }),
    };
    match lock(&world.panicked).take() {
        Some(stopped) => Err(stopped),
        None => value,
    }
}

/// Lets each fault begin and end at its time.
pub(super) async fn strike_in_time(world: Arc<World>, hosts: Arc<Vec<Host>>, changes: Vec<Change>) {
    for change in changes {
        let passed = Duration::from_nanos(world.now_ns());
        tokio::time::sleep(change.at.saturating_sub(passed)).await;
        lock(&world.recorder).fault(world.now_ns(), change.to_string());
        // What is wrong from the beginning is so already.
        if let Some(links) = world.links.get().filter(|_| !change.at.is_zero()) {
            links.shaper.change(&change);
        }
        if let Target::Host { name } = &change.fault.target
            && let Some(index) = hosts.iter().position(|host| host.name() == name)
        {
            strike_host(&world, &hosts[index], index, &change);
        }
    }
}

fn strike_host(world: &Arc<World>, host: &Host, index: usize, change: &Change) {
    let sign = if change.begins { 1 } else { -1 };
    match (&change.fault.effect, change.begins, host.seat()) {
        (Effect::Crash, true, AnySeat::Real(seat)) => seat.crash(),
        (Effect::Crash, false, _) => world.boot(host, index),
        (Effect::StepClock { by_ms }, ..) => host.clock().step(by_ms.saturating_mul(sign)),
        (Effect::DriftClock { ppm }, ..) => {
            host.clock()
                .add_drift(world.now_ns(), ppm.saturating_mul(sign as i32));
        }
        // All others strike links.
        _ => {}
    }
}

/// A slot for the first panic of a task.
pub(super) type Panicked = Mutex<Option<Stopped>>;
