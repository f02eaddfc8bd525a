//! Requests of the agent's user, out of dialogs and within: their answers, and credentials where these are asked for.

use std::time::Duration;

use super::UserAgent;
use crate::endpoint::{Attempts, Draft, Login, Owner};
use crate::event::{Event, RequestId, SessionId};
use crate::message::Response;
use crate::transaction::Failure;

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
            return self.endpoint.emit(Event::Response {
                request: id,
                response,
            });
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
