use super::*;
use proptest::prelude::*;
use rsip::prelude::{HeadersExt, ToTypedHeader, UntypedHeader};

/// Messages of the kind that `rsip` reads: known methods, sip URIs with names, one value a line, no quotes.
fn subset() -> impl Strategy<Value = String> {
    let method = prop::sample::select(vec![
        "INVITE", "ACK", "BYE", "CANCEL", "REGISTER", "OPTIONS", "UPDATE", "REFER",
    ]);
    let word = "[a-zA-Z][a-zA-Z0-9]{0,8}";
    let via = prop::sample::select(vec!["UDP", "TCP", "TLS"]);
    (
        prop::option::of(100u16..700),
        method,
        (word, word, prop::option::of(1u16..)),
        prop::collection::vec((via, word, word), 1..4),
        (word, word, 1u32..0x7fff_ffff),
        prop::collection::vec((word, "[ -~]{0,20}"), 0..5),
        prop::collection::vec(any::<u8>(), 0..40),
    )
        .prop_map(|(status, method, (user, host, port), vias, (tag, call, number), odd, body)| {
            let port = port.map(|port| format!(":{port}")).unwrap_or_default();
            let mut text = match status {
                Some(status) => format!("SIP/2.0 {status} Some Phrase\r\n"),
                None => format!("{method} sip:{user}@{host}.example{port} SIP/2.0\r\n"),
            };
            for (transport, host, branch) in vias {
                text += &format!("Via: SIP/2.0/{transport} {host}.example:5060;branch=z9hG4bK{branch}\r\n");
            }
            text += &format!("From: <sip:{user}@{host}.example>;tag={tag}\r\nTo: <sip:{user}@{host}.example>\r\n");
            text += &format!("Call-ID: {call}@{host}\r\nCSeq: {number} {method}\r\nMax-Forwards: 70\r\n");
            for (name, value) in odd {
                text += &format!("X-{name}: {}\r\n", value.trim());
            }
            text + &format!("Content-Length: {}\r\n\r\n{}", body.len(), String::from_utf8_lossy(&body).replace('\u{fffd}', "?"))
        })
        .prop_map(|text| {
            // The body's length in bytes after the replacement.
            let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
            let head = head.rsplit_once("Content-Length").map_or(head, |(head, _)| head);
            format!("{head}Content-Length: {}\r\n\r\n{body}", body.len())
        })
}

proptest! {
    #[test]
    fn both_codecs_read_the_same(text in subset()) {
        let ours = Message::parse(text.as_bytes()).unwrap();
        let theirs = rsip::SipMessage::try_from(text.as_bytes()).unwrap();
        let theirs_read = Message::try_from(&theirs).unwrap();
        let lines = |message: &Message| -> Vec<(String, String)> {
            message.headers().fields().map(|field| (field.name_text().to_owned(), field.text().to_owned())).collect()
        };
        prop_assert_eq!(lines(&ours), lines(&theirs_read));
        prop_assert_eq!(ours.body(), theirs_read.body());
        match (&ours, &theirs_read) {
            (Message::Request(ours), Message::Request(theirs)) => {
                prop_assert_eq!((&ours.method, &ours.uri), (&theirs.method, &theirs.uri));
            }
            (Message::Response(ours), Message::Response(theirs)) => prop_assert_eq!(ours.status, theirs.status),
            _ => prop_assert!(false, "one read a request, the other a response"),
        }
        prop_assert_eq!(rsip::SipMessage::try_from(&ours).unwrap(), theirs.clone());
        let via = theirs.via_header().unwrap().typed().unwrap();
        let ours_via = ours.headers().via().unwrap();
        prop_assert_eq!(via.branch().map(|branch| branch.to_string()), ours_via.branch().map(str::to_owned));
        let (cseq, from) = (theirs.cseq_header().unwrap(), theirs.from_header().unwrap());
        prop_assert_eq!(cseq.seq().unwrap(), ours.headers().cseq().unwrap().number);
        let tag = from.tag().unwrap().map(|tag| tag.to_string());
        let ours_from = ours.headers().from().unwrap();
        prop_assert_eq!(tag.as_deref(), ours_from.tag());
        prop_assert_eq!(theirs.call_id_header().unwrap().value(), ours.headers().call_id().unwrap());
    }
}

#[test]
fn what_rsip_cannot_hold_is_a_clear_error() {
    for text in [
        "ODD sip:a@h SIP/2.0\r\n\r\n",
        "OPTIONS sip:a@[::1] SIP/2.0\r\n\r\n",
    ] {
        let message = Message::parse(text.as_bytes()).unwrap();
        assert!(
            matches!(
                rsip::SipMessage::try_from(&message),
                Err(InteropError::Rsip(_))
            ),
            "{text}"
        );
    }
}

#[test]
fn compact_names_folds_and_lists_are_written_out_for_rsip() {
    let text = "OPTIONS sip:a@h SIP/2.0\r\nv: SIP/2.0/UDP a;branch=z9hG4bK1, SIP/2.0/UDP b;branch=z9hG4bK2\r\ni: 1\r\n 2\r\n\r\n";
    let rsip = rsip::SipMessage::try_from(&Message::parse(text.as_bytes()).unwrap()).unwrap();
    assert_eq!(
        rsip.via_header().unwrap().value(),
        "SIP/2.0/UDP a;branch=z9hG4bK1"
    );
    assert_eq!(rsip.call_id_header().unwrap().value(), "1 2");
}
