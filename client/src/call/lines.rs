//! The m-lines of a call: sockets and keys of its sound, and of its picture if there is to be one.

use std::net::{IpAddr, SocketAddr};

use media::SdesKey;
use net::FlowId;
use rand_core::Rng;
use sip::offer_answer::{LineTerms, MediaTerms};
use sip::sdp::{Codec, Crypto, Direction, ExtendedReports, MediaKind};

use super::sockets::Sockets;
use crate::command::CallId;
use crate::desk::{Desk, MediaFlow};

/// What a call has on this side for its media.
#[derive(Debug)]
pub(super) struct Lines {
    audio: OwnLine,
    /// None where there is to be no picture, or no longer.
    video: Option<OwnLine>,
}

#[derive(Debug)]
struct OwnLine {
    sockets: Sockets,
    /// One key for each suite, the same for the whole call.
    cryptos: Vec<Crypto>,
}

impl Lines {
    /// Asks for sockets; `None` when there are no ports for sound. A picture for which there are none is left out.
    pub(super) fn open(
        call: CallId,
        address: IpAddr,
        with_video: bool,
        desk: &mut Desk,
    ) -> Option<Self> {
        let mut line = |kind: MediaKind| {
            Some(OwnLine {
                sockets: Sockets::open(MediaFlow::rtp(call, kind), address, desk)?,
                cryptos: fresh_keys(desk),
            })
        };
        let audio = line(MediaKind::Audio)?;
        let video = with_video.then(|| line(MediaKind::Video)).flatten();
        Some(Self { audio, video })
    }

    /// Whether there is to be a picture.
    pub(super) fn has_video(&self) -> bool {
        self.video.is_some()
    }

    /// There is to be no picture: its ports are given back.
    pub(super) fn drop_video(&mut self, desk: &mut Desk) {
        if let Some(video) = self.video.take() {
            video.sockets.close(desk);
        }
    }

    /// A socket is bound. `Err` when sound cannot be had any more.
    pub(super) fn handle_bound(
        &mut self,
        media: MediaFlow,
        flow: FlowId,
        desk: &mut Desk,
    ) -> Result<(), ()> {
        let Some(sockets) = self.sockets(media.kind) else {
            desk.close(flow);
            return Ok(());
        };
        let done = sockets.handle_bound(flow, media.is_rtp, desk);
        self.bear(media.kind, done, desk)
    }

    /// A socket could not be bound, or is gone. `Err` when sound cannot be had any more.
    pub(super) fn handle_failed(&mut self, media: MediaFlow, desk: &mut Desk) -> Result<(), ()> {
        let Some(sockets) = self.sockets(media.kind) else {
            return Ok(());
        };
        let done = sockets.handle_failed(media.is_rtp, desk);
        self.bear(media.kind, done, desk)
    }

    /// Whether all sockets are open.
    pub(super) fn are_open(&self) -> bool {
        let is_open = |line: &OwnLine| line.sockets.flows().is_some();
        is_open(&self.audio) && self.video.as_ref().is_none_or(is_open)
    }

    /// Both sockets of a line, once they are open.
    pub(super) fn flows(&self, kind: MediaKind) -> Option<(FlowId, FlowId)> {
        match kind {
            MediaKind::Audio => self.audio.sockets.flows(),
            MediaKind::Video => self.video.as_ref()?.sockets.flows(),
        }
    }

    /// Where sound is received.
    pub(super) fn local(&self) -> SocketAddr {
        self.audio.sockets.local()
    }

    /// Our terms now.
    pub(super) fn terms(&self, desk: &Desk, direction: Direction) -> MediaTerms {
        let terms = |line: &OwnLine, codecs: &[Codec], reports, bandwidth| LineTerms {
            rtp: line.sockets.local(),
            codecs: codecs.to_vec(),
            cryptos: line.cryptos.clone(),
            direction,
            extended_reports: reports,
            bandwidth,
        };
        MediaTerms {
            security: desk.security(),
            audio: terms(
                &self.audio,
                &desk.terms.audio,
                Some(ExtendedReports::ALL),
                None,
            ),
            video: self
                .video
                .as_ref()
                .map(|line| terms(line, &desk.terms.video, None, Some(desk.terms.video_most))),
        }
    }

    /// Gives ports and sockets back.
    pub(super) fn close(mut self, desk: &mut Desk) {
        self.drop_video(desk);
        self.audio.sockets.close(desk);
    }

    fn sockets(&mut self, kind: MediaKind) -> Option<&mut Sockets> {
        match kind {
            MediaKind::Audio => Some(&mut self.audio.sockets),
            MediaKind::Video => self.video.as_mut().map(|line| &mut line.sockets),
        }
    }

    /// A call does without a picture, not without sound.
    fn bear(&mut self, kind: MediaKind, done: Result<(), ()>, desk: &mut Desk) -> Result<(), ()> {
        if kind == MediaKind::Video && done.is_err() {
            self.drop_video(desk);
            return Ok(());
        }
        done
    }
}

fn fresh_keys(desk: &mut Desk) -> Vec<Crypto> {
    let suites = desk.terms.suites.clone();
    let fresh = |(tag, suite): (u32, media::Suite)| {
        let key = SdesKey::generate(suite, |octets| desk.entropy.fill_bytes(octets));
        Crypto::new(tag, suite.name(), key.key_and_salt())
    };
    (1..).zip(suites).map(fresh).collect()
}
