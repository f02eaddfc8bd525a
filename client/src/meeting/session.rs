//! Our part in a meeting as a task: joins, offers, talks until it is over.

mod said;

use std::ops::ControlFlow;
use std::time::Duration;

use media::rtp::Ssrc;
use media::video::Camera;
use net::tls::Trust;
use net::{Host, UdpSocket};
use rand_core::Rng;
use serde_json::json;
use tokio::sync::mpsc;
use webrtc_peer::{Input, Output, Peer, TrackId};

use super::channel::{Channel, PictureLine};
use super::entrance::{begin, offer};
use super::pictures::Pictures;
use super::sound::{Sound, known};
use super::{Command, Event, Invitation, LeaveReason, Measurement, SETUP_TIME, Trouble};
use crate::command::Voice;

/// The one audio m-line.
const TRACK: TrackId = TrackId(0);
/// Time from the end of the path to the word why.
const FAREWELL_TIME: Duration = Duration::from_secs(2);

/// Joins and stays; the last event is that it is over.
pub(super) async fn run<E: From<Event> + Send + 'static>(
    host: Host,
    trust: Trust,
    invitation: Invitation,
    commands: mpsc::Receiver<Command>,
    events: mpsc::Sender<E>,
) {
    let began = begin(&host, &trust, &invitation);
    let began = tokio::select! {
        biased;
        began = began => began,
        () = host.sleep(SETUP_TIME) => Err(Trouble::Silent { what: "way into the room", after_s: SETUP_TIME.as_secs() }),
    };
    let (reason, measurement) = match began {
        Err(trouble) => (LeaveReason::Trouble(trouble), None),
        Ok((channel, socket)) => {
            let mut session = Session {
                setup_deadline: Some(host.now() + SETUP_TIME),
                host,
                socket,
                peer: None,
                peer_deadline: None,
                sound: None,
                pictures: None,
                voice: invitation.voice,
                camera: invitation.video,
                lines: Vec::new(),
                is_blocked: false,
                closed: None,
                watched: Vec::new(),
                waiting: true,
                channel,
                commands,
                events: events.clone(),
            };
            let reason = session.stay().await;
            let measurement = session.measurement();
            session.end().await;
            (reason, measurement)
        }
    };
    // A user who no longer listens has lost interest in the reason.
    let _ = events
        .send(
            Event::Left {
                reason,
                measurement,
            }
            .into(),
        )
        .await;
}

struct Session<E> {
    host: Host,
    channel: Channel,
    socket: UdpSocket,
    peer: Option<Peer>,
    peer_deadline: Option<Duration>,
    /// Until when there has to be sound; none while we wait to be let in, or once there is.
    setup_deadline: Option<Duration>,
    sound: Option<Sound>,
    pictures: Option<Pictures>,
    voice: Voice,
    /// What is shown; none in a meeting without pictures.
    camera: Option<Camera>,
    /// Who is shown, as the server said last: it may say so before we have lines to show them on.
    lines: Vec<PictureLine>,
    is_blocked: bool,
    /// Until when the server has to say why it closed the path.
    closed: Option<Duration>,
    watched: Vec<f64>,
    /// Whether we have not been let in yet.
    waiting: bool,
    commands: mpsc::Receiver<Command>,
    events: mpsc::Sender<E>,
}

/// `Break` is the end of the meeting.
type Step = ControlFlow<LeaveReason>;

impl<E: From<Event> + Send + 'static> Session<E> {
    async fn stay(&mut self) -> LeaveReason {
        loop {
            if let ControlFlow::Break(reason) = self.step().await {
                return reason;
            }
        }
    }

    async fn step(&mut self) -> Step {
        self.drain().await?;
        let host = self.host.clone();
        let (sound, pictures) = match self.peer {
            Some(_) => (self.sound.as_ref(), self.pictures.as_ref()),
            None => (None, None),
        };
        let sound = sound.map(|sound| sound.due);
        let pictures = pictures.and_then(Pictures::deadline);
        let path = [self.peer_deadline, sound, pictures].into_iter();
        let deadlines = path.chain([self.setup_deadline, self.closed]);
        let wake = deadlines.flatten().min();
        tokio::select! {
            biased;
            datagram = self.socket.recv() => {
                if let (Ok((bytes, source)), Some(peer)) = (datagram, &mut self.peer) {
                    let local = self.socket.local_addr();
                    peer.handle(host.now(), Input::Datagram { local, source, bytes });
                }
                Step::Continue(())
            }
            said = self.channel.next() => match said {
                Ok(said) => self.on_said(said).await,
                Err(trouble) => over(trouble),
            },
            command = self.commands.recv() => match command {
                Some(command) => self.on_command(command).await,
                None => Step::Break(LeaveReason::Local),
            },
            () = sleep_until(&host, wake) => self.on_time(host.now()),
        }
    }

    async fn on_command(&mut self, command: Command) -> Step {
        match command {
            Command::Mute { muted } => {
                self.request(&json!({ "type": "mute", "muted": muted }))
                    .await
            }
            Command::Moderate(moderation) => self.request(&moderation.message()).await,
            // The server's word that we have left ends it.
            Command::Leave => self.request(&json!({ "type": "leave" })).await,
            Command::Say(voice) => {
                if let Some(sound) = &mut self.sound {
                    sound.say(&voice);
                }
                self.voice = voice;
                Step::Continue(())
            }
            Command::BlockVideo { blocked } => {
                self.is_blocked = blocked;
                if let Some(pictures) = &mut self.pictures {
                    pictures.set_blocked(blocked);
                }
                self.tell(Event::VideoBlocked { blocked }).await;
                Step::Continue(())
            }
            Command::Listen { frequencies_hz } => {
                if let Some(sound) = &mut self.sound {
                    sound.listen(&frequencies_hz);
                }
                self.watched = frequencies_hz;
                Step::Continue(())
            }
            Command::Measure => {
                if let Some(measurement) = self.measurement() {
                    self.tell(Event::Measured(measurement)).await;
                }
                Step::Continue(())
            }
        }
    }

    fn on_time(&mut self, now: Duration) -> Step {
        if self.setup_deadline.is_some_and(|deadline| deadline <= now) {
            let after_s = SETUP_TIME.as_secs();
            return over(Trouble::Silent {
                what: "sound",
                after_s,
            });
        }
        if self.closed.is_some_and(|deadline| deadline <= now) {
            return over(Trouble::NoPath);
        }
        let Some(peer) = &mut self.peer else {
            return Step::Continue(());
        };
        if self.peer_deadline.is_some_and(|deadline| deadline <= now) {
            peer.handle(now, Input::Timeout);
        }
        if let Some(sound) = self.sound.as_mut().filter(|sound| sound.due <= now)
            && let Some((timestamp, payload)) = sound.tick(now)
        {
            // A path that has just ended takes no more; its end comes as an event.
            let _ = peer.send_rtp(now, TRACK, timestamp, false, payload);
        }
        Step::Continue(())
    }

    /// Offers sound and pictures, once.
    async fn offer(&mut self) -> Step {
        self.waiting = false;
        if self.peer.is_some() {
            return Step::Continue(());
        }
        let offered = offer(&self.host, self.socket.local_addr(), self.camera.is_some());
        match offered {
            Ok((peer, sdp)) => {
                self.peer = Some(peer);
                self.request(&json!({ "type": "offer", "sdp": sdp })).await
            }
            Err(error) => over(Trouble::NoSocket {
                reason: error.to_string(),
            }),
        }
    }

    /// Takes what the peer connection has to say.
    async fn drain(&mut self) -> Step {
        while let Some(peer) = &mut self.peer {
            match peer.poll() {
                Output::Send { target, bytes, .. } => {
                    // What the socket does not take now is lost as on the way.
                    let _ = self.socket.try_send_to(&bytes, target);
                }
                Output::Wait(deadline) => {
                    self.peer_deadline = deadline;
                    let now = self.host.now();
                    let pictures = self.pictures.as_mut();
                    if !pictures.is_some_and(|pictures| pictures.pump(now, peer)) {
                        break;
                    }
                }
                Output::Event(webrtc_peer::Event::Connected) => {
                    let Some(codec) = peer.sending_codec(TRACK).map(known) else {
                        return over(Trouble::Malformed {
                            expected: "a codec of ours in the answer",
                        });
                    };
                    self.talk(codec).await;
                }
                Output::Event(webrtc_peer::Event::Rtp { track, packet }) if track == TRACK => {
                    if let Some(sound) = &mut self.sound {
                        sound.insert(self.host.now(), &packet);
                    }
                }
                Output::Event(webrtc_peer::Event::Rtp { track, packet }) => {
                    if let Some(pictures) = &mut self.pictures {
                        pictures.handle(self.host.now(), track, &packet);
                    }
                }
                Output::Event(webrtc_peer::Event::Rtcp { compound, .. }) => {
                    self.on_report(&compound);
                }
                Output::Event(webrtc_peer::Event::Failed) => return over(Trouble::NoPath),
                Output::Event(webrtc_peer::Event::Closed) => {
                    // Who is out of the room is told so on the channel, which is slower than the path.
                    (self.peer, self.peer_deadline) = (None, None);
                    self.closed = Some(self.host.now() + FAREWELL_TIME);
                }
                Output::Event(
                    webrtc_peer::Event::IceConnected
                    | webrtc_peer::Event::Disconnected
                    | webrtc_peer::Event::TrackOpened { .. }
                    | webrtc_peer::Event::DataChannelOpen { .. }
                    | webrtc_peer::Event::Data { .. }
                    | webrtc_peer::Event::DataChannelClosed { .. },
                ) => {}
            }
        }
        while let Some(participant) = self.pictures.as_mut().and_then(Pictures::started) {
            self.tell(Event::VideoStarted { participant }).await;
        }
        Step::Continue(())
    }

    /// A report or request came; sound and pictures each hear what is said of them.
    fn on_report(&mut self, compound: &[u8]) {
        let now = self.host.now();
        if let Some(sound) = &mut self.sound {
            sound.handle_rtcp(now, compound);
        }
        if let Some(pictures) = &mut self.pictures {
            pictures.handle_rtcp(now, compound);
        }
    }

    /// The path is there; after an interruption sound and pictures that were go on.
    async fn talk(&mut self, codec: media::AudioCodec) {
        self.setup_deadline = None;
        if self.sound.is_some() {
            return;
        }
        let first = self.host.entropy("meeting timestamp").next_u32();
        let peer = self.peer.as_ref();
        let sources = peer.and_then(|peer| peer.sources(TRACK));
        let ours = Ssrc(sources.map(|one| one.media).unwrap_or_default());
        let mut sound = Sound::new(self.host.now(), codec, &self.voice, ours, first);
        sound.listen(&self.watched);
        self.sound = Some(sound);
        if let (Some(camera), Some(peer)) = (self.camera, &mut self.peer) {
            self.pictures = Pictures::start(peer, camera, self.host.entropy("meeting pictures"));
            if let Some(pictures) = &mut self.pictures {
                pictures.set_blocked(self.is_blocked);
                pictures.show(&self.lines);
            }
        }
        let codec = codec.name();
        self.tell(Event::Talking { codec }).await;
    }

    fn measurement(&self) -> Option<Box<Measurement>> {
        let video = self.pictures.as_ref().map(Pictures::statistics);
        let sound = self.sound.as_ref()?.measurement();
        Some(Box::new(Measurement {
            video: video.unwrap_or_default(),
            ..sound
        }))
    }

    async fn request(&mut self, message: &serde_json::Value) -> Step {
        match self.channel.say(message).await {
            Ok(()) => Step::Continue(()),
            Err(trouble) => over(trouble),
        }
    }

    async fn tell(&mut self, event: Event) {
        // A user who no longer listens still has a voice in the room.
        let _ = self.events.send(event.into()).await;
    }

    /// Says good-bye on the path and on the channel.
    async fn end(mut self) {
        if let Some(peer) = &mut self.peer {
            peer.close(self.host.now());
            while let Output::Send { target, bytes, .. } = peer.poll() {
                let _ = self.socket.try_send_to(&bytes, target);
            }
        }
        self.channel.close().await;
    }
}

fn over(trouble: Trouble) -> Step {
    Step::Break(LeaveReason::Trouble(trouble))
}

async fn sleep_until(host: &Host, deadline: Option<Duration>) {
    match deadline {
        Some(deadline) => host.sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
