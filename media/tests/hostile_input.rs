//! Everything that reads a packet reads or refuses any input: a bounded run of the fuzz targets, the same inputs each time.
//!
//! `cargo run --release -p media --example hostile_input` is the long run, `cargo fuzz` the endless one.

#[path = "../../fuzz/src/mutation.rs"]
mod mutation;
#[path = "../../fuzz/src/targets.rs"]
mod targets;

use mutation::Mutator;
use proptest::prelude::*;

/// Inputs for each target.
const INPUTS: usize = 20_000;

#[test]
fn mutated_packets_are_read_or_refused() {
    for mut target in targets::all() {
        let mut inputs = Mutator::new(1, target.seeds());
        let mut input = Vec::new();
        for _ in 0..INPUTS {
            inputs.draw(&mut input);
            target.run(&input);
        }
    }
}

#[test]
fn every_target_has_a_name_of_its_own_and_a_binary() {
    let fuzz = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
    let manifest = std::fs::read_to_string(fuzz.join("Cargo.toml")).unwrap();
    let mut names: Vec<_> = targets::all().iter().map(|target| target.name()).collect();
    for name in &names {
        let binary = format!("fuzz_targets/{name}.rs");
        assert!(
            manifest.contains(&binary) && fuzz.join(&binary).exists(),
            "{binary}"
        );
    }
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn right_packets_are_read_by_all() {
    for mut target in targets::all() {
        for seed in target.seeds() {
            target.run(&seed);
        }
    }
}

proptest! {
    #[test]
    fn any_octets_are_read_or_refused(input in proptest::collection::vec(any::<u8>(), 0..200)) {
        for mut target in targets::all() {
            target.run(&input);
        }
    }
}
