//! Master keys as SDP carries them: `inline:` and the key with its salt in base64.
//!
//! RFC 4568 §6.1: `inline:<key||salt>["|" lifetime]["|" MKI ":" length]`.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::Suite;

/// Octets of the longest master key with its salt.
const MATERIAL_MAX: usize = 32 + 14;

/// A suite with its master key and salt.
#[derive(Clone, Eq, PartialEq)]
pub struct SdesKey {
    suite: Suite,
    material: [u8; MATERIAL_MAX],
}

/// The keys of one stream as negotiated; `None` is plain RTP in that direction.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct KeyPair {
    /// What the other side protects with: the key in *its* SDP.
    pub inbound: Option<SdesKey>,
    /// What we protect with: the key in *our* SDP.
    pub outbound: Option<SdesKey>,
}

impl KeyPair {
    /// Takes new keys, as after a re-INVITE, and says which are others than before. A key that stays must keep its counters: RFC
    /// 3711 §9.1 forbids to start them again.
    pub(crate) fn replace(
        &mut self,
        keys: KeyPair,
        set_inbound: impl FnOnce(Option<&SdesKey>),
        set_outbound: impl FnOnce(Option<&SdesKey>),
    ) {
        if keys.inbound != self.inbound {
            set_inbound(keys.inbound.as_ref());
        }
        if keys.outbound != self.outbound {
            set_outbound(keys.outbound.as_ref());
        }
        *self = keys;
    }
}

/// Why key parameters can't be used.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SdesError {
    /// The key method is not `inline`.
    #[error("key method is not \"inline:\"")]
    Method,
    /// Not base64.
    #[error("key is not base64")]
    Base64,
    /// Key and salt have not the suite's length.
    #[error("{suite} needs {need} octets of key and salt, got {len}")]
    Length {
        /// The suite.
        suite: Suite,
        /// Octets that came.
        len: usize,
        /// Octets that the suite needs.
        need: usize,
    },
    /// A master key identifier is announced: it would lengthen every packet, and this implementation has one key at a time.
    #[error("a master key identifier is not supported")]
    MasterKeyIdentifier,
    /// The lifetime is no number and no power of two.
    #[error("key lifetime cannot be read")]
    Lifetime,
}

impl SdesKey {
    /// A key from its octets: key, then salt (the order of SDES and of [`Suite::material_len`]).
    pub fn new(suite: Suite, key_and_salt: &[u8]) -> Result<SdesKey, SdesError> {
        let (len, need) = (key_and_salt.len(), suite.material_len());
        if len != need {
            return Err(SdesError::Length { suite, len, need });
        }
        let mut material = [0; MATERIAL_MAX];
        material[..need].copy_from_slice(key_and_salt);
        Ok(SdesKey { suite, material })
    }

    /// A fresh key from the caller's entropy: `fill` writes random octets.
    pub fn generate(suite: Suite, fill: impl FnOnce(&mut [u8])) -> SdesKey {
        let mut material = [0; MATERIAL_MAX];
        fill(&mut material[..suite.material_len()]);
        SdesKey { suite, material }
    }

    /// Reads the key parameters of an `a=crypto` line, `inline:...`; a lifetime is read and not kept, as every key here
    /// is replaced long before the suite's own limit.
    pub fn parse(suite: Suite, parameters: &str) -> Result<SdesKey, SdesError> {
        let (method, info) = parameters.trim().split_once(':').ok_or(SdesError::Method)?;
        if !method.eq_ignore_ascii_case("inline") {
            return Err(SdesError::Method);
        }
        let mut fields = info.split('|');
        let key = fields.next().unwrap_or_default();
        for field in fields {
            if field.contains(':') {
                return Err(SdesError::MasterKeyIdentifier);
            }
            let digits = field.strip_prefix("2^").unwrap_or(field);
            digits.parse::<u64>().map_err(|_| SdesError::Lifetime)?;
        }
        let mut octets = [0; MATERIAL_MAX + 20];
        let len = match BASE64.decode_slice(key, &mut octets) {
            Ok(len) => len,
            Err(base64::DecodeSliceError::OutputSliceTooSmall) => octets.len(),
            Err(base64::DecodeSliceError::DecodeError(_)) => return Err(SdesError::Base64),
        };
        SdesKey::new(suite, &octets[..len])
    }

    /// The key parameters for an `a=crypto` line: `inline:` and the base64 text.
    pub fn to_inline(&self) -> String {
        let mut text = String::from("inline:");
        BASE64.encode_string(self.key_and_salt(), &mut text);
        text
    }

    /// The suite it belongs to.
    pub fn suite(&self) -> Suite {
        self.suite
    }

    /// Key and salt, in that order.
    pub fn key_and_salt(&self) -> &[u8] {
        &self.material[..self.suite.material_len()]
    }

    /// The master key.
    pub(super) fn key(&self) -> &[u8] {
        &self.material[..self.suite.key_len()]
    }

    /// The master salt, zeros appended to 14 octets where the suite has 12. RFC 7714 §11.
    pub(super) fn salt(&self) -> [u8; 14] {
        let mut salt = [0; 14];
        let start = self.suite.key_len();
        salt[..self.suite.salt_len()]
            .copy_from_slice(&self.material[start..self.suite.material_len()]);
        salt
    }
}

/// Shows the suite and keeps the key to itself.
impl std::fmt::Debug for SdesKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SdesKey({}, ..)", self.suite)
    }
}

/// Writes the padding that RFC 4568 §6.1 asks for and reads keys with and without it, as both are in use.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_4568_is_read_and_written() {
        let text = "inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^20|1:4";
        let suite = Suite::AesCm128HmacSha1_80;
        assert_eq!(
            SdesKey::parse(suite, text),
            Err(SdesError::MasterKeyIdentifier)
        );
        let key = SdesKey::parse(suite, &text[..text.len() - 4]).unwrap();
        assert_eq!(key.key_and_salt(), b"YS___semctl () {\t220;}\n}\nunles");
        assert_eq!(
            key.to_inline(),
            "inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
        );
        assert_eq!(format!("{key:?}"), "SdesKey(AES_CM_128_HMAC_SHA1_80, ..)");
    }

    #[test]
    fn every_suite_goes_through_its_text_with_and_without_padding() {
        for suite in Suite::ALL {
            let key = SdesKey::generate(suite, |octets| octets.fill(0xa7));
            let text = key.to_inline();
            assert_eq!(SdesKey::parse(suite, &text).as_ref(), Ok(&key));
            assert_eq!(SdesKey::parse(suite, text.trim_end_matches('=')), Ok(key));
            assert_eq!(Suite::from_name(suite.name()), Some(suite));
        }
    }

    #[test]
    fn bad_parameters_are_told_apart() {
        let suite = Suite::AesCm128HmacSha1_80;
        assert_eq!(SdesKey::parse(suite, "uri:x"), Err(SdesError::Method));
        assert_eq!(SdesKey::parse(suite, "inline:%%"), Err(SdesError::Base64));
        assert_eq!(
            SdesKey::parse(suite, "inline:AAAA"),
            Err(SdesError::Length {
                suite,
                len: 3,
                need: 30
            })
        );
        let long = format!("inline:{}", "A".repeat(400));
        assert!(matches!(
            SdesKey::parse(suite, &long),
            Err(SdesError::Length { .. })
        ));
        let odd = "inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|soon";
        assert_eq!(SdesKey::parse(suite, odd), Err(SdesError::Lifetime));
    }
}
