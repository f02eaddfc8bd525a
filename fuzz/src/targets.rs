//! Everything that reads what a network brings, one target each: an input of any octets must be read or refused.
//!
//! The same targets are run by `cargo fuzz`, by the long run (`media/examples/hostile_input.rs`) and, shorter, by
//! `media/tests/hostile_input.rs`. A new reader of packets gets a file here and a line in [`all`].

// The paths are said, as other crates take this file in by its own.
#[path = "targets/carried.rs"]
mod carried;
#[path = "targets/h264.rs"]
mod h264;
#[path = "targets/jitter.rs"]
mod jitter;
#[path = "targets/missing.rs"]
mod missing;
#[path = "targets/picture_numbers.rs"]
mod picture_numbers;
#[path = "targets/red.rs"]
mod red;
#[path = "targets/rtcp.rs"]
mod rtcp;
#[path = "targets/rtp.rs"]
mod rtp;
#[path = "targets/rtx.rs"]
mod rtx;
#[path = "targets/srtp.rs"]
mod srtp;
#[path = "targets/voice.rs"]
mod voice;

/// One reader of packets, with what it remembers between them.
pub(crate) trait Target: std::fmt::Debug + Send {
    /// Its name, which is also that of its binary for `cargo fuzz`.
    fn name(&self) -> &'static str;

    /// Inputs that are right, for others to be made of.
    fn seeds(&self) -> Vec<Vec<u8>>;

    /// Reads one input as a peer's packet, and checks what must hold for any; keeps no more memory once it has warmed up, and allocates
    /// nothing unless a crate from elsewhere does.
    fn run(&mut self, input: &[u8]);
}

/// All targets.
pub(crate) fn all() -> Vec<Box<dyn Target>> {
    let mut all: Vec<Box<dyn Target>> = vec![
        Box::new(rtp::Rtp::new()),
        Box::new(rtcp::Rtcp::new()),
        Box::new(srtp::Srtp::new()),
        Box::new(rtx::Rtx::new()),
        Box::new(missing::MissingPackets::new()),
        Box::new(jitter::Jitter::new()),
        Box::new(carried::Carried::new()),
        Box::new(red::Red),
        Box::new(h264::H264::new()),
        Box::new(picture_numbers::Vp8(Vec::with_capacity(INPUT_MAX))),
        Box::new(picture_numbers::Vp9(Vec::with_capacity(INPUT_MAX))),
        Box::new(voice::Noise(media::codec::ComfortNoise::new())),
        Box::new(voice::Keys::new()),
    ];
    for voice in voice::Voice::all() {
        all.push(Box::new(voice));
    }
    all
}

/// Octets of the longest input that a target looks at: more than a datagram on Ethernet carries.
const INPUT_MAX: usize = 2_048;
