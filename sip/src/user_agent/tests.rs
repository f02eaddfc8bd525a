//! Pairs of agents over a link that can lose, delay, repeat and reorder.

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "a test reacts to the few events that it is about"
)]

use std::time::Duration;

use super::*;
use crate::header::{Name, NameAddr};
use crate::uri::Uri;
use net::{Link, Net, PERFECT};

mod calls;
mod checks;
mod credentials;
mod early;
mod forks;
mod net;
mod properties;
mod registrations;
mod stalls;
mod subscriptions;
mod tables;
mod watches;

const SECOND: Duration = Duration::from_secs(1);

fn uri(text: &str) -> Uri {
    text.parse().unwrap()
}

fn name_addr(text: &str) -> NameAddr {
    text.parse().unwrap()
}

/// A call from the first party of a net to the second.
fn call(net: &mut Net, body: Option<&'static str>) -> SessionId {
    let target = net.parties[1].address;
    let transport = net.transport;
    let invite = Invite {
        hop: Hop::new(transport, target),
        uri: uri(&format!("sip:202@{target}")),
        from: name_addr("\"Alice\" <sip:201@ipoffice>"),
        to: name_addr("<sip:202@ipoffice>"),
        headers: Headers::new(),
        body: body.map(Body::sdp),
        login: None,
    };
    net.act(0, |agent, now| agent.invite(now, invite))
}

/// Answers every offer as a patient phone does: rings, answers after 3 s (by the test), takes every re-INVITE.
fn polite(agent: &mut UserAgent, now: Duration, event: &Event) {
    match event {
        Event::Incoming { session, .. } => {
            agent.progress(now, *session, Reply::new(180)).unwrap();
            agent
                .accept(
                    now,
                    *session,
                    Reply::new(200).with_body(Body::sdp("answer")),
                )
                .unwrap();
        }
        Event::Reinvited { session, .. } => {
            // By the time the event is read, the other side may have hung up or withdrawn it.
            let _ = agent.answer_reinvite(
                now,
                *session,
                Reply::new(200).with_body(Body::sdp("answer")),
            );
        }
        Event::Request { incoming, .. } | Event::RequestWithin { incoming, .. } => {
            agent.respond(now, *incoming, Reply::new(200));
        }
        _ => {}
    }
}
