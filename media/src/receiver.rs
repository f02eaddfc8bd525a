//! Receiver: packets in, one frame of samples out whenever it is asked for.
//!
//! Keeps the account for reports, follows the source that speaks, hears keys, and leaves the timing to the play-out buffer.

use std::mem::offset_of;
use std::time::Duration;

use crate::codec::{AudioCodec, Codec, comfort_noise};
use crate::dtmf::{DtmfEvent, DtmfReceiver};
use crate::intake::{Intake, Taken};
use crate::jitter::{JitterBuffer, Played, PlayoutStatistics};
use crate::near;
use crate::quality::BurstMetrics;
use crate::rtcp::Reception;
use crate::rtp::Packet;
use crate::srtp::{SdesKey, SrtpError};

/// What came.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct ReceiverStatistics {
    /// RTP packets of the source that is heard.
    pub packets: u64,
    /// Octets of their payloads.
    pub octets: u64,
    /// Packets refused by SRTP: forged, replayed, or with a key that we don't have.
    pub refused: u64,
    /// Datagrams that are no RTP packet.
    pub malformed: u64,
    /// Packets with a payload type that was not negotiated.
    pub unknown_payload_type: u64,
    /// Packets of a source that was not followed.
    pub other_source: u64,
    /// Times that another source took over.
    pub source_changes: u64,
}

/// Receives one stream. What every packet touches stands first, and `repr(C)` leaves it there: see [`near`].
#[derive(Debug)]
#[repr(C)]
pub struct Receiver {
    codec: AudioCodec,
    payload_type: u8,
    telephone_event: Option<u8>,
    comfort_noise: u8,
    /// Whether what comes is to be played.
    playing: bool,
    dtmf: DtmfReceiver,
    intake: Intake,
    jitter: JitterBuffer,
}

impl Receiver {
    /// A receiver of `payload_type`, with telephone events if they were negotiated.
    pub fn new(codec: AudioCodec, payload_type: u8, telephone_event: Option<u8>) -> Receiver {
        Receiver {
            codec,
            payload_type,
            telephone_event,
            comfort_noise: comfort_noise::PAYLOAD_TYPE,
            playing: true,
            intake: Intake::new(codec.clock_rate_hz(), None),
            jitter: JitterBuffer::new(
                codec.clock_rate_hz(),
                codec.sample_rate_hz(),
                codec.payload_max(),
            ),
            dtmf: DtmfReceiver::new(codec.clock_rate_hz()),
        }
    }

    /// Lets in what is protected with this key from now on; `None` takes plain RTP.
    pub fn set_key(&mut self, key: Option<&SdesKey>) {
        self.intake.set_key(key);
    }

    /// Takes other payload types from now on.
    pub fn set_payload_types(&mut self, payload_type: u8, telephone_event: Option<u8>) {
        (self.payload_type, self.telephone_event) = (payload_type, telephone_event);
    }

    /// Takes comfort noise of another payload type than its static one.
    pub fn set_comfort_noise(&mut self, payload_type: Option<u8>) {
        self.comfort_noise = payload_type.unwrap_or(comfort_noise::PAYLOAD_TYPE);
    }

    /// Plays what comes, or (on hold) only counts it.
    pub fn set_playing(&mut self, playing: bool) {
        if self.playing != playing {
            self.playing = playing;
            self.jitter.refill();
        }
    }

    /// See [`near`]: call it some calls ahead.
    #[inline]
    pub fn approach(&self) {
        near::fetch_head(self, offset_of!(Receiver, intake));
        self.intake.approach();
        self.jitter.approach();
    }

    /// See [`near`]: call it one call ahead.
    #[inline]
    pub fn fetch(&self) {
        self.intake.fetch();
        self.jitter.fetch();
    }

    /// Takes a datagram; it is decrypted where it stands.
    #[inline]
    pub fn handle(&mut self, now: Duration, datagram: &mut [u8]) {
        if let Some(packet) = self.intake.open(datagram) {
            self.take(now, &packet);
        }
    }

    /// Decrypts RTCP where it stands; gives its length.
    pub fn unprotect_rtcp(&mut self, datagram: &mut [u8]) -> Result<usize, SrtpError> {
        self.intake.unprotect_rtcp(datagram)
    }

    /// Makes one frame of so many samples, to be heard from `now` on: [`Receiver::frame`] gives it.
    pub fn pull(&mut self, now: Duration, codec: &mut dyn Codec, samples: usize) -> Played {
        self.dtmf.tick(now);
        self.jitter.pull(now, codec, samples)
    }

    /// Makes a frame of silence, as while nobody listens: what came keeps its turn.
    pub fn silence(&mut self, samples: usize) {
        self.jitter.silence(samples);
    }

    /// The frame that was made last. It stays until the next.
    #[inline]
    pub fn frame(&self) -> &[i16] {
        self.jitter.frame()
    }

    /// The next event of a key.
    pub fn poll_dtmf(&mut self) -> Option<DtmfEvent> {
        self.dtmf.poll()
    }

    /// The account of the source that is heard.
    pub fn reception(&self) -> Option<&Reception> {
        self.intake.reception()
    }

    /// The same, to write a report from.
    pub fn reception_mut(&mut self) -> Option<&mut Reception> {
        self.intake.reception_mut()
    }

    /// What came.
    pub fn statistics(&self) -> ReceiverStatistics {
        self.intake.statistics
    }

    /// What was played.
    pub fn playout(&self) -> PlayoutStatistics {
        self.jitter.statistics()
    }

    /// Bursts and gaps of the packets missed.
    pub fn bursts(&self) -> BurstMetrics {
        self.jitter.bursts()
    }

    /// Delay that the play-out buffer aims at.
    pub fn target_delay(&self) -> Duration {
        self.jitter.target_delay()
    }

    #[inline]
    fn take(&mut self, now: Duration, packet: &Packet<'_>) {
        let payload_type = packet.payload_type();
        let is_event = self.telephone_event == Some(payload_type);
        if !is_event && payload_type != self.payload_type && payload_type != self.comfort_noise {
            self.intake.refuse_payload_type();
            return;
        }
        match self.intake.take(now, packet) {
            Taken::Next => {}
            Taken::First => self.jitter.reset(),
            Taken::Not => return,
        }
        if is_event {
            self.dtmf.handle(now, packet.timestamp(), packet.payload());
        }
        if !self.playing {
            return;
        }
        let (sequence, timestamp, payload) =
            (packet.sequence(), packet.timestamp(), packet.payload());
        if payload_type == self.payload_type {
            self.jitter.insert(now, sequence, timestamp, Some(payload));
        } else if is_event {
            self.jitter.insert(now, sequence, timestamp, None);
        } else {
            self.jitter.insert_noise(now, sequence, timestamp, payload);
        }
    }
}
