//! Proof that a hot path allocates nothing: an allocator that counts, for benchmarks to install.
//!
//! ```
//! use benches::{CountingAllocator, assert_no_allocations};
//!
//! #[global_allocator]
//! static ALLOCATOR: CountingAllocator = CountingAllocator;
//!
//! let mut sum = 0_u64;
//! assert_no_allocations(|| sum += 1);
//! ```

use std::alloc::{GlobalAlloc, Layout};
use std::cell::Cell;
use std::hint::black_box;

use mimalloc::MiMalloc;

/// The allocator of `solstice`, which counts what each thread asks of it: give a benchmark this as its `#[global_allocator]`.
#[derive(Clone, Copy, Debug, Default)]
pub struct CountingAllocator;

thread_local! {
    // Constant and without a destructor: reaching it never allocates.
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

fn count() {
    COUNT.with(|count| count.set(count.get() + 1));
}

// SAFETY: everything is passed on to the allocator as it came.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's promises are the allocator's.
        unsafe { MiMalloc.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: as above.
        unsafe { MiMalloc.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { MiMalloc.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: as above.
        unsafe { MiMalloc.realloc(pointer, layout, size) }
    }
}

/// Times that this thread asked for memory so far; 0 for ever if no [`CountingAllocator`] is installed.
pub fn allocations() -> u64 {
    COUNT.with(Cell::get)
}

/// Runs `work` and gives what it gives.
///
/// # Panics
/// If this thread asked for memory meanwhile, or if the program has no [`CountingAllocator`] to tell.
#[track_caller]
pub fn assert_no_allocations<T>(work: impl FnOnce() -> T) -> T {
    let before = allocations();
    drop(black_box(Box::new(0_u64)));
    let installed = allocations();
    assert_ne!(
        before, installed,
        "no allocation is counted; give this program `#[global_allocator] static ALLOCATOR: CountingAllocator`"
    );
    let result = work();
    let made = allocations() - installed;
    assert_eq!(made, 0, "the hot path asked for memory {made} times");
    result
}
