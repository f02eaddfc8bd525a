//! Rating of narrowband telephony, 300 to 3400 Hz: ITU-T G.107 (06/2015) §7 in full, with its default values.
//!
//! R = Ro - Is - Id - Ie,eff + A: noise, what occurs with the speech, delay (talker echo, listener echo, absolute delay),
//! codec and loss, and what users forgive. Symbols are G.107's.

use super::DelaySensitivity;

/// Everything that the rating depends on, with G.107's names. Table 2 of G.107 has the defaults.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Transmission {
    /// Send loudness rating, dB.
    pub slr: f64,
    /// Receive loudness rating, dB.
    pub rlr: f64,
    /// Sidetone masking rating, dB.
    pub stmr: f64,
    /// D-value of the telephone, send side.
    pub ds: f64,
    /// D-value of the telephone, receive side.
    pub dr: f64,
    /// Talker echo loudness rating, dB.
    pub telr: f64,
    /// Weighted echo path loss, dB.
    pub wepl: f64,
    /// Mean one-way delay of the echo path, ms.
    pub t_ms: f64,
    /// Round-trip delay in a four-wire loop, ms.
    pub tr_ms: f64,
    /// Absolute delay in echo-free connections, ms.
    pub ta_ms: f64,
    /// Quantisation distortion units.
    pub qdu: f64,
    /// Equipment impairment of the codec.
    pub ie: f64,
    /// Packet-loss robustness of the codec.
    pub bpl: f64,
    /// Packet loss, percent.
    pub ppl_percent: f64,
    /// Burst ratio: 1 for random loss.
    pub burst_r: f64,
    /// Circuit noise, dBm0p.
    pub nc: f64,
    /// Noise floor at the receive side, dBmp.
    pub nfor: f64,
    /// Room noise, send side, dB(A).
    pub ps: f64,
    /// Room noise, receive side, dB(A).
    pub pr: f64,
    /// Advantage factor.
    pub a: f64,
    /// How much delay disturbs; G.107's sT and mT.
    pub sensitivity: DelaySensitivity,
}

impl Default for Transmission {
    fn default() -> Transmission {
        Transmission {
            slr: 8.0,
            rlr: 2.0,
            stmr: 15.0,
            ds: 3.0,
            dr: 3.0,
            telr: 65.0,
            wepl: 110.0,
            t_ms: 0.0,
            tr_ms: 0.0,
            ta_ms: 0.0,
            qdu: 1.0,
            ie: 0.0,
            bpl: 4.3,
            ppl_percent: 0.0,
            burst_r: 1.0,
            nc: -70.0,
            nfor: -64.0,
            ps: 35.0,
            pr: 35.0,
            a: 0.0,
            sensitivity: DelaySensitivity::Default,
        }
    }
}

impl Transmission {
    /// The rating factor R: 93.2 for the defaults.
    pub fn rating(&self) -> f64 {
        let no = self.noise();
        let ro = 15.0 - 1.5 * (self.slr + no);
        ro - self.simultaneous(ro, no) - self.delayed(ro, no) - self.equipment() + self.a
    }

    /// Rating without delay: of listening only.
    pub fn listening_rating(&self) -> f64 {
        Transmission {
            t_ms: 0.0,
            tr_ms: 0.0,
            ta_ms: 0.0,
            ..*self
        }
        .rating()
    }

    /// Sum of all noise, dBm0p. §7.2.
    fn noise(&self) -> f64 {
        let olr = self.slr + self.rlr;
        let lstr = self.stmr + self.dr;
        let pre = self.pr + 10.0 * (1.0 + ten((10.0 - lstr) / 10.0)).log10();
        let nos =
            self.ps - self.slr - self.ds - 100.0 + 0.004 * (self.ps - olr - self.ds - 14.0).powi(2);
        let nor = self.rlr - 121.0 + pre + 0.008 * (pre - 35.0).powi(2);
        let nfo = self.nfor + self.rlr;
        10.0 * (ten(self.nc / 10.0) + ten(nos / 10.0) + ten(nor / 10.0) + ten(nfo / 10.0)).log10()
    }

    /// Impairments that occur with the speech, Is. §7.3.
    fn simultaneous(&self, ro: f64, no: f64) -> f64 {
        let xolr = self.slr + self.rlr + 0.2 * (64.0 + no - self.rlr);
        let iolr = 20.0 * ((1.0 + (xolr / 8.0).powi(8)).powf(1.0 / 8.0) - xolr / 8.0);
        let q = 37.0 - 15.0 * self.qdu.log10();
        let g = 1.07 + 0.258 * q + 0.0602 * q * q;
        let y = (ro - 100.0) / 15.0 + 46.0 / 8.4 - g / 9.0;
        let z = 46.0 / 30.0 - g / 40.0;
        let iq = 15.0 * (1.0 + ten(y) + ten(z)).log10();
        iolr + self.sidetone() + iq
    }

    /// Ist: too much or too little sidetone.
    fn sidetone(&self) -> f64 {
        let stmro = -10.0
            * (ten(-self.stmr / 10.0) + (-self.t_ms / 4.0).exp() * ten(-self.telr / 10.0)).log10();
        12.0 * (1.0 + ((stmro - 13.0) / 6.0).powi(8)).powf(1.0 / 8.0)
            - 28.0 * (1.0 + ((stmro + 1.0) / 19.4).powi(35)).powf(1.0 / 35.0)
            - 13.0 * (1.0 + ((stmro - 3.0) / 33.0).powi(13)).powf(1.0 / 13.0)
            + 29.0
    }

    /// Impairments by delay, Id: talker echo, listener echo, and the delay itself. §7.4.
    fn delayed(&self, ro: f64, no: f64) -> f64 {
        let t = self.t_ms;
        let mut terv = self.telr - 40.0 * ((1.0 + t / 10.0) / (1.0 + t / 150.0)).log10()
            + 6.0 * (-0.3 * t * t).exp();
        if self.stmr < 9.0 {
            terv += self.sidetone() / 2.0;
        }
        let roe = -1.5 * (no - self.rlr);
        let re = 80.0 + 2.5 * (terv - 14.0);
        let mut talker = 0.0;
        if t >= 1.0 {
            talker = ((roe - re) / 2.0 + ((roe - re).powi(2) / 4.0 + 100.0).sqrt() - 1.0)
                * (1.0 - (-t).exp());
        }
        if self.stmr > 20.0 {
            talker = talker.hypot(self.sidetone());
        }
        let rle = 10.5 * (self.wepl + 7.0) * (self.tr_ms + 1.0).powf(-0.25);
        let listener = (ro - rle) / 2.0 + ((ro - rle).powi(2) / 4.0 + 169.0).sqrt();
        talker + listener + self.sensitivity.impairment(self.ta_ms)
    }

    /// Ie,eff: the codec and the packets it lost. §7.5.
    fn equipment(&self) -> f64 {
        super::effective_equipment(self.ie, self.bpl, self.ppl_percent, self.burst_r)
    }
}

fn ten(exponent: f64) -> f64 {
    10f64.powf(exponent)
}

/// Mean opinion score of a rating, 1 to 4.5. G.107 Annex B.
pub fn mos(rating: f64) -> f64 {
    match rating {
        r if r <= 0.0 => 1.0,
        r if r >= 100.0 => 4.5,
        // Between 0 and 6.5 the polynomial dips below 1.
        r => (1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7e-6).max(1.0),
    }
}
