//! What an offer asks for, read before it is answered: whoever answers makes its own lines after it.

use std::io::Cursor;

use rtc::sdp::description::media::MediaDescription;
use rtc::sdp::description::session::SessionDescription;

use crate::codec::{VideoCodec, is_our_h264};
use crate::config::Direction;
use crate::error::PeerError;

/// One m-line of an offer (RFC 8866 §5.14).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OfferedLine {
    /// Its identification (RFC 5888 §4); an offer without is none of WebRTC.
    pub mid: String,
    /// What it is for.
    pub kind: OfferedKind,
    /// Who may send, as the offering side has it; none if the line is switched off.
    pub direction: Option<Direction>,
}

/// What an offered line is for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum OfferedKind {
    /// Sound.
    Audio,
    /// Pictures, in those of our codecs that are offered, in the order of the offer.
    Video(Vec<VideoCodec>),
    /// Data, or what we don't know.
    Other,
}

/// The lines of an offer, at most [`LINES_MAX`]: what is behind them is not read.
///
/// # Errors
/// It is no session description.
pub fn lines(offer: &str) -> Result<Vec<OfferedLine>, PeerError> {
    let description = SessionDescription::unmarshal(&mut Cursor::new(offer.as_bytes()))
        .map_err(PeerError::bad_description)?;
    let lines = description.media_descriptions.iter().take(LINES_MAX);
    Ok(lines.map(line).collect())
}

fn line(media: &MediaDescription) -> OfferedLine {
    let has = |name: &str| media.attribute(name).is_some();
    // RFC 8866 §6.7: without a word about it, both sides send. RFC 3264 §6: port zero is a line that is switched off.
    let direction = match () {
        () if has("inactive") || media.media_name.port.value == 0 => None,
        () if has("sendonly") => Some(Direction::SendOnly),
        () if has("recvonly") => Some(Direction::ReceiveOnly),
        () => Some(Direction::SendReceive),
    };
    let kind = match media.media_name.media.as_str() {
        "audio" => OfferedKind::Audio,
        "video" => OfferedKind::Video(video_codecs(media)),
        _ => OfferedKind::Other,
    };
    let mid = media.attribute("mid").flatten().unwrap_or_default();
    OfferedLine {
        mid: mid.to_owned(),
        kind,
        direction,
    }
}

fn video_codecs(media: &MediaDescription) -> Vec<VideoCodec> {
    let formats = media.media_name.formats.iter();
    let offered = formats.filter_map(|format| {
        let name = of_format(media, "rtpmap", format)?.split('/').next()?;
        let codec = VideoCodec::ALL
            .into_iter()
            .find(|codec| codec.name().eq_ignore_ascii_case(name))?;
        let fits = match codec {
            VideoCodec::H264 => of_format(media, "fmtp", format).is_some_and(is_our_h264),
            VideoCodec::Vp8 => true,
        };
        fits.then_some(codec)
    });
    let mut codecs = Vec::new();
    for codec in offered {
        if !codecs.contains(&codec) {
            codecs.push(codec);
        }
    }
    codecs
}

/// What an attribute says of one format: `a=<name>:<format> <value>`.
fn of_format<'a>(media: &'a MediaDescription, name: &str, format: &str) -> Option<&'a str> {
    let attributes = media.attributes.iter().filter(|one| one.key == name);
    let mut values = attributes.filter_map(|one| one.value.as_deref()?.split_once(' '));
    let (_, value) = values.find(|(of, _)| *of == format)?;
    Some(value)
}

/// Lines that are read; a browser shows no more pictures at once.
pub const LINES_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n\
        m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=rtpmap:111 opus/48000/2\r\na=sendrecv\r\n\
        m=video 9 UDP/TLS/RTP/SAVPF 96 98 106 108\r\na=mid:cam\r\na=sendonly\r\na=rtpmap:96 vp8/90000\r\n\
        a=rtpmap:98 VP9/90000\r\na=rtpmap:106 H264/90000\r\n\
        a=fmtp:106 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f\r\n\
        a=rtpmap:108 H264/90000\r\na=fmtp:108 packetization-mode=1; profile-level-id=42E034\r\n\
        m=video 0 UDP/TLS/RTP/SAVPF 98\r\na=mid:2\r\na=rtpmap:98 VP9/90000\r\n\
        m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:3\r\n";

    #[test]
    fn each_line_tells_what_it_is_for() {
        let read = lines(OFFER).unwrap();
        let line = |mid: &str, kind, direction| OfferedLine {
            mid: mid.to_owned(),
            kind,
            direction,
        };
        let (vp8, h264) = (VideoCodec::Vp8, VideoCodec::H264);
        let expected = [
            line("0", OfferedKind::Audio, Some(Direction::SendReceive)),
            line(
                "cam",
                OfferedKind::Video(vec![vp8, h264]),
                Some(Direction::SendOnly),
            ),
            line("2", OfferedKind::Video(Vec::new()), None),
            line("3", OfferedKind::Other, Some(Direction::SendReceive)),
        ];
        assert_eq!(read, expected);
        // Mode 0 alone is another format (RFC 6184 §8.2.2).
        let read = lines(&OFFER.replace("packetization-mode=1", "packetization-mode=0")).unwrap();
        assert_eq!(read[1].kind, OfferedKind::Video(vec![vp8]));
        assert!(lines("hello").is_err());
    }
}
