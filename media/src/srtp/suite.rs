//! The crypto suites by the names they have in SDP.

/// A crypto suite. RFC 4568 §6.2, RFC 6188 §2, RFC 7714 §12.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Suite {
    /// AES-128 counter mode, HMAC-SHA1 with 80-bit tag; every implementation has it.
    AesCm128HmacSha1_80,
    /// As before, with a 32-bit tag on RTP (RTCP keeps 80 bits).
    AesCm128HmacSha1_32,
    /// AES-256 counter mode, 80-bit tag.
    AesCm256HmacSha1_80,
    /// AES-256 counter mode, 32-bit tag on RTP.
    AesCm256HmacSha1_32,
    /// AES-128 in Galois/counter mode, 128-bit tag.
    AeadAes128Gcm,
    /// AES-256 in Galois/counter mode, 128-bit tag.
    AeadAes256Gcm,
}

impl Suite {
    /// All suites, the strongest first.
    pub const ALL: [Suite; 6] = [
        Suite::AeadAes256Gcm,
        Suite::AeadAes128Gcm,
        Suite::AesCm256HmacSha1_80,
        Suite::AesCm256HmacSha1_32,
        Suite::AesCm128HmacSha1_80,
        Suite::AesCm128HmacSha1_32,
    ];

    /// The name in an `a=crypto` line.
    pub fn name(self) -> &'static str {
        match self {
            Suite::AesCm128HmacSha1_80 => "AES_CM_128_HMAC_SHA1_80",
            Suite::AesCm128HmacSha1_32 => "AES_CM_128_HMAC_SHA1_32",
            Suite::AesCm256HmacSha1_80 => "AES_256_CM_HMAC_SHA1_80",
            Suite::AesCm256HmacSha1_32 => "AES_256_CM_HMAC_SHA1_32",
            Suite::AeadAes128Gcm => "AEAD_AES_128_GCM",
            Suite::AeadAes256Gcm => "AEAD_AES_256_GCM",
        }
    }

    /// The suite of that name; also takes the word order `AES_CM_256_..` that some senders use.
    pub fn from_name(name: &str) -> Option<Suite> {
        match name {
            "AES_CM_256_HMAC_SHA1_80" => Some(Suite::AesCm256HmacSha1_80),
            "AES_CM_256_HMAC_SHA1_32" => Some(Suite::AesCm256HmacSha1_32),
            _ => Suite::ALL.into_iter().find(|suite| suite.name() == name),
        }
    }

    /// Octets of the master key.
    pub fn key_len(self) -> usize {
        match self {
            Suite::AesCm128HmacSha1_80 | Suite::AesCm128HmacSha1_32 | Suite::AeadAes128Gcm => 16,
            Suite::AesCm256HmacSha1_80 | Suite::AesCm256HmacSha1_32 | Suite::AeadAes256Gcm => 32,
        }
    }

    /// Octets of the master salt.
    pub fn salt_len(self) -> usize {
        if self.is_aead() { 12 } else { 14 }
    }

    /// Octets of key and salt together, as an SDES key and a DTLS exporter have them.
    pub fn material_len(self) -> usize {
        self.key_len() + self.salt_len()
    }

    /// Octets by which an RTP packet grows.
    pub fn tag_len(self) -> usize {
        match self {
            Suite::AesCm128HmacSha1_80 | Suite::AesCm256HmacSha1_80 => 10,
            Suite::AesCm128HmacSha1_32 | Suite::AesCm256HmacSha1_32 => 4,
            Suite::AeadAes128Gcm | Suite::AeadAes256Gcm => 16,
        }
    }

    /// Octets of the tag of an RTCP packet; the `_32` suites keep 80 bits there. RFC 4568 §6.2.2.
    pub fn rtcp_tag_len(self) -> usize {
        if self.is_aead() { 16 } else { 10 }
    }

    /// Whether one operation both encrypts and authenticates.
    pub fn is_aead(self) -> bool {
        matches!(self, Suite::AeadAes128Gcm | Suite::AeadAes256Gcm)
    }
}

impl std::fmt::Display for Suite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
