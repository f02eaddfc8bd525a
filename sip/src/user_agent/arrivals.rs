//! Gives what arrived to the session, registration or request it belongs to; answers what belongs to none.
//!
//! RFC 3261 §8.2.1 (method), §8.2.2.3 (Require), §9.2 (CANCEL), §12.2.2 (481).

use std::time::Duration;

use super::UserAgent;
use crate::endpoint::{Arrival, Endpoint, Owner};
use crate::event::{Event, IncomingId, SessionId};
use crate::flow::Hop;
use crate::header::{Name, Via};
use crate::message::{Method, Request, Response};
use crate::session::Session;
use crate::transaction::TransactionId;

impl UserAgent {
    /// Deals with all that arrived, and with what comes of that.
    pub(super) fn settle_arrivals(&mut self, now: Duration) {
        while let Some(arrival) = self.endpoint.next_arrival() {
            match arrival {
                Arrival::Request {
                    transaction,
                    hop,
                    request,
                    via,
                } => {
                    self.on_request(now, transaction, hop, request, &via);
                }
                Arrival::Acknowledgement { request } => {
                    if let Some(id) = self.find_session(&request) {
                        self.with_session(now, id, |session, now, endpoint| {
                            session.handle_ack(now, endpoint, request)
                        });
                    }
                }
                Arrival::Response {
                    transaction,
                    owner,
                    response,
                } => match owner {
                    Owner::Session(id) => self.with_session(now, id, |session, now, endpoint| {
                        session.handle_response(now, endpoint, transaction, response);
                    }),
                    Owner::Registration(id) => {
                        self.with_registration(now, id, |registration, now, endpoint| {
                            registration.handle_response(now, endpoint, transaction, response);
                        })
                    }
                    Owner::Request(id) => self.on_response(now, id, response),
                    Owner::Nobody => {}
                },
                Arrival::Failed {
                    transaction,
                    owner,
                    failure,
                } => match owner {
                    Owner::Session(id) => self.with_session(now, id, |session, now, endpoint| {
                        session.handle_failure(now, endpoint, transaction, failure);
                    }),
                    Owner::Registration(id) => {
                        self.with_registration(now, id, |registration, _, endpoint| {
                            registration.handle_failure(endpoint, transaction, failure);
                        })
                    }
                    Owner::Request(id) => self.on_failure(id, failure),
                    Owner::Nobody => {}
                },
                Arrival::Deserted { transaction } => {
                    if let Some(&id) = self.by_transaction.get(&transaction) {
                        self.with_session(now, id, |session, _, endpoint| {
                            session.handle_desertion(endpoint, transaction);
                        });
                    }
                }
                Arrival::FlowClosed { transport, remote } => {
                    let by_it = |(id, registration): (&_, &crate::registration::Registration)| {
                        registration.is_by(transport, remote).then_some(*id)
                    };
                    let lost: Vec<_> = self.registrations.iter().filter_map(by_it).collect();
                    for id in lost {
                        self.with_registration(now, id, |registration, _, endpoint| {
                            registration.handle_loss(endpoint)
                        });
                    }
                }
            }
        }
    }

    fn on_request(
        &mut self,
        now: Duration,
        transaction: TransactionId,
        hop: Hop,
        request: Request,
        via: &Via,
    ) {
        if request.method == Method::Cancel {
            return self.on_cancel(now, transaction, request, via);
        }
        if let Some(refusal) = self.refusal(&request) {
            self.endpoint.respond(now, transaction, refusal);
            return;
        }
        if let Some(id) = self.find_session(&request) {
            return self.with_session(now, id, |session, now, endpoint| {
                session.handle_request(now, endpoint, transaction, request);
            });
        }
        let is_within = request.headers.to().is_ok_and(|to| to.tag().is_some());
        match request.method {
            Method::Invite if !is_within => self.on_invite(now, transaction, hop, &request),
            Method::Invite | Method::Bye | Method::Update | Method::Prack | Method::Info => {
                self.endpoint.answer(now, transaction, 481);
            }
            Method::Ack | Method::Cancel => {} // These have been dealt with.
            // With a To tag too: the user may keep dialogs of its own, such as subscriptions.
            Method::Register
            | Method::Options
            | Method::Subscribe
            | Method::Notify
            | Method::Publish
            | Method::Refer
            | Method::Message
            | Method::Other(_) => {
                self.endpoint.emit(Event::Request {
                    incoming: IncomingId(transaction.0),
                    hop,
                    request,
                });
            }
        }
    }

    /// The answer to a request that this party cannot serve whatever it says.
    fn refusal(&self, request: &Request) -> Option<Response> {
        let config = &self.endpoint.config;
        let is_own = matches!(
            request.method,
            Method::Invite | Method::Bye | Method::Update | Method::Prack
        );
        if !is_own && !config.methods.contains(&request.method) {
            // RFC 3261 §21.4.6, §21.5.2: 405 for a method that is known but not served, 501 for an unknown one.
            let is_unknown = matches!(request.method, Method::Other(_));
            let mut response = request.response(if is_unknown { 501 } else { 405 });
            response.headers.push(Name::Allow, &self.endpoint.allow);
            return Some(response);
        }
        let is_known = |wanted: &&str| {
            config
                .options
                .iter()
                .any(|known| known.eq_ignore_ascii_case(wanted))
        };
        let unknown: Vec<&str> = request
            .headers
            .all(Name::Require)
            .filter(|wanted| !is_known(wanted))
            .collect();
        if unknown.is_empty() {
            return None;
        }
        let mut response = request.response(420);
        response.headers.push(Name::Unsupported, unknown.join(", "));
        Some(response)
    }

    fn on_invite(
        &mut self,
        now: Duration,
        transaction: TransactionId,
        hop: Hop,
        request: &Request,
    ) {
        if self.sessions.len() >= self.endpoint.config.sessions_max {
            return self.endpoint.answer(now, transaction, 503);
        }
        let id = SessionId(self.fresh());
        match Session::offered(now, id, transaction, hop, request, &mut self.endpoint) {
            Ok(session) => {
                self.by_dialog.insert(session.dialog_key(), id);
                self.sessions.insert(id, session);
                self.settle_session(id);
            }
            // Only Contact can still be missing.
            Err(_) => self.endpoint.answer(now, transaction, 400),
        }
    }

    fn on_cancel(
        &mut self,
        now: Duration,
        transaction: TransactionId,
        request: Request,
        via: &Via,
    ) {
        let invite = self.endpoint.cancelled_by(&request, via);
        // RFC 3261 §9.2: the CANCEL itself is answered first, whatever comes of the INVITE.
        self.endpoint
            .answer(now, transaction, if invite.is_some() { 200 } else { 481 });
        if let Some(&id) = invite.and_then(|invite| self.by_transaction.get(&invite)) {
            self.with_session(now, id, |session, now, endpoint| {
                session.handle_cancel(now, endpoint, request)
            });
        }
    }

    fn find_session(&self, request: &Request) -> Option<SessionId> {
        let call_id = request.headers.call_id().ok()?;
        let to = request.headers.to().ok()?;
        self.by_dialog
            .get(&(call_id.to_owned(), to.tag()?.to_owned()))
            .copied()
    }

    pub(super) fn with_session(
        &mut self,
        now: Duration,
        id: SessionId,
        act: impl FnOnce(&mut Session, Duration, &mut Endpoint),
    ) {
        if let Some(session) = self.sessions.get_mut(&id) {
            act(session, now, &mut self.endpoint);
            self.settle_session(id);
        }
    }
}
