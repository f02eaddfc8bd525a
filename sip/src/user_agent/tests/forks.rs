//! One INVITE, several phones: a proxy forks it, and more than one answers.

use super::*;
use crate::message::{Message, Request, Response};

/// An agent in the middle of a call, and what it sends.
struct Caller {
    agent: UserAgent,
    invite: Request,
    events: Vec<Event>,
}

impl Caller {
    fn calling() -> Self {
        let mut agent = UserAgent::new(Config::new("Alice/1"), [1; 32]);
        let local = "10.0.0.1:5060".parse().unwrap();
        agent.handle(
            Duration::ZERO,
            Input::Bound {
                flow: FlowId(0),
                local,
            },
        );
        let invite = Invite {
            hop: Hop::new(Transport::Udp, "10.0.0.9:5060".parse().unwrap()),
            uri: uri("sip:202@ipoffice"),
            from: name_addr("<sip:201@ipoffice>"),
            to: name_addr("<sip:202@ipoffice>"),
            headers: Headers::new(),
            body: Some(Body::sdp("offer")),
            login: None,
        };
        agent.invite(Duration::ZERO, invite);
        let mut caller = Self {
            agent,
            invite: Request::new(Method::Invite, uri("sip:a")),
            events: Vec::new(),
        };
        let (_, Message::Request(invite)) = caller.sent().remove(0) else {
            panic!("no INVITE")
        };
        caller.invite = invite;
        caller
    }

    /// Everything sent since the last call, with its target.
    fn sent(&mut self) -> Vec<(String, Message)> {
        let mut sent = Vec::new();
        loop {
            match self.agent.poll() {
                Output::SendTo { remote, bytes, .. } => {
                    sent.push((remote.to_string(), Message::parse(&bytes).unwrap()));
                }
                Output::Event(event) => self.events.push(event),
                Output::Wait(_) => return sent,
                _ => {}
            }
        }
    }

    /// One fork answers; gives the requests that follow, as `METHOD target`.
    fn hears(&mut self, status: u16, tag: &str) -> Vec<String> {
        let mut response: Response = self.invite.response(status);
        let to = name_addr("<sip:202@ipoffice>").with_tag(tag);
        response.headers.set(Name::To, to.to_string());
        response
            .headers
            .push(Name::Contact, format!("<sip:202@{tag}:5060>"));
        let input = Input::Datagram {
            flow: FlowId(0),
            source: "10.0.0.9:5060".parse().unwrap(),
            bytes: response.write(),
        };
        self.agent.handle(Duration::from_secs(1), input);
        let name = |(target, message): (String, Message)| match message {
            Message::Request(request) => format!("{} {target}", request.method),
            Message::Response(response) => format!("{} {target}", response.status),
        };
        self.sent().into_iter().map(name).collect()
    }

    /// One fork asks for something within its early dialog; gives the status of the answer.
    fn is_asked(&mut self, method: Method, number: u32, tag: &str, body: &'static str) -> u16 {
        let headers = &self.invite.headers;
        let mut request = Request::new(method, uri("sip:201@10.0.0.1"));
        let via = format!("SIP/2.0/UDP {tag}:5060;branch=z9hG4bK{tag}{number}");
        request.headers.push(Name::Via, via);
        request.headers.push(Name::MaxForwards, "70");
        let from = name_addr("<sip:202@ipoffice>").with_tag(tag);
        request.headers.push(Name::From, from.to_string());
        request
            .headers
            .push(Name::To, headers.get(Name::From).unwrap());
        request
            .headers
            .push(Name::CallId, headers.call_id().unwrap());
        let cseq = format!("{number} {}", request.method);
        request.headers.push(Name::CSeq, cseq);
        request
            .headers
            .push(Name::Contact, format!("<sip:202@{tag}:5070>"));
        if !body.is_empty() {
            request.set_body("application/sdp", body);
        }
        let input = Input::Datagram {
            flow: FlowId(0),
            source: "10.0.0.9:5060".parse().unwrap(),
            bytes: request.write(),
        };
        self.agent.handle(Duration::from_secs(1), input);
        let (_, Message::Response(response)) = self.sent().remove(0) else {
            panic!("no answer")
        };
        response.status
    }

    fn count(&self, matches: impl Fn(&Event) -> bool) -> usize {
        self.events.iter().filter(|event| matches(event)).count()
    }
}

#[test]
fn the_first_answer_is_taken_and_the_others_are_ended() {
    let mut caller = Caller::calling();
    assert!(caller.hears(180, "10.0.0.2").is_empty());
    assert!(caller.hears(180, "10.0.0.3").is_empty());
    assert_eq!(
        caller.count(|event| matches!(event, Event::Progress { .. })),
        2
    );
    assert_eq!(caller.hears(200, "10.0.0.3"), ["ACK 10.0.0.3:5060"]);
    assert_eq!(
        caller.hears(200, "10.0.0.2"),
        ["ACK 10.0.0.2:5060", "BYE 10.0.0.2:5060"]
    );
    // The winner's 2xx came again: its ACK was lost.
    assert_eq!(caller.hears(200, "10.0.0.3"), ["ACK 10.0.0.3:5060"]);
    assert_eq!(
        caller.count(|event| matches!(event, Event::Answered { .. })),
        1
    );
}

#[test]
fn a_late_ringing_after_the_answer_is_nothing() {
    let mut caller = Caller::calling();
    assert_eq!(caller.hears(200, "10.0.0.2"), ["ACK 10.0.0.2:5060"]);
    assert!(caller.hears(180, "10.0.0.3").is_empty());
    assert_eq!(
        caller.count(|event| matches!(event, Event::Progress { .. })),
        0
    );
}

/// RFC 3311 §5.2: a fork that has moved while it rang is found where it is; whoever does not ring is unknown.
#[test]
fn a_fork_that_moves_before_the_answer_is_followed() {
    let mut caller = Caller::calling();
    assert!(caller.hears(180, "10.0.0.2").is_empty());
    assert_eq!(caller.is_asked(Method::Update, 1, "10.0.0.2", ""), 200);
    assert_eq!(
        caller.is_asked(Method::Update, 1, "10.0.0.2", ""),
        200,
        "a repeat"
    );
    assert_eq!(caller.is_asked(Method::Update, 3, "10.0.0.2", "offer"), 491);
    assert_eq!(caller.is_asked(Method::Update, 2, "10.0.0.2", ""), 500);
    assert_eq!(caller.is_asked(Method::Update, 1, "10.0.0.3", ""), 481);
    assert_eq!(caller.is_asked(Method::Bye, 4, "10.0.0.2", ""), 481);
    // Its 2xx says where it is in the end.
    assert_eq!(caller.hears(200, "10.0.0.2"), ["ACK 10.0.0.2:5060"]);
}
