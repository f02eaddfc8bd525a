//! Countries in which the cloud services are offered, as data (ZNG-13, MTG-08).

/// A region and its countries.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Region {
    /// Short name of the region: NA, EMEA, APAC, CALA.
    pub name: &'static str,
    /// Its countries, in the order of the FAQ.
    pub countries: &'static [&'static str],
}

const fn region(name: &'static str, countries: &'static [&'static str]) -> Region {
    Region { name, countries }
}

/// Telephone dial-in of Spaces, February 2018: 18 countries (ZNG-13).
pub const SPACES_DIAL_IN: [Region; 4] = [
    region("NA", &["US", "Canada"]),
    region(
        "EMEA",
        &[
            "Belgium",
            "Czech Republic",
            "Israel",
            "Poland",
            "South Africa",
            "Sweden",
            "Switzerland",
            "UK",
        ],
    ),
    region(
        "APAC",
        &["Australia", "Hong Kong", "Japan", "Malaysia", "New Zealand"],
    ),
    region("CALA", &["Argentina", "Brazil", "Mexico"]),
];

/// Meetings Online, February 2018: 29 countries (MTG-08).
pub const MEETINGS_FEBRUARY_2018: [Region; 4] = [
    region("NA", &["US", "Canada"]),
    region(
        "EMEA",
        &[
            "Austria",
            "Belgium",
            "France",
            "Israel",
            "Italy",
            "Netherlands",
            "South Africa",
            "Spain",
            "Switzerland",
            "UK",
        ],
    ),
    region("APAC", &["Australia", "New Zealand"]),
    region(
        "CALA",
        &[
            "Argentina",
            "Bermuda",
            "Anguilla",
            "Aruba",
            "Jamaica",
            "Puerto Rico",
            "US Virgin Islands",
            "Chile",
            "Colombia",
            "Costa Rica",
            "Ecuador",
            "Mexico",
            "Panama",
            "Peru",
            "Suriname",
        ],
    ),
];

/// Meetings Online, planned for March and April 2018: 25 countries (MTG-08).
pub const MEETINGS_PLANNED: [Region; 3] = [
    region(
        "EMEA",
        &[
            "Czech Republic",
            "Denmark",
            "Finland",
            "Germany",
            "Hungary",
            "Jordan",
            "Luxembourg",
            "Norway",
            "Poland",
            "Ireland",
            "Romania",
            "Saudi Arabia",
            "Slovakia",
            "Sweden",
            "Turkey",
            "UAE",
        ],
    ),
    region(
        "APAC",
        &["India", "Japan", "Singapore", "Thailand", "Philippines"],
    ),
    region(
        "CALA",
        &["Brazil", "Dominican Republic", "Uruguay", "Bolivia"],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_those_of_the_requirements() {
        let counts = |regions: &[Region]| {
            regions
                .iter()
                .map(|region| region.countries.len())
                .collect::<Vec<_>>()
        };
        assert_eq!(counts(&SPACES_DIAL_IN), [2, 8, 5, 3]);
        assert_eq!(counts(&MEETINGS_FEBRUARY_2018), [2, 10, 2, 15]);
        assert_eq!(counts(&MEETINGS_PLANNED), [16, 5, 4]);
    }
}
