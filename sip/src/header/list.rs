//! Words of the grammar that all headers share: tokens, quoted strings, comma lists. RFC 3261 §25.1.

use memchr::memchr3_iter;

/// Whether text is a token of at least one character.
pub fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token_byte)
}

pub(crate) fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'-' | b'.' | b'!' | b'%' | b'*' | b'_' | b'+' | b'`' | b'\'' | b'~'
        )
}

/// The elements of a comma list, without outer white space; commas within quotes or angle brackets do not count, empty
/// elements are skipped.
pub fn split_list(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        loop {
            let whole = rest?;
            let (element, after) = match comma(whole) {
                Some(at) => (&whole[..at], Some(&whole[at + 1..])),
                None => (whole, None),
            };
            rest = after;
            let element = element.trim_matches([' ', '\t']);
            if !element.is_empty() {
                return Some(element);
            }
        }
    })
}

/// What follows the first element of a comma list, without outer white space; `None` when there is no second.
pub(crate) fn after_first(text: &str) -> Option<&str> {
    let first = split_list(text).next()?;
    let end = first.as_ptr() as usize - text.as_ptr() as usize + first.len();
    let rest = text[end..].trim_start_matches([' ', '\t', ',']);
    if rest.is_empty() { None } else { Some(rest) }
}

fn comma(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut resume = 0;
    for at in memchr3_iter(b',', b'"', b'<', bytes) {
        if at < resume {
            continue;
        }
        match bytes[at] {
            b',' => return Some(at),
            b'"' => resume = quoted_end(text, at).unwrap_or(text.len()),
            _ => {
                resume = bytes[at..]
                    .iter()
                    .position(|b| *b == b'>')
                    .map_or(at + 1, |n| at + n + 1)
            }
        }
    }
    None
}

/// The offset after the closing quote of the quoted string that opens at `open`.
pub(crate) fn quoted_end(text: &str, open: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = open + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    None
}

/// The meaning of a quoted string, escapes undone; other text is given back as it is.
pub fn unquote(text: &str) -> String {
    let Some(inner) = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    else {
        return text.to_owned();
    };
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.extend(chars.next()),
            _ => out.push(c),
        }
    }
    out
}

/// Text as a quoted string, with escapes where they are needed. CR and LF, which no quoted string can hold, become spaces.
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\r' | '\n' => out.push(' '),
            _ => out.push(c),
        }
    }
    out.push('"');
    out
}
