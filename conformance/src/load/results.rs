//! The results of a load as JSON, and those of several shares put together.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::plan::{Plan, Share};
use super::tally::Tally;

/// What came of a load, or of some shares of one.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Results {
    /// [`SCHEMA`].
    pub schema: String,
    /// What the whole load was to be.
    pub plan: Plan,
    /// Where the phones registered.
    pub target: String,
    /// The shares that are in it, by number.
    pub parts: Vec<Part>,
    /// The counts of all of them.
    pub tally: Tally,
}

/// One share, and the machine that made it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Which share.
    pub share: Share,
    /// Version of the program.
    pub version: String,
    /// Architecture, system, processors.
    pub machine: String,
    /// When it began, RFC 3339.
    pub began: String,
    /// From the beginning of its first call until the end of its last, in seconds.
    pub seconds: f64,
    /// RTP packets sent and received by its phones, a second.
    pub packets_per_second: f64,
    /// Processor time of the phones, in seconds.
    pub cpu_seconds: f64,
    /// Processor time of our own server, if it was loaded, in seconds.
    pub server_cpu_seconds: Option<f64>,
}

/// Name and version of the form.
pub const SCHEMA: &str = "solstice-load/1";

/// Why results cannot be read or put together.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResultsError {
    /// Not the JSON that is expected.
    #[error("these are no results of a load: {0}")]
    Json(#[from] serde_json::Error),
    /// Results of another version.
    #[error(
        "the results are of the form {found:?}, and {SCHEMA:?} is expected: use the version of the program that wrote them"
    )]
    Schema {
        /// What they say they are.
        found: String,
    },
    /// Results without a share.
    #[error("the results are of no share at all")]
    Empty,
    /// Shares of different loads.
    #[error("the results are of different loads: {0}")]
    Different(&'static str),
    /// The same calls twice.
    #[error("share {0} is there twice; its calls would count twice")]
    Twice(Share),
}

impl Results {
    /// Reads results.
    pub fn from_json(text: &str) -> Result<Results, ResultsError> {
        // First of all which form it is, for another one may have other fields.
        let form: Form = serde_json::from_str(text)?;
        if form.schema != SCHEMA {
            return Err(ResultsError::Schema { found: form.schema });
        }
        let results: Results = serde_json::from_str(text)?;
        if results.parts.is_empty() {
            return Err(ResultsError::Empty);
        }
        Ok(results)
    }

    /// Writes results.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("numbers and texts are JSON")
    }

    /// Puts shares of one load together.
    pub fn merge(all: Vec<Results>) -> Result<Results, ResultsError> {
        let mut all = all.into_iter();
        let mut whole = all.next().ok_or(ResultsError::Empty)?;
        for results in all {
            if results.plan != whole.plan {
                return Err(ResultsError::Different("their plans differ"));
            }
            if results.target != whole.target {
                return Err(ResultsError::Different("their targets differ"));
            }
            whole.parts.extend(results.parts);
            whole.tally.add(&results.tally);
        }
        let shares = whole.parts.iter().map(|part| part.share);
        if shares
            .clone()
            .any(|share| share.of() != whole.parts[0].share.of())
        {
            return Err(ResultsError::Different(
                "their shares are of different numbers",
            ));
        }
        let mut seen = BTreeSet::new();
        if let Some(twice) = shares.into_iter().find(|share| !seen.insert(*share)) {
            return Err(ResultsError::Twice(twice));
        }
        whole.parts.sort_by_key(|part| part.share);
        Ok(whole)
    }

    /// The shares that are not in it, by number.
    pub fn missing(&self) -> Vec<u32> {
        let of = self.parts.first().map_or(0, |part| part.share.of());
        let there: BTreeSet<u32> = self.parts.iter().map(|part| part.share.number()).collect();
        // Nobody reads more of them.
        let missing = (1..=of).filter(|number| !there.contains(number));
        missing.take(MISSING_MAX).collect()
    }
}

/// The part of the JSON that all versions have.
#[derive(Deserialize)]
struct Form {
    schema: String,
}

/// Missing shares that are named.
const MISSING_MAX: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::notice::Notice;
    use crate::load::plan::Called;

    fn results(number: u32, of: u32) -> Results {
        let mut tally = Tally::default();
        tally.count(&Notice::Begun);
        Results {
            schema: SCHEMA.to_owned(),
            plan: Plan {
                calls: 3,
                rate: 1.0,
                seconds: 5,
                codecs: vec!["PCMA".to_owned()],
                callers: 1000,
                called: Called::Number("901".to_owned()),
                trunk: None,
            },
            target: "pbx".to_owned(),
            parts: vec![Part {
                share: Share::new(number, of).expect("a share"),
                version: "0".to_owned(),
                machine: "m".to_owned(),
                began: "2026-01-01T00:00:00Z".to_owned(),
                seconds: 8.0,
                packets_per_second: 100.0,
                cpu_seconds: 0.1,
                server_cpu_seconds: None,
            }],
            tally,
        }
    }

    #[test]
    fn shares_are_put_in_order_and_missing_ones_named() {
        let merged = Results::merge(vec![results(3, 3), results(1, 3)]).expect("two shares");
        let shares: Vec<u32> = merged
            .parts
            .iter()
            .map(|part| part.share.number())
            .collect();
        assert_eq!((shares, merged.missing()), (vec![1, 3], vec![2]));
        assert_eq!(merged.tally.calls, 2);
        let again = Results::from_json(&merged.to_json()).expect("what was written can be read");
        assert_eq!(again, merged);
    }

    #[test]
    fn what_does_not_belong_together_is_refused() {
        let refused = |all: Vec<Results>| Results::merge(all).expect_err("refused").to_string();
        assert!(refused(vec![results(1, 2), results(1, 2)]).contains("share 1/2 is there twice"));
        assert!(refused(vec![results(1, 2), results(1, 3)]).contains("different numbers"));
        let mut other = results(2, 2);
        other.plan.seconds = 6;
        assert!(refused(vec![results(1, 2), other]).contains("plans differ"));
        assert!(refused(Vec::new()).contains("no share"));
    }

    #[test]
    fn what_are_no_results_is_refused() {
        let refused = |text: &str| Results::from_json(text).expect_err("refused").to_string();
        for text in ["", "[]", "{}", "null", "{\"schema\":1}"] {
            assert!(refused(text).contains("no results of a load"), "{text}");
        }
        assert!(refused(r#"{"schema":"solstice-load/2"}"#).contains("solstice-load/2"));
        let mut empty = results(1, 1);
        empty.parts.clear();
        assert!(refused(&empty.to_json()).contains("no share"));
        let mut wrong = serde_json::to_value(results(1, 1)).expect("it can be written");
        wrong["parts"][0]["share"] = serde_json::json!([7, 1]);
        let wrong = wrong.to_string();
        assert!(refused(&wrong).contains("no share"), "share 7/1");
    }
}
