//! What the transaction layer says of what arrived.

use super::{Failure, TransactionId};
use crate::message::Response;

/// What the user of the layer must see.
#[derive(Clone, Debug)]
pub enum Heard<O> {
    /// A response to a request of ours.
    Response {
        /// The client transaction.
        transaction: TransactionId,
        /// Who sent the request.
        owner: O,
        /// The response.
        response: Response,
    },
    /// A request of ours will get no answer.
    Failed {
        /// The client transaction.
        transaction: TransactionId,
        /// Who sent the request.
        owner: O,
        /// Why.
        failure: Failure,
    },
    /// A request of theirs can be answered no more, or its refusal was never acknowledged.
    Deserted {
        /// The server transaction.
        transaction: TransactionId,
    },
}

/// What became of an incoming request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Taken {
    /// It is new; it waits for `respond`.
    New(TransactionId),
    /// It was seen before, and has been dealt with.
    Absorbed,
    /// An ACK that no transaction absorbs: for the session.
    Acknowledgement,
    /// It came before by another way (RFC 3261 §8.2.2.2: answer 482).
    Merged,
    /// There are too many transactions already (answer 503).
    Full,
}
