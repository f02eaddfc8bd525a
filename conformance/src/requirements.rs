//! The catalogue: every requirement, by area and by the answer of the FAQ it comes from.
//!
//! The data that requirements speak of (port tables, limits, systems, countries) stands beside them as constants.

pub mod answers;
pub mod capabilities;
pub mod conferencing;
pub mod configuration;
pub mod contacts;
pub mod countries;
pub mod history;
pub mod levels;
pub mod licensing;
pub mod meetings;
pub mod messaging;
pub mod network;
pub mod ports;
pub mod presence;
pub mod registration;
pub mod release;
pub mod resilience;
pub mod spaces;
pub mod systems;
pub mod telephony;

use crate::requirement::Requirement;

/// Every area in the order of the catalogue.
const AREAS: &[&[&Requirement]] = &[
    capabilities::ALL,
    release::ALL,
    licensing::ALL,
    systems::ALL,
    registration::ALL,
    resilience::ALL,
    telephony::ALL,
    history::ALL,
    contacts::ALL,
    presence::ALL,
    messaging::ALL,
    spaces::ALL,
    meetings::ALL,
    conferencing::ALL,
    configuration::ALL,
    network::ALL,
];

/// Every requirement, in the order of the catalogue.
pub fn all() -> impl Iterator<Item = &'static Requirement> {
    AREAS.iter().flat_map(|area| area.iter().copied())
}

/// The requirement of that id.
pub fn by_id(id: &str) -> Option<&'static Requirement> {
    all().find(|requirement| requirement.id == id)
}

/// The requirements that stand for one answer of the FAQ, such as `C2`.
pub fn by_answer(key: &str) -> Vec<&'static Requirement> {
    all()
        .filter(|requirement| requirement.answers().iter().any(|answer| answer.key == key))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn there_are_150_requirements_with_ids_of_their_own() {
        let ids: BTreeSet<_> = all().map(|requirement| requirement.id).collect();
        assert_eq!((all().count(), ids.len()), (150, 150));
    }

    #[test]
    fn every_answer_of_the_faq_has_a_requirement() {
        assert_eq!(answers::ALL.len(), 71);
        for answer in answers::ALL {
            assert!(
                !by_answer(answer.key).is_empty(),
                "no requirement stands for answer {}",
                answer.key
            );
        }
    }

    #[test]
    fn a_requirement_is_found_by_its_id() {
        assert_eq!(by_id("TEL-04"), Some(&telephony::HOLD_RETRIEVE));
        assert_eq!(by_id("TEL-99"), None);
    }

    #[test]
    fn numbers_within_an_area_have_no_gap() {
        for area in AREAS {
            let mut expected = 0;
            let mut last = "";
            for requirement in *area {
                expected = if requirement.area() == last {
                    expected + 1
                } else {
                    1
                };
                last = requirement.area();
                assert_eq!(requirement.id, format!("{last}-{expected:02}"));
            }
        }
    }
}
