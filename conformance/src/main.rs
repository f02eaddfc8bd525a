//! The binary `solstice`: reads the command line, carries it out, says what came of it, exits with 0, 1 or 2.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use conformance::cli::{Cli, Status};
use mimalloc::MiMalloc;

/// Takes memory in large pages: a server with thousands of calls touches more pages in a tick than a processor knows the places of.
#[global_allocator]
static MEMORY: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    // clap ends wrong arguments with 2, which is what they are: an error of the harness's use.
    let cli = Cli::parse();
    let mut say = |line: &str| {
        // A reader that has gone away (`solstice list | head`) is no error.
        let _ = writeln!(std::io::stdout(), "{line}");
    };
    let status = cli.carry_out(&mut say).unwrap_or_else(|trouble| {
        let _ = writeln!(std::io::stderr(), "solstice: {trouble}");
        Status::HarnessError
    });
    ExitCode::from(status.code())
}
