//! Whether a message that could be read may also be acted upon, and how a request that may not is answered.
//!
//! RFC 3261 §8.1.1 (headers that every request has), §8.2.2 (scheme of the Request-URI), §19.1.5 (method and headers in
//! a Request-URI), §20.

use super::{Message, Method, Request};
use crate::header::{HeaderError, Headers, Name};
use crate::uri::Scheme;

/// Why a message must not be acted upon.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Invalid {
    /// A header that this message needs is missing, repeated or unreadable.
    #[error("{header}: {error}")]
    Header {
        /// Which header.
        header: Name,
        /// What is wrong.
        error: HeaderError,
    },
    /// CSeq names another method than the request line (RFC 3261 §8.1.1.5).
    #[error("CSeq says {cseq}, the request line {method}")]
    MethodMismatch {
        /// Method of CSeq.
        cseq: Method,
        /// Method of the request line.
        method: Method,
    },
    /// A Request-URI with `?` headers (RFC 3261 §19.1.1).
    #[error("headers in the Request-URI")]
    HeadersInRequestUri,
    /// A Request-URI of a scheme that nobody here serves (RFC 3261 §8.2.2.1).
    #[error("scheme of the Request-URI is not supported")]
    Scheme,
    /// Max-Forwards is above 255 (RFC 3261 §20.22).
    #[error("Max-Forwards above 255")]
    MaxForwards,
}

impl Invalid {
    /// The status that answers a request of this kind.
    pub fn status(&self) -> u16 {
        match self {
            Invalid::Scheme => 416,
            Invalid::Header { .. }
            | Invalid::MethodMismatch { .. }
            | Invalid::HeadersInRequestUri
            | Invalid::MaxForwards => 400,
        }
    }
}

pub(super) fn validate(message: &Message) -> Result<(), Invalid> {
    let headers = message.headers();
    header(headers, Name::Via, |headers| {
        headers.vias().and_then(|vias| match vias.is_empty() {
            true => Err(HeaderError::Missing(Name::Via)),
            false => Ok(()),
        })
    })?;
    header(headers, Name::From, Headers::from)?;
    header(headers, Name::To, Headers::to)?;
    header(headers, Name::CallId, |headers| headers.call_id().map(drop))?;
    let cseq = header(headers, Name::CSeq, Headers::cseq)?;
    match message {
        Message::Request(request) => validate_request(request, &cseq.method),
        Message::Response(_) => Ok(()),
    }
}

fn validate_request(request: &Request, cseq: &Method) -> Result<(), Invalid> {
    if *cseq != request.method {
        return Err(Invalid::MethodMismatch {
            cseq: cseq.clone(),
            method: request.method.clone(),
        });
    }
    match request.uri.scheme() {
        Scheme::Sip | Scheme::Sips | Scheme::Tel | Scheme::Urn => {}
        Scheme::Other => return Err(Invalid::Scheme),
    }
    if request.uri.has_headers() {
        return Err(Invalid::HeadersInRequestUri);
    }
    let headers = &request.headers;
    if header(headers, Name::MaxForwards, Headers::max_forwards)?.is_some_and(|hops| hops > 255) {
        return Err(Invalid::MaxForwards);
    }
    header(headers, Name::Contact, Headers::contacts)?;
    header(headers, Name::Route, Headers::routes)?;
    header(headers, Name::RecordRoute, Headers::record_routes)?;
    Ok(())
}

fn header<'h, T>(
    headers: &'h Headers,
    name: Name,
    read: impl FnOnce(&'h Headers) -> Result<T, HeaderError>,
) -> Result<T, Invalid> {
    read(headers).map_err(|error| Invalid::Header {
        header: name,
        error,
    })
}
