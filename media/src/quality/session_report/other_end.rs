//! What the other end said of the voice that it heard, as lines of a report: the values of its RFC 3611 block in their own
//! precision. RFC 6035 §4.6.2; what was not known to it is left out.

use std::fmt;

use crate::quality::Figures;
use crate::rtcp::{UNAVAILABLE, VoipMetrics};

/// The lines after those on time and session.
pub(super) fn write(f: &mut fmt::Formatter<'_>, block: &VoipMetrics) -> fmt::Result {
    let figures = Figures::of_block(block);
    let whole = |value: u16| Some(f64::from(value));
    let known = |value: u8| (value != UNAVAILABLE).then(|| f64::from(value));
    let level = block.signal_level_dbm0;
    let level = (level != UNAVAILABLE as i8).then(|| f64::from(level));
    line(
        f,
        "JitterBuffer",
        &[
            ("JBA", known(block.adaptation as u8), 0),
            ("JBR", known(block.adaptation_rate), 0),
            ("JBN", whole(block.jitter_nominal_ms), 0),
            ("JBM", whole(block.jitter_maximum_ms), 0),
            ("JBX", whole(block.jitter_absolute_maximum_ms), 0),
        ],
    )?;
    line(
        f,
        "PacketLoss",
        &[
            ("NLR", figures.loss_percent, 1),
            ("JDR", figures.discard_percent, 1),
        ],
    )?;
    line(
        f,
        "BurstGapLoss",
        &[
            ("BLD", figures.burst_density_percent, 1),
            ("BD", figures.burst_ms, 0),
            ("GLD", figures.gap_density_percent, 1),
            ("GD", figures.gap_ms, 0),
            ("GMIN", known(block.gap_threshold), 0),
        ],
    )?;
    line(
        f,
        "Delay",
        &[
            ("RTD", figures.round_trip_ms, 0),
            ("ESD", figures.end_system_ms, 0),
        ],
    )?;
    line(f, "Signal", &[("SL", level, 0)])?;
    line(
        f,
        "QualityEst",
        &[
            ("RCQ", known(block.r_factor), 0),
            ("MOSLQ", figures.mos_lq, 1),
            ("MOSCQ", figures.mos_cq, 1),
        ],
    )
}

/// A line of values with so many decimals, if any of them is known.
fn line(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    values: &[(&str, Option<f64>, usize)],
) -> fmt::Result {
    if values.iter().all(|(_, value, _)| value.is_none()) {
        return Ok(());
    }
    write!(f, "{name}:")?;
    for (name, value, decimals) in values {
        if let Some(value) = value {
            write!(f, " {name}={value:.decimals$}")?;
        }
    }
    write!(f, "\r\n")
}
