//! A topology as a turmoil simulation: what it cannot host, its hosts, and the loop that steps it.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{Seat, World};
use crate::host::clock::HostClock;
use crate::host::{Host, Seat as AnySeat, lock};
use crate::link::{LinkSpec, StageSpec};
use crate::topology::{HostSpec, Site, Topology};
use crate::trace::{Recorder, Trace};

/// How a simulation went.
pub(crate) struct Played<T> {
    /// What the play gave; nothing if virtual time ran out before its end.
    pub(crate) value: Option<T>,
    /// What happened.
    pub(crate) trace: Trace,
    /// Virtual time used.
    pub(crate) time: Duration,
}

/// Why turmoil cannot host a topology, in words; nothing if it can.
pub(crate) fn unsupported(topology: &Topology) -> Option<String> {
    if topology.hosts.len() > MAX_HOSTS {
        return Some(format!(
            "turmoil's cost grows with the cube of the hosts: {} are more than {MAX_HOSTS}",
            topology.hosts.len()
        ));
    }
    for site in &topology.sites {
        let missing = match site {
            Site { nat: Some(_), .. } => "NAT",
            Site {
                firewall: Some(_), ..
            } => "firewalls",
            _ => continue,
        };
        return Some(format!(
            "turmoil has no {missing}, and site '{}' needs it",
            site.name
        ));
    }
    let mut links = topology
        .sites
        .iter()
        .flat_map(|site| [&site.lan, &site.uplink, &site.downlink]);
    let shaped = links
        .by_ref()
        .chain([&topology.backbone])
        .find_map(|link| delay(link).err());
    shaped.map(|kind| {
        format!(
            "turmoil loses TCP for ever and shapes nothing, and a link has a stage of kind '{kind}'"
        )
    })
}

/// Runs `play` on the hosts of `topology` until it ends or `limit` of virtual time has passed.
///
/// `play` is polled on a turmoil host of its own, which has no place in the topology and sends nothing.
pub(crate) fn simulate<T, P>(
    topology: &Topology,
    seed: u64,
    limit: Duration,
    keep_trace: bool,
    play: impl FnOnce(Vec<Host>) -> P,
) -> Result<Played<T>, String>
where
    T: Send + 'static,
    P: Future<Output = T> + Send + 'static,
{
    let zone = topology.zone(|host, address| {
        (topology.hosts[host].addresses.first() == Some(&address)).then_some(address)
    });
    let world = Arc::new(World::new(
        topology.epoch(),
        zone,
        Recorder::new(keep_trace),
    ));
    let mut simulation = ::turmoil::Builder::new()
        .epoch(topology.epoch())
        .tick_duration(TICK)
        .simulation_duration(limit.saturating_add(TICK * 2))
        .tcp_capacity(CAPACITY)
        .udp_capacity(CAPACITY)
        .rng_seed(seed)
        .build();
    let hosts = topology
        .hosts
        .iter()
        .enumerate()
        .map(|(index, spec)| seat(&world, index, spec, seed))
        .collect::<Result<Vec<_>, _>>()?;
    for host in &hosts {
        let host = host.clone();
        simulation.host(primary(&host), move || keep_running(host.clone()));
    }
    let director = IpAddr::from(DIRECTOR);
    let value = Arc::new(Mutex::new(None));
    let (ended, performance) = (value.clone(), play(hosts.clone()));
    // Registered after all the hosts, so that each of them runs before the first scene.
    simulation.client(director, async move {
        let result = performance.await;
        *lock(&ended) = Some(result);
        Ok(())
    });
    for (index, host) in hosts.iter().enumerate() {
        for (other, spec) in hosts[..index].iter().zip(&topology.hosts) {
            let time = latency(topology, &topology.hosts[index], spec);
            simulation.set_link_latency(primary(host), primary(other), time);
        }
    }
    step(&mut simulation, &world, limit)?;
    let time = simulation.elapsed();
    drop(simulation);
    let trace = lock(world.recorder()).finish(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
    let value = lock(&value).take();
    Ok(Played { value, trace, time })
}

/// Steps until the director is done or time is up.
fn step(simulation: &mut ::turmoil::Sim<'_>, world: &World, limit: Duration) -> Result<(), String> {
    while simulation.elapsed() < limit {
        world.ticked(simulation.elapsed());
        match simulation.step() {
            Ok(true) => break,
            Ok(false) => {}
            Err(error) => return Err(format!("turmoil: {error}")),
        }
    }
    Ok(())
}

/// The software of every turmoil host: its tasks come from outside.
async fn keep_running(host: Host) -> ::turmoil::Result {
    if let AnySeat::Turmoil(seat) = host.seat() {
        seat.started();
    }
    std::future::pending().await
}

fn seat(world: &Arc<World>, index: usize, spec: &HostSpec, seed: u64) -> Result<Host, String> {
    let address = *spec
        .addresses
        .first()
        .ok_or_else(|| format!("host '{}' has no address", spec.name))?;
    let clock = HostClock::new(world.epoch(), spec.skew_ms, spec.drift_ppm);
    let seat = Seat::new(world.clone(), index, address);
    Ok(Host::new(
        &spec.name,
        vec![address],
        clock,
        Some(seed),
        AnySeat::Turmoil(seat),
    ))
}

/// turmoil's hosts have one address.
fn primary(host: &Host) -> IpAddr {
    host.addresses()[0]
}

/// One way between two hosts, rounded up to turmoil's millisecond. turmoil has one figure for both directions: the longer.
fn latency(topology: &Topology, one: &HostSpec, two: &HostSpec) -> Duration {
    let site = |host: &HostSpec| {
        topology
            .site_index(&host.site)
            .map(|index| &topology.sites[index])
    };
    let (Some(a), Some(b)) = (site(one), site(two)) else {
        return TICK;
    };
    let pass = |link: &LinkSpec| delay(link).unwrap_or_default();
    let time = if a.name == b.name {
        pass(&a.lan)
    } else {
        let way = |from: &Site, to: &Site| {
            pass(&from.lan)
                + pass(&from.uplink)
                + pass(&topology.backbone)
                + pass(&to.downlink)
                + pass(&to.lan)
        };
        way(a, b).max(way(b, a))
    };
    Duration::from_millis(
        u64::try_from(time.as_nanos().div_ceil(1_000_000))
            .unwrap_or(1)
            .max(1),
    )
}

/// The time that a link takes, or the first kind of stage that does more than take time.
fn delay(link: &LinkSpec) -> Result<Duration, &'static str> {
    let mut sum = Duration::ZERO;
    for stage in &link.stages {
        let StageSpec::Delay(spec) = stage else {
            return Err(stage.kind());
        };
        sum += spec.delay;
    }
    Ok(sum)
}

/// As many hosts as turmoil simulates faster than real time.
const MAX_HOSTS: usize = 20;
/// Finer than the 20 ms of a media packet.
const TICK: Duration = Duration::from_millis(1);
/// Segments or datagrams that a socket holds; turmoil panics or drops beyond its default of 64.
const CAPACITY: usize = 4096;
/// The address of the host on which the play runs, out of a block for documentation (RFC 5737).
const DIRECTOR: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 254);

#[cfg(test)]
mod tests;
