//! What a re-INVITE changes of a stream that runs: direction, payload types, repair, keys.
//!
//! RFC 3264 §8; RFC 3711 §9.1 (a key that stays keeps its counters).

use super::{Retransmission, VideoStream};
use crate::srtp::{KeyPair, SdesKey};
use crate::stream::Direction;
use crate::video::repair::Repair;

impl VideoStream {
    /// Sends and shows in other directions from now on, as after hold and retrieve. Pictures begin with a key frame.
    pub fn set_direction(&mut self, direction: Direction) {
        if direction.says() && !self.config.direction.says() {
            self.begin_anew();
        }
        self.config.direction = direction;
        self.receiver.set_showing(direction.hears());
    }

    /// Uses other payload types from now on (to send, to receive), as after a re-INVITE.
    pub fn set_payload_types(&mut self, send: u8, receive: u8) {
        (self.config.payload_type, self.config.receive) = (send, Some(receive));
        self.sender.set_payload_type(send);
        self.receiver.set_payload_type(receive);
        self.set_repair(self.config.repair);
    }

    /// Repairs from now on so or no longer, as after a re-INVITE; a carried stream goes on as it is.
    pub fn set_repair(&mut self, repair: Option<Retransmission>) {
        if self.config.carriage.is_some() {
            return;
        }
        let before = std::mem::replace(&mut self.config.repair, repair);
        let goes_on = before.zip(repair);
        match &mut self.repair {
            Some(repair) if goes_on.is_some_and(|(before, now)| before.goes_on_as(now)) => {
                repair.go_on(&self.config);
            }
            _ => self.repair = Repair::agreed(&self.config),
        }
        let repairing = self.config.received_apart();
        self.receiver.set_repaired(self.repair.is_some(), repairing);
    }

    /// Takes new keys, as after a re-INVITE. A key that stays keeps its counters: RFC 3711 §9.1 forbids to start them again.
    pub fn rekey(&mut self, keys: KeyPair) {
        let (receiver, sender) = (&mut self.receiver, &mut self.sender);
        let (inbound, outbound) = (
            |key: Option<&_>| receiver.set_key(key),
            |key: Option<&_>| sender.set_key(key),
        );
        self.config.keys.replace(keys, inbound, outbound);
    }

    /// The key that we protect with, for our next offer or answer.
    pub fn outbound_key(&self) -> Option<&SdesKey> {
        self.config.keys.outbound.as_ref()
    }
}
