//! From a message to bytes. Header lines that came from the wire are written as they came. RFC 3261 §7, §21.

use super::{Request, Response};
use crate::header::{Headers, Name};
use bytes::{BufMut, Bytes, BytesMut};

pub(super) fn request(request: &Request, out: &mut BytesMut) {
    out.reserve(128 + request.headers.size_hint() + request.body.len());
    out.put_slice(request.method.as_str().as_bytes());
    out.put_u8(b' ');
    out.put_slice(request.uri.as_str().as_bytes());
    out.put_slice(b" SIP/2.0\r\n");
    headers_and_body(&request.headers, &request.body, out);
}

pub(super) fn response(response: &Response, out: &mut BytesMut) {
    out.reserve(128 + response.headers.size_hint() + response.body.len());
    out.put_slice(b"SIP/2.0 ");
    decimal(usize::from(response.status), out);
    out.put_u8(b' ');
    // A phrase set by hand cannot end the line early and add headers of its own.
    for byte in response.reason.iter() {
        out.put_u8(if matches!(byte, b'\r' | b'\n') {
            b' '
        } else {
            *byte
        });
    }
    out.put_slice(b"\r\n");
    headers_and_body(&response.headers, &response.body, out);
}

fn headers_and_body(headers: &Headers, body: &Bytes, out: &mut BytesMut) {
    let mut has_length = false;
    for field in headers.fields() {
        if field.name() == Some(Name::ContentLength) {
            if std::mem::replace(&mut has_length, true) {
                continue;
            }
            if field.text().parse() != Ok(body.len()) {
                content_length(body.len(), out);
                continue;
            }
        }
        field.write_into(out);
        out.put_slice(b"\r\n");
    }
    if !has_length {
        content_length(body.len(), out);
    }
    out.put_slice(b"\r\n");
    out.put_slice(body);
}

fn content_length(length: usize, out: &mut BytesMut) {
    out.put_slice(b"Content-Length: ");
    decimal(length, out);
    out.put_slice(b"\r\n");
}

fn decimal(number: usize, out: &mut BytesMut) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = number;
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.put_slice(&digits[at..]);
}

/// The usual reason phrase of a status code (RFC 3261 §21 and the registry of SIP response codes).
pub fn reason_phrase(status: u16) -> &'static str {
    match status {
        100 => "Trying",
        180 => "Ringing",
        181 => "Call Is Being Forwarded",
        182 => "Queued",
        183 => "Session Progress",
        199 => "Early Dialog Terminated",
        200 => "OK",
        202 => "Accepted",
        204 => "No Notification",
        300 => "Multiple Choices",
        301 => "Moved Permanently",
        302 => "Moved Temporarily",
        305 => "Use Proxy",
        380 => "Alternative Service",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        410 => "Gone",
        412 => "Conditional Request Failed",
        413 => "Request Entity Too Large",
        414 => "Request-URI Too Long",
        415 => "Unsupported Media Type",
        416 => "Unsupported URI Scheme",
        417 => "Unknown Resource-Priority",
        420 => "Bad Extension",
        421 => "Extension Required",
        422 => "Session Interval Too Small",
        423 => "Interval Too Brief",
        428 => "Use Identity Header",
        429 => "Provide Referrer Identity",
        430 => "Flow Failed",
        433 => "Anonymity Disallowed",
        439 => "First Hop Lacks Outbound Support",
        440 => "Max-Breadth Exceeded",
        469 => "Bad Info Package",
        470 => "Consent Needed",
        480 => "Temporarily Unavailable",
        481 => "Call/Transaction Does Not Exist",
        482 => "Loop Detected",
        483 => "Too Many Hops",
        484 => "Address Incomplete",
        485 => "Ambiguous",
        486 => "Busy Here",
        487 => "Request Terminated",
        488 => "Not Acceptable Here",
        489 => "Bad Event",
        491 => "Request Pending",
        493 => "Undecipherable",
        494 => "Security Agreement Required",
        500 => "Server Internal Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Server Time-out",
        505 => "Version Not Supported",
        513 => "Message Too Large",
        580 => "Precondition Failure",
        600 => "Busy Everywhere",
        603 => "Decline",
        604 => "Does Not Exist Anywhere",
        606 => "Not Acceptable",
        607 => "Unwanted",
        608 => "Rejected",
        _ => "",
    }
}
