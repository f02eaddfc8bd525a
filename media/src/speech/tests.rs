use super::*;

fn speech(rate_hz: u32, talker: usize, seed: u64, seconds: usize) -> Vec<i16> {
    let mut samples = vec![0; rate_hz as usize * seconds];
    Speech::new(rate_hz, Talker::ALL[talker], seed).fill(&mut samples);
    samples
}

/// Root mean square of each 20 ms.
fn frames(samples: &[i16], rate_hz: u32) -> Vec<f64> {
    let power = |frame: &[i16]| {
        let sum: f64 = frame.iter().map(|&sample| f64::from(sample).powi(2)).sum();
        (sum / frame.len() as f64).sqrt()
    };
    samples
        .chunks_exact(rate_hz as usize / 50)
        .map(power)
        .collect()
}

/// Level of the frames within 16 dB of the loudest, dBov, and their share. A simple form of P.56.
fn active(levels: &[f64]) -> (f64, f64) {
    let peak = levels.iter().copied().fold(0.0, f64::max);
    let loud: Vec<f64> = levels
        .iter()
        .copied()
        .filter(|level| *level > peak / 16.0)
        .collect();
    let mean = loud.iter().map(|level| level * level).sum::<f64>() / loud.len() as f64;
    (
        10.0 * (mean / 32_768.0f64.powi(2)).log10(),
        loud.len() as f64 / levels.len() as f64,
    )
}

/// Best normalised autocorrelation of 40 ms at 8 kHz, and the pitch it is at.
fn periodicity(frame: &[i16]) -> (f64, f64) {
    let value = |place: usize| f64::from(frame[place]);
    let at = |lag: usize| {
        let places = 0..frame.len() - lag;
        let (mut cross, mut one, mut other) = (0.0, 1.0, 1.0);
        for place in places {
            cross += value(place) * value(place + lag);
            one += value(place).powi(2);
            other += value(place + lag).powi(2);
        }
        (cross / f64::sqrt(one * other), 8_000.0 / lag as f64)
    };
    // The shortest of the good lags: a multiple of the period fits as well.
    let lags: Vec<(f64, f64)> = (26..=120).map(at).collect();
    let best = lags.iter().map(|lag| lag.0).fold(0.0, f64::max);
    lags.into_iter()
        .find(|lag| lag.0 > 0.93 * best)
        .unwrap_or((0.0, 0.0))
}

#[test]
fn the_level_is_that_of_speech_for_each_talker_at_each_rate() {
    for talker in 0..Talker::ALL.len() {
        for rate_hz in [8_000, 16_000, 48_000] {
            let (level, share) = active(&frames(&speech(rate_hz, talker, 7, 20), rate_hz));
            assert!(
                (level + 26.0).abs() < 3.0,
                "talker {talker} at {rate_hz} Hz: {level} dBov"
            );
            assert!(
                (0.5..0.9).contains(&share),
                "talker {talker} at {rate_hz} Hz: {share}"
            );
        }
    }
}

#[test]
fn voiced_unvoiced_and_silent_parts_are_all_there() {
    for (number, talker) in Talker::ALL.iter().enumerate() {
        let samples = speech(8_000, number, 3, 30);
        let (mut pitches, mut hissing, mut silent) = (Vec::new(), 0, 0);
        let all = samples.chunks_exact(320).count();
        for frame in samples.chunks_exact(320) {
            let peak = frame
                .iter()
                .map(|sample| sample.unsigned_abs())
                .max()
                .unwrap();
            let crossings = frame
                .windows(2)
                .filter(|pair| (pair[0] < 0) != (pair[1] < 0))
                .count();
            let (fits, pitch_hz) = periodicity(frame);
            match () {
                () if peak < 60 => silent += 1,
                () if fits > 0.75 => pitches.push(pitch_hz),
                () if crossings > 100 => hissing += 1,
                () => {}
            }
        }
        pitches.sort_by(f64::total_cmp);
        let median = pitches[pitches.len() / 2];
        let pitch = f64::from(talker.pitch_hz);
        assert!(
            (median / pitch - 1.0).abs() < 0.12,
            "talker {number} of {pitch} Hz: {median}"
        );
        let spread = pitches[pitches.len() * 9 / 10] / pitches[pitches.len() / 10];
        assert!(
            (1.1..1.6).contains(&spread),
            "talker {number}: the pitch moves by {spread}"
        );
        let share = |count: usize| count as f64 / all as f64;
        assert!(
            (0.25..0.75).contains(&share(pitches.len())),
            "talker {number}: voiced {}",
            share(pitches.len())
        );
        assert!(
            share(hissing) > 0.02,
            "talker {number}: unvoiced {}",
            share(hissing)
        );
        assert!(
            (0.1..0.5).contains(&share(silent)),
            "talker {number}: silent {}",
            share(silent)
        );
    }
}

#[test]
fn the_same_is_said_at_any_rate_and_in_any_pieces() {
    let slow = frames(&speech(8_000, 1, 5, 10), 8_000);
    for rate_hz in [11_025, 16_000, 44_100, 48_000] {
        let fast = frames(&speech(rate_hz, 1, 5, 10), rate_hz);
        let len = slow.len().min(fast.len());
        let mean = |levels: &[f64]| levels.iter().sum::<f64>() / levels.len() as f64;
        let (one, other) = (mean(&slow[..len]), mean(&fast[..len]));
        let dot = |a: &[f64], b: &[f64], c: f64, d: f64| -> f64 {
            a.iter().zip(b).map(|(a, b)| (a - c) * (b - d)).sum()
        };
        let alike = dot(&slow[..len], &fast[..len], one, other)
            / (dot(&slow[..len], &slow[..len], one, one)
                * dot(&fast[..len], &fast[..len], other, other))
            .sqrt();
        assert!(alike > 0.9, "{rate_hz} Hz: {alike}");
    }
    let whole = speech(8_000, 2, 9, 2);
    let mut speech = Speech::new(8_000, Talker::ALL[2], 9);
    let mut pieces = vec![0; whole.len()];
    for piece in pieces.chunks_mut(77) {
        speech.fill(piece);
    }
    assert!(whole == pieces);
}

#[test]
fn talkers_and_seeds_differ_and_samples_are_those_of_every_machine() {
    // FNV-1a over the samples; changes only if the voice is changed on purpose.
    let hash = |samples: &[i16]| {
        samples
            .iter()
            .fold(0xcbf2_9ce4_8422_2325u64, |hash, &sample| {
                (hash ^ u64::from(sample as u16)).wrapping_mul(0x0100_0000_01b3)
            })
    };
    let hashes: Vec<String> = [(8_000, 0, 1), (8_000, 0, 2), (8_000, 3, 1), (48_000, 0, 1)]
        .into_iter()
        .map(|(rate_hz, talker, seed)| format!("{:016x}", hash(&speech(rate_hz, talker, seed, 3))))
        .collect();
    let expected = [
        "c904b029662c9cd0",
        "757c6a59ae5da39d",
        "38f35df627ff366c",
        "dd401e8184e945f8",
    ];
    assert_eq!(hashes, expected);
}

/// Whether something is said, and nothing runs away: that would stay at a bound for longer than any swing of a voice.
fn speaks(rate_hz: u32, talker: Talker, seed: u64) -> bool {
    let mut samples = vec![0; 200_000];
    Speech::new(rate_hz, talker, seed).fill(&mut samples);
    let long = (rate_hz as usize / 50).max(40);
    let at_a_bound = |window: &[i16]| window.iter().all(|sample| sample.unsigned_abs() > 32_000);
    samples.iter().any(|&sample| sample != 0) && !samples.windows(long).any(at_a_bound)
}

#[test]
fn a_loud_peak_of_many_samples_is_no_fault() {
    let talker = Talker {
        pitch_hz: 0.0,
        tract: 0.0,
        syllables_per_s: 0.0,
    };
    assert!(speaks(185_600, talker, 4_023_639_933_757_159_275));
}

proptest::proptest! {
    #[test]
    fn any_talker_speaks_at_any_rate(rate_hz in 0..200_000u32, seed: u64, pitch_hz: f32, tract: f32, syllables_per_s: f32) {
        let talker = Talker { pitch_hz, tract, syllables_per_s };
        proptest::prop_assert!(speaks(rate_hz, talker, seed));
    }
}
