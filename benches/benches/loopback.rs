//! What do we add to what the kernel costs, where packets pass real sockets on the loopback network?
//!
//! - `relay_burst`: 64 packets of G.711 (172 octets) wait at one socket and leave by another, to one address: a trunk between
//!   two systems.
//! - `relay_calls`: the same 64 packets, one at each of 64 sockets, as in 64 calls: here no two can share a call of the kernel.
//! - `forward`: 64 packets of a picture (1,200 octets) wait at one socket, and leave for 10 receivers each, by one socket, with
//!   numbers of the receiver's own.
//!
//! `ours` passes them through [`net::Flows`] and the relay or the rewriter of `media`. `raw` is `recvmmsg` and `sendmmsg` of
//! the same octets in the same order, 64 in a call, with nothing looked at or copied. Where many packets of one length go to
//! one address, ours leave as one (`UDP_SEGMENT`) and arrive so (`UDP_GRO`); `raw_in_runs` sends as `raw` does, but such runs;
//! it takes packet by packet what may come to ours in runs.
//! Far ends send before and receive after the measured time; nothing is lost, or the benchmark fails. The element is a packet
//! that leaves.
//!
//! Targets: at least 0.95 of the speed of `raw`, and 0.8 of that of `raw_in_runs`, where no octet is looked at and none copied.

#[path = "loopback/ours.rs"]
mod ours;
#[path = "loopback/raw.rs"]
mod raw;

use std::collections::BTreeMap;
use std::net::{SocketAddr, SocketAddrV4, UdpSocket};
use std::time::Duration;

use benches::ratios::Comparison;
use benches::{CALL_PACKET_BYTES, CountingAllocator, CpuTime, allocations, hot_path, ratios};
use criterion::{Criterion, Throughput, criterion_group};
use media::KeyPair;
use media::Ssrc;
use media::forward::{Incoming, Outgoing, PayloadFormat, Rewriter};
use media::relay::{HEADROOM, Relay, Side};
use media::rtp::Header;
use net::FlowId;
use ours::Ours;
use raw::Raw;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// Packets of one round.
const PACKETS: usize = 64;
/// Receivers of a picture.
const RECEIVERS: usize = 10;
/// Octets of a packet of a picture.
const PICTURE_BYTES: usize = 1_200;

/// Makes room for an echo of the kernel alone: for so many datagrams, their length, those who get each.
type Form = fn(usize, usize, &[SocketAddrV4]) -> Raw;
/// Datagram by datagram, and in runs.
const FORMS: [(&str, Form); 2] = [("raw", Raw::single), ("raw_in_runs", Raw::in_runs)];

/// A far end.
struct Far(UdpSocket);

impl Far {
    fn new() -> Far {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        socket.set_nonblocking(true).expect("it can be asked");
        Far(socket)
    }

    fn address(&self) -> SocketAddrV4 {
        match self.0.local_addr() {
            Ok(SocketAddr::V4(address)) => address,
            other => panic!("{other:?}"),
        }
    }

    fn send(&self, packet: &[u8], target: SocketAddrV4) {
        let sent = self.0.send_to(packet, target);
        assert_eq!(sent.expect("the loopback network takes it"), packet.len());
    }

    /// Takes all that came, which must be so many of that length.
    fn take(&self, count: usize, len: usize) {
        let mut space = [0; 2_048];
        for _ in 0..count {
            assert_eq!(self.0.recv(&mut space).expect("nothing was lost"), len);
        }
        assert!(self.0.recv(&mut space).is_err(), "nothing came twice");
    }
}

/// An RTP packet of that length.
fn packet(sequence: u16, len: usize) -> Vec<u8> {
    let header = Header {
        marker: false,
        payload_type: 96,
        sequence,
        timestamp: u32::from(sequence) * 160,
        ssrc: Ssrc(1),
    };
    let mut packet = vec![0x55; len];
    header.write(packet.first_chunk_mut().expect("longer than a header"));
    packet
}

/// The time of `work` alone, of so many rounds.
fn measured(
    rounds: u64,
    mut before: impl FnMut(u64),
    mut work: impl FnMut(),
    mut after: impl FnMut(),
) -> Duration {
    let mut time = Duration::ZERO;
    for round in 0..rounds {
        before(round);
        let asked = allocations();
        let start = CpuTime::THREAD.now();
        work();
        time += CpuTime::THREAD.now() - start;
        let asked = allocations() - asked;
        // Buffers come into being in the first round.
        assert!(
            round == 0 || asked == 0,
            "the hot path asked for memory {asked} times"
        );
        after();
    }
    time
}

/// Packets of calls through so many pairs of sockets.
fn relay(criterion: &mut Criterion<CpuTime>, name: &str, pairs: usize) {
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Elements(PACKETS as u64));
    let (near, far): (Vec<Far>, Vec<Far>) = (0..pairs).map(|_| (Far::new(), Far::new())).unzip();
    let each = PACKETS / pairs;
    let send = |round: u64, entrances: &[SocketAddrV4]| {
        for number in 0..each {
            let packet = packet(
                (round * each as u64 + number as u64) as u16,
                CALL_PACKET_BYTES,
            );
            near.iter()
                .zip(entrances)
                .for_each(|(near, entrance)| near.send(&packet, *entrance));
        }
    };
    let take = || far.iter().for_each(|far| far.take(each, CALL_PACKET_BYTES));

    let mut ours = Ours::new();
    let mut exits: BTreeMap<FlowId, (FlowId, SocketAddr, Relay)> = BTreeMap::new();
    let entrances: Vec<SocketAddrV4> = far
        .iter()
        .map(|far| {
            let (entrance, local) = ours.bind();
            let relay = Relay::new(&KeyPair::default(), &KeyPair::default());
            exits.insert(entrance, (ours.bind().0, far.address().into(), relay));
            local
        })
        .collect();
    let mut buffer = [0; CALL_PACKET_BYTES + HEADROOM];
    group.bench_function("ours", |bencher| {
        bencher.iter_custom(|rounds| {
            let work = || {
                ours.take(PACKETS, |flows, flow, bytes| {
                    let (exit, target, relay) = exits.get_mut(&flow).expect("one of ours");
                    buffer[..bytes.len()].copy_from_slice(bytes);
                    let len = relay.forward(Side::A, &mut buffer, bytes.len());
                    flows.send_to(*exit, *target, &buffer[..len.expect("a packet")]);
                });
            };
            measured(rounds, |round| send(round, &entrances), work, take)
        });
    });

    let sockets: Vec<(Far, Far)> = (0..pairs).map(|_| (Far::new(), Far::new())).collect();
    let entrances: Vec<SocketAddrV4> = sockets
        .iter()
        .map(|(entrance, _)| entrance.address())
        .collect();
    for (kind, form) in FORMS {
        let room = |far: &Far| form(each, CALL_PACKET_BYTES, &[far.address()]);
        let mut raws: Vec<Raw> = far.iter().map(room).collect();
        group.bench_function(kind, |bencher| {
            bencher.iter_custom(|rounds| {
                let work = || {
                    for ((entrance, exit), raw) in sockets.iter().zip(&mut raws) {
                        raw.receive(&entrance.0);
                        raw.send(&exit.0);
                    }
                };
                measured(rounds, |round| send(round, &entrances), work, take)
            });
        });
    }
    group.finish();
}

fn relay_burst(criterion: &mut Criterion<CpuTime>) {
    relay(criterion, "relay_burst", 1);
}

fn relay_calls(criterion: &mut Criterion<CpuTime>) {
    relay(criterion, "relay_calls", PACKETS);
}

/// Packets of a picture to many.
fn forward(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("loopback_forward");
    group.throughput(Throughput::Elements((PACKETS * RECEIVERS) as u64));
    let source = Far::new();
    let sinks: Vec<Far> = (0..RECEIVERS).map(|_| Far::new()).collect();
    let targets: Vec<SocketAddrV4> = sinks.iter().map(Far::address).collect();
    let mut sequence = 0_u16;
    let mut send = |entrance: SocketAddrV4| {
        for _ in 0..PACKETS {
            sequence = sequence.wrapping_add(1);
            source.send(&packet(sequence, PICTURE_BYTES), entrance);
        }
    };
    let take = || {
        sinks
            .iter()
            .for_each(|sink| sink.take(PACKETS, PICTURE_BYTES))
    };

    let mut ours = Ours::new();
    let (flow, entrance) = ours.bind();
    let mut receivers: Vec<Outgoing> = (0..RECEIVERS)
        .map(|number| {
            let rewriter = Rewriter::new(number as u16, 90_000);
            let mut receiver = Outgoing::new(Ssrc(number as u32), 100, rewriter, None);
            receiver.choose(Some(0));
            receiver
        })
        .collect();
    let mut buffer = [0; PICTURE_BYTES + HEADROOM];
    group.bench_function("ours", |bencher| {
        bencher.iter_custom(|rounds| {
            let work = || {
                ours.take(PACKETS, |flows, _, bytes| {
                    let incoming = Incoming::read(PayloadFormat::Audio, bytes).expect("a packet");
                    for (receiver, target) in receivers.iter_mut().zip(&targets) {
                        let len =
                            receiver.forward(Duration::from_millis(1), 0, &incoming, &mut buffer);
                        flows.send_to(flow, (*target).into(), &buffer[..len.expect("chosen")]);
                    }
                });
            };
            measured(rounds, |_| send(entrance), work, take)
        });
    });

    let socket = Far::new();
    for (kind, form) in FORMS {
        let mut raw = form(PACKETS, PICTURE_BYTES, &targets);
        group.bench_function(kind, |bencher| {
            bencher.iter_custom(|rounds| {
                let work = || {
                    raw.receive(&socket.0);
                    raw.send(&socket.0);
                };
                measured(rounds, |_| send(socket.address()), work, take)
            });
        });
    }
    group.finish();
}

criterion_group! {
    name = benchmarks;
    config = hot_path();
    targets = relay_burst, relay_calls, forward
}

fn main() {
    benchmarks();
    let least = [
        Comparison::speed("ours", "raw", Some(0.95)),
        Comparison::speed("ours", "raw_in_runs", Some(0.8)),
    ];
    for group in ["relay_burst", "relay_calls", "loopback_forward"] {
        ratios::report(group, &least);
    }
}
