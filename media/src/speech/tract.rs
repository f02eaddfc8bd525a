//! The vocal tract: resonances in a row, which move.

use crate::tone;

/// Resonances of the tract.
pub(super) const FORMANTS: usize = 4;
/// Their bandwidths, Hz.
pub(super) const BANDWIDTHS_HZ: [f32; FORMANTS] = [70.0, 95.0, 140.0, 220.0];
/// What makes the active part of a talker at [`PITCH_HZ`] as loud as it should be; measured over the vowels.
pub(super) const LEVEL: f32 = 3.7;
/// Pitch that the level is right for; a pulse a period has a power that grows with the pitch.
pub(super) const PITCH_HZ: f32 = 160.0;

/// A resonance of second order, with a gain of 1 at 0 Hz.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Resonator {
    centre_hz: f32,
    gain: f32,
    near: f32,
    far: f32,
    past: [f32; 2],
    heard: [f32; 2],
    /// Lies above what the sample rate carries: lets everything pass.
    is_open: bool,
}

impl Resonator {
    /// Sets it at once.
    pub(super) fn tune(&mut self, rate_hz: u32, centre_hz: f32, bandwidth_hz: f32) {
        self.centre_hz = centre_hz;
        let rate = f64::from(rate_hz);
        self.is_open = f64::from(centre_hz) > 0.47 * rate;
        if self.is_open {
            self.past = [0.0; 2];
            return;
        }
        let radius = tone::exponential(-std::f64::consts::PI * f64::from(bandwidth_hz) / rate);
        let near = 2.0 * radius * tone::cosine_exact(f64::from(centre_hz) / rate);
        let far = -radius * radius;
        (self.near, self.far) = (near as f32, far as f32);
        self.gain = (1.0 - near - far) as f32;
    }

    /// Moves it a little.
    pub(super) fn glide(&mut self, rate_hz: u32, centre_hz: f32, bandwidth_hz: f32) {
        let centre = self.centre_hz + (centre_hz - self.centre_hz) * 0.12;
        self.tune(rate_hz, centre, bandwidth_hz);
    }

    /// The next sample.
    pub(super) fn pass(&mut self, sound: f32) -> f32 {
        if self.is_open {
            return sound;
        }
        let out = self.gain * sound + self.near * self.past[0] + self.far * self.past[1];
        self.past = [out, self.past[0]];
        out
    }

    /// The next sample of a band around the centre: nothing of 0 Hz, and of white noise about as much power at any rate.
    pub(super) fn band(&mut self, sound: f32) -> f32 {
        if self.is_open {
            return 0.0;
        }
        let fresh = (sound - self.heard[1]) * (1.0 + self.far) / 2.0;
        self.heard = [sound, self.heard[0]];
        let out = fresh + self.near * self.past[0] + self.far * self.past[1];
        self.past = [out, self.past[0]];
        out
    }
}
