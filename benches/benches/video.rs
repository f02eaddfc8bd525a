//! What do pictures cost between encoder and network, and on their way to many receivers?
//!
//! `h264/pay`, `h264/depay`: pictures of 1.5 Mbit/s at 30 a second, cut into payloads of 1,200 octets and put together again,
//! for each packet; beside them a copy of the same payloads.
//! `forward/ours`: a VP8 packet of 1,200 octets for 1,000 receivers, each with numbers, picture ids and an AES-GCM key of its
//! own; beside it the same by `rtc-rtp` and `rtc-srtp`, the protection alone, and the copy alone.
//! `bandwidth/entry`: transport-wide feedback on 100 packets each, for each packet, sending noted and feedback parsed.
//! `video_codec`: encoding and decoding a picture of 320x192 and of 640x360, which is what a clip spares.
//! `video_end_to_end`: a picture of 640x360 from the camera over RTP to the screen, where its mark is read; beside it the same
//! with nothing between encoder and decoder.
//!
//! Targets: pay and depay in at most twice the time of the copy; 3.3 million packets a second forwarded; 25 ns an entry; 0.95 of
//! the speed of the codec alone.

#[path = "video/bandwidth.rs"]
mod bandwidth;
#[path = "video/codec.rs"]
mod codec;
#[path = "video/end_to_end.rs"]
mod end_to_end;
#[path = "video/forward.rs"]
mod forward;
#[path = "video/h264.rs"]
mod h264;

use benches::ratios::Comparison;
use benches::{CountingAllocator, hot_path, ratios};
use criterion::criterion_group;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// Octets of a payload.
const PAYLOAD: usize = 1_200;

criterion_group! {
    name = benchmarks;
    config = hot_path();
    targets = h264::h264, forward::forward, bandwidth::bandwidth, codec::codec, end_to_end::end_to_end
}

fn main() {
    benchmarks();
    let twice = |ours| Comparison::peer(ours, "copy", Some(2.0));
    ratios::report("h264", &[twice("pay"), twice("depay")]);
    ratios::report(
        "forward",
        &[
            Comparison::rate("ours/1000", 3_300_000.0),
            Comparison::speed("ours/1000", "rtc/1000", None),
            Comparison::peer("ours/1000", "protect/1000", None),
            Comparison::peer("ours/1000", "copy/1000", None),
        ],
    );
    ratios::report("bandwidth", &[Comparison::limit("entry", 25.0)]);
    let (small, medium) = (15.0, 30.0);
    ratios::report(
        "video_codec",
        &[
            Comparison::told("encode/320x192", small),
            Comparison::told("decode/320x192", small),
            Comparison::told("encode/640x360", medium),
            Comparison::told("decode/640x360", medium),
        ],
    );
    ratios::report(
        "video_end_to_end",
        &[Comparison::speed("ours", "codec_only", Some(0.95))],
    );
}
