//! The sound of one call: a media stream, its two sockets, and where the other side's are.

use std::net::SocketAddr;
use std::time::Duration;

use media::dtmf::{DtmfEvent, Key};
use media::stream::{Direction as StreamDirection, StreamStatistics};
use media::{AudioCodec, Identity, KeyPair, SdesKey, Stream, StreamConfig, StreamOutput, Suite};
use net::FlowId;
use rand_core::Rng;
use sip::offer_answer::Agreed;
use sip::sdp::{Answers, Codec, Crypto, Direction, ExtendedReports};

use crate::command::{CallId, Voice};
use crate::desk::Desk;
use crate::event::{Event, Measurement, MediaSummary, Recording};

/// How long a digit is held; ours, twice the least that exchanges are sure to hear.
const DIGIT: Duration = Duration::from_millis(100);

/// The sound of one call.
#[derive(Debug)]
pub(super) struct CallSound {
    stream: Stream,
    rtp: FlowId,
    rtcp: FlowId,
    local: SocketAddr,
    remote_rtp: Option<SocketAddr>,
    remote_rtcp: Option<SocketAddr>,
    agreed: Agreed,
    due: Duration,
    /// Rate of what is said and heard, in Hz.
    rate_hz: u32,
    recording: Recording,
    record_max: usize,
    /// Where a datagram is decrypted.
    scratch: Vec<u8>,
}

impl CallSound {
    /// Starts as agreed.
    pub(super) fn start(
        desk: &mut Desk,
        sockets: (FlowId, FlowId, SocketAddr),
        agreed: &Agreed,
        direction: Direction,
        voice: &Voice,
        muted: bool,
    ) -> Option<Self> {
        let identity = Identity::generate(|octets| desk.entropy.fill_bytes(octets));
        let mut config = config(agreed, direction, voice, identity)?;
        config.listen = desk.has_ear;
        let rate_hz = config.codec.sample_rate_hz();
        let mut stream = Stream::new(config);
        stream.set_muted(muted);
        Some(Self {
            stream,
            rtp: sockets.0,
            rtcp: sockets.1,
            local: sockets.2,
            remote_rtp: agreed.rtp,
            remote_rtcp: agreed.rtcp,
            agreed: agreed.clone(),
            due: Duration::ZERO,
            rate_hz,
            recording: Recording {
                rate_hz,
                ..Recording::default()
            },
            record_max: (desk.record.as_millis() * u128::from(rate_hz) / 1_000) as usize,
            scratch: Vec::with_capacity(2_048),
        })
    }

    /// Goes on as agreed anew. A stream whose codec changes cannot: `false`, and a new one is to be started.
    pub(super) fn go_on(&mut self, agreed: &Agreed, direction: Direction) -> bool {
        let unnumbered = |agreed: &Agreed| sip::sdp::Codec {
            payload_type: 0,
            ..agreed.codec.clone()
        };
        let Some(keys) = keys(agreed) else {
            return false;
        };
        if unnumbered(agreed) != unnumbered(&self.agreed) {
            return false;
        }
        let (sent, taken) = payload_types(agreed);
        self.stream.set_payload_types(sent, taken);
        self.stream.rekey(keys);
        self.stream.set_direction(stream_direction(direction));
        let told = extended_reports(&agreed.extended_reports);
        self.stream.set_extended_reports(told);
        (self.remote_rtp, self.remote_rtcp) = (agreed.rtp, agreed.rtcp);
        self.agreed = agreed.clone();
        true
    }

    /// Sends and hears in this direction, whatever was agreed: a held call is silent at once.
    pub(super) fn set_direction(&mut self, direction: Direction) {
        self.stream.set_direction(stream_direction(direction));
    }

    pub(super) fn set_muted(&mut self, muted: bool) {
        self.stream.set_muted(muted);
    }

    pub(super) fn set_voice(&mut self, voice: &Voice) {
        self.stream.set_source(voice.source(self.rate_hz));
    }

    pub(super) fn listen(&mut self, frequencies_hz: &[f64]) {
        if let Some(ear) = self.stream.ear_mut() {
            ear.watch(frequencies_hz);
        }
    }

    /// Presses keys one after the other.
    pub(super) fn press(&mut self, digits: &str) -> Result<(), &'static str> {
        if self.agreed.telephone_event.is_none() {
            return Err("the other side does not take them");
        }
        let keys: Option<Vec<Key>> = digits.chars().map(Key::from_char).collect();
        for key in keys.ok_or("only 0-9, *, #, A-D are digits")? {
            self.stream
                .press(key, DIGIT)
                .map_err(|_| "too many are waiting")?;
        }
        Ok(())
    }

    /// Takes a datagram from one of the sockets.
    pub(super) fn handle(&mut self, now: Duration, is_rtp: bool, bytes: &[u8]) {
        self.scratch.clear();
        self.scratch.extend_from_slice(bytes);
        if is_rtp {
            self.stream.handle_rtp(now, &mut self.scratch);
        } else {
            self.stream.handle_rtcp(now, &mut self.scratch);
        }
    }

    /// Does what is due, and sends what comes of it.
    pub(super) fn tick(&mut self, now: Duration, call: CallId, desk: &mut Desk) {
        if now < self.due {
            return;
        }
        self.stream.tick(now);
        if self.recording.heard.len() < self.record_max {
            self.recording
                .heard
                .extend_from_slice(self.stream.heard_frame());
            self.recording
                .said
                .extend_from_slice(self.stream.said_frame());
        }
        self.pump(call, desk);
    }

    /// Says farewell and gives what was measured.
    pub(super) fn finish(
        mut self,
        now: Duration,
        call: CallId,
        desk: &mut Desk,
    ) -> (Measurement, Option<Recording>) {
        self.stream.set_direction(StreamDirection::Inactive);
        self.stream.close(now);
        self.pump(call, desk);
        let measurement = self.measure();
        (measurement, (self.record_max > 0).then_some(self.recording))
    }

    pub(super) fn measure(&self) -> Measurement {
        Measurement {
            heard: self.stream.heard(),
            statistics: self.stream.statistics(),
            video: None,
            fidelity: None,
        }
    }

    pub(super) fn statistics(&self) -> StreamStatistics {
        self.stream.statistics()
    }

    /// The codec as the other side receives it.
    pub(super) fn codec(&self) -> &Codec {
        &self.agreed.codec
    }

    /// Our socket for sound and the other side's, while it has one.
    pub(super) fn ends(&self) -> Option<(SocketAddr, SocketAddr)> {
        Some((self.local, self.remote_rtp?))
    }

    pub(super) fn summary(&self) -> MediaSummary {
        MediaSummary {
            codec: self.agreed.codec.name.clone(),
            rate_hz: self.rate_hz,
            video: None,
            suite: self
                .agreed
                .keys
                .as_ref()
                .map(|(ours, _)| ours.suite.clone()),
            has_digits: self.agreed.telephone_event.is_some(),
        }
    }

    pub(super) fn deadline(&self) -> Duration {
        self.due
    }

    fn pump(&mut self, call: CallId, desk: &mut Desk) {
        loop {
            match self.stream.poll() {
                StreamOutput::Rtp(packet) => {
                    if let Some(remote) = self.remote_rtp {
                        desk.send_to(self.rtp, remote, packet);
                    }
                }
                StreamOutput::Rtcp(packet) => {
                    if let Some(remote) = self.remote_rtcp {
                        desk.send_to(self.rtcp, remote, packet);
                    }
                }
                StreamOutput::Dtmf(DtmfEvent::Pressed(key)) => {
                    desk.tell(Event::Digit {
                        call,
                        digit: key.as_char(),
                    });
                }
                StreamOutput::Dtmf(DtmfEvent::Released { .. }) => {}
                StreamOutput::Wait(due) => {
                    self.due = due;
                    return;
                }
            }
        }
    }
}

/// Payload types of the codec and of telephone events, as we send them and as we take them. Answers repeat the offer's numbers; only the
/// speech codec's may differ.
fn payload_types(agreed: &Agreed) -> ((u8, Option<u8>), (u8, Option<u8>)) {
    let events = agreed.telephone_event;
    (
        (agreed.codec.payload_type, events),
        (agreed.receive_payload_type, events),
    )
}

fn config(
    agreed: &Agreed,
    direction: Direction,
    voice: &Voice,
    identity: Identity,
) -> Option<StreamConfig> {
    let codec = AudioCodec::from_name(&agreed.codec.name, agreed.codec.clock_rate_hz)?;
    let mut config = StreamConfig::new(codec, identity);
    let (sent, taken) = payload_types(agreed);
    (config.payload_type, config.telephone_event) = sent;
    config.receive = Some(taken);
    config.format = agreed.codec.fmtp.clone().unwrap_or_default();
    if let Some(ptime_ms) = agreed.ptime_ms {
        config.packet_time = Duration::from_millis(ptime_ms.clamp(10, 60).into());
    }
    config.keys = keys(agreed)?;
    config.source = voice.source(codec.sample_rate_hz());
    config.direction = stream_direction(direction);
    config.extended_reports = extended_reports(&agreed.extended_reports);
    Some(config)
}

/// What our reports tell the other side beyond the usual.
fn extended_reports(agreed: &ExtendedReports) -> media::stream::ExtendedReports {
    let answers = agreed
        .receiver_round_trip
        .map(|agreed| match agreed.answers {
            Answers::All => media::stream::Answers::All,
            Answers::Sender => media::stream::Answers::Senders,
        });
    media::stream::ExtendedReports {
        voice_metrics: agreed.voip_metrics,
        receiver_round_trip: answers,
    }
}

/// The SRTP keys of both directions; `None` when one of them is no key of its suite.
pub(super) fn keys(agreed: &Agreed) -> Option<KeyPair> {
    let Some((ours, theirs)) = &agreed.keys else {
        return Some(KeyPair::default());
    };
    Some(KeyPair {
        inbound: Some(key(theirs)?),
        outbound: Some(key(ours)?),
    })
}

fn key(crypto: &Crypto) -> Option<SdesKey> {
    let suite = Suite::from_name(&crypto.suite)?;
    SdesKey::new(suite, &crypto.keys.first()?.key_and_salt).ok()
}

pub(super) fn stream_direction(direction: Direction) -> StreamDirection {
    match direction {
        Direction::SendRecv => StreamDirection::SendReceive,
        Direction::SendOnly => StreamDirection::SendOnly,
        Direction::RecvOnly => StreamDirection::ReceiveOnly,
        Direction::Inactive => StreamDirection::Inactive,
    }
}
