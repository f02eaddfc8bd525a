//! Session-Expires: how long a session lasts without refresh, and who refreshes it. RFC 4028 §4.

use super::HeaderError;
use super::params::Params;
use std::fmt;
use std::str::FromStr;

/// Which side refreshes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Refresher {
    /// The side that sent the request.
    Uac,
    /// The side that answers it.
    Uas,
}

/// Value of Session-Expires.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SessionExpires {
    /// Interval in seconds.
    pub interval_s: u32,
    /// Who refreshes; `None` leaves it to the answering side.
    pub refresher: Option<Refresher>,
}

impl FromStr for SessionExpires {
    type Err = HeaderError;

    fn from_str(text: &str) -> Result<SessionExpires, HeaderError> {
        let bad = || HeaderError::malformed("seconds;refresher=uac|uas", text);
        let (seconds, params) = text.split_at(text.find(';').unwrap_or(text.len()));
        let interval_s =
            super::typed::seconds(seconds.trim_matches([' ', '\t'])).ok_or_else(bad)?;
        let refresher = match Params::parse(params)?.get("refresher") {
            None => None,
            Some(word) if word.eq_ignore_ascii_case("uac") => Some(Refresher::Uac),
            Some(word) if word.eq_ignore_ascii_case("uas") => Some(Refresher::Uas),
            Some(_) => return Err(bad()),
        };
        Ok(SessionExpires {
            interval_s,
            refresher,
        })
    }
}

impl fmt::Display for SessionExpires {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.interval_s)?;
        match self.refresher {
            None => Ok(()),
            Some(Refresher::Uac) => f.write_str(";refresher=uac"),
            Some(Refresher::Uas) => f.write_str(";refresher=uas"),
        }
    }
}
