//! What comes before the answer that tells how to read it.
//!
//! Who offers is to be ready for media from then on (RFC 3264 §5.1): the answer may be lost, and comes again when the other side has talked
//! for a while. Its keys stand in the answer alone (RFC 4568 §5.1.2), so what comes is kept with the time at which it came, and is given
//! to the streams as soon as they are there.

use std::collections::VecDeque;
use std::time::Duration;

use sip::sdp::MediaKind;

use crate::desk::MediaFlow;

/// Octets of sound that are kept: some forty seconds of G.711.
const SOUND_OCTETS: usize = 512 * 1024;
/// Octets of pictures that are kept: some seconds of a good camera.
const PICTURE_OCTETS: usize = 2 * 1024 * 1024;
/// What a datagram is counted with beside its octets, so that empty ones have a bound too.
const OVERHEAD: usize = 64;

/// A datagram that waits.
#[derive(Debug)]
pub(super) struct Datagram {
    /// When it came.
    pub(super) at: Duration,
    /// Where it came.
    pub(super) media: MediaFlow,
    pub(super) bytes: Box<[u8]>,
}

/// The datagrams that wait for the answer.
#[derive(Debug, Default)]
pub(super) struct Early {
    is_awaited: bool,
    sound: Kept,
    pictures: Kept,
}

impl Early {
    /// An offer of ours is out; nothing was agreed on before.
    pub(super) fn await_answer(&mut self) {
        self.is_awaited = true;
    }

    /// Keeps a datagram, if an answer is awaited; the oldest make room.
    pub(super) fn keep(&mut self, now: Duration, media: MediaFlow, bytes: &[u8]) {
        if !self.is_awaited {
            return;
        }
        let (kept, most) = match media.kind {
            MediaKind::Audio => (&mut self.sound, SOUND_OCTETS),
            MediaKind::Video => (&mut self.pictures, PICTURE_OCTETS),
        };
        kept.push(
            Datagram {
                at: now,
                media,
                bytes: bytes.into(),
            },
            most,
        );
    }

    /// All that came, of each kind in its order.
    pub(super) fn into_datagrams(self) -> impl Iterator<Item = Datagram> {
        self.sound.queue.into_iter().chain(self.pictures.queue)
    }
}

#[derive(Debug, Default)]
struct Kept {
    queue: VecDeque<Datagram>,
    octets: usize,
}

impl Kept {
    fn push(&mut self, datagram: Datagram, most: usize) {
        let size = |datagram: &Datagram| datagram.bytes.len() + OVERHEAD;
        self.octets += size(&datagram);
        self.queue.push_back(datagram);
        while self.octets > most {
            let Some(oldest) = self.queue.pop_front() else {
                return;
            };
            self.octets -= size(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::CallId;

    fn flow(kind: MediaKind) -> MediaFlow {
        MediaFlow::rtp(CallId(1), kind)
    }

    #[test]
    fn what_nobody_waits_for_is_not_kept() {
        let mut early = Early::default();
        early.keep(Duration::ZERO, flow(MediaKind::Audio), b"sound");
        assert_eq!(early.into_datagrams().count(), 0);
    }

    #[test]
    fn pictures_take_no_room_from_sound_and_the_oldest_go_first() {
        let mut early = Early::default();
        early.await_answer();
        early.keep(Duration::ZERO, flow(MediaKind::Audio), b"sound");
        for number in 1..=10_000_u32 {
            let at = Duration::from_millis(number.into());
            early.keep(at, flow(MediaKind::Video), &[0; 1_200]);
        }
        let kept: Vec<Datagram> = early.into_datagrams().collect();
        assert_eq!(&*kept[0].bytes, b"sound");
        let count = PICTURE_OCTETS / (1_200 + OVERHEAD);
        assert_eq!(kept.len(), 1 + count);
        assert_eq!(kept.last().unwrap().at, Duration::from_secs(10));
        assert!(kept[1..].is_sorted_by_key(|datagram| datagram.at));
    }
}
