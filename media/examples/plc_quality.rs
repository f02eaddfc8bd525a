//! How good is what is heard in place of lost packets? P.862 (PESQ, narrow-band) of concealment by the play-out buffer, beside
//! repeating the last packet and beside silence, on speech drawn from seeds.
//!
//! ```console
//! $ cargo run --release -p media --example plc_quality -- 5 1
//! ```
//!
//! The first number is that of the seeds, the second the first of them; each seed is said by four talkers for 8 s, in G.711
//! packets of 20 ms. Scores are means over all talkers and seeds. Repetition is tried with a gain of 0.8 once and with one of
//! 0.8 for each packet, and counts as the better of the two. The last column but three is a bound: ours if the first packet
//! of each gap had come, which no concealment can know. Exit status 1 if ours is no better than repetition.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use media::codec::{Codec, Pcmu};
use media::jitter::JitterBuffer;
use media::{Speech, Talker};
use pesq::PesqContext;

const RATE_HZ: u32 = 8_000;
const FRAME: usize = 160;
/// 8 s, and a while before and behind it that is not lost.
const FRAMES: usize = 420;
const UNHARMED: usize = 10;

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

/// Scores of one loss by method, each a sum.
#[derive(Clone, Copy, Default)]
struct Scores {
    unharmed: f64,
    silence: f64,
    repeated: f64,
    fading: f64,
    ours: f64,
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
        "| loss | unharmed | silence | repeated | repeated, fading | ours | bound | gain | wanted |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    let mut is_worse = false;
    for loss in LOSSES {
        let mut sum = Scores::default();
        for seed in first..first + seeds {
            for talker in Talker::ALL {
                score(&mut sum, loss, talker, seed);
            }
        }
        let mean = |sum_of: f64| sum_of / sum.count.max(1.0);
        let gain = mean(sum.ours) - mean(sum.repeated.max(sum.fading));
        is_worse |= gain <= 0.0;
        let _ = writeln!(
            table,
            "| {} | {:.3} | {:.3} | {:.3} | {:.3} | {:.3} | {:.3} | {gain:+.3} | {:+.1} |",
            loss.name,
            mean(sum.unharmed),
            mean(sum.silence),
            mean(sum.repeated),
            mean(sum.fading),
            mean(sum.ours),
            mean(sum.bound),
            loss.margin,
        );
    }
    // A closed pipe is no fault of what was measured.
    let _ = std::io::stdout().write_all(table.as_bytes());
    ExitCode::from(u8::from(is_worse))
}

fn score(sum: &mut Scores, loss: Loss, talker: Talker, seed: u64) {
    let mut said = vec![0; FRAMES * FRAME];
    Speech::new(RATE_HZ, talker, seed).fill(&mut said);
    let packets: Vec<[u8; FRAME]> = said.chunks(FRAME).map(encoded).collect();
    let is_lost = pattern(loss, seed);
    let Ok(context) = PesqContext::new_8k(&said) else {
        eprintln!("seed {seed}: the measure refuses the speech");
        return;
    };
    let rate = |heard: &[i16]| f64::from(context.score(heard).unwrap_or(0.0));
    sum.unharmed += rate(&by_gain(&packets, &[false; FRAMES], [0.0, 0.0]));
    sum.silence += rate(&by_gain(&packets, &is_lost, [0.0, 0.0]));
    sum.repeated += rate(&by_gain(&packets, &is_lost, [0.8, 1.0]));
    sum.fading += rate(&by_gain(&packets, &is_lost, [0.8, 0.8]));
    sum.ours += rate(&by_buffer(&packets, &is_lost));
    sum.bound += rate(&by_buffer(&packets, &but_the_first(&is_lost)));
    sum.count += 1.0;
}

fn encoded(samples: &[i16]) -> [u8; FRAME] {
    let mut payload = [0; FRAME];
    Pcmu.encode(samples, &mut payload).expect("a frame fits");
    payload
}

/// Which packets are lost: two states, the bad one loses all.
fn pattern(loss: Loss, seed: u64) -> [bool; FRAMES] {
    let mut state = seed ^ (loss.share * 1e6) as u64 ^ (loss.burst as u64) << 40;
    let mut chance = || {
        // SplitMix64.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ mixed >> 31) as f64 / u64::MAX as f64
    };
    let enter = match loss.burst {
        burst if burst > 1.0 => loss.share / burst / (1.0 - loss.share),
        _ => loss.share,
    };
    let mut is_bad = false;
    let mut lost = [false; FRAMES];
    for lost in &mut lost[UNHARMED..FRAMES - UNHARMED] {
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

/// The last packet again, with the first gain at the first loss in a row and the second at each more.
fn by_gain(packets: &[[u8; FRAME]], is_lost: &[bool], gains: [f32; 2]) -> Vec<i16> {
    let mut last = [0; FRAME];
    let mut run = 0;
    let mut heard = Vec::with_capacity(packets.len() * FRAME);
    for (payload, &lost) in packets.iter().zip(is_lost) {
        if lost {
            let gain = gains[usize::from(run > 0)];
            last.iter_mut()
                .for_each(|sample| *sample = (f32::from(*sample) * gain) as i16);
            run += 1;
        } else {
            Pcmu.decode(payload, &mut last).expect("a frame fits");
            run = 0;
        }
        heard.extend_from_slice(&last);
    }
    heard
}

/// As a call hears it.
fn by_buffer(packets: &[[u8; FRAME]], is_lost: &[bool]) -> Vec<i16> {
    let mut buffer = JitterBuffer::new(RATE_HZ, RATE_HZ, FRAME);
    let mut heard = vec![0; packets.len() * FRAME];
    for (number, frame) in heard.chunks_mut(FRAME).enumerate() {
        let now = Duration::from_millis(20) * number as u32;
        if !is_lost[number] {
            let timestamp = (number * FRAME) as u32;
            buffer.insert(now, number as u16, timestamp, Some(&packets[number]));
        }
        // Long enough after the packet for the buffer to be content, so that nothing is stretched.
        buffer.pull(now + Duration::from_millis(15), &mut Pcmu, frame);
    }
    heard
}
