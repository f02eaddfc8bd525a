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
use crate::srtp::{SdesKey, SrtpError};

/// How long a picture waits for a packet that others overtook: three frame times at 30 a second are seen as a stumble.
const PATIENCE: Duration = Duration::from_millis(100);
/// How long a picture waits for a packet that was asked for: a round trip, and another for the request that got lost.
const REPAIR_PATIENCE: Duration = Duration::from_millis(300);

/// Receives one stream of pictures.
#[derive(Debug)]
pub(super) struct Receiver {
    payload_type: u8,
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

    /// Takes a datagram; it is decrypted where it stands. Gives source and number of a packet that counts.
    #[inline]
    pub(super) fn handle(&mut self, now: Duration, datagram: &mut [u8]) -> Option<(Ssrc, u16)> {
        let packet = self.intake.open(datagram)?;
        self.take(now, &packet)
            .then(|| (packet.ssrc(), packet.sequence()))
    }

    /// Has pictures wait as long as repair takes, or only for packets that others overtook.
    pub(super) fn set_repaired(&mut self, is_repaired: bool) {
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
        if !self.is_showing {
            return true;
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
        true
    }
}
