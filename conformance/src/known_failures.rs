//! Failures that are accepted for now, each with its reason in words.
//!
//! One entry a line: scenario, seeds (`*`, a count `20` or a range `A..B`), world (`*` or its name), reason. An entry that no longer fails
//! fails the run, so that the list only ever holds what is true.
//!
//! ```text
//! # scenario                seeds  world    reason
//! telephony/hold_retrieve   *      turmoil  TCP of that world never retransmits
//! ```

use crate::outcome::{Outcome, Verdict};
use crate::seeds::Seeds;

/// Words a reason must have at least: fewer explain nothing.
const REASON_WORDS_MIN: usize = 3;

/// One accepted failure.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// Name of the scenario.
    pub scenario: String,
    /// Seeds it holds for; `None` for all.
    pub seeds: Option<Seeds>,
    /// World it holds for; `None` for all.
    pub world: Option<String>,
    /// Why it is accepted.
    pub reason: String,
    /// Line in the file, from 1.
    pub line: usize,
}

impl Entry {
    fn covers(&self, outcome: &Outcome) -> bool {
        self.scenario == outcome.scenario
            && self
                .seeds
                .as_ref()
                .is_none_or(|seeds| seeds.contains(outcome.seed))
            && self
                .world
                .as_ref()
                .is_none_or(|world| *world == outcome.world)
    }
}

/// The list.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct KnownFailures {
    entries: Vec<Entry>,
}

/// A line that cannot be read.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "line {line} of the known failures: {what}; write `scenario seeds world reason`, such as `telephony/call * turmoil TCP of that world never retransmits`"
)]
pub struct Unreadable {
    /// Line in the file, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: String,
}

impl KnownFailures {
    /// Reads the list; empty lines and lines that begin with `#` say nothing.
    pub fn parse(text: &str) -> Result<Self, Unreadable> {
        let mut entries = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if !line.is_empty() && !line.starts_with('#') {
                entries.push(entry(line, index + 1).map_err(|what| Unreadable {
                    line: index + 1,
                    what,
                })?);
            }
        }
        Ok(Self { entries })
    }

    /// Turns failures that are on the list into known ones.
    pub fn apply(&self, outcome: &mut Outcome) {
        let Some(entry) = self.entries.iter().find(|entry| entry.covers(outcome)) else {
            return;
        };
        if let Verdict::Failed { finding } = &outcome.verdict {
            outcome.verdict = Verdict::Known {
                reason: entry.reason.clone(),
                finding: finding.clone(),
            };
        }
    }

    /// Entries that were put to the test by these outcomes and that no outcome needed, in words.
    pub fn unneeded(&self, outcomes: &[Outcome]) -> Vec<String> {
        let not_needed = |entry: &&Entry| {
            let mut tested = outcomes.iter().filter(|outcome| {
                entry.covers(outcome) && !matches!(outcome.verdict, Verdict::Unsupported { .. })
            });
            let first = tested.next();
            first.is_some()
                && first
                    .into_iter()
                    .chain(tested)
                    .all(|outcome| outcome.verdict == Verdict::Passed)
        };
        let words = |entry: &Entry| {
            format!(
                "line {}: {} passes now; remove the entry ({})",
                entry.line, entry.scenario, entry.reason
            )
        };
        self.entries.iter().filter(not_needed).map(words).collect()
    }

    /// Entries that name a scenario which is not among these names, in words.
    pub fn strangers(&self, names: &[&str]) -> Vec<String> {
        let unknown = |entry: &&Entry| !names.contains(&entry.scenario.as_str());
        let words = |entry: &Entry| {
            format!(
                "line {}: there is no scenario {}; remove the entry",
                entry.line, entry.scenario
            )
        };
        self.entries.iter().filter(unknown).map(words).collect()
    }
}

fn entry(line: &str, number: usize) -> Result<Entry, String> {
    let mut rest = line;
    let mut word = || {
        let (word, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        rest = after.trim_start();
        word
    };
    let (scenario, seeds, world) = (word(), word(), word());
    if rest.split_whitespace().count() < REASON_WORDS_MIN {
        return Err(format!(
            "the reason has fewer than {REASON_WORDS_MIN} words"
        ));
    }
    let seeds = match seeds {
        "*" => None,
        seeds => Some(seeds.parse::<Seeds>().map_err(|error| error.to_string())?),
    };
    Ok(Entry {
        scenario: scenario.to_owned(),
        seeds,
        world: (world != "*").then(|| world.to_owned()),
        reason: rest.to_owned(),
        line: number,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::tests::{failed, outcome};

    const LIST: &str = "# comment\n\ntelephony/hold  *  wire  the cause is understood well\n";

    #[test]
    fn a_failure_on_the_list_is_known() {
        let list = KnownFailures::parse(LIST).expect("the list is well formed");
        let mut outcome = outcome("telephony/hold", 3, failed());
        list.apply(&mut outcome);
        assert_eq!(outcome.verdict.name(), "known");
        assert!(list.unneeded(&[outcome]).is_empty());
    }

    #[test]
    fn an_entry_that_is_not_needed_is_named() {
        let list = KnownFailures::parse(LIST).expect("the list is well formed");
        let passed = outcome("telephony/hold", 3, Verdict::Passed);
        assert_eq!(
            list.unneeded(&[passed]),
            ["line 3: telephony/hold passes now; remove the entry (the cause is understood well)"]
        );
        let elsewhere = outcome("telephony/call", 3, Verdict::Passed);
        assert!(list.unneeded(&[elsewhere]).is_empty());
    }

    #[test]
    fn an_entry_without_scenario_is_named() {
        let list = KnownFailures::parse(LIST).expect("the list is well formed");
        assert_eq!(list.strangers(&["telephony/call"]).len(), 1);
        assert!(list.strangers(&["telephony/hold"]).is_empty());
    }

    #[test]
    fn a_reason_must_be_in_words() {
        let error =
            KnownFailures::parse("telephony/hold * * flaky").expect_err("one word is no reason");
        assert!(
            error
                .to_string()
                .starts_with("line 1 of the known failures: the reason has fewer"),
            "{error}"
        );
        assert!(KnownFailures::parse("telephony/hold x..y * because of three words").is_err());
    }
}
