//! Requests within a dialog that is not confirmed yet: what the one who rings answers.

use super::*;
use crate::message::{Message, Response};

/// An agent that rings, and its tag.
struct Callee {
    agent: UserAgent,
    session: SessionId,
    tag: String,
}

fn request(method: &str, number: u32, tag: &str, body: &str) -> String {
    let kind = if body.is_empty() {
        ""
    } else {
        "Content-Type: application/sdp\r\n"
    };
    // The CANCEL has the branch of its INVITE.
    let branch = if method == "CANCEL" { 1 } else { number };
    format!(
        "{method} sip:202@10.0.0.2 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK{branch};rport\r\nMax-Forwards: 70\r\n\
         From: <sip:201@10.0.0.1>;tag=a\r\nTo: <sip:202@10.0.0.2>{tag}\r\nCall-ID: early\r\nCSeq: {number} {method}\r\n\
         Contact: <sip:201@10.0.0.1>\r\n{kind}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn hears(agent: &mut UserAgent, text: String) -> (Vec<Response>, Vec<Event>) {
    let input = Input::Datagram {
        flow: FlowId(0),
        source: "10.0.0.1:5060".parse().unwrap(),
        bytes: text.into_bytes().into(),
    };
    agent.handle(Duration::ZERO, input);
    let (mut responses, mut events) = (Vec::new(), Vec::new());
    loop {
        match agent.poll() {
            Output::SendTo { bytes, .. } => match Message::parse(&bytes).unwrap() {
                Message::Response(response) => responses.push(response),
                Message::Request(request) => panic!("unexpected {}", request.method),
            },
            Output::Event(event) => events.push(event),
            Output::Wait(_) => return (responses, events),
            _ => {}
        }
    }
}

impl Callee {
    fn ringing() -> Self {
        let mut agent = UserAgent::new(Config::new("Bob/1"), [1; 32]);
        let local = "10.0.0.2:5060".parse().unwrap();
        let flow = FlowId(0);
        agent.handle(Duration::ZERO, Input::Bound { flow, local });
        let (_, events) = hears(&mut agent, request("INVITE", 1, "", "offer"));
        let [Event::Incoming { session, .. }] = events[..] else {
            panic!("{events:?}")
        };
        agent
            .progress(Duration::ZERO, session, Reply::new(180))
            .unwrap();
        let Output::SendTo { bytes, .. } = agent.poll() else {
            panic!("no 180")
        };
        let ringing = Message::parse(&bytes).unwrap();
        let tag = ringing.headers().to().unwrap().tag().unwrap().to_owned();
        Self {
            agent,
            session,
            tag,
        }
    }

    /// The one response to a request within the dialog.
    fn answers(&mut self, method: &str, number: u32, body: &str) -> Response {
        let text = request(method, number, &format!(";tag={}", self.tag), body);
        let (mut responses, events) = hears(&mut self.agent, text);
        assert!(events.is_empty(), "{events:?}");
        assert_eq!(responses.len(), 1);
        responses.remove(0)
    }
}

/// RFC 3261 §14.2 and RFC 3311 §5.2: a second offer before the first is answered gets 500 and a time.
#[test]
fn a_second_offer_before_the_answer_is_put_off() {
    let mut callee = Callee::ringing();
    for (method, number) in [("INVITE", 2), ("UPDATE", 3)] {
        let response = callee.answers(method, number, "another");
        let wait = response.headers.retry_after().unwrap();
        assert_eq!(response.status, 500, "{method}");
        assert!(wait.is_some_and(|seconds| seconds <= 10), "{wait:?}");
    }
    // Without an offer an UPDATE only says where the caller is.
    assert_eq!(callee.answers("UPDATE", 4, "").status, 200);
    // The first INVITE still waits, and is still answered.
    let reply = Reply::new(200).with_body(Body::sdp("answer"));
    callee
        .agent
        .accept(Duration::ZERO, callee.session, reply)
        .unwrap();
}

/// RFC 3261 §9.2: both answers bear the tag of the early dialog.
#[test]
fn a_cancel_is_answered_with_the_tag_of_its_invite() {
    let mut callee = Callee::ringing();
    let (responses, events) = hears(&mut callee.agent, request("CANCEL", 1, "", ""));
    let told: Vec<(u16, String, Method)> = responses
        .iter()
        .map(|response| {
            let to = response.headers.to().unwrap();
            let method = response.headers.cseq().unwrap().method;
            (response.status, to.tag().unwrap_or("").to_owned(), method)
        })
        .collect();
    let tag = callee.tag.clone();
    assert_eq!(
        told,
        [
            (200, tag.clone(), Method::Cancel),
            (487, tag, Method::Invite)
        ]
    );
    assert!(matches!(events[..], [Event::Cancelled { .. }]));
}
