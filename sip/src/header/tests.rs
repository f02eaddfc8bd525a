use super::*;
use crate::message::{Message, Method};

fn headers(lines: &str) -> Headers {
    let text = format!("OPTIONS sip:a@h SIP/2.0\r\n{lines}\r\n");
    match Message::parse(text.as_bytes()) {
        Ok(message) => message.headers().clone(),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn finds_long_and_compact_names_in_any_case() {
    let headers = headers(
        "v: SIP/2.0/UDP a;branch=1\r\nVIA: SIP/2.0/TCP b, SIP/2.0/TLS c:5061 ;x\r\nx-a  : 1\r\nX-A:2\r\n",
    );
    let hosts: Vec<String> = headers
        .vias()
        .unwrap()
        .into_iter()
        .map(|via| via.host)
        .collect();
    assert_eq!(hosts, ["a", "b", "c"]);
    assert_eq!(headers.all("X-a").collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(
        (headers.get(Name::Via), headers.count("Via")),
        (Some("SIP/2.0/UDP a;branch=1"), 2)
    );
}

#[test]
fn folded_lines_read_as_one_and_leave_as_they_came() {
    let headers = headers("Subject: first\r\n \t second\r\nTo:\r\n <sip:a@h>;tag\r\n\t=1\r\n");
    assert_eq!(headers.get("s"), Some("first second"));
    assert_eq!(headers.to().unwrap().tag(), Some("1"));
    let mut out = bytes::BytesMut::new();
    headers.fields().next().unwrap().write_into(&mut out);
    assert_eq!(&out[..], b"Subject: first\r\n \t second");
}

#[test]
fn set_replaces_in_place_and_values_cannot_inject() {
    let mut headers = headers("a: 1\r\nTo: x\r\nt: y\r\nb: 2\r\n");
    headers.set(Name::To, "<sip:z@h>\r\nEvil: 1");
    let names: Vec<&str> = headers.fields().map(Field::name_text).collect();
    assert_eq!(names, ["a", "To", "b"]);
    assert_eq!(headers.get(Name::To), Some("<sip:z@h>  Evil: 1"));
    assert_eq!((headers.remove("b"), headers.len()), (1, 2));
    headers.push_front(Name::To, "first");
    assert_eq!(
        headers.lines("To").collect::<Vec<_>>(),
        ["first", "<sip:z@h>  Evil: 1"]
    );
}

#[test]
fn first_of_a_comma_list_comes_and_goes_alone() {
    let mut headers =
        headers("Route: \"a,b\" <sip:x;lr>,  <sip:y,z;lr> , <sip:w>\r\nRoute: <sip:v>\r\n");
    assert_eq!(
        headers.remove_first("Route").as_deref(),
        Some("\"a,b\" <sip:x;lr>")
    );
    assert_eq!(headers.get("Route"), Some("<sip:y,z;lr> , <sip:w>"));
    headers.replace_first("Route", "<sip:new>");
    assert_eq!(
        headers.all("Route").collect::<Vec<_>>(),
        ["<sip:new>", "<sip:w>", "<sip:v>"]
    );
    for _ in 0..3 {
        assert!(headers.remove_first("Route").is_some());
    }
    assert_eq!(headers.remove_first("Route"), None);
}

#[test]
fn name_addr_shapes() {
    let read = |text: &str| text.parse::<NameAddr>();
    let quoted =
        read(r#""A \"q\" \\, <b>" <sip:a@h;lr>;tag=1;+sip.instance="<urn:uuid:x>" ; z"#).unwrap();
    assert_eq!(quoted.display.as_deref(), Some(r#"A "q" \, <b>"#));
    assert_eq!(quoted.tag(), Some("1"));
    assert_eq!(
        quoted.params.value("+SIP.instance").as_deref(),
        Some("<urn:uuid:x>")
    );
    assert_eq!(quoted.to_string().parse::<NameAddr>().unwrap(), quoted);
    let bare = read("sip:a@h;tag=2").unwrap();
    assert_eq!((bare.uri.as_str(), bare.tag()), ("sip:a@h", Some("2")));
    assert_eq!(
        read("Some One<tel:+1>;q=0.25").unwrap().q_thousandths(),
        250
    );
    for bad in [
        "",
        "\"open <sip:a@h>",
        "a, b <sip:a@h>",
        "<sip:a@h",
        "sip:a@h?x=y",
        "\"x\" sip:a@h",
        "<sip:a@h> ;=1",
    ] {
        assert!(read(bad).is_err(), "{bad}");
    }
}

#[test]
fn via_shapes() {
    let via: Via =
        "SIP / 2.0 /  UDP  [2001:db8::1] : 5062 ; received = 192.0.2.9; branch=z9hG4bKx;rport"
            .parse()
            .unwrap();
    assert_eq!(
        (via.transport.as_str(), via.host.as_str(), via.port),
        ("UDP", "[2001:db8::1]", Some(5062))
    );
    assert_eq!((via.branch(), via.rport()), (Some("z9hG4bKx"), Some(None)));
    assert_eq!(via.received(), Some("192.0.2.9".parse().unwrap()));
    let mut fresh = Via::new("TCP", "h", None, "z9hG4bK1");
    fresh.set_received("192.0.2.1".parse().unwrap(), 4000);
    assert_eq!(
        fresh.to_string(),
        "SIP/2.0/TCP h;branch=z9hG4bK1;rport=4000;received=192.0.2.1"
    );
    for bad in [
        "",
        "SIP/2.0/UDP",
        "SIP/2.0/UDP ",
        "SIP/3.0/UDP a",
        "SIP/2.0/UDP a:b",
        "SIP/2.0/UDP [::1",
        "SIP/2.0/UDP a;;b",
    ] {
        assert!(bad.parse::<Via>().is_err(), "{bad}");
    }
}

#[test]
fn lesser_headers() {
    let headers = headers(
        "CSeq: 0009  INVITE\r\nRAck: 3 9 INVITE\r\nReason: Q.850;cause=26 , SIP;cause=200;text=\"Call completed elsewhere\"\r\n\
         x: 90;refresher=UAC\r\nMin-SE: 90;a\r\nRetry-After: 18 (busy);duration=9\r\nEvent: dialog;id=7\r\n\
         Subscription-State: active;expires=60\r\nReplaces: 1@h;to-tag=a;from-tag=b;early-only\r\nExpires: 99999999999\r\n\
         Supported: path, Outbound\r\nc: Application/SDP;charset=x\r\nContact: *\r\n",
    );
    assert_eq!(headers.cseq().unwrap(), CSeq::new(9, Method::Invite));
    assert_eq!(headers.rack().unwrap().to_string(), "3 9 INVITE");
    let reasons = headers.reasons();
    assert_eq!(
        (reasons[0].cause(), reasons[1].cause()),
        (Some(26), Some(200))
    );
    assert_eq!(
        reasons[1].text().as_deref(),
        Some("Call completed elsewhere")
    );
    assert_eq!(
        Reason::sip(200, "a b").to_string(),
        "SIP;cause=200;text=\"a b\""
    );
    let interval = headers.session_expires().unwrap().unwrap();
    assert_eq!(
        (interval.interval_s, interval.refresher),
        (90, Some(Refresher::Uac))
    );
    assert_eq!(
        (headers.min_se(), headers.retry_after()),
        (Ok(Some(90)), Ok(Some(18)))
    );
    assert_eq!(headers.event().unwrap().id(), Some("7"));
    assert_eq!(headers.subscription_state().unwrap().expires_s(), Some(60));
    assert!(headers.replaces().unwrap().unwrap().is_early_only());
    assert_eq!(headers.expires(), Ok(Some(u32::MAX)));
    assert!(headers.lists("Supported", "outbound") && !headers.lists("Supported", "out"));
    assert_eq!(headers.content_type().as_deref(), Some("application/sdp"));
    assert_eq!(headers.contacts(), Ok(Contacts::Star));
    assert_eq!(headers.from(), Err(HeaderError::Missing(Name::From)));
    for bad in [
        "-1 INVITE",
        "2147483648 INVITE",
        "1",
        "1 IN VITE",
        "one INVITE",
    ] {
        assert!(bad.parse::<CSeq>().is_err(), "{bad}");
    }
}

#[test]
fn auth_round_trip() {
    let text = r#"Digest realm="a, \"b\"", nonce="x", algorithm=SHA-256, qop="auth,auth-int", stale=false"#;
    let challenge: Challenge = text.parse().unwrap();
    assert_eq!(
        (challenge.get("REALM"), challenge.get("qop")),
        (Some("a, \"b\""), Some("auth,auth-int"))
    );
    assert_eq!(challenge.to_string(), text);
    assert_eq!(
        "NoOneKnowsThisScheme opaque-data=here"
            .parse::<Credentials>()
            .unwrap()
            .get("opaque-data"),
        Some("here")
    );
}
