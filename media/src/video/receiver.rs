//! Receiver of pictures: datagrams in, and what the screen shows of them.
//!
//! Keeps the account for reports, follows the source that sends, and has packets wait for those before them.

use std::time::Duration;

use super::reorder::{Arrival, Reorder};
use super::screen::{Fidelity, Screen, Seen};
use super::{CLOCK_RATE_HZ, Picture, VideoError};
use crate::intake::{Intake, Taken};
use crate::receiver::ReceiverStatistics;
use crate::rtcp::Reception;
use crate::rtp::{Packet, Ssrc};
use crate::rtx::PayloadTypes;
use crate::srtp::{SdesKey, SrtpError};

/// How long a picture waits for a packet that others overtook: three frame times at 30 a second are seen as a stumble.
const PATIENCE: Duration = Duration::from_millis(100);
/// How long a picture waits for a packet that was asked for: a round trip, and another for the request that got lost.
const REPAIR_PATIENCE: Duration = Duration::from_millis(300);

/// A packet that came and is of use.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Came {
    /// One of the source that is followed, with its number.
    Counted(Ssrc, u16),
    /// The one of that number, as a retransmission.
    Again(u16),
}

/// Receives one stream of pictures.
#[derive(Debug)]
pub(super) struct Receiver {
    payload_type: u8,
    /// Payload types of retransmissions, and what they repair.
    repairing: PayloadTypes,
    intake: Intake,
    /// Whether what comes is to be shown.
    is_showing: bool,
    reorder: Reorder,
    screen: Screen,
}

impl Receiver {
    pub(super) fn new(
        payload_type: u8,
        key: Option<&SdesKey>,
        watch: bool,
    ) -> Result<Receiver, VideoError> {
        Ok(Receiver {
            payload_type,
            repairing: PayloadTypes::new(),
            intake: Intake::new(CLOCK_RATE_HZ, key),
            is_showing: true,
            reorder: Reorder::new(PATIENCE),
            screen: Screen::new(watch)?,
        })
    }

    pub(super) fn set_key(&mut self, key: Option<&SdesKey>) {
        self.intake.set_key(key);
    }

    pub(super) fn set_payload_type(&mut self, payload_type: u8) {
        self.payload_type = payload_type;
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
    pub(super) fn handle(&mut self, now: Duration, datagram: &mut [u8]) -> Option<Came> {
        let packet = self.intake.open(datagram)?;
        if self.repairing.original(packet.payload_type()).is_some() {
            let len = packet.as_bytes().len();
            return self.restore(now, &mut datagram[..len]);
        }
        self.take(now, &packet)
            .then(|| Came::Counted(packet.ssrc(), packet.sequence()))
    }

    /// Has pictures wait as long as repair takes, or only for packets that others overtook; `repairing` are the payload
    /// types of retransmissions.
    pub(super) fn set_repaired(&mut self, is_repaired: bool, repairing: PayloadTypes) {
        self.repairing = repairing;
        self.reorder.set_patience(if is_repaired {
            REPAIR_PATIENCE
        } else {
            PATIENCE
        });
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
        self.intake.unprotect_rtcp(datagram)
    }

    /// Whether pictures come that can't be decoded for want of a key frame.
    pub(super) fn needs_key_frame(&self) -> bool {
        self.is_showing && self.intake.reception().is_some() && self.screen.needs_key_frame()
    }

    pub(super) fn reception(&self) -> Option<&Reception> {
        self.intake.reception()
    }

    pub(super) fn reception_mut(&mut self) -> Option<&mut Reception> {
        self.intake.reception_mut()
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
        self.intake.statistics
    }

    pub(super) fn seen(&self) -> Seen {
        self.screen.seen()
    }

    /// Whether it counts.
    #[inline]
    fn take(&mut self, now: Duration, packet: &Packet<'_>) -> bool {
        if packet.payload_type() != self.payload_type {
            self.intake.refuse_payload_type();
            return false;
        }
        match self.intake.take(now, packet) {
            Taken::Next => {}
            Taken::First => {
                self.reorder.reset();
                self.screen.reset();
            }
            Taken::Not => return false,
        }
        if self.is_showing {
            self.put(now, packet);
        }
        true
    }

    /// Takes a retransmission. Of the source that is followed it repairs a packet that is waited for; in reports it does not
    /// count, for it was sent by another (RFC 4588 §5.3).
    fn restore(&mut self, now: Duration, packet: &mut [u8]) -> Option<Came> {
        let source = self.intake.reception()?.ssrc();
        let restored = self.repairing.restore(packet, source).ok().flatten()?;
        let packet = Packet::parse(restored).ok()?;
        let sequence = packet.sequence();
        let is_wanted = self.reorder.missing().any(|missing| missing == sequence);
        if is_wanted && packet.payload_type() == self.payload_type {
            self.put(now, &packet);
        }
        Some(Came::Again(sequence))
    }

    /// Puts a packet into its place.
    #[inline]
    fn put(&mut self, now: Duration, packet: &Packet<'_>) {
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
}
