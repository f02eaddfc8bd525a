//! Session descriptions: read, looked at by type, changed, written. What is untouched leaves as it came.
//!
//! RFC 8866 (SDP), RFC 3264 §5 and §6 (what an offer says), RFC 3605 (`rtcp`), RFC 3611 (`rtcp-xr`), RFC 4568 (`crypto`),
//! RFC 5761 (`rtcp-mux`).
//! The lines are carried by `sdp-types`; [`MediaView`] reads one m-line, [`Sdp`]'s setters change it, [`MediaLine`] makes one.

mod bandwidth;
mod codec;
mod crypto;
mod edit;
mod extended_reports;
mod feedback;
mod h264;
mod media_line;
mod view;

pub use bandwidth::Bandwidth;
pub use codec::Codec;
pub use crypto::{Crypto, KeyParam};
pub use extended_reports::{Answers, ExtendedReports, ReceiverRoundTrip};
pub use feedback::Feedback;
pub use h264::{H264Format, H264Profile};
pub use media_line::{MediaKind, MediaLine, Origin};
pub use sdp_types::Media as Line;
pub use view::MediaView;

use bytes::Bytes;
use std::fmt;

/// Largest description that is read, in bytes; ours, four times the largest WebRTC offers seen.
pub const SDP_MAX_BYTES: usize = 64 * 1024;

/// Why a body is no session description. The peer's fault; answered 400, or 488 where the text is well formed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SdpError {
    /// More than [`SDP_MAX_BYTES`].
    #[error("session description of {bytes} bytes exceeds {SDP_MAX_BYTES}")]
    TooLong {
        /// What came, in bytes.
        bytes: usize,
    },
    /// Not the grammar of RFC 8866.
    #[error("not a session description: {reason}")]
    Grammar {
        /// Line and field, in words.
        reason: String,
    },
    /// A `crypto` attribute that does not follow RFC 4568.
    #[error("bad crypto attribute: expected {expected}")]
    Crypto {
        /// What the grammar wants.
        expected: &'static str,
    },
}

/// A session description.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Sdp {
    session: sdp_types::Session,
    /// The text as it came, as long as nothing was changed.
    raw: Option<Bytes>,
}

impl Sdp {
    /// Reads a description.
    pub fn parse(bytes: &[u8]) -> Result<Sdp, SdpError> {
        if bytes.len() > SDP_MAX_BYTES {
            return Err(SdpError::TooLong { bytes: bytes.len() });
        }
        let session = sdp_types::Session::parse(bytes).map_err(|error| SdpError::Grammar {
            reason: error.to_string(),
        })?;
        Ok(Sdp {
            session,
            raw: Some(Bytes::copy_from_slice(bytes)),
        })
    }

    /// The text, byte for byte as it came if nothing was changed.
    pub fn write(&self) -> Bytes {
        if let Some(raw) = &self.raw {
            return raw.clone();
        }
        let mut out = Vec::with_capacity(512);
        // Writing to a Vec cannot fail.
        let _ = self.session.write(&mut out);
        Bytes::from(out)
    }

    /// The lines.
    pub fn session(&self) -> &sdp_types::Session {
        &self.session
    }

    /// The lines, to change them.
    pub fn session_mut(&mut self) -> &mut sdp_types::Session {
        self.raw = None;
        &mut self.session
    }

    /// All m-lines in order.
    pub fn media(&self) -> impl Iterator<Item = MediaView<'_>> {
        self.session
            .medias
            .iter()
            .map(|media| MediaView::new(&self.session, media))
    }

    /// The m-line at a place.
    pub fn media_at(&self, index: usize) -> Option<MediaView<'_>> {
        self.session
            .medias
            .get(index)
            .map(|media| MediaView::new(&self.session, media))
    }

    /// The place of the first m-line of a kind that is not rejected.
    pub fn index_of(&self, kind: MediaKind) -> Option<usize> {
        self.media()
            .position(|media| media.kind() == kind.as_str() && !media.is_rejected())
    }

    /// The place of the first audio m-line that is not rejected.
    pub fn audio_index(&self) -> Option<usize> {
        self.index_of(MediaKind::Audio)
    }

    /// The first audio m-line that is not rejected.
    pub fn audio(&self) -> Option<MediaView<'_>> {
        self.media_at(self.audio_index()?)
    }

    /// The first video m-line that is not rejected.
    pub fn video(&self) -> Option<MediaView<'_>> {
        self.media_at(self.index_of(MediaKind::Video)?)
    }

    /// The version in the o-line, which grows with every change (RFC 3264 §8).
    pub fn version(&self) -> u64 {
        self.session.origin.sess_version
    }
}

impl From<sdp_types::Session> for Sdp {
    fn from(session: sdp_types::Session) -> Sdp {
        Sdp { session, raw: None }
    }
}

impl fmt::Display for Sdp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.write()))
    }
}

/// Which way media flows, from the point of view of who says it (RFC 3264 §5.1).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Direction {
    /// Both ways; what an absent attribute means.
    #[default]
    SendRecv,
    /// Sends only: the other side is on hold.
    SendOnly,
    /// Receives only.
    RecvOnly,
    /// Neither.
    Inactive,
}

impl Direction {
    /// The attribute's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Direction::SendRecv => "sendrecv",
            Direction::SendOnly => "sendonly",
            Direction::RecvOnly => "recvonly",
            Direction::Inactive => "inactive",
        }
    }

    /// The direction of an attribute's name.
    pub fn parse(name: &str) -> Option<Direction> {
        [
            Direction::SendRecv,
            Direction::SendOnly,
            Direction::RecvOnly,
            Direction::Inactive,
        ]
        .into_iter()
        .find(|direction| direction.as_str() == name)
    }

    /// A direction made of its halves.
    pub fn new(sends: bool, receives: bool) -> Direction {
        match (sends, receives) {
            (true, true) => Direction::SendRecv,
            (true, false) => Direction::SendOnly,
            (false, true) => Direction::RecvOnly,
            (false, false) => Direction::Inactive,
        }
    }

    /// Whether the one who says it sends.
    pub fn sends(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::SendOnly)
    }

    /// Whether the one who says it receives.
    pub fn receives(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::RecvOnly)
    }

    /// The same from the other side.
    pub fn reversed(self) -> Direction {
        Direction::new(self.receives(), self.sends())
    }

    /// What both allow.
    pub fn and(self, other: Direction) -> Direction {
        Direction::new(
            self.sends() && other.sends(),
            self.receives() && other.receives(),
        )
    }
}

#[cfg(test)]
mod tests;
