//! Requests within a session's dialog: BYE, INFO and the like, in both directions.
//!
//! RFC 3261 §12.2, §15.1; RFC 3262 §3 (a PRACK for nothing gets 481).

use std::time::Duration;

use super::acceptor::Theirs;
use super::{Session, SessionError, State};
use crate::dialog::Order;
use crate::endpoint::{Body, Draft, Endpoint, Login, Reply};
use crate::event::{Ended, Event, IncomingId};
use crate::flow::Hop;
use crate::header::{Headers, Name};
use crate::message::{Method, Request};
use crate::transaction::TransactionId;

impl Session {
    /// Takes a request whose Call-ID and To tag are this session's: not ACK, not CANCEL.
    pub(crate) fn handle_request(
        &mut self,
        now: Duration,
        endpoint: &mut Endpoint,
        transaction: TransactionId,
        hop: Hop,
        request: Request,
    ) {
        let tag = request
            .headers
            .from()
            .ok()
            .and_then(|from| from.tag().map(str::to_owned))
            .unwrap_or_default();
        let theirs = Theirs {
            transaction,
            hop,
            request,
        };
        let number = theirs.number();
        let dialog = match &mut self.dialog {
            Some(dialog) if dialog.remote_tag() == tag && self.state != State::Over => dialog,
            _ => return self.on_early_request(now, endpoint, &theirs, &tag),
        };
        if dialog.take_number(number) == Order::Late {
            return endpoint.answer(now, transaction, 500);
        }
        match theirs.request.method {
            Method::Bye => self.on_bye(now, endpoint, transaction, theirs.request),
            Method::Invite | Method::Update => self.on_offer(now, endpoint, theirs),
            Method::Prack => endpoint.answer(now, transaction, 481),
            Method::Ack | Method::Cancel => {} // These never come here.
            Method::Register
            | Method::Options
            | Method::Info
            | Method::Subscribe
            | Method::Notify
            | Method::Publish
            | Method::Refer
            | Method::Message
            | Method::Other(_) => {
                let incoming = IncomingId(transaction.0);
                endpoint.emit(Event::RequestWithin {
                    session: self.id,
                    incoming,
                    request: theirs.request,
                });
            }
        }
    }

    /// The other side has answered a request of ours that it knows nothing of this dialog, which ends it (RFC 3261 §12.2.1.2).
    pub(crate) fn handle_gone(&mut self, now: Duration, endpoint: &mut Endpoint) {
        if self.state == State::Established {
            self.end(now, endpoint, Ended::Gone);
        }
    }

    /// A request of somebody who rings for us: it may say where it is now (RFC 3311 §5.2), and nothing else. Our offer is out.
    fn on_early_request(
        &mut self,
        now: Duration,
        endpoint: &mut Endpoint,
        theirs: &Theirs,
        tag: &str,
    ) {
        let (transaction, request) = (theirs.transaction, &theirs.request);
        let early = self.early.get_mut(tag);
        let Some(dialog) = early.filter(|_| request.method == Method::Update) else {
            return endpoint.answer(now, transaction, 481);
        };
        if dialog.take_number(theirs.number()) == Order::Late {
            return endpoint.answer(now, transaction, 500);
        }
        if !request.body.is_empty() {
            return endpoint.answer(now, transaction, 491);
        }
        dialog.refresh_target(&request.headers);
        let response = self.response(endpoint, theirs, Reply::new(200));
        endpoint.respond(now, transaction, response);
    }

    /// A request within the dialog, ready to be sent; and what to answer challenges with.
    pub(crate) fn draft_within(
        &mut self,
        endpoint: &Endpoint,
        method: Method,
        headers: Headers,
        body: Option<Body>,
    ) -> Result<(Draft, Option<Login>), SessionError> {
        if self.state != State::Established {
            return Err(SessionError::OutOfTurn);
        }
        let dialog = self.dialog.as_mut().ok_or(SessionError::OutOfTurn)?;
        let has_contact = matches!(
            method,
            Method::Refer | Method::Subscribe | Method::Notify | Method::Update
        );
        let mut request = dialog.request(method);
        headers
            .fields()
            .for_each(|field| request.headers.push_field(field.clone()));
        if let Some(body) = body {
            request.set_body(&body.content_type, body.bytes);
        }
        if has_contact {
            request.headers.remove(Name::Contact);
        }
        Ok((
            self.draft(endpoint, request, has_contact),
            self.login.clone(),
        ))
    }

    /// Gives a request of this dialog that is sent again (after a challenge) the next number.
    pub(crate) fn renumber(&mut self, request: &mut Request) {
        if let Some(dialog) = &mut self.dialog {
            let number = dialog.next_number();
            request
                .headers
                .set(Name::CSeq, format!("{number} {}", request.method));
        }
    }
}
