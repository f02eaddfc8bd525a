//! Media of all calls: sockets out of the port range, packets from one leg to the other, test numbers answered in place.
//!
//! ```text
//! datagram ─► room by flow ─► relay (keys of one leg off, keys of the other on) ─► datagram
//!                         ├─► transcoder (where the legs share no codec)
//!                         └─► prompt (echo, tone)
//! ```
//!
//! One packet costs one look-up and no allocation: it is changed in a buffer of the house's own and handed back to the
//! driver, which sends it at once. A party behind a NAT is answered where it sends from.

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use media::relay::{HEADROOM, Side};
use net::{Entropy, FlowId};
use sip::sdp::MediaKind;

use crate::negotiation::{Answered, Leg};
use crate::port_pool::PortPool;
use crate::test_numbers::Prompt;

mod channel;
mod path;
mod room;
mod sockets;
mod transcoder;

use channel::{Channel, Passed};
use room::{Room, Wing};
use sockets::wish_for;

pub use room::RoomStatistics;

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
    /// Sound or picture.
    pub media: MediaKind,
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

    /// Opens a room for two legs, or for one when `b` is absent; `None` when the ports are used up. A picture for which there
    /// are no ports is left out.
    pub fn open(&mut self, a: IpAddr, b: Option<IpAddr>, has_video: bool) -> Option<RoomId> {
        let audio = self.take_ports(a, b)?;
        let video = has_video.then(|| self.take_ports(a, b)).flatten();
        let id = RoomId(self.next_id);
        self.next_id += 1;
        let room = Room {
            audio: Channel::new(audio),
            video: video.map(Channel::new),
            is_ready: false,
        };
        for (media, channel) in room.channels() {
            for (wing, side) in channel.wings.iter().zip([Side::A, Side::B]) {
                wish_for(&mut self.wishes, wing, (id, media, side));
            }
        }
        self.rooms.insert(id, room);
        Some(id)
    }

    fn take_ports(&mut self, a: IpAddr, b: Option<IpAddr>) -> Option<Vec<Wing>> {
        let mut wings = Vec::with_capacity(2);
        for address in [Some(a), b].into_iter().flatten() {
            let Some(port) = self.pool.take() else {
                for wing in &wings {
                    let Wing { rtp, .. } = wing;
                    self.pool.give_back(rtp.local.port());
                }
                return None;
            };
            wings.push(Wing::new(address, port));
        }
        Some(wings)
    }

    /// Where a leg's RTP of a kind is received, if it is.
    pub fn address(&self, room: RoomId, media: MediaKind, side: Side) -> Option<SocketAddr> {
        let channel = self.rooms.get(&room)?.channel(media)?;
        channel.wings.get(side as usize).map(|wing| wing.rtp.local)
    }

    /// Whether a room has sockets for a picture.
    pub fn has_video(&self, room: RoomId) -> bool {
        self.rooms
            .get(&room)
            .is_some_and(|room| room.video.is_some())
    }

    /// Takes over what a leg has agreed upon: keys and the other side's sockets.
    pub fn connect(&mut self, room: RoomId, side: Side, leg: &Leg) {
        if let Some(room) = self.rooms.get_mut(&room) {
            room.connect(side, leg);
        }
    }

    /// Ties two legs together as agreed: `offerer` on `side` has its offer answered by what `offered` answered.
    pub fn tie(
        &mut self,
        room: RoomId,
        side: Side,
        (offerer, offered): (&Leg, &Leg),
        answered: &Answered,
        entropy: &mut Entropy,
    ) {
        let Some(room) = self.rooms.get_mut(&room) else {
            return;
        };
        match answered.transcoded.clone().zip(offered.speech()) {
            Some((own, other)) => {
                let (a, b) = match side {
                    Side::A => (own, other),
                    Side::B => (other, own),
                };
                room.audio.transcode(a, b, entropy);
            }
            None => room.audio.relay(),
        }
        room.connect(side, offerer);
        room.connect(side.other(), offered);
        for (media, channel) in room.channels_mut() {
            let of_kind = |&&(kind, _, _): &&(MediaKind, u8, u8)| kind == media;
            let numbers = answered.numbers.iter().filter(of_kind);
            channel.renumber(side, numbers.map(|(_, source, target)| (*source, *target)));
        }
    }

    /// Has the system itself talk in a room of one leg.
    pub fn start_prompt(&mut self, room: RoomId, media: MediaKind, prompt: Prompt) {
        let room = self.rooms.get_mut(&room);
        if let Some(channel) = room.and_then(|room| room.channel_mut(media)) {
            channel.start_prompt(prompt);
        }
    }

    /// Makes a room relay with wrong SSRCs ([`crate::flaws::Flaw::WrongSsrc`]).
    pub fn spoil_ssrc(&mut self, room: RoomId) {
        if let Some(room) = self.rooms.get_mut(&room) {
            for (_, channel) in room.channels_mut() {
                channel.has_wrong_ssrc = true;
            }
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
        let channel = room.channel_mut(place.media)?;
        match channel.pass(now, place, source, &mut self.buffer[..], len) {
            Passed::On((flow, target, len)) => Some(Outgoing {
                flow,
                target,
                bytes: &self.buffer[..len],
            }),
            Passed::Kept => None,
            Passed::Nowhere => {
                self.strays += 1;
                None
            }
        }
    }

    /// The next packet that the system itself has due: a test number's, or transcoded.
    pub fn next_prompt(&mut self, now: Duration) -> Option<Outgoing<'_>> {
        let buffer = &mut self.buffer[..];
        let mut channels = self.rooms.values_mut().flat_map(Room::channels_mut);
        let (flow, target, len) = channels.find_map(|(_, channel)| channel.speak(now, buffer))?;
        Some(Outgoing {
            flow,
            target,
            bytes: &self.buffer[..len],
        })
    }

    /// When [`House::next_prompt`] is wanted.
    pub fn deadline(&self) -> Option<Duration> {
        let channels = self.rooms.values().flat_map(Room::channels);
        channels.filter_map(|(_, channel)| channel.deadline()).min()
    }

    /// Closes a room; gives what passed from each leg.
    pub fn close(&mut self, room: RoomId) -> RoomStatistics {
        let Some(closed) = self.rooms.remove(&room) else {
            return RoomStatistics::default();
        };
        for wing in closed.channels().flat_map(|(_, channel)| &channel.wings) {
            self.pool.give_back(wing.rtp.local.port());
            for flow in [wing.rtp.flow, wing.rtcp.flow].into_iter().flatten() {
                self.by_flow.remove(&flow);
                self.wishes.push_back(Socket::Close(flow));
            }
        }
        // A socket may still be wished for and not yet be begun.
        self.wishes
            .retain(|wish| !matches!(wish, Socket::Bind { place, .. } if place.room == room));
        closed.statistics()
    }

    /// Rooms that are open.
    pub fn room_count(&self) -> usize {
        self.rooms.len()
    }

    /// Datagrams that led nowhere: from strangers, broken, forged, too long, or for a leg whose other side is not known.
    pub fn stray_count(&self) -> u64 {
        self.strays
    }
}

#[cfg(test)]
mod tests;
