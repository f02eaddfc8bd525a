//! One trial of concealment: speech through a play-out buffer on a line that loses, scored by P.862.

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
pub(crate) struct Loss {
    pub(crate) name: &'static str,
    share: f64,
    /// Mean packets in a row.
    burst: f64,
    /// By how much ours is wanted to be better than repetition.
    pub(crate) wanted: f64,
    /// By how much it is by any seeds, so that less is a step back.
    pub(crate) floor: f64,
}

pub(crate) const LOSSES: [Loss; 4] = [
    Loss {
        name: "5 % at random",
        share: 0.05,
        burst: 1.0,
        wanted: 0.1,
        floor: 0.4,
    },
    Loss {
        name: "10 % at random",
        share: 0.10,
        burst: 1.0,
        wanted: 0.1,
        floor: 0.5,
    },
    Loss {
        name: "5 % in bursts of 3",
        share: 0.05,
        burst: 3.0,
        wanted: 0.3,
        floor: 0.12,
    },
    Loss {
        name: "10 % in bursts of 3",
        share: 0.10,
        burst: 3.0,
        wanted: 0.3,
        floor: 0.22,
    },
];

/// What is put in place of a packet.
#[derive(Clone, Copy)]
pub(crate) enum Method {
    Ours,
    /// The last packet with the first gain at the first loss in a row, and with the second on top at each more.
    Repeated([f32; 2]),
}

/// The methods of the table. What repeats with no gain at all is silent.
pub(crate) const METHODS: [Method; 5] = [
    Method::Repeated([0.0, 0.0]),
    Method::Repeated([1.0, 1.0]),
    Method::Repeated([0.8, 1.0]),
    Method::Repeated([0.8, 0.8]),
    Method::Ours,
];

/// Scores of one loss, each a sum.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Scores {
    pub(crate) unharmed: f64,
    pub(crate) by_method: [f64; METHODS.len()],
    pub(crate) bound: f64,
    count: f64,
}

impl Scores {
    /// The mean of a sum.
    pub(crate) fn mean(&self, sum: f64) -> f64 {
        sum / self.count
    }

    /// By how much ours is better than the best repetition; no number if nothing could be scored.
    pub(crate) fn gain(&self) -> f64 {
        let [_, plain, softer, fading, ours] = self.by_method.map(|sum| self.mean(sum));
        ours - plain.max(softer).max(fading)
    }
}

/// Has a talker say what the seed draws, and adds the scores of all methods.
pub(crate) fn score(sum: &mut Scores, loss: Loss, uneven_ms: u64, talker: Talker, seed: u64) {
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
            Method::Ours => buffer.pull(now, &mut Pcmu, frame.len()),
            Method::Repeated(_) => buffer.pull(now, &mut codec, frame.len()),
        };
        frame.copy_from_slice(buffer.frame());
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
