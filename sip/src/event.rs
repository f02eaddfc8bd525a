//! What a user agent's user gets to know, and the ids by which both speak of the same thing.

use crate::flow::Hop;
use crate::header::SubscriptionState;
use crate::message::{Request, Response};
use crate::transaction::Failure;

/// An INVITE and what came of it, in either direction, from the first request to the end of BYE.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct SessionId(pub u64);

/// A registration kept alive by the agent.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct RegistrationId(pub u64);

/// A subscription that another party has with this one.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct SubscriptionId(pub u64);

/// A subscription that this party has with another.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct WatchId(pub u64);

/// A request sent by this side, out of a dialog or within one.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct RequestId(pub u64);

/// A request that came from the other side and wants `respond`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct IncomingId(pub u64);

/// Something happened. Requests and responses come whole, with all their headers and the body untouched.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// The registrar holds the binding (after each successful REGISTER, refreshes too).
    Registered {
        /// Which one.
        registration: RegistrationId,
        /// For how long it was granted, in seconds.
        expires_s: u32,
        /// The registrar's answer.
        response: Response,
    },
    /// The binding could not be made or kept. The registration is over; start another one.
    RegistrationFailed {
        /// Which one.
        registration: RegistrationId,
        /// Whose fault it is, as far as it can be known.
        failure: RegistrationFailure,
        /// The registrar's answer, if it gave one.
        response: Option<Response>,
    },
    /// The binding was taken back at the user's wish (or nobody answered the wish). The registration is over.
    Unregistered {
        /// Which one.
        registration: RegistrationId,
    },

    /// A request out of any dialog, not INVITE: REGISTER, OPTIONS, SUBSCRIBE, MESSAGE, ... Answer it by `respond`, or a
    /// SUBSCRIBE by `accept_subscription`.
    Request {
        /// To answer it by.
        incoming: IncomingId,
        /// Where it came from.
        hop: Hop,
        /// The request.
        request: Request,
    },
    /// An answer to a request sent by `request` or `request_within`; provisional ones too. A final one ends it.
    Response {
        /// Which request.
        request: RequestId,
        /// The answer.
        response: Response,
    },
    /// A request sent by `request` or `request_within` will get no answer.
    RequestFailed {
        /// Which request.
        request: RequestId,
        /// Why.
        failure: Failure,
    },

    /// A subscription that others had with this party is over: given up, out of time, ended, or its subscriber is gone.
    SubscriptionEnded {
        /// Which one.
        subscription: SubscriptionId,
    },

    /// What is watched has told its state; its NOTIFY has been answered.
    Notified {
        /// Which watch.
        watch: WatchId,
        /// The NOTIFY.
        request: Request,
    },
    /// Nothing is watched any more.
    WatchEnded {
        /// Which watch.
        watch: WatchId,
        /// Why.
        end: WatchEnd,
    },

    /// An INVITE came. `progress` it, then `accept` or `reject` it.
    Incoming {
        /// The new session.
        session: SessionId,
        /// Where it came from.
        hop: Hop,
        /// The INVITE.
        request: Request,
    },
    /// The other side gave up before the answer; 487 has been sent. The session is over.
    Cancelled {
        /// Which one.
        session: SessionId,
        /// The CANCEL with its headers, such as Reason. `None` when the INVITE ran out of time or of connection.
        request: Option<Request>,
    },
    /// A provisional answer to our INVITE: ringing, early media. 100 is not told.
    Progress {
        /// Which one.
        session: SessionId,
        /// The answer.
        response: Response,
    },
    /// Our INVITE was answered with 2xx.
    ///
    /// The ACK has been sent, unless our INVITE had no body: then `acknowledge` must be called with the answer to the
    /// offer in this response.
    Answered {
        /// Which one.
        session: SessionId,
        /// The 2xx.
        response: Response,
    },
    /// Our INVITE was refused, or nobody answered it (`response` is `None`). The session is over.
    Refused {
        /// Which one.
        session: SessionId,
        /// The refusal.
        response: Option<Response>,
        /// Why, when there is no response.
        failure: Option<Failure>,
    },
    /// Our 2xx to an INVITE or re-INVITE was acknowledged.
    Confirmed {
        /// Which one.
        session: SessionId,
        /// The ACK; its body is the answer if our 2xx held the offer.
        request: Request,
    },
    /// The other side wants to change the session: a re-INVITE, or an UPDATE with a body. `answer_reinvite` it.
    Reinvited {
        /// Which one.
        session: SessionId,
        /// The request.
        request: Request,
    },
    /// Our re-INVITE was answered with 2xx. On the ACK see `Answered`.
    ReinviteAnswered {
        /// Which one.
        session: SessionId,
        /// The 2xx.
        response: Response,
    },
    /// Our re-INVITE was refused; the session goes on as it was. After a 491 `RetryReinvite` follows.
    ReinviteRefused {
        /// Which one.
        session: SessionId,
        /// The refusal; `None` when nobody answered.
        response: Option<Response>,
    },
    /// The other side's unanswered re-INVITE was withdrawn by CANCEL; 487 has been sent.
    ReinviteCancelled {
        /// Which one.
        session: SessionId,
    },
    /// A re-INVITE that collided, or that `reinvite` could not send, may be tried again now with a fresh offer
    /// (RFC 3261 §14.1).
    RetryReinvite {
        /// Which one.
        session: SessionId,
    },
    /// A request within the session's dialog that is none of the session's own: INFO, REFER, NOTIFY, MESSAGE, ...
    /// Answer it by `respond`.
    RequestWithin {
        /// Which one.
        session: SessionId,
        /// To answer it by.
        incoming: IncomingId,
        /// The request.
        request: Request,
    },
    /// An established session is over.
    Ended {
        /// Which one.
        session: SessionId,
        /// How.
        ended: Ended,
        /// The other side's BYE with its headers, if there was one.
        request: Option<Request>,
    },
}

impl Event {
    /// The session that this is about, if it is about one.
    pub fn session(&self) -> Option<SessionId> {
        match self {
            Self::Incoming { session, .. }
            | Self::Cancelled { session, .. }
            | Self::Progress { session, .. }
            | Self::Answered { session, .. }
            | Self::Refused { session, .. }
            | Self::Confirmed { session, .. }
            | Self::Reinvited { session, .. }
            | Self::ReinviteAnswered { session, .. }
            | Self::ReinviteRefused { session, .. }
            | Self::ReinviteCancelled { session }
            | Self::RetryReinvite { session }
            | Self::RequestWithin { session, .. }
            | Self::Ended { session, .. } => Some(*session),
            Self::Registered { .. }
            | Self::RegistrationFailed { .. }
            | Self::Unregistered { .. }
            | Self::Request { .. }
            | Self::Response { .. }
            | Self::RequestFailed { .. }
            | Self::SubscriptionEnded { .. }
            | Self::Notified { .. }
            | Self::WatchEnded { .. } => None,
        }
    }
}

/// Why a watch is over.
#[derive(Clone, Debug)]
pub enum WatchEnd {
    /// This side left it.
    Local,
    /// The other side ended it, for the reason that its last NOTIFY gave.
    Terminated(SubscriptionState),
    /// The SUBSCRIBE was refused.
    Refused(Response),
    /// The SUBSCRIBE got no answer.
    Failed(Failure),
}

/// Whose fault it is that a registration failed; shown to the person apart from each other.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RegistrationFailure {
    /// The password or the user is wrong: challenged again after an answer, or 403.
    Authentication,
    /// The registrar does not serve this domain or knows no such user: 404, 416, 604.
    Domain,
    /// The connection could not be opened or was lost.
    Connection,
    /// The registrar refused in another way.
    Server,
    /// TLS failed: the registrar's certificate is not good.
    Certificate,
    /// Nobody answered.
    Silence,
}

/// How an established session ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Ended {
    /// This side hung up.
    Local,
    /// The other side said BYE.
    Remote,
    /// Our 2xx was never acknowledged; BYE has been sent (RFC 3261 §13.3.1.4).
    NotAcknowledged,
    /// The other side does not know the dialog any more: it answered 481 or 408 (RFC 3261 §12.2.1.2).
    Gone,
    /// A request within the dialog got no answer.
    Failed(Failure),
}
