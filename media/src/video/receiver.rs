//! Receiver of pictures: datagrams in, and what the screen shows of them.
//!
//! Keeps the account for reports, follows the source that sends, and has packets wait for those before them.

use std::time::Duration;

use super::reorder::{Arrival, Reorder};
use super::screen::{Fidelity, Screen, Seen};
use super::{CLOCK_RATE_HZ, Picture, VideoError};
use crate::receiver::ReceiverStatistics;
use crate::rtcp::Reception;
use crate::rtp::{Packet, Ssrc};
use crate::srtp::{Inbound, SdesKey, SrtpError};

/// Packets in a row that make another source the one that is seen. RFC 3550 appendix A.1, MIN_SEQUENTIAL.
const NEW_SOURCE_PACKETS: u8 = 2;
/// How long a picture waits for a packet that others overtook: three frame times at 30 a second are seen as a stumble.
const PATIENCE: Duration = Duration::from_millis(100);

/// Receives one stream of pictures.
#[derive(Debug)]
pub(super) struct Receiver {
    payload_type: u8,
    inbound: Option<Inbound>,
    reception: Option<Reception>,
    candidate: Option<(Ssrc, u8)>,
    /// Whether what comes is to be shown.
    is_showing: bool,
    reorder: Reorder,
    screen: Screen,
    statistics: ReceiverStatistics,
}

impl Receiver {
    pub(super) fn new(
        payload_type: u8,
        key: Option<&SdesKey>,
        watch: bool,
    ) -> Result<Receiver, VideoError> {
        Ok(Receiver {
            payload_type,
            inbound: key.map(Inbound::new),
            reception: None,
            candidate: None,
            is_showing: true,
            reorder: Reorder::new(PATIENCE),
            screen: Screen::new(watch)?,
            statistics: ReceiverStatistics::default(),
        })
    }

    pub(super) fn set_key(&mut self, key: Option<&SdesKey>) {
        self.inbound = key.map(Inbound::new);
    }

    pub(super) fn set_payload_type(&mut self, payload_type: u8) {
        self.payload_type = payload_type;
    }

    /// Has pictures wait so long for a packet that others overtook.
    pub(super) fn set_patience(&mut self, patience: Duration) {
        self.reorder.set_patience(patience);
    }

    /// Shows what comes, or (on hold) only counts it.
    pub(super) fn set_showing(&mut self, is_showing: bool) {
        if self.is_showing != is_showing {
            self.is_showing = is_showing;
            self.reorder.reset();
            self.screen.reset();
        }
    }

    /// Takes a datagram; it is decrypted where it stands.
    #[inline]
    pub(super) fn handle(&mut self, now: Duration, datagram: &mut [u8]) {
        let mut len = datagram.len();
        if let Some(inbound) = &mut self.inbound {
            match inbound.unprotect(datagram) {
                Ok(clear) => len = clear,
                Err(_) => {
                    self.statistics.refused += 1;
                    return;
                }
            }
        }
        match Packet::parse(&datagram[..len]) {
            Ok(packet) => self.take(now, &packet),
            Err(_) => self.statistics.malformed += 1,
        }
    }

    /// Gives up on packets that were waited for long enough.
    pub(super) fn tick(&mut self, now: Duration) {
        while let Some(bytes) = self.reorder.next(now) {
            if let Ok(packet) = Packet::parse(bytes) {
                self.screen.handle(now, &packet);
            }
        }
    }

    /// When [`Receiver::tick`] has something to do.
    pub(super) fn deadline(&self) -> Option<Duration> {
        self.reorder.deadline()
    }

    pub(super) fn unprotect_rtcp(&mut self, datagram: &mut [u8]) -> Result<usize, SrtpError> {
        let result = match &mut self.inbound {
            Some(inbound) => inbound.unprotect_rtcp(datagram),
            None => Ok(datagram.len()),
        };
        self.statistics.refused += u64::from(result.is_err());
        result
    }

    /// Whether pictures come that can't be decoded for want of a key frame.
    pub(super) fn needs_key_frame(&self) -> bool {
        self.is_showing && self.reception.is_some() && self.screen.needs_key_frame()
    }

    pub(super) fn reception(&self) -> Option<&Reception> {
        self.reception.as_ref()
    }

    pub(super) fn reception_mut(&mut self) -> Option<&mut Reception> {
        self.reception.as_mut()
    }

    pub(super) fn picture(&self) -> Option<&Picture> {
        self.screen.picture()
    }

    pub(super) fn fidelity(&self) -> Option<Fidelity> {
        self.screen.fidelity()
    }

    pub(super) fn is_frozen(&self, now: Duration) -> bool {
        self.screen.is_frozen(now)
    }

    pub(super) fn statistics(&self) -> ReceiverStatistics {
        self.statistics
    }

    pub(super) fn seen(&self) -> Seen {
        self.screen.seen()
    }

    #[inline]
    fn take(&mut self, now: Duration, packet: &Packet<'_>) {
        if packet.payload_type() != self.payload_type {
            self.statistics.unknown_payload_type += 1;
            return;
        }
        let Some(reception) = self.follow(packet.ssrc()) else {
            self.statistics.other_source += 1;
            return;
        };
        if !reception.on_packet(now, packet.sequence(), packet.timestamp()) {
            return;
        }
        self.statistics.packets += 1;
        self.statistics.octets += packet.payload().len() as u64;
        if !self.is_showing {
            return;
        }
        match self
            .reorder
            .insert(now, packet.sequence(), packet.as_bytes())
        {
            Arrival::Next => {
                self.screen.handle(now, packet);
                self.tick(now);
            }
            Arrival::Kept => self.tick(now),
            Arrival::Refused => {}
        }
    }

    /// The account of `ssrc`, if it is the source that is seen or becomes it.
    #[inline]
    fn follow(&mut self, ssrc: Ssrc) -> Option<&mut Reception> {
        let is_seen = self
            .reception
            .as_ref()
            .is_some_and(|reception| reception.ssrc() == ssrc);
        if !is_seen {
            if self.reception.is_some() {
                let count = match self.candidate {
                    Some((candidate, count)) if candidate == ssrc => count + 1,
                    Some(_) | None => 1,
                };
                self.candidate = Some((ssrc, count));
                if count < NEW_SOURCE_PACKETS {
                    return None;
                }
                self.statistics.source_changes += 1;
            }
            self.reception = Some(Reception::new(ssrc, CLOCK_RATE_HZ));
            self.reorder.reset();
            self.screen.reset();
        }
        self.candidate = None;
        self.reception.as_mut()
    }
}
