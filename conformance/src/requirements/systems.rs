//! Operating systems: the matrix of supported versions.

use super::answers::A3;
use crate::requirement::{Level, Requirement, Source};

/// OS-01: Desktop systems are Windows 7.1 (as written), 8.1 and 10, and macOS 10.11, 10.12 and 10.13.
pub const DESKTOP_SYSTEMS: Requirement = Requirement {
    id: "OS-01",
    source: Source::Faq(&[A3]),
    level: Level::Must,
    text: "Desktop systems are Windows 7.1 (as written), 8.1 and 10, and macOS 10.11, 10.12 and 10.13.",
    proof: "Table test incl. 7 SP1 as alias of “7.1”; 8.0, 11, 10.10, 10.14 outside.",
    choice: Some("“Windows 7.1” is taken as written, with 7 SP1 as its alias."),
};

/// OS-02: Mobile systems are Android 4.4, 5.x, 6.x, 7.x and 8.x, and iOS 10 and 11.
pub const MOBILE_SYSTEMS: Requirement = Requirement {
    id: "OS-02",
    source: Source::Faq(&[A3]),
    level: Level::Must,
    text: "Mobile systems are Android 4.4, 5.x, 6.x, 7.x and 8.x, and iOS 10 and 11.",
    proof: "Table test incl. Android 4.3 and 9, iOS 9 and 12 outside.",
    choice: None,
};

/// OS-03: Out-of-matrix OS is a warning by default and a failure in strict mode.
pub const OUTSIDE_THE_MATRIX: Requirement = Requirement {
    id: "OS-03",
    source: Source::Faq(&[A3]),
    level: Level::Should,
    text: "Out-of-matrix OS is a warning by default and a failure in strict mode.",
    proof: "Two runs, same input, report level differs.",
    choice: None,
};

/// Every requirement of this area, in the order of its numbers.
pub const ALL: &[&Requirement] = &[&DESKTOP_SYSTEMS, &MOBILE_SYSTEMS, &OUTSIDE_THE_MATRIX];

/// A supported operating system: its name and the versions of the FAQ.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct System {
    /// Name of the system.
    pub name: &'static str,
    /// Versions as written in the FAQ; `x` stands for any minor version.
    pub versions: &'static [&'static str],
    /// Whether the client runs there as a desktop client; otherwise as a mobile one.
    pub desktop: bool,
}

/// The matrix (OS-01, OS-02).
pub const SUPPORTED: [System; 4] = [
    System {
        name: "Windows",
        versions: &["7.1", "8.1", "10"],
        desktop: true,
    },
    System {
        name: "macOS",
        versions: &["10.11", "10.12", "10.13"],
        desktop: true,
    },
    System {
        name: "Android",
        versions: &["4.4", "5.x", "6.x", "7.x", "8.x"],
        desktop: false,
    },
    System {
        name: "iOS",
        versions: &["10", "11"],
        desktop: false,
    },
];
