//! Object identifiers: twelve bytes written as 24 hex digits, as every id of Spaces is.
//!
//! Four bytes of seconds, five bytes drawn once per server, three bytes of a counter: the layout of the document store
//! behind the real service, which makes ids of one server distinct without asking for randomness again.

use std::fmt;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Identifier of a user, a space, a message, an invitation or a socket session.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ObjectId([u8; 12]);

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The text is not 24 hex digits.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("an id is 24 hex digits")]
pub struct NotAnObjectId;

impl FromStr for ObjectId {
    type Err = NotAnObjectId;

    fn from_str(text: &str) -> Result<Self, NotAnObjectId> {
        if text.len() != 24 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(NotAnObjectId);
        }
        let mut id = [0; 12];
        for (at, byte) in id.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).map_err(|_| NotAnObjectId)?;
        }
        Ok(ObjectId(id))
    }
}

impl Serialize for ObjectId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ObjectId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Where new ids come from.
#[derive(Debug)]
pub(crate) struct Ids {
    server: [u8; 5],
    counter: u32,
}

impl Ids {
    /// `seed` is the only randomness the generator ever needs.
    pub(crate) fn new(seed: [u8; 32]) -> Self {
        let [a, b, c, d, e, x, y, z, ..] = seed;
        Ids {
            server: [a, b, c, d, e],
            counter: u32::from_be_bytes([0, x, y, z]),
        }
    }

    pub(crate) fn next(&mut self, utc: SystemTime) -> ObjectId {
        let seconds = utc
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        let mut id = [0; 12];
        // The field has four bytes; later bits do not fit, as in the original until 2106.
        id[..4].copy_from_slice(&(seconds as u32).to_be_bytes());
        id[4..9].copy_from_slice(&self.server);
        id[9..].copy_from_slice(&self.counter.to_be_bytes()[1..]);
        self.counter = self.counter.wrapping_add(1);
        ObjectId(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn is_24_hex_digits_and_reads_back() {
        let mut ids = Ids::new([0xAB; 32]);
        let id = ids.next(UNIX_EPOCH + Duration::from_secs(0x5A00_0000));
        assert_eq!(id.to_string(), "5a000000abababababababab");
        assert_eq!(id.to_string().parse(), Ok(id));
        for bad in [
            "",
            "5a",
            "5a000000ababababababababab",
            "zz0000000000000000000000",
            "é0000000000000000000000",
        ] {
            assert_eq!(bad.parse::<ObjectId>(), Err(NotAnObjectId), "{bad}");
        }
    }

    #[test]
    fn grows_within_a_second_and_never_repeats() {
        let mut ids = Ids::new([1; 32]);
        let drawn: Vec<_> = (0..1000).map(|_| ids.next(UNIX_EPOCH)).collect();
        assert!(drawn.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
