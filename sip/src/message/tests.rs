use super::*;
use crate::header::Name;

const INVITE: &str = "INVITE sip:bob@example.com SIP/2.0\r\n\
    Via: SIP/2.0/UDP pc.example.com;branch=z9hG4bK776\r\nMax-Forwards: 70\r\nTo: Bob <sip:bob@example.com>\r\n\
    From: Alice <sip:alice@example.com>;tag=19\r\nCall-ID: a84b4c76e66710\r\nCSeq: 314159 INVITE\r\n\
    X-Odd :  kept  as it is \r\nContent-Length: 4\r\n\r\nbody";

#[test]
fn an_untouched_message_leaves_as_it_came() {
    let message = Message::parse(INVITE.as_bytes()).unwrap();
    assert_eq!(message.write(), INVITE.as_bytes());
    assert_eq!(message.validate(), Ok(()));
    let response = "SIP/2.0 200 Fine By Me\r\nv: SIP/2.0/UDP a\r\nl: 3\r\n\r\n\u{0}\u{1}\u{2}";
    assert_eq!(
        Message::parse(response.as_bytes()).unwrap().write(),
        response.as_bytes()
    );
}

#[test]
fn content_length_bounds_and_is_corrected() {
    let trailing = format!("\r\n\r\n{INVITE}trailing");
    let Message::Request(mut request) = Message::parse(trailing.as_bytes()).unwrap() else {
        panic!()
    };
    assert_eq!(&request.body[..], b"body");
    request.body = Bytes::from_static(b"longer body");
    let written = request.write();
    assert_eq!(
        Message::parse(&written).unwrap().headers().content_length(),
        Ok(Some(11))
    );
    request.headers.remove(Name::ContentLength);
    assert!(String::from_utf8_lossy(&request.write()).contains("Content-Length: 11\r\n\r\nlonger"));
}

#[test]
fn a_response_repeats_what_it_must() {
    let Message::Request(request) = Message::parse(INVITE.as_bytes()).unwrap() else {
        panic!()
    };
    let response = request.response(486);
    assert_eq!(
        (response.status, &response.reason[..]),
        (486, &b"Busy Here"[..])
    );
    let names: Vec<_> = response
        .headers
        .fields()
        .filter_map(|field| field.name())
        .collect();
    assert_eq!(
        names,
        [Name::Via, Name::To, Name::From, Name::CallId, Name::CSeq]
    );
}

#[test]
fn what_is_no_message_is_a_clear_error() {
    let error = |text: &str| Message::parse(text.as_bytes()).unwrap_err().to_string();
    let cases = [
        "",
        "\r\n\r\n",
        "INVITE sip:a@h SIP/2.0\r\n",
        "INVITE  sip:a@h SIP/2.0\r\n\r\n",
        "INVITE sip:a@h SIP/7.0\r\n\r\n",
        "INVITE <sip:a@h> SIP/2.0\r\n\r\n",
        "SIP/2.0 99 x\r\n\r\n",
        "SIP/2.0 4294967301 x\r\n\r\n",
        "A sip:a@h SIP/2.0\r\nx\r\n\r\n",
        "A sip:a@h SIP/2.0\r\n: x\r\n\r\n",
        "A sip:a@h SIP/2.0\r\nl: -1\r\n\r\n",
        "A sip:a@h SIP/2.0\r\nl: 1\r\nl: 2\r\n\r\nab",
        "A sip:a@h SIP/2.0\r\nl: 9\r\n\r\nab",
        "A sip:a@h SIP/2.0\nTo: x\r\n\r\n",
        "A sip:a@h SIP/2.0\r\nTo: x\ry\r\n\r\n",
    ];
    let table: Vec<String> = cases
        .iter()
        .map(|text| format!("{text:?}: {}", error(text)))
        .collect();
    insta::assert_snapshot!(table.join("\n"));
}

#[test]
fn heads_are_bounded() {
    let long = format!("A sip:a@h SIP/2.0\r\nx: {}\r\n\r\n", "y".repeat(1 << 20));
    assert_eq!(
        Message::parse(long.as_bytes()),
        Err(ParseError::HeadTooLong)
    );
    let many = format!(
        "A sip:a@h SIP/2.0\r\n{}\r\n",
        "x: y\r\n".repeat(HEADERS_MAX + 1)
    );
    assert_eq!(
        Message::parse(many.as_bytes()),
        Err(ParseError::TooManyHeaders)
    );
}

#[test]
fn unreadable_requests_are_refused_where_possible() {
    let bad = INVITE.replacen("SIP/2.0", "SIP/7.0", 1);
    let error = Message::parse(bad.as_bytes()).unwrap_err();
    let response = refuse(bad.as_bytes(), &error).unwrap();
    assert_eq!(
        (response.status, response.headers.cseq().unwrap().number),
        (505, 314_159)
    );
    let ack = bad.replace("INVITE", "ACK");
    assert_eq!(
        refuse(ack.as_bytes(), &Message::parse(ack.as_bytes()).unwrap_err()),
        None
    );
    assert_eq!(
        refuse(
            b"SIP/2.0 999 x\r\n\r\n",
            &Message::parse(b"SIP/2.0 999 x\r\n\r\n").unwrap_err()
        ),
        None
    );
}
