//! What every receiver does first, of sound and of pictures: lets a datagram in, follows the source that sends, and keeps the
//! account for reports.

use std::mem::offset_of;
use std::time::Duration;

use crate::near;
use crate::receiver::ReceiverStatistics;
use crate::rtcp::Reception;
use crate::rtp::{Packet, Ssrc};
use crate::srtp::{Inbound, SdesKey, SrtpError};

/// Takes the datagrams of one stream. What every packet touches stands first: see [`near`].
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Intake {
    clock_rate_hz: u32,
    /// Another source that was heard, and the number of the packet by which it would be the one that is followed: two in a row make
    /// it so. RFC 3550 A.1, MIN_SEQUENTIAL.
    candidate: Option<(Ssrc, u16)>,
    pub(crate) statistics: ReceiverStatistics,
    reception: Option<Reception>,
    inbound: Option<Inbound>,
}

/// What a packet is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Taken {
    /// One more of the source that is followed.
    Next,
    /// The first of a source that is followed from now on: what is left of another is to be forgotten.
    First,
    /// Of a source that is not followed (yet), or with a number that does not count (yet).
    Not,
}

impl Intake {
    pub(crate) fn new(clock_rate_hz: u32, key: Option<&SdesKey>) -> Intake {
        Intake {
            clock_rate_hz,
            candidate: None,
            statistics: ReceiverStatistics::default(),
            reception: None,
            inbound: key.map(Inbound::new),
        }
    }

    /// See [`near`]: call it some calls ahead.
    #[inline]
    pub(crate) fn approach(&self) {
        near::fetch_head(self, offset_of!(Intake, inbound) + Inbound::HEAD);
    }

    /// See [`near`]: call it one call ahead.
    #[inline]
    pub(crate) fn fetch(&self) {
        if let Some(inbound) = &self.inbound {
            inbound.fetch();
        }
    }

    /// Lets in what is protected with this key from now on; `None` takes plain RTP.
    pub(crate) fn set_key(&mut self, key: Option<&SdesKey>) {
        self.inbound = key.map(Inbound::new);
    }

    /// Decrypts a datagram where it stands and reads it; nothing if it is forged, replayed or no packet.
    #[inline]
    pub(crate) fn open<'d>(&mut self, datagram: &'d mut [u8]) -> Option<Packet<'d>> {
        let mut len = datagram.len();
        if let Some(inbound) = &mut self.inbound {
            match inbound.unprotect(datagram) {
                Ok(clear) => len = clear,
                Err(_) => {
                    self.statistics.refused += 1;
                    return None;
                }
            }
        }
        let packet = Packet::parse(&datagram[..len]).ok();
        self.statistics.malformed += u64::from(packet.is_none());
        packet
    }

    /// Decrypts RTCP where it stands; gives its length.
    pub(crate) fn unprotect_rtcp(&mut self, datagram: &mut [u8]) -> Result<usize, SrtpError> {
        let result = match &mut self.inbound {
            Some(inbound) => inbound.unprotect_rtcp(datagram),
            None => Ok(datagram.len()),
        };
        self.statistics.refused += u64::from(result.is_err());
        result
    }

    /// Counts a packet whose payload type was negotiated.
    #[inline]
    pub(crate) fn take(&mut self, now: Duration, packet: &Packet<'_>) -> Taken {
        let taken = self.follow(packet.ssrc(), packet.sequence());
        let (Some(reception), Taken::Next | Taken::First) = (&mut self.reception, taken) else {
            self.statistics.other_source += 1;
            return Taken::Not;
        };
        if !reception.on_packet(now, packet.sequence(), packet.timestamp()) {
            return Taken::Not;
        }
        self.statistics.packets += 1;
        self.statistics.octets += packet.payload().len() as u64;
        taken
    }

    /// Notes a packet of a payload type that was not negotiated.
    pub(crate) fn refuse_payload_type(&mut self) {
        self.statistics.unknown_payload_type += 1;
    }

    /// The account of the source that is followed.
    pub(crate) fn reception(&self) -> Option<&Reception> {
        self.reception.as_ref()
    }

    pub(crate) fn reception_mut(&mut self) -> Option<&mut Reception> {
        self.reception.as_mut()
    }

    /// Whether `ssrc` is the source that is followed, or becomes it.
    #[inline]
    fn follow(&mut self, ssrc: Ssrc, sequence: u16) -> Taken {
        let heard = self.reception.as_ref().map(Reception::ssrc);
        if heard == Some(ssrc) {
            self.candidate = None;
            return Taken::Next;
        }
        if heard.is_some() {
            let next = Some((ssrc, sequence.wrapping_add(1)));
            if std::mem::replace(&mut self.candidate, next) != Some((ssrc, sequence)) {
                return Taken::Not;
            }
            self.statistics.source_changes += 1;
        }
        self.reception = Some(Reception::new(ssrc, self.clock_rate_hz));
        self.candidate = None;
        Taken::First
    }
}
