//! What an agent does with a message that comes as a datagram.

use std::net::SocketAddr;
use std::time::Duration;

use sip::user_agent::{Config, Event, FlowId, Input, Output, UserAgent};
use sip::{Message, Method};

/// The status of its answer, `call` or `request` when it tells its user, or `nothing`.
pub(crate) fn answer_to(bytes: &[u8]) -> String {
    let mut config = Config::new("Torture/1");
    config.methods = vec![Method::Options, Method::Register, Method::Message];
    let mut agent = UserAgent::new(config, [7; 32]);
    let local = SocketAddr::from(([192, 0, 2, 1], 5060));
    let source = SocketAddr::from(([192, 0, 2, 2], 5060));
    let flow = FlowId(0);
    agent.handle(Duration::ZERO, Input::Bound { flow, local });
    let bytes = bytes.to_vec().into();
    let datagram = Input::Datagram {
        flow,
        source,
        bytes,
    };
    agent.handle(Duration::ZERO, datagram);
    loop {
        match agent.poll() {
            Output::SendTo { bytes, .. } => match Message::parse(&bytes) {
                Ok(Message::Response(response)) => return response.status.to_string(),
                other => return format!("{other:?}"),
            },
            Output::Event(Event::Incoming { .. }) => return "call".to_owned(),
            Output::Event(Event::Request { .. }) => return "request".to_owned(),
            Output::Event(other) => return format!("{other:?}"),
            Output::Wait(_) => return "nothing".to_owned(),
            _ => {}
        }
    }
}
