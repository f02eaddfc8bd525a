//! Reason: why a request is sent. RFC 3326; `SIP;cause=200` in a CANCEL means that another branch answered.

use super::HeaderError;
use super::list::{is_token, quote};
use super::params::Params;
use std::fmt;
use std::str::FromStr;

/// One Reason value.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reason {
    /// `SIP`, `Q.850` or another.
    pub protocol: String,
    /// cause, text and others.
    pub params: Params,
}

impl Reason {
    /// A SIP status as the reason.
    pub fn sip(cause: u16, text: &str) -> Reason {
        Reason {
            protocol: "SIP".to_owned(),
            params: Params::new()
                .with("cause", &cause.to_string())
                .with("text", &quote(text)),
        }
    }

    /// The cause's number within its protocol.
    pub fn cause(&self) -> Option<u16> {
        self.params
            .get("cause")
            .and_then(|cause| cause.parse().ok())
    }

    /// The text for people.
    pub fn text(&self) -> Option<String> {
        self.params.value("text").map(|text| text.into_owned())
    }
}

impl FromStr for Reason {
    type Err = HeaderError;

    fn from_str(text: &str) -> Result<Reason, HeaderError> {
        let (protocol, params) = text.split_at(text.find(';').unwrap_or(text.len()));
        let protocol = protocol.trim_matches([' ', '\t']);
        if !is_token(protocol) {
            return Err(HeaderError::malformed("protocol;cause=number", text));
        }
        Ok(Reason {
            protocol: protocol.to_owned(),
            params: Params::parse(params)?,
        })
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.protocol, self.params)
    }
}
