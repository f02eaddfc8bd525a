//! Challenges and credentials: a scheme and comma separated `name=value`. RFC 3261 §20.7, §20.44; RFC 7616, RFC 8760.

use super::HeaderError;
use super::list::{is_token, quote, split_list, unquote};
use std::fmt;
use std::str::FromStr;

/// A scheme's name with its parameters, quotes undone. Names have no case.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct AuthParams {
    /// `Digest`, or any other scheme.
    pub scheme: String,
    items: Vec<(String, String, bool)>,
}

/// Value of WWW-Authenticate or Proxy-Authenticate.
pub type Challenge = AuthParams;

/// Value of Authorization or Proxy-Authorization.
pub type Credentials = AuthParams;

impl AuthParams {
    /// A scheme without parameters.
    pub fn new(scheme: &str) -> AuthParams {
        AuthParams {
            scheme: scheme.to_owned(),
            items: Vec::new(),
        }
    }

    /// All challenges or credentials of one line. SIP has one a line (RFC 3261 §7.3.1); servers made of an HTTP stack put
    /// several on one, with commas between them as between parameters (RFC 9110 §11.6.1). Unreadable ones are left out.
    pub fn read_line(line: &str) -> impl Iterator<Item = AuthParams> {
        let mut whole: Vec<String> = Vec::new();
        for item in split_list(line) {
            match whole.last_mut() {
                Some(last) if !begins_anew(item) => {
                    last.push_str(", ");
                    last.push_str(item);
                }
                _ => whole.push(item.to_owned()),
            }
        }
        whole.into_iter().filter_map(|text| text.parse().ok())
    }

    /// A parameter's meaning.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.items
            .iter()
            .find(|item| item.0.eq_ignore_ascii_case(name))
            .map(|item| item.1.as_str())
    }

    /// Appends a parameter that is written in quotes.
    pub fn with_quoted(mut self, name: &str, value: &str) -> AuthParams {
        self.items.push((name.to_owned(), value.to_owned(), true));
        self
    }

    /// Appends a parameter that is written as it is (algorithm, nc, stale, qop of credentials).
    pub fn with_token(mut self, name: &str, value: &str) -> AuthParams {
        self.items.push((name.to_owned(), value.to_owned(), false));
        self
    }

    /// All parameters in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.items
            .iter()
            .map(|item| (item.0.as_str(), item.1.as_str()))
    }
}

/// Whether an element of a comma list begins with a scheme: a word before the parameter's name.
fn begins_anew(item: &str) -> bool {
    let name = item.split(['=', '"']).next().unwrap_or("");
    name.trim_matches([' ', '\t']).contains([' ', '\t'])
}

impl FromStr for AuthParams {
    type Err = HeaderError;

    fn from_str(text: &str) -> Result<AuthParams, HeaderError> {
        let bad = || HeaderError::malformed("scheme and parameters", text);
        let (scheme, rest) = text.split_once([' ', '\t']).unwrap_or((text, ""));
        if !is_token(scheme) {
            return Err(bad());
        }
        let mut auth = AuthParams::new(scheme);
        for item in split_list(rest) {
            let Some((name, value)) = item.split_once('=') else {
                // Schemes other than Digest may carry one opaque word.
                auth.items.push((String::new(), item.to_owned(), false));
                continue;
            };
            let (name, value) = (
                name.trim_matches([' ', '\t']),
                value.trim_matches([' ', '\t']),
            );
            if !is_token(name) {
                return Err(bad());
            }
            auth.items
                .push((name.to_owned(), unquote(value), value.starts_with('"')));
        }
        Ok(auth)
    }
}

impl fmt::Display for AuthParams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.scheme)?;
        for (index, (name, value, quoted)) in self.items.iter().enumerate() {
            f.write_str(if index == 0 { " " } else { ", " })?;
            match (name.is_empty(), quoted) {
                (true, _) => f.write_str(value)?,
                (false, true) => write!(f, "{name}={}", quote(value))?,
                (false, false) => write!(f, "{name}={}", value.replace(['\r', '\n'], " "))?,
            }
        }
        Ok(())
    }
}
