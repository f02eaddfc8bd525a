//! Media of all calls: sockets out of the port range, packets from one leg to the other, test numbers answered in place.
//!
//! ```text
//! datagram ─► room by flow ─► relay (keys of one leg off, keys of the other on) ─► datagram
//!                         └─► prompt (echo, tone)
//! ```
//!
//! One packet costs one look-up and no allocation: it is changed in a buffer of the house's own and handed back to the
//! driver, which sends it at once. A party behind a NAT is answered where it sends from.

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use media::relay::{HEADROOM, LegStatistics, Relay, Side};
use net::FlowId;

use crate::negotiation::Leg;
use crate::port_pool::PortPool;
use crate::test_numbers::Prompt;

mod path;
mod room;

use path::Path;
use room::{Engine, Room, Wing};

/// One call's media.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct RoomId(pub u64);

/// Which of a leg's two sockets.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Kind {
    /// RTP, on the even port.
    Rtp,
    /// RTCP, on the odd port after it.
    Rtcp,
}

/// The place that a socket is for.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Place {
    /// The call's room.
    pub room: RoomId,
    /// The leg.
    pub side: Side,
    /// RTP or RTCP.
    pub kind: Kind,
}

/// What the house wants of the driver's sockets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Socket {
    /// Bind a socket and say by [`House::binding`] which flow it is.
    Bind {
        /// What it is for.
        place: Place,
        /// Its address.
        local: SocketAddr,
    },
    /// Close a socket.
    Close(FlowId),
}

/// One packet to be sent.
#[derive(Debug, Eq, PartialEq)]
pub struct Outgoing<'a> {
    /// By this socket.
    pub flow: FlowId,
    /// To this address.
    pub target: SocketAddr,
    /// All of it.
    pub bytes: &'a [u8],
}

/// How a room's sockets are getting on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Opening {
    /// All sockets are bound.
    Ready(RoomId),
    /// No socket could be had: the call fails.
    Failed(RoomId),
}

/// All rooms.
#[derive(Debug)]
pub struct House {
    pool: PortPool,
    rooms: BTreeMap<RoomId, Room>,
    by_flow: BTreeMap<FlowId, Place>,
    wishes: VecDeque<Socket>,
    next_id: u64,
    buffer: Box<[u8; BUFFER_LEN]>,
    strays: u64,
}

/// Longest media packet that is relayed, in bytes; longer than any that fits an Ethernet frame.
const PACKET_MAX: usize = 2_000;
const BUFFER_LEN: usize = PACKET_MAX + HEADROOM;
impl House {
    /// A house whose sockets come out of `pool`.
    pub fn new(pool: PortPool) -> House {
        House {
            pool,
            rooms: BTreeMap::new(),
            by_flow: BTreeMap::new(),
            wishes: VecDeque::new(),
            next_id: 0,
            buffer: Box::new([0; BUFFER_LEN]),
            strays: 0,
        }
    }

    /// Opens a room for two legs, or for one when `b` is absent; `None` when the ports are used up.
    pub fn open(&mut self, a: IpAddr, b: Option<IpAddr>) -> Option<RoomId> {
        let room = RoomId(self.next_id);
        let mut legs = Vec::with_capacity(2);
        for address in [Some(a), b].into_iter().flatten() {
            let Some(port) = self.pool.take() else {
                legs.iter()
                    .for_each(|wing: &Wing| self.pool.give_back(wing.rtp.local.port()));
                return None;
            };
            legs.push(Wing::new(address, port));
        }
        self.next_id += 1;
        for (wing, side) in legs.iter().zip([Side::A, Side::B]) {
            wish_for(&mut self.wishes, wing, room, side);
        }
        let engine = Engine::Relay(Box::new(Relay::new(
            &Default::default(),
            &Default::default(),
        )));
        self.rooms.insert(
            room,
            Room {
                legs,
                engine,
                is_ready: false,
                is_renumbered: false,
                has_wrong_ssrc: false,
            },
        );
        Some(room)
    }

    /// The next thing wanted of the driver's sockets.
    pub fn next_wish(&mut self) -> Option<Socket> {
        self.wishes.pop_front()
    }

    /// The driver has begun to bind a socket that was wished for.
    pub fn binding(&mut self, place: Place, flow: FlowId) {
        match self.path(place) {
            Some(path) => {
                path.flow = Some(flow);
                self.by_flow.insert(flow, place);
            }
            None => self.wishes.push_back(Socket::Close(flow)),
        }
    }

    /// Whether a flow is one of the house's.
    pub fn owns(&self, flow: FlowId) -> bool {
        self.by_flow.contains_key(&flow)
    }

    /// A socket is bound.
    pub fn bound(&mut self, flow: FlowId) -> Option<Opening> {
        let place = *self.by_flow.get(&flow)?;
        self.path(place)?.is_bound = true;
        let room = self.rooms.get_mut(&place.room)?;
        let all = room
            .legs
            .iter()
            .all(|wing| wing.rtp.is_bound && wing.rtcp.is_bound);
        (all && !std::mem::replace(&mut room.is_ready, true)).then_some(Opening::Ready(place.room))
    }

    /// A socket could not be bound, for somebody else has the port: another pair is tried. Also for one that broke later.
    pub fn failed(&mut self, flow: FlowId) -> Option<Opening> {
        let place = self.by_flow.remove(&flow)?;
        let room = self.rooms.get_mut(&place.room)?;
        let wing = room.legs.get_mut(place.side as usize)?;
        let path = if place.kind == Kind::Rtp {
            &mut wing.rtp
        } else {
            &mut wing.rtcp
        };
        path.flow = None;
        let (tries, address) = (wing.tries, wing.rtp.local.ip());
        // The pair stays taken in the pool: it is no use to another call either.
        let port = self.pool.take().filter(|_| tries > 0);
        let Some(port) = port else {
            return Some(Opening::Failed(place.room));
        };
        for old in [wing.rtp.flow, wing.rtcp.flow].into_iter().flatten() {
            self.by_flow.remove(&old);
            self.wishes.push_back(Socket::Close(old));
        }
        // The other socket of the pair may be wished for and not yet be begun.
        self.wishes.retain(|wish| {
            !matches!(wish, Socket::Bind { place: old, .. } if (old.room, old.side) == (place.room, place.side))
        });
        *wing = Wing {
            tries: tries - 1,
            ..Wing::new(address, port)
        };
        wish_for(&mut self.wishes, wing, place.room, place.side);
        None
    }

    /// Where a leg's RTP is received.
    pub fn address(&self, room: RoomId, side: Side) -> Option<SocketAddr> {
        self.rooms
            .get(&room)?
            .legs
            .get(side as usize)
            .map(|wing| wing.rtp.local)
    }

    /// Takes over what a leg has agreed upon: keys and the other side's sockets.
    pub fn connect(&mut self, room: RoomId, side: Side, leg: &Leg) {
        let Some(room) = self.rooms.get_mut(&room) else {
            return;
        };
        if let Some(wing) = room.legs.get_mut(side as usize) {
            let remote = leg.remote();
            wing.rtp.lead_to(remote.map(|(rtp, _)| rtp));
            wing.rtcp.lead_to(remote.and_then(|(_, rtcp)| rtcp));
        }
        match &mut room.engine {
            Engine::Relay(relay) => relay.set_keys(side, leg.keys()),
            Engine::Prompt(prompt) => prompt.set_keys(leg.keys()),
        }
    }

    /// Has packets of a leg change their payload types on the way; what was said before is forgotten.
    pub fn renumber(&mut self, room: RoomId, side: Side, numbers: &[(u8, u8)]) {
        let Some(room) = self.rooms.get_mut(&room) else {
            return;
        };
        let Engine::Relay(relay) = &mut room.engine else {
            return;
        };
        if std::mem::replace(&mut room.is_renumbered, !numbers.is_empty()) {
            for side in [Side::A, Side::B] {
                (0..128).for_each(|number| relay.map_payload_type(side, number, number));
            }
        }
        for (source, target) in numbers {
            relay.map_payload_type(side, *source, *target);
        }
    }

    /// Has the system itself talk in a room of one leg.
    pub fn start_prompt(&mut self, room: RoomId, prompt: Prompt) {
        if let Some(room) = self.rooms.get_mut(&room) {
            room.engine = Engine::Prompt(Box::new(prompt));
        }
    }

    /// Makes a room relay with wrong SSRCs ([`crate::flaws::Flaw::WrongSsrc`]).
    pub fn spoil_ssrc(&mut self, room: RoomId) {
        if let Some(room) = self.rooms.get_mut(&room) {
            room.has_wrong_ssrc = true;
        }
    }

    /// Takes a datagram; gives what is to be sent for it at once.
    pub fn receive(
        &mut self,
        now: Duration,
        flow: FlowId,
        source: SocketAddr,
        bytes: &[u8],
    ) -> Option<Outgoing<'_>> {
        let place = *self.by_flow.get(&flow)?;
        let len = bytes.len();
        let Some(room) = self
            .rooms
            .get_mut(&place.room)
            .filter(|_| len <= PACKET_MAX)
        else {
            self.strays += 1;
            return None;
        };
        self.buffer[..len].copy_from_slice(bytes);
        match room.pass(now, place, source, &mut self.buffer[..], len) {
            Some((flow, target, len)) => Some(Outgoing {
                flow,
                target,
                bytes: &self.buffer[..len],
            }),
            None => {
                self.strays += 1;
                None
            }
        }
    }

    /// The next packet that a prompt has due.
    pub fn next_prompt(&mut self, now: Duration) -> Option<Outgoing<'_>> {
        for room in self.rooms.values_mut() {
            let (Engine::Prompt(prompt), Some(wing)) = (&mut room.engine, room.legs.first()) else {
                continue;
            };
            while let Some(len) = prompt.speak(now, &mut self.buffer[..]) {
                if let (Some(flow), Some(target)) = (wing.rtp.flow, wing.rtp.target()) {
                    return Some(Outgoing {
                        flow,
                        target,
                        bytes: &self.buffer[..len],
                    });
                }
            }
        }
        None
    }

    /// When [`House::next_prompt`] is wanted.
    pub fn deadline(&self) -> Option<Duration> {
        let due = |room: &Room| match &room.engine {
            Engine::Prompt(prompt) => prompt.deadline(),
            Engine::Relay(_) => None,
        };
        self.rooms.values().filter_map(due).min()
    }

    /// Closes a room; gives what passed from each leg.
    pub fn close(&mut self, room: RoomId) -> [LegStatistics; 2] {
        let Some(closed) = self.rooms.remove(&room) else {
            return Default::default();
        };
        for wing in &closed.legs {
            self.pool.give_back(wing.rtp.local.port());
            for flow in [wing.rtp.flow, wing.rtcp.flow].into_iter().flatten() {
                self.by_flow.remove(&flow);
                self.wishes.push_back(Socket::Close(flow));
            }
        }
        // A socket may still be wished for and not yet be begun.
        self.wishes
            .retain(|wish| !matches!(wish, Socket::Bind { place, .. } if place.room == room));
        match closed.engine {
            Engine::Relay(relay) => [relay.statistics(Side::A), relay.statistics(Side::B)],
            Engine::Prompt(prompt) => [prompt.statistics(), LegStatistics::default()],
        }
    }

    /// Rooms that are open.
    pub fn room_count(&self) -> usize {
        self.rooms.len()
    }

    /// Datagrams that led nowhere: from strangers, broken, forged, too long, or for a leg whose other side is not known.
    pub fn stray_count(&self) -> u64 {
        self.strays
    }

    fn path(&mut self, place: Place) -> Option<&mut Path> {
        let wing = self
            .rooms
            .get_mut(&place.room)?
            .legs
            .get_mut(place.side as usize)?;
        Some(if place.kind == Kind::Rtp {
            &mut wing.rtp
        } else {
            &mut wing.rtcp
        })
    }
}

fn wish_for(wishes: &mut VecDeque<Socket>, wing: &Wing, room: RoomId, side: Side) {
    for (kind, path) in [(Kind::Rtp, &wing.rtp), (Kind::Rtcp, &wing.rtcp)] {
        wishes.push_back(Socket::Bind {
            place: Place { room, side, kind },
            local: path.local,
        });
    }
}

#[cfg(test)]
mod tests;
