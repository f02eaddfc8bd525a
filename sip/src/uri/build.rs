//! Making a URI, or a URI out of another one. The unchanged parts stay as written.

use super::escape::{escape_header, escape_user};
use super::{Uri, UriError};
use std::fmt::Write;

pub(super) fn sip(
    scheme: &str,
    user: Option<&str>,
    host: &str,
    port: Option<u16>,
) -> Result<Uri, UriError> {
    let mut text = format!("{scheme}:");
    if let Some(user) = user {
        text.push_str(&escape_user(user));
        text.push('@');
    }
    let is_bare_v6 = host.contains(':') && !host.starts_with('[');
    text.push_str(&if is_bare_v6 {
        format!("[{host}]")
    } else {
        host.to_owned()
    });
    if let Some(port) = port {
        text.push_str(&format!(":{port}"));
    }
    Uri::parse(&text)
}

impl Uri {
    /// The same with a parameter set, in its place if it is there, else last. An empty value means none. Characters that
    /// a parameter cannot hold are escaped.
    pub fn with_param(&self, name: &str, value: &str) -> Uri {
        let value = escape_header(value);
        let mut done = false;
        let mut params = String::new();
        let fresh = if value.is_empty() {
            format!(";{name}")
        } else {
            format!(";{name}={value}")
        };
        for (other, old) in self.params() {
            match (other.eq_ignore_ascii_case(name), old) {
                (true, _) if !std::mem::replace(&mut done, true) => params.push_str(&fresh),
                (true, _) => {}
                (false, Some(old)) => params.push_str(&format!(";{other}={old}")),
                (false, None) => params.push_str(&format!(";{other}")),
            }
        }
        if !done {
            params.push_str(&fresh);
        }
        self.rebuilt(&params, self.slice(&self.parts.headers))
    }

    /// The same without a parameter.
    pub fn without_param(&self, name: &str) -> Uri {
        let mut params = String::new();
        for (other, value) in self
            .params()
            .filter(|(other, _)| !other.eq_ignore_ascii_case(name))
        {
            params.push(';');
            params.push_str(other);
            params.extend(value.map(|value| format!("={value}")));
        }
        self.rebuilt(&params, self.slice(&self.parts.headers))
    }

    /// The same without `?` headers: what may stand in a Request-URI (RFC 3261 §19.1.1).
    pub fn without_headers(&self) -> Uri {
        if !self.has_headers() {
            return self.clone();
        }
        let params = self.params_text();
        self.rebuilt(&params, "")
    }

    /// The same with a `?` header appended (`Replaces` in a Refer-To).
    pub fn with_header(&self, name: &str, value: &str) -> Uri {
        let mut headers = self.slice(&self.parts.headers).to_owned();
        if !headers.is_empty() {
            headers.push('&');
        }
        let _ = write!(headers, "{}={}", escape_header(name), escape_header(value));
        self.rebuilt(&self.params_text(), &headers)
    }

    fn params_text(&self) -> String {
        let params = self.slice(&self.parts.params);
        if params.is_empty() {
            String::new()
        } else {
            format!(";{params}")
        }
    }

    fn rebuilt(&self, params: &str, headers: &str) -> Uri {
        let end = if self.parts.params.start == 0 {
            self.text.len()
        } else {
            self.parts.params.start as usize
        };
        let front = self.as_str()[..end].trim_end_matches([';', '?']);
        let query = if headers.is_empty() {
            String::new()
        } else {
            format!("?{headers}")
        };
        // Names come from code and values are escaped, so this parses; what would not is left as it was.
        Uri::parse(&format!("{front}{params}{query}")).unwrap_or_else(|_| self.clone())
    }
}
