//! Buffers of the crate `neteq`, fed and heard as ours are on a good line.

use std::hint::black_box;
use std::time::Duration;

use benches::CpuTime;
use neteq::codec::AudioDecoder;
use neteq::{AudioPacket, NetEq, NetEqConfig, RtpHeader};

use super::{PACKET, RATE_HZ};

/// How many: fewer than of ours, as they are slower.
pub(crate) const THEIRS: usize = 100;

/// Buffers of the crate `neteq`.
pub(crate) struct Theirs {
    buffers: Vec<NetEq>,
    payload: Vec<u8>,
    tick: u32,
}

/// Samples as they are, for `neteq`.
struct PlainFloat;

impl AudioDecoder for PlainFloat {
    fn sample_rate(&self) -> u32 {
        RATE_HZ
    }

    fn channels(&self) -> u8 {
        1
    }

    fn decode(&mut self, encoded: &[u8]) -> neteq::Result<Vec<f32>> {
        let samples = encoded.as_chunks().0.iter();
        Ok(samples
            .map(|octets| f32::from(i16::from_le_bytes(*octets)) / 32_768.0)
            .collect())
    }
}

impl Theirs {
    pub(crate) fn new(payload: Vec<u8>) -> Theirs {
        let buffer = |_| {
            let mut buffer = NetEq::new(NetEqConfig {
                sample_rate: RATE_HZ,
                ..NetEqConfig::default()
            })
            .expect("a rate that it takes");
            buffer.register_decoder(0, Box::new(PlainFloat));
            buffer
        };
        let mut theirs = Theirs {
            buffers: (0..THEIRS).map(buffer).collect(),
            payload,
            tick: 0,
        };
        for _ in 0..20 {
            theirs.round();
        }
        theirs
    }

    /// 20 ms of all buffers: the time for the packets and the time for the two pulls.
    pub(crate) fn round(&mut self) -> (Duration, Duration) {
        self.tick += 1;
        let start = CpuTime::THREAD.now();
        for buffer in &mut self.buffers {
            let timestamp = self.tick * PACKET as u32;
            let header = RtpHeader::new(self.tick as u16, timestamp, 1, 0, false);
            let packet = AudioPacket::new(header, self.payload.clone(), RATE_HZ, 1, 20);
            black_box(buffer.insert_packet(packet).is_ok());
        }
        let middle = CpuTime::THREAD.now();
        for _ in 0..2 {
            for buffer in &mut self.buffers {
                black_box(buffer.get_audio().is_ok());
            }
        }
        (middle - start, CpuTime::THREAD.now() - middle)
    }
}
