//! Reaching a controller: from its name over a target and a socket to a REGISTER; and what comes next where that fails.
//!
//! RFC 3263 §4.3 (the next target); RFC 5922 §4 (whose name the certificate bears).

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use sip::flow::{Hop, Transport};
use sip::header::{Headers, NameAddr, Params};
use sip::resolve::Target;
use sip::uri::Uri;
use sip::user_agent::{Binding, Login, RegistrationFailure};

use super::route::Next;
use super::{Line, State};
use crate::client::Output;
use crate::desk::{Desk, FlowUse, is_protected};
use crate::event::Event;

impl Line {
    /// Begins to look for the controller.
    pub(super) fn resolve(&mut self, now: Duration, desk: &mut Desk) {
        let Some(controller) = self.controller().cloned() else {
            return;
        };
        self.state = State::Resolving;
        let can_go = |remote| desk.address_towards(remote).is_some();
        let next = self.route.begin(&controller, can_go);
        self.follow(now, desk, next);
    }

    pub(super) fn follow(&mut self, now: Duration, desk: &mut Desk, next: Next) {
        match next {
            Next::Ask(question) => desk.outputs.push_back(Output::Resolve { question }),
            Next::Reach(target) => self.reach(now, desk, target),
            Next::Nowhere => self.fall(now, desk, RegistrationFailure::Connection, None),
        }
    }

    /// Registers at one target.
    fn reach(&mut self, now: Duration, desk: &mut Desk, target: Target) {
        let Some(host) = self.controller().map(|controller| controller.host.clone()) else {
            return;
        };
        // The certificate must bear the name that was asked for, not the one it led to (RFC 5922 §4).
        self.hop = Some(Hop::new(target.transport, target.address).named(host));
        if target.transport == Transport::Udp {
            self.bind(now, desk, target.address.ip());
        } else {
            self.register(now, desk);
        }
    }

    pub(super) fn bind(&mut self, now: Duration, desk: &mut Desk, remote: IpAddr) {
        self.state = State::Binding;
        let Some(address) = desk.address_towards(remote) else {
            return;
        };
        match self.socket {
            Some((_, local)) if local.ip() == address => self.register(now, desk),
            _ => desk.bind(SocketAddr::new(address, self.port), FlowUse::Sip),
        }
    }

    pub(super) fn register(&mut self, now: Duration, desk: &mut Desk) {
        let (Some(account), Some(hop), Some(domain)) =
            (self.account.clone(), self.hop.clone(), self.domain())
        else {
            return;
        };
        let address = Uri::sip(Some(&account.identity.user), &domain, None);
        let (Ok(address), Ok(registrar)) = (address, Uri::sip(None, &domain, None)) else {
            return self.fall(now, desk, RegistrationFailure::Domain, None);
        };
        desk.is_secure = is_protected(&hop);
        self.state = State::Registering;
        let binding = Binding {
            hop,
            registrar,
            address: NameAddr::new(address),
            expires_s: account.expires_s,
            contact_params: Params::new().with(
                "+sip.instance",
                &format!("\"<urn:uuid:{}>\"", self.instance),
            ),
            headers: Headers::new(),
            login: Some(Login::new(
                &account.identity.user,
                &account.identity.password,
            )),
        };
        self.registration = Some(desk.agent.register(now, binding));
    }

    /// This target does not do: the next one, the next controller, or a wait after the last.
    pub(super) fn fall(
        &mut self,
        now: Duration,
        desk: &mut Desk,
        failure: RegistrationFailure,
        status: Option<u16>,
    ) {
        let Some(controller) = self.controller().cloned() else {
            return;
        };
        if let Some(target) = self.route.next_target() {
            desk.tell(Event::LineTrouble {
                controller,
                failure,
                status,
                retry_in_s: 0,
            });
            return self.reach(now, desk, target);
        }
        let count = self
            .account
            .as_ref()
            .map_or(0, |account| account.controllers.len());
        self.index = (self.index + 1) % count.max(1);
        self.attempts += 1;
        let wait = if self.attempts < count {
            Duration::ZERO
        } else {
            // All have been tried: the first is the preferred one again.
            (self.index, self.attempts) = (0, 0);
            self.back_off.failed()
        };
        self.state = State::Waiting;
        self.retry = Some(now + wait);
        desk.tell(Event::LineTrouble {
            controller,
            failure,
            status,
            retry_in_s: wait.as_secs(),
        });
    }
}
