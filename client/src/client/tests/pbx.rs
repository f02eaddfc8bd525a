//! A small exchange made of the SIP agent alone: registers everybody, joins two legs, passes descriptions through untouched.

use std::collections::BTreeMap;
use std::time::Duration;

use sip::flow::{FlowId, Hop};
use sip::header::{Headers, Name};
use sip::message::Method;
use sip::mwi::{MessageSummary, PACKAGE};
use sip::user_agent::{
    Body, Config, Event, IncomingId, Input, Invite, Output, Reply, SessionId, SubscriptionId,
};
use sip::{Request, UserAgent};

pub(super) struct Pbx {
    pub(super) agent: UserAgent,
    /// Status of every REGISTER; 200 to accept.
    pub(super) verdict: u16,
    /// Whether messages wait for everybody who watches their lamp.
    pub(super) is_waiting: bool,
    /// Status of every SUBSCRIBE; 200 to accept.
    pub(super) lamp_verdict: u16,
    /// Status of every PUBLISH; 200 to accept.
    pub(super) report_verdict: u16,
    /// Each PUBLISH that came: who sent it, and its body.
    pub(super) reports: Vec<(String, bytes::Bytes)>,
    /// Calls to the number [`KEPT`], which ring and are answered by whoever looks here.
    pub(super) kept: Vec<(SessionId, Request)>,
    bindings: BTreeMap<String, Hop>,
    legs: BTreeMap<SessionId, SessionId>,
    /// The subscription of each SUBSCRIBE that was accepted, refreshes too.
    pub(super) lamps: Vec<SubscriptionId>,
    /// What the watchers have been told.
    told: bool,
}

/// The number whose calls the exchange keeps to itself.
pub(super) const KEPT: &str = "900";

impl Pbx {
    pub(super) fn at(flow: FlowId, local: std::net::SocketAddr) -> Self {
        let mut config = Config::new("Exchange/1");
        config
            .methods
            .extend([Method::Register, Method::Subscribe, Method::Publish]);
        config.packages.push(PACKAGE.to_owned());
        config.follows_contact = false;
        let mut agent = UserAgent::new(config, [9; 32]);
        agent.handle(Duration::ZERO, Input::Bound { flow, local });
        Self {
            agent,
            verdict: 200,
            is_waiting: false,
            lamp_verdict: 200,
            report_verdict: 200,
            reports: Vec::new(),
            kept: Vec::new(),
            bindings: BTreeMap::new(),
            legs: BTreeMap::new(),
            lamps: Vec::new(),
            told: false,
        }
    }

    /// Polls the agent; events are dealt with here.
    pub(super) fn poll(&mut self, now: Duration) -> Output {
        if std::mem::replace(&mut self.told, self.is_waiting) != self.is_waiting {
            for lamp in self.lamps.clone() {
                self.agent.notify(now, lamp, self.lamp());
            }
        }
        loop {
            match self.agent.poll() {
                Output::Event(event) => self.on_event(now, event),
                output => return output,
            }
        }
    }

    fn on_event(&mut self, now: Duration, event: Event) {
        let other = |session: &SessionId| self.legs.get(session).copied();
        match event {
            Event::Request {
                incoming,
                hop,
                request,
            } if request.method == Method::Subscribe => {
                self.on_subscribe(now, incoming, hop, &request);
            }
            Event::Request {
                incoming, request, ..
            } if request.method == Method::Publish => {
                let sender = request
                    .headers
                    .from()
                    .unwrap()
                    .uri
                    .user()
                    .unwrap()
                    .into_owned();
                self.reports.push((sender, request.body.clone()));
                self.agent
                    .respond(now, incoming, Reply::new(self.report_verdict));
            }
            Event::Request {
                incoming,
                hop,
                request,
            } => {
                let user = request
                    .headers
                    .to()
                    .unwrap()
                    .uri
                    .user()
                    .unwrap()
                    .into_owned();
                if request.headers.expires() == Ok(Some(0)) {
                    self.bindings.remove(&user);
                } else {
                    self.bindings.insert(user, hop);
                }
                let contact = request.headers.get(Name::Contact).unwrap_or("").to_owned();
                let reply = Reply::new(self.verdict).with_header(Name::Contact, contact);
                self.agent
                    .respond(now, incoming, reply.with_header(Name::Expires, "300"));
            }
            Event::Incoming {
                session, request, ..
            } => {
                let user = request.uri.user().unwrap_or_default().into_owned();
                if user == KEPT {
                    self.kept.push((session, request));
                    return;
                }
                let Some(hop) = self.bindings.get(&user).cloned() else {
                    self.agent.reject(now, session, Reply::new(404)).unwrap();
                    return;
                };
                let invite = Invite {
                    hop,
                    uri: request.uri.clone(),
                    from: strip(request.headers.from().unwrap()),
                    to: strip(request.headers.to().unwrap()),
                    headers: Headers::new(),
                    body: Body::of(&request.headers, &request.body),
                    login: None,
                };
                let leg = self.agent.invite(now, invite);
                self.legs.insert(session, leg);
                self.legs.insert(leg, session);
            }
            Event::Progress { session, response } => {
                if let Some(other) = other(&session) {
                    let _ = self.agent.progress(now, other, reply(&response));
                }
            }
            Event::Answered { session, response } => {
                if let Some(other) = other(&session) {
                    let _ = self.agent.accept(now, other, reply(&response));
                }
            }
            Event::Refused {
                session, response, ..
            } => {
                if let Some(other) = other(&session) {
                    let status = response.map_or(480, |response| response.status);
                    let _ = self.agent.reject(now, other, Reply::new(status));
                }
            }
            Event::Cancelled { session, request } => {
                let mut headers = Headers::new();
                for reason in request
                    .iter()
                    .flat_map(|request| request.headers.lines(Name::Reason))
                {
                    headers.push(Name::Reason, reason);
                }
                if let Some(other) = other(&session) {
                    let _ = self.agent.hangup(now, other, headers);
                }
            }
            Event::Reinvited { session, request } => {
                let body = Body::of(&request.headers, &request.body);
                let passed = other(&session).is_some_and(|other| {
                    self.agent
                        .reinvite(now, other, body, Headers::new())
                        .is_ok()
                });
                if !passed {
                    let _ = self.agent.answer_reinvite(now, session, Reply::new(491));
                }
            }
            Event::ReinviteAnswered { session, response } => {
                if let Some(other) = other(&session) {
                    let _ = self.agent.answer_reinvite(now, other, reply(&response));
                }
            }
            Event::ReinviteRefused { session, response } => {
                if let Some(other) = other(&session) {
                    let status = response.map_or(408, |response| response.status);
                    let _ = self.agent.answer_reinvite(now, other, Reply::new(status));
                }
            }
            Event::Ended { session, .. } => {
                if let Some(other) = other(&session) {
                    let _ = self.agent.hangup(now, other, Headers::new());
                }
            }
            _ => {}
        }
    }
}

impl Pbx {
    fn on_subscribe(&mut self, now: Duration, incoming: IncomingId, hop: Hop, request: &Request) {
        if self.lamp_verdict != 200 {
            self.agent
                .respond(now, incoming, Reply::new(self.lamp_verdict));
            return;
        }
        let asked_s = request.headers.expires().unwrap().unwrap_or(600).min(600);
        let body = self.lamp();
        let lamp = self
            .agent
            .accept_subscription(now, incoming, hop, asked_s, body);
        self.lamps.extend(lamp);
    }

    fn lamp(&self) -> Option<Body> {
        let is_waiting = self.is_waiting;
        Some(MessageSummary { is_waiting }.body())
    }
}

fn reply(response: &sip::Response) -> Reply {
    let mut reply = Reply::new(response.status);
    reply.body = Body::of(&response.headers, &response.body);
    reply
}

fn strip(mut address: sip::header::NameAddr) -> sip::header::NameAddr {
    address.params.remove("tag");
    address
}
