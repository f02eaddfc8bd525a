//! What is added to encoding and decoding by the way from the encoder to the decoder: payloads, RTP packets, and back.

use std::time::Duration;

use benches::CpuTime;
use criterion::{Criterion, Throughput};
use media::Ssrc;
use media::rtp::{self, Header};
use media::video::h264::{
    AccessUnit, Decoder, Depacketized, Depacketizer, Encoder, Packetizer, Rate,
};
use media::video::{Format, Mark, Pattern};

use super::PAYLOAD;

const HEADER: usize = 12;

/// Camera and screen.
struct Ends {
    pattern: Pattern,
    encoder: Encoder,
    decoder: Decoder,
    number: u32,
}

impl Ends {
    fn new() -> Ends {
        let format = Format::MEDIUM;
        Ends {
            pattern: Pattern::new(format).expect("room for the mark"),
            encoder: Encoder::new(format, Rate::Quality { quantizer: 30 }).expect("an encoder"),
            decoder: Decoder::new().expect("a decoder"),
            number: 0,
        }
    }

    /// A picture goes one way or another from the encoder to the decoder, and its mark is read.
    fn show(&mut self, carry: impl FnOnce(&AccessUnit, &mut Decoder) -> Option<Mark>) {
        let time = Duration::from_secs(1) * self.number / Format::MEDIUM.frame_rate;
        let picture = self.pattern.paint(Mark::at(self.number, time));
        let is_first = self.number == 0;
        let unit = self.encoder.encode(picture, time, is_first).expect("coded");
        let seen = carry(unit, &mut self.decoder).expect("its mark is read");
        assert_eq!(seen.number, self.number);
        self.number += 1;
    }
}

fn look(unit: &AccessUnit, decoder: &mut Decoder) -> Option<Mark> {
    decoder.decode(unit).expect("decoded").and_then(Mark::read)
}

/// From packetizer to depacketizer, as RTP packets.
struct Line {
    packetizer: Packetizer,
    depacketizer: Depacketizer,
    packet: Vec<u8>,
    header: Header,
}

impl Line {
    fn new() -> Line {
        Line {
            packetizer: Packetizer::new(PAYLOAD),
            depacketizer: Depacketizer::new(),
            packet: vec![0; HEADER + PAYLOAD],
            header: Header {
                marker: false,
                payload_type: 96,
                sequence: 0,
                timestamp: 0,
                ssrc: Ssrc(1),
            },
        }
    }

    fn carry(&mut self, unit: &AccessUnit, decoder: &mut Decoder) -> Option<Mark> {
        self.packetizer.begin();
        self.header.timestamp = self.header.timestamp.wrapping_add(3_000);
        while let Some(piece) = self.packetizer.next(unit, &mut self.packet[HEADER..]) {
            self.header.marker = piece.is_last;
            self.header
                .write(self.packet.first_chunk_mut().expect("longer than a header"));
            let packet = rtp::Packet::parse(&self.packet[..HEADER + piece.len]).expect("a packet");
            self.depacketizer.handle(
                packet.sequence(),
                packet.timestamp(),
                packet.marker(),
                packet.payload(),
            );
            self.header.sequence = self.header.sequence.wrapping_add(1);
        }
        match self.depacketizer.poll()? {
            Depacketized::Picture { unit, .. } => look(unit, decoder),
            _ => None,
        }
    }
}

pub(crate) fn end_to_end(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("video_end_to_end");
    group.throughput(Throughput::Elements(1));
    let (mut ends, mut line) = (Ends::new(), Line::new());
    group.bench_function("ours", |bencher| {
        bencher.iter(|| ends.show(|unit, decoder| line.carry(unit, decoder)));
    });
    let mut ends = Ends::new();
    group.bench_function("codec_only", |bencher| {
        bencher.iter(|| ends.show(look));
    });
    group.finish();
}
