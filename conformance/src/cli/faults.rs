//! `--faults FILE`: a fault plan for the links of what runs on real sockets.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use net::World;
use net::faults::FaultPlan;

use super::Trouble;

/// A plan and the file that it came from.
#[derive(Clone, Debug)]
pub struct Faults {
    path: PathBuf,
    plan: FaultPlan,
}

impl Faults {
    /// Reads a plan that strikes these sites and no others.
    pub fn read(path: &Path, sites: &[&str]) -> Result<Self, Trouble> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            Trouble::new(
                format!("cannot read {}: {error}", path.display()),
                "give the path of a fault plan as --faults; docs/reference/fault-plan.md shows one",
            )
        })?;
        let wrong = |error| wrong(path, error);
        let plan = FaultPlan::from_json(&text).map_err(wrong)?;
        plan.check_names(sites, sites).map_err(wrong)?;
        Ok(Self {
            path: path.to_owned(),
            plan,
        })
    }

    /// The machine, as one host of that name behind the links of the plan.
    pub fn machine(&self, name: &str, addresses: &[IpAddr]) -> Result<World, Trouble> {
        World::real_machine_under(&self.plan, name, addresses)
            .map_err(|error| wrong(&self.path, error))
    }

    /// Each fault in words, a line each.
    pub fn lines(&self) -> impl Iterator<Item = String> + '_ {
        self.plan.faults.iter().map(ToString::to_string)
    }
}

fn wrong(path: &Path, error: net::faults::PlanError) -> Trouble {
    Trouble::new(
        format!("{}: {error}", path.display()),
        "correct the plan; docs/reference/fault-plan.md has all fields, docs/how-to/real-phones.md what can be struck on real sockets",
    )
}
