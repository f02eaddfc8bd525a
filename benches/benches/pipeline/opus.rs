//! The pipeline for Opus at 16 kHz, in which the codec is nearly all of the cost: `opus` decodes and encodes for every leg,
//! `opus_codec` does that and nothing else, and `opus_shared` is a conference of a hundred in which three speak, so that three
//! are decoded and four mixes encoded for all.
//!
//! The codec allocates, so these pipelines are not held to allocate nothing.

use std::hint::black_box;
use std::time::Duration;

use benches::{CALL_INTERVAL, CpuTime};
use media::codec::{CodecError, Opus, opus};
use media::jitter::JitterBuffer;
use media::mixer::{Conference, Heard, Mixer, PartyId};
use media::rtp::Packet;
use media::sender::{PacketRoom, Sender, packet_room};
use media::srtp::Inbound;
use media::{Codec, Identity, Speech, Talker};

use super::g711::{ROOM, key};

const RATE_HZ: u32 = 16_000;
const FRAME: usize = RATE_HZ as usize / 50;
/// Ticks of a frame in RTP's clock, which is 48 kHz whatever the samples are.
const TICKS: u32 = 960;
const PAYLOAD_TYPE: u8 = 111;

fn codec() -> Opus {
    Opus::with(&opus::Settings {
        sample_rate_hz: RATE_HZ,
        bitrate: 20_000,
        ..opus::Settings::default()
    })
}

/// A payload that was encoded before.
struct Encoded<'a>(&'a [u8]);

impl Codec for Encoded<'_> {
    fn encode(&mut self, _: &[i16], payload: &mut [u8]) -> Result<usize, CodecError> {
        payload[..self.0.len()].copy_from_slice(self.0);
        Ok(self.0.len())
    }

    fn decode(&mut self, _: &[u8], _: &mut [i16]) -> Result<usize, CodecError> {
        Ok(0)
    }
}

/// A talker at the other end.
struct Far {
    speech: Speech,
    codec: Opus,
    sender: Sender,
    wire: Vec<u8>,
}

impl Far {
    fn new(number: usize) -> Far {
        Far {
            speech: Speech::new(RATE_HZ, Talker::ALL[number % 4], number as u64),
            codec: codec(),
            sender: sender(number, 0),
            wire: Vec::new(),
        }
    }

    fn send(&mut self) {
        let mut voice = [0; FRAME];
        self.speech.fill(&mut voice);
        let mut room = packet_room();
        let packet = self.sender.speak(&mut self.codec, &voice, TICKS, &mut room);
        self.wire.clear();
        self.wire.extend_from_slice(packet.expect("a packet"));
    }
}

fn sender(number: usize, side: usize) -> Sender {
    let octet = (number * 2 + side) as u8;
    let identity = Identity::generate(|octets| octets.fill(octet));
    let mut sender = Sender::new(&identity, PAYLOAD_TYPE, None, 48_000);
    sender.set_key(Some(&key(octet)));
    sender
}

/// What the server keeps for a leg that speaks.
struct Leg {
    far: Far,
    inbound: Inbound,
    buffer: JitterBuffer,
    codec: Opus,
    sender: Sender,
    /// What the codec alone decodes.
    frame: [i16; FRAME],
}

impl Leg {
    fn new(number: usize) -> Leg {
        Leg {
            far: Far::new(number),
            inbound: Inbound::new(&key((number * 2) as u8)),
            buffer: JitterBuffer::new(48_000, RATE_HZ, opus::PAYLOAD_MAX),
            codec: codec(),
            sender: sender(number, 1),
            frame: [0; FRAME],
        }
    }

    fn hear(&mut self, now: Duration) {
        let wire = &mut self.far.wire[..];
        let len = self.inbound.unprotect(wire).expect("authentic");
        let packet = Packet::parse(&wire[..len]).expect("a packet");
        let (sequence, timestamp) = (packet.sequence(), packet.timestamp());
        self.buffer
            .insert(now, sequence, timestamp, Some(packet.payload()));
        self.buffer.pull(now, &mut self.codec, FRAME);
    }
}

/// Conferences of three, an encoder for each party.
pub(crate) struct Rooms {
    legs: Vec<Leg>,
    mixer: Mixer,
    room: Box<PacketRoom>,
    tick: u32,
}

impl Rooms {
    pub(crate) fn new(legs: usize) -> Rooms {
        Rooms {
            legs: (0..legs).map(Leg::new).collect(),
            mixer: Mixer::new(FRAME),
            room: packet_room(),
            tick: 0,
        }
    }

    fn tick(&mut self) {
        let now = CALL_INTERVAL * self.tick;
        for room in self.legs.chunks_mut(ROOM) {
            self.mixer.begin();
            for leg in &mut *room {
                leg.hear(now);
                self.mixer.add(leg.buffer.frame());
            }
            for leg in room {
                let mut heard = [0; FRAME];
                self.mixer.without(leg.buffer.frame(), &mut heard);
                let room = &mut self.room;
                let packet = leg.sender.speak(&mut leg.codec, &heard, TICKS, room);
                black_box(packet.expect("a packet"));
            }
        }
    }

    /// The time for so many ticks, without that of the far ends.
    pub(crate) fn run(&mut self, ticks: u64) -> Duration {
        let mut time = Duration::ZERO;
        for _ in 0..ticks {
            self.tick += 1;
            self.legs.iter_mut().for_each(|leg| leg.far.send());
            let start = CpuTime::THREAD.now();
            self.tick();
            time += CpuTime::THREAD.now() - start;
        }
        time
    }

    /// The time that the codec alone takes for the same: each leg's packet decoded, each leg's mix encoded.
    pub(crate) fn run_codec(&mut self, ticks: u64) -> Duration {
        let mut time = Duration::ZERO;
        for _ in 0..ticks {
            for leg in &mut self.legs {
                leg.far.speech.fill(&mut leg.frame);
                leg.far.wire.resize(opus::PAYLOAD_MAX, 0);
                let len = leg.far.codec.encode(&leg.frame, &mut leg.far.wire);
                leg.far.wire.truncate(len.expect("a packet"));
            }
            let mut payload = [0; opus::PAYLOAD_MAX];
            // In rooms, as the frames of one must be there before its mixes are.
            let start = CpuTime::THREAD.now();
            for room in self.legs.chunks_mut(ROOM) {
                for leg in &mut *room {
                    let decoded = leg.codec.decode(&leg.far.wire, &mut leg.frame);
                    assert_eq!(decoded, Ok(FRAME));
                }
                let first = room[0].frame;
                for leg in room {
                    let heard = std::array::from_fn::<i16, FRAME, _>(|n| {
                        leg.frame[n].saturating_add(first[n])
                    });
                    let len = leg.codec.encode(&heard, &mut payload).expect("a packet");
                    black_box(&payload[..len]);
                }
            }
            time += CpuTime::THREAD.now() - start;
        }
        time
    }
}

/// One conference of many, of whom the first few speak.
pub(crate) struct Shared {
    speakers: Vec<Leg>,
    listeners: Vec<Sender>,
    conference: Conference,
    encoders: Vec<Opus>,
    room: Box<PacketRoom>,
    tick: u32,
}

impl Shared {
    pub(crate) fn new(parties: usize) -> Shared {
        Shared {
            speakers: (0..ROOM).map(Leg::new).collect(),
            listeners: (ROOM..parties).map(|number| sender(number, 1)).collect(),
            conference: Conference::new(ROOM, FRAME),
            encoders: (0..=ROOM).map(|_| codec()).collect(),
            room: packet_room(),
            tick: 0,
        }
    }

    fn tick(&mut self) {
        let now = CALL_INTERVAL * self.tick;
        self.conference.begin();
        for (number, leg) in self.speakers.iter_mut().enumerate() {
            leg.hear(now);
            self.conference
                .hear(PartyId(number as u16), leg.buffer.frame());
        }
        self.conference.mix();
        let mut payload = [0; opus::PAYLOAD_MAX];
        for (number, leg) in self.speakers.iter_mut().enumerate() {
            let heard = self.conference.heard_by(PartyId(number as u16));
            let samples = self.conference.heard(heard);
            let (encoder, room) = (&mut self.encoders[number], &mut *self.room);
            let packet = leg.sender.speak(encoder, samples, TICKS, room);
            black_box(packet.expect("a packet"));
        }
        let common = self.conference.heard(Heard::Common);
        let len = self.encoders[ROOM]
            .encode(common, &mut payload)
            .expect("a packet");
        for sender in &mut self.listeners {
            let encoded = &mut Encoded(&payload[..len]);
            let packet = sender.speak(encoded, common, TICKS, &mut self.room);
            black_box(packet.expect("a packet"));
        }
    }

    /// The time for so many ticks, without that of the far ends.
    pub(crate) fn run(&mut self, ticks: u64) -> Duration {
        let mut time = Duration::ZERO;
        for _ in 0..ticks {
            self.tick += 1;
            self.speakers.iter_mut().for_each(|leg| leg.far.send());
            let start = CpuTime::THREAD.now();
            self.tick();
            time += CpuTime::THREAD.now() - start;
        }
        time
    }
}
