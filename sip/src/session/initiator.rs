//! The initiator's half of a session: INVITE, its answers, its forks, CANCEL, ACK.
//!
//! RFC 3261 §9.1, §13.2, §22.2.

use std::time::Duration;

use super::{ACKS_MAX, Session, State};
use crate::dialog::MAX_FORWARDS;
use crate::endpoint::{Attempts, Body, Contact, Draft, Endpoint, Login, Owner};
use crate::event::{Ended, Event, SessionId};
use crate::flow::Hop;
use crate::header::{Headers, Name, NameAddr};
use crate::message::{Method, Request, Response};
use crate::session::SessionError;
use crate::timers::{CALLING_MAX, TIMEOUT};
use crate::transaction::TransactionId;
use crate::uri::Uri;

/// A call to be made.
#[derive(Clone, Debug)]
pub struct Invite {
    /// Where the INVITE goes.
    pub hop: Hop,
    /// The Request-URI.
    pub uri: Uri,
    /// Who calls, without tag. The user part becomes that of Contact.
    pub from: NameAddr,
    /// Who is called, without tag.
    pub to: NameAddr,
    /// Further headers, such as Route; Max-Forwards, if not 70.
    pub headers: Headers,
    /// The offer. Without it the answer's offer must be answered by `acknowledge`.
    pub body: Option<Body>,
    /// To answer challenges with.
    pub login: Option<Login>,
}

/// Our INVITE or re-INVITE that waits for its final answer.
#[derive(Clone, Debug)]
pub(super) struct Ours {
    pub(super) transaction: TransactionId,
    pub(super) request: Request,
    pub(super) attempts: Attempts,
    /// Whether it is the first of the session.
    pub(super) is_initial: bool,
}

impl Ours {
    /// Number of its CSeq.
    pub(super) fn number(&self) -> u32 {
        self.request.headers.cseq().map_or(0, |cseq| cseq.number)
    }
}

impl Session {
    /// Sends the INVITE of a new session.
    pub(crate) fn call(
        now: Duration,
        id: SessionId,
        invite: Invite,
        endpoint: &mut Endpoint,
    ) -> Self {
        let (call_id, tag) = (endpoint.entropy.call_id(), endpoint.entropy.tag());
        let mut session = Session::new(id, State::Calling, invite.hop.clone(), call_id, tag);
        session.login = invite.login;
        session.contact = Contact {
            user: invite.from.uri.user_raw().map(str::to_owned),
            params: String::new(),
        };
        let mut request = Request::new(Method::Invite, invite.uri);
        let headers = &mut request.headers;
        if !invite.headers.contains(Name::MaxForwards) {
            headers.push(Name::MaxForwards, MAX_FORWARDS);
        }
        headers.push(
            Name::From,
            invite.from.with_tag(&session.local_tag).to_string(),
        );
        headers.push(Name::To, invite.to.to_string());
        headers.push(Name::CallId, &session.call_id);
        headers.push(Name::CSeq, "1 INVITE");
        invite
            .headers
            .fields()
            .for_each(|field| headers.push_field(field.clone()));
        endpoint.add_capabilities(headers);
        if let Some(body) = invite.body {
            request.set_body(&body.content_type, body.bytes);
        }
        session.send_invite(now, endpoint, request, Attempts::default(), true);
        session.expiry = Some(now + CALLING_MAX);
        session
    }

    /// Sends the ACK that the user owes.
    pub(crate) fn acknowledge(
        &mut self,
        now: Duration,
        endpoint: &mut Endpoint,
        body: Option<Body>,
    ) -> Result<(), SessionError> {
        let number = self.owed_ack.take().ok_or(SessionError::OutOfTurn)?;
        self.send_ack(now, endpoint, number, body);
        self.offer_retry(endpoint);
        Ok(())
    }

    /// Sends an INVITE or re-INVITE, for the first time or with an answer to a challenge.
    pub(super) fn send_invite(
        &mut self,
        now: Duration,
        endpoint: &mut Endpoint,
        request: Request,
        attempts: Attempts,
        is_initial: bool,
    ) {
        if is_initial {
            self.invite = Some(request.clone());
        }
        self.credentials = credentials_of(&request);
        let draft = self.draft(endpoint, request.clone(), true);
        let transaction = endpoint.launch(now, draft, Owner::Session(self.id));
        self.ours = Some(Ours {
            transaction,
            request,
            attempts,
            is_initial,
        });
    }

    pub(super) fn cancel(&mut self, now: Duration, endpoint: &mut Endpoint, headers: Headers) {
        let Some(ours) = &self.ours else { return };
        let transaction = ours.transaction;
        if self.state == State::Proceeding {
            endpoint.cancel(now, transaction, &headers);
            self.enter(State::Cancelling { sent: true });
            self.expiry = Some(now + TIMEOUT);
        } else if endpoint.request_of(transaction).is_some() {
            // RFC 3261 §9.1: no CANCEL before a provisional answer has come.
            self.enter(State::Cancelling { sent: false });
            self.farewell = headers;
        } else {
            endpoint.cancel(now, transaction, &headers);
            self.enter(State::Over);
            endpoint.emit(Event::Refused {
                session: self.id,
                response: None,
                failure: None,
            });
        }
    }

    pub(super) fn on_invite_answered(
        &mut self,
        now: Duration,
        endpoint: &mut Endpoint,
        response: Response,
    ) {
        match (self.state, response.status) {
            (State::Calling | State::Proceeding, 100..=199) => {
                self.enter(State::Proceeding);
                if let Some(invite) = &self.invite {
                    self.early.take(invite, &response);
                }
                if response.status > 100 {
                    endpoint.emit(Event::Progress {
                        session: self.id,
                        response,
                    });
                }
            }
            (State::Cancelling { sent: false }, 100..=199) => {
                let headers = std::mem::take(&mut self.farewell);
                self.enter(State::Proceeding);
                self.cancel(now, endpoint, headers);
            }
            (State::Calling | State::Proceeding | State::Cancelling { .. }, 200..=299) => {
                self.on_answer(now, endpoint, response);
            }
            (State::Calling | State::Proceeding | State::Cancelling { .. }, 300..=699) => {
                self.on_refusal(now, endpoint, response);
            }
            _ => {} // The session is over; what still comes is of no interest.
        }
    }

    fn on_answer(&mut self, now: Duration, endpoint: &mut Endpoint, response: Response) {
        let (Some(ours), Some(invite)) = (self.ours.take(), self.invite.as_ref()) else {
            return;
        };
        self.linger = Some(now + TIMEOUT);
        let tag = response
            .headers
            .to()
            .ok()
            .and_then(|to| to.tag().map(str::to_owned))
            .unwrap_or_default();
        self.early.take(invite, &response);
        let Some(dialog) = self.early.remove(&tag) else {
            // Without To, Call-ID or CSeq this cannot be reached: such a response was dropped before.
            self.enter(State::Over);
            endpoint.emit(Event::Refused {
                session: self.id,
                response: Some(response),
                failure: None,
            });
            return;
        };
        let number = ours.request.headers.cseq().map_or(0, |cseq| cseq.number);
        self.dialog = Some(dialog);
        if self.state != (State::Cancelling { sent: true })
            && self.state != (State::Cancelling { sent: false })
        {
            self.enter(State::Established);
            self.acknowledge_or_owe(now, endpoint, &ours.request, number);
            endpoint.emit(Event::Answered {
                session: self.id,
                response,
            });
        } else {
            // The answer crossed our CANCEL (RFC 3261 §9.1): take it and hang up.
            self.send_ack(now, endpoint, number, None);
            self.end(now, endpoint, Ended::Local);
        }
    }

    fn on_refusal(&mut self, now: Duration, endpoint: &mut Endpoint, response: Response) {
        let Some(mut ours) = self.ours.take() else {
            return;
        };
        if !matches!(self.state, State::Cancelling { .. })
            && let Some(login) = &self.login
            && let Some(request) = login.answer(
                &ours.request,
                &response,
                &mut ours.attempts,
                &mut endpoint.entropy,
            )
        {
            self.early.clear();
            self.enter(State::Calling);
            self.expiry = Some(now + CALLING_MAX);
            return self.send_invite(now, endpoint, request, ours.attempts, true);
        }
        self.enter(State::Over);
        endpoint.emit(Event::Refused {
            session: self.id,
            response: Some(response),
            failure: None,
        });
    }

    /// An INVITE with an offer is acknowledged at once; one without waits for the user's answer to the 2xx's offer.
    pub(super) fn acknowledge_or_owe(
        &mut self,
        now: Duration,
        endpoint: &mut Endpoint,
        request: &Request,
        number: u32,
    ) {
        if request.body.is_empty() {
            self.owed_ack = Some(number);
        } else {
            self.send_ack(now, endpoint, number, None);
        }
    }

    pub(super) fn send_ack(
        &mut self,
        now: Duration,
        endpoint: &mut Endpoint,
        number: u32,
        body: Option<Body>,
    ) {
        let Some(dialog) = &self.dialog else { return };
        let mut request = dialog.ack(number);
        add_all(&mut request.headers, &self.credentials);
        if let Some(body) = body {
            request.set_body(&body.content_type, body.bytes);
        }
        let draft = self.draft(endpoint, request, false);
        endpoint.launch_ack(now, draft.clone());
        if self.acks.len() == ACKS_MAX {
            self.acks.remove(0);
        }
        self.acks.push((number, draft));
    }

    /// A 2xx to an INVITE that has been answered already: a repeat, or another fork's (RFC 3261 §13.2.2.4).
    pub(super) fn on_late_answer(
        &mut self,
        now: Duration,
        endpoint: &mut Endpoint,
        response: &Response,
    ) {
        let (Ok(cseq), Ok(to)) = (response.headers.cseq(), response.headers.to()) else {
            return;
        };
        let is_ours = self
            .dialog
            .as_ref()
            .is_some_and(|dialog| Some(dialog.remote_tag()) == to.tag());
        if cseq.method != Method::Invite {
            return;
        }
        if is_ours || to.tag().is_none() {
            if let Some((_, draft)) = self.acks.iter().find(|(number, _)| *number == cseq.number) {
                endpoint.launch_ack(now, draft.clone());
            } else if self.owed_ack != Some(cseq.number) {
                // Of a re-INVITE that was still out when the session ended.
                self.send_ack(now, endpoint, cseq.number, None);
            }
        } else if let Some(invite) = &self.invite
            && let Ok(mut fork) = crate::dialog::Dialog::of_initiator(invite, response)
        {
            let mut ack = fork.ack(cseq.number);
            add_all(&mut ack.headers, &credentials_of(invite));
            let hop = match endpoint.config.follows_contact {
                true => fork.next_hop(&self.hop),
                false => self.hop.clone(),
            };
            endpoint.launch_ack(
                now,
                Draft {
                    request: ack,
                    hop: hop.clone(),
                    contact: None,
                },
            );
            let bye = Draft {
                request: fork.request(Method::Bye),
                hop,
                contact: None,
            };
            endpoint.launch(now, bye, Owner::Nobody);
        }
    }
}

/// RFC 3261 §22.1: the ACK bears the same credentials as its INVITE.
fn credentials_of(invite: &Request) -> Headers {
    let mut credentials = Headers::new();
    let names = [Some(Name::Authorization), Some(Name::ProxyAuthorization)];
    invite
        .headers
        .fields()
        .filter(|field| names.contains(&field.name()))
        .for_each(|field| credentials.push_field(field.clone()));
    credentials
}

fn add_all(headers: &mut Headers, more: &Headers) {
    more.fields()
        .for_each(|field| headers.push_field(field.clone()));
}
