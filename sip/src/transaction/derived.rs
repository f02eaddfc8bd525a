//! Requests that are made of an INVITE and belong to its transaction: CANCEL, and the ACK of a refusal.
//!
//! RFC 3261 §9.1, §17.1.1.3.

use crate::header::Name;
use crate::message::{Method, Request, Response};

/// The ACK of a refusal, which belongs to the INVITE's own transaction (RFC 3261 §17.1.1.3).
pub(super) fn ack_of_refusal(invite: &Request, response: &Response) -> Request {
    let mut ack = within_transaction(invite, Method::Ack);
    if let Some(to) = response.headers.get(Name::To) {
        ack.headers.set(Name::To, to);
    }
    ack
}

/// A CANCEL or ACK that names the INVITE's transaction: same target, topmost Via, From, To, Call-ID, number and routes
/// (RFC 3261 §9.1, §17.1.1.3).
pub(crate) fn within_transaction(invite: &Request, method: Method) -> Request {
    let mut request = Request::new(method, invite.uri.clone());
    if let Some(via) = invite.headers.all(Name::Via).next() {
        request.headers.push(Name::Via, via);
    }
    for field in invite.headers.fields() {
        if let Some(Name::From | Name::To | Name::CallId | Name::Route | Name::MaxForwards) =
            field.name()
        {
            request.headers.push_field(field.clone());
        }
    }
    let number = invite.headers.cseq().map_or(0, |cseq| cseq.number);
    request
        .headers
        .push(Name::CSeq, format!("{number} {}", request.method));
    request
}
