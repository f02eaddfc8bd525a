//! A capsule: a directory with all that is needed to repeat one run and to look at it.
//!
//! | file | what it is |
//! | --- | --- |
//! | `capsule.json` | scenario, seed, world, versions, fault plan, decisions, hashes, verdict |
//! | `ladder.txt`, `ladder.json` | who said what to whom when |
//! | `capture.pcapng` | the bytes on the wires, with secrets where there are some |
//! | `audio/<party>-said.wav`, `audio/<party>-heard.wav` | what each party said and heard |

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::ladder::Ladder;
use crate::outcome::{Outcome, Verdict};

/// Version of the format of `capsule.json`.
pub const SCHEMA: u32 = 1;

/// What `capsule.json` holds.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Capsule {
    /// Version of the format.
    pub schema: u32,
    /// Version of the harness that made it.
    pub version: String,
    /// Name of the scenario.
    pub scenario: String,
    /// The seed.
    pub seed: u64,
    /// The world.
    pub world: String,
    /// The fault plan as data; null for none.
    pub plan: serde_json::Value,
    /// Every decision that was drawn, as data; null if the world records none.
    pub decisions: serde_json::Value,
    /// Hash over the whole trace, in hexadecimal.
    pub trace_hash: String,
    /// The hash after each simulated second, in hexadecimal.
    pub checkpoints: Vec<String>,
    /// How the run ended.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// What lies beside `capsule.json`.
#[derive(Clone, Debug, Default)]
pub struct Artefacts {
    /// Who said what to whom when.
    pub ladder: Ladder,
    /// Files by their path within the capsule, such as `capture.pcapng` or `audio/alice-heard.wav`.
    pub files: BTreeMap<String, Vec<u8>>,
}

/// Why a capsule cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// There is no such file.
    #[error(
        "cannot read {path}: {source}; give the directory of a capsule, such as solstice-report/capsules/telephony-call-0"
    )]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is no capsule.
    #[error(
        "{path} is no capsule: {source}; it may be of another release, then use that release to replay it"
    )]
    Content {
        /// The file.
        path: PathBuf,
        /// What the reader said.
        source: serde_json::Error,
    },
    /// It was written by another release.
    #[error(
        "the capsule has schema {0}, this program reads schema {SCHEMA}; replay it with the release that wrote it"
    )]
    Schema(u32),
}

impl Capsule {
    /// The directory of the capsule of that run, relative to the report.
    pub fn directory(outcome: &Outcome) -> String {
        format!(
            "capsules/{}-{}-{}",
            outcome.scenario.replace('/', "-"),
            outcome.world,
            outcome.seed
        )
    }

    /// Writes the capsule and what belongs to it into `directory`, which is made.
    pub fn write(&self, directory: &Path, artefacts: &Artefacts) -> io::Result<()> {
        fs::create_dir_all(directory)?;
        fs::write(directory.join("capsule.json"), json(self)?)?;
        fs::write(directory.join("ladder.json"), json(&artefacts.ladder)?)?;
        fs::write(directory.join("ladder.txt"), artefacts.ladder.text())?;
        for (name, bytes) in &artefacts.files {
            let path = directory.join(name);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(path, bytes)?;
        }
        Ok(())
    }

    /// Reads `capsule.json` from a capsule's directory, or that file itself.
    pub fn read(path: &Path) -> Result<Self, Unreadable> {
        #[derive(Deserialize)]
        struct Version {
            schema: u32,
        }
        let path = if path.is_dir() {
            path.join("capsule.json")
        } else {
            path.to_owned()
        };
        let text = fs::read_to_string(&path).map_err(|source| Unreadable::File {
            path: path.clone(),
            source,
        })?;
        let content = |source| Unreadable::Content {
            path: path.clone(),
            source,
        };
        let Version { schema } = serde_json::from_str(&text).map_err(content)?;
        if schema != SCHEMA {
            return Err(Unreadable::Schema(schema));
        }
        serde_json::from_str(&text).map_err(content)
    }
}

fn json(value: &impl Serialize) -> io::Result<String> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capsule_is_read_back_as_it_was_written() {
        let capsule = Capsule {
            schema: SCHEMA,
            version: "0.1.0".to_owned(),
            scenario: "telephony/call".to_owned(),
            seed: 7,
            world: "wire".to_owned(),
            plan: serde_json::json!({ "schema": 1 }),
            decisions: serde_json::Value::Null,
            trace_hash: "00ff".to_owned(),
            checkpoints: vec!["01".to_owned()],
            verdict: Verdict::Passed,
        };
        let directory = tempfile::tempdir().expect("a directory for the test");
        let files = BTreeMap::from([("audio/alice-heard.wav".to_owned(), vec![1, 2, 3])]);
        capsule
            .write(
                directory.path(),
                &Artefacts {
                    ladder: Ladder::default(),
                    files,
                },
            )
            .expect("it can be written");
        assert_eq!(
            Capsule::read(directory.path()).expect("it can be read"),
            capsule
        );
        assert_eq!(
            fs::read(directory.path().join("audio/alice-heard.wav")).expect("the file is there"),
            [1, 2, 3]
        );
    }

    #[test]
    fn what_is_no_capsule_is_refused_with_advice() {
        let directory = tempfile::tempdir().expect("a directory for the test");
        let error = Capsule::read(directory.path()).expect_err("there is no capsule");
        assert!(
            error
                .to_string()
                .contains("give the directory of a capsule"),
            "{error}"
        );
        fs::write(directory.path().join("capsule.json"), "{\"schema\":9}")
            .expect("it can be written");
        let error = Capsule::read(directory.path()).expect_err("the schema is unknown");
        assert!(error.to_string().contains("schema 9"), "{error}");
    }
}
