use std::fmt::Write as _;

use super::*;

/// Every state × every input: the state after it, and what is to be done.
#[test]
fn the_whole_table() {
    let mut table = String::new();
    for state in [Idle, Notifying, Stale, Closing, Ending, Over] {
        for input in [Refresh, Change, End, Done, Refused] {
            let (after, action) = step(state, input);
            writeln!(table, "{state:?} + {input:?} -> {after:?}, {action:?}").unwrap();
        }
    }
    insta::assert_snapshot!(table);
}
