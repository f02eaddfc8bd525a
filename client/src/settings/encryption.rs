//! `MEDIAENCRYPTION`: which SRTP suites the client offers, by the setting's numbers.

/// One number of the list that the client knows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MediaEncryption {
    /// 1: `AES_CM_128_HMAC_SHA1_80`.
    Aes128Sha80,
    /// 2: `AES_CM_128_HMAC_SHA1_32`.
    Aes128Sha32,
    /// 9: no encryption.
    None,
    /// 10: `AES_256_CM_HMAC_SHA1_80`.
    Aes256Sha80,
    /// 11: `AES_256_CM_HMAC_SHA1_32`.
    Aes256Sha32,
}

/// Reads the comma list. Numbers 3 to 8 (without authentication or encryption) and unknown ones are left out, as the
/// client does; a list of which nothing remains is not valid.
pub fn read_media_encryption(text: &str) -> Result<Vec<MediaEncryption>, String> {
    let mut list = Vec::new();
    for entry in text.split(',') {
        let known = match entry.trim() {
            "1" => MediaEncryption::Aes128Sha80,
            "2" => MediaEncryption::Aes128Sha32,
            "9" => MediaEncryption::None,
            "10" => MediaEncryption::Aes256Sha80,
            "11" => MediaEncryption::Aes256Sha32,
            _ => continue,
        };
        if !list.contains(&known) {
            list.push(known);
        }
    }
    if list.is_empty() {
        Err("a comma list with at least one of 1, 2, 9, 10, 11".to_owned())
    } else {
        Ok(list)
    }
}
