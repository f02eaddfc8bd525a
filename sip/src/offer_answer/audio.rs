//! The audio line of an offer or answer, from a phone's terms; and what both sides have agreed on.
//!
//! Preferred encryption is offered as `RTP/AVP` with `crypto` lines, which phones without SRTP read as plain RTP; enforced
//! encryption as `RTP/SAVP`. In an answer the offer's profile is kept (RFC 3264 §6).
//!
//! RFC 3264 §5, §6, §8.4 (hold); RFC 4568 §5.1, §7 (SDES); RFC 4733 (telephone events).

use std::net::SocketAddr;

use super::OfferAnswerError;
use crate::sdp::{Audio, Codec, Crypto, Direction, MediaView, Origin, Sdp};

/// Whether audio is encrypted.
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

/// What a party wants of an audio line.
#[derive(Clone, Debug)]
pub struct AudioTerms {
    /// Where RTP is received.
    pub rtp: SocketAddr,
    /// Codecs, best first; telephone-event among them.
    pub codecs: Vec<Codec>,
    /// Whether audio is encrypted.
    pub security: Security,
    /// One fresh key for each suite, best first.
    pub cryptos: Vec<Crypto>,
    /// The direction wished for: SendRecv, or SendOnly to put the other side on hold.
    pub direction: Direction,
}

/// What both sides have agreed on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Agreed {
    /// Where their RTP is received; `None` while they are on hold in the old way (address 0.0.0.0).
    pub rtp: Option<SocketAddr>,
    /// Where their RTCP is received.
    pub rtcp: Option<SocketAddr>,
    /// The speech codec, with the payload type that they receive it by.
    pub codec: Codec,
    /// The payload type that we receive it by.
    pub receive_payload_type: u8,
    /// The payload type that they receive telephone events by, if they do.
    pub telephone_event: Option<u8>,
    /// This side's direction.
    pub direction: Direction,
    /// Our key and theirs, of one suite; `None` in the clear.
    pub keys: Option<(Crypto, Crypto)>,
}

impl AudioTerms {
    /// A whole offer with this line alone.
    pub fn offer(&self, origin: &Origin) -> Sdp {
        self.describe(origin, None)
    }

    /// A later offer: the same m-lines as before, all but the audio line rejected as they were or left as they are.
    pub fn reoffer(&self, origin: &Origin, before: &Sdp) -> Sdp {
        self.describe(origin, Some(before))
    }

    /// The answer to an offer: audio by these terms, every other line rejected.
    pub fn answer(&self, origin: &Origin, offer: &Sdp) -> Result<Sdp, OfferAnswerError> {
        let (index, line) = self.choose(offer)?;
        let codecs = common(&line.codecs(), &self.codecs);
        let crypto = self.choose_crypto(&line)?.map(|(ours, _)| ours);
        let audio = Audio {
            rtp: self.rtp,
            codecs,
            direction: self.direction.and(offered_to_us(&line)),
            cryptos: crypto.into_iter().collect(),
            ptime_ms: Some(20),
        };
        let mut answer = audio.describe(origin);
        let protocol = line.protocol().to_owned();
        answer.set_protocol(0, &protocol);
        let session = answer.session_mut();
        let ours = session.medias.remove(0);
        session.medias = offer.media().map(|line| rejected(&line)).collect();
        session.medias[index] = ours;
        Ok(answer)
    }

    /// What an answered offer of ours, or our answer to theirs, comes to.
    pub fn agree(local: &Sdp, remote: &Sdp) -> Result<Agreed, OfferAnswerError> {
        let index = remote.audio_index().ok_or(OfferAnswerError::NoAudio)?;
        let (Some(ours), Some(theirs)) = (local.media_at(index), remote.media_at(index)) else {
            return Err(OfferAnswerError::NoAudio);
        };
        let (our_codecs, their_codecs) = (ours.codecs(), theirs.codecs());
        let speech = |codec: &&Codec| !codec.is_telephone_event();
        let codec = their_codecs
            .iter()
            .filter(speech)
            .find(|codec| our_codecs.iter().any(|our| our.is_same_encoding(codec)))
            .ok_or(OfferAnswerError::NoCommonCodec)?;
        let received = our_codecs.iter().find(|our| our.is_same_encoding(codec));
        let can_receive_events = our_codecs.iter().any(Codec::is_telephone_event);
        let telephone_event = their_codecs
            .iter()
            .find(|codec| codec.is_telephone_event() && can_receive_events);
        Ok(Agreed {
            rtp: theirs.rtp(),
            rtcp: theirs.rtcp(),
            codec: codec.clone(),
            receive_payload_type: received.map_or(codec.payload_type, |our| our.payload_type),
            telephone_event: telephone_event.map(|codec| codec.payload_type),
            direction: ours.direction().and(offered_to_us(&theirs)),
            keys: agreed_keys(&ours, &theirs)?,
        })
    }

    fn describe(&self, origin: &Origin, before: Option<&Sdp>) -> Sdp {
        let cryptos = if self.security == Security::Disabled {
            Vec::new()
        } else {
            self.cryptos.clone()
        };
        let audio = Audio {
            rtp: self.rtp,
            codecs: self.codecs.clone(),
            direction: self.direction,
            cryptos,
            ptime_ms: Some(20),
        };
        let mut offer = audio.describe(origin);
        if self.security == Security::Preferred {
            offer.set_protocol(0, "RTP/AVP");
        }
        if let Some((before, index)) =
            before.and_then(|before| Some((before, before.audio_index()?)))
        {
            let protocol = before
                .media_at(index)
                .map(|line| line.protocol().to_owned());
            if let Some(protocol) = protocol {
                offer.set_protocol(0, &protocol);
            }
            let session = offer.session_mut();
            let ours = session.medias.remove(0);
            session.medias = before.media().map(|line| line.lines().clone()).collect();
            session.medias[index] = ours;
        }
        offer
    }

    /// The line of an offer that we take: the first audio line whose encryption suits us, the secure one if there are both.
    fn choose<'o>(&self, offer: &'o Sdp) -> Result<(usize, MediaView<'o>), OfferAnswerError> {
        let lines = || {
            offer
                .media()
                .enumerate()
                .filter(|(_, line)| line.kind() == "audio" && !line.is_rejected())
        };
        if lines().next().is_none() {
            return Err(OfferAnswerError::NoAudio);
        }
        let speaks = |line: &MediaView<'_>| {
            common(&line.codecs(), &self.codecs)
                .iter()
                .any(|c| !c.is_telephone_event())
        };
        let mut usable = lines().filter(|(_, line)| speaks(line)).peekable();
        if usable.peek().is_none() {
            return Err(OfferAnswerError::NoCommonCodec);
        }
        let usable: Vec<_> = usable.collect();
        let is_secret = |line: &MediaView<'_>| matches!(self.choose_crypto(line), Ok(Some(_)));
        let secret = usable.iter().find(|(_, line)| is_secret(line));
        let plain = usable
            .iter()
            .find(|(_, line)| matches!(self.choose_crypto(line), Ok(None)));
        secret
            .or(plain)
            .copied()
            .ok_or(OfferAnswerError::NoCommonSecurity)
    }

    /// Our key and theirs for a line; `None` when it goes in the clear.
    fn choose_crypto(
        &self,
        line: &MediaView<'_>,
    ) -> Result<Option<(Crypto, Crypto)>, OfferAnswerError> {
        let theirs = line
            .cryptos()
            .map_err(|_| OfferAnswerError::NoCommonSecurity)?;
        let must = self.security == Security::Enforced || line.is_secure();
        let found = match self.security {
            Security::Disabled => None,
            // RFC 4568 §5.1.2: the offerer's order decides.
            Security::Preferred | Security::Enforced => theirs.iter().find_map(|their| {
                let ours = self.cryptos.iter().find(|our| our.suite == their.suite)?;
                Some((
                    Crypto {
                        tag: their.tag,
                        ..ours.clone()
                    },
                    their.clone(),
                ))
            }),
        };
        if found.is_none() && must {
            Err(OfferAnswerError::NoCommonSecurity)
        } else {
            Ok(found)
        }
    }
}

/// Their codecs that we speak too, in their order and with their payload types (RFC 3264 §6.1).
fn common(theirs: &[Codec], ours: &[Codec]) -> Vec<Codec> {
    theirs
        .iter()
        .filter(|their| ours.iter().any(|our| our.is_same_encoding(their)))
        .cloned()
        .collect()
}

/// What their direction lets us do; an unspecified address is the old way to say "do not send" (RFC 3264 §8.4).
fn offered_to_us(line: &MediaView<'_>) -> Direction {
    let direction = line.direction().reversed();
    if line.is_address_unspecified() {
        direction.and(Direction::RecvOnly)
    } else {
        direction
    }
}

fn rejected(line: &MediaView<'_>) -> sdp_types::Media {
    let mut media = line.lines().clone();
    media.port = 0;
    media.attributes.clear();
    media.connections.clear();
    media.bandwidths.clear();
    media
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

#[cfg(test)]
mod tests;
