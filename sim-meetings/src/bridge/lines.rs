//! The lines that answer an offer: one for sound, one for the participant's camera, one for each picture they want to see.

use webrtc_peer::offer::{OfferedKind, OfferedLine};
use webrtc_peer::{AudioCodec, Direction, Track, TrackId, VideoCodec};

/// The line of sound.
pub(super) const SOUND: TrackId = TrackId(0);
/// Pictures that one participant is shown at once: as many as a screen has room for.
const WINDOWS_MAX: usize = 16;

/// What is agreed to of an offer.
#[derive(Debug)]
pub(super) struct Lines {
    pub(super) tracks: Vec<Track>,
    /// The line that the participant's pictures come on.
    pub(super) camera: Option<TrackId>,
    /// The lines that others' pictures go out on.
    pub(super) windows: Vec<TrackId>,
}

impl Lines {
    /// Pictures are agreed to in those of `codecs` that are offered; the first line that a participant sends pictures on is
    /// their camera.
    pub(super) fn answering(offered: &[OfferedLine], codecs: &[VideoCodec]) -> Lines {
        let sound = [AudioCodec::Opus, AudioCodec::Pcmu];
        let mut lines = Lines {
            tracks: vec![Track::audio(&sound, Direction::SendReceive)],
            camera: None,
            windows: Vec::new(),
        };
        for line in offered {
            if let (OfferedKind::Video(theirs), Some(direction)) = (&line.kind, line.direction)
                && theirs.iter().any(|codec| codecs.contains(codec))
            {
                lines.add(direction.reversed(), codecs);
            }
        }
        lines
    }

    fn add(&mut self, direction: Direction, codecs: &[VideoCodec]) {
        let is_camera = direction.receives() && self.camera.is_none();
        let is_window = direction.sends() && self.windows.len() < WINDOWS_MAX;
        let direction = match (is_camera, is_window) {
            (true, true) => Direction::SendReceive,
            (true, false) => Direction::ReceiveOnly,
            (false, true) => Direction::SendOnly,
            (false, false) => return,
        };
        let track = TrackId(self.tracks.len());
        self.tracks.push(Track::video(codecs, direction));
        if is_camera {
            self.camera = Some(track);
        }
        if is_window {
            self.windows.push(track);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(kinds: &[(Option<Direction>, &[VideoCodec])]) -> Vec<OfferedLine> {
        let line = |(direction, codecs): &(Option<Direction>, &[VideoCodec])| OfferedLine {
            mid: String::new(),
            kind: OfferedKind::Video(codecs.to_vec()),
            direction: *direction,
        };
        kinds.iter().map(line).collect()
    }

    #[test]
    fn one_camera_and_a_window_for_each_line_that_receives() {
        use Direction::{ReceiveOnly, SendOnly, SendReceive};
        let both = [VideoCodec::H264, VideoCodec::Vp8];
        let vp8 = [VideoCodec::Vp8];
        let offer = offered(&[
            (Some(ReceiveOnly), &both),
            (Some(SendReceive), &both),
            (None, &both),
            (Some(SendOnly), &both),
            (Some(ReceiveOnly), &vp8),
        ]);
        let lines = Lines::answering(&offer, &both);
        let windows = [TrackId(1), TrackId(2), TrackId(3)];
        assert_eq!(
            (lines.camera, &lines.windows[..]),
            (Some(TrackId(2)), &windows[..])
        );
        let directions: Vec<Direction> = lines.tracks.iter().map(|one| one.direction).collect();
        assert_eq!(directions, [SendReceive, SendOnly, SendReceive, SendOnly]);
        // A line in no codec of ours is none.
        let lines = Lines::answering(&offer, &[VideoCodec::H264]);
        assert_eq!(lines.windows, [TrackId(1), TrackId(2)]);
        let many = offered(&[(Some(SendReceive), &vp8[..]); 40]);
        let lines = Lines::answering(&many, &both);
        assert_eq!((lines.tracks.len(), lines.windows.len()), (17, 16));
    }
}
