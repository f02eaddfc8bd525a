//! Times in data files as people write them: `"20ms"`, `"1.5s"`, `"250us"`; exact to the nanosecond both ways.
//!
//! For `#[serde(with = "crate::time_text")]` on a field of type [`Duration`].

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serializer};

/// Writes a time in the largest unit that needs no fraction.
pub(crate) fn serialize<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&print(*time))
}

/// Reads what [`serialize`] writes, and decimal fractions.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Duration, D::Error> {
    read(&Cow::<'de, str>::deserialize(deserializer)?)
}

/// `Option<Duration>`: absent or null means none.
pub(crate) mod option {
    use super::{Cow, Deserialize, Deserializer, Duration, Serializer};

    /// Writes a time, or null.
    pub(crate) fn serialize<S: Serializer>(
        time: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => super::serialize(time, serializer),
            None => serializer.serialize_none(),
        }
    }

    /// Reads a time, or null.
    pub(crate) fn deserialize<'de, X: Deserializer<'de>>(
        deserializer: X,
    ) -> Result<Option<Duration>, X::Error> {
        let text = Option::<Cow<'de, str>>::deserialize(deserializer)?;
        text.map(|text| super::read(&text)).transpose()
    }
}

/// A list of times.
pub(crate) mod list {
    use super::{Cow, Deserialize, Deserializer, Duration, Serializer, print};

    /// Writes each time.
    pub(crate) fn serialize<S: Serializer>(
        times: &[Duration],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(times.iter().map(|time| print(*time)))
    }

    /// Reads each time.
    pub(crate) fn deserialize<'de, X: Deserializer<'de>>(
        deserializer: X,
    ) -> Result<Vec<Duration>, X::Error> {
        let texts = Vec::<Cow<'de, str>>::deserialize(deserializer)?;
        texts.iter().map(|text| super::read(text)).collect()
    }
}

fn read<E: serde::de::Error>(text: &str) -> Result<Duration, E> {
    parse(text).ok_or_else(|| {
        E::custom(format!(
            "'{text}' is no time; write it like 20ms, 1.5s, 250us, 2m or 1h"
        ))
    })
}

/// The largest unit without a fraction.
pub(crate) fn print(time: Duration) -> String {
    let ns = time.as_nanos();
    let (unit, name) = UNITS
        .into_iter()
        .rev()
        .find(|(unit, name)| *name != "m" && *name != "h" && ns.is_multiple_of(*unit))
        .unwrap_or((1, "ns"));
    format!("{}{name}", ns / unit)
}

/// A decimal number and its unit, without loss; `None` if it is anything else or finer than a nanosecond.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let digits_end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, name) = text.split_at(digits_end);
    let (unit, _) = UNITS.into_iter().find(|(_, known)| *known == name.trim())?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let mut ns = whole.parse::<u128>().ok()?.checked_mul(unit)?;
    if number.contains('.') {
        let scale = 10_u128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
        let scaled = fraction.parse::<u128>().ok()?.checked_mul(unit)?;
        if !scaled.is_multiple_of(scale) {
            return None;
        }
        ns = ns.checked_add(scaled / scale)?;
    }
    u64::try_from(ns).ok().map(Duration::from_nanos)
}

/// Nanoseconds in each unit, smallest first.
const UNITS: [(u128, &str); 6] = [
    (1, "ns"),
    (1_000, "us"),
    (1_000_000, "ms"),
    (1_000_000_000, "s"),
    (60_000_000_000, "m"),
    (3_600_000_000_000, "h"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_read_exactly() {
        for (text, ns) in [
            ("20ms", 20_000_000),
            ("1.5s", 1_500_000_000),
            ("250us", 250_000),
            ("7ns", 7),
            ("2m", 120_000_000_000),
            ("0s", 0),
        ] {
            assert_eq!(parse(text), Some(Duration::from_nanos(ns)), "{text}");
        }
        for wrong in [
            "",
            "20",
            "ms",
            "1.s",
            "-1s",
            "1.0000000001s",
            "99999999999999999999h",
            "1 fortnight",
            "0.1ns",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    proptest::proptest! {
        #[test]
        fn printing_loses_nothing(ns: u64) {
            let time = Duration::from_nanos(ns);
            proptest::prop_assert_eq!(parse(&print(time)), Some(time));
        }
    }
}
