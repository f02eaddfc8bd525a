//! Reports of quality: one at the end of a call, alerts on the way, and silence towards who does not want them.

use media::quality::{Occasion, ReceivedReport};

use super::*;
use crate::collector::{QualityReports, ReportTo};

/// A call of so long, which the called side ends.
fn call(net: &mut Net, time: Duration) {
    let (_, call) = talk(net, 0, 1);
    net.run(time);
    net.tell(1, Command::HangUp { call });
    net.run(2 * SECOND);
}

/// What came to the exchange, by the number that sent it.
fn published(net: &Net) -> Vec<(String, ReceivedReport)> {
    let reports = net.pbx.reports.iter();
    reports
        .map(|(number, body)| (number.clone(), ReceivedReport::parse(body).unwrap()))
        .collect()
}

#[test]
fn each_side_reports_a_call_when_it_is_over() {
    let mut net = Net::registered(2, &ClientConfig::default());
    call(&mut net, 20 * SECOND);
    let reports = published(&net);
    assert_eq!(reports.len(), 2, "{reports:?}");
    for (number, report) in &reports {
        assert_eq!(report.occasion, Occasion::Session);
        assert!(report.local_id.contains(number), "{report:?}");
        assert_eq!(report.local.loss_percent, Some(0.0));
        assert_eq!(report.local.round_trip_ms, Some(20.0));
        let other = report.remote.expect("the other end's report came");
        assert_eq!(other.loss_percent, Some(0.0));
        assert_eq!(other.round_trip_ms, Some(20.0));
    }
    let ssrcs = |at: usize| (reports[at].1.local_ssrc, reports[at].1.remote_ssrc);
    let (a, b) = (ssrcs(0), ssrcs(1));
    assert_eq!((a.0, a.1), (b.1, b.0), "each heard the other");
    let texts: Vec<_> = net.pbx.reports.iter().map(|(_, body)| body).collect();
    let text = String::from_utf8_lossy(texts[0]);
    assert!(text.contains("START=1970-01-01T00:00:0"), "{text}");
}

/// One alert for a figure that stays beyond its threshold.
#[test]
fn a_poor_call_is_reported_before_its_end_and_once() {
    let config = ClientConfig {
        quality: QualityReports {
            // Nothing is as good as this.
            alert_mos_below: Some(4.5),
            ..QualityReports::default()
        },
        ..ClientConfig::default()
    };
    let mut net = Net::registered(2, &config);
    let (_, call) = talk(&mut net, 0, 1);
    net.run(8 * SECOND);
    assert!(published(&net).is_empty(), "too early to judge");
    net.run(120 * SECOND);
    let metric = "MOSLQ".to_owned();
    let alert = Occasion::Alert { metric };
    let occasions = |net: &Net| -> Vec<Occasion> {
        let reports = published(net).into_iter();
        reports.map(|(_, report)| report.occasion).collect()
    };
    assert_eq!(occasions(&net), [alert.clone(), alert.clone()]);
    net.tell(1, Command::HangUp { call });
    net.run(2 * SECOND);
    let session = Occasion::Session;
    assert_eq!(
        occasions(&net),
        [alert.clone(), alert, session.clone(), session]
    );
}

#[test]
fn who_refuses_is_left_alone_until_the_next_login() {
    for verdict in [489, 405, 501, 403] {
        let mut net = Net::registered(2, &ClientConfig::default());
        net.pbx.report_verdict = verdict;
        call(&mut net, 5 * SECOND);
        assert_eq!(net.pbx.reports.len(), 2, "{verdict}");
        net.pbx.report_verdict = 200;
        call(&mut net, 5 * SECOND);
        assert_eq!(net.pbx.reports.len(), 2, "{verdict}");
        net.tell(0, Command::LogOut);
        net.run(SECOND);
        net.log_in(0);
        net.run(SECOND);
        call(&mut net, 5 * SECOND);
        assert_eq!(net.pbx.reports.len(), 3, "{verdict}");
    }
}

#[test]
fn trouble_is_tried_once_more_and_no_more() {
    let mut net = Net::registered(2, &ClientConfig::default());
    net.pbx.report_verdict = 503;
    call(&mut net, 5 * SECOND);
    assert_eq!(net.pbx.reports.len(), 2);
    net.run(300 * SECOND);
    assert_eq!(net.pbx.reports.len(), 4);
    // The next call is reported all the same.
    net.pbx.report_verdict = 200;
    call(&mut net, 5 * SECOND);
    assert_eq!(net.pbx.reports.len(), 6);
    net.tell(0, Command::LogOut);
    net.run(80 * SECOND);
    assert!(net.parties[0].client.is_idle());
}

#[test]
fn nothing_is_reported_where_nobody_collects() {
    let config = ClientConfig {
        quality: QualityReports {
            to: ReportTo::Nobody,
            ..QualityReports::default()
        },
        ..ClientConfig::default()
    };
    let mut net = Net::registered(2, &config);
    call(&mut net, 5 * SECOND);
    assert!(net.pbx.reports.is_empty());
}
