//! Gives millions of mutated packets to everything that reads packets, and tells whether anything panicked or kept memory.
//!
//! ```console
//! $ cargo run --release -p media --example hostile_input -- 10000000 7
//! ```
//!
//! The first number is that of the inputs, shared out among the targets, the second the seed. Exit status 1 if an input
//! made a target panic (it is printed in hexadecimal) or if memory grew after the warm-up.

#[path = "../../fuzz/src/mutation.rs"]
mod mutation;
#[path = "../../fuzz/src/targets.rs"]
mod targets;

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use mutation::Mutator;
use targets::Target;

/// Counts requests and the octets that are held.
struct Counting;

static REQUESTS: AtomicU64 = AtomicU64::new(0);
static HELD: AtomicI64 = AtomicI64::new(0);

// SAFETY: everything is passed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        REQUESTS.fetch_add(1, Ordering::Relaxed);
        HELD.fetch_add(layout.size() as i64, Ordering::Relaxed);
        // SAFETY: the caller's promises are the system's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size() as i64, Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Inputs before memory is looked at: buffers have grown and sources are known by then.
const WARM_UP: u64 = 50_000;

/// The head of the table, which the book takes as it is.
const HEAD: &str = "| target | inputs | panics | allocations | growth (octets) |\n| --- | ---: | ---: | ---: | ---: |\n";

/// What one target did with its inputs.
struct Outcome {
    inputs: u64,
    panics: u64,
    requests: u64,
    growth: i64,
}

fn main() -> ExitCode {
    let mut numbers = std::env::args().skip(1).map(|text| text.parse::<u64>());
    let (Ok(inputs), Ok(seed)) = (
        numbers.next().unwrap_or(Ok(10_000_000)),
        numbers.next().unwrap_or(Ok(1)),
    ) else {
        eprintln!("expected the number of inputs and a seed, both whole numbers");
        return ExitCode::from(2);
    };
    let all = targets::all();
    let each = inputs.div_ceil(all.len() as u64);
    let mut failed = false;
    let mut table = String::from(HEAD);
    for mut target in all {
        let outcome = run(target.as_mut(), each, seed);
        failed |= outcome.panics > 0 || outcome.growth > 0;
        table += &format!(
            "| `{}` | {} | {} | {} | {} |\n",
            target.name(),
            outcome.inputs,
            outcome.panics,
            outcome.requests,
            outcome.growth
        );
    }
    // A closed pipe is no fault of what was measured.
    let _ = std::io::stdout().write_all(table.as_bytes());
    ExitCode::from(u8::from(failed))
}

fn run(target: &mut dyn Target, inputs: u64, seed: u64) -> Outcome {
    let mut mutator = Mutator::new(seed, target.seeds());
    let mut input = Vec::with_capacity(1 << 13);
    let mut panics = 0;
    let (mut requests, mut held) = (0, 0);
    for number in 0..inputs + WARM_UP {
        if number == WARM_UP {
            requests = REQUESTS.load(Ordering::Relaxed);
            held = HELD.load(Ordering::Relaxed);
        }
        mutator.draw(&mut input);
        if catch_unwind(AssertUnwindSafe(|| target.run(&input))).is_err() {
            panics += 1;
            let octets: String = input.iter().map(|octet| format!("{octet:02x}")).collect();
            eprintln!("{} panicked at input {number}: {octets}", target.name());
        }
    }
    Outcome {
        inputs,
        panics,
        requests: REQUESTS.load(Ordering::Relaxed) - requests,
        growth: HELD.load(Ordering::Relaxed) - held,
    }
}
