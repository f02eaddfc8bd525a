//! The bridge of the meetings: who is in a room by WebRTC hears all others of the room, and never themselves, and sees those who
//! spoke last.
//!
//! Each participant has a UDP port of their own; ICE and DTLS-SRTP are `webrtc_peer`'s. Every 20 ms each voice gives one frame, the
//! frames of the loudest in a room are added (all, up to eight), and each participant is sent the sum without their own. Pictures
//! are not decoded: packets of a camera are forwarded to the windows that show it.

mod budget;
mod camera;
mod encoding;
mod forwarding;
mod gallery;
mod lines;
mod mixing;
mod party;
mod pictures;
mod ports;
mod rate;
mod sound;
mod voice;
mod window;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use net::Entropy;
use webrtc_peer::VideoCodec;

use crate::flaws::Flaw;
use crate::refusal::Refusal;
use crate::room::{Audio, ParticipantId};
use gallery::Gallery;
use party::{Live, Party, Phase, Said};
use ports::Ports;
use sound::Sound;
use voice::FRAME_TIME;

/// What the bridge says.
#[derive(Debug)]
pub(crate) enum Output {
    /// Binds this UDP port; the answer comes by [`Bridge::on_bound`] or [`Bridge::on_bind_failed`].
    Bind { port: u16 },
    /// This port is no longer needed.
    Unbind { port: u16 },
    /// Sends a datagram from this port.
    Send {
        port: u16,
        target: SocketAddr,
        bytes: Bytes,
    },
    /// The answer to an offer.
    Answer { id: ParticipantId, sdp: String },
    /// An offer came to nothing.
    Refused { id: ParticipantId, refusal: Refusal },
    /// A participant's audio has changed, and with it whether they have a camera.
    Audio {
        id: ParticipantId,
        audio: Audio,
        picture: bool,
    },
    /// Whom a participant is shown has changed: each line of pictures by its identification, and who is on it.
    Pictures {
        id: ParticipantId,
        lines: Vec<(String, Option<ParticipantId>)>,
    },
    /// Nothing more; wake it at this time.
    Wait(Option<Duration>),
}

/// All WebRTC participants of all rooms.
pub(crate) struct Bridge {
    address: IpAddr,
    epoch: SystemTime,
    entropy: Entropy,
    ports: Ports,
    parties: BTreeMap<ParticipantId, Party>,
    by_port: BTreeMap<u16, ParticipantId>,
    /// What is heard, by room.
    sounds: BTreeMap<String, Sound>,
    /// Who is to be seen, by room.
    galleries: BTreeMap<String, Gallery>,
    /// Codecs that pictures are agreed to in, best first.
    codecs: Vec<VideoCodec>,
    /// Those whose connection may have something to say.
    stirred: VecDeque<ParticipantId>,
    /// When the next frame is due, while anybody has a voice.
    tick: Option<Duration>,
    flaws: BTreeSet<Flaw>,
    outputs: VecDeque<Output>,
}

impl Bridge {
    /// An empty bridge that tells participants to send to `address`; `epoch` is the wall clock at time zero.
    pub(crate) fn new(
        address: IpAddr,
        range: std::ops::RangeInclusive<u16>,
        epoch: SystemTime,
        seed: [u8; 32],
        codecs: Vec<VideoCodec>,
        flaws: BTreeSet<Flaw>,
    ) -> Bridge {
        Bridge {
            address,
            epoch,
            entropy: Entropy::from_seed(seed),
            ports: Ports::new(range),
            parties: BTreeMap::new(),
            by_port: BTreeMap::new(),
            sounds: BTreeMap::new(),
            galleries: BTreeMap::new(),
            codecs,
            stirred: VecDeque::new(),
            tick: None,
            flaws,
            outputs: VecDeque::new(),
        }
    }

    /// A participant of a room offers WebRTC.
    pub(crate) fn offer(&mut self, now: Duration, id: ParticipantId, room: &str, sdp: &str) {
        match self.parties.get_mut(&id).map(|party| &mut party.phase) {
            None => self.begin(id, room, sdp.to_owned(), 0),
            Some(Phase::Binding { offer, .. }) => sdp.clone_into(offer),
            Some(Phase::Live(live)) => {
                let answer = live.answer_again(now, sdp);
                self.outputs.push_back(match answer {
                    Ok(sdp) => Output::Answer { id, sdp },
                    Err(_) => Output::Refused {
                        id,
                        refusal: Refusal::BadDescription,
                    },
                });
                self.drain(now, id);
            }
        }
    }

    /// A candidate found after the offer. While the port is being bound it is in vain: the path is found from our side.
    pub(crate) fn candidate(
        &mut self,
        now: Duration,
        id: ParticipantId,
        candidate: &str,
    ) -> Result<(), Refusal> {
        match self.parties.get_mut(&id).map(|party| &mut party.phase) {
            None => Err(Refusal::OutOfTurn),
            Some(Phase::Binding { .. }) => Ok(()),
            Some(Phase::Live(live)) => {
                let taken = live.candidate(candidate);
                self.drain(now, id);
                taken.map_err(|_| Refusal::BadDescription)
            }
        }
    }

    /// The port asked for is ours.
    pub(crate) fn on_bound(&mut self, now: Duration, port: u16) {
        let party = self
            .by_port
            .get(&port)
            .and_then(|id| Some((*id, self.parties.get_mut(id)?)));
        let Some((id, party)) = party else {
            // They left meanwhile.
            self.ports.give_back(port);
            self.outputs.push_back(Output::Unbind { port });
            return;
        };
        let Phase::Binding { offer, .. } = &party.phase else {
            return;
        };
        let seed = self.entropy.fork(&format!("peer {}", id.0)).seed();
        let local = (self.address, port);
        match Live::answer(now, self.epoch, local, seed, &self.codecs, offer) {
            Ok((live, sdp)) => {
                party.phase = Phase::Live(Box::new(live));
                self.outputs.push_back(Output::Answer { id, sdp });
                self.tell_audio(id, Audio::Connecting);
                self.drain(now, id);
            }
            Err(_) => {
                let refusal = Refusal::BadDescription;
                self.outputs.push_back(Output::Refused { id, refusal });
                self.release(port);
                self.forget(id);
                self.settle(now);
            }
        }
    }

    /// The port asked for belongs to another program: the next one, a few times.
    pub(crate) fn on_bind_failed(&mut self, port: u16) {
        let Some(id) = self.by_port.remove(&port) else {
            return;
        };
        // The port stays taken: asking for it again would fail again.
        let Some(Party {
            room,
            phase: Phase::Binding { offer, tried },
            ..
        }) = self.parties.remove(&id)
        else {
            return;
        };
        if tried < PORTS_TRIED_MAX {
            self.begin(id, &room, offer, tried + 1);
        } else {
            let refusal = Refusal::NoPort;
            self.outputs.push_back(Output::Refused { id, refusal });
        }
    }

    /// A datagram came to one of the ports.
    pub(crate) fn on_datagram(
        &mut self,
        now: Duration,
        port: u16,
        source: SocketAddr,
        bytes: Bytes,
    ) {
        let Some(&id) = self.by_port.get(&port) else {
            return;
        };
        if let Some(Phase::Live(live)) = self.parties.get_mut(&id).map(|party| &mut party.phase) {
            live.datagram(now, source, bytes);
            self.drain(now, id);
        }
    }

    /// A deadline has come.
    pub(crate) fn on_timeout(&mut self, now: Duration) {
        let due = self.parties.iter_mut().filter_map(|(id, party)| {
            let live = party.live()?;
            let is_due = live.deadline().is_some_and(|deadline| deadline <= now);
            is_due.then(|| live.timeout(now)).map(|()| *id)
        });
        for id in due.collect::<Vec<_>>() {
            self.drain(now, id);
        }
        if let Some(tick) = self.tick.filter(|tick| *tick <= now) {
            let has_voices = self.frame(now);
            // Late by more than a few frames, the lost time is let go rather than made up in a burst.
            let next = tick + FRAME_TIME;
            let next = if next + LATE_MAX < now {
                now + FRAME_TIME
            } else {
                next
            };
            self.tick = has_voices.then_some(next);
        }
    }

    /// Whether the others hear this participant.
    pub(crate) fn mute(&mut self, id: ParticipantId, muted: bool) {
        if let Some(party) = self.parties.get_mut(&id) {
            party.muted = muted;
        }
    }

    /// The participant is gone.
    pub(crate) fn leave(&mut self, now: Duration, id: ParticipantId) {
        if let Some(Phase::Live(live)) = self.parties.get_mut(&id).map(|party| &mut party.phase) {
            live.close(now);
            self.drain(now, id);
        }
        self.forget(id);
        self.settle(now);
    }

    /// What the bridge has to say.
    pub(crate) fn poll(&mut self) -> Output {
        if let Some(output) = self.outputs.pop_front() {
            return output;
        }
        let live = self.parties.values().filter_map(Party::as_live);
        let deadlines = live.filter_map(Live::deadline);
        Output::Wait(deadlines.chain(self.tick).min())
    }

    fn begin(&mut self, id: ParticipantId, room: &str, offer: String, tried: u32) {
        let Some(port) = self.ports.take() else {
            let refusal = Refusal::NoPort;
            self.outputs.push_back(Output::Refused { id, refusal });
            return;
        };
        let party = Party {
            room: room.to_owned(),
            port,
            muted: false,
            phase: Phase::Binding { offer, tried },
        };
        self.parties.insert(id, party);
        self.by_port.insert(port, id);
        self.outputs.push_back(Output::Bind { port });
    }

    /// Takes what a connection has to say, and what those have to say whom it concerns.
    fn drain(&mut self, now: Duration, id: ParticipantId) {
        self.stir(id);
        self.settle(now);
    }

    /// A connection may have something to say.
    fn stir(&mut self, id: ParticipantId) {
        if self.stirred.back() != Some(&id) {
            self.stirred.push_back(id);
        }
    }

    fn settle(&mut self, now: Duration) {
        while let Some(id) = self.stirred.pop_front() {
            self.pump_pictures(now, id);
            while let Some((port, said)) = self.said(now, id) {
                self.on_said(now, id, port, said);
            }
        }
    }

    fn said(&mut self, now: Duration, id: ParticipantId) -> Option<(u16, Said)> {
        let party = self.parties.get_mut(&id)?;
        let port = party.port;
        Some((port, party.live()?.poll(now)?))
    }

    fn on_said(&mut self, now: Duration, id: ParticipantId, port: u16, said: Said) {
        match said {
            Said::Send { target, bytes } => {
                self.outputs.push_back(Output::Send {
                    port,
                    target,
                    bytes,
                });
            }
            Said::Connected => {
                self.tick.get_or_insert(now + FRAME_TIME);
                self.tell_audio(id, Audio::Connected);
                let Some(room) = self.parties.get(&id).map(|party| party.room.clone()) else {
                    return;
                };
                self.join_sound(id, &room);
                if self.has_camera(id) {
                    self.galleries.entry(room.clone()).or_default().join(id);
                }
                self.arrange(&room);
            }
            Said::Picture(packet) => self.on_picture(now, id, &packet),
            Said::Feedback(bytes) => self.on_feedback(now, id, &bytes),
            Said::Ended => {
                self.tell_audio(id, Audio::None);
                self.forget(id);
            }
        }
    }

    fn tell_audio(&mut self, id: ParticipantId, audio: Audio) {
        let picture = audio == Audio::Connected && self.has_camera(id);
        self.outputs.push_back(Output::Audio { id, audio, picture });
    }

    fn live(&mut self, id: ParticipantId) -> Option<&mut Live> {
        self.parties.get_mut(&id)?.live()
    }

    fn forget(&mut self, id: ParticipantId) {
        let Some(party) = self.parties.remove(&id) else {
            return;
        };
        self.by_port.remove(&party.port);
        // A port that is still being bound is given back when that is done.
        if let Phase::Live(_) = party.phase {
            self.release(party.port);
        }
        self.forget_sound(id, &party.room);
        self.forget_pictures(id, &party.room);
    }

    fn release(&mut self, port: u16) {
        self.ports.give_back(port);
        self.outputs.push_back(Output::Unbind { port });
    }
}

/// Ports tried for one participant when other programs hold them.
const PORTS_TRIED_MAX: u32 = 8;
/// A bridge this late skips frames.
const LATE_MAX: Duration = Duration::from_millis(200);

#[cfg(test)]
mod tests;
