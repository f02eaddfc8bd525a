//! From bytes to a message: start line, header fields as slices, body by Content-Length. RFC 3261 §7, §18.3, §25.1.

use super::{Message, Method, Request, Response};
use crate::header::{Field, Headers, Name};
use crate::uri::{Uri, UriError};
use bytes::Bytes;
use memchr::memchr;

/// Longest start line and headers together that are read, in bytes: four times what RFC 3261 leaves in a datagram of
/// 65 535 bytes would never be needed, so a whole datagram's worth is the bound.
pub const HEAD_MAX_BYTES: usize = 65_535;

/// Most header fields (lines) in one message; ours, to bound what one message can cost.
pub const HEADERS_MAX: usize = 1_024;

/// Why bytes are not a SIP message. All of these are the peer's fault.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// Nothing but empty lines: a keep-alive (RFC 5626 §3.5.1), to be ignored.
    #[error("no message, only empty lines")]
    Empty,
    /// No empty line ends the headers.
    #[error("headers do not end with an empty line")]
    NoEndOfHead,
    /// Start line and headers exceed [`HEAD_MAX_BYTES`].
    #[error("start line and headers exceed {HEAD_MAX_BYTES} bytes")]
    HeadTooLong,
    /// More than [`HEADERS_MAX`] header fields.
    #[error("more than {HEADERS_MAX} header fields")]
    TooManyHeaders,
    /// A CR or LF that is not part of a CRLF.
    #[error("bare CR or LF at byte {at}")]
    BareLineEnd {
        /// Offset from the start of the message, in bytes.
        at: usize,
    },
    /// The first line is neither a request line nor a status line.
    #[error("not a SIP start line: {line:?}")]
    StartLine {
        /// The line, shortened.
        line: String,
    },
    /// A version other than SIP/2.0 (answer: 505).
    #[error("SIP version {version:?} is not 2.0")]
    Version {
        /// What the line has in place of `SIP/2.0`.
        version: String,
    },
    /// The Request-URI cannot be read.
    #[error("bad Request-URI: {0}")]
    RequestUri(#[from] UriError),
    /// A status code outside 100..=699.
    #[error("status code {status:?} is not within 100 to 699")]
    Status {
        /// What the line has in place of a status code.
        status: String,
    },
    /// A header line without a name and a colon.
    #[error("not a header field: {line:?}")]
    Header {
        /// The line, shortened.
        line: String,
    },
    /// Content-Length is no number, or given twice with different values.
    #[error("bad Content-Length: {value:?}")]
    ContentLength {
        /// The offending value.
        value: String,
    },
    /// Content-Length exceeds the bytes that came.
    #[error("Content-Length says {said} bytes, {came} came")]
    Truncated {
        /// What Content-Length says, in bytes.
        said: usize,
        /// What followed the headers, in bytes.
        came: usize,
    },
}

pub(super) fn parse(bytes: Bytes) -> Result<Message, ParseError> {
    let start = bytes
        .iter()
        .position(|b| *b != b'\r' && *b != b'\n')
        .ok_or(ParseError::Empty)?;
    let bytes = bytes.slice(start..);
    let (head, rest) = split_head(&bytes)?;
    let (line_end, first) = line_at(&bytes, 0, head)?;
    let start_line = parse_start_line(&bytes, &bytes[..first])?;
    let headers = parse_headers(&bytes, line_end, head)?;
    let body = body_of(&headers, &bytes, rest)?;
    Ok(match start_line {
        StartLine::Request { method, uri } => Message::Request(Request {
            method,
            uri,
            headers,
            body,
        }),
        StartLine::Response { status, reason } => Message::Response(Response {
            status,
            reason,
            headers,
            body,
        }),
    })
}

/// Where the head's last CRLF ends and where the body starts: offsets into `bytes`.
fn split_head(bytes: &[u8]) -> Result<(usize, usize), ParseError> {
    let end = head_end(bytes, 0).ok_or(if bytes.len() > HEAD_MAX_BYTES {
        ParseError::HeadTooLong
    } else {
        ParseError::NoEndOfHead
    })?;
    if end > HEAD_MAX_BYTES {
        Err(ParseError::HeadTooLong)
    } else {
        Ok((end - 2, end))
    }
}

/// The offset after the empty line that ends the headers; the search starts at `from`.
pub(crate) fn head_end(bytes: &[u8], from: usize) -> Option<usize> {
    memchr::memmem::find(&bytes[from..], b"\r\n\r\n").map(|at| from + at + 4)
}

/// One line from `from`: (offset after its CRLF, offset of its CRLF).
fn line_at(bytes: &[u8], from: usize, head: usize) -> Result<(usize, usize), ParseError> {
    // Every line of the head ends with CRLF, and the head itself with one, so an LF is always found.
    let lf = from + memchr(b'\n', &bytes[from..head]).ok_or(ParseError::NoEndOfHead)?;
    if lf == from || bytes[lf - 1] != b'\r' {
        return Err(ParseError::BareLineEnd { at: lf });
    }
    match memchr(b'\r', &bytes[from..lf - 1]) {
        Some(cr) => Err(ParseError::BareLineEnd { at: from + cr }),
        None => Ok((lf + 1, lf - 1)),
    }
}

enum StartLine {
    Request { method: Method, uri: Uri },
    Response { status: u16, reason: Bytes },
}

fn parse_start_line(bytes: &Bytes, line: &[u8]) -> Result<StartLine, ParseError> {
    let bad = || ParseError::StartLine {
        line: shorten(line),
    };
    let space = memchr(b' ', line).ok_or_else(bad)?;
    let (first, rest) = (&line[..space], &line[space + 1..]);
    if is_version_word(first) {
        check_version(first)?;
        return parse_status(bytes, rest);
    }
    let method = std::str::from_utf8(first)
        .ok()
        .and_then(Method::parse)
        .ok_or_else(bad)?;
    let space = memchr::memrchr(b' ', rest).ok_or_else(bad)?;
    let (uri, version) = (&rest[..space], &rest[space + 1..]);
    if !is_version_word(version) {
        return Err(bad());
    }
    check_version(version)?;
    if uri.is_empty() || uri.iter().any(|b| matches!(b, b' ' | b'\t')) {
        return Err(bad());
    }
    Ok(StartLine::Request {
        method,
        uri: Uri::parse_bytes(bytes.slice_ref(uri))?,
    })
}

fn parse_status(bytes: &Bytes, rest: &[u8]) -> Result<StartLine, ParseError> {
    let (code, reason) = match memchr(b' ', rest) {
        Some(space) => (&rest[..space], &rest[space + 1..]),
        // RFC 3261 §7.2 wants a space even before an empty phrase; its absence harms nobody.
        None => (rest, &rest[rest.len()..]),
    };
    let status = match code {
        [a @ b'1'..=b'6', b @ b'0'..=b'9', c @ b'0'..=b'9'] => {
            u16::from(a - b'0') * 100 + u16::from(b - b'0') * 10 + u16::from(c - b'0')
        }
        _ => {
            return Err(ParseError::Status {
                status: shorten(code),
            });
        }
    };
    Ok(StartLine::Response {
        status,
        reason: bytes.slice_ref(reason),
    })
}

fn is_version_word(word: &[u8]) -> bool {
    word.len() > 4 && word[..4].eq_ignore_ascii_case(b"SIP/")
}

fn check_version(word: &[u8]) -> Result<(), ParseError> {
    // RFC 3261 §7.1: the version is compared without case.
    if &word[4..] == b"2.0" {
        Ok(())
    } else {
        Err(ParseError::Version {
            version: shorten(word),
        })
    }
}

pub(super) fn parse_headers(
    bytes: &Bytes,
    from: usize,
    head: usize,
) -> Result<Headers, ParseError> {
    let mut headers = Headers::with_capacity(24);
    let mut at = from;
    while at < head {
        let (mut next, mut end) = line_at(bytes, at, head)?;
        let mut folded = false;
        // RFC 3261 §7.3.1: a line that starts with white space continues the one before.
        while next < head && matches!(bytes[next], b' ' | b'\t') {
            (next, end) = line_at(bytes, next, head)?;
            folded = true;
        }
        if headers.len() == HEADERS_MAX {
            return Err(ParseError::TooManyHeaders);
        }
        let field =
            Field::parse(bytes.slice(at..end), folded).ok_or_else(|| ParseError::Header {
                line: shorten(&bytes[at..end]),
            })?;
        headers.push_field(field);
        at = next;
    }
    Ok(headers)
}

/// What Content-Length says in a head (start line to empty line) whose other lines may be senseless.
pub(crate) fn content_length_of_head(head: &[u8]) -> Result<Option<usize>, ParseError> {
    let mut headers = Headers::new();
    let mut from = 0;
    while let Some(lf) = memchr(b'\n', &head[from..]) {
        // Only `Content-Length` and `l` can begin like this; a fold is part of its line.
        let mut next = from + lf + 1;
        if matches!(head[from], b'c' | b'C' | b'l' | b'L') {
            while let (Some(b' ' | b'\t'), Some(lf)) =
                (head.get(next), memchr(b'\n', &head[next..]))
            {
                next += lf + 1;
            }
            let line = Bytes::copy_from_slice(&head[from..next - 1]);
            if let Some(field) =
                Field::parse(line, true).filter(|field| field.name() == Some(Name::ContentLength))
            {
                headers.push_field(field);
            }
        }
        from = next;
    }
    content_length(&headers)
}

fn body_of(headers: &Headers, bytes: &Bytes, rest: usize) -> Result<Bytes, ParseError> {
    let came = bytes.len() - rest;
    match content_length(headers)? {
        None => Ok(bytes.slice(rest..)),
        Some(said) if said <= came => Ok(bytes.slice(rest..rest + said)),
        Some(said) => Err(ParseError::Truncated { said, came }),
    }
}

/// What Content-Length says, in bytes; several fields must agree.
fn content_length(headers: &Headers) -> Result<Option<usize>, ParseError> {
    let mut length = None;
    for field in headers
        .fields()
        .filter(|field| field.name() == Some(Name::ContentLength))
    {
        let text = field.text();
        let bad = || ParseError::ContentLength {
            value: shorten(text.as_bytes()),
        };
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(bad());
        }
        let value: usize = text.parse().map_err(|_| bad())?;
        if length.is_some_and(|known| known != value) {
            return Err(bad());
        }
        length = Some(value);
    }
    Ok(length)
}

/// Enough of a line to recognise it in an error, never more than 80 bytes of it.
fn shorten(line: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(&line[..line.len().min(80)]).into_owned();
    if line.len() > 80 {
        text.push('…');
    }
    text
}
