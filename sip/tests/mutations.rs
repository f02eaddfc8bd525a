//! Broken messages: whatever bytes come, no panic; whatever is read, is written and read again the same.

use bytes::Bytes;
use proptest::prelude::*;
use sip::framing::{Frame, StreamFramer, datagram};
use sip::message::refuse;
use sip::{Message, Name};

const SEEDS: [&str; 3] = [
    "INVITE sip:bob@[2001:db8::1]:5062;transport=tcp;lr SIP/2.0\r\nVia: SIP/2.0/TCP [2001:db8::9]:5060;branch=z9hG4bKa;rport\r\n\
     v: SIP/2.0/UDP a.example ; branch = z9hG4bKb, SIP/2.0/TLS b.example\r\nMax-Forwards: 70\r\n\
     f: \"A \\\"q\\\" \\\\, <b>\" <sip:alice@a.example>;tag=1;x=\"y;z\"\r\nTo: Bob\r\n <sip:bob@b.example>\r\ni: 1@a.example\r\n\
     CSeq: 1 INVITE\r\nm: <sip:alice@a.example:5060;ob>;+sip.instance=\"<urn:uuid:0>\";q=0.5, <tel:+1-201>\r\n\
     Route: <sip:p1;lr>, <sip:p2;lr>\r\nReason: SIP;cause=200;text=\"x\"\r\nSession-Expires: 1800;refresher=uac\r\n\
     Authorization: Digest username=\"a\", realm=\"b\", nonce=\"c\", uri=\"sip:x\", response=\"d\", qop=auth, nc=00000001, cnonce=\"e\"\r\n\
     Content-Type: application/sdp\r\nl: 5\r\n\r\nv=0\r\n",
    "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1;received=192.0.2.1;rport=9\r\nFrom: <sip:a@h>;tag=1\r\n\
     To: <sip:b@h>;tag=2\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\nReplaces: y;to-tag=1;from-tag=2\r\nEvent: dialog;id=1\r\nContent-Length: 0\r\n\r\n",
    "REGISTER sip:h SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nFrom: sip:a@h;tag=1\r\nTo: sip:a@h\r\nCall-ID: x\r\nCSeq: 1 REGISTER\r\n\
     Contact: *\r\nExpires: 0\r\n\r\n",
];

/// A seed with some bytes overwritten, pieces cut out, doubled or put elsewhere.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let change = (
        0u8..4,
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        interesting(),
    );
    (
        prop::sample::select(SEEDS.to_vec()),
        prop::collection::vec(change, 0..6),
    )
        .prop_map(|(seed, changes)| {
            let mut bytes = seed.as_bytes().to_vec();
            for (kind, at, length, piece) in changes {
                let at = at.index(bytes.len() + 1);
                let end = (at + length.index(24)).min(bytes.len());
                match kind {
                    0 => drop(bytes.splice(at..end, piece)),
                    1 => drop(bytes.drain(at..end)),
                    2 => drop(bytes.splice(at..at, piece)),
                    _ => {
                        let copy = bytes[at..end].to_vec();
                        bytes.splice(at..at, copy);
                    }
                }
            }
            bytes
        })
}

fn interesting() -> impl Strategy<Value = Vec<u8>> {
    let words = [
        "\r\n",
        "\r\n\r\n",
        "\r",
        "\n",
        "\0",
        "\"",
        "\\",
        "<",
        ">",
        ";",
        ",",
        ":",
        "@",
        "%",
        "%0",
        "[",
        "]",
        " ",
        "\t",
        "\r\n ",
        "=",
        "?",
        "é",
        "\u{fffd}",
        "-1",
        "99999999999999999999",
        "l: 4\r\n",
        "SIP/2.0",
        "*",
    ];
    prop_oneof![
        prop::sample::select(words.to_vec()).prop_map(|word| word.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 1..8),
    ]
}

fn read_all(message: &Message) {
    let headers = message.headers();
    let _ = (
        message.validate(),
        headers.via(),
        headers.vias(),
        headers.from(),
        headers.to(),
        headers.call_id(),
    );
    let _ = (
        headers.cseq(),
        headers.contacts(),
        headers.routes(),
        headers.record_routes(),
        headers.max_forwards(),
    );
    let _ = (
        headers.expires(),
        headers.content_length(),
        headers.content_type(),
        headers.reasons(),
        headers.event(),
    );
    let _ = (
        headers.session_expires(),
        headers.replaces(),
        headers.refer_to(),
        headers.subscription_state(),
    );
    let _ = (
        headers.credentials(Name::Authorization),
        headers.challenges(Name::WwwAuthenticate),
        headers.rack(),
    );
    if let Ok(contact) = headers.contact() {
        let _ = (
            contact.q_thousandths(),
            contact.expires_s(),
            contact.uri.user(),
            contact.uri.host_ip(),
        );
        assert_eq!(
            contact.to_string().parse().as_ref(),
            Ok(&contact),
            "a typed value is written as it was read"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn no_panic_and_a_stable_round_trip(bytes in mutated()) {
        match Message::parse(&bytes) {
            Ok(message) => {
                read_all(&message);
                let written = message.write();
                let again = Message::parse(&written).unwrap();
                prop_assert_eq!(again.write(), written);
                prop_assert_eq!(again.body(), message.body());
                let _ = rsip::SipMessage::try_from(&message);
            }
            Err(error) => drop(refuse(&bytes, &error)),
        }
    }

    #[test]
    fn headers_can_be_changed_without_harm(bytes in mutated(), name in "[A-Za-z-]{1,12}", value in "\\PC{0,20}") {
        if let Ok(mut message) = Message::parse(&bytes) {
            let headers = message.headers_mut();
            headers.remove_first(Name::Via);
            headers.replace_first(Name::Contact, "<sip:new@h>");
            headers.push(name.as_str(), &value);
            headers.set(Name::To, "<sip:set@h>;tag=9");
            let written = message.write();
            let again = Message::parse(&written).unwrap();
            let to = again.headers().to().unwrap();
            prop_assert_eq!(to.tag(), Some("9"));
        }
    }

    #[test]
    fn a_stream_of_broken_messages_ends_or_goes_on(bytes in mutated(), cut in 1usize..64) {
        let mut framer = StreamFramer::accepted();
        'stream: for chunk in bytes.chunks(cut) {
            framer.push(chunk);
            loop {
                match framer.next() {
                    Ok(Some(Frame::Message(message))) => read_all(&message),
                    Ok(Some(_)) => {}
                    Ok(None) => break,
                    Err(_) => break 'stream,
                }
            }
        }
        let _ = datagram(Bytes::from(bytes));
    }
}
