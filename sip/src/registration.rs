//! Registration: binds this side's Contact at a registrar, refreshes it before it expires, takes it back.
//!
//! ```text
//! Binding ──2xx──► Bound ──time to refresh──► Binding        Unbinding ──any final answer, silence──► Over
//!    └──refusal, silence, lost connection──► Over    hang up ────▲  (from Bound, or once Binding is done)
//! ```
//!
//! Challenges are answered and 423 is obeyed on the way. A registration that failed is over: its user decides when and
//! where to try again. Behind a NAT the mapping is kept alive.
//!
//! RFC 3261 §10.2, §22.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::time::Duration;

use crate::dialog::MAX_FORWARDS;
use crate::endpoint::{Attempts, Contact, Draft, Endpoint, Login, Owner};
use crate::event::{Event, RegistrationFailure, RegistrationId};
use crate::flow::{Hop, Transport};
use crate::header::{Contacts, Headers, Name, NameAddr, Params};
use crate::message::{Method, Request, Response};
use crate::timers::refresh_after;
use crate::transaction::{Failure, TransactionId};
use crate::uri::Uri;

mod keep_alive;

/// What is to be bound, and where.
#[derive(Clone, Debug)]
pub struct Binding {
    /// The registrar's address.
    pub hop: Hop,
    /// The Request-URI: the domain, without user (RFC 3261 §10.2).
    pub registrar: Uri,
    /// The address of record, without tag. Its user part becomes that of Contact.
    pub address: NameAddr,
    /// How long a binding is asked for, in seconds.
    pub expires_s: u32,
    /// Parameters of Contact, such as `+sip.instance`.
    pub contact_params: Params,
    /// Further headers of every REGISTER.
    pub headers: Headers,
    /// To answer challenges with.
    pub login: Option<Login>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    /// A REGISTER is out.
    Binding,
    /// The binding stands.
    Bound,
    /// A REGISTER with expiry 0 is out.
    Unbinding,
    /// Nothing more to do.
    Over,
}

/// One registration.
#[derive(Debug)]
pub(crate) struct Registration {
    id: RegistrationId,
    state: State,
    binding: Binding,
    call_id: String,
    tag: String,
    number: u32,
    expires_s: u32,
    /// The request that is out.
    sent: Option<(TransactionId, Request)>,
    attempts: Attempts,
    /// How often 423 has raised the expiry.
    raises: u8,
    /// The user wants to unbind; waits for the REGISTER that is out.
    is_unwanted: bool,
    refresh: Option<Duration>,
    /// When the NAT on the way is to be reminded of us.
    ping: Option<Duration>,
}

/// How often a 423 is obeyed for one REGISTER; ours. A registrar that raises its minimum further is broken.
const RAISES_MAX: u8 = 2;

impl Registration {
    /// Where the registration is, in the words of its table.
    #[cfg(test)]
    pub(crate) fn state_name(&self) -> String {
        format!("{:?}", self.state)
    }

    /// Sends the first REGISTER.
    pub(crate) fn start(
        now: Duration,
        id: RegistrationId,
        binding: Binding,
        endpoint: &mut Endpoint,
    ) -> Self {
        let mut registration = Self {
            id,
            state: State::Binding,
            call_id: endpoint.entropy.call_id(),
            tag: endpoint.entropy.tag(),
            number: 0,
            expires_s: binding.expires_s,
            sent: None,
            attempts: Attempts::default(),
            raises: 0,
            is_unwanted: false,
            refresh: None,
            ping: None,
            binding,
        };
        registration.send(now, endpoint, registration.expires_s);
        registration
    }

    /// Takes the binding back, once the REGISTER that may be out is answered.
    pub(crate) fn unregister(&mut self, now: Duration, endpoint: &mut Endpoint) {
        match self.state {
            State::Binding => self.is_unwanted = true,
            State::Bound => self.unbind(now, endpoint),
            State::Unbinding | State::Over => {}
        }
    }

    pub(crate) fn handle_response(
        &mut self,
        now: Duration,
        endpoint: &mut Endpoint,
        transaction: TransactionId,
        response: Response,
    ) {
        if response.is_provisional()
            || self
                .sent
                .as_ref()
                .is_none_or(|(sent, _)| *sent != transaction)
        {
            return;
        }
        let Some((_, request)) = self.sent.take() else {
            return;
        };
        match (self.state, response.status) {
            (State::Binding, 200..=299) => self.on_bound(now, endpoint, response),
            (State::Binding | State::Unbinding, 401 | 407) => {
                let login = self.binding.login.as_ref();
                match login.and_then(|login| {
                    login.answer(
                        &request,
                        &response,
                        &mut self.attempts,
                        &mut endpoint.entropy,
                    )
                }) {
                    Some(request) => {
                        self.number += 1;
                        self.launch(now, endpoint, request);
                    }
                    None => {
                        self.on_refused(endpoint, RegistrationFailure::Authentication, response)
                    }
                }
            }
            (State::Binding, 423) if self.raises < RAISES_MAX && self.may_raise(&response) => {
                self.raises += 1;
                self.send(now, endpoint, self.expires_s);
            }
            (State::Binding | State::Unbinding, status) => {
                self.on_refused(endpoint, kind_of(status), response)
            }
            (State::Bound | State::Over, _) => {}
        }
    }

    pub(crate) fn handle_failure(
        &mut self,
        endpoint: &mut Endpoint,
        transaction: TransactionId,
        failure: Failure,
    ) {
        if self
            .sent
            .take_if(|(sent, _)| *sent == transaction)
            .is_some()
        {
            self.fail(
                endpoint,
                match failure {
                    Failure::Silence => RegistrationFailure::Silence,
                    Failure::Connection => RegistrationFailure::Connection,
                    Failure::Certificate => RegistrationFailure::Certificate,
                },
                None,
            );
        }
    }

    /// The connection that carried the registration is gone: the registrar cannot reach us any more.
    pub(crate) fn handle_loss(&mut self, endpoint: &mut Endpoint) {
        if self.state != State::Over {
            self.fail(endpoint, RegistrationFailure::Connection, None);
        }
    }

    pub(crate) fn handle_timeout(&mut self, now: Duration, endpoint: &mut Endpoint) {
        if self.ping.is_some_and(|ping| ping <= now) {
            endpoint.ping(&self.binding.hop);
            self.ping = Some(now + keep_alive::EVERY);
        }
        if self.state == State::Bound && self.refresh.is_some_and(|refresh| refresh <= now) {
            self.state = State::Binding;
            self.refresh = None;
            self.raises = 0;
            self.send(now, endpoint, self.expires_s);
        }
    }

    /// When `handle_timeout` is wanted.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.refresh.into_iter().chain(self.ping).min()
    }

    /// Whether the registration can be forgotten.
    pub(crate) fn is_over(&self) -> bool {
        self.state == State::Over
    }

    /// Whether a connection to this end carries it.
    pub(crate) fn is_by(&self, transport: Transport, remote: SocketAddr) -> bool {
        transport.is_reliable()
            && (self.binding.hop.transport, self.binding.hop.remote) == (transport, remote)
    }

    fn on_bound(&mut self, now: Duration, endpoint: &mut Endpoint, response: Response) {
        let granted_s = self.granted(&response);
        self.state = State::Bound;
        self.refresh = Some(now + refresh_after(granted_s));
        let is_behind_nat = keep_alive::is_needed(self.binding.hop.transport, &response);
        self.ping = is_behind_nat.then_some(now + keep_alive::EVERY);
        if self.is_unwanted {
            return self.unbind(now, endpoint);
        }
        endpoint.emit(Event::Registered {
            registration: self.id,
            expires_s: granted_s,
            response,
        });
    }

    /// For how long the registrar bound us: `expires` of our Contact in its answer, else Expires, else what was asked for.
    ///
    /// Which Contact is ours is told by the instance. A registrar that leaves it out leaves only the user part to go by: of
    /// several devices of that user the first to run out may be this one.
    fn granted(&self, response: &Response) -> u32 {
        let user = self.binding.address.uri.user_raw();
        let ours = match response.headers.contacts() {
            Ok(Contacts::List(contacts)) => {
                let instance = self.binding.contact_params.value("+sip.instance");
                let said =
                    |contact: &NameAddr| contact.params.value("+sip.instance").map(Cow::into_owned);
                let by_instance = contacts.iter().find(|contact| {
                    instance.is_some() && said(contact).as_deref() == instance.as_deref()
                });
                let by_user = || {
                    contacts
                        .iter()
                        .filter(|contact| contact.uri.user_raw() == user && said(contact).is_none())
                        .filter_map(NameAddr::expires_s)
                        .min()
                };
                match by_instance {
                    Some(contact) => contact.expires_s(),
                    None => by_user(),
                }
            }
            Ok(Contacts::Star) | Err(_) => None,
        };
        ours.or_else(|| response.headers.expires().ok().flatten())
            .unwrap_or(self.expires_s)
    }

    fn may_raise(&mut self, response: &Response) -> bool {
        match response.headers.min_expires() {
            Ok(Some(least_s)) if least_s > self.expires_s => {
                self.expires_s = least_s;
                true
            }
            _ => false,
        }
    }

    fn on_refused(
        &mut self,
        endpoint: &mut Endpoint,
        failure: RegistrationFailure,
        response: Response,
    ) {
        self.fail(endpoint, failure, Some(response));
    }

    fn fail(
        &mut self,
        endpoint: &mut Endpoint,
        failure: RegistrationFailure,
        response: Option<Response>,
    ) {
        let registration = self.id;
        let is_unwanted = self.state == State::Unbinding || self.is_unwanted;
        self.state = State::Over;
        self.sent = None;
        self.refresh = None;
        self.ping = None;
        endpoint.emit(match is_unwanted {
            true => Event::Unregistered { registration },
            false => Event::RegistrationFailed {
                registration,
                failure,
                response,
            },
        });
    }

    fn unbind(&mut self, now: Duration, endpoint: &mut Endpoint) {
        self.state = State::Unbinding;
        self.refresh = None;
        self.send(now, endpoint, 0);
    }

    fn send(&mut self, now: Duration, endpoint: &mut Endpoint, expires_s: u32) {
        self.number += 1;
        self.attempts = Attempts::default();
        let mut request = Request::new(Method::Register, self.binding.registrar.clone());
        let headers = &mut request.headers;
        let address = self.binding.address.clone();
        headers.push(Name::MaxForwards, MAX_FORWARDS);
        headers.push(Name::From, address.clone().with_tag(&self.tag).to_string());
        headers.push(Name::To, address.to_string());
        headers.push(Name::CallId, &self.call_id);
        headers.push(Name::CSeq, format!("{} REGISTER", self.number));
        headers.push(Name::Expires, expires_s.to_string());
        self.binding
            .headers
            .fields()
            .for_each(|field| headers.push_field(field.clone()));
        endpoint.add_capabilities(headers);
        self.launch(now, endpoint, request);
    }

    fn launch(&mut self, now: Duration, endpoint: &mut Endpoint, request: Request) {
        let contact = Contact {
            user: self.binding.address.uri.user_raw().map(str::to_owned),
            params: self.binding.contact_params.as_str().to_owned(),
        };
        let draft = Draft {
            request: request.clone(),
            hop: self.binding.hop.clone(),
            contact: Some(contact),
        };
        let transaction = endpoint.launch(now, draft, Owner::Registration(self.id));
        self.sent = Some((transaction, request));
    }
}

/// Whose fault a refusal is.
fn kind_of(status: u16) -> RegistrationFailure {
    match status {
        401 | 403 | 407 => RegistrationFailure::Authentication,
        404 | 416 | 604 => RegistrationFailure::Domain,
        408 => RegistrationFailure::Silence,
        _ => RegistrationFailure::Server,
    }
}
