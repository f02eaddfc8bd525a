//! A video stream in a peer connection: any packets and any feedback are answered by bounded feedback and repair.

use std::time::Duration;

use media::rtcp::{Compound, CompoundWriter};
use media::rtp::{Header, Packet, Writer};
use media::rtx::{MISSING_MAX, PayloadTypes};
use media::video::h264::UNITS_MAX;
use media::video::{Camera, Carriage, VideoConfig, VideoOutput, VideoStream};
use media::{Identity, Ssrc};

use super::{INPUT_MAX, Target};

/// A stream with a camera whose packets can be asked for again, fed for ever; what it hears is put together, not decoded.
#[derive(Debug)]
pub(super) struct Carried {
    stream: VideoStream,
    now: Duration,
    buffer: Vec<u8>,
}

const OURS: Ssrc = Ssrc(1);
const THEIRS: Ssrc = Ssrc(2);
const REPAIRING: Ssrc = Ssrc(3);
/// Number of our first packet.
const SEQUENCE: u16 = 0xfff0;
/// The first octet of an input says where the rest arrives.
const RTP: u8 = 0;
const RTCP: u8 = 1;

impl Carried {
    pub(super) fn new() -> Carried {
        let identity = Identity {
            ssrc: OURS,
            sequence: SEQUENCE,
            timestamp: 7,
            cname: "ours".to_owned(),
        };
        let carriage = Carriage {
            repair: Some((REPAIRING, PayloadTypes::new().with(97, 96))),
        };
        let config = VideoConfig {
            camera: Camera::SMALL_CLIP,
            watch: false,
            carriage: Some(carriage),
            ..VideoConfig::new(96, identity)
        };
        let mut target = Carried {
            stream: VideoStream::new(config).expect("the clip is there"),
            now: Duration::ZERO,
            buffer: vec![0; INPUT_MAX],
        };
        target.warm_up();
        target
    }

    /// The largest pictures first, and as many packets after a gap as are waited for, so that its buffers are as large as they get.
    fn warm_up(&mut self) {
        let mut input = vec![RTP; 1 + INPUT_MAX];
        let mut handle = |sequence: u16, timestamp: u32, marker: bool| {
            let header = Header {
                marker,
                payload_type: 96,
                sequence,
                timestamp,
                ssrc: THEIRS,
            };
            let writer = Writer::new(&mut input[1..], header).expect("there is room");
            let len = writer
                .payload(&[0x41; WARM_UP_PAYLOAD])
                .expect("there is room");
            self.run(&input[..=len]);
        };
        let units = UNITS_MAX as u16 + 1;
        // Some end by their marker, some by the next one's timestamp: each goes to another buffer.
        for picture in 0..PICTURES {
            for unit in 0..units {
                let is_last = unit + 1 == units && picture % 2 == 0;
                handle(picture * units + unit, u32::from(picture), is_last);
            }
        }
        for late in 1..=REORDERED {
            handle(PICTURES * units + late, u32::from(PICTURES), false);
        }
    }

    /// Takes all that the stream has to say.
    fn drain(&mut self) {
        let mut packets = 0;
        loop {
            match self.stream.poll() {
                VideoOutput::Rtp(packet) => {
                    let packet = Packet::parse(packet).expect("it sends packets");
                    assert!([OURS, REPAIRING].contains(&packet.ssrc()));
                    packets += 1;
                    assert!(packets <= OUTPUT_MAX, "an answer without end");
                }
                VideoOutput::Rtcp(feedback) => {
                    let compound = Compound::parse(feedback).expect("it says what can be read");
                    assert!(compound.packets().count() <= MISSING_MAX);
                }
                VideoOutput::Wait(_) => return,
            }
        }
    }
}

impl Target for Carried {
    fn name(&self) -> &'static str {
        "carried"
    }

    fn seeds(&self) -> Vec<Vec<u8>> {
        let packet = |sequence: u16, timestamp: u32, payload: &[u8]| {
            let mut input = vec![RTP; 200];
            let header = Header {
                marker: true,
                payload_type: 96,
                sequence,
                timestamp,
                ssrc: THEIRS,
            };
            let writer = Writer::new(&mut input[1..], header).expect("there is room");
            let len = writer.payload(payload).expect("there is room");
            input.truncate(1 + len);
            input
        };
        let feedback = |sequences: &[u16]| {
            let mut input = vec![RTCP; 400];
            let mut writer = CompoundWriter::new(&mut input[1..]);
            let written = writer.nack(THEIRS, OURS, sequences.iter().copied());
            written.expect("there is room");
            let written = writer.picture_loss(THEIRS, OURS);
            written.expect("there is room");
            let len = writer.finish();
            input.truncate(1 + len);
            input
        };
        let far: Vec<u16> = (0..60).map(|number: u16| number.wrapping_mul(17)).collect();
        vec![
            packet(0xfffe, 0, &[0x65, 1, 2, 3]),
            packet(3, 3_000, &[0x41, 1, 2, 3]),
            packet(300, 6_000, &[0x7c, 0x85, 1, 2]),
            feedback(&[SEQUENCE, SEQUENCE + 1, 0, 5]),
            feedback(&far),
        ]
    }

    fn run(&mut self, input: &[u8]) {
        self.now += Duration::from_millis(7);
        let Some((place, input)) = input.split_first() else {
            return;
        };
        let len = input.len().min(INPUT_MAX);
        let datagram = &mut self.buffer[..len];
        datagram.copy_from_slice(&input[..len]);
        if place & 1 == RTP {
            self.stream.handle_rtp(self.now, datagram);
        } else {
            self.stream.handle_rtcp(self.now, datagram);
        }
        self.drain();
        self.stream.tick(self.now);
        self.drain();
    }
}

/// Pictures that make all buffers grow.
const PICTURES: u16 = 6;
/// Octets of a payload that fills a datagram.
const WARM_UP_PAYLOAD: usize = INPUT_MAX - 12;
/// Packets that the stream keeps after a gap, and one more.
const REORDERED: u16 = 513;

/// Packets between two inputs: as many repairs as may be asked for at once, and a picture.
const OUTPUT_MAX: usize = 1_000;
