//! `solstice call`.

use clap::Args;

use super::{Status, Trouble};

/// What to call.
#[derive(Args, Debug)]
pub struct Arguments {}

/// Carries it out.
pub fn carry_out(_arguments: &Arguments, _say: &mut dyn FnMut(&str)) -> Result<Status, Trouble> {
    Err(Trouble::new("not in this build", "use a later release"))
}
