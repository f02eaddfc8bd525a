//! Buffers of the crate `neteq`, fed and heard as ours are, in step with the clock on the wall, by which it stamps packets.

use std::hint::black_box;
use std::time::Duration;

use benches::CpuTime;
use neteq::codec::AudioDecoder;
use neteq::{AudioPacket, NetEq, NetEqConfig, RtpHeader};

use super::pace::Pace;
use super::{BUFFERS, PACKET, RATE_HZ, coming};

/// Buffers of the crate `neteq`.
pub(crate) struct Theirs {
    buffers: Vec<NetEq>,
    payload: Vec<u8>,
    tick: u64,
    is_lossy: bool,
    pace: Pace,
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
    pub(crate) fn new(payload: Vec<u8>, is_lossy: bool) -> Theirs {
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
            buffers: (0..BUFFERS).map(buffer).collect(),
            payload,
            tick: 0,
            is_lossy,
            pace: Pace::new(),
        };
        for _ in 0..50 {
            theirs.round();
        }
        theirs
    }

    /// 20 ms of all buffers: the time for the packets and the time for the two pulls.
    pub(crate) fn round(&mut self) -> (Duration, Duration) {
        self.tick += 1;
        self.pace.wait();
        let start = CpuTime::THREAD.now();
        for (number, buffer) in self.buffers.iter_mut().enumerate() {
            for tick in coming(self.tick, number as u64, self.is_lossy) {
                let timestamp = tick as u32 * PACKET as u32;
                let header = RtpHeader::new(tick as u16, timestamp, 1, 0, false);
                let packet = AudioPacket::new(header, self.payload.clone(), RATE_HZ, 1, 20);
                black_box(buffer.insert_packet(packet).is_ok());
            }
        }
        let inserted = CpuTime::THREAD.now() - start;
        let first = self.pull();
        self.pace.wait();
        (inserted, first + self.pull())
    }

    /// The time of 10 ms out of all buffers.
    fn pull(&mut self) -> Duration {
        let start = CpuTime::THREAD.now();
        for buffer in &mut self.buffers {
            black_box(buffer.get_audio().is_ok());
        }
        CpuTime::THREAD.now() - start
    }
}
