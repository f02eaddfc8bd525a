//! Replaces, and Target-Dialog and Join which look alike: a dialog named by Call-ID and tags. RFC 3891, 4538, 3911.

use super::HeaderError;
use super::params::Params;
use std::fmt;
use std::str::FromStr;

/// A dialog as its receiver sees it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Replaces {
    /// Call-ID of the dialog.
    pub call_id: String,
    /// to-tag, from-tag (or remote-tag, local-tag), early-only.
    pub params: Params,
}

impl Replaces {
    /// Names a dialog by the tags that its receiver knows as local (`to_tag`) and remote (`from_tag`).
    pub fn new(call_id: &str, to_tag: &str, from_tag: &str) -> Replaces {
        Replaces {
            call_id: call_id.to_owned(),
            params: Params::new()
                .with("to-tag", to_tag)
                .with("from-tag", from_tag),
        }
    }

    /// The receiver's own tag.
    pub fn to_tag(&self) -> &str {
        self.params
            .get("to-tag")
            .or_else(|| self.params.get("local-tag"))
            .unwrap_or("")
    }

    /// The other side's tag.
    pub fn from_tag(&self) -> &str {
        self.params
            .get("from-tag")
            .or_else(|| self.params.get("remote-tag"))
            .unwrap_or("")
    }

    /// Whether only an early dialog may be replaced (RFC 3891 §6.1).
    pub fn is_early_only(&self) -> bool {
        self.params.contains("early-only")
    }
}

impl FromStr for Replaces {
    type Err = HeaderError;

    fn from_str(text: &str) -> Result<Replaces, HeaderError> {
        let (call_id, params) = text.split_at(text.find(';').unwrap_or(text.len()));
        let replaces = Replaces {
            call_id: call_id.trim_matches([' ', '\t']).to_owned(),
            params: Params::parse(params)?,
        };
        if replaces.call_id.is_empty()
            || replaces.to_tag().is_empty()
            || replaces.from_tag().is_empty()
        {
            return Err(HeaderError::malformed(
                "Call-ID with to-tag and from-tag",
                text,
            ));
        }
        Ok(replaces)
    }
}

impl fmt::Display for Replaces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.call_id, self.params)
    }
}
