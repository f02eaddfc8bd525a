//! Whose pictures participants of one room are shown.

use std::time::Duration;

use serde_json::json;
use webrtc_peer::AudioCodec::Opus;
use webrtc_peer::{Direction, Track, TrackId, VideoCodec};

use crate::participant::Participant;
use crate::stage::play;

/// The first packet of a key frame, and a later one, in each codec.
const H264: [&[u8]; 2] = [&[0x65, 0x88, 1], &[0x41, 0x9a, 2]];
const VP8: [&[u8]; 2] = [&[0x10, 0x00, 1], &[0x10, 0x01, 2]];

/// The line with the camera.
const CAMERA: TrackId = TrackId(1);

fn lines(codecs: &[VideoCodec], more: usize) -> Vec<Track> {
    let mut lines = vec![Track::video(codecs, Direction::SendReceive)];
    lines.resize(1 + more, Track::video(codecs, Direction::ReceiveOnly));
    lines
}

async fn all_connect(all: &mut [Participant; 3]) {
    let [ann, bob, cat] = all;
    for one in [&mut *ann, &mut *bob, &mut *cat] {
        one.offer().await;
    }
    tokio::join!(
        ann.until("path", Participant::is_connected),
        bob.until("path", Participant::is_connected),
        cat.until("path", Participant::is_connected),
    );
    live(all, 200).await;
}

async fn live(all: &mut [Participant; 3], ms: u64) {
    let [ann, bob, cat] = all;
    let time = Duration::from_millis(ms);
    tokio::join!(ann.live(time), bob.live(time), cat.live(time));
}

#[test]
fn a_camera_is_shown_to_those_who_have_its_codec() {
    play(json!({}), |stage| async move {
        let (h264, vp8) = (VideoCodec::H264, VideoCodec::Vp8);
        let ann = Participant::join_with(&stage, "Ann", Opus, 600.0, &lines(&[h264, vp8], 1)).await;
        let bob = Participant::join_with(&stage, "Bob", Opus, 700.0, &lines(&[h264], 1)).await;
        let cat = Participant::join_with(&stage, "Cat", Opus, 800.0, &lines(&[vp8], 1)).await;
        let mut all = [ann, bob, cat];
        all_connect(&mut all).await;
        for (number, payload) in (10..).zip(VP8) {
            all[0].show(CAMERA, vp8, number, payload);
            all[1].show(CAMERA, h264, number, H264[usize::from(number - 10)]);
            live(&mut all, 100).await;
        }
        let payloads = |one: &Participant| {
            let packets = one.pictures.iter();
            packets
                .map(|(_, packet)| packet.payload.to_vec())
                .collect::<Vec<_>>()
        };
        assert_eq!(payloads(&all[0]), H264);
        assert_eq!(payloads(&all[1]), [[0u8; 0]; 0]);
        assert_eq!(payloads(&all[2]), VP8);
        // Nobody keeps a line that they cannot be seen on. Cat has not shown anything, and might yet.
        let shown = |one: &Participant| one.shown().into_iter().flatten().collect::<Vec<_>>();
        assert_eq!((shown(&all[1]), shown(&all[2])), (vec![3], vec![1]));
        // Numbers of a line go on without a gap, whatever the camera's were.
        let numbers: Vec<u16> = all[2]
            .pictures
            .iter()
            .map(|(_, one)| one.sequence)
            .collect();
        assert_eq!(numbers[1], numbers[0].wrapping_add(1));
    });
}

#[test]
fn with_one_window_whoever_speaks_is_shown() {
    play(json!({}), |stage| async move {
        let h264 = [VideoCodec::H264];
        let ann = Participant::join_with(&stage, "Ann", Opus, 600.0, &lines(&h264, 0)).await;
        let bob = Participant::join_with(&stage, "Bob", Opus, 700.0, &lines(&h264, 2)).await;
        let cat = Participant::join_with(&stage, "Cat", Opus, 800.0, &lines(&h264, 2)).await;
        let mut all = [ann, bob, cat];
        for quiet in &mut all {
            quiet.say(&json!({ "type": "mute", "muted": true })).await;
        }
        all_connect(&mut all).await;
        assert_eq!(all[0].shown(), [Some(2)]);
        assert_eq!(all[1].shown(), [Some(1), Some(3), None]);
        all[2].say(&json!({ "type": "mute", "muted": false })).await;
        live(&mut all, 1_500).await;
        assert_eq!(all[0].shown(), [Some(3)]);
        // Who sees everybody sees no change.
        assert_eq!(all[1].shown(), [Some(1), Some(3), None]);
        all[2].say(&json!({ "type": "leave" })).await;
        live(&mut all, 300).await;
        assert_eq!(all[0].shown(), [Some(2)]);
        assert_eq!(all[1].shown(), [Some(1), None, None]);
    });
}

#[test]
fn an_offer_of_strange_lines_harms_nobody() {
    play(json!({ "video_codecs": ["vp8"] }), |stage| async move {
        let h264 = [VideoCodec::H264];
        let many = vec![Track::video(&h264, Direction::SendOnly); 20];
        let ann = Participant::join_with(&stage, "Ann", Opus, 600.0, &many).await;
        let bob = Participant::join(&stage, "Bob", Opus, 700.0).await;
        let cat = Participant::join_with(&stage, "Cat", Opus, 800.0, &lines(&h264, 30)).await;
        let mut all = [ann, bob, cat];
        all_connect(&mut all).await;
        all[1].listen(&[600.0, 800.0]);
        live(&mut all, 1_500).await;
        assert!(all[1].level(600.0) > -22.0 && all[1].level(800.0) > -22.0);
        assert!(
            all.iter()
                .all(|one| one.shown().is_empty() && one.pictures.is_empty())
        );
    });
}
