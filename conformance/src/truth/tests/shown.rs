//! Statistics that a client shows: the true ones pass, and a lie in any of them is noticed.

use media::codec::AudioCodec;
use media::ear::{Delay, Heard};
use media::jitter::PlayoutStatistics;
use media::quality::{BurstMetrics, Quality};
use media::receiver::ReceiverStatistics;
use media::sender::SenderStatistics;
use media::stream::{ReceivedStatistics, StreamStatistics};

use super::*;

/// Packets of the call: six seconds, enough to be worth a score.
const PACKETS: u64 = 300;
/// Of these, lost: every tenth.
const LOST: u64 = PACKETS / 10;
/// Samples of a packet of G.711.
const SAMPLES: u64 = 160;
/// From mouth to ear: a packet that fills, the way, the play-out buffer.
const DELAY_US: i64 = 20_000 + 10_600 + 30_000;

/// Six seconds of the call, and the reports that let Alice measure her round trip.
fn call() -> Call {
    Call::of(PACKETS)
        .report(at(2_050), ALICE, sender_report(98))
        .report(at(4_200), BOB, receiver_report(heard_by_4_2_s()))
}

/// Bob's report at 4.2 s: 205 packets were sent, of these 20 are lost.
fn heard_by_4_2_s() -> ReportBlock {
    ReportBlock {
        highest_sequence: 1 << 16 | u32::from(65_500u16.wrapping_add(204)),
        ..honest()
    }
}

pub(super) fn statistics(ssrc: u32) -> StreamStatistics {
    StreamStatistics {
        codec: AudioCodec::Pcma,
        packet_time: at(20),
        ssrc: Ssrc(ssrc),
        sent: SenderStatistics::default(),
        reports_sent: 0,
        reports_received: 0,
        reports_malformed: 0,
        arrived: ReceiverStatistics::default(),
        received: None,
        playout: PlayoutStatistics::default(),
        bursts: BurstMetrics::default(),
        target_delay: at(30),
        remote: None,
        remote_voice: None,
        round_trip: None,
        farewell_received: false,
        quality: None,
    }
}

pub(super) fn statement(
    host: usize,
    ms: u64,
    heard: Heard,
    statistics: StreamStatistics,
) -> Statement {
    let measurement = Measurement {
        heard,
        statistics,
        video: None,
        fidelity: None,
    };
    Statement {
        host,
        at: at(ms),
        in_meeting: false,
        measurement: Box::new(measurement),
    }
}

/// What an ear says that has read so many markers.
fn ear(markers: u32) -> Heard {
    let delay = Delay {
        latest_us: DELAY_US,
        least_us: DELAY_US,
        greatest_us: DELAY_US,
        markers,
        heard_at: at(6_000),
        drift_ppm: None,
    };
    Heard {
        delay: Some(delay),
        ..Heard::default()
    }
}

pub(super) fn received() -> ReceivedStatistics {
    ReceivedStatistics {
        ssrc: Ssrc(VOICE),
        expected: PACKETS,
        received: PACKETS - LOST,
        lost: LOST as i64,
        reordered: 0,
        jitter: at(1),
    }
}

fn playout() -> PlayoutStatistics {
    let emitted = SAMPLES * (PACKETS - LOST);
    PlayoutStatistics {
        total_samples_received: SAMPLES * PACKETS,
        concealed_samples: SAMPLES * LOST,
        concealment_events: LOST,
        jitter_buffer_delay: at(30) * emitted as u32,
        jitter_buffer_emitted_count: emitted,
        packets_played: PACKETS - LOST,
        packets_missed: LOST,
        missed_runs: LOST,
        ..PlayoutStatistics::default()
    }
}

/// A loss among ten: never sixteen packets in a row came, so all from the first loss to the last is one burst.
fn bursts() -> BurstMetrics {
    let burst = 10 * (LOST - 1) + 1;
    BurstMetrics {
        burst_density: LOST as f64 / burst as f64,
        gap_density: 0.0,
        burst_packets: burst as f64,
        gap_packets: (PACKETS - burst) as f64 / 2.0,
    }
}

/// The truth, as Alice and Bob would show it: Alice what she sent, Bob what he heard, asked before the first packet and at the
/// end.
fn truth() -> [Statement; 3] {
    let alice = StreamStatistics {
        sent: SenderStatistics {
            packets: PACKETS,
            octets: SAMPLES * PACKETS,
            failed: 0,
        },
        round_trip: Some(at(20)),
        ..statistics(VOICE)
    };
    // Nothing came the other way, so Bob knows no round trip: the packet and the buffer are all the delay that he knows of.
    let quality = Quality::rate(AudioCodec::Pcma.impairment(), 0.1, 1.0, 50.0);
    let bob = StreamStatistics {
        received: Some(received()),
        playout: playout(),
        bursts: bursts(),
        quality: Some(quality),
        ..statistics(0xb0b)
    };
    [
        statement(BOB, 50, ear(0), statistics(0xb0b)),
        statement(ALICE, 6_300, Heard::default(), alice),
        statement(BOB, 6_300, ear(5), bob),
    ]
}

/// What was found untrue if one statement is changed: the names of all metrics that are too far off.
fn untrue(of: usize, lie: impl FnOnce(&mut Measurement)) -> Vec<&'static str> {
    let mut statements = truth();
    lie(&mut statements[of].measurement);
    let account = call().account_of(&statements);
    let is_off = |(name, row): (&&'static str, &Row)| {
        let metric = Metric::by_name(name).expect("a metric of the list");
        (row.worst > metric.tolerance).then_some(*name)
    };
    let off: Vec<&str> = account.rows.iter().filter_map(is_off).collect();
    assert_eq!(off.is_empty(), account.breach.is_none());
    off
}

const FROM_ALICE: usize = 1;
const FROM_BOB: usize = 2;

fn of_received(shown: &mut Measurement) -> &mut ReceivedStatistics {
    shown.statistics.received.as_mut().expect("it heard")
}

fn of_quality(shown: &mut Measurement) -> &mut Quality {
    shown.statistics.quality.as_mut().expect("it heard")
}

#[test]
fn the_truth_passes() {
    assert_eq!(untrue(FROM_BOB, |_| {}), Vec::<&str>::new());
    let account = call().account_of(&truth());
    // A call with pictures is another, and what only reports say is theirs.
    let is_shown = |metric: &&&Metric| metric.unit != "pictures" && metric.name != "discard rate";
    for metric in Metric::ALL.iter().filter(is_shown) {
        let name = metric.name;
        assert!(account.rows.contains_key(name), "{name} is compared");
    }
}

/// A lie changes one thing that is shown, and the metric is the one to notice it.
type Lie = (&'static str, fn(&mut Measurement));

#[test]
fn each_lie_of_a_sender_is_noticed() {
    let lies: [Lie; 2] = [
        ("packets sent", |shown| shown.statistics.sent.packets += 1),
        ("round trip", |shown| {
            shown.statistics.round_trip = Some(at(22))
        }),
    ];
    for (name, lie) in lies {
        assert_eq!(untrue(FROM_ALICE, lie), [name]);
    }
}

#[test]
fn each_lie_of_a_receiver_is_noticed() {
    let lies: [Lie; 10] = [
        ("packets received", |shown| of_received(shown).received += 2),
        ("packets lost", |shown| of_received(shown).lost -= 2),
        ("packets reordered", |shown| {
            of_received(shown).reordered += 1
        }),
        ("jitter", |shown| of_received(shown).jitter += at(1)),
        ("packets duplicated", |shown| {
            shown.statistics.playout.packets_duplicated += 1
        }),
        ("sound concealed", |shown| {
            shown.statistics.playout.concealed_samples = 0
        }),
        ("sound concealed", |shown| {
            shown.statistics.playout.concealed_samples *= 2
        }),
        ("listening quality", |shown| of_quality(shown).mos_lq += 0.2),
        ("conversational quality", |shown| {
            of_quality(shown).mos_cq -= 0.2
        }),
        ("rating", |shown| of_quality(shown).r += 2.0),
    ];
    for (name, lie) in lies {
        assert_eq!(untrue(FROM_BOB, lie), [name]);
    }
}

#[test]
fn each_lie_on_bursts_is_noticed() {
    let lies: [Lie; 4] = [
        ("burst density", |shown| {
            shown.statistics.bursts.burst_density = 0.12
        }),
        ("gap density", |shown| {
            shown.statistics.bursts.gap_density = 0.02
        }),
        ("burst duration", |shown| {
            shown.statistics.bursts.burst_packets = 16.0
        }),
        ("gap duration", |shown| {
            shown.statistics.bursts.gap_packets = 16.0
        }),
    ];
    for (name, lie) in lies {
        assert_eq!(untrue(FROM_BOB, lie), [name]);
    }
}

/// What is counted at play-out hangs together: who lies of one count lies of others too.
#[test]
fn each_lie_on_the_fate_of_packets_is_noticed() {
    let lies: [Lie; 5] = [
        // As many turns, and less loss.
        ("network loss rate", |shown| {
            shown.statistics.playout.packets_played += 2;
            shown.statistics.playout.packets_missed -= 2;
        }),
        ("packets played or missed", |shown| {
            shown.statistics.playout.packets_played -= 12
        }),
        ("packets played or missed", |shown| {
            shown.statistics.playout.packets_played += 2
        }),
        ("packets missed", |shown| {
            shown.statistics.playout.packets_missed += 3
        }),
        // Nothing was overtaken on the way.
        ("packets discarded", |shown| {
            shown.statistics.playout.packets_discarded += 1
        }),
    ];
    for (name, lie) in lies {
        let off = untrue(FROM_BOB, lie);
        assert!(off.contains(&name), "{name} is not in {off:?}");
    }
}

#[test]
fn a_delay_that_is_not_that_of_the_way_and_the_buffer_is_noticed() {
    let mut statements = truth();
    for statement in &mut statements {
        if let Some(delay) = &mut statement.measurement.heard.delay {
            delay.latest_us += 30_000;
        }
    }
    let finding = call()
        .account_of(&statements)
        .breach
        .expect("it is noticed");
    let expected = "the delay from mouth to ear that bob reports is true";
    assert_eq!(finding.expected, expected);
}

/// Bob is asked twice at about the same moment, and in between plays one packet that was held back on the way, so that it waited
/// for less than all others: what comes in that moment is another packet.
#[test]
fn a_packet_held_back_that_alone_is_played_between_two_moments_makes_no_delay_untrue() {
    const WAIT: Duration = Duration::from_millis(60);
    const HELD_BACK: Duration = Duration::from_millis(50);
    let call = Call::of(PACKETS + 10).held_back(298, HELD_BACK);
    let asked = |ms: u64, markers, packets: u32, waited: Duration| {
        let mut ear = ear(markers);
        let delay = ear.delay.as_mut().expect("it read markers");
        delay.latest_us += (WAIT - at(30)).as_micros() as i64;
        let mut statistics = statistics(0xb0b);
        statistics.received = Some(received());
        statistics.playout.jitter_buffer_emitted_count = SAMPLES * u64::from(packets);
        statistics.playout.jitter_buffer_delay = waited * SAMPLES as u32;
        statement(BOB, ms, ear, statistics)
    };
    let before = WAIT * 268;
    let statements = [
        asked(6_125, 5, 268, before),
        asked(6_135, 6, 269, before + WAIT - HELD_BACK),
    ];
    let account = call.account_of(&statements);
    assert_eq!(account.rows[metric::MOUTH_TO_EAR.name].worst, 0.0);
}

#[test]
fn a_delay_claimed_far_too_long_is_untrue_though_packets_were_late_long_before() {
    const WAIT: Duration = Duration::from_millis(60);
    const CLAIMED_US: i64 = 2_000_000;
    let call = Call::of(PACKETS + 10).held_back(100, Duration::from_millis(2_500));
    let asked = |ms: u64, markers, packets: u32| {
        let mut ear = ear(markers);
        ear.delay.as_mut().expect("it read markers").latest_us = CLAIMED_US;
        let mut statistics = statistics(0xb0b);
        statistics.received = Some(received());
        statistics.playout.jitter_buffer_emitted_count = SAMPLES * u64::from(packets);
        statistics.playout.jitter_buffer_delay = WAIT * SAMPLES as u32 * packets;
        statement(BOB, ms, ear, statistics)
    };
    let account = call.account_of(&[asked(6_125, 5, 268), asked(6_135, 6, 269)]);
    let worst = account.rows[metric::MOUTH_TO_EAR.name].worst;
    assert!(worst > 1_800.0, "off by {worst} ms");
}
