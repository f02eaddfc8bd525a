use super::*;
use crate::rtcp::{Compound, CompoundWriter, FeedbackMessage, Packet, ReportBlock, TemporaryLimit};

/// What a party sent in so many seconds, bit/s of RTP packets.
fn rate(call: &mut Call, turn: usize, time: Duration) -> f64 {
    let octets = |call: &Call| {
        let sent = call.parties[turn].statistics().sent;
        sent.octets + 12 * sent.packets
    };
    let before = octets(call);
    call.run(time, |_| false);
    (octets(call) - before) as f64 * 8.0 / time.as_secs_f64()
}

#[test]
fn a_clip_keeps_to_what_was_agreed_on() {
    let mut call = Call::new(config(1), config(2));
    let whole = Duration::from_secs(8);
    let finest = rate(&mut call, 0, whole);
    call.parties[0].set_agreed_limit(Some(finest as u64 / 2));
    let half = rate(&mut call, 0, whole);
    assert!(
        half < finest * 0.52 && half > finest / 4.0,
        "{half} of {finest}"
    );
    assert_eq!(call.parties[0].statistics().limit, Some(finest as u64 / 2));
    call.parties[0].set_agreed_limit(Some(0));
    assert_eq!(rate(&mut call, 0, whole), 0.0);
    call.parties[0].set_agreed_limit(None);
    let again = rate(&mut call, 0, whole);
    assert!((again / finest - 1.0).abs() < 0.02, "{again} of {finest}");
    let [sent, seen] = call.statistics();
    assert_eq!(sent.shown.pictures, seen.seen.decoded);
    assert_eq!(
        (
            seen.seen.orphaned,
            seen.seen.undecodable,
            seen.key_frames_asked
        ),
        (0, 0, 0)
    );
}

#[test]
fn a_live_camera_keeps_to_a_limit_too() {
    let wanted = Rate::Bitrate {
        bits_per_second: 150_000,
    };
    let mut camera = config(1);
    camera.camera = Camera::Live(Format::SMALL, wanted);
    let mut call = Call::new(camera, config(2));
    call.parties[0].set_agreed_limit(Some(80_000));
    rate(&mut call, 0, Duration::from_secs(4));
    let limited = rate(&mut call, 0, Duration::from_secs(8));
    assert!((60e3..95e3).contains(&limited), "{limited}");
    call.parties[0].set_agreed_limit(None);
    rate(&mut call, 0, Duration::from_secs(4));
    let free = rate(&mut call, 0, Duration::from_secs(8));
    assert!(free > 1.5 * limited, "{free} after {limited}");
    assert_eq!(
        call.parties[0].camera(),
        Camera::Live(Format::SMALL, wanted)
    );
}

#[test]
fn a_request_is_kept_to_and_told_of() {
    let mut call = Call::new(config(1), config(2));
    call.run(Duration::from_secs(2), |_| false);
    let ours = call.parties[0].statistics().ssrc;
    let limit = TemporaryLimit {
        ssrc: ours,
        bits_per_second: 60_000,
        overhead: 40,
    };
    let mut buffer = [0; 100];
    let mut writer = CompoundWriter::new(&mut buffer);
    writer.limit_request(Ssrc(77), &[limit]).unwrap();
    let len = writer.finish();
    let now = call.now;
    call.parties[0].handle_rtcp(now, &mut buffer[..len]);
    call.parties[0].tick(now);
    let mut notices = Vec::new();
    loop {
        match call.parties[0].poll() {
            VideoOutput::Rtp(_) => {}
            VideoOutput::Rtcp(bytes) => {
                let compound = Compound::parse(bytes).unwrap();
                for packet in compound.packets() {
                    if let Packet::Feedback(feedback) = packet
                        && let FeedbackMessage::LimitNotice(limits) = feedback.message
                    {
                        notices.extend(limits.limits());
                    }
                }
            }
            VideoOutput::Wait(_) => break,
        }
    }
    assert_eq!(
        notices,
        [TemporaryLimit {
            ssrc: Ssrc(77),
            ..limit
        }]
    );
    let sent = rate(&mut call, 0, Duration::from_secs(8));
    // With 28 octets of IP and UDP for each packet.
    assert!(sent < 60_000.0, "{sent}");
    let statistics = call.parties[0].statistics();
    assert_eq!(statistics.limits_asked, 1);
    assert!(statistics.limit.unwrap() < 60_000);
}

#[test]
fn an_estimate_for_others_says_nothing() {
    let mut call = Call::new(config(1), config(2));
    let ours = call.parties[0].statistics().ssrc;
    for (source, limit) in [(Ssrc(ours.0 ^ 1), None), (ours, Some(64_000))] {
        let mut buffer = [0; 100];
        let mut writer = CompoundWriter::new(&mut buffer);
        writer.maximum_bitrate(Ssrc(77), 64_000, &[source]).unwrap();
        let len = writer.finish();
        call.parties[0].handle_rtcp(Duration::ZERO, &mut buffer[..len]);
        assert_eq!(call.parties[0].statistics().limit, limit);
    }
}

/// What a party sends whom nobody answers, bit/s of RTP packets.
fn rate_alone(party: &mut VideoStream, from: Duration, time: Duration) -> f64 {
    let octets = |party: &VideoStream| {
        let sent = party.statistics().sent;
        sent.octets + 12 * sent.packets
    };
    let before = octets(party);
    let mut now = from;
    while now < from + time {
        party.tick(now);
        while !matches!(party.poll(), VideoOutput::Wait(_)) {}
        now += STEP;
    }
    (octets(party) - before) as f64 * 8.0 / time.as_secs_f64()
}

#[test]
fn a_lossy_path_is_sent_less() {
    let mut party = VideoStream::new(config(1)).unwrap();
    let ours = party.statistics().ssrc;
    let report = |party: &mut VideoStream, at, highest_sequence, cumulative_lost| {
        let block = ReportBlock {
            ssrc: ours,
            highest_sequence,
            cumulative_lost,
            ..ReportBlock::default()
        };
        let mut buffer = [0; 100];
        let mut writer = CompoundWriter::new(&mut buffer);
        writer.receiver_report(Ssrc(77), &[block]).unwrap();
        let len = writer.finish();
        party.handle_rtcp(at, &mut buffer[..len]);
        party.statistics().limit
    };
    let [first, second, third] = [4, 8, 12].map(Duration::from_secs);
    rate_alone(&mut party, Duration::ZERO, first);
    assert_eq!(report(&mut party, first, 100, 0), None);
    rate_alone(&mut party, first, second - first);
    assert_eq!(report(&mut party, second, 160, 20), None);
    let best = rate_alone(&mut party, second, third - second);
    let limit = report(&mut party, third, 220, 40).expect("a third is lost") as f64;
    assert!((limit / best - 2.0 / 3.0).abs() < 0.01, "{limit} of {best}");
    let less = rate_alone(&mut party, third, Duration::from_secs(8));
    // A quarter of a second that was not used before, and the last picture.
    assert!(less <= limit * 8.25 / 8.0 + 1_000.0, "{less} of {limit}");
}
