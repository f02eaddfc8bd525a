//! Nothing is allocated once a call has warmed up.
//!
//! A global allocator counts by thread, so the tests of this binary don't disturb each other.

#[path = "../../../benches/src/allocations.rs"]
#[allow(unreachable_pub, reason = "it is public where it lives")]
mod allocations;
mod calls;
mod hostile;
mod pictures;
mod voices;

use allocations::CountingAllocator;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;
