//! The same speech by libraries in C.

use benches::CpuTime;
#[cfg(feature = "peers")]
use benches::peers::{G722Decoder, G722Encoder};
use benches::peers::{OpusDecoder, OpusEncoder};
use criterion::Criterion;

use super::Material;

/// `libopus`, for speech, set as ours is.
pub(crate) fn opus(
    criterion: &mut Criterion<CpuTime>,
    material: &Material,
    name: &str,
    bitrate: u32,
) {
    let mut encoder = OpusEncoder::new(material.rate_hz, bitrate as i32, COMPLEXITY);
    let mut decoder = OpusDecoder::new(material.rate_hz);
    material.measure(
        criterion,
        name,
        |frame, payload| encoder.encode(frame, payload) > 0,
        |payload, frame| decoder.decode(payload, frame) == frame.len(),
    );
}

/// `libspandsp`.
#[cfg(feature = "peers")]
pub(crate) fn g722(criterion: &mut Criterion<CpuTime>, material: &Material) {
    let (mut encoder, mut decoder) = (G722Encoder::new(), G722Decoder::new());
    material.measure(
        criterion,
        "libspandsp",
        |frame, payload| encoder.encode(frame, payload) > 0,
        |payload, frame| decoder.decode(payload, frame) == frame.len(),
    );
}

/// Complexity of the encoder: that of ours (`media::codec::Opus`).
const COMPLEXITY: i32 = 5;
