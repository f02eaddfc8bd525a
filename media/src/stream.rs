//! One audio stream of a softphone: source, sender, receiver, reports and ear behind four verbs.
//!
//! ```text
//!            handle_rtp(now, datagram)   handle_rtcp(now, datagram)
//!                          ▼                 ▼
//!  source ─► sender ─► [ Stream ] ◄─ tick(now), each frame
//!                          ▼
//!            poll() ─► Rtp | Rtcp | Dtmf | Wait(deadline)
//! ```
//!
//! After each `handle_*` and `tick`, `poll` until it says `Wait`. Nothing is allocated after the first packets.

mod account;
mod config;
mod reports;
mod statistics;

pub use account::Account;
pub use config::{Answers, Direction, ExtendedReports, StreamConfig};
pub use statistics::{ReceivedStatistics, StreamStatistics};

use std::time::Duration;

use crate::clock::ticks;
use crate::codec::Codec;
use crate::dtmf::{DtmfError, DtmfEvent, Key};
use crate::ear::{Ear, Heard};
use crate::receiver::{Receiver, ReceiverStatistics};
use crate::rtcp::VoipMetrics;
use crate::sender::{self, PacketRoom, Sender};
use crate::source::Source;
use crate::srtp::{KeyPair, SdesKey};
use reports::{Reports, Told};

/// Time that one frame lasts unless another packet time was negotiated.
pub const FRAME: Duration = Duration::from_millis(20);
/// A tick that comes later by more has missed its frames for good: the host slept.
const ASLEEP: Duration = Duration::from_millis(200);

/// What a stream wants done.
#[derive(Debug)]
pub enum StreamOutput<'a> {
    /// Send this to the other side's RTP port.
    Rtp(&'a [u8]),
    /// Send this to the other side's RTCP port.
    Rtcp(&'a [u8]),
    /// A key of the other side went down or up.
    Dtmf(DtmfEvent),
    /// Nothing until then: call [`Stream::tick`].
    Wait(Duration),
}

/// One audio m-line, from both ends' keys to the ear.
pub struct Stream {
    config: StreamConfig,
    codec: Box<dyn Codec>,
    sender: Sender,
    receiver: Receiver,
    reports: Reports,
    ear: Option<Ear>,
    muted: bool,
    frame_time: Duration,
    frame_ticks: u32,
    frame_samples: usize,
    /// When the next frame is due; none before the first tick.
    due: Option<Duration>,
    said: Box<[i16]>,
    /// Frames said that do not fill a packet yet.
    unsent: Box<[i16]>,
    unsent_len: usize,
    room: Box<PacketRoom>,
    /// Length of the packet that waits to be sent, in `room`.
    packet: Option<usize>,
}

impl Stream {
    /// A stream as negotiated.
    pub fn new(config: StreamConfig) -> Stream {
        let codec = config.codec;
        let (packet_time, frame_time) = config.times();
        let samples = |time| ticks(time, codec.sample_rate_hz()) as usize;
        let mut sender = Sender::new(
            &config.identity,
            config.payload_type,
            config.telephone_event,
            codec.clock_rate_hz(),
        );
        sender.set_key(config.keys.outbound.as_ref());
        sender.set_comfort_noise(config.comfort_noise);
        let mut receiver = Receiver::new(
            codec,
            config.receive_payload_type(),
            config.receive_telephone_event(),
        );
        receiver.set_key(config.keys.inbound.as_ref());
        receiver.set_comfort_noise(config.comfort_noise);
        receiver.set_playing(config.direction.hears());
        receiver.silence(samples(frame_time));
        Stream {
            codec: config.build_codec(),
            sender,
            receiver,
            reports: Reports::new(&config.identity),
            ear: config.listen.then(|| Ear::new(codec.sample_rate_hz())),
            muted: false,
            frame_time,
            frame_ticks: ticks(frame_time, codec.clock_rate_hz()) as u32,
            frame_samples: samples(frame_time),
            due: None,
            said: vec![0; samples(frame_time)].into(),
            unsent: vec![0; samples(packet_time)].into(),
            room: sender::packet_room(),
            unsent_len: 0,
            packet: None,
            config,
        }
    }

    /// Takes a datagram from the RTP port; it is decrypted where it stands.
    #[inline]
    pub fn handle_rtp(&mut self, now: Duration, datagram: &mut [u8]) {
        self.receiver.handle(now, datagram);
    }

    /// Takes a datagram from the RTCP port.
    pub fn handle_rtcp(&mut self, now: Duration, datagram: &mut [u8]) {
        if let Ok(len) = self.receiver.unprotect_rtcp(datagram) {
            self.reports.handle(
                now,
                &datagram[..len],
                self.sender.ssrc(),
                self.receiver.reception_mut(),
            );
        }
    }

    /// Does what is due: hears one frame, says one. Calls before the deadline do nothing.
    pub fn tick(&mut self, now: Duration) {
        let Some(at) = self.begin_frame(now) else {
            return;
        };
        self.hear(at);
        let mut said = std::mem::take(&mut self.said);
        if self.muted {
            said.fill(0);
        } else {
            // What leaves now was spoken while the frame filled.
            let began = at.saturating_sub(self.frame_time);
            self.config.source.fill(began, &mut said);
        }
        self.say(&said);
        self.said = said;
        self.report(now);
    }

    /// As [`Stream::tick`], for a bridge which mixes: gives what is heard, if a frame is due. The bridge answers with
    /// [`Stream::push`].
    pub fn pull(&mut self, now: Duration) -> Option<&[i16]> {
        let at = self.begin_frame(now)?;
        self.hear(at);
        self.report(now);
        Some(self.receiver.frame())
    }

    /// Says a frame of samples in place of the source's.
    pub fn push(&mut self, samples: &[i16]) {
        let mut said = std::mem::take(&mut self.said);
        let len = samples.len().min(said.len());
        said[..len].copy_from_slice(&samples[..len]);
        said[len..].fill(0);
        self.say(&said);
        self.said = said;
    }

    /// The next thing to be done.
    #[inline]
    pub fn poll(&mut self) -> StreamOutput<'_> {
        if let Some(len) = self.packet.take() {
            return StreamOutput::Rtp(&self.room[..len]);
        }
        if let Some(event) = self.receiver.poll_dtmf() {
            return StreamOutput::Dtmf(event);
        }
        let due = self.due.unwrap_or_default();
        match self.reports.take() {
            Some(report) => StreamOutput::Rtcp(report),
            None => StreamOutput::Wait(due),
        }
    }

    /// Sends and hears in other directions from now on, as after hold and retrieve.
    pub fn set_direction(&mut self, direction: Direction) {
        self.config.direction = direction;
        self.receiver.set_playing(direction.hears());
    }

    /// The direction now.
    pub fn direction(&self) -> Direction {
        self.config.direction
    }

    /// Mutes or unmutes the mouth: packets go on, with silence.
    pub fn set_muted(&mut self, muted: bool) {
        self.muted = muted;
    }

    /// Says something else from now on.
    pub fn set_source(&mut self, source: Source) {
        self.config.source = source;
    }

    /// What is being said.
    pub fn source(&self) -> &Source {
        &self.config.source
    }

    /// Sends with these payload types from now on, and takes those: of the codec and of telephone events. RFC 3264 §8.3.2 lets them
    /// change while the codec stays.
    pub fn set_payload_types(&mut self, sent: (u8, Option<u8>), taken: (u8, Option<u8>)) {
        (self.config.payload_type, self.config.telephone_event) = sent;
        self.config.receive = Some(taken);
        self.sender.set_payload_types(sent.0, sent.1);
        self.receiver.set_payload_types(taken.0, taken.1);
    }

    /// Takes new keys, as after a re-INVITE. Keep the stream for as long as the call: a new stream with an old key would
    /// use its keystream twice. A key that stays keeps its counters: RFC 3711 §9.1 forbids to start them again.
    pub fn rekey(&mut self, keys: KeyPair) {
        let (receiver, sender) = (&mut self.receiver, &mut self.sender);
        let (inbound, outbound) = (
            |key: Option<&_>| receiver.set_key(key),
            |key: Option<&_>| sender.set_key(key),
        );
        self.config.keys.replace(keys, inbound, outbound);
    }

    /// The key that we protect with, for our next offer or answer.
    pub fn outbound_key(&self) -> Option<&SdesKey> {
        self.config.keys.outbound.as_ref()
    }

    /// Tells more or less in reports from now on, as the other side asked anew.
    pub fn set_extended_reports(&mut self, told: ExtendedReports) {
        self.config.extended_reports = told;
    }

    /// Presses a key for some time.
    pub fn press(&mut self, key: Key, hold: Duration) -> Result<(), DtmfError> {
        self.sender.press(key, hold)
    }

    /// Says farewell: `poll` gives a last RTCP packet.
    pub fn close(&mut self, now: Duration) {
        self.reports
            .farewell(now, &mut self.sender, self.receiver.reception_mut());
    }

    /// The ear, for a closer look or to have it watch frequencies.
    pub fn ear_mut(&mut self) -> Option<&mut Ear> {
        self.ear.as_mut()
    }

    /// What the ear measured.
    pub fn heard(&self) -> Heard {
        self.ear.as_ref().map(Ear::heard).unwrap_or_default()
    }

    /// The last frame heard, for a recorder.
    pub fn heard_frame(&self) -> &[i16] {
        self.receiver.frame()
    }

    /// The last frame said, for a recorder.
    pub fn said_frame(&self) -> &[i16] {
        &self.said
    }

    /// What came, by what became of it: a part of [`Stream::statistics`] that costs nothing.
    pub fn arrived(&self) -> ReceiverStatistics {
        self.receiver.statistics()
    }

    /// All counters, and the quality that follows from them.
    pub fn statistics(&self) -> StreamStatistics {
        statistics::collect(&self.sender, &self.receiver, &self.reports, &self.config)
    }

    /// The nominal time of the frame that is due, if one is.
    fn begin_frame(&mut self, now: Duration) -> Option<Duration> {
        let mut at = self.due.unwrap_or(now);
        if now < at {
            return None;
        }
        while now - at >= ASLEEP {
            at += self.frame_time;
            self.keep_silent();
        }
        self.due = Some(at + self.frame_time);
        Some(at)
    }

    fn hear(&mut self, at: Duration) {
        if !self.config.direction.hears() {
            return self.receiver.silence(self.frame_samples);
        }
        let samples = self.frame_samples;
        self.receiver.pull(at, &mut *self.codec, samples);
        if let Some(ear) = &mut self.ear {
            ear.listen(at, self.receiver.frame());
        }
    }

    fn say(&mut self, samples: &[i16]) {
        if !self.config.direction.says() {
            return self.keep_silent();
        }
        let end = self.unsent_len + samples.len();
        self.unsent[self.unsent_len..end].copy_from_slice(samples);
        self.unsent_len = end;
        if end == self.unsent.len() {
            let ticks = self.frame_ticks * (end / samples.len()) as u32;
            self.unsent_len = 0;
            let (codec, room) = (&mut *self.codec, &mut *self.room);
            let packet = self.sender.speak(codec, &self.unsent, ticks, room);
            self.packet = packet.map(<[u8]>::len);
        }
    }

    /// Lets a frame's time pass without a word; what did not fill a packet goes with it.
    fn keep_silent(&mut self) {
        let frames = 1 + self.unsent_len / self.frame_samples.max(1);
        self.unsent_len = 0;
        self.sender.pause(self.frame_ticks * frames as u32);
    }

    fn report(&mut self, now: Duration) {
        if !self.reports.is_due(now) {
            return;
        }
        let told = Told {
            voice: self.voice_block(),
            round_trip: self.config.extended_reports.receiver_round_trip,
        };
        let reception = self.receiver.reception_mut();
        self.reports.report(now, &mut self.sender, reception, told);
    }

    /// How the other side's voice was heard, if we are to tell.
    fn voice_block(&self) -> Option<VoipMetrics> {
        let heard = self.receiver.reception()?.ssrc();
        let tells = self.config.extended_reports.voice_metrics;
        tells.then(|| self.statistics().voice_metrics().to_block(heard))
    }
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stream")
            .field("config", &self.config)
            .field("muted", &self.muted)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
