//! The subscription levels of Spaces and their limits as data (ZNG-04 to ZNG-08).

/// What a subscription level of Spaces allows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SpacesLevel {
    /// Name of the level.
    pub name: &'static str,
    /// Participants of a voice conference.
    pub voice_participants: u16,
    /// Participants of a video conference; 2 means one to one.
    pub video_participants: u16,
    /// Bytes of shared files in all; `None` is no limit.
    pub file_bytes: Option<u64>,
    /// Whether a telephone can dial in.
    pub dial_in: bool,
}

/// Users in one space at any level, members and externals together (ZNG-08).
pub const USERS_PER_SPACE: u16 = 100;

/// One gigabyte as this project counts it (ZNG-04): a choice of ours, made here only.
pub const GIGABYTE: u64 = 1_000_000_000;

/// Basic, Plus and Business.
pub const SPACES_LEVELS: [SpacesLevel; 3] = [
    SpacesLevel {
        name: "Basic",
        voice_participants: 5,
        video_participants: 2,
        file_bytes: Some(GIGABYTE),
        dial_in: false,
    },
    SpacesLevel {
        name: "Plus",
        voice_participants: 25,
        video_participants: 15,
        file_bytes: None,
        dial_in: true,
    },
    SpacesLevel {
        name: "Business",
        voice_participants: 60,
        video_participants: 25,
        file_bytes: None,
        dial_in: true,
    },
];
