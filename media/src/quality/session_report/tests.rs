use std::time::Duration;

use super::super::{G711, G722, Quality};
use super::*;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn metrics() -> VoiceMetrics {
    VoiceMetrics {
        loss: 0.0312,
        discard: 0.0041,
        burst_density: 0.25,
        gap_density: 0.0049,
        burst_duration: ms(320),
        gap_duration: ms(8_400),
        round_trip: Some(ms(84)),
        end_system_delay: ms(61),
        jitter: ms(7),
        signal_dbm0: Some(-19.6),
        quality: Some(Quality::rate(G711, 0.0353, 1.6, 103.0)),
        buffer_nominal: ms(40),
        buffer_maximum: ms(1_280),
        buffer_absolute_maximum: ms(1_280),
    }
}

pub(in super::super) fn report() -> SessionReport<'static> {
    SessionReport {
        alert: None,
        call_id: "6dg37f1890463@10.2.0.20",
        to_tag: "8472761",
        from_tag: "9123dh311",
        local: Party {
            id: "\"Bob\" <sip:202@office.example>",
            group: "home",
            media: "10.2.0.20:40750".parse().unwrap(),
            ssrc: Ssrc(0x1a3b_5c7d),
        },
        remote: Party {
            id: "<sip:201@office.example>",
            group: "office",
            media: "[2001:db8::10]:40752".parse().unwrap(),
            ssrc: Ssrc(0x0931_eecb),
        },
        local_called: false,
        start_s: 1_709_164_799,
        stop_s: 1_709_164_800,
        payload_type: 8,
        codec: "PCMA",
        sample_rate_hz: 8_000,
        packet_ms: 20,
        local_metrics: metrics(),
        remote_metrics: None,
    }
}

fn shown(report: &SessionReport<'_>) -> String {
    let text = report.to_string();
    assert!(text.ends_with("\r\n") && !text.contains("\n\n"));
    text.replace("\r\n", "\n")
}

#[test]
fn a_report_names_both_ends_and_what_was_heard() {
    insta::assert_snapshot!(shown(&report()));
}

#[test]
fn what_is_not_known_is_left_out_and_what_the_other_end_said_is_added() {
    let mut report = report();
    report.local_metrics = VoiceMetrics {
        end_system_delay: ms(20),
        ..VoiceMetrics::default()
    };
    let heard = VoiceMetrics {
        quality: Some(Quality::rate(G722, 0.0, 1.0, 40.0)),
        round_trip: None,
        ..metrics()
    };
    report.remote_metrics = Some(heard.to_block(report.local.ssrc));
    insta::assert_snapshot!(shown(&report));
}

/// Whoever knows nothing of what it heard says so in all places that have a value for it.
#[test]
fn what_the_other_end_did_not_know_is_left_out() {
    let mut report = report();
    let block = VoiceMetrics::default().to_block(report.local.ssrc);
    report.remote_metrics = Some(block);
    let text = report.to_string();
    let (_, remote) = text.split_once("RemoteMetrics:").unwrap();
    for absent in [
        "RTD=",
        "ESD=",
        "SL=",
        "RCQ=",
        "MOSLQ=",
        "Delay",
        "QualityEst",
    ] {
        assert!(!remote.contains(absent), "{absent} in {remote}");
    }
    assert!(remote.contains("PacketLoss: NLR=0.0 JDR=0.0\r\n"));
}

#[test]
fn a_value_cannot_begin_a_line_of_its_own() {
    let mut report = report();
    report.call_id = "x\r\nLocalMetrics:\r\n";
    report.remote.id = "<sip:a@b>\nOrigID: <sip:evil@example>";
    let text = report.to_string();
    assert_eq!(
        text.lines().count(),
        self::report().to_string().lines().count()
    );
    assert!(
        text.lines()
            .all(|line| !line.starts_with("OrigID: <sip:evil"))
    );
}

#[test]
fn moments_are_those_of_the_calendar() {
    for (second, text) in [
        (0, "1970-01-01T00:00:00Z"),
        (951_782_399, "2000-02-28T23:59:59Z"),
        (951_782_400, "2000-02-29T00:00:00Z"),
        (1_709_164_800, "2024-02-29T00:00:00Z"),
        (1_735_689_599, "2024-12-31T23:59:59Z"),
        (4_107_542_400, "2100-03-01T00:00:00Z"),
    ] {
        assert_eq!(Utc(second).to_string(), text);
    }
    // Any number is some moment.
    assert!(Utc(u64::MAX / 4).to_string().ends_with('Z'));
}
