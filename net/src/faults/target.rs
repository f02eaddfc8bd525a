//! What a fault strikes: a site's link, the way between two hosts, or a host.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a fault strikes.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Target {
    /// The access link of a site (for a rebinding, its NAT).
    Site {
        /// Name of the site.
        name: String,
        /// Which way.
        direction: Direction,
    },
    /// Everything that one host sends to another.
    Pair {
        /// Host that sends.
        source: String,
        /// Host that would receive.
        target: String,
    },
    /// A host.
    Host {
        /// Name of the host.
        name: String,
    },
}

/// Which direction of a site's access link.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Out of the site.
    Up,
    /// Into the site.
    Down,
    /// Both.
    Both,
}

impl Direction {
    /// Name of a site's link in this direction, as in decisions and traces.
    pub fn link_name(self, site: &str) -> String {
        match self {
            Self::Up => format!("uplink of site {site}"),
            Self::Down => format!("downlink of site {site}"),
            Self::Both => format!("link of site {site}"),
        }
    }
}

impl Target {
    /// Both directions of a site's link.
    pub fn link(site: &str) -> Self {
        Self::Site {
            name: site.to_owned(),
            direction: Direction::Both,
        }
    }

    /// What leaves a site.
    pub fn uplink(site: &str) -> Self {
        Self::Site {
            name: site.to_owned(),
            direction: Direction::Up,
        }
    }

    /// What enters a site.
    pub fn downlink(site: &str) -> Self {
        Self::Site {
            name: site.to_owned(),
            direction: Direction::Down,
        }
    }

    /// What one host sends to another.
    pub fn pair(source: &str, target: &str) -> Self {
        Self::Pair {
            source: source.to_owned(),
            target: target.to_owned(),
        }
    }

    /// A host.
    pub fn host(name: &str) -> Self {
        Self::Host {
            name: name.to_owned(),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Site { name, direction } => write!(f, "{}", direction.link_name(name)),
            Self::Pair { source, target } => write!(f, "way from {source} to {target}"),
            Self::Host { name } => write!(f, "host {name}"),
        }
    }
}
