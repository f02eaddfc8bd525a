//! `solstice serve`.

use clap::Args;

use super::{Status, Trouble};

/// What to serve.
#[derive(Args, Debug)]
pub struct Arguments {}

/// Carries it out.
pub fn carry_out(_arguments: &Arguments, _say: &mut dyn FnMut(&str)) -> Result<Status, Trouble> {
    Err(Trouble::new("not in this build", "use a later release"))
}
