//! A fault plan: what goes wrong where, from when until when; written by hand, read from JSON, or drawn from a seed.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::decision::{RecordError, version};
use super::effect::{Effect, Subject};
use super::target::Target;

/// All faults of a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FaultPlan {
    /// Version of this format.
    pub version: u32,
    /// Seed of everything the plan leaves to chance.
    pub seed: u64,
    /// What goes wrong.
    pub faults: Vec<Fault>,
}

/// One effect on one target for one time.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Names the fault; stays when others are taken away, so that its decisions stay its own.
    pub id: u32,
    /// What is struck.
    pub target: Target,
    /// Start, on the world's clock.
    #[serde(with = "crate::time_text")]
    pub from: Duration,
    /// End; none means the end of the run.
    #[serde(
        default,
        with = "crate::time_text::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub until: Option<Duration>,
    /// What happens.
    pub effect: Effect,
}

impl FaultPlan {
    /// The version written and read.
    pub const VERSION: u32 = 1;

    /// Nothing goes wrong yet; chance will follow this seed. For faults drawn from the seed too, see [`FaultPlan::swarm`].
    pub fn seeded(seed: u64) -> Self {
        Self {
            version: Self::VERSION,
            seed,
            faults: Vec::new(),
        }
    }

    /// One more fault.
    ///
    /// # Panics
    /// If its figures make no sense, or the effect can't strike such a target.
    #[must_use]
    pub fn with(
        mut self,
        target: Target,
        from: Duration,
        until: impl Into<Option<Duration>>,
        effect: Effect,
    ) -> Self {
        let id = self
            .faults
            .iter()
            .map(|fault| fault.id + 1)
            .max()
            .unwrap_or(0);
        self.faults.push(Fault {
            id,
            target,
            from,
            until: until.into(),
            effect,
        });
        if let Err(error) = self.check() {
            panic!("{error}");
        }
        self
    }

    /// Reads a plan, refusing other versions, unknown fields and nonsense.
    pub fn from_json(text: &str) -> Result<Self, PlanError> {
        let version = version(text).map_err(|error| {
            if let RecordError::Version { found } = error {
                return PlanError::Version { found };
            }
            if let RecordError::Text(reason) = error {
                return PlanError::Text(reason);
            }
            PlanError::Text(error.to_string())
        })?;
        if version != Self::VERSION {
            return Err(PlanError::Version {
                found: version.into(),
            });
        }
        let Fields { seed, faults, .. } =
            serde_json::from_str(text).map_err(|error| PlanError::Text(error.to_string()))?;
        let plan = Self {
            version,
            seed,
            faults,
        };
        plan.check()?;
        Ok(plan)
    }

    /// Writes it for people to read.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a plan is plain data")
    }

    /// Whether every fault can strike its target and has sensible figures.
    pub fn check(&self) -> Result<(), PlanError> {
        for (index, fault) in self.faults.iter().enumerate() {
            let wrong = |reason: String| {
                Err(PlanError::Fault {
                    id: fault.id,
                    reason,
                })
            };
            if self.faults[..index]
                .iter()
                .any(|other| other.id == fault.id)
            {
                return wrong("another fault has the same id".to_owned());
            }
            if fault.until.is_some_and(|until| until <= fault.from) {
                return wrong("it must end after it begins".to_owned());
            }
            let fits = matches!(
                (fault.effect.subject(), &fault.target),
                (Subject::Link, Target::Site { .. } | Target::Pair { .. })
                    | (Subject::Nat, Target::Site { .. })
                    | (Subject::Host, Target::Host { .. })
            );
            if !fits {
                return wrong(format!(
                    "'{}' can't be said of {}",
                    fault.effect, fault.target
                ));
            }
            if let Err(reason) = fault.effect.check() {
                return wrong(reason);
            }
        }
        Ok(())
    }

    /// Whether all it names exist.
    pub fn check_names(&self, sites: &[&str], hosts: &[&str]) -> Result<(), PlanError> {
        for fault in &self.faults {
            let unknown = match &fault.target {
                Target::Site { name, .. } => (!sites.contains(&name.as_str()))
                    .then(|| format!("there is no site '{name}'; sites: {}", sites.join(", "))),
                Target::Host { name } => missing(hosts, name),
                Target::Pair { source, target } => {
                    missing(hosts, source).or_else(|| missing(hosts, target))
                }
            };
            if let Some(reason) = unknown {
                return Err(PlanError::Fault {
                    id: fault.id,
                    reason,
                });
            }
        }
        Ok(())
    }

    /// All starts and ends in order of time; at the same moment ends come before starts, then by id.
    pub fn changes(&self) -> Vec<Change> {
        let mut changes = Vec::new();
        for fault in &self.faults {
            changes.push(Change {
                at: fault.from,
                begins: true,
                fault: fault.clone(),
            });
            if let Some(until) = fault.until {
                changes.push(Change {
                    at: until,
                    begins: false,
                    fault: fault.clone(),
                });
            }
        }
        changes.sort_by_key(|change| (change.at, change.begins, change.fault.id));
        changes
    }
}

fn missing(hosts: &[&str], name: &str) -> Option<String> {
    (!hosts.contains(&name))
        .then(|| format!("there is no host '{name}'; hosts: {}", hosts.join(", ")))
}

/// A fault begins or ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// When.
    pub at: Duration,
    /// Begins, or ends.
    pub begins: bool,
    /// Which.
    pub fault: Fault,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Fault {
            id, target, effect, ..
        } = &self.fault;
        if self.begins {
            write!(f, "fault {id}: {target} {effect}")
        } else {
            write!(f, "fault {id} ends: {target} {effect} no more")
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "fault {}: {} {} from {:?}",
            self.id, self.target, self.effect, self.from
        )?;
        match self.until {
            Some(until) => write!(f, " until {until:?}"),
            None => Ok(()),
        }
    }
}

/// A plan can't be used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// Written for another version.
    #[error(
        "the fault plan has version {found}; this program reads version {}",
        FaultPlan::VERSION
    )]
    Version {
        /// Its version.
        found: u64,
    },
    /// No JSON, or not of this shape.
    #[error("the fault plan can't be read: {0}")]
    Text(String),
    /// A fault makes no sense.
    #[error("fault {id} of the plan: {reason}")]
    Fault {
        /// Which.
        id: u32,
        /// Why.
        reason: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    #[serde(rename = "version")]
    _version: u32,
    seed: u64,
    faults: Vec<Fault>,
}

#[cfg(test)]
mod tests;
