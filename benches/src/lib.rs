//! What the benchmarks share: clocks of processor time, proof of no allocation, the table of ratios, and the workloads that
//! several of them run.

pub mod allocations;
pub mod cpu_time;
pub mod office;
#[cfg(feature = "opus-native")]
pub mod peers;
pub mod ratios;
pub mod turmoil_calls;

use std::time::Duration;

pub use allocations::{CountingAllocator, allocations, assert_no_allocations};
pub use cpu_time::{CpuTime, cpu_time, hot_path};

/// Bytes of one packet of a plain call: an RTP header and 20 ms of G.711.
pub const CALL_PACKET_BYTES: usize = 172;

/// Time between two packets of a plain call.
pub const CALL_INTERVAL: Duration = Duration::from_millis(20);

/// UDP port of every endpoint of a plain call.
pub const CALL_PORT: u16 = 40_750;
