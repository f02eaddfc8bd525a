//! What does a packet of the simulated network cost, and how does that grow with the number of calls?
//!
//! A plain call is two hosts, each of which sends 172 bytes by UDP every 20 ms; a packet takes 20 ms. Every call starts at a
//! moment of its own within the first 20 ms. `wire` is our network by its sockets, `flows` the same by [`net::Flows`] as the
//! parties of a real run use it, `turmoil` the simulator of that name with the same calls in the same run.
//!
//! The time that criterion prints is processor time; divided by its elements it is the time a packet, worlds built and torn
//! down included. Targets: `wire/100` at most 1.0 µs a packet, `wire/1000` at most 1.5 µs and at most twice `wire/10`.

use std::future::{Future, poll_fn};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

use benches::ratios::Comparison;
use benches::{
    CALL_INTERVAL, CALL_PACKET_BYTES, CALL_PORT, CountingAllocator, CpuTime, ratios, turmoil_calls,
};
use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group};
use net::link::LinkSpec;
use net::topology::{Site, Topology};
use net::world::{Kind, Setup};
use net::{FlowEvent, Flows, Host};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// How an endpoint gets at its socket.
#[derive(Clone, Copy)]
enum By {
    Socket,
    Flows,
}

/// Runs plain calls for so long; gives the packets that arrived.
fn run(calls: u16, time: Duration, by: By) -> u64 {
    let setup = Setup::new(Kind::Wire, topology(calls)).seed(7);
    let run = setup.run(move |world| async move {
        let arrived = Arc::new(AtomicU64::new(0));
        let mut tasks = Vec::with_capacity(2 * usize::from(calls));
        for call in 0..calls {
            for side in 0..2 {
                let host = world.host(&name(call, side));
                let plan = Plan {
                    far: SocketAddr::new(address(call, 1 - side), CALL_PORT),
                    // A prime number of µs: the moments of different calls do not meet.
                    first: Duration::from_micros(u64::from(call) * 7_919 % 20_000),
                    end: time,
                    arrived: arrived.clone(),
                };
                tasks.push(match by {
                    By::Socket => host.spawn(by_socket(host.clone(), plan)),
                    By::Flows => host.spawn(by_flows(host.clone(), plan)),
                });
            }
        }
        for task in tasks {
            task.join().await;
        }
        arrived.load(Ordering::Relaxed)
    });
    run.expect("the topology is sound")
        .value
        .expect("the endpoints end by themselves")
}

/// What one endpoint does.
struct Plan {
    far: SocketAddr,
    first: Duration,
    end: Duration,
    arrived: Arc<AtomicU64>,
}

async fn by_socket(host: Host, plan: Plan) {
    let socket = host.udp(any()).await.expect("the port is free");
    let mut due = plan.first;
    let mut tick = pin!(host.sleep_until(due));
    while due < plan.end {
        tokio::select! {
            biased;
            () = &mut tick => {
                socket.send_to(&PACKET, plan.far).await.expect("the network has room");
                due += CALL_INTERVAL;
                tick.set(host.sleep_until(due));
            }
            heard = socket.recv() => {
                heard.expect("the socket lives");
                plan.arrived.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

async fn by_flows(host: Host, plan: Plan) {
    let mut flows = Flows::new(&host);
    let flow = flows.bind_udp(any());
    let mut due = plan.first;
    let mut tick = pin!(host.sleep_until(due));
    while due < plan.end {
        let is_due = poll_fn(|cx| {
            while let Poll::Ready(event) = flows.poll_next(cx) {
                if matches!(event, FlowEvent::Datagram { .. }) {
                    plan.arrived.fetch_add(1, Ordering::Relaxed);
                }
            }
            tick.as_mut().poll(cx)
        });
        is_due.await;
        flows.send_to(flow, plan.far, &PACKET);
        due += CALL_INTERVAL;
        tick.set(host.sleep_until(due));
    }
}

/// Two sites with a host of every call in each, 20 ms apart.
fn topology(calls: u16) -> Topology {
    let mut topology = Topology::new();
    topology.backbone = LinkSpec::delay(Duration::from_millis(20));
    for side in 0..2 {
        let mut site = Site::new(&format!("site{side}"));
        site.lan = LinkSpec::default();
        topology = topology.site(site);
    }
    for call in 0..calls {
        for side in 0..2 {
            topology = topology.host(
                &name(call, side),
                &format!("site{side}"),
                &[address(call, side)],
            );
        }
    }
    topology
}

fn name(call: u16, side: u8) -> String {
    format!("call{call}-{side}")
}

fn address(call: u16, side: u8) -> IpAddr {
    let [high, low] = call.to_be_bytes();
    Ipv4Addr::new(10, side + 1, high, low).into()
}

fn any() -> SocketAddr {
    (Ipv4Addr::UNSPECIFIED, CALL_PORT).into()
}

fn network(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("simulated_network");
    group.sampling_mode(SamplingMode::Flat);
    // The same number of packets whatever the number of calls, so that the worlds themselves weigh alike.
    for (calls, seconds) in [(10, 100), (100, 10), (1_000, 2)] {
        let time = Duration::from_secs(seconds);
        let mut measure = |name: &str, by| {
            group.throughput(Throughput::Elements(run(calls, time, by)));
            group.bench_function(BenchmarkId::new(name, calls), |bencher| {
                bencher.iter(|| run(calls, time, by));
            });
        };
        measure("wire", By::Socket);
        measure("flows", By::Flows);
    }
    group.throughput(Throughput::Elements(turmoil_calls::run(10, 5)));
    group.bench_function(BenchmarkId::new("turmoil", 10), |bencher| {
        bencher.iter(|| turmoil_calls::run(10, 5));
    });
    group.finish();
}

const PACKET: [u8; CALL_PACKET_BYTES] = [0x55; CALL_PACKET_BYTES];

criterion_group! {
    name = benchmarks;
    config = Criterion::default().with_measurement(CpuTime::PROCESS).sample_size(10);
    targets = network
}

fn main() {
    benchmarks();
    ratios::report(
        "simulated_network",
        &[
            Comparison::limit("wire/100", 1_000.0),
            Comparison::limit("wire/1000", 1_500.0),
            Comparison::peer("wire/1000", "wire/10", Some(2.0)),
            Comparison::peer("flows/1000", "wire/1000", None),
            Comparison::peer("wire/10", "turmoil/10", None),
        ],
    );
}
