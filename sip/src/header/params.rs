//! `;name=value` parameters, kept as they came. RFC 3261 §25.1 `generic-param`.

use super::HeaderError;
use super::list::{is_token, is_token_byte, quote, quoted_end, unquote};
use std::borrow::Cow;
use std::fmt;

/// Parameters of a header value, as text that begins with `;` or is empty.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Params {
    text: String,
}

impl Params {
    /// No parameters.
    pub fn new() -> Params {
        Params::default()
    }

    /// Reads `;a=b;c;d="e f"`. White space may stand around `;` and `=`.
    pub fn parse(text: &str) -> Result<Params, HeaderError> {
        let bad = || HeaderError::malformed("parameters", text);
        let mut rest = text.trim_matches([' ', '\t']);
        let whole = rest;
        while !rest.is_empty() {
            let (_, _, after) = next_param(rest).ok_or_else(bad)?;
            rest = after;
        }
        Ok(Params {
            text: whole.to_owned(),
        })
    }

    /// The value of a parameter as it stands, quotes included; `Some("")` for one without value. Names have no case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter()
            .find(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.unwrap_or(""))
    }

    /// The value of a parameter with quotes and escapes undone.
    pub fn value(&self, name: &str) -> Option<Cow<'_, str>> {
        self.get(name).map(|raw| {
            if raw.starts_with('"') {
                Cow::Owned(unquote(raw))
            } else {
                Cow::Borrowed(raw)
            }
        })
    }

    /// Whether the parameter is there.
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// All parameters in order, values as they stand.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        let mut rest = self.text.as_str();
        std::iter::from_fn(move || {
            let (name, value, after) = next_param(rest)?;
            rest = after;
            Some((name, value))
        })
    }

    /// Sets a parameter: in its place if it is there, else last. A value that is neither a token nor a host nor quoted
    /// already is quoted; an empty value means none.
    pub fn set(&mut self, name: &str, value: &str) {
        let mut fresh = String::with_capacity(self.text.len() + name.len() + value.len() + 4);
        let mut done = false;
        for (other, old) in self.iter() {
            if other.eq_ignore_ascii_case(name) {
                if !std::mem::replace(&mut done, true) {
                    append(&mut fresh, name, Some(value));
                }
            } else {
                append(&mut fresh, other, old);
            }
        }
        if !done {
            append(&mut fresh, name, Some(value));
        }
        self.text = fresh;
    }

    /// Like [`Params::set`], for building in one expression.
    pub fn with(mut self, name: &str, value: &str) -> Params {
        self.set(name, value);
        self
    }

    /// Removes a parameter.
    pub fn remove(&mut self, name: &str) {
        let mut fresh = String::with_capacity(self.text.len());
        for (other, value) in self
            .iter()
            .filter(|(other, _)| !other.eq_ignore_ascii_case(name))
        {
            append(&mut fresh, other, value);
        }
        self.text = fresh;
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The text as it stands.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn append(text: &mut String, name: &str, value: Option<&str>) {
    text.push(';');
    text.push_str(name);
    if let Some(value) = value.filter(|value| !value.is_empty()) {
        text.push('=');
        let is_quoted = value.starts_with('"') && quoted_end(value, 0) == Some(value.len());
        if is_quoted || is_bare(value) {
            text.push_str(value)
        } else {
            text.push_str(&quote(value))
        }
    }
}

/// Token or host (RFC 3261 §25.1 `gen-value`); brackets and colons come with IPv6, `@` with nothing but habit.
fn is_bare(value: &str) -> bool {
    is_token(value)
        || value
            .bytes()
            .all(|b| is_token_byte(b) || matches!(b, b'[' | b']' | b':'))
}

/// The first parameter of `;name=value...`: name, value, what follows.
pub(crate) fn next_param(text: &str) -> Option<(&str, Option<&str>, &str)> {
    let rest = text
        .trim_start_matches([' ', '\t'])
        .strip_prefix(';')?
        .trim_start_matches([' ', '\t']);
    let name_end = rest
        .bytes()
        .position(|b| !is_token_byte(b))
        .unwrap_or(rest.len());
    if name_end == 0 {
        return None;
    }
    let (name, after_name) = rest.split_at(name_end);
    let after = after_name.trim_start_matches([' ', '\t']);
    let Some(value) = after
        .strip_prefix('=')
        .map(|v| v.trim_start_matches([' ', '\t']))
    else {
        return ends_here(after).then_some((name, None, after));
    };
    let end = if value.starts_with('"') {
        quoted_end(value, 0)?
    } else {
        value
            .bytes()
            .position(|b| matches!(b, b';' | b' ' | b'\t' | b',' | b'"' | b'<' | b'>'))
            .unwrap_or(value.len())
    };
    if end == 0 {
        return None;
    }
    let (value, after) = value.split_at(end);
    let after = after.trim_start_matches([' ', '\t']);
    ends_here(after).then_some((name, Some(value), after))
}

fn ends_here(after: &str) -> bool {
    after.is_empty() || after.starts_with(';')
}
