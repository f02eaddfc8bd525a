//! How good is what is heard in place of lost packets? P.862 (PESQ, narrow-band) of concealment by the play-out buffer, beside
//! repeating the last packet and beside silence, on speech drawn from seeds.
//!
//! ```console
//! $ cargo run --release -p media --example plc_quality -- 5 1
//! ```
//!
//! The first number is that of the seeds, the second the first of them; each seed is said by four talkers for 8 s, in G.711
//! packets of 20 ms, on a line that has been losing packets for 10 s. Scores are means over all talkers and seeds. All
//! methods run in the same play-out buffer, which a line makes wait for so long: one packet of ten, drawn, comes so much later
//! than the others. What it waits longer because of losses it does for ours only. Repetition is tried as it is, with
//! a gain of 0.8 once, and with one of 0.8 for each packet; the best of the three is what ours is held against. `bound` is ours if
//! the first packet of each gap had come, which no concealment can know. Exit status 1 if ours is no better than repetition.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use media::codec::{Codec, CodecError, Pcmu};
use media::jitter::JitterBuffer;
use media::{Speech, Talker};
use pesq::PesqContext;

const RATE_HZ: u32 = 8_000;
const FRAME: usize = 160;
/// 8 s, and a while before it; at the end nothing is lost for a moment.
const FRAMES: usize = WARM_UP + SCORED;
const SCORED: usize = 420;
const UNHARMED: usize = 10;
/// 12 s in which the buffer finds its delay; they are not scored.
const WARM_UP: usize = 600;
/// The first 2 s of them are whole; from then on packets are lost as they are in what is scored.
const WHOLE: usize = 100;
/// Samples that speech waits at most.
const LONGEST_DELAY: usize = 8 * FRAME;

/// What happens to packets.
#[derive(Clone, Copy)]
struct Loss {
    name: &'static str,
    share: f64,
    /// Mean packets in a row.
    burst: f64,
    /// By how much ours must be better than repetition.
    margin: f64,
}

const LOSSES: [Loss; 4] = [
    Loss {
        name: "5 % at random",
        share: 0.05,
        burst: 1.0,
        margin: 0.1,
    },
    Loss {
        name: "10 % at random",
        share: 0.10,
        burst: 1.0,
        margin: 0.1,
    },
    Loss {
        name: "5 % in bursts of 3",
        share: 0.05,
        burst: 3.0,
        margin: 0.3,
    },
    Loss {
        name: "10 % in bursts of 3",
        share: 0.10,
        burst: 3.0,
        margin: 0.3,
    },
];

/// How much later one packet of ten comes, ms.
const UNEVEN_MS: [u64; 3] = [0, 20, 60];

/// What is put in place of a packet.
#[derive(Clone, Copy)]
enum Method {
    Ours,
    /// The last packet with the first gain at the first loss in a row, and with the second on top at each more.
    Repeated([f32; 2]),
}

/// The methods of the table. What repeats with no gain at all is silent.
const METHODS: [Method; 5] = [
    Method::Repeated([0.0, 0.0]),
    Method::Repeated([1.0, 1.0]),
    Method::Repeated([0.8, 1.0]),
    Method::Repeated([0.8, 0.8]),
    Method::Ours,
];

/// Scores of one loss, each a sum.
#[derive(Clone, Copy, Default)]
struct Scores {
    unharmed: f64,
    by_method: [f64; METHODS.len()],
    bound: f64,
    count: f64,
}

fn main() -> ExitCode {
    let mut numbers = std::env::args().skip(1).map(|text| text.parse::<u64>());
    let (Ok(seeds), Ok(first)) = (
        numbers.next().unwrap_or(Ok(5)),
        numbers.next().unwrap_or(Ok(1)),
    ) else {
        eprintln!("expected the number of seeds and the first of them, both whole numbers");
        return ExitCode::from(2);
    };
    let mut table = String::from(
        "| loss | uneven | unharmed | silence | repeated | at 0.8 | fading | ours | bound | gain | wanted |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    let mut is_worse = false;
    for (loss, uneven_ms) in LOSSES
        .iter()
        .flat_map(|&loss| UNEVEN_MS.map(|uneven_ms| (loss, uneven_ms)))
    {
        let mut sum = Scores::default();
        for seed in first..first + seeds {
            for talker in Talker::ALL {
                score(&mut sum, loss, uneven_ms, talker, seed);
            }
        }
        is_worse |= row(&mut table, loss, uneven_ms, &sum) <= 0.0;
    }
    // A closed pipe is no fault of what was measured.
    let _ = std::io::stdout().write_all(table.as_bytes());
    ExitCode::from(u8::from(is_worse))
}

/// Writes the means; gives by how much ours is better than repetition.
fn row(table: &mut String, loss: Loss, uneven_ms: u64, sum: &Scores) -> f64 {
    let mean = |sum_of: f64| sum_of / sum.count.max(1.0);
    let [silence, plain, softer, fading, ours] = sum.by_method.map(mean);
    let gain = ours - plain.max(softer).max(fading);
    let _ = writeln!(
        table,
        "| {} | {uneven_ms} ms | {:.3} | {silence:.3} | {plain:.3} | {softer:.3} | {fading:.3} | {ours:.3} | {:.3} | {gain:+.3} | {:+.1} |",
        loss.name,
        mean(sum.unharmed),
        mean(sum.bound),
        loss.margin,
    );
    gain
}

fn score(sum: &mut Scores, loss: Loss, uneven_ms: u64, talker: Talker, seed: u64) {
    let mut said = vec![0; FRAMES * FRAME];
    Speech::new(RATE_HZ, talker, seed).fill(&mut said);
    let packets: Vec<[u8; FRAME]> = said.chunks(FRAME).map(encoded).collect();
    let is_lost = pattern(loss, seed);
    let Ok(context) = PesqContext::new_8k(&said[WARM_UP * FRAME..]) else {
        eprintln!("seed {seed}: the measure refuses the speech");
        return;
    };
    let rate = |is_lost: &[bool; FRAMES], method| {
        let heard = by_buffer(&packets, is_lost, uneven_ms, method);
        let start = WARM_UP * FRAME + delay(&said, &heard);
        f64::from(
            context
                .score(&heard[start..][..SCORED * FRAME])
                .unwrap_or(0.0),
        )
    };
    sum.unharmed += rate(&[false; FRAMES], Method::Ours);
    for (sum, method) in sum.by_method.iter_mut().zip(METHODS) {
        *sum += rate(&is_lost, method);
    }
    sum.bound += rate(&but_the_first(&is_lost), Method::Ours);
    sum.count += 1.0;
}

/// Samples by which what is heard is late at the end of the warming up.
fn delay(said: &[i16], heard: &[i16]) -> usize {
    let second = (WARM_UP - 50) * FRAME..WARM_UP * FRAME;
    let alike = |late: &usize| -> i64 {
        let heard = &heard[second.start + late..second.end + late];
        let pairs = said[second.clone()].iter().zip(heard);
        pairs.map(|(&a, &b)| i64::from(a) * i64::from(b)).sum()
    };
    (0..LONGEST_DELAY).max_by_key(alike).unwrap_or(0)
}

fn encoded(samples: &[i16]) -> [u8; FRAME] {
    let mut payload = [0; FRAME];
    Pcmu.encode(samples, &mut payload).expect("a frame fits");
    payload
}

/// Numbers between 0 and 1 that a seed gives: SplitMix64.
fn chances(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ mixed >> 31) as f64 / u64::MAX as f64
    }
}

/// Which packets are lost: two states, the bad one loses all.
fn pattern(loss: Loss, seed: u64) -> [bool; FRAMES] {
    let mut chance = chances(seed ^ (loss.share * 1e6) as u64 ^ (loss.burst as u64) << 40);
    let enter = match loss.burst {
        burst if burst > 1.0 => loss.share / burst / (1.0 - loss.share),
        _ => loss.share,
    };
    let mut is_bad = false;
    let mut lost = [false; FRAMES];
    for lost in &mut lost[WHOLE..FRAMES - UNHARMED] {
        is_bad = match loss.burst > 1.0 && is_bad {
            true => chance() >= 1.0 / loss.burst,
            false => chance() < enter,
        };
        *lost = is_bad;
    }
    lost
}

/// The same gaps, each without its first packet.
fn but_the_first(is_lost: &[bool; FRAMES]) -> [bool; FRAMES] {
    std::array::from_fn(|number| is_lost[number] && number > 0 && is_lost[number - 1])
}

/// As a call hears it.
fn by_buffer(
    packets: &[[u8; FRAME]],
    is_lost: &[bool],
    uneven_ms: u64,
    method: Method,
) -> Vec<i16> {
    let mut codec = Repeating::new(method);
    let mut buffer = JitterBuffer::new(RATE_HZ, RATE_HZ, FRAME);
    let mut late = chances(uneven_ms);
    let mut coming: Vec<(u64, usize)> = (0..packets.len())
        .map(|number| {
            let late_ms = if late() < 0.1 { uneven_ms } else { 0 };
            (20 * number as u64 + late_ms, number)
        })
        .filter(|&(_, number)| !is_lost[number])
        .collect();
    coming.sort_unstable();
    let mut coming = coming.into_iter().peekable();
    let mut heard = vec![0; packets.len() * FRAME + LONGEST_DELAY];
    for (at_ms, frame) in (0..).step_by(20).zip(heard.chunks_mut(FRAME)) {
        // Long enough after the packets for the buffer to be content, so that nothing is stretched.
        let at_ms = at_ms + 15;
        while let Some((came_ms, number)) = coming.next_if(|&(came_ms, _)| came_ms <= at_ms) {
            let (sequence, timestamp) = (number as u16, (number * FRAME) as u32);
            let came = Duration::from_millis(came_ms);
            buffer.insert(came, sequence, timestamp, Some(&packets[number]));
        }
        let now = Duration::from_millis(at_ms);
        match method {
            Method::Ours => buffer.pull(now, &mut Pcmu, frame),
            Method::Repeated(_) => buffer.pull(now, &mut codec, frame),
        };
    }
    heard
}

/// G.711 of a codec that conceals: it says its last packet again.
struct Repeating {
    gains: [f32; 2],
    last: [i16; FRAME],
    /// Samples said again since.
    again: usize,
}

impl Repeating {
    fn new(method: Method) -> Repeating {
        let gains = match method {
            Method::Ours => [0.0; 2],
            Method::Repeated(gains) => gains,
        };
        let last = [0; FRAME];
        Repeating {
            gains,
            last,
            again: 0,
        }
    }
}

impl Codec for Repeating {
    fn encode(&mut self, samples: &[i16], payload: &mut [u8]) -> Result<usize, CodecError> {
        Pcmu.encode(samples, payload)
    }

    fn decode(&mut self, payload: &[u8], samples: &mut [i16]) -> Result<usize, CodecError> {
        if !payload.is_empty() {
            let decoded = Pcmu.decode(payload, samples)?;
            self.last.copy_from_slice(&samples[..FRAME]);
            self.again = 0;
            return Ok(decoded);
        }
        for sample in &mut *samples {
            let packet = (self.again / FRAME) as i32;
            let gain = self.gains[0] * self.gains[1].powi(packet);
            *sample = (f32::from(self.last[self.again % FRAME]) * gain) as i16;
            self.again += 1;
        }
        Ok(samples.len())
    }
}
