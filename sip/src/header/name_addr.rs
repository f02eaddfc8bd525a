//! A name, an address and parameters: From, To, Contact, Route, Record-Route, Refer-To, Referred-By, P-Asserted-Identity.
//!
//! RFC 3261 §20.10, §20.20, §25.1. Where the angle brackets are missing, parameters belong to the header, not to the URI.

use super::HeaderError;
use super::list::{is_token_byte, quote, quoted_end, unquote};
use super::params::Params;
use crate::uri::Uri;
use std::fmt;
use std::str::FromStr;

/// A name, an address and parameters.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NameAddr {
    /// Display name with quotes and escapes undone; `None` when absent or empty.
    pub display: Option<String>,
    /// The address.
    pub uri: Uri,
    /// Parameters of the header (tag, expires, q, +sip.instance, ...).
    pub params: Params,
}

impl NameAddr {
    /// An address without name and parameters.
    pub fn new(uri: Uri) -> NameAddr {
        NameAddr {
            display: None,
            uri,
            params: Params::new(),
        }
    }

    /// The same with a display name.
    pub fn with_display(mut self, display: &str) -> NameAddr {
        self.display = (!display.is_empty()).then(|| display.to_owned());
        self
    }

    /// The same with a parameter set; see [`Params::set`].
    pub fn with_param(mut self, name: &str, value: &str) -> NameAddr {
        self.params.set(name, value);
        self
    }

    /// The same with a tag.
    pub fn with_tag(self, tag: &str) -> NameAddr {
        self.with_param("tag", tag)
    }

    /// The tag (RFC 3261 §19.3).
    pub fn tag(&self) -> Option<&str> {
        self.params.get("tag").filter(|tag| !tag.is_empty())
    }

    /// `expires` of a Contact, in seconds (RFC 3261 §10.2.1.1); a value that is no number counts as absent.
    pub fn expires_s(&self) -> Option<u32> {
        self.params.get("expires").and_then(super::typed::seconds)
    }

    /// `q` of a Contact in thousandths, 1000 when absent (RFC 3261 §20.10).
    pub fn q_thousandths(&self) -> u16 {
        self.params
            .get("q")
            .and_then(|q| q.parse::<f32>().ok())
            .map_or(1000, |q| (q.clamp(0.0, 1.0) * 1000.0) as u16)
    }
}

impl FromStr for NameAddr {
    type Err = HeaderError;

    fn from_str(text: &str) -> Result<NameAddr, HeaderError> {
        let bad = |expected| move || HeaderError::malformed(expected, text);
        let text = text.trim_matches([' ', '\t']);
        let (display, rest) = if text.starts_with('"') {
            let end = quoted_end(text, 0).ok_or_else(bad("closing quote"))?;
            let rest = text[end..].trim_start_matches([' ', '\t']);
            if !rest.starts_with('<') {
                return Err(bad("< after display name")());
            }
            (Some(unquote(&text[..end])), rest)
        } else if let Some(open) = text.find('<') {
            let display = text[..open].trim_end_matches([' ', '\t']);
            // Unquoted, a display name is tokens only; bytes beyond ASCII are let through.
            if !display
                .bytes()
                .all(|b| is_token_byte(b) || matches!(b, b' ' | b'\t') || b >= 0x80)
            {
                return Err(bad("display name of tokens, or quoted")());
            }
            (Some(display.to_owned()), &text[open..])
        } else {
            (None, text)
        };
        let (uri, params) = match rest.strip_prefix('<') {
            Some(inner) => inner.split_once('>').ok_or_else(bad(">"))?,
            None => rest.split_at(rest.find(';').unwrap_or(rest.len())),
        };
        let is_bracketed = rest.starts_with('<');
        let uri = if is_bracketed {
            uri
        } else {
            uri.trim_end_matches([' ', '\t'])
        };
        // RFC 3261 §20: a URI with a comma, question mark or semicolon needs its brackets.
        if !is_bracketed && uri.contains([',', '?']) {
            return Err(bad("angle brackets round this URI")());
        }
        Ok(NameAddr {
            display: display.filter(|name| !name.is_empty()),
            uri: Uri::parse(uri).map_err(|_| bad("URI")())?,
            params: Params::parse(params)?,
        })
    }
}

impl fmt::Display for NameAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(display) = &self.display {
            write!(f, "{} ", quote(display))?;
        }
        write!(f, "<{}>{}", self.uri, self.params)
    }
}

/// All Contact values of a message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Contacts {
    /// `*`: all bindings (RFC 3261 §10.2.2).
    Star,
    /// Addresses, in order; may be none.
    List(Vec<NameAddr>),
}

impl Contacts {
    /// The first address.
    pub fn first(&self) -> Option<&NameAddr> {
        match self {
            Contacts::Star => None,
            Contacts::List(list) => list.first(),
        }
    }
}
