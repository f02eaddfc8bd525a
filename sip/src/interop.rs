//! To and from the types of `rsip`, for those who build and assert in them.
//!
//! The way to `rsip` fails where its types are too narrow: unknown methods, URIs other than sip and sips, IPv6. Compact
//! names are written out, folds undone and comma lists of Via, Contact, Route and Record-Route split, for `rsip` knows none of these. The way
//! back keeps all that `rsip` kept.

use crate::header::{Headers, Name, split_list};
use crate::message::{Message, Method, Request, Response, reason_phrase};
use crate::uri::{Uri, UriError};
use bytes::Bytes;

/// Why a message cannot be converted.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InteropError {
    /// `rsip` cannot hold this message; its own words follow.
    #[error("rsip cannot hold this message: {0}")]
    Rsip(String),
    /// `rsip` holds a URI that is none.
    #[error("rsip holds no URI: {0}")]
    Uri(#[from] UriError),
}

impl TryFrom<&Request> for rsip::Request {
    type Error = InteropError;

    fn try_from(request: &Request) -> Result<rsip::Request, InteropError> {
        let start = format!("{} {} SIP/2.0\r\n", request.method, request.uri);
        let plain = plain(start, &request.headers, &request.body);
        rsip::Request::try_from(plain).map_err(|error| InteropError::Rsip(error.to_string()))
    }
}

impl TryFrom<&Response> for rsip::Response {
    type Error = InteropError;

    fn try_from(response: &Response) -> Result<rsip::Response, InteropError> {
        let start = format!("SIP/2.0 {} {}\r\n", response.status, response.reason_text());
        let plain = plain(start, &response.headers, &response.body);
        rsip::Response::try_from(plain).map_err(|error| InteropError::Rsip(error.to_string()))
    }
}

impl TryFrom<&Message> for rsip::SipMessage {
    type Error = InteropError;

    fn try_from(message: &Message) -> Result<rsip::SipMessage, InteropError> {
        Ok(match message {
            Message::Request(request) => rsip::SipMessage::Request(request.try_into()?),
            Message::Response(response) => rsip::SipMessage::Response(response.try_into()?),
        })
    }
}

impl TryFrom<&rsip::Request> for Request {
    type Error = InteropError;

    fn try_from(request: &rsip::Request) -> Result<Request, InteropError> {
        Ok(Request {
            method: request.method.into(),
            uri: (&request.uri).try_into()?,
            headers: (&request.headers).into(),
            body: Bytes::copy_from_slice(&request.body),
        })
    }
}

impl From<&rsip::Response> for Response {
    fn from(response: &rsip::Response) -> Response {
        let status = response.status_code.code();
        // rsip keeps no phrase of a code that it knows.
        let reason = if let rsip::StatusCode::Other(_, reason) = &response.status_code {
            reason.clone()
        } else {
            reason_phrase(status).to_owned()
        };
        Response {
            status,
            reason: reason.into(),
            headers: (&response.headers).into(),
            body: Bytes::copy_from_slice(&response.body),
        }
    }
}

impl TryFrom<&rsip::SipMessage> for Message {
    type Error = InteropError;

    fn try_from(message: &rsip::SipMessage) -> Result<Message, InteropError> {
        Ok(match message {
            rsip::SipMessage::Request(request) => Message::Request(request.try_into()?),
            rsip::SipMessage::Response(response) => Message::Response(response.into()),
        })
    }
}

impl From<rsip::Method> for Method {
    fn from(method: rsip::Method) -> Method {
        let token = method.to_string();
        Method::parse(&token).unwrap_or(Method::Other(token))
    }
}

impl TryFrom<&Method> for rsip::Method {
    type Error = InteropError;

    fn try_from(method: &Method) -> Result<rsip::Method, InteropError> {
        method
            .as_str()
            .parse()
            .map_err(|error: rsip::Error| InteropError::Rsip(error.to_string()))
    }
}

impl TryFrom<&rsip::Uri> for Uri {
    type Error = InteropError;

    fn try_from(uri: &rsip::Uri) -> Result<Uri, InteropError> {
        Ok(Uri::parse(&uri.to_string())?)
    }
}

impl TryFrom<&Uri> for rsip::Uri {
    type Error = InteropError;

    fn try_from(uri: &Uri) -> Result<rsip::Uri, InteropError> {
        rsip::Uri::try_from(uri.as_str()).map_err(|error| InteropError::Rsip(error.to_string()))
    }
}

impl From<&rsip::Headers> for Headers {
    fn from(headers: &rsip::Headers) -> Headers {
        let mut out = Headers::new();
        for header in headers.iter() {
            let line = header.to_string();
            let (name, value) = line.split_once(':').unwrap_or((&line, ""));
            out.push(name.trim(), value);
        }
        out
    }
}

/// A message as `rsip` reads it best.
fn plain(start: String, headers: &Headers, body: &[u8]) -> Vec<u8> {
    let mut text = start;
    for field in headers.fields() {
        let name = field.name().map_or(field.name_text(), |name| name.as_str());
        let mut line = |value: &str| {
            text.push_str(name);
            text.push_str(": ");
            text.push_str(value);
            text.push_str("\r\n");
        };
        match field.name() {
            Some(Name::Via | Name::Contact | Name::Route | Name::RecordRoute) => {
                split_list(field.text()).for_each(line)
            }
            _ => line(field.text()),
        }
    }
    text.push_str("\r\n");
    let mut bytes = text.into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

#[cfg(test)]
mod tests;
