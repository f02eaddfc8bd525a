//! Requests of the agent's user, out of dialogs and within: their answers, and credentials where these are asked for.

use std::time::Duration;

use super::UserAgent;
use crate::dialog::MAX_FORWARDS;
use crate::endpoint::{Attempts, Body, Contact, Draft, Login, Owner};
use crate::event::{Event, RequestId, SessionId};
use crate::flow::Hop;
use crate::header::{Headers, Name, NameAddr};
use crate::message::{Method, Request, Response};
use crate::transaction::Failure;
use crate::uri::Uri;

/// A request out of any dialog.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Where it goes.
    pub hop: Hop,
    /// The method: not INVITE, ACK or CANCEL.
    pub method: Method,
    /// The Request-URI.
    pub uri: Uri,
    /// From; a tag is added if there is none.
    pub from: NameAddr,
    /// To; with a tag the request belongs to a dialog that the agent's user keeps itself.
    pub to: NameAddr,
    /// Call-ID, if the request continues something; else a new one.
    pub call_id: Option<String>,
    /// Number of CSeq; 1 for a new Call-ID.
    pub number: u32,
    /// Whether the request has a Contact (SUBSCRIBE, REFER: yes; MESSAGE: no).
    pub has_contact: bool,
    /// Further headers.
    pub headers: Headers,
    /// The body, if any.
    pub body: Option<Body>,
    /// To answer challenges with.
    pub login: Option<Login>,
}

/// A request that waits for its final answer.
#[derive(Debug)]
pub(super) struct Outstanding {
    draft: Draft,
    login: Option<Login>,
    attempts: Attempts,
    /// Whose dialog it is in, if any.
    session: Option<SessionId>,
}

impl UserAgent {
    pub(super) fn draft(&mut self, outgoing: Outgoing) -> Draft {
        let mut request = Request::new(outgoing.method, outgoing.uri);
        let from = match outgoing.from.tag() {
            Some(_) => outgoing.from.clone(),
            None => outgoing.from.clone().with_tag(&self.endpoint.entropy.tag()),
        };
        let call_id = outgoing
            .call_id
            .unwrap_or_else(|| self.endpoint.entropy.call_id());
        let headers = &mut request.headers;
        if !outgoing.headers.contains(Name::MaxForwards) {
            headers.push(Name::MaxForwards, MAX_FORWARDS);
        }
        headers.push(Name::From, from.to_string());
        headers.push(Name::To, outgoing.to.to_string());
        headers.push(Name::CallId, call_id);
        headers.push(
            Name::CSeq,
            format!("{} {}", outgoing.number, request.method),
        );
        outgoing
            .headers
            .fields()
            .for_each(|field| headers.push_field(field.clone()));
        if let Some(body) = outgoing.body {
            request.set_body(&body.content_type, body.bytes);
        }
        let user = outgoing.from.uri.user_raw().map(str::to_owned);
        let contact = outgoing.has_contact.then(|| Contact {
            user,
            params: String::new(),
        });
        Draft {
            request,
            hop: outgoing.hop,
            contact,
        }
    }

    pub(super) fn send(
        &mut self,
        now: Duration,
        id: RequestId,
        draft: Draft,
        login: Option<Login>,
        session: Option<SessionId>,
    ) {
        self.endpoint.launch(now, draft.clone(), Owner::Request(id));
        self.outstanding.insert(
            id,
            Outstanding {
                draft,
                login,
                attempts: Attempts::default(),
                session,
            },
        );
        self.settle_arrivals(now);
    }

    pub(super) fn on_response(&mut self, now: Duration, id: RequestId, response: Response) {
        if response.is_provisional() {
            return self.endpoint.emit(Event::Response {
                request: id,
                response,
            });
        }
        let Some(mut outstanding) = self.outstanding.remove(&id) else {
            return;
        };
        let again = outstanding.login.as_ref().and_then(|login| {
            let request = &outstanding.draft.request;
            login.answer(
                request,
                &response,
                &mut outstanding.attempts,
                &mut self.endpoint.entropy,
            )
        });
        let Some(mut request) = again else {
            let is_gone = response.status == 481;
            self.endpoint.emit(Event::Response {
                request: id,
                response,
            });
            if let Some(session) = outstanding.session.filter(|_| is_gone) {
                self.with_session(now, session, |session, now, endpoint| {
                    session.handle_gone(now, endpoint);
                });
            }
            return;
        };
        if let Some(session) = outstanding
            .session
            .and_then(|session| self.sessions.get_mut(&session))
        {
            session.renumber(&mut request);
        }
        outstanding.draft.request = request;
        self.endpoint
            .launch(now, outstanding.draft.clone(), Owner::Request(id));
        self.outstanding.insert(id, outstanding);
    }

    pub(super) fn on_failure(&mut self, id: RequestId, failure: Failure) {
        if self.outstanding.remove(&id).is_some() {
            self.endpoint.emit(Event::RequestFailed {
                request: id,
                failure,
            });
        }
    }
}
