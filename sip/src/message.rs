//! Request and response, lossless: what is not understood leaves as it came.
//!
//! A parsed message keeps slices of the bytes that it came in; nothing is copied until it is changed. Header text is
//! read when asked for ([`Headers`]), so a message with a senseless header that nobody needs still gets through.
//!
//! RFC 3261 §7 and §25.1.

use crate::header::Headers;
use crate::uri::Uri;
use bytes::{Bytes, BytesMut};

mod method;
mod parse;
mod refuse;
mod validity;
mod write;

pub use method::Method;
pub use parse::{HEAD_MAX_BYTES, HEADERS_MAX, ParseError};
pub use refuse::refuse;
pub use validity::Invalid;
pub use write::reason_phrase;

pub(crate) use parse::{content_length_of_head, head_end};

/// A SIP message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Message {
    /// Asks for something.
    Request(Request),
    /// Answers a request.
    Response(Response),
}

/// A request: method, target, headers, body (RFC 3261 §7.1).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Request {
    /// What is asked for.
    pub method: Method,
    /// The Request-URI.
    pub uri: Uri,
    /// All header fields, in order.
    pub headers: Headers,
    /// The body; empty when there is none.
    pub body: Bytes,
}

/// A response: status, reason phrase, headers, body (RFC 3261 §7.2).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Response {
    /// Status code, 100 to 699.
    pub status: u16,
    /// Reason phrase as it stands on the line; may be empty, may be any UTF-8 text.
    pub reason: Bytes,
    /// All header fields, in order.
    pub headers: Headers,
    /// The body; empty when there is none.
    pub body: Bytes,
}

impl Message {
    /// Reads one whole message from a datagram's bytes, which are copied once. See [`Message::parse_bytes`].
    pub fn parse(bytes: &[u8]) -> Result<Message, ParseError> {
        Self::parse_bytes(Bytes::copy_from_slice(bytes))
    }

    /// Reads one whole message from a datagram's bytes without copying them.
    ///
    /// The body ends where Content-Length says; what follows it is dropped (RFC 3261 §18.3). Without Content-Length the
    /// body runs to the end of the datagram. Empty lines before the start line are skipped (§7.5).
    pub fn parse_bytes(bytes: Bytes) -> Result<Message, ParseError> {
        parse::parse(bytes)
    }

    /// The message as bytes. A Content-Length that is absent or does not fit the body is set right; all else is written
    /// as it came or as it was set.
    pub fn write(&self) -> Bytes {
        let mut out = BytesMut::new();
        self.write_into(&mut out);
        out.freeze()
    }

    /// Appends the message to `out`; see [`Message::write`].
    pub fn write_into(&self, out: &mut BytesMut) {
        match self {
            Message::Request(request) => request.write_into(out),
            Message::Response(response) => response.write_into(out),
        }
    }

    /// The header fields.
    pub fn headers(&self) -> &Headers {
        match self {
            Message::Request(request) => &request.headers,
            Message::Response(response) => &response.headers,
        }
    }

    /// The header fields, to change them.
    pub fn headers_mut(&mut self) -> &mut Headers {
        match self {
            Message::Request(request) => &mut request.headers,
            Message::Response(response) => &mut response.headers,
        }
    }

    /// The body.
    pub fn body(&self) -> &Bytes {
        match self {
            Message::Request(request) => &request.body,
            Message::Response(response) => &response.body,
        }
    }

    /// Whether this message may be acted upon (RFC 3261 §8.1.1, §8.2, §18.1.2): see [`Invalid`].
    pub fn validate(&self) -> Result<(), Invalid> {
        validity::validate(self)
    }
}

impl Request {
    /// A request without headers and body.
    pub fn new(method: Method, uri: Uri) -> Request {
        Request {
            method,
            uri,
            headers: Headers::new(),
            body: Bytes::new(),
        }
    }

    /// A response to this request with what every response repeats: all Via values, From, To, Call-ID and CSeq
    /// (RFC 3261 §8.2.6.2). The To tag is the caller's to add. `Timestamp` goes into a 100 (§8.2.6.1).
    pub fn response(&self, status: u16) -> Response {
        use crate::header::Name;
        let mut response = Response::new(status);
        for field in self.headers.fields() {
            match field.name() {
                Some(Name::Via | Name::From | Name::To | Name::CallId | Name::CSeq) => {
                    response.headers.push_field(field.clone());
                }
                Some(Name::Timestamp) if status == 100 => {
                    response.headers.push_field(field.clone())
                }
                _ => {}
            }
        }
        response
    }

    /// Sets the body and its Content-Type.
    pub fn set_body(&mut self, content_type: &str, body: impl Into<Bytes>) {
        self.headers
            .set(crate::header::Name::ContentType, content_type);
        self.body = body.into();
    }

    /// The request as bytes; see [`Message::write`].
    pub fn write(&self) -> Bytes {
        let mut out = BytesMut::new();
        self.write_into(&mut out);
        out.freeze()
    }

    /// Appends the request to `out`; see [`Message::write`].
    pub fn write_into(&self, out: &mut BytesMut) {
        write::request(self, out);
    }
}

impl Response {
    /// A response without headers and body, with the usual reason phrase of `status`.
    pub fn new(status: u16) -> Response {
        Response {
            status,
            reason: Bytes::from_static(reason_phrase(status).as_bytes()),
            headers: Headers::new(),
            body: Bytes::new(),
        }
    }

    /// The reason phrase as text; bytes that are not UTF-8 are replaced.
    pub fn reason_text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.reason)
    }

    /// Whether this is a 1xx.
    pub fn is_provisional(&self) -> bool {
        self.status < 200
    }

    /// Whether this is a 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Sets the body and its Content-Type.
    pub fn set_body(&mut self, content_type: &str, body: impl Into<Bytes>) {
        self.headers
            .set(crate::header::Name::ContentType, content_type);
        self.body = body.into();
    }

    /// The response as bytes; see [`Message::write`].
    pub fn write(&self) -> Bytes {
        let mut out = BytesMut::new();
        self.write_into(&mut out);
        out.freeze()
    }

    /// Appends the response to `out`; see [`Message::write`].
    pub fn write_into(&self, out: &mut BytesMut) {
        write::response(self, out);
    }
}

impl From<Request> for Message {
    fn from(request: Request) -> Message {
        Message::Request(request)
    }
}

impl From<Response> for Message {
    fn from(response: Response) -> Message {
        Message::Response(response)
    }
}

#[cfg(test)]
mod tests;
