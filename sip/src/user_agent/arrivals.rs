//! Gives what arrived to the session, registration or request it belongs to; answers what belongs to none.
//!
//! RFC 3261 §9.2 (CANCEL), §12.2.2 (481).

use std::net::SocketAddr;
use std::time::Duration;

use super::{UserAgent, unwelcome};
use crate::endpoint::{Arrival, Endpoint, Owner};
use crate::event::{Event, IncomingId, SessionId};
use crate::flow::{Hop, Transport};
use crate::header::{Name, Via};
use crate::message::{Method, Request, Response};
use crate::session::Session;
use crate::transaction::{Failure, TransactionId};

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
                } => self.on_request(now, transaction, hop, request, &via),
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
                } => self.on_answer(now, transaction, owner, response),
                Arrival::Failed {
                    transaction,
                    owner,
                    failure,
                } => self.on_failed(now, transaction, owner, failure),
                Arrival::Deserted { transaction } => {
                    if let Some(&id) = self.by_transaction.get(&transaction) {
                        self.with_session(now, id, |session, _, endpoint| {
                            session.handle_desertion(endpoint, transaction);
                        });
                    }
                }
                Arrival::FlowClosed { transport, remote } => {
                    self.on_flow_closed(now, transport, remote)
                }
            }
        }
    }

    /// A request of ours was answered.
    fn on_answer(
        &mut self,
        now: Duration,
        transaction: TransactionId,
        owner: Owner,
        response: Response,
    ) {
        match owner {
            Owner::Session(id) => self.with_session(now, id, |session, now, endpoint| {
                session.handle_response(now, endpoint, transaction, response);
            }),
            Owner::Registration(id) => {
                self.with_registration(now, id, |registration, now, endpoint| {
                    registration.handle_response(now, endpoint, transaction, response);
                })
            }
            Owner::Subscription(id) => {
                self.with_subscription(now, id, |subscription, now, endpoint| {
                    subscription.handle_response(now, endpoint, &response);
                })
            }
            Owner::Watch(id) => self.with_watch(now, id, |subscriber, now, endpoint| {
                subscriber.handle_response(now, endpoint, transaction, response);
            }),
            Owner::Request(id) => self.on_response(now, id, response),
            Owner::Nobody => {}
        }
    }

    /// A request of ours will get no answer.
    fn on_failed(
        &mut self,
        now: Duration,
        transaction: TransactionId,
        owner: Owner,
        failure: Failure,
    ) {
        match owner {
            Owner::Session(id) => self.with_session(now, id, |session, now, endpoint| {
                session.handle_failure(now, endpoint, transaction, failure);
            }),
            Owner::Registration(id) => {
                self.with_registration(now, id, |registration, _, endpoint| {
                    registration.handle_failure(endpoint, transaction, failure);
                })
            }
            Owner::Subscription(id) => {
                self.with_subscription(now, id, |subscription, now, endpoint| {
                    subscription.handle_failure(now, endpoint);
                })
            }
            Owner::Watch(id) => self.with_watch(now, id, |subscriber, now, endpoint| {
                subscriber.handle_failure(now, endpoint, transaction, failure);
            }),
            Owner::Request(id) => self.on_failure(id, failure),
            Owner::Nobody => {}
        }
    }

    /// A connection is gone: so are the registrations that it carried.
    fn on_flow_closed(&mut self, now: Duration, transport: Transport, remote: SocketAddr) {
        let lost: Vec<_> = self
            .registrations
            .iter()
            .filter(|(_, registration)| registration.is_by(transport, remote))
            .map(|(id, _)| *id)
            .collect();
        for id in lost {
            self.with_registration(now, id, |registration, _, endpoint| {
                registration.handle_loss(endpoint)
            });
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
        if let Some(refusal) = unwelcome::refusal(&self.endpoint, &request) {
            self.endpoint.respond(now, transaction, refusal);
            return;
        }
        if let Some(id) = self.find_session(&request) {
            return self.with_session(now, id, |session, now, endpoint| {
                session.handle_request(now, endpoint, transaction, hop, request);
            });
        }
        if let Some(id) = self.watch_of(&request) {
            return self.with_watch(now, id, |subscriber, now, endpoint| {
                subscriber.handle_notify(now, endpoint, transaction, request);
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
        let Some(invite) = self.endpoint.cancelled_by(&request, via) else {
            return self.endpoint.answer(now, transaction, 481);
        };
        let session = self.by_transaction.get(&invite).copied();
        // RFC 3261 §9.2: the CANCEL itself is answered first, whatever comes of the INVITE, and with the tag that the INVITE's
        // own answers have.
        let mut response = request.response(200);
        if let Some(session) = session.and_then(|id| self.sessions.get(&id))
            && let Ok(to) = request.headers.to()
        {
            let (_, tag) = session.dialog_key();
            response
                .headers
                .set(Name::To, to.with_tag(&tag).to_string());
        }
        self.endpoint.respond(now, transaction, response);
        if let Some(id) = session {
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
