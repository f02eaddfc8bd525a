//! Releases: the whole picture.

pub mod whole_picture;
pub mod without_meetings;
