//! Requests out of any call: REGISTER goes to the registrar, SUBSCRIBE to the lamps; OPTIONS is answered here.
//!
//! RFC 3261 §10.3, §11.2; RFC 6665 §4.2.

use std::time::Duration;

use sip::event::IncomingId;
use sip::message::Method;
use sip::user_agent::{Hop, Reply};
use sip::{Name, Request};

use super::{ALLOW, IpOffice};
use crate::dial_plan::{Destination, destination};

impl IpOffice {
    pub(super) fn on_request(
        &mut self,
        now: Duration,
        incoming: IncomingId,
        hop: &Hop,
        request: &Request,
    ) {
        let reply = if request.method == Method::Register {
            self.registrar.handle(now, &self.config, hop, request)
        } else if request.method == Method::Options {
            self.describe_itself(request)
        } else if request.method == Method::Subscribe {
            match self.registrar.authenticate(now, &self.config, request) {
                Ok(user) => {
                    let asked = (incoming, hop, request);
                    return self.lamps.handle(now, &mut self.agent, &user, asked);
                }
                Err(reply) => reply,
            }
        } else {
            Reply::new(481)
        };
        self.agent.respond(now, incoming, reply);
    }

    /// RFC 3261 §11.2: what the system can; 404 for a number that it would not connect either.
    fn describe_itself(&self, request: &Request) -> Reply {
        let user = request.uri.user();
        if user.is_some_and(|user| destination(&self.config, &user) == Destination::Unknown) {
            return Reply::new(404);
        }
        Reply::new(200)
            .with_header(Name::Accept, "application/sdp")
            .with_header(Name::Allow, ALLOW)
            .with_header(Name::AllowEvents, sip::mwi::PACKAGE)
    }
}
