use proptest::prelude::*;

use super::super::session_report::tests as written;
use super::*;

fn parsed(text: &str) -> ReceivedReport {
    ReceivedReport::parse(text.as_bytes()).unwrap()
}

#[test]
fn what_is_written_is_read() {
    let report = parsed(&written::report().to_string());
    assert_eq!(report.occasion, Occasion::Session);
    assert_eq!(report.call_id, "6dg37f1890463@10.2.0.20");
    assert_eq!(report.local_ssrc, Some(Ssrc(0x1a3b_5c7d)));
    assert_eq!(report.remote_ssrc, Some(Ssrc(0x0931_eecb)));
    let figures = report.local;
    assert_eq!(
        [
            figures.loss_percent,
            figures.discard_percent,
            figures.jitter_ms
        ],
        [Some(3.1), Some(0.4), Some(7.0)]
    );
    assert_eq!(
        [figures.burst_ms, figures.gap_ms, figures.round_trip_ms],
        [Some(320.0), Some(8_400.0), Some(84.0)]
    );
    assert!(figures.mos_lq.is_some() && report.remote.is_none());
}

#[test]
fn an_alert_says_what_it_is_about() {
    let mut report = written::report();
    report.alert = Some(super::super::Alert::ListeningQuality);
    let text = report.to_string();
    assert!(text.starts_with("VQAlertReport: Type=MOSLQ Severity=Warning Dir=local\r\n"));
    let metric = "MOSLQ".to_owned();
    assert_eq!(parsed(&text).occasion, Occasion::Alert { metric });
}

#[test]
fn each_end_has_its_own_figures() {
    let text = "VQSessionReport\nCallID: 1\nLocalID: a\nRemoteID: b\nLocalMetrics:\nPacketLoss: NLR=1 JDR=2\n\
                RemoteMetrics:\nPacketLoss: NLR=3.5\nX-Ours: NLR=99\nDialogID:1;to-tag=2;from-tag=3\n";
    let report = parsed(text);
    assert_eq!(report.local.loss_percent, Some(1.0));
    assert_eq!(report.remote.unwrap().loss_percent, Some(3.5));
}

#[test]
fn what_is_no_report_is_a_clear_error() {
    let good = written::report().to_string();
    for (text, error) in [
        (String::new(), ReportError::Kind),
        ("VQReport: CallTerm".to_owned(), ReportError::Kind),
        (
            good.replace("CallID", "Call"),
            ReportError::Missing("CallID"),
        ),
        (
            good.replace("LocalMetrics:", "Metrics:"),
            ReportError::Missing("LocalMetrics"),
        ),
        (
            good.replace("NLR=3.1", "NLR=-3.1"),
            ReportError::Figure("NLR"),
        ),
        (
            good.replace("NLR=3.1", "NLR=NaN"),
            ReportError::Figure("NLR"),
        ),
        (
            good.replace("NLR=3.1", "NLR=100.1"),
            ReportError::Figure("NLR"),
        ),
        (good.replace("BD=320", "BD=1e9"), ReportError::Figure("BD")),
        (
            good.replace("0x1a3b5c7d", "0x1a3b5c7d0"),
            ReportError::Figure("SSRC"),
        ),
        (
            "VQAlertReport: Severity=Warning".to_owned(),
            ReportError::Missing("Type of the alert"),
        ),
        (
            format!("{good}{}", "X: y\r\n".repeat(LINES_MAX)),
            ReportError::TooLong,
        ),
        (
            format!("{good}{}", " ".repeat(REPORT_MAX_BYTES)),
            ReportError::TooLong,
        ),
    ] {
        assert_eq!(ReceivedReport::parse(text.as_bytes()), Err(error), "{text}");
    }
    assert_eq!(ReceivedReport::parse(b"\xff"), Err(ReportError::NotText));
}

proptest! {
    #[test]
    fn no_body_makes_it_stumble(body in prop::collection::vec(any::<u8>(), 0..512)) {
        let _ = ReceivedReport::parse(&body);
    }

    /// A good report with a piece of it cut out or replaced.
    #[test]
    fn no_damage_makes_it_stumble(at in 0_usize..1_000, len in 0_usize..60, with in "\\PC{0,12}") {
        let good = written::report().to_string();
        let (at, end) = (at.min(good.len()), (at + len).min(good.len()));
        let mut damaged = good.as_bytes()[..at].to_vec();
        damaged.extend_from_slice(with.as_bytes());
        damaged.extend_from_slice(&good.as_bytes()[end.max(at)..]);
        if let Ok(report) = ReceivedReport::parse(&damaged) {
            prop_assert!(report.call_id.len() <= TEXT_MAX && report.local_id.len() <= TEXT_MAX);
            prop_assert!(report.local.loss_percent.is_none_or(|loss| (0.0..=100.0).contains(&loss)));
        }
    }
}
