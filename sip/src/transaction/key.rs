//! What a transaction is found by: RFC 3261 §17.1.3 (answers), §17.2.3 (requests), §8.2.2.2 (merged requests).

use crate::header::Via;
use crate::message::{Method, Request};

/// The name of a client transaction: branch and method of CSeq.
pub(super) fn client_key(branch: &str, method: &Method) -> String {
    format!("{branch} {method}")
}

/// The name of a server transaction that `request` belongs to, taken for a request of `method` (the CANCEL's INVITE has
/// the CANCEL's branch). ACK belongs to its INVITE.
pub(super) fn server_key(request: &Request, via: &Via, method: &Method) -> String {
    let method = if *method == Method::Ack {
        &Method::Invite
    } else {
        method
    };
    let port = via.port.unwrap_or(0);
    match via.branch().filter(|branch| starts_with_cookie(branch)) {
        Some(branch) => format!("{branch} {} {port} {method}", via.host.to_ascii_lowercase()),
        None => old_key(request, via, method),
    }
}

/// What tells that two requests without To tag are one that came by two ways.
pub(super) fn origin_key(request: &Request) -> Option<String> {
    if matches!(request.method, Method::Cancel | Method::Ack) {
        return None;
    }
    let to = request.headers.to().ok()?;
    if to.tag().is_some() {
        return None;
    }
    origin_text(request, &request.method)
}

/// The origin of the INVITE that an ACK belongs to: all that RFC 3261 §17.1.1.3 has it share with the INVITE but the branch.
pub(super) fn acknowledged_key(ack: &Request) -> Option<String> {
    origin_text(ack, &Method::Invite)
}

fn origin_text(request: &Request, method: &Method) -> Option<String> {
    let from = request.headers.from().ok()?;
    let call_id = request.headers.call_id().ok()?;
    let number = request.headers.cseq().ok()?.number;
    Some(format!("{call_id} {} {number} {method}", from.tag()?))
}

fn starts_with_cookie(branch: &str) -> bool {
    branch
        .get(..Via::COOKIE.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(Via::COOKIE))
}

/// An RFC 2543 client's branch names nothing: target, From tag, Call-ID, number and topmost Via do together. The To tag is
/// left out, so that the ACK, which has the tag of our answer, finds its INVITE too.
fn old_key(request: &Request, via: &Via, method: &Method) -> String {
    let call_id = request.headers.call_id().unwrap_or("");
    let from = request.headers.from().ok();
    let tag = from.as_ref().and_then(|from| from.tag()).unwrap_or("");
    let number = request.headers.cseq().map_or(0, |cseq| cseq.number);
    let port = via.port.unwrap_or(0);
    let branch = via.branch().unwrap_or("");
    format!(
        "2543 {call_id} {tag} {number} {} {} {port} {branch} {method}",
        request.uri.as_str(),
        via.host
    )
}
