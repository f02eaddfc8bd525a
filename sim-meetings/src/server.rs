//! The cloud itself, without any network: told the time and what came in, it says what goes out.
//!
//! Conference channels and rooms are here, in `server/moderation.rs` and in `server/telling.rs`; media is the bridge's. Everything that is sent leaves
//! through [`Server::poll`], to be drained after every call.

mod moderation;
mod portal;
mod telling;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use net::Entropy;

use crate::bridge::{self, Bridge};
use crate::conf::{Reason, Request, Say};
use crate::config::{Config, Subscriber};
use crate::flaws::Flaw;
use crate::refusal::Refusal;
use crate::room::{ParticipantId, Role, Room};
use crate::token::{Ticket, Tokens};

pub(crate) use portal::JoinRequest;

/// A conference channel, as the driver counts them.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct LinkId(pub(crate) u64);

/// What the cloud is told.
#[derive(Debug)]
pub(crate) enum Input {
    /// A conference channel was opened.
    Opened { link: LinkId },
    /// A text message came on it.
    Said { link: LinkId, text: String },
    /// It is gone.
    Gone { link: LinkId },
    /// A port asked for is bound.
    Bound { port: u16 },
    /// A port asked for cannot be bound.
    BindFailed { port: u16 },
    /// A datagram came to a media port.
    Datagram {
        port: u16,
        source: SocketAddr,
        bytes: Bytes,
    },
    /// The deadline has come.
    Timeout,
}

/// What the cloud says.
#[derive(Debug)]
pub(crate) enum Output {
    /// A text message on a conference channel.
    Say { link: LinkId, text: String },
    /// Ends a conference channel, after what was said on it.
    HangUp { link: LinkId },
    /// Binds a UDP port.
    Bind { port: u16 },
    /// Closes it.
    Unbind { port: u16 },
    /// Sends a datagram from it.
    Send {
        port: u16,
        target: SocketAddr,
        bytes: Bytes,
    },
    /// Nothing more; wake it at this time.
    Wait(Option<Duration>),
}

/// The cloud.
pub(crate) struct Server {
    tenant: String,
    session: Duration,
    join_token: Duration,
    subscribers: BTreeMap<String, Subscriber>,
    tokens: Tokens,
    rooms: BTreeMap<String, Room>,
    links: BTreeMap<LinkId, Seat>,
    seated: BTreeMap<ParticipantId, Seated>,
    participants: u64,
    bridge: Bridge,
    flaws: BTreeSet<Flaw>,
    outputs: VecDeque<Output>,
}

/// One end of a conference channel.
#[derive(Debug)]
struct Seat {
    opened: Duration,
    participant: Option<ParticipantId>,
}

/// Where a participant is.
#[derive(Clone, Debug)]
struct Seated {
    link: LinkId,
    room: String,
}

impl Server {
    /// A cloud of this configuration. `address` is where media is sent to, `epoch` the wall clock at time zero, and the seed all
    /// the randomness there is.
    pub(crate) fn new(
        config: &Config,
        address: IpAddr,
        epoch: SystemTime,
        seed: [u8; 32],
    ) -> Server {
        let entropy = Entropy::from_seed(seed);
        let (first, last) = (config.ports.media_first, config.ports.media_last);
        let range = if config.flaws.contains(&Flaw::PortsOutsideRange) {
            last.saturating_add(1)..=last.saturating_add(1_000)
        } else {
            first..=last
        };
        let subscribers = config.subscribers.iter();
        let rooms = config.rooms.iter();
        Server {
            tenant: config.tenant.clone(),
            session: config.session(),
            join_token: config.join_token(),
            subscribers: subscribers
                .map(|user| (user.login.clone(), user.clone()))
                .collect(),
            tokens: Tokens::new(&entropy.fork("token secret").seed()),
            rooms: rooms
                .map(|room| (room.number.clone(), Room::new(room.clone())))
                .collect(),
            links: BTreeMap::new(),
            seated: BTreeMap::new(),
            participants: 0,
            bridge: Bridge::new(
                address,
                range,
                epoch,
                entropy.fork("media").seed(),
                config
                    .video_codecs
                    .iter()
                    .map(|codec| codec.of_line())
                    .collect(),
                config.flaws.clone(),
            ),
            flaws: config.flaws.clone(),
            outputs: VecDeque::new(),
        }
    }

    /// Tells the cloud what came in; `utc` is the wall clock, for tokens.
    pub(crate) fn handle(&mut self, now: Duration, utc: SystemTime, input: Input) {
        match input {
            Input::Opened { link } => self.on_opened(now, link),
            Input::Said { link, text } => self.on_said(now, utc, link, &text),
            Input::Gone { link } => self.on_gone(now, link),
            Input::Bound { port } => self.bridge.on_bound(now, port),
            Input::BindFailed { port } => self.bridge.on_bind_failed(port),
            Input::Datagram {
                port,
                source,
                bytes,
            } => self.bridge.on_datagram(now, port, source, bytes),
            Input::Timeout => {
                self.bridge.on_timeout(now);
                self.end_silent_links(now);
            }
        }
    }

    /// What the cloud has to say.
    pub(crate) fn poll(&mut self) -> Output {
        loop {
            if let Some(output) = self.outputs.pop_front() {
                return output;
            }
            match self.bridge.poll() {
                bridge::Output::Bind { port } => return Output::Bind { port },
                bridge::Output::Unbind { port } => return Output::Unbind { port },
                bridge::Output::Send {
                    port,
                    target,
                    bytes,
                } => {
                    return Output::Send {
                        port,
                        target,
                        bytes,
                    };
                }
                bridge::Output::Answer { id, sdp } => self.on_answer(id, &sdp),
                bridge::Output::Refused { id, refusal } => {
                    self.say(id, &Say::refused("offer", refusal));
                }
                bridge::Output::Audio { id, audio, picture } => {
                    self.on_audio(id, audio, picture);
                }
                bridge::Output::Pictures { id, lines } => self.on_pictures(id, lines),
                bridge::Output::Wait(deadline) => {
                    let silent = self
                        .links
                        .values()
                        .filter(|seat| seat.participant.is_none());
                    let silent = silent.map(|seat| seat.opened + JOIN_TIME).min();
                    return Output::Wait(deadline.into_iter().chain(silent).min());
                }
            }
        }
    }

    fn on_opened(&mut self, now: Duration, link: LinkId) {
        if self.links.len() >= LINKS_MAX {
            self.reply(link, &Say::refused("join", Refusal::Busy));
            self.outputs.push_back(Output::HangUp { link });
            return;
        }
        let seat = Seat {
            opened: now,
            participant: None,
        };
        self.links.insert(link, seat);
    }

    fn on_said(&mut self, now: Duration, utc: SystemTime, link: LinkId, text: &str) {
        let Some(participant) = self.links.get(&link).map(|seat| seat.participant) else {
            return;
        };
        let request = match serde_json::from_str::<Request>(text) {
            Ok(request) => request,
            Err(_) => return self.reply(link, &Say::refused("", Refusal::Malformed)),
        };
        let name = request.name();
        let outcome = match (participant, request) {
            (None, Request::Join { token }) => {
                if let Err(refusal) = self.join(utc, link, &token) {
                    self.reply(link, &Say::refused(name, refusal));
                    self.hang_up(link);
                }
                Ok(())
            }
            (Some(id), request) => self.on_request(now, id, request),
            (None, _) => Err(Refusal::OutOfTurn),
        };
        if let Err(refusal) = outcome {
            self.reply(link, &Say::refused(name, refusal));
        }
    }

    fn join(&mut self, utc: SystemTime, link: LinkId, token: &str) -> Result<(), Refusal> {
        let ticket: Ticket = self.tokens.verify(utc, token)?;
        let room = self
            .rooms
            .get_mut(&ticket.room)
            .ok_or(Refusal::RoomUnknown)?;
        let id = ParticipantId(self.participants + 1);
        room.join(id, &ticket.name, ticket.role)?;
        self.participants += 1;
        let waiting = room
            .participants
            .get(&id)
            .is_some_and(|participant| participant.waiting);
        let joined = Say::Joined {
            participant: id,
            room: &ticket.room,
            title: &room.settings.title,
            role: ticket.role,
            waiting,
        };
        let text = joined.text();
        self.outputs.push_back(Output::Say { link, text });
        if let Some(seat) = self.links.get_mut(&link) {
            seat.participant = Some(id);
        }
        let room = ticket.room;
        self.seated.insert(
            id,
            Seated {
                link,
                room: room.clone(),
            },
        );
        self.tell_roster(&room, Some(id));
        Ok(())
    }

    /// A request of one who has joined.
    fn on_request(
        &mut self,
        now: Duration,
        id: ParticipantId,
        request: Request,
    ) -> Result<(), Refusal> {
        let room = self.seated.get(&id).ok_or(Refusal::OutOfTurn)?.room.clone();
        let waiting = self.participant(&room, id)?.waiting;
        if request.is_for_moderators() {
            if self.participant(&room, id)?.role != Role::Moderator {
                return Err(Refusal::ModeratorOnly);
            }
            return self.moderate(now, id, &room, &request);
        }
        match request {
            Request::Offer { sdp } if !waiting => {
                self.bridge.offer(now, id, &room, &sdp);
                Ok(())
            }
            Request::Candidate { candidate } if !waiting => {
                self.bridge.candidate(now, id, &candidate)
            }
            Request::Mute { muted } => {
                self.set_muted(&room, id, muted);
                self.tell_roster(&room, None);
                Ok(())
            }
            Request::Measure => {
                let measured = self.bridge.measured(id).ok_or(Refusal::OutOfTurn)?;
                self.say(id, &Say::Measured(&measured));
                Ok(())
            }
            Request::Leave => {
                self.send_out(now, id, Reason::Left);
                self.tell_roster(&room, None);
                Ok(())
            }
            // Joining again, media before being let in; what moderators ask for was answered above.
            Request::Join { .. }
            | Request::Offer { .. }
            | Request::Candidate { .. }
            | Request::MuteAll { .. }
            | Request::Lock { .. }
            | Request::Admit { .. }
            | Request::Drop { .. }
            | Request::Record { .. }
            | Request::End => Err(Refusal::OutOfTurn),
        }
    }

    fn on_gone(&mut self, now: Duration, link: LinkId) {
        let Some(id) = self.links.remove(&link).and_then(|seat| seat.participant) else {
            return;
        };
        if let Some(seated) = self.seated.remove(&id) {
            self.bridge.leave(now, id);
            if let Some(room) = self.rooms.get_mut(&seated.room) {
                room.leave(id);
            }
            self.tell_roster(&seated.room, None);
        }
    }

    fn set_muted(&mut self, room: &str, id: ParticipantId, muted: bool) {
        if let Ok(participant) = self.participant_mut(room, id) {
            participant.muted = muted;
        }
        self.bridge.mute(id, muted);
    }

    /// A channel on which nobody joins is closed.
    fn end_silent_links(&mut self, now: Duration) {
        let silent = self
            .links
            .iter()
            .filter(|(_, seat)| seat.participant.is_none() && seat.opened + JOIN_TIME <= now);
        for link in silent.map(|(link, _)| *link).collect::<Vec<_>>() {
            self.hang_up(link);
        }
    }
}

/// Conference channels open at once.
const LINKS_MAX: usize = 10_000;
/// Time from opening a channel to joining on it.
const JOIN_TIME: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests;
