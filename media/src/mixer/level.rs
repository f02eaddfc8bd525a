//! How loud a party is, and the automatic level that makes loud and soft parties alike.

use super::gain::Gain;
use crate::vector::{self, Kernel};

/// How loud a frame is: the mean of its samples' magnitudes, 0 to 32768. An empty frame is silent.
#[inline]
pub fn loudness(frame: &[i16]) -> u16 {
    let mut sum = 0;
    let len = frame.len().min(LEN_MAX);
    vector::run(Magnitudes {
        frame: &frame[..len],
        sum: &mut sum,
    });
    (sum / len.max(1) as u32) as u16
}

/// Samples whose magnitudes' sum surely fits: more than any frame has.
const LEN_MAX: usize = 1 << 16;

struct Magnitudes<'a> {
    frame: &'a [i16],
    sum: &'a mut u32,
}

impl Kernel for Magnitudes<'_> {
    #[inline(always)]
    fn run(self) {
        let magnitudes = self.frame.iter().map(|s| u32::from(s.unsigned_abs()));
        // It fits but for a frame of nothing but the lowest value there is.
        *self.sum = magnitudes.fold(0, u32::wrapping_add);
    }
}

/// Brings one party's speech slowly to a common level.
///
/// Only what is loud enough to be speech moves the gain: pauses and noise stay what they are. What is too loud is turned
/// down four times as fast as what is too soft is turned up.
#[derive(Clone, Debug)]
pub struct AutomaticLevel {
    /// In steps of 1/4096 and 16 more bits.
    gain: u32,
}

/// Mean magnitude aimed at: speech of about -21 dBov in RMS, -15 dBm0, a usual level of telephony.
const TARGET: u32 = 2_000;
/// Mean magnitude below which a frame is no speech, -48 dBov.
const SPEECH_MIN: u32 = 90;
/// 12 dB up and down are as much as may be changed.
const GAIN_MIN: u32 = UNITY / 4;
const GAIN_MAX: u32 = UNITY * 4;
const UNITY: u32 = 4_096 << 16;

impl Default for AutomaticLevel {
    fn default() -> Self {
        Self { gain: UNITY }
    }
}

impl AutomaticLevel {
    /// Starts without any change.
    pub fn new() -> AutomaticLevel {
        AutomaticLevel::default()
    }

    /// Changes one frame of 10 to 60 ms.
    #[inline]
    pub fn apply(&mut self, frame: &mut [i16]) {
        self.follow(u32::from(loudness(frame)));
        self.gain().apply(frame);
    }

    /// The gain as it stands.
    pub fn gain(&self) -> Gain {
        Gain::from_steps((self.gain >> 16) as u16)
    }

    fn follow(&mut self, loudness: u32) {
        if loudness < SPEECH_MIN {
            return;
        }
        // 0.07 dB a frame up, 0.27 dB down: 20 ms each, 3 and 13 dB a second.
        let heard = loudness * (self.gain >> 16) / 4_096;
        if heard < TARGET * 7 / 8 {
            self.gain += self.gain >> 7;
        } else if heard > TARGET * 9 / 8 {
            self.gain -= self.gain >> 5;
        }
        self.gain = self.gain.clamp(GAIN_MIN, GAIN_MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A square wave, whose mean magnitude is its amplitude.
    fn square(amplitude: i16) -> Vec<i16> {
        (0..160)
            .map(|n| if n % 20 < 10 { amplitude } else { -amplitude })
            .collect()
    }

    fn after(seconds: usize, amplitude: i16) -> u16 {
        let mut level = AutomaticLevel::new();
        let mut last = 0;
        for _ in 0..seconds * 50 {
            let mut frame = square(amplitude);
            level.apply(&mut frame);
            last = loudness(&frame);
        }
        last
    }

    #[test]
    fn loudness_is_the_mean_magnitude() {
        assert_eq!(loudness(&[]), 0);
        assert_eq!(loudness(&[100, -300]), 200);
        assert_eq!(loudness(&[i16::MIN; 960]), 32_768);
        assert_eq!(loudness(&square(77)), 77);
    }

    #[test]
    fn soft_and_loud_speech_come_to_the_same_level() {
        for amplitude in [600, 1_000, 2_000, 4_000, 7_500] {
            let level = after(5, amplitude);
            assert!((1_700..=2_300).contains(&level), "{amplitude}: {level}");
        }
    }

    #[test]
    fn no_more_than_12_db_are_changed_and_noise_is_left_alone() {
        assert_eq!(after(30, 20_000), 5_000);
        assert_eq!(after(30, 200), 800);
        assert_eq!(after(30, 80), 80);
    }

    #[test]
    fn turning_up_takes_its_time() {
        let (one_second, two) = (after(1, 500), after(2, 500));
        assert!((690..760).contains(&one_second), "{one_second}");
        assert!(two > one_second + 200, "{two}");
    }
}
