//! Wall-clock time as Spaces writes it.

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::Timestamp;

/// Whole seconds since 1970, as JWT claims count (RFC 7519 §2, NumericDate).
pub(crate) fn seconds(utc: SystemTime) -> u64 {
    utc.duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// `2017-06-26T18:09:55.839Z`: UTC with milliseconds, always.
pub(crate) fn iso(utc: SystemTime) -> String {
    let stamp = Timestamp::try_from(utc).unwrap_or(Timestamp::UNIX_EPOCH);
    stamp.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// Whether a client's `created` is a time at all.
pub(crate) fn is_time(text: &str) -> bool {
    text.len() <= 40 && text.parse::<Timestamp>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn is_written_with_milliseconds_in_utc() {
        let utc = UNIX_EPOCH + Duration::from_millis(1_498_500_595_839);
        assert_eq!(iso(utc), "2017-06-26T18:09:55.839Z");
        assert_eq!(iso(UNIX_EPOCH), "1970-01-01T00:00:00.000Z");
        assert!(is_time("2017-06-26T18:09:55.839Z") && !is_time("yesterday"));
    }
}
