//! The line: registered with the first controller that takes us, and brought back when it is lost (REG-01, RES-01).
//!
//! ```text
//! Off ──log in──► Resolving ──► Registering ──2xx──► Registered ──log out──► LoggingOut ──► Off
//!                     ▲             └──refused for good──► Off       │
//!                     └──── Waiting ◄──no answer, lost (after the last target of the last controller)
//! ```
//!
//! A refused password or an unknown user ends the login; everything else goes on to the next target that the name system has
//! for the controller (RFC 3263 §4.3), then to the next controller of the list, and after the last one to the first again,
//! waiting longer each time.

use std::net::SocketAddr;
use std::time::Duration;

use net::FlowId;
use sip::flow::{Hop, Transport};
use sip::header::NameAddr;
use sip::message::Response;
use sip::resolve::{Answer, Question};
use sip::uri::Uri;
use sip::user_agent::{Login, RegistrationFailure, RegistrationId};

use crate::back_off::BackOff;
use crate::calls::Caller;
use crate::desk::Desk;
use crate::event::{Event, LoginError};
use crate::login::Account;
use crate::settings::Controller;

mod reaching;
mod route;

use route::Route;

/// The line.
#[derive(Debug)]
pub(crate) struct Line {
    state: State,
    account: Option<Account>,
    /// Which controller of the list.
    index: usize,
    /// Controllers tried since the last success or wait.
    attempts: usize,
    route: Route,
    hop: Option<Hop>,
    registration: Option<RegistrationId>,
    /// The socket of a line over UDP.
    socket: Option<(FlowId, SocketAddr)>,
    back_off: BackOff,
    /// When to try again.
    retry: Option<Duration>,
    /// `+sip.instance`: this device, whatever its address.
    instance: String,
    /// Port of the UDP socket; 0 for any.
    port: u16,
    /// Registrations that are being taken back.
    leaving: Vec<RegistrationId>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    Off,
    Resolving,
    Binding,
    Registering,
    Registered,
    Waiting,
    LoggingOut,
}

impl Line {
    pub(crate) fn new(instance: String, port: u16, fallback: Transport) -> Self {
        Self {
            state: State::Off,
            account: None,
            index: 0,
            attempts: 0,
            route: Route::new(fallback),
            hop: None,
            registration: None,
            socket: None,
            back_off: BackOff::default(),
            retry: None,
            instance,
            port,
            leaving: Vec::new(),
        }
    }

    /// Registers with the first controller of the account.
    pub(crate) fn log_in(&mut self, now: Duration, desk: &mut Desk, account: Account) {
        self.leave(now, desk);
        self.account = Some(account);
        (self.index, self.attempts) = (0, 0);
        self.back_off.succeeded();
        self.resolve(now, desk);
    }

    /// Takes the registration back.
    pub(crate) fn log_out(&mut self, now: Duration, desk: &mut Desk) {
        self.leave(now, desk);
        self.account = None;
        if self.leaving.is_empty() {
            self.state = State::Off;
            desk.tell(Event::LoggedOut);
        } else {
            self.state = State::LoggingOut;
        }
    }

    /// The name system has answered.
    pub(crate) fn handle_resolved(
        &mut self,
        now: Duration,
        desk: &mut Desk,
        question: &Question,
        answer: &Answer,
    ) {
        let addresses = desk.addresses.clone();
        let can_go = |remote| net::address_towards(&addresses, remote).is_some();
        let next = self
            .route
            .handle(question, answer, &mut desk.entropy, can_go);
        if let (Some(next), State::Resolving) = (next, self.state) {
            self.follow(now, desk, next);
        }
    }

    /// The UDP socket is bound.
    pub(crate) fn handle_bound(
        &mut self,
        now: Duration,
        desk: &mut Desk,
        flow: FlowId,
        local: SocketAddr,
    ) {
        let old = self.socket.replace((flow, local));
        if let Some((old, _)) = old {
            desk.agent.handle(now, closed(old));
            desk.close(old);
        }
        desk.agent.handle(
            now,
            sip::user_agent::Input::Bound {
                flow: sip::flow::FlowId(flow.0),
                local,
            },
        );
        if self.state == State::Binding {
            self.register(now, desk);
        }
    }

    /// The UDP socket could not be bound, or is gone.
    pub(crate) fn handle_bind_failed(&mut self, now: Duration, desk: &mut Desk, flow: FlowId) {
        if self.socket.take_if(|(socket, _)| *socket == flow).is_some() {
            desk.agent.handle(now, closed(flow));
            return;
        }
        let Some(hop) = self.hop.clone().filter(|_| self.state == State::Binding) else {
            return;
        };
        if self.port != 0 {
            // Another program has the port: any other will do, as the registrar is told.
            self.port = 0;
            self.bind(now, desk, hop.remote.ip());
        } else {
            self.fall(now, desk, RegistrationFailure::Connection, None);
        }
    }

    /// The registrar has taken us; says whether for the first time, or again after we were lost.
    pub(crate) fn handle_registered(
        &mut self,
        desk: &mut Desk,
        registration: RegistrationId,
        expires_s: u32,
    ) -> bool {
        if self.registration != Some(registration) {
            return false;
        }
        let is_new = self.state != State::Registered;
        self.state = State::Registered;
        self.attempts = 0;
        // When it is lost, the name system is asked afresh.
        self.route.clear();
        self.back_off.succeeded();
        if let (true, Some(controller)) = (is_new, self.controller().cloned()) {
            desk.tell(Event::LoggedIn {
                controller,
                expires_s,
            });
        }
        is_new
    }

    /// The registrar has not taken us, or has lost us.
    pub(crate) fn handle_failed(
        &mut self,
        now: Duration,
        desk: &mut Desk,
        registration: RegistrationId,
        failure: RegistrationFailure,
        response: Option<&Response>,
    ) {
        self.handle_unregistered(desk, registration);
        if self
            .registration
            .take_if(|own| *own == registration)
            .is_none()
        {
            return;
        }
        let status = response.map(|response| response.status);
        let is_final = matches!(
            failure,
            RegistrationFailure::Authentication | RegistrationFailure::Domain
        );
        match self.controller().cloned().filter(|_| is_final) {
            Some(controller) => {
                self.state = State::Off;
                self.account = None;
                desk.tell(Event::LoginFailed {
                    error: LoginError::Refused {
                        controller,
                        failure,
                        status,
                    },
                });
            }
            None => self.fall(now, desk, failure, status),
        }
    }

    /// A registration was taken back.
    pub(crate) fn handle_unregistered(&mut self, desk: &mut Desk, registration: RegistrationId) {
        self.leaving.retain(|leaving| *leaving != registration);
        if self.state == State::LoggingOut && self.leaving.is_empty() {
            self.state = State::Off;
            desk.tell(Event::LoggedOut);
        }
    }

    pub(crate) fn handle_timeout(&mut self, now: Duration, desk: &mut Desk) {
        if self.retry.is_some_and(|retry| retry <= now) {
            self.retry = None;
            self.resolve(now, desk);
        }
    }

    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.retry
    }

    /// Whether nothing is registered and nothing is under way.
    pub(crate) fn is_off(&self) -> bool {
        self.state == State::Off && self.leaving.is_empty()
    }

    /// From where calls are made, once registered.
    pub(crate) fn caller(&self) -> Option<Caller> {
        let account = self
            .account
            .as_ref()
            .filter(|_| self.state == State::Registered)?;
        let domain = self.domain()?;
        Some(Caller {
            hop: self.hop.clone()?,
            address: NameAddr::new(Uri::sip(Some(&account.identity.user), &domain, None).ok()?),
            domain,
            login: Login::new(&account.identity.user, &account.identity.password),
        })
    }

    fn controller(&self) -> Option<&Controller> {
        self.account.as_ref()?.controllers.get(self.index)
    }

    fn domain(&self) -> Option<String> {
        let account = self.account.as_ref()?;
        if account.domain.is_empty() {
            Some(self.controller()?.host.clone())
        } else {
            Some(account.domain.clone())
        }
    }

    /// Takes back what is registered, without waiting for it.
    fn leave(&mut self, now: Duration, desk: &mut Desk) {
        self.retry = None;
        self.route.clear();
        if let Some(registration) = self.registration.take() {
            self.leaving.push(registration);
            desk.agent.unregister(now, registration);
        }
    }
}

fn closed(flow: FlowId) -> sip::user_agent::Input {
    sip::user_agent::Input::Closed {
        flow: sip::flow::FlowId(flow.0),
        end: sip::flow::FlowEnd::Closed,
    }
}
