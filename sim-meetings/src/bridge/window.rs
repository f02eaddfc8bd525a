//! One line on which a participant is shown another: whose pictures go out on it, under numbers of its own.

use std::time::Duration;

use media::forward::{Incoming, Outgoing, Rewriter};
use media::rtp::Ssrc;
use media::rtx::{PayloadTypes, Retransmitter};
use webrtc_peer::{Sources, TrackId, VideoCodec, VideoFormat};

use crate::room::ParticipantId;

/// A window onto one other participant at a time.
#[derive(Debug)]
pub(super) struct Window {
    pub(super) track: TrackId,
    /// The line's identification in the descriptions.
    pub(super) mid: String,
    pub(super) sources: Sources,
    formats: Vec<VideoFormat>,
    outgoing: Outgoing,
    shows: Option<ParticipantId>,
    /// Counts what was shown: each source that is shown is a layer of its own to the numbers.
    turn: u8,
}

impl Window {
    /// A window on this line, in the formats agreed on; its numbers begin with `sequence`.
    pub(super) fn new(
        track: TrackId,
        mid: String,
        sources: Sources,
        formats: Vec<VideoFormat>,
        sequence: u16,
    ) -> Window {
        let mut pairs = PayloadTypes::new();
        for format in &formats {
            if let Some(repair) = format.repair {
                pairs = pairs.with(repair, format.payload_type);
            }
        }
        let (ssrc, repair) = (Ssrc(sources.media), Ssrc(sources.repair));
        let payload_type = formats.first().map_or(0, |format| format.payload_type);
        let mut outgoing = Outgoing::new(ssrc, payload_type, Rewriter::video(sequence), None);
        if formats.iter().any(|format| format.repair.is_some()) {
            outgoing.set_retransmitter(Some(Retransmitter::new(repair, sequence, pairs)));
        }
        Window {
            track,
            mid,
            sources,
            formats,
            outgoing,
            shows: None,
            turn: 0,
        }
    }

    /// Who is shown.
    pub(super) fn shows(&self) -> Option<ParticipantId> {
        self.shows
    }

    /// Whether pictures in this codec can be shown.
    pub(super) fn can_show(&self, codec: VideoCodec) -> bool {
        self.formats.iter().any(|format| format.codec == codec)
    }

    /// Shows somebody, who sends in this codec, from their next key frame on; nobody at once. A codec that was not agreed on
    /// shows nothing.
    pub(super) fn show(&mut self, whom: Option<ParticipantId>, codec: Option<VideoCodec>) {
        self.shows = whom;
        self.turn = self.turn.wrapping_add(1);
        self.outgoing.choose(None);
        let mut formats = self.formats.iter();
        if let Some(format) = formats.find(|format| Some(format.codec) == codec) {
            self.outgoing.set_payload_type(format.payload_type);
            self.outgoing.choose(Some(self.turn));
        }
    }

    /// Whether a key frame is waited for.
    pub(super) fn awaits_key_frame(&self) -> bool {
        self.outgoing.awaited().is_some()
    }

    /// Writes a packet of whom it shows as it is to go out; gives its length, nothing if it is not to.
    pub(super) fn forward(
        &mut self,
        now: Duration,
        incoming: &Incoming<'_>,
        buffer: &mut [u8],
    ) -> Option<usize> {
        self.outgoing.forward(now, self.turn, incoming, buffer)
    }

    /// The sequence number that a packet came with which went out with this one; none if it is of somebody shown before.
    pub(super) fn origin(&self, sequence: u16) -> Option<u16> {
        let (turn, came) = self.outgoing.origin(sequence)?;
        (turn == self.turn).then_some(came)
    }

    /// Writes the retransmission of a packet that went out with this number; gives its length.
    pub(super) fn repair(
        &mut self,
        sequence: u16,
        incoming: &Incoming<'_>,
        buffer: &mut [u8],
    ) -> Option<usize> {
        self.outgoing.repair(sequence, incoming, buffer)
    }
}

/// Gives windows to those who are to be seen, so that whoever is seen already stays where they are. `wanted` is in the order of
/// importance; gives the windows that change, each with whom it is to show.
pub(super) fn arrange(
    windows: &[Option<ParticipantId>],
    wanted: impl Iterator<Item = ParticipantId>,
) -> Vec<(usize, Option<ParticipantId>)> {
    let wanted: Vec<ParticipantId> = wanted.take(windows.len()).collect();
    let mut newcomers = wanted
        .iter()
        .filter(|one| !windows.contains(&Some(**one)))
        .copied();
    let mut changes = Vec::new();
    for (place, shown) in windows.iter().enumerate() {
        if shown.is_some_and(|one| wanted.contains(&one)) {
            continue;
        }
        let next = newcomers.next();
        if next != *shown {
            changes.push((place, next));
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_seen_stays_where_they_are() {
        let id = |number| Some(ParticipantId(number));
        let arranged = |windows: &[Option<ParticipantId>], wanted: &[u64]| {
            arrange(windows, wanted.iter().copied().map(ParticipantId))
        };
        assert_eq!(arranged(&[None, None], &[1]), [(0, id(1))]);
        assert_eq!(arranged(&[id(1), None], &[2, 1, 3]), [(1, id(2))]);
        assert_eq!(arranged(&[id(1), id(2)], &[3, 2, 1]), [(0, id(3))]);
        assert_eq!(arranged(&[id(1), id(2)], &[2]), [(0, None)]);
        assert_eq!(arranged(&[id(1), id(2)], &[2, 1]), []);
        assert_eq!(arranged(&[], &[1]), []);
    }

    #[test]
    fn a_window_shows_one_after_the_other_under_numbers_that_go_on() {
        let formats = vec![VideoFormat {
            codec: VideoCodec::H264,
            payload_type: 102,
            repair: Some(103),
        }];
        let sources = Sources {
            media: 5,
            repair: 6,
        };
        let mut window = Window::new(TrackId(1), "1".to_owned(), sources, formats, 100);
        let mut buffer = [0; 100];
        let mut sent = Vec::new();
        let key = [0x80, 96, 0, 9, 0, 0, 0, 1, 0, 0, 0, 7, 0x65, 0x88];
        let key = Incoming::read(media::forward::PayloadFormat::H264, &key).unwrap();
        for (number, codec) in [
            (1, VideoCodec::H264),
            (2, VideoCodec::H264),
            (3, VideoCodec::Vp8),
        ] {
            window.show(Some(ParticipantId(number)), Some(codec));
            assert_eq!(window.awaits_key_frame(), codec == VideoCodec::H264);
            if let Some(len) = window.forward(Duration::ZERO, &key, &mut buffer) {
                let packet = media::rtp::Packet::parse(&buffer[..len]).unwrap();
                sent.push((packet.sequence(), packet.payload_type(), packet.ssrc().0));
            }
        }
        assert_eq!(sent, [(100, 102, 5), (101, 102, 5)]);
        // What the one before was shown with is not repaired with packets of the one after.
        assert_eq!(
            (window.origin(100), window.shows()),
            (None, Some(ParticipantId(3)))
        );
        assert!(!window.can_show(VideoCodec::Vp8));
    }
}
