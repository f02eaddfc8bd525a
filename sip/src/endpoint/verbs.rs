//! Bodies and replies: what the agent's user hands in.

use bytes::Bytes;

use crate::header::{Headers, Key, Name};
use crate::message::{Request, Response};

/// A message body with its type. It is sent byte for byte.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Body {
    /// Value of Content-Type.
    pub content_type: String,
    /// The bytes.
    pub bytes: Bytes,
}

impl Body {
    /// A body of this type.
    pub fn new(content_type: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self {
            content_type: content_type.into(),
            bytes: bytes.into(),
        }
    }

    /// A session description.
    pub fn sdp(bytes: impl Into<Bytes>) -> Self {
        Self::new("application/sdp", bytes)
    }

    /// The body of a message with its type as it came; `None` when it has none.
    pub fn of(headers: &Headers, body: &Bytes) -> Option<Self> {
        if body.is_empty() {
            return None;
        }
        let content_type = headers.get(Name::ContentType).unwrap_or("application/sdp");
        Some(Self::new(content_type, body.clone()))
    }
}

/// An answer to a request: status, and what stands in it beyond the obligatory headers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reply {
    /// Status code, 100 to 699.
    pub status: u16,
    /// Reason phrase, if not the usual one.
    pub reason: Option<String>,
    /// Further headers.
    pub headers: Headers,
    /// The body, if any.
    pub body: Option<Body>,
}

impl Reply {
    /// An answer of this status alone.
    pub fn new(status: u16) -> Self {
        Self {
            status,
            reason: None,
            headers: Headers::new(),
            body: None,
        }
    }

    /// The same with another reason phrase.
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// The same with one more header.
    pub fn with_header<'n>(mut self, name: impl Into<Key<'n>>, value: impl AsRef<str>) -> Self {
        self.headers.push(name, value);
        self
    }

    /// The same with a body.
    pub fn with_body(mut self, body: Body) -> Self {
        self.body = Some(body);
        self
    }

    /// The response to `request`.
    pub(crate) fn response_to(self, request: &Request) -> Response {
        let mut response = request.response(self.status);
        if let Some(reason) = self.reason {
            response.reason = reason.into();
        }
        self.headers
            .fields()
            .for_each(|field| response.headers.push_field(field.clone()));
        if let Some(body) = self.body {
            response.set_body(&body.content_type, body.bytes);
        }
        response
    }
}
