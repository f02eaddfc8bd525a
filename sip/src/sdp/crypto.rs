//! `a=crypto`: SRTP keys in the session description. RFC 4568 §4, §6, §9.

use super::SdpError;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use std::fmt;
use std::str::FromStr;

/// One crypto attribute.
#[derive(Clone, Eq, PartialEq)]
pub struct Crypto {
    /// Tells the offered suites apart; the answer repeats it.
    pub tag: u32,
    /// `AES_CM_128_HMAC_SHA1_80` and others.
    pub suite: String,
    /// One or more keys.
    pub keys: Vec<KeyParam>,
    /// Session parameters as written: `UNENCRYPTED_SRTCP`, `KDR=1`, ...
    pub session_params: Vec<String>,
}

/// One `inline:` key.
#[derive(Clone, Eq, PartialEq)]
pub struct KeyParam {
    /// Master key and master salt, in this order.
    pub key_and_salt: Vec<u8>,
    /// Lifetime as written: `2^20` or a number of packets.
    pub lifetime: Option<String>,
    /// Master key identifier and its length in bytes.
    pub mki: Option<(u64, u8)>,
}

impl Crypto {
    /// One key without lifetime and identifier.
    pub fn new(tag: u32, suite: &str, key_and_salt: &[u8]) -> Crypto {
        let key = KeyParam {
            key_and_salt: key_and_salt.to_vec(),
            lifetime: None,
            mki: None,
        };
        Crypto {
            tag,
            suite: suite.to_owned(),
            keys: vec![key],
            session_params: Vec::new(),
        }
    }

    /// Whether nothing about it is beyond a plain implementation: one key, without identifier in the packets, and no session
    /// parameter that must be understood (RFC 4568 §6.3.7: those without a minus in front). Others must not be accepted.
    pub fn is_plain(&self) -> bool {
        let is_optional = |param: &String| param.starts_with('-');
        matches!(&self.keys[..], [key] if key.mki.is_none())
            && self.session_params.iter().all(is_optional)
    }

    /// Whether a session parameter is there, compared without case.
    pub fn has_session_param(&self, name: &str) -> bool {
        self.session_params
            .iter()
            .any(|param| param.eq_ignore_ascii_case(name))
    }
}

impl FromStr for Crypto {
    type Err = SdpError;

    fn from_str(text: &str) -> Result<Crypto, SdpError> {
        let bad = |expected| SdpError::Crypto { expected };
        let mut words = text.split(' ').filter(|word| !word.is_empty());
        let tag = words.next().unwrap_or("");
        if tag.is_empty() || tag.len() > 9 || !tag.bytes().all(|b| b.is_ascii_digit()) {
            return Err(bad("tag of one to nine digits"));
        }
        let suite = words.next().ok_or(bad("suite"))?.to_owned();
        let keys = words.next().ok_or(bad("key parameters"))?;
        let keys = keys
            .split(';')
            .map(str::parse)
            .collect::<Result<Vec<KeyParam>, SdpError>>()?;
        Ok(Crypto {
            tag: tag.parse().map_err(|_| bad("tag"))?,
            suite,
            keys,
            session_params: words.map(str::to_owned).collect(),
        })
    }
}

impl FromStr for KeyParam {
    type Err = SdpError;

    fn from_str(text: &str) -> Result<KeyParam, SdpError> {
        let bad = |expected| SdpError::Crypto { expected };
        let (method, info) = text.split_once(':').ok_or(bad("inline:"))?;
        if !method.eq_ignore_ascii_case("inline") {
            return Err(bad("inline:"));
        }
        let mut parts = info.split('|');
        let key = parts.next().unwrap_or("").trim_end_matches('=');
        let key_and_salt = STANDARD_NO_PAD
            .decode(key)
            .map_err(|_| bad("key and salt in base64"))?;
        let mut param = KeyParam {
            key_and_salt,
            lifetime: None,
            mki: None,
        };
        for part in parts {
            match part.split_once(':') {
                Some((mki, length)) => {
                    let mki = mki.parse().map_err(|_| bad("key identifier"))?;
                    let length = length
                        .parse()
                        .ok()
                        .filter(|length| (1..=128).contains(length));
                    param.mki = Some((mki, length.ok_or(bad("length of key identifier"))?));
                }
                None => param.lifetime = Some(part.to_owned()),
            }
        }
        Ok(param)
    }
}

impl fmt::Display for Crypto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ", self.tag, self.suite)?;
        for (index, key) in self.keys.iter().enumerate() {
            let separator = if index > 0 { ";" } else { "" };
            write!(
                f,
                "{separator}inline:{}",
                STANDARD.encode(&key.key_and_salt)
            )?;
            if let Some(lifetime) = &key.lifetime {
                write!(f, "|{lifetime}")?;
            }
            if let Some((mki, length)) = key.mki {
                write!(f, "|{mki}:{length}")?;
            }
        }
        self.session_params
            .iter()
            .try_for_each(|param| write!(f, " {param}"))
    }
}

/// Keys do not belong in logs.
impl fmt::Debug for Crypto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Crypto({} {}, {} keys)",
            self.tag,
            self.suite,
            self.keys.len()
        )
    }
}

/// Keys do not belong in logs.
impl fmt::Debug for KeyParam {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyParam({} bytes)", self.key_and_salt.len())
    }
}
