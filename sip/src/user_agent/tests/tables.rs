//! The whole tables of the session and of the registration: every state with everything that can happen to it.
//!
//! Each row brings a fresh agent into the state, lets one thing happen, and says what was sent, what was told, and where the machine
//! is then. What changes nothing stands in one line at the end of each state.

use std::fmt::Write as _;

use super::*;
use crate::message::{Message, Request, Response};

const PEER: &str = "10.0.0.2:5060";

/// One agent, the other side's last words, and what came of them.
struct Play {
    agent: UserAgent,
    now: Duration,
    session: Option<SessionId>,
    registration: Option<RegistrationId>,
    /// The last request of each method that the agent sent.
    sent: Vec<Request>,
    /// Number of the other side's last request, and the agent's tag.
    number: u32,
    tag: String,
    said: Vec<String>,
}

impl Play {
    fn new() -> Self {
        let mut agent = UserAgent::new(Config::new("Test/1"), [1; 32]);
        let (flow, local) = (FlowId(0), "10.0.0.1:5060".parse().unwrap());
        agent.handle(Duration::ZERO, Input::Bound { flow, local });
        Self {
            agent,
            now: Duration::ZERO,
            session: None,
            registration: None,
            sent: Vec::new(),
            number: 0,
            tag: String::new(),
            said: Vec::new(),
        }
    }

    fn drain(&mut self) {
        loop {
            match self.agent.poll() {
                Output::SendTo { bytes, .. } => match Message::parse(&bytes).unwrap() {
                    Message::Request(request) => {
                        self.said.push(request.method.to_string());
                        self.sent.push(request);
                    }
                    Message::Response(response) => {
                        let cseq = response.headers.cseq().unwrap();
                        if let Some(tag) = response.headers.to().unwrap().tag() {
                            tag.clone_into(&mut self.tag);
                        }
                        self.said
                            .push(format!("{} to {}", response.status, cseq.method));
                    }
                },
                Output::Event(event) => {
                    self.session = event.session().or(self.session);
                    let text = format!("{event:?}");
                    let name = text.split([' ', '{']).next().unwrap_or_default().to_owned();
                    self.said.push(match event {
                        Event::RegistrationFailed { failure, .. } => {
                            format!("<{name} {failure:?}>")
                        }
                        Event::Ended { ended, .. } => format!("<{name} {ended:?}>"),
                        _ => format!("<{name}>"),
                    });
                }
                Output::Wait(_) => return,
                Output::Send { .. }
                | Output::Connect { .. }
                | Output::Close { .. }
                | Output::Abort { .. } => {}
            }
        }
    }

    fn hears(&mut self, bytes: bytes::Bytes) {
        let (flow, source) = (FlowId(0), PEER.parse().unwrap());
        self.agent.handle(
            self.now,
            Input::Datagram {
                flow,
                source,
                bytes,
            },
        );
        self.drain();
    }

    /// The other side answers the last request of a method; nothing, if there is none.
    fn answer(&mut self, method: &Method, status: u16, header: Option<(Name, &str)>) {
        let Some(request) = self.sent.iter().rev().find(|sent| sent.method == *method) else {
            return;
        };
        let mut response: Response = request.response(status);
        let to = response.headers.to().unwrap();
        if to.tag().is_none() {
            response
                .headers
                .set(Name::To, to.with_tag("peer").to_string());
        }
        response
            .headers
            .push(Name::Contact, format!("<sip:202@{PEER}>"));
        if let Some((name, value)) = header {
            response.headers.push(name, value);
        }
        self.hears(response.write());
    }

    /// The other side asks for something: of its own call, or within the one that it was called by.
    fn ask(&mut self, method: Method, body: &'static str) {
        let is_repeat = matches!(method, Method::Ack | Method::Cancel);
        self.number += u32::from(!is_repeat);
        let mut request = Request::new(method, uri("sip:201@10.0.0.1"));
        let headers = &mut request.headers;
        let branch = if request.method == Method::Ack {
            "ack"
        } else {
            ""
        };
        let via = format!("SIP/2.0/UDP {PEER};branch=z9hG4bK{}{branch}", self.number);
        headers.push(Name::Via, via);
        headers.push(Name::MaxForwards, "70");
        let invite = self.sent.iter().find(|sent| sent.method == Method::Invite);
        let (from, to, call_id) = match invite {
            Some(ours) => (
                name_addr("<sip:202@ipoffice>").with_tag("peer"),
                ours.headers.from().unwrap(),
                ours.headers.call_id().unwrap().to_owned(),
            ),
            None => {
                let to = name_addr("<sip:201@ipoffice>");
                let is_within = !self.tag.is_empty() && request.method != Method::Cancel;
                let tag = self.tag.clone();
                let to = if is_within { to.with_tag(&tag) } else { to };
                let from = name_addr("<sip:202@ipoffice>").with_tag("peer");
                (from, to, "theirs".to_owned())
            }
        };
        headers.push(Name::From, from.to_string());
        headers.push(Name::To, to.to_string());
        headers.push(Name::CallId, call_id);
        headers.push(Name::CSeq, format!("{} {}", self.number, request.method));
        headers.push(Name::Contact, format!("<sip:202@{PEER}>"));
        if !body.is_empty() {
            request.set_body("application/sdp", body);
        }
        self.hears(request.write());
    }

    /// One of the user's verbs; an error is a word of the row.
    fn verb(
        &mut self,
        act: impl FnOnce(&mut UserAgent, Duration, SessionId) -> Result<(), SessionError>,
    ) {
        let Some(session) = self.session else { return };
        if let Err(error) = act(&mut self.agent, self.now, session) {
            self.said.push(format!("({error:?})"));
        }
        self.drain();
    }

    /// Nobody says anything for as long as anybody waits.
    fn silence(&mut self, time: Duration) {
        let until = self.now + time;
        loop {
            self.drain();
            let Output::Wait(Some(next)) = self.agent.poll() else {
                break;
            };
            if next > until {
                break;
            }
            self.now = next;
            self.agent.handle(self.now, Input::Timeout);
        }
        self.now = until;
    }

    fn invite(&mut self) {
        let invite = Invite {
            hop: Hop::new(Transport::Udp, PEER.parse().unwrap()),
            uri: uri("sip:202@ipoffice"),
            from: name_addr("<sip:201@ipoffice>"),
            to: name_addr("<sip:202@ipoffice>"),
            headers: Headers::new(),
            body: Some(Body::sdp("offer")),
            login: None,
        };
        self.session = Some(self.agent.invite(self.now, invite));
        self.drain();
    }

    fn place(&self) -> String {
        let session = self.agent.sessions.values().next();
        let registration = self.agent.registrations.values().next();
        session
            .map(Session::state_name)
            .or_else(|| registration.map(Registration::state_name))
            .unwrap_or_else(|| "forgotten".to_owned())
    }
}

type Happening = (&'static str, fn(&mut Play));

/// The table of these states and happenings.
fn table(states: &[Happening], happenings: &[Happening]) -> String {
    let mut table = String::new();
    for (state, enter) in states {
        let mut idle = Vec::new();
        let _ = writeln!(table, "{state}");
        for (name, happen) in happenings {
            let mut play = Play::new();
            enter(&mut play);
            let before = play.place();
            play.said.clear();
            happen(&mut play);
            let (after, said) = (play.place(), squeezed(&play.said));
            if said.is_empty() && before == after {
                idle.push(*name);
            } else {
                let _ = writeln!(table, "  {name}: {said} -> {after}");
            }
        }
        let _ = writeln!(table, "  nothing comes of: {}", idle.join(", "));
    }
    table
}

/// What was said, repeats counted.
fn squeezed(said: &[String]) -> String {
    let mut words: Vec<(String, usize)> = Vec::new();
    for word in said {
        match words.last_mut() {
            Some((last, count)) if last == word => *count += 1,
            _ => words.push((word.clone(), 1)),
        }
    }
    let text = words.into_iter().map(|(word, count)| match count {
        1 => word,
        count => format!("{count} x {word}"),
    });
    text.collect::<Vec<_>>().join(", ")
}

const RINGING: fn(&mut Play) = |play| {
    play.ask(Method::Invite, "offer");
    play.verb(|agent, now, id| agent.progress(now, id, Reply::new(180)));
};
const ANSWERED: fn(&mut Play) = |play| {
    play.invite();
    play.answer(&Method::Invite, 200, None);
};
const ACCEPTED: fn(&mut Play) = |play| {
    RINGING(play);
    play.verb(|agent, now, id| agent.accept(now, id, Reply::new(200)));
};
const CONFIRMED: fn(&mut Play) = |play| {
    ACCEPTED(play);
    play.ask(Method::Ack, "");
};
const HANG_UP: fn(&mut Play) =
    |play| play.verb(|agent, now, id| agent.hangup(now, id, Headers::new()));
const REINVITE: fn(&mut Play) = |play| {
    play.verb(|agent, now, id| agent.reinvite(now, id, Some(Body::sdp("hold")), Headers::new()));
};

const SESSIONS: &[Happening] = &[
    ("Calling", Play::invite),
    ("Proceeding", |play| {
        play.invite();
        play.answer(&Method::Invite, 180, None);
    }),
    ("Cancelling, nothing heard yet", |play| {
        play.invite();
        HANG_UP(play);
    }),
    ("Cancelling, CANCEL out", |play| {
        play.invite();
        play.answer(&Method::Invite, 180, None);
        HANG_UP(play);
    }),
    ("Ringing", RINGING),
    ("Established, called by us", ANSWERED),
    ("Established, our 2xx not acknowledged", ACCEPTED),
    ("Established, called by them", CONFIRMED),
    ("Established, our offer out", |play| {
        ANSWERED(play);
        REINVITE(play);
    }),
    ("Established, their offer in", |play| {
        CONFIRMED(play);
        play.ask(Method::Invite, "hold");
    }),
    ("Ending, BYE out", |play| {
        ANSWERED(play);
        HANG_UP(play);
    }),
    ("Ending, waits for the ACK of our 2xx", |play| {
        ACCEPTED(play);
        HANG_UP(play);
    }),
    ("Over, late answers absorbed", |play| {
        ANSWERED(play);
        HANG_UP(play);
        play.answer(&Method::Bye, 200, None);
    }),
];

const TO_SESSIONS: &[Happening] = &[
    ("100 to INVITE", |play| {
        play.answer(&Method::Invite, 100, None)
    }),
    ("180 to INVITE", |play| {
        play.answer(&Method::Invite, 180, None)
    }),
    ("200 to INVITE", |play| {
        play.answer(&Method::Invite, 200, None)
    }),
    ("401 to INVITE", |play| {
        play.answer(&Method::Invite, 401, None)
    }),
    ("408 to INVITE", |play| {
        play.answer(&Method::Invite, 408, None)
    }),
    ("481 to INVITE", |play| {
        play.answer(&Method::Invite, 481, None)
    }),
    ("487 to INVITE", |play| {
        play.answer(&Method::Invite, 487, None)
    }),
    ("491 to INVITE", |play| {
        play.answer(&Method::Invite, 491, None)
    }),
    ("200 to CANCEL", |play| {
        play.answer(&Method::Cancel, 200, None)
    }),
    ("200 to BYE", |play| play.answer(&Method::Bye, 200, None)),
    ("481 to BYE", |play| play.answer(&Method::Bye, 481, None)),
    ("ACK", |play| play.ask(Method::Ack, "")),
    ("CANCEL", |play| play.ask(Method::Cancel, "")),
    ("BYE", |play| play.ask(Method::Bye, "")),
    ("INVITE within", |play| play.ask(Method::Invite, "change")),
    ("UPDATE with offer", |play| {
        play.ask(Method::Update, "change")
    }),
    ("UPDATE without", |play| play.ask(Method::Update, "")),
    ("PRACK", |play| play.ask(Method::Prack, "")),
    ("64 T1 of silence", |play| play.silence(33 * SECOND)),
    ("250 s of silence", |play| play.silence(250 * SECOND)),
    ("user: progress", |play| {
        play.verb(|agent, now, id| agent.progress(now, id, Reply::new(183)));
    }),
    ("user: accept", |play| {
        play.verb(|agent, now, id| agent.accept(now, id, Reply::new(200)));
    }),
    ("user: reject", |play| {
        play.verb(|agent, now, id| agent.reject(now, id, Reply::new(486)));
    }),
    ("user: hang up", HANG_UP),
    ("user: re-INVITE", REINVITE),
    ("user: answer re-INVITE", |play| {
        play.verb(|agent, now, id| agent.answer_reinvite(now, id, Reply::new(200)));
    }),
    ("user: acknowledge", |play| {
        play.verb(|agent, now, id| agent.acknowledge(now, id, None));
    }),
];

#[test]
fn the_whole_table_of_a_session() {
    insta::assert_snapshot!(table(SESSIONS, TO_SESSIONS));
}

const CHALLENGE: Option<(Name, &str)> =
    Some((Name::WwwAuthenticate, "Digest realm=\"r\", nonce=\"n\""));

const BINDING: fn(&mut Play) = |play| {
    let binding = Binding {
        hop: Hop::new(Transport::Udp, PEER.parse().unwrap()),
        registrar: uri("sip:ipoffice"),
        address: name_addr("<sip:201@ipoffice>"),
        expires_s: 300,
        contact_params: crate::header::Params::new(),
        headers: Headers::new(),
        login: Some(Login::new("201", "1234")),
    };
    play.registration = Some(play.agent.register(play.now, binding));
    play.drain();
};
const BOUND: fn(&mut Play) = |play| {
    BINDING(play);
    play.answer(&Method::Register, 200, None);
};
const LEAVE: fn(&mut Play) = |play| {
    if let Some(id) = play.registration {
        play.agent.unregister(play.now, id);
    }
    play.drain();
};

const REGISTRATIONS: &[Happening] = &[
    ("Binding", BINDING),
    ("Binding, challenge answered", |play| {
        BINDING(play);
        play.answer(&Method::Register, 401, CHALLENGE);
    }),
    ("Binding, no longer wanted", |play| {
        BINDING(play);
        LEAVE(play);
    }),
    ("Bound", BOUND),
    ("Unbinding", |play| {
        BOUND(play);
        LEAVE(play);
    }),
];

const TO_REGISTRATIONS: &[Happening] = &[
    ("100", |play| play.answer(&Method::Register, 100, None)),
    ("200", |play| play.answer(&Method::Register, 200, None)),
    ("302", |play| play.answer(&Method::Register, 302, None)),
    ("401", |play| play.answer(&Method::Register, 401, CHALLENGE)),
    ("401 that cannot be answered", |play| {
        play.answer(&Method::Register, 401, None)
    }),
    ("403", |play| play.answer(&Method::Register, 403, None)),
    ("404", |play| play.answer(&Method::Register, 404, None)),
    ("423 with more", |play| {
        play.answer(&Method::Register, 423, Some((Name::MinExpires, "600")));
    }),
    ("423 with less", |play| {
        play.answer(&Method::Register, 423, Some((Name::MinExpires, "60")));
    }),
    ("503", |play| play.answer(&Method::Register, 503, None)),
    ("64 T1 of silence", |play| play.silence(33 * SECOND)),
    ("300 s of silence", |play| play.silence(300 * SECOND)),
    ("user: take back", LEAVE),
];

#[test]
fn the_whole_table_of_a_registration() {
    insta::assert_snapshot!(table(REGISTRATIONS, TO_REGISTRATIONS));
}
