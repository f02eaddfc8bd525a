//! What a party wants of a session's media, and the offers and answers made of it, over several m-lines.
//!
//! Preferred encryption is offered as `RTP/AVP` with `crypto` lines, which phones without SRTP read as plain RTP; enforced
//! encryption as `RTP/SAVP`. Feedback for video is said the same way, on lines without the F of AVPF. In an answer the offer's
//! profile is kept (RFC 3264 §6).
//!
//! RFC 3264 §5, §6, §8 (lines keep their places), §8.4 (hold); RFC 4568 §5.1, §7 (SDES); RFC 4733 (telephone events);
//! RFC 3611 §5.2 (extended reports).

use std::net::SocketAddr;

use super::agreement::allowed_to_us;
use super::{OfferAnswerError, format};
use crate::sdp::{
    Bandwidth, Codec, Crypto, Direction, ExtendedReports, Line, MediaKind, MediaLine, MediaView,
    Origin, Sdp,
};

/// Whether media is encrypted.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Security {
    /// Never.
    #[default]
    Disabled,
    /// If the other side can.
    Preferred,
    /// Always; no agreement without it.
    Enforced,
}

/// What a party wants of a session's media.
#[derive(Clone, Debug)]
pub struct MediaTerms {
    /// Whether media is encrypted.
    pub security: Security,
    /// The sound; no agreement without it.
    pub audio: LineTerms,
    /// The picture; `None` rejects the lines of video that are offered.
    pub video: Option<LineTerms>,
}

/// What a party wants of one m-line.
#[derive(Clone, Debug)]
pub struct LineTerms {
    /// Where RTP is received.
    pub rtp: SocketAddr,
    /// Codecs, best first; telephone-event among those of audio.
    pub codecs: Vec<Codec>,
    /// One fresh key for each suite, best first; keys of this line alone.
    pub cryptos: Vec<Crypto>,
    /// The direction wished for: SendRecv, or SendOnly to put the other side on hold.
    pub direction: Direction,
    /// Extended reports that we ask for. An answer has them only where the offer has the attribute: others do not know it.
    pub extended_reports: Option<ExtendedReports>,
    /// What we take at most.
    pub bandwidth: Option<Bandwidth>,
}

impl MediaTerms {
    /// A whole offer: sound, then the picture if there is to be one.
    pub fn offer(&self, origin: &Origin) -> Sdp {
        let lines = self.wanted().map(|(kind, terms)| self.line(kind, terms));
        Sdp::describe(origin, self.audio.rtp.ip(), lines.collect())
    }

    /// A later offer: every m-line of before in its place. Ours are said anew, a picture that is no longer wanted is rejected,
    /// a new one takes the place of a rejected one or the end (RFC 3264 §8.1, §8.2).
    pub fn reoffer(&self, origin: &Origin, before: &Sdp) -> Sdp {
        let mut lines: Vec<Line> = before.media().map(|line| line.lines().clone()).collect();
        for kind in MediaKind::ALL {
            let is_of_kind = |line: &MediaView<'_>| line.kind() == kind.as_str();
            let live = before.index_of(kind);
            let place = live.or_else(|| before.media().position(|line| is_of_kind(&line)));
            let Some(terms) = self.terms_of(kind) else {
                for line in lines.iter_mut().filter(|line| line.media == kind.as_str()) {
                    line.port = 0;
                }
                continue;
            };
            let mut line = self.line(kind, terms);
            match place {
                Some(place) => {
                    if live.is_some() {
                        line.proto.clone_from(&lines[place].proto);
                    }
                    lines[place] = line;
                }
                None => lines.push(line),
            }
        }
        Sdp::describe(origin, self.audio.rtp.ip(), lines)
    }

    /// The answer to an offer: sound and picture by these terms, every other line rejected. A picture that cannot be agreed
    /// on is rejected too, and the sound goes on.
    pub fn answer(&self, origin: &Origin, offer: &Sdp) -> Result<Sdp, OfferAnswerError> {
        let audio = self.choose(MediaKind::Audio, &self.audio, offer)?;
        let video = self.video.as_ref();
        let video = video.and_then(|terms| self.choose(MediaKind::Video, terms, offer).ok());
        let mut lines: Vec<Line> = offer.media().map(|line| rejected(&line)).collect();
        for (place, line) in [Some(audio), video].into_iter().flatten() {
            lines[place] = line;
        }
        Ok(Sdp::describe(origin, self.audio.rtp.ip(), lines))
    }

    fn wanted(&self) -> impl Iterator<Item = (MediaKind, &LineTerms)> {
        MediaKind::ALL
            .into_iter()
            .filter_map(|kind| Some((kind, self.terms_of(kind)?)))
    }

    fn terms_of(&self, kind: MediaKind) -> Option<&LineTerms> {
        match kind {
            MediaKind::Audio => Some(&self.audio),
            MediaKind::Video => self.video.as_ref(),
        }
    }

    /// A line of an offer.
    fn line(&self, kind: MediaKind, terms: &LineTerms) -> Line {
        let mut line = MediaLine::new(kind, terms.rtp, &terms.codecs);
        line.direction = terms.direction;
        line.ptime_ms = ptime_ms(kind);
        line.extended_reports = terms.extended_reports;
        line.bandwidth = terms.bandwidth;
        if self.security != Security::Disabled {
            line.cryptos.clone_from(&terms.cryptos);
        }
        let mut line = line.line();
        if self.security == Security::Preferred {
            "RTP/AVP".clone_into(&mut line.proto);
        }
        line
    }

    /// The line of an offer that we take, answered: the first of its kind whose encryption suits us, the secure one if there
    /// are both.
    fn choose(
        &self,
        kind: MediaKind,
        terms: &LineTerms,
        offer: &Sdp,
    ) -> Result<(usize, Line), OfferAnswerError> {
        let is_live = |line: &MediaView<'_>| line.kind() == kind.as_str() && !line.is_rejected();
        let lines = offer.media().enumerate().filter(|(_, line)| is_live(line));
        let mut plain = None;
        let mut error = OfferAnswerError::NoAudio;
        for (place, line) in lines {
            let codecs = format::answers(&line.codecs(), &terms.codecs);
            if codecs.iter().all(Codec::is_telephone_event) {
                // Of all lines' faults the one that is nearest to an agreement is told.
                if error == OfferAnswerError::NoAudio {
                    error = OfferAnswerError::NoCommonCodec;
                }
                continue;
            }
            match self.choose_crypto(&line, terms) {
                Ok(None) => {
                    plain =
                        plain.or_else(|| Some((place, answered(kind, terms, &line, codecs, None))));
                }
                Ok(key) => return Ok((place, answered(kind, terms, &line, codecs, key))),
                Err(other) => error = other,
            }
        }
        plain.ok_or(error)
    }

    /// Our key for a line; `None` when it goes in the clear.
    fn choose_crypto(
        &self,
        line: &MediaView<'_>,
        terms: &LineTerms,
    ) -> Result<Option<Crypto>, OfferAnswerError> {
        let theirs = line
            .cryptos()
            .map_err(|_| OfferAnswerError::NoCommonSecurity)?;
        let must = self.security == Security::Enforced || line.is_secure();
        let mut plain = theirs.iter().filter(|their| their.is_plain());
        let found = match self.security {
            Security::Disabled => None,
            // RFC 4568 §5.1.2: the offerer's order decides.
            Security::Preferred | Security::Enforced => plain.find_map(|their| {
                let ours = terms.cryptos.iter().find(|our| our.suite == their.suite)?;
                Some(Crypto {
                    tag: their.tag,
                    ..ours.clone()
                })
            }),
        };
        if found.is_none() && must {
            Err(OfferAnswerError::NoCommonSecurity)
        } else {
            Ok(found)
        }
    }
}

/// A line that is taken, with the offer's profile (RFC 3264 §6).
fn answered(
    kind: MediaKind,
    terms: &LineTerms,
    offered: &MediaView<'_>,
    codecs: Vec<Codec>,
    key: Option<Crypto>,
) -> Line {
    let line = MediaLine {
        kind,
        rtp: terms.rtp,
        codecs,
        direction: terms.direction.and(allowed_to_us(offered)),
        cryptos: key.into_iter().collect(),
        ptime_ms: ptime_ms(kind),
        extended_reports: terms
            .extended_reports
            .zip(offered.extended_reports())
            .map(|(wished, offered)| wished.answered(offered)),
        bandwidth: terms.bandwidth,
    };
    Line {
        proto: offered.protocol().to_owned(),
        ..line.line()
    }
}

/// The packet time that we ask for.
fn ptime_ms(kind: MediaKind) -> Option<u32> {
    (kind == MediaKind::Audio).then_some(20)
}

fn rejected(line: &MediaView<'_>) -> Line {
    let mut media = line.lines().clone();
    media.port = 0;
    media.attributes.clear();
    media.connections.clear();
    media.bandwidths.clear();
    media
}

#[cfg(test)]
mod tests;
