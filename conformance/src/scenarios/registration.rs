//! Registration: transports, challenges, several devices of one user.

pub mod challenge_lifetime;
pub mod digest;
pub mod first_answer_wins;
pub mod simultaneous;
