//! Releases: the whole picture.

pub mod whole_picture;
