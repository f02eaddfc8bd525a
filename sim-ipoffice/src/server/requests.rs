//! Requests out of any call: REGISTER goes to the registrar, SUBSCRIBE to the lamps, PUBLISH to the quality log; OPTIONS is
//! answered here.
//!
//! RFC 3261 §10.3, §11.2; RFC 6665 §4.2; RFC 3903 §6.

use std::time::Duration;

use sip::event::IncomingId;
use sip::message::Method;
use sip::user_agent::{Hop, Reply};
use sip::{Name, Request};

use super::{ALLOW, IpOffice};
use crate::dial_plan::{Destination, destination};
use crate::quality_log::{self, is_meant};

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
        } else if request.method == Method::Publish {
            self.take_report(now, request)
        } else {
            Reply::new(481)
        };
        self.agent.respond(now, incoming, reply);
    }

    /// Reports of quality are taken from users who are registered. Other events are refused before anybody is asked who they
    /// are, as the agent does with subscriptions.
    fn take_report(&mut self, now: Duration, request: &Request) -> Reply {
        if !self.config.quality_reports || !is_meant(request) {
            self.quality.refuse();
            return Reply::new(489).with_header(Name::AllowEvents, self.events());
        }
        let user = match self.registrar.authenticate(now, &self.config, request) {
            Ok(user) => user,
            Err(reply) => return reply,
        };
        if self.registrar.bindings(now, &user).next().is_none() {
            return Reply::new(403).because("Not Registered");
        }
        let tag = self.entropy.hex(16);
        let (reply, note) = self.quality.handle(now, &user, request, &tag);
        self.notes.extend(note);
        reply
    }

    /// Events that may be subscribed to or published.
    fn events(&self) -> String {
        let mut events = sip::mwi::PACKAGE.to_owned();
        if self.config.quality_reports {
            events = format!("{events}, {}", quality_log::PACKAGE);
        }
        events
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
            .with_header(Name::AllowEvents, self.events())
    }
}
