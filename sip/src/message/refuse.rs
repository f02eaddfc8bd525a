//! An answer to a request that could not be read: 400, 505 or 416, when enough of it can be.
//!
//! RFC 3261 §8.2.6, §16.3, §21.4.1, §21.5.6. A response that cannot be read is dropped, as is an ACK.

use super::{Method, ParseError, Response, parse};
use crate::header::{Headers, Name};
use bytes::Bytes;

/// The response to bytes that [`super::Message::parse`] refused with `error`; `None` when they are no request, an ACK,
/// or lack the headers that a response needs.
pub fn refuse(bytes: &[u8], error: &ParseError) -> Option<Response> {
    let status = match error {
        ParseError::Version { .. } => 505,
        ParseError::StartLine { .. }
        | ParseError::RequestUri(_)
        | ParseError::ContentLength { .. }
        | ParseError::Truncated { .. } => 400,
        ParseError::Empty
        | ParseError::NoEndOfHead
        | ParseError::HeadTooLong
        | ParseError::TooManyHeaders
        | ParseError::BareLineEnd { .. }
        | ParseError::Status { .. }
        | ParseError::Header { .. } => return None,
    };
    let start = bytes.iter().position(|b| *b != b'\r' && *b != b'\n')?;
    let bytes = Bytes::copy_from_slice(&bytes[start..]);
    if bytes.len() >= 4 && bytes[..4].eq_ignore_ascii_case(b"SIP/") {
        return None;
    }
    let head = parse::head_end(&bytes, 0).filter(|end| *end <= parse::HEAD_MAX_BYTES)? - 2;
    let line_end = memchr::memchr(b'\n', &bytes)? + 1;
    let headers = parse::parse_headers(&bytes, line_end, head).ok()?;
    answer(status, &headers)
}

fn answer(status: u16, headers: &Headers) -> Option<Response> {
    headers.get(Name::Via)?;
    if headers
        .cseq()
        .ok()
        .is_some_and(|cseq| cseq.method == Method::Ack)
    {
        return None;
    }
    let mut response = Response::new(status);
    for name in [Name::Via, Name::From, Name::To, Name::CallId, Name::CSeq] {
        let mut fields = headers
            .fields()
            .filter(|field| field.name() == Some(name))
            .peekable();
        fields.peek()?;
        fields.for_each(|field| response.headers.push_field(field.clone()));
    }
    Some(response)
}
