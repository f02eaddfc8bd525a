//! What a leg says of its media, apart from addresses and keys: this is what the system carries from one leg to the other.

use std::collections::BTreeSet;

use media::AudioCodec;
use sip::offer_answer::format;
use sip::sdp::{Bandwidth, Codec, Direction, ExtendedReports, Feedback, MediaKind, MediaView};

use super::Refusal;
use crate::config::Platform;

/// What a leg says of its media.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Said {
    /// The sound.
    pub audio: Stream,
    /// The picture; `None` where there is none, or none that the system passes on.
    pub video: Option<Stream>,
}

/// What a leg says of one m-line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Stream {
    /// Codecs with the numbers that this leg gives them, best first.
    pub codecs: Vec<Codec>,
    /// Who sends.
    pub direction: Direction,
    /// Packet time, in milliseconds.
    pub ptime_ms: Option<u32>,
    /// Extended reports that this leg asks for; reports pass from leg to leg, so the wish does too. `None` where it knows none.
    pub extended_reports: Option<ExtendedReports>,
    /// What this leg takes at most; the other is told of it, for it is the other that sends.
    pub bandwidth: Option<Bandwidth>,
}

impl Said {
    /// Sound alone.
    pub fn audio(codecs: Vec<Codec>, direction: Direction) -> Said {
        Said {
            audio: Stream {
                codecs,
                direction,
                ptime_ms: Some(20),
                extended_reports: None,
                bandwidth: None,
            },
            video: None,
        }
    }

    /// What is said of a kind.
    pub fn stream(&self, kind: MediaKind) -> Option<&Stream> {
        match kind {
            MediaKind::Audio => Some(&self.audio),
            MediaKind::Video => self.video.as_ref(),
        }
    }

    /// The same with all speech codecs of the system behind those that were said: a leg that has none of the others' can
    /// still talk, for the system transcodes. Digits go along by every clock that speech has then.
    pub fn widened(&self, platform: Platform) -> Said {
        let mut said = self.clone();
        let codecs = &mut said.audio.codecs;
        for codec in own_codecs(platform) {
            add(codecs, codec);
        }
        if codecs.iter().any(Codec::is_telephone_event) {
            let speech = codecs.iter().filter(|codec| is_speech(codec));
            let clocks: BTreeSet<u32> = speech.map(|codec| codec.clock_rate_hz).collect();
            for clock_rate_hz in clocks {
                let events = Codec::telephone_event(101);
                add(
                    codecs,
                    Codec {
                        clock_rate_hz,
                        ..events
                    },
                );
            }
        }
        said
    }
}

/// Adds a codec unless it is there, by its own number or, if another has that, a free one.
fn add(codecs: &mut Vec<Codec>, mut codec: Codec) {
    if format::find(codecs, &codec).is_some() {
        return;
    }
    let is_taken = |number: u8| codecs.iter().any(|codec| codec.payload_type == number);
    // RFC 3551 §6: dynamic payload types.
    let free = [codec.payload_type]
        .into_iter()
        .chain(96..=127)
        .find(|number| !is_taken(*number));
    if let Some(number) = free {
        codec.payload_type = number;
        codecs.push(codec);
    }
}

impl Stream {
    /// What a line says; codecs that the platform does not have are left out.
    pub(super) fn read(
        kind: MediaKind,
        line: &MediaView<'_>,
        platform: Platform,
    ) -> Result<Stream, Refusal> {
        let mut codecs = line.codecs();
        codecs.retain(|codec| is_known(kind, codec, platform));
        if codecs.iter().all(Codec::is_telephone_event) {
            return Err(Refusal::NoCodec);
        }
        let mut direction = line.direction();
        if line.is_address_unspecified() {
            // RFC 3264 §8.4: the address 0.0.0.0 is how RFC 2543 said hold.
            direction = direction.and(Direction::SendOnly);
        }
        Ok(Stream {
            codecs,
            direction,
            ptime_ms: line.ptime_ms(),
            extended_reports: line.extended_reports(),
            bandwidth: line.bandwidth(),
        })
    }

    /// The same without repair: nobody is to ask for packets, for there is nobody who would send them again.
    pub fn unrepaired(&self) -> Stream {
        let mut stream = self.clone();
        for codec in &mut stream.codecs {
            codec.retransmission = None;
            without_replays(codec);
        }
        stream
    }

    /// The first codec of speech.
    pub fn speech(&self) -> Option<&Codec> {
        self.codecs.iter().find(|codec| is_speech(codec))
    }
}

/// The speech codecs that the system itself codes, best first, with their usual numbers (TEL-11).
pub fn own_codecs(platform: Platform) -> Vec<Codec> {
    let mut own = vec![Codec::pcma(), Codec::pcmu(), Codec::g722(), Codec::g729()];
    if platform == Platform::Linux {
        own.push(Codec::opus(116));
    }
    own.retain(|codec| coded_as(codec).is_some());
    own
}

/// The codec by which the system codes it; `None` for those that it only passes on.
pub fn coded_as(codec: &Codec) -> Option<AudioCodec> {
    AudioCodec::from_name(&codec.name, codec.clock_rate_hz)
}

/// Whether it carries voices: neither digits nor the noise of pauses.
pub(super) fn is_speech(codec: &Codec) -> bool {
    !codec.is_telephone_event() && !codec.name.eq_ignore_ascii_case("CN")
}

/// Makes it a codec that may travel encrypted: nobody asks for its packets again, unless they come again with a source of their own
/// (RFC 4588). One that comes twice as it was is a replay to the relay, which drops it (RFC 3711 §3.3.2).
pub(super) fn without_replays(codec: &mut Codec) {
    if codec.retransmission.is_none() {
        codec.feedback.retain(|kind| *kind != Feedback::Nack);
    }
}

/// What each platform has (TEL-11), and what goes along with it. H.264 is passed on, never decoded.
fn is_known(kind: MediaKind, codec: &Codec, platform: Platform) -> bool {
    let is_one_of = |names: &[&str]| {
        names
            .iter()
            .any(|name| codec.name.eq_ignore_ascii_case(name))
    };
    match (kind, platform) {
        (MediaKind::Video, _) => codec.is_h264(),
        (MediaKind::Audio, _) if is_one_of(&["telephone-event", "CN"]) => true,
        (MediaKind::Audio, Platform::Ip500V2) => {
            is_one_of(&["PCMA", "PCMU", "G722", "G729", "G723"])
        }
        (MediaKind::Audio, Platform::Linux) => is_one_of(&["PCMA", "PCMU", "G722", "G729", "opus"]),
    }
}
