//! A distribution as counts: three digits exact, and two of them add up to what one of all values would be.

use hdrhistogram::Histogram;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// How values are spread: whole numbers from 0 to [`Spread::MOST`], each exact to three digits.
#[derive(Clone, Debug)]
pub struct Spread {
    counts: Histogram<u64>,
}

/// The form of the JSON. Only `counts` is read back; the rest is for readers, and follows from it.
#[derive(Debug, Deserialize, Serialize)]
struct Form {
    #[serde(default)]
    count: u64,
    #[serde(default)]
    mean: f64,
    #[serde(default)]
    least: u64,
    #[serde(default)]
    p50: u64,
    #[serde(default)]
    p90: u64,
    #[serde(default)]
    p99: u64,
    #[serde(default)]
    most: u64,
    /// Pairs of a value and how often it was there.
    counts: Vec<(u64, u64)>,
}

impl Spread {
    /// Above the largest value that is told from larger ones: an hour in microseconds.
    pub const MOST: u64 = 3_600_000_000;

    /// No values yet.
    pub fn new() -> Spread {
        let counts = Histogram::new_with_bounds(1, Self::MOST, DIGITS);
        Spread {
            counts: counts.expect("these bounds are in order"),
        }
    }

    /// One more value; beyond [`Spread::MOST`] it counts as that.
    pub fn record(&mut self, value: u64) {
        self.counts.saturating_record(value.min(Self::MOST));
    }

    /// How many values.
    pub fn count(&self) -> u64 {
        self.counts.len()
    }

    /// The value that this share of all (0 to 1) does not exceed; 0 if there are none.
    pub fn quantile(&self, share: f64) -> u64 {
        self.counts.value_at_quantile(share)
    }

    /// The largest; 0 if there are none.
    pub fn most(&self) -> u64 {
        self.quantile(1.0)
    }

    /// The least; 0 if there are none.
    pub fn least(&self) -> u64 {
        self.counts.min()
    }

    /// Takes over all values of another.
    pub fn add(&mut self, other: &Spread) {
        self.counts
            .add(&other.counts)
            .expect("all spreads have the same bounds");
    }

    /// Each value (the least that it stands for) and how often it was there.
    fn pairs(&self) -> Vec<(u64, u64)> {
        let recorded = self.counts.iter_recorded();
        recorded
            .map(|step| {
                let value = self.counts.lowest_equivalent(step.value_iterated_to());
                (value, step.count_at_value())
            })
            .collect()
    }
}

impl Default for Spread {
    fn default() -> Self {
        Self::new()
    }
}

impl PartialEq for Spread {
    fn eq(&self, other: &Self) -> bool {
        self.pairs() == other.pairs()
    }
}

impl Serialize for Spread {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let form = Form {
            count: self.count(),
            mean: self.counts.mean(),
            least: self.least(),
            p50: self.quantile(0.5),
            p90: self.quantile(0.9),
            p99: self.quantile(0.99),
            most: self.most(),
            counts: self.pairs(),
        };
        form.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Spread {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let form = Form::deserialize(deserializer)?;
        let mut spread = Spread::new();
        let mut total = 0_u64;
        for (value, count) in form.counts {
            if value > Self::MOST {
                let most = Self::MOST;
                let text =
                    format!("a value of {value}, but the largest that there can be is {most}");
                return Err(de::Error::custom(text));
            }
            total = total
                .checked_add(count)
                .filter(|total| *total <= MOST_VALUES)
                .ok_or_else(|| de::Error::custom(format!("more than {MOST_VALUES} values")))?;
            spread.counts.saturating_record_n(value, count);
        }
        Ok(spread)
    }
}

/// Digits that are exact.
const DIGITS: u8 = 3;
/// More values than any load has, and few enough that files of them can be added up.
const MOST_VALUES: u64 = 1 << 48;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn parts_add_up_to_the_whole(
            values in prop::collection::vec((0..3u8, 0..2 * Spread::MOST), 0..200),
        ) {
            let mut whole = Spread::new();
            let mut parts = [Spread::new(), Spread::new(), Spread::new()];
            for (part, value) in &values {
                whole.record(*value);
                parts[usize::from(*part)].record(*value);
            }
            let mut sum = Spread::new();
            for part in &parts {
                // By way of a file, as parts come from elsewhere.
                let text = serde_json::to_string(part).expect("counts can be written");
                sum.add(&serde_json::from_str(&text).expect("and read"));
            }
            prop_assert_eq!(
                serde_json::to_string(&sum).expect("JSON"),
                serde_json::to_string(&whole).expect("JSON")
            );
            prop_assert_eq!(sum, whole);
        }
    }

    #[test]
    fn quantiles_are_exact_to_three_digits() {
        let mut spread = Spread::new();
        (1..=1000).for_each(|value| spread.record(value * 1000));
        let near = |value: u64, wanted: u64| value.abs_diff(wanted) * 1000 <= wanted;
        assert!(near(spread.quantile(0.5), 500_000) && near(spread.quantile(0.99), 990_000));
        assert!(near(spread.most(), 1_000_000) && near(spread.least(), 1_000));
        assert_eq!(Spread::new().quantile(0.5), 0);
    }

    #[test]
    fn impossible_counts_are_refused() {
        let read = |text: &str| serde_json::from_str::<Spread>(text).map_err(|e| e.to_string());
        assert!(read(r#"{"counts":[[3600000001,1]]}"#).is_err_and(|e| e.contains("largest")));
        assert!(read(r#"{"counts":[[1,18446744073709551615],[2,1]]}"#).is_err());
        assert!(read("{}").is_err());
        assert_eq!(
            read(r#"{"counts":[[7,2]]}"#).map(|spread| spread.count()),
            Ok(2)
        );
    }
}
