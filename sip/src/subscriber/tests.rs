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
