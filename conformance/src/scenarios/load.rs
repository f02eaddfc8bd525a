//! Load: how much is carried for each processor second. For optimised builds.

pub mod hundred_calls;
