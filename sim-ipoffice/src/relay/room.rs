//! One call's media: the legs' sockets, and what happens to a packet between them.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use media::relay::Relay;
use net::FlowId;

use super::path::Path;
use super::{Kind, Place};
use crate::test_numbers::Prompt;

#[derive(Debug)]
pub(super) struct Room {
    pub(super) legs: Vec<Wing>,
    pub(super) engine: Engine,
    pub(super) is_ready: bool,
    pub(super) is_renumbered: bool,
    pub(super) has_wrong_ssrc: bool,
}

/// One leg's sockets.
#[derive(Debug)]
pub(super) struct Wing {
    pub(super) rtp: Path,
    pub(super) rtcp: Path,
    /// Further port pairs that may be tried when one is taken by somebody else.
    pub(super) tries: u8,
}

#[derive(Debug)]
pub(super) enum Engine {
    Relay(Box<Relay>),
    Prompt(Box<Prompt>),
}

/// Port pairs tried for one leg before the call fails; ours.
const TRIES: u8 = 20;

impl Wing {
    pub(super) fn new(address: IpAddr, port: u16) -> Wing {
        let path = |port| Path::new(SocketAddr::new(address, port));
        // The pool gives even ports below 65 535 only.
        Wing {
            rtp: path(port),
            rtcp: path(port + 1),
            tries: TRIES,
        }
    }
}

impl Room {
    /// Passes on the packet in `buffer[..len]`; gives by which socket, whereto and how long it is now.
    pub(super) fn pass(
        &mut self,
        now: Duration,
        place: Place,
        source: SocketAddr,
        buffer: &mut [u8],
        len: usize,
    ) -> Option<(FlowId, SocketAddr, usize)> {
        let wing = self.legs.get_mut(place.side as usize)?;
        let path = if place.kind == Kind::Rtp {
            &mut wing.rtp
        } else {
            &mut wing.rtcp
        };
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
            (Engine::Prompt(_), Kind::Rtcp) => return None,
        };
        // Only what was authentic and well formed says where its sender is.
        path.heard_from(now, source);
        let other = self.legs.get(place.side.other() as usize)?;
        let other = if place.kind == Kind::Rtp {
            &other.rtp
        } else {
            &other.rtcp
        };
        Some((other.flow?, other.target()?, len))
    }
}
