use super::*;
use crate::rtp::{PacketMut, Ssrc};
use crate::sender::Identity;
use crate::srtp::{KeyPair, SdesKey, Suite};
use crate::video::Format;
use crate::video::h264::Rate;

mod limits;

const STEP: Duration = Duration::from_millis(5);

fn config(number: u8) -> VideoConfig {
    VideoConfig::new(99, Identity::generate(|octets| octets.fill(number)))
}

fn keys(inbound: u8, outbound: u8) -> KeyPair {
    let key = |number: u8| {
        Some(SdesKey::generate(Suite::AesCm128HmacSha1_80, |octets| {
            octets.fill(number);
        }))
    };
    KeyPair {
        inbound: key(inbound),
        outbound: key(outbound),
    }
}

/// Two parties and what is between them.
struct Call {
    parties: [VideoStream; 2],
    now: Duration,
    /// RTP packets that were sent, both ways together.
    number: u64,
    requests: u64,
}

impl Call {
    fn new(a: VideoConfig, b: VideoConfig) -> Call {
        Call {
            parties: [a, b].map(|config| VideoStream::new(config).expect("an encoder")),
            now: Duration::ZERO,
            number: 0,
            requests: 0,
        }
    }

    /// Runs for some time; RTP packets for which `is_lost` says so don't arrive.
    fn run(&mut self, time: Duration, is_lost: impl Fn(u64) -> bool) {
        let end = self.now + time;
        while self.now < end {
            for turn in 0..2 {
                let [a, b] = &mut self.parties;
                let (one, other) = if turn == 0 { (a, b) } else { (b, a) };
                one.tick(self.now);
                loop {
                    let mut buffer = [0; 1_500];
                    match one.poll() {
                        VideoOutput::Rtp(bytes) => {
                            let len = bytes.len();
                            buffer[..len].copy_from_slice(bytes);
                            self.number += 1;
                            if !is_lost(self.number) {
                                other.handle_rtp(self.now, &mut buffer[..len]);
                            }
                        }
                        VideoOutput::Rtcp(bytes) => {
                            let len = bytes.len();
                            buffer[..len].copy_from_slice(bytes);
                            self.requests += 1;
                            other.handle_rtcp(self.now, &mut buffer[..len]);
                        }
                        VideoOutput::Wait(deadline) => {
                            assert!(deadline > self.now, "{deadline:?} at {:?}", self.now);
                            break;
                        }
                    }
                }
            }
            self.now += STEP;
        }
    }

    fn statistics(&self) -> [VideoStatistics; 2] {
        [0, 1].map(|place| self.parties[place].statistics())
    }
}

#[test]
fn both_see_every_picture_of_the_other() {
    let mut call = Call::new(
        VideoConfig {
            keys: keys(2, 1),
            ..config(1)
        },
        VideoConfig {
            keys: keys(1, 2),
            ..config(2)
        },
    );
    call.run(Duration::from_secs(10), |_| false);
    for (place, statistics) in call.statistics().iter().enumerate() {
        let seen = &statistics.seen;
        // 4 s of pictures, over and over, each round from a key frame.
        assert_eq!(
            (statistics.shown.pictures, statistics.shown.key_frames),
            (150, 3)
        );
        assert_eq!(
            (seen.pictures, seen.decoded, seen.marked, seen.key_frames),
            (150, 150, 150, 3)
        );
        assert_eq!((seen.missed, seen.restarts, seen.disorder), (0, 2, 0));
        assert_eq!((seen.broken, seen.orphaned, seen.undecodable), (0, 0, 0));
        assert_eq!(seen.freezes.freeze_count, 0);
        assert_eq!(statistics.key_frames_asked, 0);
        assert_eq!(statistics.arrived.packets, statistics.sent.packets);
        assert!(statistics.reports_received >= 1 && statistics.remote.is_some());
        assert_eq!(statistics.received.expect("came").lost, 0);
        let fidelity = call.parties[place].fidelity().expect("a mark");
        assert!(
            fidelity.psnr_y_db > 30.0 && fidelity.ssim_y > 0.9,
            "{fidelity:?}"
        );
    }
}

#[test]
fn a_lost_packet_freezes_the_picture_until_a_key_frame_is_asked_for_and_comes() {
    let mut call = Call::new(
        config(1),
        VideoConfig {
            camera: Camera::None,
            ..config(2)
        },
    );
    call.run(Duration::from_secs(1), |_| false);
    let lost = call.number + 1;
    call.run(Duration::from_secs(1), |number| number == lost);
    let [shown, seen] = call.statistics();
    assert!(
        seen.key_frames_asked == 1 && shown.picture_losses == 1,
        "{seen:?}"
    );
    assert_eq!(shown.shown.key_frames, 2);
    // What was waited for, and what came before the key frame.
    let lost = seen.seen.broken + seen.seen.orphaned;
    assert!((1..=3).contains(&lost), "{:?}", seen.seen);
    assert!(seen.seen.decoded >= 26 && seen.seen.mark.is_some());
    assert!(call.parties[1].fidelity().expect("a mark").psnr_y_db > 30.0);
}

#[test]
fn a_full_intra_request_is_answered_once() {
    let mut call = Call::new(
        config(1),
        VideoConfig {
            camera: Camera::None,
            use_full_intra_request: true,
            ..config(2)
        },
    );
    call.run(Duration::from_secs(1), |_| false);
    let lost = call.number + 1;
    call.run(Duration::from_secs(1), |number| number == lost);
    let [shown, seen] = call.statistics();
    assert_eq!((shown.full_intra_requests, shown.picture_losses), (1, 0));
    assert_eq!((shown.shown.key_frames, seen.seen.key_frames), (2, 2));
}

#[test]
fn nothing_is_sent_while_blocked_and_a_key_frame_after() {
    let mut call = Call::new(config(1), config(2));
    call.run(Duration::from_millis(500), |_| false);
    call.parties[0].set_blocked(true);
    let before = call.statistics();
    call.run(Duration::from_secs(2), |_| false);
    let after = call.statistics();
    assert_eq!(before[0].sent.packets, after[0].sent.packets);
    assert!(after[1].sent.packets > before[1].sent.packets);
    call.parties[0].set_blocked(false);
    call.run(Duration::from_millis(100), |_| false);
    let [shown, seen] = call.statistics();
    assert_eq!((shown.shown.key_frames, seen.seen.key_frames), (2, 2));
    assert_eq!(
        (
            seen.seen.restarts,
            seen.seen.orphaned,
            seen.key_frames_asked
        ),
        (1, 0, 0)
    );
}

#[test]
fn hold_stops_pictures_and_retrieve_brings_them_back() {
    let mut call = Call::new(config(1), config(2));
    call.run(Duration::from_millis(500), |_| false);
    call.parties[0].set_direction(Direction::SendOnly);
    call.parties[1].set_direction(Direction::Inactive);
    let before = call.statistics();
    call.run(Duration::from_secs(1), |_| false);
    let held = call.statistics();
    assert_eq!(held[1].seen.pictures, before[1].seen.pictures);
    assert_eq!(held[1].sent.packets, before[1].sent.packets);
    for party in &mut call.parties {
        party.set_direction(Direction::SendReceive);
    }
    call.run(Duration::from_secs(1), |_| false);
    let after = call.statistics();
    assert!(
        after
            .iter()
            .zip(&held)
            .all(|(after, held)| after.seen.decoded >= held.seen.decoded + 10)
    );
}

#[test]
fn a_live_picture_tells_its_time_and_keeps_its_rate() {
    let rate = Rate::Bitrate {
        bits_per_second: 300_000,
    };
    let camera = Camera::Live(Format::SMALL, rate);
    let mut call = Call::new(
        VideoConfig {
            camera,
            ..config(1)
        },
        VideoConfig {
            camera: Camera::None,
            ..config(2)
        },
    );
    call.run(Duration::from_secs(6), |_| false);
    let [shown, seen] = call.statistics();
    assert_eq!((shown.shown.pictures, shown.shown.skipped), (90, 0));
    let mark = seen.seen.mark.expect("a mark");
    assert_eq!(mark.number, 89);
    let age = call.now.as_millis() as u32 - mark.time_ms;
    assert!(age < 100, "{age} ms");
    assert!(call.parties[1].fidelity().expect("a mark").psnr_y_db > 30.0);
    // A lower rate from now on, without a key frame for it.
    let lower = Rate::Bitrate {
        bits_per_second: 50_000,
    };
    call.parties[0].set_rate(lower).expect("an encoder");
    call.run(Duration::from_secs(4), |_| false);
    let before = call.statistics()[0].sent.octets;
    call.run(Duration::from_secs(6), |_| false);
    let [slower, seen] = call.statistics();
    let rates = [shown.sent.octets, slower.sent.octets - before].map(|octets| octets * 8 / 6);
    assert!(
        (100_000..330_000).contains(&rates[0]) && rates[1] < rates[0] * 2 / 3,
        "{rates:?}"
    );
    assert_eq!((slower.shown.key_frames, seen.seen.missed), (1, 0));
}

#[test]
fn another_source_is_followed_after_two_packets_and_a_stranger_is_not() {
    let mut a = VideoStream::new(config(1)).expect("an encoder");
    let mut b = VideoStream::new(VideoConfig {
        camera: Camera::None,
        ..config(2)
    })
    .expect("a decoder");
    let mut deliver = |now: Duration, ssrc: u32| {
        a.tick(now);
        while let VideoOutput::Rtp(bytes) = a.poll() {
            let mut bytes = bytes.to_vec();
            PacketMut::parse(&mut bytes)
                .expect("a packet")
                .set_ssrc(Ssrc(ssrc));
            b.handle_rtp(now, &mut bytes);
        }
        b.statistics()
    };
    let at = |picture: u64| Duration::from_millis(67 * picture);
    assert_eq!(deliver(at(0), 7).arrived.other_source, 0);
    for picture in 1..20 {
        deliver(at(picture), 8);
    }
    let statistics = deliver(at(20), 8);
    assert_eq!(statistics.arrived.source_changes, 1);
    assert_eq!(statistics.received.expect("came").ssrc, Ssrc(8));
}

fn carried(number: u8) -> VideoConfig {
    VideoConfig {
        carriage: Some(Carriage::default()),
        ..config(number)
    }
}

#[test]
fn a_carried_stream_repairs_what_is_lost_and_reports_nothing() {
    let mut call = Call::new(carried(1), carried(2));
    call.run(Duration::from_secs(10), |number| number % 10 == 7);
    for statistics in call.statistics() {
        let (seen, repair) = (&statistics.seen, &statistics.repair);
        assert_eq!(seen.pictures, statistics.shown.pictures, "{statistics:?}");
        assert_eq!((seen.broken, seen.orphaned, seen.disorder), (0, 0, 0));
        assert_eq!(statistics.key_frames_asked, 0);
        assert!(repair.missing.asked > 10, "{repair:?}");
        assert_eq!(repair.missing.repaired, repair.missing.asked);
        assert!(repair.sent_again > 10 && repair.missing.given_up == 0);
        assert_eq!(
            (statistics.reports_sent, statistics.reports_received > 0),
            (0, true)
        );
    }
}

/// Retransmissions of party `number` with a source of their own, and payload types that each side numbers for itself.
fn apart(number: u8) -> Retransmission {
    Retransmission::Apart {
        source: Ssrc(u32::from(number) << 8),
        send: 103 - number,
        receive: 100 + number,
    }
}

/// What is agreed on in a call, plain and protected: the same repair, and the stream's own reports with it.
#[test]
fn a_stream_alone_repairs_what_is_lost_where_that_was_agreed() {
    let alone = |number| VideoConfig {
        repair: Some(Retransmission::AsTheyWere),
        ..config(number)
    };
    let apart = |number| VideoConfig {
        repair: Some(apart(number)),
        ..config(number)
    };
    let secret = |number: u8| VideoConfig {
        keys: keys(3 - number, number),
        ..apart(number)
    };
    for (a, b) in [
        (alone(1), alone(2)),
        (apart(1), apart(2)),
        (secret(1), secret(2)),
    ] {
        let mut call = Call::new(a, b);
        call.run(Duration::from_secs(10), |number| number % 10 == 7);
        for statistics in call.statistics() {
            let (seen, repair) = (&statistics.seen, &statistics.repair);
            assert_eq!(seen.pictures, statistics.shown.pictures, "{statistics:?}");
            assert_eq!((seen.broken, seen.orphaned, seen.disorder), (0, 0, 0));
            assert_eq!(
                (statistics.key_frames_asked, statistics.arrived.refused),
                (0, 0)
            );
            assert!(
                repair.missing.asked > 10 && repair.missing.given_up == 0,
                "{repair:?}"
            );
            assert_eq!(repair.missing.repaired, repair.missing.asked);
            assert!(statistics.reports_sent > repair.missing.asked / 4);
        }
        for party in &mut call.parties {
            party.set_repair(None);
        }
        let before = call.statistics();
        // An odd rhythm: the packets of the two alternate.
        call.run(Duration::from_secs(3), |number| number % 7 == 3);
        for (then, now) in before.iter().zip(call.statistics()) {
            assert_eq!(now.repair.missing.asked, 0);
            assert!(
                now.seen.pictures - then.seen.pictures < 45,
                "{:?}",
                now.seen
            );
        }
    }
}

#[test]
fn a_carried_stream_asks_for_a_key_frame_when_repair_comes_to_nothing() {
    let mut call = Call::new(carried(1), carried(2));
    // A short time without the other side is repaired; of a long one more is missing than anybody asks for.
    call.run(Duration::from_secs(2), |_| false);
    call.run(Duration::from_millis(600), |_| true);
    call.run(Duration::from_secs(2), |_| false);
    for statistics in call.statistics() {
        assert_eq!(statistics.key_frames_asked, 0);
        assert_eq!(statistics.seen.pictures, statistics.shown.pictures);
    }
    call.run(Duration::from_secs(40), |_| true);
    let before = call.statistics();
    call.run(Duration::from_secs(3), |_| false);
    for (then, now) in before.iter().zip(call.statistics()) {
        assert!(now.key_frames_asked > 0 && now.picture_losses > 0);
        assert!(now.repair.missing.given_up > 256);
        assert!(
            now.seen.pictures >= then.seen.pictures + 40,
            "{:?}",
            now.seen
        );
    }
    // Without a camera there is nothing to wait for.
    let mut watcher = VideoStream::new(VideoConfig {
        camera: Camera::None,
        ..carried(3)
    });
    let watcher = watcher.as_mut().expect("no encoder is needed");
    watcher.tick(STEP);
    assert!(matches!(watcher.poll(), VideoOutput::Wait(Duration::MAX)));
}
