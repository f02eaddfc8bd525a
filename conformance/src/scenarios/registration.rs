//! Registration: transports, challenges, several devices of one user.

pub mod challenge_lifetime;
pub mod cloud_profile;
pub mod controller_order;
pub mod digest;
pub mod first_answer_wins;
pub mod licences;
pub mod one_client_a_class;
pub mod simultaneous;
