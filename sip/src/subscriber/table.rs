//! The table of a watch: every state with everything that can happen to it. RFC 6665 §4.1.2.

/// Where a watch is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum State {
    /// A SUBSCRIBE is out, the first or one that refreshes.
    Asking,
    /// The subscription stands.
    Watching,
    /// A SUBSCRIBE is out, and its user has left since.
    Unwanted,
    /// A SUBSCRIBE that ends it is out.
    Leaving,
    /// The last NOTIFY is waited for.
    Parting,
    /// Nothing is left but to forget it.
    Over,
}

/// What happens to a watch.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Input {
    /// The SUBSCRIBE was answered 2xx.
    Accepted,
    /// The SUBSCRIBE was refused, or nobody answered it.
    Refused,
    /// A NOTIFY says that the subscription is over.
    Terminated,
    /// The deadline has come.
    Due,
    /// The user watches no longer.
    Leave,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Action {
    Nothing,
    /// Send a SUBSCRIBE.
    Ask,
    /// Send the SUBSCRIBE that ends it.
    Goodbye,
    /// Tell the user that it is over.
    Tell,
}

use Action::{Ask, Goodbye, Nothing, Tell};
use Input::{Accepted, Due, Leave, Refused, Terminated};
use State::{Asking, Leaving, Over, Parting, Unwanted, Watching};

/// The table: the state after an input, and what is to be done.
pub(super) fn step(state: State, input: Input) -> (State, Action) {
    match (state, input) {
        (Asking, Accepted) => (Watching, Nothing),
        (Asking, Leave) => (Unwanted, Nothing),
        (Watching, Due) => (Asking, Ask),
        (Watching, Leave) | (Unwanted, Accepted) => (Leaving, Goodbye),
        (Leaving, Accepted) => (Parting, Nothing),
        (Asking | Unwanted | Leaving, Refused) => (Over, Tell),
        (Asking | Watching | Unwanted | Leaving | Parting, Terminated) => (Over, Tell),
        (Parting, Due) => (Over, Tell),
        // An answer that nobody waits for, a deadline that is disarmed, and a wish that is granted already.
        (Watching | Parting, Accepted | Refused)
        | (Asking | Unwanted | Leaving, Due)
        | (Unwanted | Leaving | Parting, Leave)
        | (Over, _) => (state, Nothing),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// Every state × every input: the state after it, and what is to be done.
    #[test]
    fn the_whole_table() {
        let mut table = String::new();
        for state in [Asking, Watching, Unwanted, Leaving, Parting, Over] {
            for input in [Accepted, Refused, Terminated, Due, Leave] {
                let (after, action) = step(state, input);
                writeln!(table, "{state:?} + {input:?} -> {after:?}, {action:?}").unwrap();
            }
        }
        insta::assert_snapshot!(table);
    }
}
