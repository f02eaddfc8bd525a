//! The binary `solstice`.
fn main() {}
