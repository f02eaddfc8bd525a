//! What both sides have agreed on, line by line: codec, addresses, direction, keys.
//!
//! RFC 3264 §7; RFC 4568 §5.1.3.

use std::net::SocketAddr;

use super::{OfferAnswerError, format};
use crate::sdp::{Bandwidth, Codec, Crypto, Direction, ExtendedReports, MediaKind, MediaView, Sdp};

/// What an answered offer of ours, or our answer to theirs, comes to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Agreement {
    /// The sound.
    pub audio: Agreed,
    /// The picture; `None` where one of the sides has none, or where nothing in common was found.
    pub video: Option<Agreed>,
}

/// What both sides have agreed on about one m-line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Agreed {
    /// Where their RTP is received; `None` while they are on hold in the old way (address 0.0.0.0).
    pub rtp: Option<SocketAddr>,
    /// Where their RTCP is received.
    pub rtcp: Option<SocketAddr>,
    /// The codec as they receive it: with their payload type and parameters, and the feedback that both know.
    pub codec: Codec,
    /// The payload type that we receive it by.
    pub receive_payload_type: u8,
    /// The payload type that we receive its retransmissions by (RFC 4588), where both know them; theirs stands in the codec.
    pub receive_retransmission: Option<u8>,
    /// The payload type that they receive telephone events by, if they do, at the codec's clock rate (RFC 4733 §2.1).
    pub telephone_event: Option<u8>,
    /// The packet time that they ask for, in milliseconds (RFC 8866 §6.4).
    pub ptime_ms: Option<u32>,
    /// The extended reports that this side sends: those that the other asked for.
    pub extended_reports: ExtendedReports,
    /// What they take at most.
    pub bandwidth: Option<Bandwidth>,
    /// This side's direction.
    pub direction: Direction,
    /// Our key and theirs, of one suite; `None` in the clear.
    pub keys: Option<(Crypto, Crypto)>,
}

impl Agreement {
    /// What our description and theirs come to.
    pub fn of(local: &Sdp, remote: &Sdp) -> Result<Agreement, OfferAnswerError> {
        let (ours, theirs) =
            live_lines(local, remote, MediaKind::Audio).ok_or(OfferAnswerError::NoAudio)?;
        // A picture that nobody can agree on is none: the sound goes on without it.
        let video = live_lines(local, remote, MediaKind::Video)
            .and_then(|(ours, theirs)| Agreed::of(&ours, &theirs).ok());
        Ok(Agreement {
            audio: Agreed::of(&ours, &theirs)?,
            video,
        })
    }
}

impl Agreed {
    fn of(ours: &MediaView<'_>, theirs: &MediaView<'_>) -> Result<Agreed, OfferAnswerError> {
        let (our_codecs, their_codecs) = (ours.codecs(), theirs.codecs());
        let (codec, own) = their_codecs
            .iter()
            .filter(|codec| !codec.is_telephone_event())
            .find_map(|codec| Some((codec, format::find(&our_codecs, codec)?)))
            .ok_or(OfferAnswerError::NoCommonCodec)?;
        let is_event = |event: &&Codec| {
            event.is_telephone_event() && event.clock_rate_hz == codec.clock_rate_hz
        };
        let receives_events = our_codecs.iter().any(|event| is_event(&event));
        let event = their_codecs.iter().find(is_event);
        let feedback = codec.feedback.iter().copied();
        Ok(Agreed {
            rtp: theirs.rtp(),
            rtcp: theirs.rtcp(),
            codec: Codec {
                feedback: feedback
                    .filter(|kind| own.feedback.contains(kind))
                    .collect(),
                retransmission: codec
                    .retransmission
                    .filter(|_| own.retransmission.is_some()),
                ..codec.clone()
            },
            receive_payload_type: own.payload_type,
            receive_retransmission: own
                .retransmission
                .filter(|_| codec.retransmission.is_some()),
            telephone_event: event
                .filter(|_| receives_events)
                .map(|event| event.payload_type),
            ptime_ms: theirs.ptime_ms(),
            extended_reports: ours
                .extended_reports()
                .unwrap_or_default()
                .owed_to(theirs.extended_reports().unwrap_or_default()),
            bandwidth: theirs.bandwidth(),
            direction: ours.direction().and(allowed_to_us(theirs)),
            keys: agreed_keys(ours, theirs)?,
        })
    }
}

/// What their direction lets us do; an unspecified address is the old way to say "do not send" (RFC 3264 §8.4).
pub(super) fn allowed_to_us(line: &MediaView<'_>) -> Direction {
    let direction = line.direction().reversed();
    if line.is_address_unspecified() {
        direction.and(Direction::RecvOnly)
    } else {
        direction
    }
}

/// The first line of a kind that neither side has rejected.
fn live_lines<'s>(
    local: &'s Sdp,
    remote: &'s Sdp,
    kind: MediaKind,
) -> Option<(MediaView<'s>, MediaView<'s>)> {
    let is_live = |line: &MediaView<'_>| line.kind() == kind.as_str() && !line.is_rejected();
    local
        .media()
        .zip(remote.media())
        .find(|(ours, theirs)| is_live(ours) && is_live(theirs))
}

/// The keys of both sides: those of the suite that the answer names.
fn agreed_keys(
    ours: &MediaView<'_>,
    theirs: &MediaView<'_>,
) -> Result<Option<(Crypto, Crypto)>, OfferAnswerError> {
    let bad = |_| OfferAnswerError::NoCommonSecurity;
    let (our_keys, their_keys) = (ours.cryptos().map_err(bad)?, theirs.cryptos().map_err(bad)?);
    let pair = their_keys.iter().find_map(|their| {
        let our = our_keys
            .iter()
            .find(|our| our.tag == their.tag && our.suite == their.suite)?;
        Some((our.clone(), their.clone()))
    });
    if pair.is_none() && (ours.is_secure() || theirs.is_secure()) {
        return Err(OfferAnswerError::NoCommonSecurity);
    }
    Ok(pair)
}
