//! Levels of a Spaces account and what each may do, as data.
//!
//! Figures: the FAQ's answers on Basic, Plus and Business (ZNG-04 to ZNG-08). Members, guests, message sizes and bodies
//! are enforced; voice, video, files and dial-in are stated for the parts that will enforce them.

use serde::{Deserialize, Serialize};

/// Level of an account.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Plan {
    /// Free; the prerequisite for messaging in the client (ZNG-04, ZNG-05).
    #[default]
    Basic,
    /// Subscription: 25 voice, 15 video participants (ZNG-06).
    Plus,
    /// Subscription: 60 voice, 25 video participants (ZNG-06).
    Business,
}

/// What a level allows.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Limits {
    /// Users in one space, members and externals together (ZNG-08).
    pub members: usize,
    /// Participants of an online voice call (ZNG-05, ZNG-06).
    pub voice: usize,
    /// Participants of an online video call; two is "one to one" (ZNG-05, ZNG-06).
    pub video: usize,
    /// Shared files in all, in bytes; `None` is unlimited (ZNG-04, ZNG-07).
    pub file_bytes: Option<u64>,
    /// Whether telephones may dial in (ZNG-07).
    pub dial_in: bool,
}

impl Plan {
    /// The limits of this level.
    pub const fn limits(self) -> Limits {
        match self {
            Plan::Basic => Limits {
                members: MEMBERS,
                voice: 5,
                video: 2,
                file_bytes: Some(GIGABYTE),
                dial_in: false,
            },
            Plan::Plus => Limits {
                members: MEMBERS,
                voice: 25,
                video: 15,
                file_bytes: None,
                dial_in: true,
            },
            Plan::Business => Limits {
                members: MEMBERS,
                voice: 60,
                video: 25,
                file_bytes: None,
                dial_in: true,
            },
        }
    }
}

/// Users in one space on every level (ZNG-08).
const MEMBERS: usize = 100;
/// The FAQ says "1 GB" without saying which; the decimal one is our choice.
const GIGABYTE: u64 = 1_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upgrade_never_takes_anything_away() {
        let levels = [Plan::Basic, Plan::Plus, Plan::Business].map(Plan::limits);
        for pair in levels.windows(2) {
            let (lower, higher) = (pair[0], pair[1]);
            assert!(
                lower.members <= higher.members
                    && lower.voice < higher.voice
                    && lower.video < higher.video
            );
            assert!(higher.file_bytes.is_none() && higher.dial_in);
        }
        assert_eq!(
            (levels[0].voice, levels[0].video, levels[0].dial_in),
            (5, 2, false)
        );
    }
}
