//! Recorded decisions: which packet met which fate, as data and as a sentence.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::link::Flow;

/// One decision left to chance that did not go the plain way.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// Name of the link direction.
    pub link: String,
    /// Label of the stage on that link.
    pub stage: String,
    /// Whose packet.
    pub flow: Flow,
    /// Its number in its flow on that link, from 1.
    pub packet: u64,
    /// Which copy of it, where a stage before has doubled it; 0 is the original.
    #[serde(default, skip_serializing_if = "is_original")]
    pub copy: u16,
    /// What became of it.
    pub outcome: Outcome,
}

fn is_original(copy: &u16) -> bool {
    *copy == 0
}

/// What became of a packet by chance.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Outcome {
    /// Never arrives.
    Lost,
    /// Arrives twice.
    Duplicated,
    /// Takes longer, by jitter.
    Delayed {
        /// Extra time.
        #[serde(with = "crate::time_text")]
        by: Duration,
    },
    /// Takes longer, so that others overtake it.
    HeldBack {
        /// Extra time.
        #[serde(with = "crate::time_text")]
        by: Duration,
    },
    /// One bit of its payload flipped.
    Flipped {
        /// Which, from the first byte's highest.
        bit: u64,
    },
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            link,
            stage,
            flow,
            packet,
            copy,
            outcome,
        } = self;
        write!(f, "{link}: packet {packet} of {flow}")?;
        if *copy > 0 {
            write!(f, ", copy {copy},")?;
        }
        match outcome {
            Outcome::Lost => write!(f, " lost"),
            Outcome::Duplicated => write!(f, " duplicated"),
            Outcome::Delayed { by } => write!(f, " delayed by {by:?}"),
            Outcome::HeldBack { by } => write!(f, " held back by {by:?}"),
            Outcome::Flipped { bit } => write!(f, " hurt, bit {bit} flipped"),
        }?;
        write!(f, " ({stage})")
    }
}

/// All decisions of a run, to be kept with its failure.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Record {
    /// Version of this format.
    pub version: u32,
    /// Whether there were more decisions than were kept. Then a run can't be driven from this record.
    pub overflowed: bool,
    /// In the order in which they were taken.
    pub decisions: Vec<Decision>,
}

impl Record {
    /// The version written and read.
    pub const VERSION: u32 = 1;

    /// Reads a record, refusing other versions and unknown fields.
    pub fn from_json(text: &str) -> Result<Self, RecordError> {
        let version = version(text)?;
        if version != Self::VERSION {
            return Err(RecordError::Version {
                found: u64::from(version),
            });
        }
        let Fields {
            overflowed,
            decisions,
            ..
        } = serde_json::from_str(text).map_err(|error| RecordError::Text(error.to_string()))?;
        Ok(Self {
            version,
            overflowed,
            decisions,
        })
    }

    /// Writes it, one decision a line.
    pub fn to_json(&self) -> String {
        let lines: Vec<String> = self
            .decisions
            .iter()
            .map(|decision| serde_json::to_string(decision).expect("a decision is plain data"))
            .collect();
        format!(
            "{{\"version\":{},\"overflowed\":{},\"decisions\":[\n{}\n]}}\n",
            self.version,
            self.overflowed,
            lines.join(",\n")
        )
    }
}

/// A record can't be used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// Written by another version.
    #[error(
        "the record has version {found}; this program reads version {}",
        Record::VERSION
    )]
    Version {
        /// Its version.
        found: u64,
    },
    /// No JSON, or not of this shape.
    #[error("the record can't be read: {0}")]
    Text(String),
    /// Incomplete.
    #[error(
        "the record is incomplete, for there were more decisions than are kept: replay the run by its seed instead"
    )]
    Overflowed,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    #[serde(rename = "version")]
    _version: u32,
    overflowed: bool,
    decisions: Vec<Decision>,
}

/// The field `version` of a JSON object, before anything else is looked at.
pub(crate) fn version(text: &str) -> Result<u32, RecordError> {
    #[derive(Deserialize)]
    struct Head {
        version: u64,
    }
    let Head { version } =
        serde_json::from_str(text).map_err(|error| RecordError::Text(error.to_string()))?;
    u32::try_from(version).map_err(|_| RecordError::Version { found: version })
}
