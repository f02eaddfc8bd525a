//! What does a conference cost for each party and frame of 20 ms?
//!
//! `all`: every party says something and hears its own mix, for 3 to 10,000 parties at 16 kHz, and for 1,000 at 8 and 48 kHz.
//! `speakers`: 1,000 parties, the three loudest of which are heard: a level for each, four mixes and four encodings of G.711.
//! Beside them: the plain loop over 32-bit sums, and as the limit a copy of all that is heard.
//!
//! Targets: 1,000 parties at 16 kHz in at most 60 µs a tick, and at least half the speed of the copy.

use std::hint::black_box;

use benches::ratios::Comparison;
use benches::{CountingAllocator, CpuTime, assert_no_allocations, hot_path, ratios};
use criterion::measurement::Measurement;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group};
use media::codec::g711::encode_mu_law;
use media::mixer::{Conference, Heard, Mixer, PartyId};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// Samples of 20 ms at 16 kHz.
const WIDEBAND: usize = 320;
const SPEAKERS: usize = 3;

/// What the parties say and hear, whole frames one behind the other.
struct Room {
    frame_len: usize,
    said: Vec<i16>,
    heard: Vec<i16>,
}

impl Room {
    fn new(parties: usize, frame_len: usize) -> Room {
        let len = parties * frame_len;
        Room {
            frame_len,
            said: (0..len).map(|n| (n * 40_503) as i16 / 4).collect(),
            heard: vec![0; len],
        }
    }

    fn measure<M: Measurement>(
        &mut self,
        group: &mut BenchmarkGroup<'_, M>,
        id: BenchmarkId,
        mut tick: impl FnMut(&[i16], &mut [i16]),
    ) {
        let mut run = || {
            tick(black_box(&self.said), &mut self.heard);
            black_box(&mut self.heard[..]);
        };
        run();
        assert_no_allocations(&mut run);
        let parties = self.said.len() / self.frame_len;
        group.throughput(Throughput::Elements(parties as u64));
        group.bench_function(id, |bencher| bencher.iter(&mut run));
    }
}

fn all(group: &mut BenchmarkGroup<'_, CpuTime>, name: &str, parties: usize, frame_len: usize) {
    let mut room = Room::new(parties, frame_len);
    let mut mixer = Mixer::new(frame_len);
    let id = |what: &str| BenchmarkId::new(format!("{what}_{name}"), parties);
    room.measure(group, id("all"), |said, heard| {
        mixer.begin();
        mixer.add_all(said);
        mixer.without_each(said, heard);
    });
    let mut sum = vec![0_i32; frame_len];
    room.measure(group, id("plain_loop"), |said, heard| {
        sum.fill(0);
        for frame in said.chunks(frame_len) {
            let pairs = sum.iter_mut().zip(frame);
            pairs.for_each(|(sum, sample)| *sum += i32::from(*sample));
        }
        for (own, heard) in said.chunks(frame_len).zip(heard.chunks_mut(frame_len)) {
            for ((heard, own), sum) in heard.iter_mut().zip(own).zip(&sum) {
                *heard = (sum - i32::from(*own)).clamp(-32_768, 32_767) as i16;
            }
        }
    });
    room.measure(group, id("copy"), |said, heard| {
        let parties = said.chunks(frame_len).zip(heard.chunks_mut(frame_len));
        parties.for_each(|(own, heard)| heard.copy_from_slice(own));
    });
}

fn speakers(group: &mut BenchmarkGroup<'_, CpuTime>, parties: usize) {
    let mut room = Room::new(parties, WIDEBAND);
    let mut conference = Conference::new(SPEAKERS, WIDEBAND);
    let mut payloads = vec![[0; WIDEBAND]; SPEAKERS + 1];
    let id = BenchmarkId::new("speakers", parties);
    room.measure(group, id, |said, _| {
        conference.begin();
        for (party, frame) in said.chunks(WIDEBAND).enumerate() {
            conference.hear(PartyId(party as u16), frame);
        }
        conference.mix();
        let places = (0..SPEAKERS as u8).map(Heard::Speaker);
        let mixes = places.chain([Heard::Common]);
        for (heard, payload) in mixes.zip(&mut payloads) {
            encode_mu_law(conference.heard(heard), payload);
        }
        black_box(&mut payloads[..]);
    });
}

fn mixer(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("mixer");
    for parties in [3, 10, 100, 1_000, 10_000] {
        all(&mut group, "16k", parties, WIDEBAND);
    }
    all(&mut group, "8k", 1_000, WIDEBAND / 2);
    all(&mut group, "48k", 1_000, WIDEBAND * 3);
    speakers(&mut group, 1_000);
    group.finish();
}

criterion_group! {
    name = benchmarks;
    config = hot_path();
    targets = mixer
}

/// 60 µs for 1,000 parties.
const PARTY_MOST_NS: f64 = 60.0;

fn main() {
    benchmarks();
    let copy = |ours, copy| Comparison::speed(ours, copy, Some(0.5));
    ratios::report(
        "mixer",
        &[
            Comparison::limit("all_16k/1000", PARTY_MOST_NS),
            copy("all_16k/1000", "copy_16k/1000"),
            Comparison::speed("all_8k/1000", "copy_8k/1000", None),
            copy("all_48k/1000", "copy_48k/1000"),
            copy("all_16k/10000", "copy_16k/10000"),
            Comparison::speed("all_16k/1000", "plain_loop_16k/1000", None),
            Comparison::peer("all_16k/10000", "all_16k/10", None),
            Comparison::speed("speakers/1000", "all_16k/1000", None),
        ],
    );
}
