//! Figures of the Recommendation: ITU-T G.729 (06/2012), the tables of §3.2.1, §3.2.4, §3.7.1 and §3.9.2.

mod excitation;
mod spectrum;

pub(super) use excitation::{FIRST_GAINS, INTERPOLATION, LAG_WINDOW, SECOND_GAINS};
pub(super) use spectrum::{FIRST_STAGE, PREDICTION, SECOND_STAGE};
