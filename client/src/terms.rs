//! What the settings say about media: codecs in the order of preference, encryption, and whether there is a picture.

use media::{AudioCodec, Suite};
use sip::offer_answer::Security;
use sip::sdp::{Bandwidth, Codec, H264Format};

use crate::settings::{MediaEncryption, Settings};

/// What may be agreed about media.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    /// Speech, best first, and telephone events.
    pub(crate) audio: Vec<Codec>,
    /// Pictures, best first; none where the settings switch video off.
    pub(crate) video: Vec<Codec>,
    /// What is taken and sent of a picture at most.
    pub(crate) video_most: Bandwidth,
    pub(crate) security: Security,
    /// Best first.
    pub(crate) suites: Vec<Suite>,
}

/// Payload type by which we take telephone events; what most phones use.
const TELEPHONE_EVENT: u8 = 101;
/// Payload type by which we take H.264; ours.
const H264: u8 = 97;
/// Payload type by which its packets come again to us.
const H264_AGAIN: u8 = 98;
/// Level of H.264 that is taken: 3.1, of 1280 by 720 at 30 a second.
const H264_LEVEL_IDC: u8 = 31;

impl Terms {
    /// By the settings; the user's own choice of codecs, if there is one, goes before them.
    pub(crate) fn of(settings: &Settings, chosen: &[AudioCodec]) -> Self {
        let known = speech(settings);
        let mut audio: Vec<Codec> = if chosen.is_empty() {
            by_settings(&known)
        } else {
            let is_it = |wanted: &AudioCodec, codec: &Codec| coded_as(codec) == Some(*wanted);
            let found = |wanted| known.iter().find(|(_, codec)| is_it(wanted, codec));
            let found = chosen.iter().filter_map(found);
            found.map(|(_, codec)| codec.clone()).collect()
        };
        audio.extend(telephone_events(&audio));
        let video_most = Bandwidth(u64::from(settings.video_max_kbit_s) * 1_000);
        let video = if settings.video && settings.video_max_kbit_s > 0 {
            let format = H264Format::constrained_baseline(H264_LEVEL_IDC);
            vec![Codec::h264(H264, &format).with_retransmission(H264_AGAIN)]
        } else {
            Vec::new()
        };
        let suites: Vec<Suite> = settings
            .media_encryption
            .iter()
            .filter_map(|known| suite(*known))
            .collect();
        let may_be_plain = settings.media_encryption.contains(&MediaEncryption::None);
        let security = match (suites.is_empty(), may_be_plain) {
            (true, _) => Security::Disabled,
            (false, true) => Security::Preferred,
            (false, false) => Security::Enforced,
        };
        Self {
            audio,
            video,
            video_most,
            security,
            suites,
        }
    }
}

/// The codecs as our description says them, and whether the settings switch them on. Opus goes first, for whoever switches it
/// on wants it; then G.711, with which the system's own default selection begins.
fn speech(settings: &Settings) -> Vec<(bool, Codec)> {
    // `ENABLE_OPUS`: 1 is wide band at 20 kbit/s, 2 and 3 are narrow band at 16 and 12.
    let opus = match settings.opus {
        1 => "maxplaybackrate=16000;maxaveragebitrate=20000;useinbandfec=1",
        2 => "maxplaybackrate=8000;maxaveragebitrate=16000;useinbandfec=1",
        3 => "maxplaybackrate=8000;maxaveragebitrate=12000;useinbandfec=1",
        _ => "useinbandfec=1",
    };
    let opus = Codec::opus(settings.opus_payload_type).with_fmtp(opus);
    let mut speech = vec![
        (settings.opus > 0, opus),
        (settings.g711a, Codec::pcma()),
        (settings.g711u, Codec::pcmu()),
        (settings.g722, Codec::g722()),
        (settings.g729, Codec::g729()),
    ];
    speech.retain(|(_, codec)| coded_as(codec).is_some());
    speech
}

/// Those that are switched on. With none at all the whole default list holds.
fn by_settings(speech: &[(bool, Codec)]) -> Vec<Codec> {
    let on = speech.iter().filter(|(is_on, _)| *is_on);
    let on: Vec<Codec> = on.map(|(_, codec)| codec.clone()).collect();
    if on.is_empty() {
        let defaults = self::speech(&Settings::default());
        return defaults
            .into_iter()
            .filter(|(is_on, _)| *is_on)
            .map(|(_, codec)| codec)
            .collect();
    }
    on
}

/// The codec by which the client codes it.
fn coded_as(codec: &Codec) -> Option<AudioCodec> {
    AudioCodec::from_name(&codec.name, codec.clock_rate_hz)
}

/// Telephone events for each clock rate of speech (RFC 4733 §2.1), by numbers that are free.
fn telephone_events(speech: &[Codec]) -> Vec<Codec> {
    let mut clocks: Vec<u32> = speech.iter().map(|codec| codec.clock_rate_hz).collect();
    clocks.sort_unstable();
    clocks.dedup();
    let is_taken = |number: &u8| speech.iter().any(|codec| codec.payload_type == *number);
    let numbers = (TELEPHONE_EVENT..=127).filter(|number| !is_taken(number));
    clocks
        .into_iter()
        .zip(numbers)
        .map(|(clock_rate_hz, number)| Codec {
            clock_rate_hz,
            ..Codec::telephone_event(number)
        })
        .collect()
}

/// The suite of a number of `MEDIAENCRYPTION`.
fn suite(known: MediaEncryption) -> Option<Suite> {
    match known {
        MediaEncryption::Aes128Sha80 => Some(Suite::AesCm128HmacSha1_80),
        MediaEncryption::Aes128Sha32 => Some(Suite::AesCm128HmacSha1_32),
        MediaEncryption::Aes256Sha80 => Some(Suite::AesCm256HmacSha1_80),
        MediaEncryption::Aes256Sha32 => Some(Suite::AesCm256HmacSha1_32),
        MediaEncryption::None => None,
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    fn line(codecs: &[Codec]) -> String {
        let words: Vec<String> = codecs
            .iter()
            .map(|codec| match &codec.fmtp {
                Some(fmtp) => format!("{codec} ({fmtp})"),
                None => codec.to_string(),
            })
            .collect();
        words.join(", ")
    }

    /// What a call offers, by what the settings file says.
    #[test]
    fn the_offer_of_each_settings_profile() {
        let mut table = String::new();
        for file in [
            "",
            "ENABLE_OPUS=1",
            "ENABLE_OPUS=2 OPUS_PAYLOAD_TYPE=101",
            "ENABLE_OPUS=3 ENABLE_G711A=0 ENABLE_G711U=0 ENABLE_G722=0 ENABLE_G729=0",
            "ENABLE_G711A=0 ENABLE_G729=0",
            "ENABLE_G711A=0 ENABLE_G711U=0 ENABLE_G722=0 ENABLE_G729=0",
            "ENABLE_VIDEO=0 MEDIAENCRYPTION=1,9",
            "MEDIAENCRYPTION=10,2",
        ] {
            let mut settings = Settings::default();
            let set = file
                .split_whitespace()
                .filter_map(|pair| pair.split_once('='));
            let set = set.map(|(name, value)| (name.to_owned(), value.to_owned()));
            let remarks = settings.apply(set.collect(), crate::settings::Removed::Keep);
            assert!(remarks.is_empty(), "{remarks:?}");
            let terms = Terms::of(&settings, &[]);
            let suites: Vec<&str> = terms.suites.iter().map(|suite| suite.name()).collect();
            writeln!(
                table,
                "{}",
                if file.is_empty() { "the default" } else { file }
            )
            .unwrap();
            writeln!(table, "  audio {}", line(&terms.audio)).unwrap();
            writeln!(table, "  video {}", line(&terms.video)).unwrap();
            writeln!(table, "  {:?} {}", terms.security, suites.join(" ")).unwrap();
        }
        insta::assert_snapshot!(table);
    }

    #[test]
    fn the_users_choice_goes_before_the_settings() {
        let settings = Settings::default();
        let terms = Terms::of(&settings, &[AudioCodec::Pcmu, AudioCodec::Opus]);
        let names: Vec<&str> = terms
            .audio
            .iter()
            .map(|codec| codec.name.as_str())
            .collect();
        assert_eq!(
            names,
            ["PCMU", "opus", "telephone-event", "telephone-event"]
        );
    }
}
