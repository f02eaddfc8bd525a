//! Whatever comes, no reader of packets asks for more memory once it has warmed up.

#[path = "../../../fuzz/src/mutation.rs"]
mod mutation;
#[path = "../../../fuzz/src/targets.rs"]
mod targets;

use mutation::Mutator;

use crate::allocations::allocations;

/// Inputs until buffers have grown and sources are known, and those that are watched.
const WARM_UP: usize = 20_000;
const INPUTS: usize = 20_000;

#[test]
fn mutated_packets_cost_no_memory() {
    // The decoder of Opus is a crate's, which asks for room and gives it back in each frame; the long run of the example
    // watches what it keeps.
    let all = targets::all().into_iter();
    for mut target in all.filter(|target| target.name() != "opus") {
        let mut inputs = Mutator::new(3, target.seeds());
        let mut input = Vec::with_capacity(1 << 13);
        for _ in 0..WARM_UP {
            inputs.draw(&mut input);
            target.run(&input);
        }
        let before = allocations();
        for _ in 0..INPUTS {
            inputs.draw(&mut input);
            target.run(&input);
        }
        let asked = allocations() - before;
        assert_eq!(asked, 0, "{} asked for memory {asked} times", target.name());
    }
}
