//! Subscriber: watches what another party tells of, for any event package, and refreshes the subscription until it is left.
//!
//! ```text
//! Asking ──2xx──► Watching ──time to refresh──► Asking
//!   │ └──leave──► Unwanted ──2xx──► Leaving        Watching ──leave──► Leaving ──2xx──► Parting
//!   └──refusal, silence──► Over
//! any ──NOTIFY that ends it──► Over         Parting ──that NOTIFY, or none within 32 s──► Over
//! ```
//!
//! Challenges are answered and 423 is obeyed on the way. The first NOTIFY may overtake the answer to SUBSCRIBE. A watch that
//! ended is over: its user decides whether to try again.
//!
//! RFC 6665 §4.1.

use std::time::Duration;

use crate::dialog::{Dialog, MAX_FORWARDS, Order};
use crate::endpoint::{Attempts, Contact, Draft, Endpoint, Login, Owner};
use crate::event::{Event as AgentEvent, WatchEnd, WatchId};
use crate::flow::Hop;
use crate::header::{Event, Headers, Name, NameAddr, SubscriptionState};
use crate::message::{Method, Request, Response};
use crate::timers::{TIMEOUT, refresh_after};
use crate::transaction::{Failure, TransactionId};
use crate::uri::Uri;

mod table;

use table::Action::{Ask, Goodbye, Nothing, Tell};
use table::Input::{Accepted, Due, Leave, Refused, Terminated};
use table::State::{self, Asking, Leaving, Over, Parting, Unwanted, Watching};
use table::{Input, step};

/// What is to be watched, and where.
#[derive(Clone, Debug)]
pub struct Watch {
    /// Where the first SUBSCRIBE goes.
    pub hop: Hop,
    /// The Request-URI.
    pub uri: Uri,
    /// Who watches, without tag. The user part becomes that of Contact.
    pub from: NameAddr,
    /// Who is watched, without tag.
    pub to: NameAddr,
    /// The event package.
    pub event: Event,
    /// The types of bodies that are understood; value of Accept.
    pub accept: String,
    /// How long a subscription is asked for, in seconds.
    pub expires_s: u32,
    /// To answer challenges with.
    pub login: Option<Login>,
}

/// One subscription of this party's.
#[derive(Debug)]
pub(crate) struct Subscriber {
    id: WatchId,
    state: State,
    watch: Watch,
    call_id: String,
    tag: String,
    /// Number of the last SUBSCRIBE before there is a dialog.
    number: u32,
    dialog: Option<Dialog>,
    /// The request that is out.
    sent: Option<(TransactionId, Request)>,
    attempts: Attempts,
    /// How often 423 has raised the expiry.
    raises: u8,
    expires_s: u32,
    deadline: Option<Duration>,
    /// How it has ended.
    end: WatchEnd,
}

/// How often a 423 is obeyed for one SUBSCRIBE; ours, as for registrations.
const RAISES_MAX: u8 = 2;

impl Subscriber {
    /// Sends the first SUBSCRIBE.
    pub(crate) fn start(now: Duration, id: WatchId, watch: Watch, endpoint: &mut Endpoint) -> Self {
        let mut subscriber = Self {
            id,
            state: Asking,
            call_id: endpoint.entropy.call_id(),
            tag: endpoint.entropy.tag(),
            number: 0,
            dialog: None,
            sent: None,
            attempts: Attempts::default(),
            raises: 0,
            expires_s: watch.expires_s,
            deadline: None,
            end: WatchEnd::Local,
            watch,
        };
        subscriber.ask(now, endpoint, subscriber.expires_s);
        subscriber
    }

    /// Watches no longer.
    pub(crate) fn leave(&mut self, now: Duration, endpoint: &mut Endpoint) {
        self.handle(now, endpoint, Leave);
    }

    pub(crate) fn handle_response(
        &mut self,
        now: Duration,
        endpoint: &mut Endpoint,
        transaction: TransactionId,
        response: Response,
    ) {
        if response.is_provisional() {
            return;
        }
        let Some((_, request)) = self.sent.take_if(|(sent, _)| *sent == transaction) else {
            return;
        };
        match response.status {
            200..=299 => self.on_accepted(now, endpoint, &request, &response),
            401 | 407 => match self.watch.login.as_ref().and_then(|login| {
                login.answer(
                    &request,
                    &response,
                    &mut self.attempts,
                    &mut endpoint.entropy,
                )
            }) {
                Some(request) => self.ask_again(now, endpoint, request),
                None => self.fail(now, endpoint, WatchEnd::Refused(response)),
            },
            423 if self.state == Asking && self.may_raise(&response) => {
                self.ask(now, endpoint, self.expires_s);
            }
            _ => self.fail(now, endpoint, WatchEnd::Refused(response)),
        }
    }

    pub(crate) fn handle_failure(
        &mut self,
        now: Duration,
        endpoint: &mut Endpoint,
        transaction: TransactionId,
        failure: Failure,
    ) {
        let is_ours = |(sent, _): &mut (TransactionId, Request)| *sent == transaction;
        if self.sent.take_if(is_ours).is_some() {
            self.fail(now, endpoint, WatchEnd::Failed(failure));
        }
    }

    /// Takes a NOTIFY whose Call-ID, To tag and event are this watch's.
    pub(crate) fn handle_notify(
        &mut self,
        now: Duration,
        endpoint: &mut Endpoint,
        transaction: TransactionId,
        request: Request,
    ) {
        let from = request.headers.from().ok();
        let tag = from.as_ref().and_then(NameAddr::tag).unwrap_or("");
        let number = request.headers.cseq().map_or(0, |cseq| cseq.number);
        if let Some(dialog) = &mut self.dialog {
            // RFC 6665 §4.1.4: of a forked SUBSCRIBE the one that answered is watched.
            if dialog.remote_tag() != tag {
                return endpoint.answer(now, transaction, 481);
            }
            if dialog.take_number(number) == Order::Late {
                return endpoint.answer(now, transaction, 500);
            }
        }
        let Ok(said) = request.headers.subscription_state() else {
            return endpoint.answer(now, transaction, 400);
        };
        endpoint.answer(now, transaction, 200);
        if let Some(dialog) = &mut self.dialog {
            dialog.refresh_target(&request.headers);
        }
        self.on_told(now, endpoint, said, request);
    }

    pub(crate) fn handle_timeout(&mut self, now: Duration, endpoint: &mut Endpoint) {
        if self.deadline.is_some_and(|deadline| deadline <= now) {
            self.handle(now, endpoint, Due);
        }
    }

    /// When `handle_timeout` is wanted.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.deadline
    }

    /// Whether the watch can be forgotten.
    pub(crate) fn is_over(&self) -> bool {
        self.state == Over
    }

    /// Whether a NOTIFY is about this watch: Call-ID, our tag, package and id (RFC 6665 §4.1.3).
    pub(crate) fn is_of(&self, request: &Request) -> bool {
        let headers = &request.headers;
        headers.call_id() == Ok(self.call_id.as_str())
            && headers.to().is_ok_and(|to| to.tag() == Some(&self.tag))
            && headers.event().is_ok_and(|event| {
                let own = &self.watch.event;
                event.package == own.package && event.id() == own.id()
            })
    }

    fn on_accepted(
        &mut self,
        now: Duration,
        endpoint: &mut Endpoint,
        request: &Request,
        response: &Response,
    ) {
        match &mut self.dialog {
            Some(dialog) => dialog.refresh_target(&response.headers),
            // To, From and Call-ID stand in every response that is taken.
            None => self.dialog = Dialog::of_initiator(request, response).ok(),
        }
        self.handle(now, endpoint, Accepted);
        let granted_s = response.headers.expires().ok().flatten();
        match self.state {
            Watching => {
                self.deadline = Some(now + refresh_after(granted_s.unwrap_or(self.expires_s)));
            }
            Parting => self.deadline = Some(now + TIMEOUT),
            Asking | Unwanted | Leaving | Over => {}
        }
    }

    /// The SUBSCRIBE has failed. Whoever has left already has what was wanted.
    fn fail(&mut self, now: Duration, endpoint: &mut Endpoint, end: WatchEnd) {
        if self.state == Asking {
            self.end = end;
        }
        self.handle(now, endpoint, Refused);
    }

    /// The other party has told its state.
    fn on_told(
        &mut self,
        now: Duration,
        endpoint: &mut Endpoint,
        said: SubscriptionState,
        request: Request,
    ) {
        let is_wanted = matches!(self.state, Asking | Watching);
        // The last NOTIFY of a subscription need not tell a state.
        if is_wanted && !(said.is_terminated() && request.body.is_empty()) {
            let watch = self.id;
            endpoint.emit(AgentEvent::Notified { watch, request });
        }
        if said.is_terminated() {
            if is_wanted {
                self.end = WatchEnd::Terminated(said);
            }
            self.handle(now, endpoint, Terminated);
        } else if let (Watching, Some(left_s)) = (self.state, said.expires_s()) {
            self.deadline = Some(now + refresh_after(left_s));
        }
    }

    fn may_raise(&mut self, response: &Response) -> bool {
        match response.headers.min_expires() {
            Ok(Some(least_s)) if least_s > self.expires_s && self.raises < RAISES_MAX => {
                self.raises += 1;
                self.expires_s = least_s;
                true
            }
            _ => false,
        }
    }

    fn handle(&mut self, now: Duration, endpoint: &mut Endpoint, input: Input) {
        let (state, action) = step(self.state, input);
        self.enter(state);
        match action {
            Nothing => {}
            Ask => {
                self.raises = 0;
                self.ask(now, endpoint, self.expires_s);
            }
            Goodbye => self.ask(now, endpoint, 0),
            Tell => endpoint.emit(AgentEvent::WatchEnded {
                watch: self.id,
                end: self.end.clone(),
            }),
        }
    }

    /// The one place where the state changes: only in two of them is there something to wait for.
    fn enter(&mut self, state: State) {
        self.state = state;
        if !matches!(state, Watching | Parting) {
            self.deadline = None;
        }
    }

    fn ask(&mut self, now: Duration, endpoint: &mut Endpoint, expires_s: u32) {
        self.attempts = Attempts::default();
        let mut request = match &mut self.dialog {
            Some(dialog) => dialog.request(Method::Subscribe),
            None => self.first(),
        };
        let headers = &mut request.headers;
        headers.push(Name::Event, self.watch.event.to_string());
        headers.push(Name::Expires, expires_s.to_string());
        headers.push(Name::Accept, &self.watch.accept);
        endpoint.add_capabilities(headers);
        self.launch(now, endpoint, request);
    }

    /// A SUBSCRIBE out of any dialog.
    fn first(&mut self) -> Request {
        self.number += 1;
        let mut request = Request::new(Method::Subscribe, self.watch.uri.clone());
        let from = self.watch.from.clone().with_tag(&self.tag);
        let mut headers = Headers::new();
        headers.push(Name::MaxForwards, MAX_FORWARDS);
        headers.push(Name::From, from.to_string());
        headers.push(Name::To, self.watch.to.to_string());
        headers.push(Name::CallId, &self.call_id);
        headers.push(Name::CSeq, format!("{} SUBSCRIBE", self.number));
        request.headers = headers;
        request
    }

    /// The same request with credentials.
    fn ask_again(&mut self, now: Duration, endpoint: &mut Endpoint, mut request: Request) {
        match &mut self.dialog {
            Some(dialog) => {
                let number = dialog.next_number();
                request
                    .headers
                    .set(Name::CSeq, format!("{number} SUBSCRIBE"));
            }
            None => self.number += 1,
        }
        self.launch(now, endpoint, request);
    }

    fn launch(&mut self, now: Duration, endpoint: &mut Endpoint, request: Request) {
        let hop = match &self.dialog {
            Some(dialog) if endpoint.config.follows_contact => dialog.next_hop(&self.watch.hop),
            _ => self.watch.hop.clone(),
        };
        let contact = Contact {
            user: self.watch.from.uri.user_raw().map(str::to_owned),
            params: String::new(),
        };
        let draft = Draft {
            request: request.clone(),
            hop,
            contact: Some(contact),
        };
        let transaction = endpoint.launch(now, draft, Owner::Watch(self.id));
        self.sent = Some((transaction, request));
    }
}
