//! Reports of quality at the core: who may publish, what is kept, and what is refused (RFC 6035, RFC 3903).

use proptest::prelude::*;
use sim_ipoffice::quality_log::REPORTS_MAX;
use sip::event::RequestId;
use sip::message::Method;
use sip::user_agent::{Body, Event, Login, Outgoing, Transport};
use sip::{Headers, Name, Response};

use crate::town::{Town, address, three_users};

const KIND: &str = "application/vq-rtcpxr";
const REPORT: &str = "VQSessionReport: CallTerm\r\nCallID: 1@a\r\nLocalID: <sip:201@ipo>\r\nRemoteID: <sip:202@ipo>\r\n\
                      LocalMetrics:\r\nPacketLoss: NLR=1.5 JDR=0.0\r\nQualityEst: MOSLQ=4.1 MOSCQ=4.0\r\n";

fn publish(
    town: &mut Town,
    event: &str,
    kind: &str,
    body: &[u8],
    more: &[(Name, &str)],
) -> RequestId {
    let mut headers = Headers::new();
    headers.push(Name::Event, event);
    for (name, value) in more {
        headers.push(*name, *value);
    }
    let own = town.phones[0].extension.clone();
    let outgoing = Outgoing {
        hop: town.hop(0),
        method: Method::Publish,
        uri: address(&own).uri,
        from: address(&own),
        to: address(&own),
        call_id: None,
        number: 1,
        has_contact: false,
        headers,
        body: Some(Body {
            content_type: kind.to_owned(),
            bytes: body.to_vec().into(),
        }),
        login: Some(Login::new(own, town.phones[0].password.clone())),
    };
    let request = town.act(0, |now, agent| agent.request(now, outgoing));
    town.run(1_000);
    request
}

fn answer(town: &Town, request: RequestId) -> &Response {
    let found = town.phones[0].events.iter().find_map(|event| match event {
        Event::Response {
            request: of,
            response,
        } if *of == request => Some(response),
        _ => None,
    });
    found.expect("an answer")
}

fn registered() -> Town {
    let mut town = Town::new(three_users());
    town.registered("201", "Deskphone/1", Transport::Udp);
    town
}

fn kept(town: &Town) -> Vec<(String, Option<f64>)> {
    let reports = town.office.quality_log().of("201");
    reports
        .map(|kept| (kept.report.call_id.clone(), kept.report.local.loss_percent))
        .collect()
}

#[test]
fn a_report_of_a_registered_user_is_kept_and_noted() {
    let mut town = registered();
    let request = publish(&mut town, "vq-rtcpxr", KIND, REPORT.as_bytes(), &[]);
    let response = answer(&town, request);
    assert_eq!(response.status, 200);
    assert_eq!(response.headers.get(Name::Expires), Some("0"));
    assert!(response.headers.contains(Name::SipETag));
    assert_eq!(kept(&town), [("1@a".to_owned(), Some(1.5))]);
    let line = "201: session 1@a NLR=1.5 JDR=0 MOSLQ=4.1 MOSCQ=4".to_owned();
    assert!(town.notes.contains(&line), "{:?}", town.notes);
    assert_eq!(town.office.quality_log().of("202").count(), 0);
}

#[test]
fn only_the_last_reports_of_a_user_are_kept() {
    let mut town = registered();
    for number in 0..REPORTS_MAX + 3 {
        let body = REPORT.replace("1@a", &number.to_string());
        publish(&mut town, "vq-rtcpxr", KIND, body.as_bytes(), &[]);
    }
    let kept = kept(&town);
    assert_eq!((kept.len(), kept[0].0.as_str()), (REPORTS_MAX, "3"));
    assert_eq!(town.office.quality_log().total(), REPORTS_MAX as u64 + 3);
}

#[test]
fn what_is_no_report_of_a_registered_user_is_refused() {
    let mut town = registered();
    let good = REPORT.as_bytes();
    let tag = [(Name::SipIfMatch, "1")];
    let packed = [(Name::ContentEncoding, "gzip")];
    for (event, kind, body, more, status) in [
        ("presence", KIND, good, &[][..], 489),
        ("vq-rtcpxr", "text/plain", good, &[], 415),
        ("vq-rtcpxr", KIND, good, &packed, 415),
        ("vq-rtcpxr", KIND, good, &tag, 412),
        (
            "vq-rtcpxr",
            KIND,
            b"VQSessionReport: CallTerm\r\n",
            &[],
            400,
        ),
    ] {
        let request = publish(&mut town, event, kind, body, more);
        assert_eq!(answer(&town, request).status, status, "{event} {kind}");
    }
    assert_eq!(kept(&town), []);
    town.phones[0].password = "wrong".to_owned();
    let request = publish(&mut town, "vq-rtcpxr", KIND, good, &[]);
    assert_eq!(answer(&town, request).status, 401);

    let mut town = Town::new(three_users());
    town.phone("201", "Deskphone/1", Transport::Udp);
    let request = publish(&mut town, "vq-rtcpxr", KIND, good, &[]);
    assert_eq!(answer(&town, request).status, 403, "not registered");

    let mut config = three_users();
    config.quality_reports = false;
    let mut town = Town::new(config);
    town.registered("201", "Deskphone/1", Transport::Udp);
    let request = publish(&mut town, "vq-rtcpxr", KIND, good, &[]);
    let response = answer(&town, request);
    assert_eq!(response.status, 489);
    assert_eq!(
        response.headers.get(Name::AllowEvents),
        Some("message-summary")
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_body_is_answered(body in prop::collection::vec(any::<u8>(), 0..600)) {
        let mut town = registered();
        let request = publish(&mut town, "vq-rtcpxr", KIND, &body, &[]);
        prop_assert_eq!(answer(&town, request).status, 400);
    }
}
