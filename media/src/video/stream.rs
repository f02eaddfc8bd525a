//! One video stream of a softphone: camera, sender, receiver, reports and screen behind four verbs.
//!
//! ```text
//!            handle_rtp(now, datagram)   handle_rtcp(now, datagram)
//!                          ▼                 ▼
//!  camera ─► sender ─► [ VideoStream ] ◄─ tick(now), at each deadline
//!                          ▼
//!            poll() ─► Rtp | Rtcp | Wait(deadline)
//! ```
//!
//! After each `handle_*` and `tick`, `poll` until it says `Wait`. But for encoder and decoder, nothing is allocated after
//! the first pictures.

mod config;
mod limits;
mod renegotiated;
mod rhythm;
mod statistics;

pub use config::{Carriage, Retransmission, VideoConfig};
pub use statistics::{RepairStatistics, ShownStatistics, VideoStatistics};

use std::time::Duration;

use rhythm::Rhythm;

use super::allowance::Allowance;
use super::budget::Budget;
use super::camera::Lens;
use super::h264::Rate;
use super::key_frame::{Answerer, Asker};
use super::receiver::{Came, Receiver};
use super::repair::Repair;
use super::reports::{Report, Reports};
use super::screen::Fidelity;
use super::sender::Sender;
use super::{Camera, Picture, VideoError};
use crate::stream::{Direction, ReceivedStatistics};

/// What a stream wants done.
#[derive(Debug)]
pub enum VideoOutput<'a> {
    /// Send this to the other side's RTP port.
    Rtp(&'a [u8]),
    /// Send this to the other side's RTCP port.
    Rtcp(&'a [u8]),
    /// Nothing until then: call [`VideoStream::tick`].
    Wait(Duration),
}

/// One video m-line, from both ends' keys to the screen.
#[derive(Debug)]
pub struct VideoStream {
    config: VideoConfig,
    lens: Lens,
    sender: Sender,
    receiver: Receiver,
    reports: Reports,
    /// If a peer connection carries the stream, with its feedback (the reports are the connection's), or if repair was
    /// agreed on.
    repair: Option<Repair>,
    now: Duration,
    asker: Asker,
    answerer: Answerer,
    is_blocked: bool,
    allowance: Allowance,
    /// What is left of the limit for pictures, and the octets that were counted off it.
    pace: Budget,
    paced: u64,
    /// What is left of the quarter of it that packets sent again have.
    again: Budget,
    /// The limit that the camera keeps to.
    kept: Option<u64>,
    rhythm: Rhythm,
    /// Packets of the picture captured last wait to be sent.
    is_sending: bool,
    shown: ShownStatistics,
    key_frames_asked: u64,
}

impl VideoStream {
    /// A stream as negotiated; an error if there is no encoder for the camera's format.
    pub fn new(config: VideoConfig) -> Result<VideoStream, VideoError> {
        let keys = &config.keys;
        let mut receiver = Receiver::new(
            config.receive_payload_type(),
            keys.inbound.as_ref(),
            config.watch,
        )?;
        receiver.set_showing(config.direction.hears());
        let repair = Repair::agreed(&config);
        receiver.set_repaired(repair.is_some(), config.received_apart());
        Ok(VideoStream {
            lens: Lens::new(config.camera)?,
            sender: Sender::new(
                &config.identity,
                config.payload_type,
                keys.outbound.as_ref(),
            ),
            receiver,
            reports: Reports::new(&config.identity),
            repair,
            now: Duration::ZERO,
            asker: Asker::default(),
            answerer: Answerer::default(),
            is_blocked: false,
            allowance: Allowance::default(),
            pace: Budget::default(),
            paced: 0,
            again: Budget::default(),
            kept: None,
            rhythm: Rhythm::default(),
            is_sending: false,
            shown: ShownStatistics::default(),
            key_frames_asked: 0,
            config,
        })
    }

    /// Takes a datagram from the RTP port; it is decrypted where it stands.
    #[inline]
    pub fn handle_rtp(&mut self, now: Duration, datagram: &mut [u8]) {
        self.now = now;
        match (&mut self.repair, self.receiver.handle(now, datagram)) {
            (Some(repair), Some(Came::Counted(source, sequence))) => {
                repair.on_packet(now, source, sequence);
            }
            (Some(repair), Some(Came::Again(sequence))) => repair.on_retransmission(now, sequence),
            (None, _) | (_, None) => {}
        }
        self.ask_key_frame(now);
    }

    /// Takes a datagram from the RTCP port.
    pub fn handle_rtcp(&mut self, now: Duration, datagram: &mut [u8]) {
        self.now = now;
        let Ok(len) = self.receiver.unprotect_rtcp(datagram) else {
            return;
        };
        if let Some(repair) = &mut self.repair {
            repair.on_feedback(&datagram[..len]);
        }
        let (ours, reception) = (self.sender.ssrc(), self.receiver.reception_mut());
        let asked = self.reports.handle(now, &datagram[..len], ours, reception);
        if asked.picture_loss {
            self.answerer.on_request(now);
        }
        if let Some(number) = asked.full_intra
            && self.answerer.on_command(number)
        {
            self.reports.on_command();
        }
        self.hear_limits(now, &asked);
    }

    /// Does what is due: captures a picture, gives up on packets, reports. Calls before the deadline do nothing.
    pub fn tick(&mut self, now: Duration) {
        self.now = now;
        self.receiver.tick(now);
        self.ask_key_frame(now);
        let rate = self.config.camera.frame_rate();
        if let Some(at) = rate.and_then(|rate| self.rhythm.due(now, rate))
            && self.config.direction.says()
            && !self.is_blocked
        {
            if self.may_send() {
                self.show(at);
            } else {
                self.shown.skipped += u64::from(self.config.camera != Camera::None);
            }
        }
        match (&mut self.repair, self.config.carriage.is_some()) {
            (Some(repair), true) => repair.tick(now),
            (None, true) => {}
            (_, false) => self.report_and_ask(now),
        }
    }

    /// The next thing to be done.
    #[inline]
    pub fn poll(&mut self) -> VideoOutput<'_> {
        if let Some(len) = self.send_again() {
            let repair = self.repair.as_ref();
            return VideoOutput::Rtp(repair.map_or(&[], |repair| repair.packet(len)));
        }
        if self.is_sending {
            let (picture, repair) = (self.lens.unit(), self.repair.as_mut());
            match picture.and_then(|picture| self.sender.next(picture, repair)) {
                Some(len) => return VideoOutput::Rtp(self.sender.packet(len)),
                None => self.is_sending = false,
            }
        }
        let deadline = self.deadline();
        let report = match &mut self.repair {
            Some(repair) if self.config.carriage.is_some() => {
                Some(repair.take_feedback()).filter(|bytes| !bytes.is_empty())
            }
            _ => self.reports.take(),
        };
        match report {
            Some(report) => VideoOutput::Rtcp(report),
            None => VideoOutput::Wait(deadline),
        }
    }

    /// The direction now.
    pub fn direction(&self) -> Direction {
        self.config.direction
    }

    /// Blocks or unblocks the camera: while it is blocked no picture is sent, and the first after it is a key frame.
    pub fn set_blocked(&mut self, is_blocked: bool) {
        if self.is_blocked && !is_blocked {
            self.begin_anew();
        }
        self.is_blocked = is_blocked;
    }

    /// Whether the camera is blocked.
    pub fn is_blocked(&self) -> bool {
        self.is_blocked
    }

    /// Shows something else from now on, beginning with a key frame.
    pub fn set_camera(&mut self, camera: Camera) -> Result<(), VideoError> {
        self.lens = Lens::new(camera)?;
        self.kept = None;
        self.config.camera = camera;
        (self.rhythm, self.is_sending) = (Rhythm::default(), false);
        self.begin_anew();
        Ok(())
    }

    /// What is shown.
    pub fn camera(&self) -> Camera {
        self.config.camera
    }

    /// Has a live camera's encoder aim at something else from now on, if nothing limits it; another kind of aim begins with a
    /// key frame.
    pub fn set_rate(&mut self, rate: Rate) -> Result<(), VideoError> {
        self.lens.set_rate(rate);
        self.lens.keep_within(self.kept)?;
        if let Camera::Live(_, current) = &mut self.config.camera {
            *current = rate;
        }
        Ok(())
    }

    /// Has the next picture be a key frame, as a request in signalling (RFC 5168) asks for.
    pub fn give_key_frame(&mut self, now: Duration) {
        self.answerer.on_request(now);
    }

    /// Says farewell: `poll` gives a last RTCP packet, unless a peer connection carries the stream and says it.
    pub fn close(&mut self, now: Duration) {
        if self.config.carriage.is_none() {
            self.report(now).farewell();
        }
    }

    /// The picture shown last; none where nobody looks or nothing came.
    pub fn picture(&self) -> Option<&Picture> {
        self.receiver.picture()
    }

    /// How near the picture shown last is to what was captured; none if its mark can't be read. Takes as long as encoding a
    /// picture: ask where quality is the question.
    pub fn fidelity(&self) -> Option<Fidelity> {
        self.receiver.fidelity()
    }

    /// Whether what is shown stands still for longer than the eye forgives.
    pub fn is_frozen(&self, now: Duration) -> bool {
        self.receiver.is_frozen(now)
    }

    /// All counters.
    pub fn statistics(&self) -> VideoStatistics {
        let received = self.receiver.reception().map(ReceivedStatistics::of);
        VideoStatistics {
            sent: self.sender.statistics(),
            shown: self.shown,
            arrived: self.receiver.statistics(),
            received,
            seen: self.receiver.seen(),
            key_frames_asked: self.key_frames_asked,
            limit: self.allowance.limit(),
            repair: self
                .repair
                .as_ref()
                .map(Repair::statistics)
                .unwrap_or_default(),
            ..self.reports.statistics(self.sender.ssrc())
        }
    }

    /// Makes the next packet that is sent again, in the buffer of repair.
    fn send_again(&mut self) -> Option<usize> {
        let repair = self.repair.as_mut()?;
        let is_apart = repair.is_apart();
        // Repair would fill a narrow line with what did not fit into it. Whoever misses a packet asks again.
        let part = self.allowance.limit().map(|limit| limit / 4);
        while let Some(len) = repair.send_again(self.now) {
            if part.is_some_and(|part| !self.again.takes(self.now, len, part)) {
                continue;
            }
            let sent = self.sender.send_again(repair.buffer(), len, is_apart);
            if sent.is_some() {
                return sent;
            }
        }
        None
    }

    /// Has the next picture be a key frame, whenever the last was.
    fn begin_anew(&mut self) {
        self.answerer = Answerer::default();
        self.answerer.on_request(Duration::ZERO);
    }

    fn show(&mut self, at: Duration) {
        let key_frame = self.answerer.is_asked() || self.shown.pictures == 0;
        match self.lens.capture(at, key_frame) {
            Ok(true) => {
                let is_key = self.lens.unit().is_some_and(|unit| unit.is_key());
                self.shown.pictures += 1;
                self.shown.key_frames += u64::from(is_key);
                if is_key {
                    self.answerer.on_given(at);
                }
                self.sender.begin(at);
                self.is_sending = true;
            }
            Ok(false) => self.shown.skipped += u64::from(self.config.camera != Camera::None),
            Err(_) => self.shown.failed += 1,
        }
    }

    /// Makes one compound of what is due: a report, a request for packets.
    fn report_and_ask(&mut self, now: Duration) {
        if self.reports.is_waiting() {
            return;
        }
        let repair = self.repair.as_mut();
        let missing = repair.map_or(&[][..], |repair| repair.due(now));
        let reception = self.receiver.reception_mut();
        self.reports
            .make_due(now, missing, &mut self.sender, reception);
    }

    /// Asks for a key frame if one is needed and none was asked for a moment ago.
    #[inline]
    fn ask_key_frame(&mut self, now: Duration) {
        // A compound that waits would be lost; with it gone, the deadline brings us back.
        if self.reports.is_waiting() {
            return;
        }
        let is_needed = self.receiver.needs_key_frame();
        let repair = || self.repair.as_ref().and_then(Repair::round_trip);
        let round_trip = self.reports.round_trip().or_else(repair);
        if !self.asker.is_due(now, is_needed, round_trip) {
            return;
        }
        self.key_frames_asked += 1;
        let full_intra = self.config.use_full_intra_request;
        match &mut self.repair {
            Some(repair) if self.config.carriage.is_some() => repair.ask_key_frame(full_intra),
            _ => {
                let mut report = self.report(now);
                report.ask_key_frame(full_intra);
                report.end();
            }
        }
    }

    fn report(&mut self, now: Duration) -> Report<'_> {
        self.reports
            .start(now, &mut self.sender, self.receiver.reception_mut())
    }

    fn deadline(&self) -> Duration {
        let rate = self.config.camera.frame_rate();
        let picture = rate.map(|rate| self.rhythm.deadline(rate));
        let feedback = self.repair.as_ref().and_then(Repair::deadline);
        let is_alone = self.config.carriage.is_none();
        let report = is_alone.then(|| self.reports.deadline());
        let (receiver, asker) = (self.receiver.deadline(), self.asker.deadline());
        // A carried stream without a camera waits for what comes.
        [picture, receiver, asker, feedback, report]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(Duration::MAX)
    }
}

#[cfg(test)]
mod tests;
