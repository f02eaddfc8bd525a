//! One kind of media of one call: the legs' sockets, and what happens to a packet between them.

use std::net::SocketAddr;
use std::time::Duration;

use media::KeyPair;
use media::relay::{LegStatistics, Relay, Side};
use net::{Entropy, FlowId};
use sip::sdp::Direction;

use super::Place;
use super::room::Wing;
use super::{Kind, transcoder::Transcoder};
use crate::negotiation::{Remote, Speech};
use crate::test_numbers::Prompt;

/// A packet to be sent: by which socket, whereto, and how much of the buffer it is.
pub(super) type Departure = (FlowId, SocketAddr, usize);

/// What became of a packet.
pub(super) enum Passed {
    /// It leaves again at once.
    On(Departure),
    /// It was taken, and something may come of it later.
    Kept,
    /// It led nowhere.
    Nowhere,
}

#[derive(Debug)]
pub(super) struct Channel {
    /// The legs' sockets: A's, and B's if there is one.
    pub(super) wings: Vec<Wing>,
    engine: Engine,
    is_renumbered: bool,
    pub(super) has_wrong_ssrc: bool,
}

#[derive(Debug)]
enum Engine {
    Relay(Box<Relay>),
    Transcoder(Box<Transcoder>),
    Prompt(Box<Prompt>),
}

impl Channel {
    pub(super) fn new(wings: Vec<Wing>) -> Channel {
        Channel {
            wings,
            engine: Engine::Relay(Box::new(relay())),
            is_renumbered: false,
            has_wrong_ssrc: false,
        }
    }

    /// Passes on the packet in `buffer[..len]`; gives what is to be sent for it.
    #[inline]
    pub(super) fn pass(
        &mut self,
        now: Duration,
        place: Place,
        source: SocketAddr,
        buffer: &mut [u8],
        len: usize,
    ) -> Passed {
        if place.kind == Kind::Rtcp && !is_rtcp(&buffer[..len]) {
            return Passed::Nowhere;
        }
        if let Engine::Transcoder(_) = self.engine {
            return self.keep(now, place, source, &mut buffer[..len]);
        }
        self.pass_on(now, place, source, buffer, len)
            .map_or(Passed::Nowhere, Passed::On)
    }

    #[inline]
    fn pass_on(
        &mut self,
        now: Duration,
        place: Place,
        source: SocketAddr,
        buffer: &mut [u8],
        len: usize,
    ) -> Option<Departure> {
        let path = self.wings.get_mut(place.side as usize)?.path(place.kind);
        if !path.may_come_from(now, source) {
            return None;
        }
        let len = match (&mut self.engine, place.kind) {
            (Engine::Relay(relay), Kind::Rtp) => {
                if self.has_wrong_ssrc && len >= 12 {
                    let sequence = [buffer[2], buffer[3]];
                    buffer[8..10].copy_from_slice(&sequence);
                }
                relay.forward(place.side, buffer, len).ok()?
            }
            (Engine::Relay(relay), Kind::Rtcp) => {
                relay.forward_rtcp(place.side, buffer, len).ok()?
            }
            (Engine::Prompt(prompt), Kind::Rtp) => {
                let answer = prompt.hear(buffer, len);
                path.heard_from(now, source);
                return Some((path.flow?, path.target()?, answer?));
            }
            (Engine::Prompt(_), Kind::Rtcp) | (Engine::Transcoder(_), _) => return None,
        };
        // Only what was authentic and well formed says where its sender is.
        path.heard_from(now, source);
        let other = self.wings.get_mut(place.side.other() as usize)?;
        let other = other.path(place.kind);
        Some((other.flow?, other.target()?, len))
    }

    /// Takes a packet to be said again in its turn.
    fn keep(
        &mut self,
        now: Duration,
        place: Place,
        source: SocketAddr,
        packet: &mut [u8],
    ) -> Passed {
        let (Engine::Transcoder(transcoder), Some(wing)) =
            (&mut self.engine, self.wings.get_mut(place.side as usize))
        else {
            return Passed::Nowhere;
        };
        let path = wing.path(place.kind);
        if !path.may_come_from(now, source) || !transcoder.hear(now, place.side, place.kind, packet)
        {
            return Passed::Nowhere;
        }
        path.heard_from(now, source);
        Passed::Kept
    }

    /// The next packet that the system itself has due here.
    pub(super) fn speak(&mut self, now: Duration, buffer: &mut [u8]) -> Option<Departure> {
        loop {
            let (side, kind, len) = match &mut self.engine {
                Engine::Relay(_) => return None,
                Engine::Prompt(prompt) => (Side::A, Kind::Rtp, prompt.speak(now, buffer)?),
                Engine::Transcoder(transcoder) => transcoder.speak(now, buffer)?,
            };
            let path = self.wings.get_mut(side as usize)?.path(kind);
            if let (Some(flow), Some(target)) = (path.flow, path.target()) {
                return Some((flow, target, len));
            }
        }
    }

    /// When [`Channel::speak`] is wanted.
    pub(super) fn deadline(&self) -> Option<Duration> {
        match &self.engine {
            Engine::Relay(_) => None,
            Engine::Prompt(prompt) => prompt.deadline(),
            Engine::Transcoder(transcoder) => Some(transcoder.deadline()),
        }
    }

    /// Takes over what a leg has agreed upon.
    pub(super) fn connect(
        &mut self,
        side: Side,
        remote: Remote,
        keys: &KeyPair,
        direction: Direction,
    ) {
        if let Some(wing) = self.wings.get_mut(side as usize) {
            wing.rtp.lead_to(remote.map(|(rtp, _)| rtp));
            wing.rtcp.lead_to(remote.and_then(|(_, rtcp)| rtcp));
        }
        match &mut self.engine {
            Engine::Relay(relay) => relay.set_keys(side, keys),
            Engine::Prompt(prompt) => prompt.set_keys(keys),
            Engine::Transcoder(transcoder) => transcoder.connect(side, keys, direction),
        }
    }

    /// Passes packets on as they are.
    pub(super) fn relay(&mut self) {
        if !matches!(self.engine, Engine::Relay(_)) {
            (self.engine, self.is_renumbered) = (Engine::Relay(Box::new(relay())), false);
        }
    }

    /// Decodes what comes from one leg and codes it anew for the other.
    pub(super) fn transcode(&mut self, a: Speech, b: Speech, entropy: &mut Entropy) {
        let goes_on = matches!(&self.engine, Engine::Transcoder(now) if now.speeches() == [&a, &b]);
        if !goes_on {
            self.engine = Engine::Transcoder(Box::new(Transcoder::new([a, b], entropy)));
        }
    }

    /// Has the system itself talk.
    pub(super) fn start_prompt(&mut self, prompt: Prompt) {
        self.engine = Engine::Prompt(Box::new(prompt));
    }

    /// Has packets of a leg change their payload types on the way; what was said before is forgotten.
    pub(super) fn renumber(&mut self, side: Side, numbers: impl Iterator<Item = (u8, u8)>) {
        let Engine::Relay(relay) = &mut self.engine else {
            return;
        };
        if std::mem::take(&mut self.is_renumbered) {
            for side in [Side::A, Side::B] {
                (0..128).for_each(|number| relay.map_payload_type(side, number, number));
            }
        }
        for (source, target) in numbers {
            self.is_renumbered = true;
            relay.map_payload_type(side, source, target);
        }
    }

    /// What came from each leg.
    pub(super) fn statistics(&self) -> [LegStatistics; 2] {
        match &self.engine {
            Engine::Relay(relay) => [relay.statistics(Side::A), relay.statistics(Side::B)],
            Engine::Prompt(prompt) => [prompt.statistics(), LegStatistics::default()],
            Engine::Transcoder(transcoder) => transcoder.statistics(),
        }
    }
}

fn relay() -> Relay {
    Relay::new(&KeyPair::default(), &KeyPair::default())
}

/// Whether a packet begins as RTCP does, encrypted or not: version 2 and a packet type of its range (RFC 5761 §4).
fn is_rtcp(packet: &[u8]) -> bool {
    matches!(packet, [first, kind, _, _, _, _, _, _, ..] if first >> 6 == 2 && (192..224).contains(kind))
}
