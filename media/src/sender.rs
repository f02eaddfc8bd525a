//! Sender: a frame of samples in, one packet out, in step with the time.
//!
//! RFC 3550 §5.1, RFC 3551 §4.1 (marker after a pause), RFC 4733 §2 (telephone events in place of speech).

mod silence;

use std::mem::offset_of;
use std::time::Duration;

use crate::codec::Codec;
use crate::dtmf::{DtmfError, DtmfSender, EVENT_LEN, Key};
use crate::near;
use crate::rtp::{FIXED_HEADER_LEN, Header, Ssrc};
use crate::srtp::{OVERHEAD_MAX, Outbound, SdesKey, SrtpError};
use silence::{Silence, Verdict};

/// Octets of the largest packet: an IPv6 datagram that fits an Ethernet frame.
pub const PACKET_MAX: usize = 1_452;

/// Room for the largest packet with its protection. One is enough for any number of senders whose packets leave at once, and
/// stays in the nearest cache where thousands would not.
pub type PacketRoom = [u8; PACKET_MAX + OVERHEAD_MAX];

/// Empty room for a packet.
pub fn packet_room() -> Box<PacketRoom> {
    Box::new([0; PACKET_MAX + OVERHEAD_MAX])
}

/// How a sender names itself and where it begins to count; from the host's entropy, never constant. RFC 3550 §5.1.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Identity {
    /// Our source.
    pub ssrc: Ssrc,
    /// First sequence number. Below 2^15, so that loss of the first packets leaves no doubt of SRTP's rollover counter
    /// (RFC 3711 §3.3.1).
    pub sequence: u16,
    /// First timestamp.
    pub timestamp: u32,
    /// Canonical name in RTCP. RFC 7022 has it random for each session.
    pub cname: String,
}

impl Identity {
    /// An identity from the caller's entropy: `fill` writes random octets.
    pub fn generate(fill: impl FnOnce(&mut [u8])) -> Identity {
        let mut octets = [0; 22];
        fill(&mut octets);
        let word = |at| crate::rtp::read_u32(&octets, at);
        Identity {
            ssrc: Ssrc(word(0)),
            timestamp: word(4),
            sequence: u16::from_be_bytes([octets[8], octets[9]]) & 0x7fff,
            cname: octets[10..]
                .iter()
                .map(|octet| format!("{octet:02x}"))
                .collect(),
        }
    }
}

/// What was sent.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct SenderStatistics {
    /// RTP packets, telephone events included.
    pub packets: u64,
    /// Octets of their payloads.
    pub octets: u64,
    /// Frames that could not be encoded or protected.
    pub failed: u64,
}

/// Sends one stream. What every packet touches stands first, and `repr(C)` leaves it there: see [`near`].
#[derive(Debug)]
#[repr(C)]
pub struct Sender {
    ssrc: Ssrc,
    timestamp: u32,
    clock_rate_hz: u32,
    sequence: u16,
    payload_type: u8,
    telephone_event: Option<u8>,
    /// The next packet is the first after a pause.
    marker: bool,
    statistics: SenderStatistics,
    /// Tells what need not be sent; none if everything is.
    silence: Option<Silence>,
    outbound: Option<Outbound>,
    dtmf: DtmfSender,
}

impl Sender {
    /// A sender of `payload_type`, with telephone events if they were negotiated.
    pub fn new(
        identity: &Identity,
        payload_type: u8,
        telephone_event: Option<u8>,
        clock_rate_hz: u32,
    ) -> Sender {
        Sender {
            ssrc: identity.ssrc,
            payload_type,
            telephone_event,
            sequence: identity.sequence,
            timestamp: identity.timestamp,
            marker: true,
            dtmf: DtmfSender::new(clock_rate_hz),
            clock_rate_hz,
            silence: None,
            outbound: None,
            statistics: SenderStatistics::default(),
        }
    }

    /// See [`near`]: call it some calls ahead.
    #[inline]
    pub fn approach(&self) {
        near::fetch_head(self, offset_of!(Sender, outbound) + Outbound::HEAD);
    }

    /// See [`near`]: call it one call ahead.
    #[inline]
    pub fn fetch(&self) {
        if let Some(outbound) = &self.outbound {
            outbound.fetch();
        }
    }

    /// Protects with a key from now on; `None` sends plain RTP.
    pub fn set_key(&mut self, key: Option<&SdesKey>) {
        self.outbound = key.map(Outbound::new);
    }

    /// Sends other payload types from now on, as after a re-INVITE.
    pub fn set_payload_types(&mut self, payload_type: u8, telephone_event: Option<u8>) {
        (self.payload_type, self.telephone_event) = (payload_type, telephone_event);
    }

    /// Describes pauses with comfort noise of this payload type in place of sending them; `None` sends them.
    pub fn set_comfort_noise(&mut self, payload_type: Option<u8>) {
        self.silence = payload_type.map(|number| Silence::new(number, self.clock_rate_hz));
    }

    /// Presses a key for some time.
    pub fn press(&mut self, key: Key, hold: Duration) -> Result<(), DtmfError> {
        if self.telephone_event.is_none() {
            return Err(DtmfError::NotNegotiated);
        }
        self.dtmf.press(key, hold)
    }

    /// Makes the packet for one frame of `ticks` timestamp units, in `room`. Nothing if it could not be made, or need not be as
    /// the other side knows of the pause.
    #[inline]
    pub fn speak<'a>(
        &mut self,
        codec: &mut dyn Codec,
        samples: &[i16],
        ticks: u32,
        room: &'a mut PacketRoom,
    ) -> Option<&'a [u8]> {
        let event = match self.telephone_event {
            Some(_) => self.dtmf.frame(self.timestamp, ticks),
            None => None,
        };
        let (header, payload_len) = match (event, self.telephone_event) {
            (Some(event), Some(payload_type)) => {
                room[FIXED_HEADER_LEN..][..EVENT_LEN].copy_from_slice(&event.payload);
                let header = Header {
                    marker: event.marker,
                    payload_type,
                    timestamp: event.timestamp,
                    ..self.header()
                };
                (header, EVENT_LEN)
            }
            (_, _) => self.encode(codec, samples, ticks, room),
        };
        if payload_len == 0 {
            self.pause(ticks);
            return None;
        }
        self.timestamp = self.timestamp.wrapping_add(ticks);
        let result = self.finish(header, payload_len, room);
        self.statistics.failed += u64::from(result.is_err());
        result.ok().map(|len| &room[..len])
    }

    /// Lets a frame's time pass without a packet.
    pub fn pause(&mut self, ticks: u32) {
        self.timestamp = self.timestamp.wrapping_add(ticks);
        self.marker = true;
    }

    /// Protects a compound RTCP packet with the stream's key; gives its length.
    pub fn protect_rtcp(&mut self, buffer: &mut [u8], len: usize) -> Result<usize, SrtpError> {
        match &mut self.outbound {
            Some(outbound) => outbound.protect_rtcp(buffer, len),
            None => Ok(len),
        }
    }

    /// Our source.
    pub fn ssrc(&self) -> Ssrc {
        self.ssrc
    }

    /// Timestamp of the next frame.
    pub fn timestamp(&self) -> u32 {
        self.timestamp
    }

    /// What was sent.
    pub fn statistics(&self) -> SenderStatistics {
        self.statistics
    }

    /// Writes the payload of a frame; gives its header and length, none for a frame that is not sent.
    #[inline]
    fn encode(
        &mut self,
        codec: &mut dyn Codec,
        samples: &[i16],
        ticks: u32,
        room: &mut PacketRoom,
    ) -> (Header, usize) {
        let mut header = self.header();
        let payload = &mut room[FIXED_HEADER_LEN..PACKET_MAX];
        if let Some(silence) = &mut self.silence {
            match silence.judge(samples, ticks) {
                Verdict::Speech => {}
                Verdict::Nothing => return (header, 0),
                Verdict::Describe => {
                    header.payload_type = silence.payload_type;
                    header.marker = false;
                    return (header, silence.describe(samples, payload));
                }
            }
        }
        let result = codec.encode(samples, payload);
        self.statistics.failed += u64::from(result.is_err());
        (header, result.unwrap_or(0))
    }

    fn header(&self) -> Header {
        Header {
            marker: self.marker,
            payload_type: self.payload_type,
            sequence: self.sequence,
            timestamp: self.timestamp,
            ssrc: self.ssrc,
        }
    }

    #[inline]
    fn finish(
        &mut self,
        header: Header,
        payload_len: usize,
        room: &mut PacketRoom,
    ) -> Result<usize, SrtpError> {
        let header_octets = room.first_chunk_mut();
        header.write(header_octets.expect("there is more room than for a header"));
        let mut len = FIXED_HEADER_LEN + payload_len;
        self.sequence = self.sequence.wrapping_add(1);
        self.marker = false;
        if let Some(outbound) = &mut self.outbound {
            len = outbound.protect(room, len)?;
        }
        self.statistics.packets += 1;
        self.statistics.octets += payload_len as u64;
        Ok(len)
    }
}
