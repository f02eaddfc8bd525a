//! `%HH` escapes. RFC 3261 §19.1.2, §25.1.

use std::borrow::Cow;
use std::fmt::Write;

/// Text with its escapes undone. Escapes that give no UTF-8 are replaced by U+FFFD.
pub fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match (bytes[at], hex(bytes.get(at + 1)), hex(bytes.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                out.push(high << 4 | low);
                at += 3;
            }
            (byte, _, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    Cow::Owned(String::from_utf8_lossy(&out).into_owned())
}

/// Text as a user part: what RFC 3261 §25.1 does not allow there is escaped.
pub fn escape_user(text: &str) -> String {
    escape(text, b"&=+$,;?/")
}

/// Text as the value of a URI header.
pub(crate) fn escape_header(text: &str) -> String {
    escape(text, b"[]/?:+$")
}

fn escape(text: &str, also_allowed: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if is_unreserved(byte) || also_allowed.contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

pub(super) fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'-' | b'_' | b'.' | b'!' | b'~' | b'*' | b'\'' | b'(' | b')'
        )
}

pub(super) fn is_well_escaped(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'%', bytes)
        .all(|at| hex(bytes.get(at + 1)).is_some() && hex(bytes.get(at + 2)).is_some())
}

fn hex(byte: Option<&u8>) -> Option<u8> {
    char::from(*byte?).to_digit(16).map(|digit| digit as u8)
}
