//! Clients at a small exchange, on a network of three: calls, hold, digits, sound, and what is refused.

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "a test looks at the few events that it is about"
)]

use std::time::Duration;

use self::net::Net;
use super::*;
use crate::command::{CallId, LogIn};
use crate::discovery::Profile;
use crate::event::{CommandError, EndReason, Event, LoginError, Measurement};
use crate::settings::ControllerTransport;
use bytes::Bytes;
use url::Url;

mod calls;
mod early;
mod lamp;
mod logins;
mod net;
mod pbx;
mod quality;
mod video;

const SECOND: Duration = Duration::from_secs(1);

fn ended(event: &Event, wanted: &EndReason) -> bool {
    matches!(event, Event::Ended { reason, .. } if reason == wanted)
}

/// The call of a party's last event about a new one.
fn last_call(net: &Net, party: usize) -> CallId {
    let new = |event: &Event| match event {
        Event::IncomingCall { call, .. } | Event::Calling { call, .. } => Some(*call),
        _ => None,
    };
    net.parties[party]
        .events
        .iter()
        .rev()
        .find_map(new)
        .expect("a call")
}

/// Alice (0) calls Bob (1) or Carol (2), who answers.
fn talk(net: &mut Net, caller: usize, callee: usize) -> (CallId, CallId) {
    let number = net.parties[callee].number.clone();
    net.tell(
        caller,
        Command::Call {
            number,
            video: false,
        },
    );
    net.run(SECOND);
    let call = last_call(net, callee);
    net.tell(callee, Command::Answer { call, video: false });
    net.run(SECOND);
    (last_call(net, caller), call)
}

/// What a party's call measures now.
fn measure(net: &mut Net, party: usize, call: CallId) -> Box<Measurement> {
    net.tell(party, Command::Measure { call });
    let found = net.parties[party]
        .events
        .iter()
        .rev()
        .find_map(|event| match event {
            Event::Measured { measurement, .. } => Some(measurement.clone()),
            _ => None,
        });
    found.expect("a measurement")
}
