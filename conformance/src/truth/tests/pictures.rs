//! Pictures that a client counts: the true counts pass, a lie is noticed.

use media::video::VideoStatistics;

use super::*;

/// Pictures of two packets each, 25 a second.
const PICTURES: u64 = 100;
const CAMERA: u32 = 0xca3e_0000;

/// Alice shows them to Bob; of every tenth the second packet is lost.
fn call() -> Call {
    let mut call = Call::of(200);
    for number in 0..2 * PICTURES {
        let (picture, is_second) = (number / 2, number % 2 == 1);
        let mut bytes = rtp(number);
        bytes[1] = 96 | u8::from(is_second) << 7;
        bytes[4..8].copy_from_slice(&(3_600 * picture as u32).to_be_bytes());
        bytes[8..12].copy_from_slice(&CAMERA.to_be_bytes());
        call = call.report(at(100 + 40 * picture), ALICE, bytes);
        if is_second && picture % 10 == 5 {
            let lost = call.entries.len() as u64 - 2 + 10_000;
            call.entries.retain(|entry| {
                !matches!(&entry.event, TraceEvent::Arrived { packet, .. } if packet.id == lost)
            });
        }
    }
    call
}

fn untrue(
    host: usize,
    in_meeting: bool,
    counted: impl FnOnce(&mut VideoStatistics),
) -> Option<String> {
    let mut video = VideoStatistics::default();
    if host == ALICE {
        video.ssrc = Ssrc(CAMERA);
        video.shown.pictures = PICTURES;
    } else {
        let mut received = shown::received();
        received.ssrc = Ssrc(CAMERA);
        video.received = Some(received);
        video.seen.pictures = 60;
        video.seen.orphaned = 30;
    }
    counted(&mut video);
    let mut statement = shown::statement(
        host,
        6_000,
        media::ear::Heard::default(),
        shown::statistics(1),
    );
    statement.in_meeting = in_meeting;
    statement.measurement.video = Some(video);
    let account = call().account_of(&[statement]);
    account.breach.map(|finding| finding.expected)
}

#[test]
fn a_lie_about_pictures_is_noticed() {
    assert_eq!(untrue(ALICE, false, |_| {}), None);
    assert_eq!(untrue(BOB, false, |_| {}), None);
    let of_alice = untrue(ALICE, true, |video| video.shown.pictures += 2);
    assert_eq!(
        of_alice.as_deref(),
        Some("the pictures sent that alice reports is true")
    );
    for more in [3, 10] {
        let of_bob = untrue(BOB, false, |video| video.seen.pictures += more);
        assert_eq!(
            of_bob.as_deref(),
            Some("the pictures received that bob reports is true")
        );
    }
    let of_bob = untrue(BOB, false, |video| video.seen.orphaned = 10);
    assert_eq!(
        of_bob.as_deref(),
        Some("the pictures received that bob reports is true")
    );
    // A line of a meeting shows one person after the other.
    assert_eq!(untrue(BOB, true, |video| video.seen.pictures = 0), None);
}
