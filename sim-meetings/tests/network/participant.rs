//! A participant made of what every participant has: a conference channel, a peer connection, a mouth and an ear.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use http::Request;
use media::codec::AudioCodec;
use media::ear::{Ear, Heard};
use media::jitter::JitterBuffer;
use media::tone::Tone;
use net::websocket::{Message, WebSocket};
use net::{Host, UdpSocket};
use serde_json::{Value, json};
use webrtc_peer::{
    Config, Direction, Event, Input, Output, Peer, RtpPacket, Track, TrackId, VideoCodec,
};

use crate::stage::{SOON, Stage};

const FRAME: Duration = Duration::from_millis(20);

pub(crate) struct Participant {
    host: Host,
    channel: WebSocket,
    socket: UdpSocket,
    peer: Peer,
    sound: Option<Sound>,
    codecs: Vec<webrtc_peer::AudioCodec>,
    tone_hz: f64,
    deadline: Option<Duration>,
    /// Whether the channel has ended.
    is_over: bool,
    /// What came on the channel, the last roster apart.
    pub(crate) said: Vec<Value>,
    pub(crate) roster: Value,
    pub(crate) events: Vec<Event>,
    /// Packets of pictures that came, with the line they came on.
    pub(crate) pictures: Vec<(TrackId, RtpPacket)>,
}

struct Sound {
    coder: Box<dyn media::Codec>,
    buffer: JitterBuffer,
    tone: Tone,
    ear: Ear,
    timestamp: u32,
    next: Duration,
    rate_hz: u32,
}

impl Participant {
    /// Joins the room, says a tone and listens for these.
    pub(crate) async fn join(
        stage: &Stage,
        name: &str,
        codec: webrtc_peer::AudioCodec,
        tone_hz: f64,
    ) -> Participant {
        Participant::join_with(stage, name, codec, tone_hz, &[]).await
    }

    /// The same with more lines.
    pub(crate) async fn join_with(
        stage: &Stage,
        name: &str,
        codec: webrtc_peer::AudioCodec,
        tone_hz: f64,
        lines: &[Track],
    ) -> Participant {
        let (token, url) = stage.pass(name).await;
        let request = Request::builder()
            .uri(url)
            .header("sec-websocket-protocol", "conf.v1")
            .body(())
            .unwrap();
        let host = stage.host(name);
        let opened = net::websocket::connect(&host, &stage.trust, request).await;
        let local = SocketAddr::new(host.addresses()[0], 0);
        let socket = host.udp(local).await.unwrap();
        let sound = Track::audio(&[codec], Direction::SendReceive);
        let tracks = std::iter::once(sound).chain(lines.iter().cloned());
        let config = Config {
            local: vec![socket.local_addr()],
            lite: false,
            tracks: tracks.collect(),
            channels: Vec::new(),
            seed: host.entropy("peer").seed(),
            utc: host.utc() - host.now(),
        };
        let mut participant = Participant {
            host: host.clone(),
            channel: opened.unwrap(),
            socket,
            peer: Peer::new(host.now(), &config).unwrap(),
            sound: None,
            codecs: vec![codec],
            tone_hz,
            deadline: None,
            is_over: false,
            said: Vec::new(),
            roster: Value::Null,
            events: Vec::new(),
            pictures: Vec::new(),
        };
        participant
            .say(&json!({ "type": "join", "token": token }))
            .await;
        participant
    }

    pub(crate) async fn say(&mut self, message: &Value) {
        self.channel
            .send(Message::text(message.to_string()))
            .await
            .unwrap();
    }

    /// Offers media.
    pub(crate) async fn offer(&mut self) {
        let sdp = self.peer.create_offer(self.host.now()).unwrap();
        self.say(&json!({ "type": "offer", "sdp": sdp })).await;
    }

    /// Sends a packet of pictures on a line.
    pub(crate) fn show(&mut self, line: TrackId, codec: VideoCodec, sequence: u16, payload: &[u8]) {
        let packet = RtpPacket {
            ssrc: self.peer.sources(line).unwrap().media,
            payload_type: codec.offered_payload_type(),
            codec: None,
            sequence,
            timestamp: u32::from(sequence) * 3_000,
            marker: true,
            payload: payload.to_vec().into(),
        };
        let mut bytes = Vec::new();
        packet.write(&mut bytes);
        self.peer
            .send_packet(self.host.now(), line, &bytes)
            .unwrap();
    }

    /// Who is shown on each line, as the server said last.
    pub(crate) fn shown(&self) -> Vec<Option<u64>> {
        let told = self
            .said
            .iter()
            .rev()
            .find(|said| said["type"] == "pictures");
        let lines = told.and_then(|said| said["lines"].as_array());
        let lines = lines.into_iter().flatten();
        lines.map(|line| line["participant"].as_u64()).collect()
    }

    /// Lives until this is so; panics if it does not come.
    pub(crate) async fn until(&mut self, what: &str, is_so: impl Fn(&Participant) -> bool) {
        let end = self.host.now() + SOON;
        while !is_so(self) {
            assert!(
                self.host.now() < end,
                "{what}: {:?} {:?}",
                self.said,
                self.events
            );
            self.step(end).await;
        }
    }

    /// Lives for this time.
    pub(crate) async fn live(&mut self, time: Duration) {
        let end = self.host.now() + time;
        while self.host.now() < end {
            self.step(end).await;
        }
    }

    /// Whether the path is up.
    pub(crate) fn is_connected(&self) -> bool {
        self.sound.is_some()
    }

    /// What was heard lately.
    pub(crate) fn heard(&self) -> Heard {
        self.sound.as_ref().unwrap().ear.heard()
    }

    /// Listens for these tones from now on, with fresh ears.
    pub(crate) fn listen(&mut self, tones_hz: &[f64]) {
        let sound = self.sound.as_mut().unwrap();
        sound.ear = Ear::new(sound.rate_hz);
        sound.ear.watch(tones_hz);
    }

    /// How loud this tone is, in dBm0; a silent one counts as -90.
    pub(crate) fn level(&self, tone_hz: f64) -> f64 {
        let tones = self.heard().tones;
        let tone = tones
            .iter()
            .find(|tone| (tone.frequency_hz - tone_hz).abs() < 0.1);
        tone.map_or(-90.0, |tone| tone.level_dbm0)
    }

    async fn step(&mut self, end: Duration) {
        self.drain().await;
        let sound = self.sound.as_ref().map(|sound| sound.next);
        let wake = self
            .deadline
            .into_iter()
            .chain(sound)
            .chain([end])
            .min()
            .unwrap();
        let host = self.host.clone();
        tokio::select! {
            biased;
            datagram = self.socket.recv() => {
                let (bytes, source) = datagram.unwrap();
                let local = self.socket.local_addr();
                self.peer.handle(host.now(), Input::Datagram { local, source, bytes });
            }
            message = self.channel.next(), if !self.is_over => self.on_message(message.and_then(Result::ok)),
            () = host.sleep_until(wake) => {
                let now = host.now();
                if self.deadline.is_some_and(|deadline| deadline <= now) {
                    self.peer.handle(now, Input::Timeout);
                }
                if self.sound.as_ref().is_some_and(|sound| sound.next <= now) {
                    self.frame(now);
                }
            }
        }
    }

    fn on_message(&mut self, message: Option<Message>) {
        let Some(Message::Text(text)) = message else {
            self.is_over = true;
            return;
        };
        let message: Value = serde_json::from_str(&text).unwrap();
        if message["type"] == "answer" {
            let answer = message["sdp"].as_str().unwrap();
            self.peer.set_answer(self.host.now(), answer).unwrap();
        }
        if message["type"] == "roster" {
            self.roster = message;
        } else {
            self.said.push(message);
        }
    }

    async fn drain(&mut self) {
        loop {
            match self.peer.poll() {
                Output::Send { target, bytes, .. } => {
                    self.socket.send_to(&bytes, target).await.unwrap();
                }
                Output::Event(Event::Rtp { track, packet }) if track != TrackId(0) => {
                    self.pictures.push((track, packet));
                }
                Output::Event(Event::Rtp { packet, .. }) => {
                    if let Some(sound) = &mut self.sound {
                        let payload = Some(&packet.payload[..]);
                        sound.buffer.insert(
                            self.host.now(),
                            packet.sequence,
                            packet.timestamp,
                            payload,
                        );
                    }
                }
                Output::Event(event) => {
                    if event == Event::Connected {
                        self.sound =
                            Some(Sound::new(self.codecs[0], self.tone_hz, self.host.now()));
                    }
                    self.events.push(event);
                }
                Output::Wait(deadline) => {
                    self.deadline = deadline;
                    return;
                }
            }
        }
    }

    fn frame(&mut self, now: Duration) {
        let sound = self.sound.as_mut().unwrap();
        let mut frame = vec![0; sound.rate_hz as usize / 50];
        sound.buffer.pull(now, sound.coder.as_mut(), frame.len());
        sound.ear.listen(sound.next, sound.buffer.frame());
        sound.tone.fill(sound.next, &mut frame);
        let mut payload = [0; 1500];
        let length = sound.coder.encode(&frame, &mut payload).unwrap();
        let timestamp = sound.timestamp;
        sound.timestamp = timestamp.wrapping_add(sound.rate_hz / 50);
        sound.next += FRAME;
        let payload = bytes::Bytes::copy_from_slice(&payload[..length]);
        self.peer
            .send_rtp(now, TrackId(0), timestamp, false, payload)
            .unwrap();
    }
}

impl Sound {
    fn new(codec: webrtc_peer::AudioCodec, tone_hz: f64, now: Duration) -> Sound {
        let codec = AudioCodec::from_name(codec.name(), codec.clock_rate_hz()).unwrap();
        let rate_hz = codec.sample_rate_hz();
        Sound {
            coder: codec.build(),
            buffer: JitterBuffer::new(codec.clock_rate_hz(), rate_hz, codec.payload_max()),
            tone: Tone::sine(rate_hz, tone_hz, -16.0),
            ear: Ear::new(rate_hz),
            timestamp: 7,
            next: now + FRAME,
            rate_hz,
        }
    }
}
