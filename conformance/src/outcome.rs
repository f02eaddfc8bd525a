//! What came of one scenario with one seed: the verdict, and the figures beside it.
//!
//! There are five verdicts. *Passed* and *failed* speak of the product; *unsupported* says that a world or a peer cannot
//! host the scenario, with the reason; *known* is a failure that was written down beforehand, with the reason; a *harness
//! error* speaks of this program and is never sold as a fault of the product.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ladder::Ladder;
use crate::timeline::Timeline;
use crate::truth::Row;

/// Whose fault a finding is, as far as the evidence goes.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// The softphone.
    Client,
    /// The simulated IP Office.
    IpOffice,
    /// The simulated Spaces cloud.
    Spaces,
    /// The simulated Meetings Online cloud.
    Meetings,
    /// A foreign party under test.
    Peer,
    /// Both ends or one of them: the evidence does not tell which.
    Unclear,
}

impl Fault {
    /// The party in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Client => "the client",
            Self::IpOffice => "IP Office",
            Self::Spaces => "Spaces",
            Self::Meetings => "Meetings Online",
            Self::Peer => "the foreign peer",
            Self::Unclear => "one of the parties",
        }
    }
}

/// One thing found wrong: whose fault, what was expected, what came, what to do next.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Finding {
    /// Whose fault.
    pub fault: Fault,
    /// What should have been seen.
    pub expected: String,
    /// What was seen.
    pub came: String,
    /// What the reader can do next.
    pub advice: String,
    /// When, in nanoseconds of simulated time, if it can be said.
    pub at_ns: Option<u64>,
    /// The checker that found it; none if the play itself did.
    pub checker: Option<String>,
}

impl Finding {
    /// A finding of the play, with advice that fits most of them.
    pub fn new(fault: Fault, expected: impl Into<String>, came: impl Into<String>) -> Self {
        Self {
            fault,
            expected: expected.into(),
            came: came.into(),
            advice: "open the ladder of this run at the time of the finding, or repeat it with `solstice replay`"
                .to_owned(),
            at_ns: None,
            checker: None,
        }
    }

    /// The same with its time.
    #[must_use]
    pub fn at(mut self, time: std::time::Duration) -> Self {
        self.at_ns = u64::try_from(time.as_nanos()).ok();
        self
    }

    /// The same with other advice.
    #[must_use]
    pub fn advising(mut self, advice: impl Into<String>) -> Self {
        self.advice = advice.into();
        self
    }

    /// The same, named for the checker that found it.
    #[must_use]
    pub fn by(mut self, checker: &str) -> Self {
        self.checker = Some(checker.to_owned());
        self
    }

    /// What makes two findings the same one: everything but times and counts.
    pub fn fingerprint(&self) -> String {
        let checker = self.checker.as_deref().unwrap_or("play");
        let expected: String = self
            .expected
            .chars()
            .filter(|letter| !letter.is_ascii_digit())
            .collect();
        format!("{checker}: {}: {expected}", self.fault.name())
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(checker) = &self.checker {
            write!(f, "{checker}: ")?;
        }
        write!(
            f,
            "expected {}; came {} (fault of {})",
            self.expected,
            self.came,
            self.fault.name()
        )?;
        if let Some(at_ns) = self.at_ns {
            write!(f, " at {:.3} s", at_ns as f64 / 1e9)?;
        }
        Ok(())
    }
}

/// How a run ended.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum Verdict {
    /// Everything expected was seen and every checker was content.
    Passed,
    /// Something was found.
    Failed {
        /// What was found first.
        finding: Finding,
    },
    /// This world or peer cannot host the scenario.
    Unsupported {
        /// Why, in words.
        reason: String,
    },
    /// Something was found that is written down as known, or that counts in strict mode only.
    Known {
        /// Why it is accepted, in words.
        reason: String,
        /// What was found.
        finding: Finding,
    },
    /// The harness itself failed; nothing is said about the product.
    HarnessError {
        /// What went wrong.
        reason: String,
        /// What to do next.
        advice: String,
    },
}

impl Verdict {
    /// The verdict in one word, as used in files and columns.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed { .. } => "failed",
            Self::Unsupported { .. } => "unsupported",
            Self::Known { .. } => "known",
            Self::HarnessError { .. } => "harness error",
        }
    }

    /// The finding, if there is one.
    pub fn finding(&self) -> Option<&Finding> {
        match self {
            Self::Failed { finding } | Self::Known { finding, .. } => Some(finding),
            Self::Passed | Self::Unsupported { .. } | Self::HarnessError { .. } => None,
        }
    }

    /// Why, in words; nothing for a pass.
    pub fn reason(&self) -> Option<String> {
        match self {
            Self::Passed => None,
            Self::Failed { finding } => Some(finding.to_string()),
            Self::Unsupported { reason } | Self::HarnessError { reason, .. } => {
                Some(reason.clone())
            }
            Self::Known { reason, finding } => Some(format!("{reason} ({finding})")),
        }
    }

    /// How much it counts when the verdicts of many seeds are put together: the worst one stands for all.
    pub fn weight(&self) -> u8 {
        match self {
            Self::Unsupported { .. } => 0,
            Self::Passed => 1,
            Self::Known { .. } => 2,
            Self::Failed { .. } => 3,
            Self::HarnessError { .. } => 4,
        }
    }
}

/// One scenario, one seed, one world.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Outcome {
    /// Name of the scenario: area and name, such as `telephony/hold_retrieve`.
    pub scenario: String,
    /// What the scenario is about, in one line.
    pub title: String,
    /// Ids of the requirements it proves.
    pub proves: Vec<String>,
    /// The seed.
    pub seed: u64,
    /// The world: `wire`, `turmoil` or `real`.
    pub world: String,
    /// How it ended.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// Time that passed in the world, in seconds.
    pub simulated_s: f64,
    /// Time that passed outside, in seconds.
    pub wall_s: f64,
    /// Processor time of the run, in seconds.
    pub cpu_s: f64,
    /// Seconds of established call or meeting, summed over all of them.
    pub call_seconds: f64,
    /// Packets offered to links.
    pub packets: u64,
    /// Packets of RTP and SRTP among them, RTCP apart; 0 where the trace is not kept.
    #[serde(default)]
    pub rtp_packets: u64,
    /// Hash over every packet with its time and addresses, in hexadecimal; empty in worlds without one.
    pub trace_hash: String,
    /// Ambient reads of randomness and wall clock that reached the guard, by kind.
    pub leaks: BTreeMap<String, u64>,
    /// Figures the play measured, by name; each name ends in its unit.
    pub measures: BTreeMap<String, f64>,
    /// Directory of the capsule, relative to the report, if one was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capsule: Option<String>,
    /// What was said, for the diagram; kept for the first seed and for failing ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ladder: Option<Ladder>,
    /// How far what was said of media was from the truth, by the name of the statistic.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub truth: BTreeMap<String, Row>,
    /// Quality over time, for the plots; kept like the ladder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeline: Option<Timeline>,
}

impl Outcome {
    /// The area of the scenario: what stands before the slash.
    pub fn area(&self) -> &str {
        self.scenario.split('/').next().unwrap_or(&self.scenario)
    }

    /// What names this run among others.
    pub fn key(&self) -> (&str, u64, &str) {
        (&self.scenario, self.seed, &self.world)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// An outcome to play with.
    pub(crate) fn outcome(scenario: &str, seed: u64, verdict: Verdict) -> Outcome {
        Outcome {
            scenario: scenario.to_owned(),
            title: "a title".to_owned(),
            proves: vec!["TEL-01".to_owned()],
            seed,
            world: "wire".to_owned(),
            verdict,
            simulated_s: 30.0,
            wall_s: 0.5,
            cpu_s: 0.25,
            call_seconds: 20.0,
            packets: 2000,
            rtp_packets: 1900,
            trace_hash: format!("{seed:016x}"),
            leaks: BTreeMap::new(),
            measures: BTreeMap::new(),
            capsule: None,
            ladder: None,
            truth: BTreeMap::new(),
            timeline: None,
        }
    }

    /// A failure to play with.
    pub(crate) fn failed() -> Verdict {
        Verdict::Failed {
            finding: Finding::new(Fault::IpOffice, "200 to BYE", "nothing within 32 s"),
        }
    }

    #[test]
    fn an_outcome_survives_its_line_of_json() {
        for verdict in [
            Verdict::Passed,
            failed(),
            Verdict::Unsupported {
                reason: "no NAT in this world".to_owned(),
            },
        ] {
            let outcome = outcome("telephony/call", 7, verdict);
            let line = serde_json::to_string(&outcome).expect("an outcome is plain data");
            assert_eq!(
                serde_json::from_str::<Outcome>(&line).expect("what was written can be read"),
                outcome
            );
        }
    }

    #[test]
    fn a_finding_says_whose_fault_what_and_when() {
        let finding = Finding::new(Fault::Client, "a BYE", "silence")
            .at(std::time::Duration::from_millis(1500));
        assert_eq!(
            finding.to_string(),
            "expected a BYE; came silence (fault of the client) at 1.500 s"
        );
    }
}
