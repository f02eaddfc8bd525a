//! The house's sockets: wished for, begun, bound; another pair is tried where somebody else has the port.

use std::collections::VecDeque;

use media::relay::Side;
use net::FlowId;
use sip::sdp::MediaKind;

use super::path::Path;
use super::room::Wing;
use super::{House, Kind, Opening, Place, RoomId, Socket};

impl House {
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
            .channels()
            .all(|(_, channel)| channel.wings.iter().all(Wing::is_bound));
        (all && !std::mem::replace(&mut room.is_ready, true)).then_some(Opening::Ready(place.room))
    }

    /// A socket could not be bound, for somebody else has the port: another pair is tried. Also for one that broke later.
    pub fn failed(&mut self, flow: FlowId) -> Option<Opening> {
        let place = self.by_flow.remove(&flow)?;
        let room = self.rooms.get_mut(&place.room)?;
        let wing = room
            .channel_mut(place.media)?
            .wings
            .get_mut(place.side as usize)?;
        wing.path(place.kind).flow = None;
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
        let wing_of = |place: &Place| (place.room, place.media, place.side);
        self.wishes.retain(|wish| {
            !matches!(wish, Socket::Bind { place: old, .. } if wing_of(old) == wing_of(&place))
        });
        *wing = Wing {
            tries: tries - 1,
            ..Wing::new(address, port)
        };
        wish_for(&mut self.wishes, wing, wing_of(&place));
        None
    }

    fn path(&mut self, place: Place) -> Option<&mut Path> {
        self.rooms.get_mut(&place.room)?.path(place)
    }
}

pub(super) fn wish_for(
    wishes: &mut VecDeque<Socket>,
    wing: &Wing,
    (room, media, side): (RoomId, MediaKind, Side),
) {
    for (kind, path) in [(Kind::Rtp, &wing.rtp), (Kind::Rtcp, &wing.rtcp)] {
        wishes.push_back(Socket::Bind {
            place: Place {
                room,
                media,
                side,
                kind,
            },
            local: path.local,
        });
    }
}
