//! The fuzz target `g729` for `cargo fuzz`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use solstice_fuzz::Shared;

static TARGET: Shared = Shared::new();

fuzz_target!(|input: &[u8]| TARGET.run("g729", input));
