//! Network profiles: the access lines over which a call is judged, as data.
//!
//! A profile is one file in `conformance/profiles`: both directions of the line of site `home`, stage by stage as in a
//! topology, and the faults that strike it, as in a fault plan. Every fault ends, so that the healing can be asked for.

use net::faults::{Fault, FaultPlan};
use net::link::LinkSpec;
use net::topology::Topology;
use serde::{Deserialize, Serialize};

/// An access line and what happens to it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Its name, as that of its file.
    pub name: String,
    /// What it is, in one sentence.
    pub title: String,
    /// Why its figures are what they are.
    pub model: String,
    /// What leaves home passes this.
    pub uplink: LinkSpec,
    /// What comes home passes this.
    pub downlink: LinkSpec,
    /// What strikes the line, all of it over before [`FAULTS_END_S`].
    pub faults: Vec<Fault>,
    /// Conversational quality (MOS) that both ends have again when the faults are over.
    pub least_score: f64,
}

/// Seconds of world time by which every fault of a profile is over.
pub const FAULTS_END_S: u64 = 45;

/// The files, in the order of scenarios.
const FILES: [&str; 10] = [
    include_str!("../profiles/office.json"),
    include_str!("../profiles/home_wifi.json"),
    include_str!("../profiles/hotel.json"),
    include_str!("../profiles/3g.json"),
    include_str!("../profiles/lte_handover.json"),
    include_str!("../profiles/satellite.json"),
    include_str!("../profiles/variable_capacity.json"),
    include_str!("../profiles/congested_feedback.json"),
    include_str!("../profiles/competing_tcp.json"),
    include_str!("../profiles/pause_and_resume.json"),
];

impl Profile {
    /// Profiles that there are.
    pub const COUNT: usize = FILES.len();

    /// A profile by its place in the list.
    ///
    /// # Panics
    /// If there is none at that place.
    pub fn numbered(number: usize) -> Profile {
        serde_json::from_str(FILES[number]).expect("a test reads every file")
    }

    /// Puts the line of site `home` into a topology.
    pub fn shape(&self, topology: &mut Topology) {
        for site in topology.sites.iter_mut().filter(|site| site.name == "home") {
            site.uplink = self.uplink.clone();
            site.downlink = self.downlink.clone();
        }
    }

    /// Its faults, with chance from a seed.
    pub fn plan(&self, seed: u64) -> FaultPlan {
        FaultPlan {
            faults: self.faults.clone(),
            ..FaultPlan::seeded(seed)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_a_line_whose_faults_end() {
        for number in 0..Profile::COUNT {
            let profile = Profile::numbered(number);
            let name = &profile.name;
            for (direction, link) in [("up", &profile.uplink), ("down", &profile.downlink)] {
                assert!(
                    link.check().is_ok(),
                    "{name} {direction}: {:?}",
                    link.check()
                );
            }
            let plan = profile.plan(1);
            assert!(plan.check().is_ok(), "{name}: {:?}", plan.check());
            assert!(
                plan.check_names(&["home"], &[]).is_ok(),
                "{name} strikes another site"
            );
            for fault in &plan.faults {
                let until = fault
                    .until
                    .unwrap_or_else(|| panic!("{name}: {fault} never ends"));
                assert!(until.as_secs() <= FAULTS_END_S, "{name}: {fault}");
            }
            assert!((1.0..4.5).contains(&profile.least_score) && profile.title.ends_with('.'));
            // What is written is what is read.
            let text = serde_json::to_string(&profile).unwrap();
            assert_eq!(serde_json::from_str::<Profile>(&text).unwrap(), profile);
        }
    }
}
