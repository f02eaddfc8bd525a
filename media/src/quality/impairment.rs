//! What codecs, loss and delay cost on the scale of the rating.
//!
//! ITU-T G.113 Appendix I (narrowband) and Appendix IV (wideband) for codecs, G.107 §7.4 and §7.5 for the formulas.

/// The band that a codec carries, and so the scale that its calls are rated on.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Band {
    /// 300 to 3400 Hz, G.107: R up to 93.2.
    Narrow,
    /// 50 to 7000 Hz, G.107.1: R up to 129.
    Wide,
}

/// Impairment of a codec.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CodecImpairment {
    /// The scale that `ie` is on.
    pub band: Band,
    /// Ie, or Ie,WB.
    pub ie: f64,
    /// Bpl with the concealment that this crate has.
    pub bpl: f64,
}

const fn narrow(ie: f64, bpl: f64) -> CodecImpairment {
    CodecImpairment {
        band: Band::Narrow,
        ie,
        bpl,
    }
}

const fn wide(ie: f64, bpl: f64) -> CodecImpairment {
    CodecImpairment {
        band: Band::Wide,
        ie,
        bpl,
    }
}

/// G.711 with concealment of its Appendix I's class. G.113 Appendix I, table I.4: 25.1 for random loss.
pub const G711: CodecImpairment = narrow(0.0, 25.1);

/// G.711 that plays silence for what is lost. G.113 Appendix I, table I.4.
pub const G711_WITHOUT_CONCEALMENT: CodecImpairment = narrow(0.0, 4.3);

/// G.729 Annex A with its own concealment. G.113 Appendix I, tables I.1 and I.4 (there with voice activity detection).
pub const G729A: CodecImpairment = narrow(11.0, 19.0);

/// G.722 at 64 kbit/s: Ie,WB of G.113 Appendix IV. Its Bpl is a choice of ours, see decision 0029.
pub const G722: CodecImpairment = wide(13.0, 10.0);

/// Opus in a wideband call at 20 kbit/s and above. G.113 has no values for it: a choice of ours, see decision 0029.
pub const OPUS: CodecImpairment = wide(7.0, 25.1);

/// Ie,eff: the codec and the packets it lost, more so if it lost them in bursts. G.107 §7.5, G.107.1 §7.5.
pub(super) fn effective_equipment(ie: f64, bpl: f64, ppl_percent: f64, burst_r: f64) -> f64 {
    if ppl_percent <= 0.0 {
        return ie;
    }
    ie + (95.0 - ie) * ppl_percent / (ppl_percent / burst_r.max(1.0) + bpl)
}

/// How much delay disturbs, by what people do on the call. G.107 (06/2015) table 1.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum DelaySensitivity {
    /// Telephony.
    #[default]
    Default,
    /// Less interactive use.
    Low,
    /// Hardly interactive use.
    VeryLow,
}

impl DelaySensitivity {
    /// sT, and mT in ms: the least delay that is noticed.
    fn parameters(self) -> (f64, f64) {
        match self {
            DelaySensitivity::Default => (1.0, 100.0),
            DelaySensitivity::Low => (0.55, 120.0),
            DelaySensitivity::VeryLow => (0.4, 150.0),
        }
    }

    /// Idd: what an absolute delay costs, the path being free of echo. G.107 §7.4 (7-28).
    pub fn impairment(self, ta_ms: f64) -> f64 {
        let (sensitivity, noticed_ms) = self.parameters();
        if ta_ms <= noticed_ms {
            return 0.0;
        }
        let power = 6.0 * sensitivity;
        let x = (ta_ms / noticed_ms).log2();
        let bent = |x: f64| (1.0 + x.powf(power)).powf(1.0 / power);
        25.0 * (bent(x) - 3.0 * bent(x / 3.0) + 2.0)
    }
}
