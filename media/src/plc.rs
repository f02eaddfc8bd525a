//! Packet-loss concealment: the last pitch period is repeated, and gets as much softer with time as it did before. Where it is
//! known what comes after the gap, it is led over to that.
//!
//! ITU-T G.711 Appendix I class, with these differences beside that. The output is not delayed, so that what arrives unharmed
//! leaves sample by sample. One period is repeated to the end, where the appendix takes a second and a third: P.862 rates
//! speech 0.03 better at any loss. And a voice that was fading goes on to do so, while one that was not fades over 250 ms and
//! not 60, which bursts of three 20 ms packets are better with by 0.1.

mod far_side;

use crate::pitch;
use far_side::FarSide;

/// Conceals the gaps of one signal.
#[derive(Clone, Debug)]
#[repr(C)]
pub struct Concealer {
    /// Samples concealed since the last real one. First, as it is looked at for every packet.
    gap: usize,
    rate_hz: u32,
    /// The loop now repeated: one pitch period with a smooth seam.
    repeated: Box<[i16]>,
    pitch: usize,
    position: usize,
    /// What the voice's own fading leaves of it, and what each period leaves of that.
    fading: f32,
    fading_a_period: f32,
    /// Apart, as it is looked at in gaps only, and what follows the concealer for every packet.
    far_side: Box<FarSide>,
}

/// Pitch periods that are searched: from 2.5 ms, a child's, to 15 ms. G.711 Appendix I §I.2.2 begins with 5 ms and repeats two
/// periods of a high voice.
const LEAST_PERIODS_A_SECOND: u32 = 400;
/// Stretch that must match one period before: 20 ms. G.711 Appendix I §I.2.2.
const WINDOW_MS: usize = 20;
/// A voice never fades faster than this within a period: what seems to is the end of a sound, and another may follow.
const FADING_MAX: f32 = 0.5;

impl Concealer {
    /// A concealer for samples at this rate, a multiple of 8 kHz.
    pub fn new(rate_hz: u32) -> Concealer {
        Concealer {
            gap: 0,
            rate_hz,
            repeated: vec![0; longest_pitch(rate_hz)].into(),
            pitch: 0,
            position: 0,
            fading: 1.0,
            fading_a_period: 1.0,
            far_side: Box::new(FarSide::new(rate_hz)),
        }
    }

    /// Ends a gap without a way back to what was heard before it.
    pub fn reset(&mut self) {
        self.gap = 0;
        self.far_side.forget();
    }

    /// Whether the last samples were concealed and have already faded to silence.
    pub fn is_faded(&self) -> bool {
        let is_faded = |samples| samples >= self.ms(HOLD_MS + FADE_MS);
        let away = self.far_side.end().map(|end| end.abs_diff(self.gap));
        // So far from its end the gap is heard again.
        is_faded(self.gap) && away.is_none_or(|away| away > self.ms(HOLD_MS + FADE_MS))
    }

    /// Whether the gap that is now, or begins now, is known to end after so many samples more.
    pub fn sees_end(&self, samples: usize) -> bool {
        self.far_side.end() == Some(self.gap + samples)
    }

    /// What comes after so many samples more of a gap that is now or begins now: what is made up leads over to it.
    pub fn see(&mut self, ahead: &[i16], samples: usize) {
        self.far_side.see(ahead, self.gap, self.gap + samples);
    }

    /// Sees samples that arrived; after a gap their beginning is cross-faded. Without any the gap goes on.
    #[inline]
    pub fn good(&mut self, samples: &mut [i16]) {
        if self.gap > 0 && !samples.is_empty() {
            self.rejoin(samples);
        }
    }

    /// Makes up samples for a gap, at whose beginning `history` was heard last: [`history_len`] samples or more.
    ///
    /// # Panics
    /// If a gap begins with less history.
    pub fn conceal(&mut self, history: &[i16], samples: &mut [i16]) {
        if self.gap == 0 {
            self.begin(history);
        }
        self.synthesise(samples);
    }

    /// Finds the period and how fast the voice fades, and cuts the loop. Its end leans over to what stood before its
    /// start, so that the seam is smooth.
    fn begin(&mut self, history: &[i16]) {
        assert!(
            history.len() >= history_len(self.rate_hz),
            "too little history"
        );
        let (window, most) = (self.ms(WINDOW_MS), longest_pitch(self.rate_hz));
        let least = (self.rate_hz / LEAST_PERIODS_A_SECOND) as usize;
        self.pitch = pitch::search(history, window, least, most, self.rate_hz).lag;
        let (end, period, overlap) = (history.len(), self.pitch, self.pitch / 4);
        self.repeated[..period].copy_from_slice(&history[end - period..]);
        let before = &history[end - period - overlap..end - period];
        let seam = &mut self.repeated[period - overlap..period];
        for (place, (sample, &lead)) in seam.iter_mut().zip(before).enumerate() {
            *sample = blend(*sample, lead, place + 1, overlap + 1);
        }
        let (earlier, last) = history[end - 2 * period..].split_at(period);
        let energy = |samples: &[i16]| {
            samples
                .iter()
                .map(|&s| f32::from(s) * f32::from(s))
                .sum::<f32>()
        };
        let ratio = (energy(last) + 1.0) / (energy(earlier) + 1.0);
        self.fading_a_period = ratio.sqrt().clamp(FADING_MAX, 1.0);
        (self.position, self.fading) = (0, 1.0);
    }

    /// Continues the repetition, and the fade with it.
    fn synthesise(&mut self, samples: &mut [i16]) {
        for sample in samples {
            let gain = fade(self.rate_hz, self.gap) * self.fading;
            let near = f32::from(self.repeated[self.position]) * gain;
            *sample = self.far_side.lead(self.gap, near) as i16;
            self.position += 1;
            if self.position == self.pitch {
                self.position = 0;
                self.fading *= self.fading_a_period;
            }
            self.gap += 1;
        }
    }

    fn rejoin(&mut self, samples: &mut [i16]) {
        let overlap = self.ms(REJOIN_MS).min(samples.len());
        let mut tail = [0i16; REJOIN_MAX];
        self.synthesise(&mut tail[..overlap]);
        for (place, (sample, &old)) in samples.iter_mut().zip(&tail[..overlap]).enumerate() {
            *sample = blend(old, *sample, place + 1, overlap + 1);
        }
        self.reset();
    }

    fn ms(&self, ms: usize) -> usize {
        self.rate_hz as usize / 1_000 * ms
    }
}

/// Time without fade.
const HOLD_MS: usize = 10;
/// Time from there to silence.
const FADE_MS: usize = 250;
/// Time in which what is made up gives way to speech that is back.
const REJOIN_MS: usize = 5;
/// The same at 48 kHz.
const REJOIN_MAX: usize = 240;

/// Samples from which concealment goes on: the stretch that is matched, and the longest period before it. 35 ms.
pub fn history_len(rate_hz: u32) -> usize {
    rate_hz as usize / 1_000 * WINDOW_MS + longest_pitch(rate_hz)
}

/// 15 ms.
fn longest_pitch(rate_hz: u32) -> usize {
    rate_hz as usize * 15 / 1_000
}

/// What is left of a sound so many samples away from where it is known.
#[inline]
fn fade(rate_hz: u32, samples: usize) -> f32 {
    let a_ms = rate_hz as usize / 1_000;
    let beyond = samples.saturating_sub(HOLD_MS * a_ms);
    1.0 - (beyond as f32 / (FADE_MS * a_ms) as f32).min(1.0)
}

/// `a` at place 0, `b` at place `of`.
#[inline]
pub(crate) fn blend(a: i16, b: i16, place: usize, of: usize) -> i16 {
    let (a, b, place, of) = (i32::from(a), i32::from(b), place as i32, of as i32);
    ((a * (of - place) + b * place) / of) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A vowel of 8 kHz samples with a period of 64 in place of 80, and softer.
    fn other_voice(n: usize) -> i16 {
        let within = (n % 64) as f64;
        (3_000.0 * (-within / 25.0).exp() * (within * 0.8).cos()) as i16
    }

    fn energy(samples: impl Iterator<Item = i16>) -> f64 {
        samples.map(|sample| f64::from(sample).powi(2)).sum()
    }

    #[test]
    fn a_gap_whose_end_is_seen_leads_over_to_the_sound_behind_it() {
        let heard: Vec<i16> = (0..800).map(voice).collect();
        // In pieces, as packets are lost, and seen from the first or the second on.
        for seen_from in [0, 160] {
            let ahead: Vec<i16> = (480..640).map(other_voice).collect();
            let mut concealer = Concealer::new(8_000);
            let mut gap = [0; 480];
            for (start, piece) in (0..480).step_by(160).zip(gap.chunks_mut(160)) {
                if start >= seen_from && !concealer.sees_end(480 - start) {
                    concealer.see(&ahead, 480 - start);
                }
                assert_eq!(concealer.sees_end(480 - start), start >= seen_from);
                concealer.conceal(&heard, piece);
            }
            let off = energy((448..480).map(|n| gap[n] - other_voice(n)));
            let said = energy((448..480).map(other_voice));
            assert!(off < 0.1 * said, "from {seen_from}: {off:.0} of {said:.0}");
            // It begins with what was heard, and the seam to what follows is none.
            let off = energy((0..16).map(|n| gap[n] - voice(800 + n)));
            let said = energy((800..816).map(voice));
            assert!(off < 0.02 * said, "from {seen_from}: {off:.0} of {said:.0}");
            let mut back = ahead.clone();
            concealer.good(&mut back);
            let off = energy(back.iter().zip(&ahead).map(|(&a, &b)| a - b));
            let said = energy(ahead.iter().copied());
            assert!(off < 0.02 * said, "from {seen_from}: {off:.0} of {said:.0}");
            assert!(!concealer.sees_end(0));
        }
    }

    #[test]
    fn the_end_of_a_long_gap_is_heard_though_its_middle_is_silent() {
        let heard: Vec<i16> = (0..800).map(voice).collect();
        let ahead: Vec<i16> = (0..160).map(other_voice).collect();
        let mut concealer = Concealer::new(8_000);
        concealer.see(&ahead, 8_000);
        let mut gap = [0; 8_000];
        let mut silent = 0;
        for piece in gap.chunks_mut(160) {
            silent += u32::from(concealer.is_faded());
            concealer.conceal(&heard, piece);
        }
        // 1 s with 260 ms at either end; a piece counts as it begins.
        assert_eq!(silent, 24);
        assert!(gap[2_400..5_600].iter().all(|&sample| sample == 0));
        // Two periods, on either side of the end.
        let led = energy(gap[8_000 - 128..].iter().copied());
        assert!(led > 0.8 * energy(ahead[..128].iter().copied()));
    }

    #[test]
    fn what_was_seen_and_does_not_come_fades_too() {
        let heard: Vec<i16> = (0..800).map(voice).collect();
        let mut concealer = Concealer::new(8_000);
        concealer.see(&heard[..160], 160);
        let mut gap = [0; 4_000];
        concealer.conceal(&heard, &mut gap);
        assert!(gap[160 + 2_080..].iter().all(|&sample| sample == 0));
        assert!(concealer.is_faded());
    }

    #[test]
    fn too_little_to_find_a_period_in_is_not_seen() {
        let mut concealer = Concealer::new(8_000);
        for len in [0, 1, 40, 59] {
            concealer.see(&vec![1_000; len], 160);
            assert!(!concealer.sees_end(160), "{len} samples");
        }
        concealer.see(&[1_000; 80], 160);
        assert!(concealer.sees_end(160));
    }

    fn voice(n: usize) -> i16 {
        // Pulses at 100 Hz through a resonance: the shape of a vowel.
        let within = (n % 80) as f64;
        (8_000.0 * (-within / 25.0).exp() * (within * 0.55).cos()) as i16
    }

    #[test]
    fn a_lost_frame_of_a_vowel_is_replaced_by_what_was_sent() {
        let mut concealer = Concealer::new(8_000);
        let heard: Vec<i16> = (0..800).map(voice).collect();
        let mut frame = [0; 160];
        concealer.conceal(&heard, &mut frame);
        let error: f64 = frame
            .iter()
            .enumerate()
            .map(|(n, &s)| f64::from(s - voice(800 + n)).powi(2))
            .sum();
        let power: f64 = (800..960).map(|n| f64::from(voice(n)).powi(2)).sum();
        assert!(error < 0.05 * power, "error {error:.0} of {power:.0}");
    }

    #[test]
    fn no_samples_end_no_gap() {
        let mut concealer = Concealer::new(8_000);
        let heard: Vec<i16> = (0..800).map(voice).collect();
        let mut frame = [0; 160];
        for _ in 0..20 {
            concealer.good(&mut []);
            concealer.conceal(&heard, &mut frame);
        }
        assert_eq!(frame, [0; 160], "a sender that stops is not heard for ever");
    }

    #[test]
    fn a_long_gap_fades_to_silence_and_speech_comes_back_whole() {
        for rate in [8_000, 48_000] {
            let frame_len = rate as usize / 50;
            let mut concealer = Concealer::new(rate);
            let first: Vec<i16> = (0..rate as usize / 10).map(voice).collect();
            let mut frame = vec![0; frame_len];
            for _ in 0..13 {
                concealer.conceal(&first, &mut frame);
            }
            assert!(concealer.is_faded());
            concealer.conceal(&first, &mut frame);
            assert!(frame.iter().all(|&sample| sample == 0));
            let mut back: Vec<i16> = (0..frame_len).map(voice).collect();
            concealer.good(&mut back);
            assert!(
                back[frame_len / 2..]
                    .iter()
                    .enumerate()
                    .all(|(n, &s)| s == voice(frame_len / 2 + n))
            );
        }
    }

    #[test]
    fn a_voice_that_was_fading_goes_on_to_fade() {
        let fading = |n: usize| (f64::from(voice(n)) * 0.8f64.powf(n as f64 / 80.0)) as i16;
        let heard: Vec<i16> = (0..640).map(fading).collect();
        let mut frame = [0; 320];
        Concealer::new(8_000).conceal(&heard, &mut frame);
        let power = |samples: &[i16]| samples.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>();
        let said: Vec<i16> = (640..960).map(fading).collect();
        let ratio = power(&frame) / power(&said);
        assert!((0.5..2.0).contains(&ratio), "{ratio}");
    }

    #[test]
    fn without_gap_samples_pass_untouched() {
        let mut concealer = Concealer::new(8_000);
        let mut frame: Vec<i16> = (0..160).map(voice).collect();
        let before = frame.clone();
        concealer.good(&mut frame);
        assert_eq!(frame, before);
    }
}
