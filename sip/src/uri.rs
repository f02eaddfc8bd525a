//! Addresses: sip, sips, tel, urn and any other scheme, kept as written with an index over their parts.
//!
//! RFC 3261 §19.1 and §25.1, RFC 3966 (tel), RFC 5954 (IPv6). Reading is lenient where phones are: `#` in a user part
//! and `_` in a host name are let through. Comparison by RFC 3261 §19.1.4 is [`Uri::is_equivalent`]; `==` compares text.

use bytes::Bytes;
use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::IpAddr;
use std::ops::Range;
use std::str::FromStr;

mod build;
mod compare;
mod escape;

pub use escape::{escape_user, unescape};

/// What kind of address a URI is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Scheme {
    /// `sip:`
    Sip,
    /// `sips:`
    Sips,
    /// `tel:` (RFC 3966)
    Tel,
    /// `urn:` (RFC 8141), such as `urn:service:sos`
    Urn,
    /// Anything else, kept as it is.
    Other,
}

/// Why text is no URI.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("expected {expected} in URI {text:?}")]
pub struct UriError {
    /// What the grammar wants.
    pub expected: &'static str,
    /// What came, shortened to 80 characters.
    pub text: String,
}

/// A URI, kept as written.
#[derive(Clone)]
pub struct Uri {
    text: Bytes,
    scheme: Scheme,
    parts: Parts,
}

/// Offsets into the text.
#[derive(Clone, Debug, Default)]
struct Parts {
    scheme_end: u32,
    user: Option<Range<u32>>,
    password: Option<Range<u32>>,
    host: Range<u32>,
    port: Option<u16>,
    params: Range<u32>,
    headers: Range<u32>,
}

impl Uri {
    /// Reads a URI without angle brackets.
    pub fn parse(text: &str) -> Result<Uri, UriError> {
        Self::parse_bytes(Bytes::copy_from_slice(text.as_bytes()))
    }

    /// Reads a URI without copying its bytes.
    pub fn parse_bytes(text: Bytes) -> Result<Uri, UriError> {
        let bad = |expected| UriError {
            expected,
            text: String::from_utf8_lossy(&text[..text.len().min(80)]).into_owned(),
        };
        let plain = std::str::from_utf8(&text).map_err(|_| bad("UTF-8"))?;
        let (scheme, parts) = parse_parts(plain).map_err(bad)?;
        Ok(Uri {
            scheme,
            parts,
            text,
        })
    }

    /// `sip:user@host:port`. The user part is escaped where needed; an IPv6 host gets its brackets.
    pub fn sip(user: Option<&str>, host: &str, port: Option<u16>) -> Result<Uri, UriError> {
        build::sip("sip", user, host, port)
    }

    /// `sips:user@host:port`; see [`Uri::sip`].
    pub fn sips(user: Option<&str>, host: &str, port: Option<u16>) -> Result<Uri, UriError> {
        build::sip("sips", user, host, port)
    }

    /// The URI as written.
    pub fn as_str(&self) -> &str {
        // Checked when parsed.
        std::str::from_utf8(&self.text).unwrap_or("")
    }

    /// The scheme.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The scheme as written.
    pub fn scheme_text(&self) -> &str {
        &self.as_str()[..self.parts.scheme_end as usize]
    }

    /// Whether this is a sip or sips URI.
    pub fn is_sip(&self) -> bool {
        matches!(self.scheme, Scheme::Sip | Scheme::Sips)
    }

    /// The user part, or a tel URI's number, with escapes undone.
    pub fn user(&self) -> Option<Cow<'_, str>> {
        self.user_raw().map(unescape)
    }

    /// The user part, or a tel URI's number, as written.
    pub fn user_raw(&self) -> Option<&str> {
        self.parts.user.as_ref().map(|range| self.slice(range))
    }

    /// The password as written. RFC 3261 §19.1.1 advises against it.
    pub fn password_raw(&self) -> Option<&str> {
        self.parts.password.as_ref().map(|range| self.slice(range))
    }

    /// The host as written, an IPv6 address in its brackets; empty for schemes without host.
    pub fn host(&self) -> &str {
        self.slice(&self.parts.host)
    }

    /// The host as an address, if it is one.
    pub fn host_ip(&self) -> Option<IpAddr> {
        self.host().trim_matches(['[', ']']).parse().ok()
    }

    /// The port, if it is written.
    pub fn port(&self) -> Option<u16> {
        self.parts.port
    }

    /// A parameter's value with escapes undone; `Some("")` for one without value. Names have no case.
    pub fn param(&self, name: &str) -> Option<Cow<'_, str>> {
        self.params()
            .find(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| unescape(value.unwrap_or("")))
    }

    /// All parameters in order, as written.
    pub fn params(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        let text = self.slice(&self.parts.params);
        text.split(';')
            .filter(|param| !param.is_empty())
            .map(|param| match param.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (param, None),
            })
    }

    /// All headers (`?name=value&...`) in order, escapes undone.
    pub fn headers(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        let text = self.slice(&self.parts.headers);
        text.split('&')
            .filter(|header| !header.is_empty())
            .map(|header| {
                let (name, value) = header.split_once('=').unwrap_or((header, ""));
                (unescape(name), unescape(value))
            })
    }

    /// A header's value (`?Replaces=...`), escapes undone. Names have no case.
    pub fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        self.headers()
            .find(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// Whether there are headers.
    pub fn has_headers(&self) -> bool {
        !self.parts.headers.is_empty()
    }

    /// The transport parameter in lower case.
    pub fn transport(&self) -> Option<String> {
        self.param("transport")
            .map(|transport| transport.to_ascii_lowercase())
    }

    /// Whether this is a loose router (RFC 3261 §19.1.1 `lr`).
    pub fn is_loose_router(&self) -> bool {
        self.params()
            .any(|(name, _)| name.eq_ignore_ascii_case("lr"))
    }

    /// Whether both name the same resource (RFC 3261 §19.1.4; RFC 3966 §5 for tel). Not transitive, hence not `==`.
    pub fn is_equivalent(&self, other: &Uri) -> bool {
        compare::is_equivalent(self, other)
    }

    fn slice(&self, range: &Range<u32>) -> &str {
        &self.as_str()[range.start as usize..range.end as usize]
    }
}

impl FromStr for Uri {
    type Err = UriError;

    fn from_str(text: &str) -> Result<Uri, UriError> {
        Uri::parse(text)
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Uri({})", self.as_str())
    }
}

impl PartialEq for Uri {
    fn eq(&self, other: &Uri) -> bool {
        self.text == other.text
    }
}

impl Eq for Uri {}

impl Hash for Uri {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

fn parse_parts(text: &str) -> Result<(Scheme, Parts), &'static str> {
    if text.len() > crate::message::HEAD_MAX_BYTES {
        return Err("at most 65535 bytes");
    }
    let (name, rest) = text.split_once(':').ok_or("scheme")?;
    let starts_with_letter = name.starts_with(|c: char| c.is_ascii_alphabetic());
    if !starts_with_letter
        || !name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
    {
        return Err("scheme");
    }
    if rest
        .bytes()
        .any(|b| b <= b' ' || matches!(b, b'<' | b'>' | b'"' | 0x7f))
    {
        return Err("no blanks, quotes or angle brackets");
    }
    let scheme = match name {
        _ if name.eq_ignore_ascii_case("sip") => Scheme::Sip,
        _ if name.eq_ignore_ascii_case("sips") => Scheme::Sips,
        _ if name.eq_ignore_ascii_case("tel") => Scheme::Tel,
        _ if name.eq_ignore_ascii_case("urn") => Scheme::Urn,
        _ => Scheme::Other,
    };
    let base = name.len() + 1;
    let mut parts = match scheme {
        Scheme::Sip | Scheme::Sips => parse_sip(text, base)?,
        Scheme::Tel => parse_tel(text, base)?,
        Scheme::Urn | Scheme::Other if rest.is_empty() => return Err("something after the scheme"),
        Scheme::Urn | Scheme::Other => Parts::default(),
    };
    parts.scheme_end = name.len() as u32;
    Ok((scheme, parts))
}

fn parse_sip(text: &str, base: usize) -> Result<Parts, &'static str> {
    let mut parts = Parts::default();
    let mut at = base;
    if let Some(end) = memchr::memchr(b'@', &text.as_bytes()[base..]).map(|n| base + n) {
        let user_end = memchr::memchr(b':', &text.as_bytes()[base..end]).map_or(end, |n| base + n);
        if user_end == base {
            return Err("user before @");
        }
        parts.user = Some(range(base, user_end));
        if user_end < end {
            parts.password = Some(range(user_end + 1, end));
        }
        at = end + 1;
        if !escape::is_well_escaped(&text[base..end]) {
            return Err("two hexadecimal digits after %");
        }
    }
    let rest = &text[at..];
    if rest.contains('@') {
        return Err("one @");
    }
    let query = rest.find('?').map_or(text.len(), |n| at + n);
    let params = text[at..query].find(';').map_or(query, |n| at + n);
    let host_end = if rest.starts_with('[') {
        at + rest.find(']').ok_or("]")? + 1
    } else {
        text[at..params].find(':').map_or(params, |n| at + n)
    };
    if host_end > params || !is_host(&text[at..host_end]) {
        return Err("host");
    }
    parts.host = range(at, host_end);
    parts.port = match text[host_end..params].strip_prefix(':') {
        None if host_end == params => None,
        Some(port) if port.bytes().all(|b| b.is_ascii_digit()) => {
            Some(port.parse().map_err(|_| "port below 65536")?)
        }
        _ => return Err("port"),
    };
    parts.params = range((params + 1).min(query), query);
    parts.headers = range((query + 1).min(text.len()), text.len());
    if !escape::is_well_escaped(&text[params..]) {
        return Err("two hexadecimal digits after %");
    }
    Ok(parts)
}

fn parse_tel(text: &str, base: usize) -> Result<Parts, &'static str> {
    let end = text[base..].find(';').map_or(text.len(), |n| base + n);
    let number = &text[base..end];
    let digits = number.strip_prefix('+').unwrap_or(number);
    // RFC 3966 §3: digits and visual separators; a local number also has *, # and A to F.
    if digits.is_empty()
        || !digits
            .bytes()
            .all(|b| b.is_ascii_hexdigit() || matches!(b, b'-' | b'.' | b'(' | b')' | b'*' | b'#'))
    {
        return Err("telephone number");
    }
    Ok(Parts {
        user: Some(range(base, end)),
        params: range((end + 1).min(text.len()), text.len()),
        ..Parts::default()
    })
}

fn range(start: usize, end: usize) -> Range<u32> {
    // Both are below HEAD_MAX_BYTES.
    start as u32..end as u32
}

/// Whether text is a host name, an IPv4 address or an IPv6 address in brackets.
pub(crate) fn is_host(text: &str) -> bool {
    match text.strip_prefix('[') {
        Some(inner) => inner
            .strip_suffix(']')
            .is_some_and(|v6| v6.parse::<std::net::Ipv6Addr>().is_ok()),
        None => {
            !text.is_empty()
                && text
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'))
        }
    }
}

#[cfg(test)]
mod tests;
