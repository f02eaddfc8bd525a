//! What does a packet of a conference cost from wire to wire, and how does that grow with the number of legs?
//!
//! A leg: SRTP packet in → unprotect (AES-128-GCM) → RTP → play-out buffer → G.711 decoded → mixed with two others → encoded →
//! RTP → protected → SRTP packet out, memory to memory, every 20 ms. The far ends make their packets outside the measured
//! time. The element is the packet; a leg has 50 a second.
//!
//! Targets: at most 550 ns a packet, which is 36,000 legs a core.

use std::hint::black_box;
use std::time::Duration;

use benches::ratios::Comparison;
use benches::{CALL_INTERVAL, CountingAllocator, CpuTime, assert_no_allocations, hot_path, ratios};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group};
use media::codec::Pcmu;
use media::mixer::Mixer;
use media::receiver::Receiver;
use media::sender::Sender;
use media::srtp::OVERHEAD_MAX;
use media::{AudioCodec, Identity, SdesKey, Suite};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

const FRAME: usize = 160;
const WIRE_LEN: usize = 12 + FRAME + OVERHEAD_MAX;
/// Parties of one conference.
const ROOM: usize = 3;

/// One party: its far end, and what the server keeps for it.
struct Leg {
    far: Sender,
    wire: [u8; WIRE_LEN],
    len: usize,
    receiver: Receiver,
    sender: Sender,
    frame: [i16; FRAME],
}

impl Leg {
    fn new(number: usize) -> Leg {
        let octet = |side: usize| (number * 2 + side) as u8;
        let key = |side| SdesKey::generate(Suite::AeadAes128Gcm, |key| key.fill(octet(side)));
        let sender = |side| {
            let identity = Identity::generate(|octets| octets.fill(octet(side)));
            let mut sender = Sender::new(&identity, 0, None, 8_000);
            sender.set_key(Some(&key(side)));
            sender
        };
        let mut receiver = Receiver::new(AudioCodec::Pcmu, 0, None);
        receiver.set_key(Some(&key(0)));
        Leg {
            far: sender(0),
            wire: [0; WIRE_LEN],
            len: 0,
            receiver,
            sender: sender(1),
            frame: [0; FRAME],
        }
    }

    /// The far end says something.
    fn send(&mut self, voice: &[i16]) {
        let len = self.far.speak(&mut Pcmu, voice, FRAME as u32);
        self.len = len.expect("a frame of G.711 is a packet");
        self.wire[..self.len].copy_from_slice(self.far.packet(self.len));
    }
}

/// The conferences of one core.
struct Server {
    legs: Vec<Leg>,
    mixer: Mixer,
    tick: u32,
    octets: usize,
}

impl Server {
    fn new(legs: usize) -> Server {
        let mut server = Server {
            legs: (0..legs).map(Leg::new).collect(),
            mixer: Mixer::new(FRAME),
            tick: 0,
            octets: 0,
        };
        for _ in 0..20 {
            server.far_ends();
            server.tick();
        }
        server.far_ends();
        assert_no_allocations(|| server.tick());
        server
    }

    /// All far ends say their next frame.
    fn far_ends(&mut self) {
        self.tick += 1;
        let voice: [i16; FRAME] = std::array::from_fn(|n| ((n * 40_503) as i16) >> 4);
        self.legs.iter_mut().for_each(|leg| leg.send(&voice));
    }

    /// Takes a packet of every leg and makes one for every leg.
    fn tick(&mut self) {
        let now = CALL_INTERVAL * self.tick;
        for room in self.legs.chunks_mut(ROOM) {
            self.mixer.begin();
            for leg in room.iter_mut() {
                leg.receiver.handle(now, &mut leg.wire[..leg.len]);
                leg.receiver.pull(now, &mut Pcmu, &mut leg.frame);
                self.mixer.add(&leg.frame);
            }
            for leg in room {
                let mut heard = [0; FRAME];
                self.mixer.without(&leg.frame, &mut heard);
                let len = leg.sender.speak(&mut Pcmu, &heard, FRAME as u32);
                let len = len.expect("a frame of G.711 is a packet");
                self.octets += black_box(leg.sender.packet(len)).len();
            }
        }
    }

    /// The time for so many ticks, without that of the far ends.
    fn run(&mut self, ticks: u64) -> Duration {
        let mut time = Duration::ZERO;
        for _ in 0..ticks {
            self.far_ends();
            let start = CpuTime::THREAD.now();
            self.tick();
            time += CpuTime::THREAD.now() - start;
        }
        time
    }

    /// Every packet was let in and heard.
    fn check(&self) {
        for leg in &self.legs {
            let (came, played) = (leg.receiver.statistics(), leg.receiver.playout());
            assert_eq!(came.packets, u64::from(self.tick), "{came:?}");
            assert!(played.packets_played + 4 > came.packets, "{played:?}");
        }
    }
}

fn pipeline(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("pipeline");
    for legs in [10, 100, 1_000, 10_000] {
        let mut server = Server::new(legs);
        group.throughput(Throughput::Elements(legs as u64));
        group.bench_function(BenchmarkId::new("g711", legs), |bencher| {
            bencher.iter_custom(|ticks| server.run(ticks));
        });
        server.check();
    }
    group.finish();
}

criterion_group! {
    name = benchmarks;
    config = hot_path();
    targets = pipeline
}

/// 36,000 legs with 50 packets a second each.
const PACKET_MOST_NS: f64 = 550.0;

fn main() {
    benchmarks();
    ratios::report(
        "pipeline",
        &[
            Comparison::limit("g711/10", PACKET_MOST_NS),
            Comparison::limit("g711/1000", PACKET_MOST_NS),
            Comparison::limit("g711/10000", PACKET_MOST_NS),
            Comparison::peer("g711/10000", "g711/10", None),
        ],
    );
}
