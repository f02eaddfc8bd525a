//! Offer and answer on one leg of a call: which lines, which keys, in the clear or not.
//!
//! A call has two legs, each with an SDP dialogue of its own: our addresses, our keys, our session id. What one leg says of
//! its media ([`Said`]) is said again on the other. Sound travels by one codec on both legs where they share one; else the
//! system transcodes. Pictures are passed on as they are, or not at all: then their line is rejected and the sound goes on.
//!
//! RFC 3264; RFC 4568 (SDES keys); TEL-02, TEL-11 and TEL-12 for what is allowed.

use std::net::SocketAddr;

use media::srtp::KeyPair;
use net::Entropy;
use rand_core::Rng;
use sip::offer_answer::format;
use sip::sdp::{Codec, Direction, Line, MediaKind, Origin, Sdp};

mod channel;
mod said;
mod terms;

pub use channel::{Remote, Speech};
pub use said::{Said, Stream, coded_as, own_codecs};
pub use terms::{Policy, Refusal, Security};

use channel::Channel;

/// One leg's negotiation.
#[derive(Clone, Debug)]
pub struct Leg {
    policy: Policy,
    origin: Origin,
    /// The lines of the last description in either direction: their number and order never change (RFC 3264 §8).
    lines: Vec<Line>,
    /// The lines of the offer that waits for our answer.
    heard: Vec<Line>,
    audio: Channel,
    video: Channel,
}

/// Our answer to an offer, and what it means for packets.
#[derive(Clone, Debug)]
pub struct Answered {
    /// The text.
    pub sdp: Sdp,
    /// Where a number of this leg has to become another one on the other leg.
    pub numbers: Vec<(MediaKind, u8, u8)>,
    /// How this leg speaks where the other has none of its codecs, so that the system transcodes.
    pub transcoded: Option<Speech>,
}

impl Leg {
    /// A leg without sockets.
    pub fn new(policy: Policy, entropy: &mut Entropy) -> Leg {
        // Session ids of SDP are numbers that a 64-bit signed type holds in every implementation.
        let session_id = entropy.next_u64() >> 2;
        Leg {
            policy,
            origin: Origin {
                username: String::new(),
                session_id,
                version: 0,
            },
            lines: Vec::new(),
            heard: Vec::new(),
            audio: Channel::new(MediaKind::Audio),
            video: Channel::new(MediaKind::Video),
        }
    }

    /// The leg's own socket of a kind; without one its line is rejected.
    pub fn set_rtp(&mut self, kind: MediaKind, rtp: Option<SocketAddr>) {
        self.channel_mut(kind).rtp = rtp;
    }

    /// Where the other side receives, as last agreed.
    pub fn remote(&self, kind: MediaKind) -> Remote {
        self.channel(kind).remote
    }

    /// The keys, as last agreed.
    pub fn keys(&self, kind: MediaKind) -> &KeyPair {
        &self.channel(kind).keys
    }

    /// Who sends, as the other side said last.
    pub fn direction(&self, kind: MediaKind) -> Direction {
        self.channel(kind).direction
    }

    /// How the other side speaks, if the system codes its codec.
    pub fn speech(&self) -> Option<Speech> {
        self.audio.speech()
    }

    /// The codec of speech that was agreed on.
    pub fn agreed_codec(&self) -> Option<&Codec> {
        self.audio.agreed()
    }

    /// Takes the other side's offer; nothing changes until it is answered.
    pub fn hear_offer(&mut self, body: &[u8]) -> Result<Said, Refusal> {
        self.policy.check()?;
        let sdp = read(body)?;
        let audio = self.audio.hear_offer(&sdp, self.policy)?;
        // A picture that the system cannot pass on is none.
        let video = self.video.hear_offer(&sdp, self.policy).ok();
        self.heard = sdp.media().map(|line| line.lines().clone()).collect();
        Ok(Said { audio, video })
    }

    /// Answers the offer that was heard. `said` is what the other leg said; its codecs get this leg's numbers.
    pub fn answer(&mut self, said: &Said, entropy: &mut Entropy) -> Result<Answered, Refusal> {
        let offered = self.audio.offer().ok_or(Refusal::NoAudio)?;
        let (mut audio, mut numbers) = carried(offered, &said.audio, MediaKind::Audio);
        // What the other side speaks by is the first of its codecs: it must be one of ours, or the system transcodes.
        let spoken = said.audio.speech();
        let shared = spoken.and_then(|spoken| format::find(offered, spoken));
        let is_transcoded = shared.is_none();
        if is_transcoded {
            let first = offered.iter().find(|codec| coded_as(codec).is_some());
            let first = first.ok_or(Refusal::NoCodec)?.clone();
            if spoken.and_then(coded_as).is_none() {
                return Err(Refusal::NoCodec);
            }
            let is_event = |event: &&Codec| {
                event.is_telephone_event() && event.clock_rate_hz == first.clock_rate_hz
            };
            audio.codecs = [Some(&first), offered.iter().find(is_event)]
                .into_iter()
                .flatten()
                .cloned()
                .collect();
            numbers.clear();
        }
        let video = said
            .video
            .as_ref()
            .zip(self.video.offer())
            .and_then(|(said, offered)| {
                let (video, renumbered) = carried(offered, said, MediaKind::Video);
                numbers.extend(renumbered);
                (!video.codecs.is_empty()).then_some(video)
            });
        let lines = self.answer_lines(&audio, video.as_ref(), entropy);
        let sdp = self.describe(lines)?;
        let speech = self.audio.speech();
        Ok(Answered {
            sdp,
            numbers,
            transcoded: speech.filter(|_| is_transcoded),
        })
    }

    /// Offers what the other leg said.
    pub fn offer(&mut self, said: &Said, entropy: &mut Entropy) -> Result<Sdp, Refusal> {
        self.policy.check()?;
        let said = said.widened(self.policy.platform);
        let mut lines: Vec<Line> = self.lines.iter().map(rejected).collect();
        for kind in MediaKind::ALL {
            let place = self.channel(kind).place;
            let before = place.and_then(|place| self.lines.get(place));
            // A line that comes back to life begins anew.
            let before = before.filter(|line| line.port != 0).cloned();
            let policy = self.policy;
            let Some(stream) = said.stream(kind) else {
                continue;
            };
            let channel = self.channel_mut(kind);
            let Some(line) = channel.offer_line(stream, before.as_ref(), policy, entropy) else {
                continue;
            };
            match place {
                Some(place) => lines[place] = line,
                None => {
                    channel.place = Some(lines.len());
                    lines.push(line);
                }
            }
        }
        self.describe(lines)
    }

    /// Takes the answer to our offer.
    pub fn hear_answer(&mut self, body: &[u8]) -> Result<Said, Refusal> {
        let sdp = read(body)?;
        let policy = self.policy;
        let line_of = |channel: &Channel| {
            let line = sdp.media_at(channel.place?)?;
            (line.kind() == channel.kind.as_str() && !line.is_rejected()).then_some(line)
        };
        let line = line_of(&self.audio).ok_or(Refusal::NoAudio)?;
        let audio = self.audio.hear_answer(&line, policy)?;
        let video = match line_of(&self.video).filter(|_| self.video.rtp.is_some()) {
            Some(line) => self.video.hear_answer(&line, policy).ok(),
            None => None,
        };
        if video.is_none() {
            self.video.remote = None;
        }
        Ok(Said { audio, video })
    }

    fn answer_lines(
        &mut self,
        audio: &Stream,
        video: Option<&Stream>,
        entropy: &mut Entropy,
    ) -> Vec<Line> {
        let offered = std::mem::take(&mut self.heard);
        let mut lines: Vec<Line> = offered.iter().map(rejected).collect();
        self.video.remote = None;
        for (channel, stream) in [(&mut self.audio, Some(audio)), (&mut self.video, video)] {
            let place = channel.offered_place();
            let (Some(place), Some(stream)) = (place, stream) else {
                channel.forget();
                continue;
            };
            if let Some(line) = channel.answer(stream, &offered[place], entropy) {
                lines[place] = line;
            }
        }
        lines
    }

    fn describe(&mut self, lines: Vec<Line>) -> Result<Sdp, Refusal> {
        let rtp = self.audio.rtp.ok_or(Refusal::NoAudio)?;
        self.origin.version += 1;
        self.lines.clone_from(&lines);
        Ok(Sdp::describe(&self.origin, rtp.ip(), lines))
    }

    fn channel(&self, kind: MediaKind) -> &Channel {
        match kind {
            MediaKind::Audio => &self.audio,
            MediaKind::Video => &self.video,
        }
    }

    fn channel_mut(&mut self, kind: MediaKind) -> &mut Channel {
        match kind {
            MediaKind::Audio => &mut self.audio,
            MediaKind::Video => &mut self.video,
        }
    }
}

/// What was said on the other leg, in the numbers of an offer on this one; and which numbers those are over there.
fn carried(
    offered: &[Codec],
    said: &Stream,
    kind: MediaKind,
) -> (Stream, Vec<(MediaKind, u8, u8)>) {
    let mut numbers = Vec::new();
    let mut codecs = Vec::new();
    for codec in &said.codecs {
        let Some(own) = format::find(offered, codec) else {
            continue;
        };
        if own.payload_type != codec.payload_type {
            numbers.push((kind, own.payload_type, codec.payload_type));
        }
        let again = own.retransmission.zip(codec.retransmission);
        numbers.extend(
            again
                .filter(|(own, other)| own != other)
                .map(|(own, other)| (kind, own, other)),
        );
        codecs.push(Codec {
            payload_type: own.payload_type,
            retransmission: again.map(|(own, _)| own),
            ..codec.clone()
        });
    }
    let stream = Stream {
        codecs,
        ..said.clone()
    };
    (stream, numbers)
}

fn read(body: &[u8]) -> Result<Sdp, Refusal> {
    Sdp::parse(body).map_err(|error| Refusal::Unreadable(error.to_string()))
}

/// The same place with nothing in it.
fn rejected(line: &Line) -> Line {
    Line {
        port: 0,
        attributes: Vec::new(),
        connections: Vec::new(),
        bandwidths: Vec::new(),
        ..line.clone()
    }
}

#[cfg(test)]
mod tests;
