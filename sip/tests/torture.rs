//! Torture of our own: messages of the same classes as RFC 4475's, in our own words, and what an agent does with each.

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "a test: most events are of no interest to a check"
)]

#[path = "rfc4475/agent.rs"]
mod agent;

use agent::answer_to;

/// An ordinary request of a method, as a client of RFC 3261 writes it.
fn ordinary(method: &str) -> String {
    format!(
        "{method} sip:lamp@house.example SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKfirefly\r\n\
         Max-Forwards: 70\r\nFrom: \"Moth\" <sip:moth@night.example>;tag=wing\r\nTo: <sip:lamp@house.example>\r\n\
         Call-ID: dusk@night.example\r\nCSeq: 41 {method}\r\nContact: <sip:moth@192.0.2.2>\r\nContent-Length: 0\r\n\r\n"
    )
}

/// The same with one text in the place of another.
fn with(method: &str, old: &str, new: &str) -> String {
    let text = ordinary(method);
    assert!(text.contains(old), "{old:?} stands in the ordinary request");
    text.replacen(old, new, 1)
}

fn with_body(method: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    with(
        method,
        "Content-Length: 0\r\n\r\n",
        &format!("{headers}Content-Length: {length}\r\n\r\n{body}"),
    )
}

fn assert_answers(cases: &[(&str, String, &str)]) {
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(what, text, expected)| {
            let came = answer_to(text.as_bytes());
            (came != *expected).then(|| format!("{what}: expected {expected}, came {came}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// RFC 4475 §3.1.1: odd but right.
#[test]
fn what_looks_odd_and_is_right_is_taken() {
    let folded = "Subject: over\r\n\tthree\r\n  lines\r\nMax-Forwards";
    let via = "Via: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKfirefly\r\n";
    assert_answers(&[
        ("folded lines", with("OPTIONS", "Max-Forwards", folded), "request"),
        (
            "space round colon, slash and semicolon",
            with("OPTIONS", via, "Via :  SIP / 2.0 / UDP 192.0.2.2:5060 ;\r\n branch = z9hG4bKfirefly\r\n"),
            "request",
        ),
        (
            "compact names",
            ordinary("OPTIONS").replace("Via:", "v:").replace("From:", "f:").replace("To:", "t:").replace("Call-ID:", "i:").replace("Content-Length:", "l:"),
            "request",
        ),
        ("names in any case", with("OPTIONS", "CSeq:", "cSEQ:"), "request"),
        ("zeros before a number", with("OPTIONS", "Max-Forwards: 70", "Max-Forwards: 0070"), "request"),
        (
            "escapes in a quoted name",
            with("OPTIONS", "\"Moth\"", "\"M\\\"o\\\\th, <b>; x\""),
            "request",
        ),
        ("a name without space before the bracket", with("OPTIONS", "\"Moth\" <", "Moth<"), "request"),
        ("no name at all", with("OPTIONS", "\"Moth\" <", "\"\"<"), "request"),
        (
            "parameters in the user part",
            with("OPTIONS", "sip:lamp@", "sip:lamp;wick=2@"),
            "request",
        ),
        ("escapes in the user part", with("OPTIONS", "sip:lamp@", "sip:%6Camp%00@"), "request"),
        ("a method nobody knows", ordinary("KINDLE"), "501"),
        ("a method with strange letters", ordinary("A-!%*_+`'~z"), "501"),
        ("methods have no escapes", ordinary("OPTION%53"), "501"),
        ("octets after the end", ordinary("OPTIONS") + "INVITE sip:x SIP/2.0\r\n\r\n", "request"),
        ("unknown transports below", with("OPTIONS", via, &format!("{via}Via: SIP/2.0/MOON a.example, SIP/2.0/SCTP b.example\r\n")), "request"),
        ("several kinds of body in one", with_body("MESSAGE", "Content-Type: multipart/mixed;boundary=x\r\n", "--x\r\n\r\nhi\r\n--x--\r\n"), "request"),
        ("a header nobody knows", with("OPTIONS", "Max-Forwards", "X-Wax: \u{1F56F} ;;,\"\r\nMax-Forwards"), "request"),
        ("an answer that nobody asked for", "SIP/2.0 200 \r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKnot\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: n\r\nCSeq: 1 OPTIONS\r\n\r\n".to_owned(), "nothing"),
    ]);
}

/// RFC 4475 §3.1.2: broken, and refused where there is somebody to tell.
#[test]
fn what_is_broken_is_refused() {
    assert_answers(&[
        (
            "separators without values",
            with(
                "INVITE",
                ";branch=z9hG4bKfirefly",
                ";;branch=z9hG4bKfirefly",
            ),
            "400",
        ),
        (
            "more announced than sent",
            with("INVITE", "Content-Length: 0", "Content-Length: 1000"),
            "400",
        ),
        (
            "less than nothing announced",
            with("INVITE", "Content-Length: 0", "Content-Length: -1"),
            "400",
        ),
        (
            "a number beyond all bounds",
            with("OPTIONS", "CSeq: 41", "CSeq: 99999999999999999999"),
            "400",
        ),
        (
            "more hops than there are",
            with("OPTIONS", "Max-Forwards: 70", "Max-Forwards: 300"),
            "400",
        ),
        (
            "a quote that does not close",
            with("OPTIONS", "\"Moth\"", "\"Moth"),
            "400",
        ),
        (
            "brackets round the Request-URI",
            with(
                "OPTIONS",
                "sip:lamp@house.example SIP",
                "<sip:lamp@house.example> SIP",
            ),
            "400",
        ),
        (
            "space in the Request-URI",
            with(
                "OPTIONS",
                "sip:lamp@house.example SIP",
                "sip:lamp@house.example; lr SIP",
            ),
            "400",
        ),
        (
            "two spaces in the first line",
            with("OPTIONS", "OPTIONS sip", "OPTIONS  sip"),
            "400",
        ),
        (
            "space after the first line",
            with("OPTIONS", "SIP/2.0\r\nVia", "SIP/2.0 \r\nVia"),
            "400",
        ),
        (
            "headers in the Request-URI",
            with(
                "OPTIONS",
                "house.example SIP",
                "house.example?Subject=x SIP",
            ),
            "400",
        ),
        (
            "headers in a bare Contact",
            with(
                "REGISTER",
                "<sip:moth@192.0.2.2>",
                "sip:moth@192.0.2.2?Route=%3Csip:x%3E",
            ),
            "400",
        ),
        (
            "space within brackets",
            with(
                "OPTIONS",
                "To: <sip:lamp@house.example>",
                "To: < sip:lamp@house.example >",
            ),
            "400",
        ),
        (
            "a comma in a bare name",
            with("OPTIONS", "\"Moth\" <", "Moth, Night <"),
            "400",
        ),
        (
            "another version",
            with("OPTIONS", "SIP/2.0\r\nVia", "SIP/3.1\r\nVia"),
            "505",
        ),
        (
            "methods that differ",
            with("OPTIONS", "41 OPTIONS", "41 INVITE"),
            "400",
        ),
        (
            "unknown methods that differ",
            with("KINDLE", "41 KINDLE", "41 DOUSE"),
            "400",
        ),
        (
            "a status beyond all bounds",
            ordinary("OPTIONS").replacen(
                "OPTIONS sip:lamp@house.example SIP/2.0",
                "SIP/2.0 70000 What",
                1,
            ),
            "nothing",
        ),
        (
            "an answer with a number beyond all bounds",
            ordinary("OPTIONS")
                .replacen(
                    "OPTIONS sip:lamp@house.example SIP/2.0",
                    "SIP/2.0 200 OK",
                    1,
                )
                .replace("CSeq: 41", "CSeq: 99999999999"),
            "nothing",
        ),
    ]);
}

/// RFC 4475 §3.2 to §3.4: right as messages, and what an element makes of them.
#[test]
fn what_the_layers_above_refuse_is_refused_by_its_status() {
    let sdp = "v=0\r\no=- 1 1 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\nm=audio 9000 RTP/AVP 0\r\n";
    let no_from = with(
        "OPTIONS",
        "From: \"Moth\" <sip:moth@night.example>;tag=wing\r\n",
        "",
    );
    let old = ordinary("INVITE")
        .replace(";branch=z9hG4bKfirefly", "")
        .replace(";tag=wing", "")
        .replace("Contact: <sip:moth@192.0.2.2>\r\n", "")
        .replace("Max-Forwards: 70\r\n", "");
    let two = "From: <sip:other@night.example>;tag=two\r\nTo:";
    assert_answers(&[
        (
            "a branch without identifier",
            with("OPTIONS", "z9hG4bKfirefly", "z9hG4bK"),
            "request",
        ),
        ("a header that is missing", no_from, "400"),
        (
            "a scheme nobody knows",
            with("OPTIONS", "sip:lamp@house.example SIP", "wick:lamp SIP"),
            "416",
        ),
        (
            "a scheme that is known elsewhere",
            with(
                "OPTIONS",
                "sip:lamp@house.example SIP",
                "http://house.example SIP",
            ),
            "416",
        ),
        (
            "schemes nobody knows in headers",
            with("OPTIONS", "To: <sip:lamp@house.example>", "To: <wick:lamp>"),
            "request",
        ),
        (
            "extensions nobody knows",
            with(
                "OPTIONS",
                "Max-Forwards",
                "Require: flame, smoke\r\nMax-Forwards",
            ),
            "420",
        ),
        (
            "extensions for proxies",
            with(
                "OPTIONS",
                "Max-Forwards",
                "Proxy-Require: flame\r\nMax-Forwards",
            ),
            "request",
        ),
        (
            "an offer in an unknown tongue",
            with_body("INVITE", "Content-Type: application/wax\r\n", "<wax/>"),
            "415",
        ),
        (
            "an offer that is packed",
            with_body(
                "INVITE",
                "Content-Type: application/sdp\r\nContent-Encoding: gzip\r\n",
                "x",
            ),
            "415",
        ),
        (
            "a body that may be left out of account",
            with_body(
                "INVITE",
                "Content-Type: application/wax\r\nContent-Disposition: render;handling=optional\r\n",
                "<wax/>",
            ),
            "call",
        ),
        (
            "an answer in an unknown tongue",
            with_body(
                "INVITE",
                "Accept: text/wax\r\nContent-Type: application/sdp\r\n",
                sdp,
            ),
            "406",
        ),
        (
            "an answer in one of several",
            with_body(
                "INVITE",
                "Accept: text/wax, application/*;q=0.1\r\nContent-Type: application/sdp\r\n",
                sdp,
            ),
            "call",
        ),
        (
            "no hops left, at the end of the way",
            with("OPTIONS", "Max-Forwards: 70", "Max-Forwards: 0"),
            "request",
        ),
        (
            "one header that comes twice",
            with("OPTIONS", "To:", two),
            "400",
        ),
        (
            "two lengths",
            with(
                "OPTIONS",
                "Content-Length: 0",
                "Content-Length: 0\r\nContent-Length: 5",
            ),
            "400",
        ),
        (
            "credentials of an unknown scheme",
            with(
                "REGISTER",
                "Max-Forwards",
                "Authorization: Candle light=on\r\nMax-Forwards",
            ),
            "request",
        ),
        ("a client of RFC 2543", old, "call"),
        (
            "a new client without Contact",
            with("INVITE", "Contact: <sip:moth@192.0.2.2>\r\n", ""),
            "400",
        ),
    ]);
}
