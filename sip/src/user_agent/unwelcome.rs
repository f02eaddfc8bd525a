//! Requests that this party cannot serve whatever they say: an unknown method, extension, body or way to answer.
//!
//! RFC 3261 §8.2.1 (405, 501), §8.2.2.3 (420), §8.2.3 (415), §20.1 and §21.4.7 (406); RFC 6665 §7.2 (489).

use crate::endpoint::Endpoint;
use crate::header::{Headers, Name};
use crate::message::{Method, Request, Response};

/// What describes a session; the only body that an INVITE is understood by.
const SDP: &str = "application/sdp";

/// The refusal, if there is a reason for one.
pub(super) fn refusal(endpoint: &Endpoint, request: &Request) -> Option<Response> {
    unserved_method(endpoint, request)
        .or_else(|| unknown_extension(endpoint, request))
        .or_else(|| unknown_package(endpoint, request))
        .or_else(|| unreadable_body(request))
        .or_else(|| unanswerable(request))
}

/// 405 for a method that is known but not served, 501 for an unknown one (RFC 3261 §21.4.6, §21.5.2).
fn unserved_method(endpoint: &Endpoint, request: &Request) -> Option<Response> {
    let is_own = matches!(
        request.method,
        Method::Invite | Method::Bye | Method::Update | Method::Prack
    );
    if is_own || endpoint.config.methods.contains(&request.method) {
        return None;
    }
    let is_unknown = matches!(request.method, Method::Other(_));
    let mut response = request.response(if is_unknown { 501 } else { 405 });
    response.headers.push(Name::Allow, &endpoint.allow);
    Some(response)
}

/// 420 for what the request requires and nobody here knows.
fn unknown_extension(endpoint: &Endpoint, request: &Request) -> Option<Response> {
    let is_known = |wanted: &&str| {
        let mut options = endpoint.config.options.iter();
        options.any(|known| known.eq_ignore_ascii_case(wanted))
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

/// 489 for a subscription to events that nobody here knows of, or that does not say which (RFC 6665 §4.2.1.1).
fn unknown_package(endpoint: &Endpoint, request: &Request) -> Option<Response> {
    if request.method != Method::Subscribe {
        return None;
    }
    let known = &endpoint.config.packages;
    let asked = request.headers.event();
    if asked.is_ok_and(|asked| known.contains(&asked.package)) {
        return None;
    }
    let mut response = request.response(489);
    response.headers.push(Name::AllowEvents, known.join(", "));
    Some(response)
}

/// 415 for an offer that is no session description, or is packed.
fn unreadable_body(request: &Request) -> Option<Response> {
    let may_offer = matches!(
        request.method,
        Method::Invite | Method::Update | Method::Prack
    );
    if !may_offer || request.body.is_empty() || is_optional(&request.headers) {
        return None;
    }
    let headers = &request.headers;
    let is_packed = headers
        .all(Name::ContentEncoding)
        .any(|coding| !coding.eq_ignore_ascii_case("identity"));
    let is_sdp = headers
        .content_type()
        .is_none_or(|kind| kind.eq_ignore_ascii_case(SDP));
    if is_sdp && !is_packed {
        return None;
    }
    let mut response = request.response(415);
    response.headers.push(Name::Accept, SDP);
    response.headers.push(Name::AcceptEncoding, "identity");
    Some(response)
}

/// A body that its sender does not mind being left out of account (RFC 3261 §20.11).
fn is_optional(headers: &Headers) -> bool {
    headers
        .get("Content-Disposition")
        .is_some_and(|value| value.to_ascii_lowercase().contains("handling=optional"))
}

/// 406 for an INVITE whose sender would not understand a session description in the answer.
fn unanswerable(request: &Request) -> Option<Response> {
    if request.method != Method::Invite || !request.headers.contains(Name::Accept) {
        return None;
    }
    let accepts = |range: &str| {
        let kind = range.split(';').next().unwrap_or_default().trim();
        [SDP, "application/*", "*/*"]
            .iter()
            .any(|known| kind.eq_ignore_ascii_case(known))
    };
    if request.headers.all(Name::Accept).any(accepts) {
        return None;
    }
    Some(request.response(406))
}
