//! What the tract is excited with: pulses of the glottis, and noise.

/// Share of a period in which the glottis is open.
const OPEN: f32 = 0.6;
/// Speed at which the flow stops when it closes, in the units of [`flow`].
const CLOSING: f32 = -0.6;

/// The glottis and the breath that passes it.
#[derive(Clone, Debug)]
pub(super) struct Glottis {
    /// Place in the period, 0 to 1.
    phase: f32,
    /// Share of a period in a sample.
    step: f32,
    noise: u32,
}

impl Glottis {
    pub(super) fn new(seed: u64) -> Glottis {
        Glottis {
            phase: 0.0,
            step: 0.0,
            noise: (seed ^ seed >> 32) as u32 | 1,
        }
    }

    /// Moves the pitch towards another one.
    pub(super) fn glide(&mut self, rate_hz: u32, pitch_hz: f32) {
        let step = pitch_hz / rate_hz as f32;
        if self.step == 0.0 {
            self.step = step;
        }
        // No two periods of a voice are quite the same: half a percent.
        let waver = 1.0 + 0.005 * self.noise();
        self.step += (step * waver - self.step) * 0.08;
    }

    /// The next sample of the flow's derivative, which has the radiation at the lips in it already.
    pub(super) fn pulse(&mut self) -> f32 {
        self.phase += self.step;
        if self.phase >= 1.0 {
            self.phase -= 1.0;
        }
        flow(self.phase) + self.rounding()
    }

    /// White noise, -1 to 1.
    pub(super) fn noise(&mut self) -> f32 {
        self.noise ^= self.noise << 13;
        self.noise ^= self.noise >> 17;
        self.noise ^= self.noise << 5;
        self.noise as i32 as f32 / 2_147_483_648.0
    }

    /// Rounds the step of the closing glottis off over two samples, which would otherwise sound of the sample rate.
    fn rounding(&self) -> f32 {
        if self.step <= 0.0 {
            return 0.0;
        }
        let apart = (self.phase - OPEN) / self.step;
        if (0.0..1.0).contains(&apart) {
            CLOSING * (1.0 - apart) * (1.0 - apart) / 2.0
        } else if (-1.0..0.0).contains(&apart) {
            -CLOSING * (1.0 + apart) * (1.0 + apart) / 2.0
        } else {
            0.0
        }
    }
}

/// Derivative of a flow that swells with the square of time and stops at once.
fn flow(phase: f32) -> f32 {
    if phase < OPEN {
        2.0 * phase - 3.0 * phase * phase / OPEN
    } else {
        0.0
    }
}
