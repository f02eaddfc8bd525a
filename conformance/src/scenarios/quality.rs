//! Quality of calls over lines as people have them.

pub mod competing_tcp;
pub mod day_long_call;
pub mod over_profile;
pub mod pause_and_resume;
