//! What the benchmarks share: a clock of processor time, and the workloads that several of them run.

pub mod office;
pub mod ratios;
pub mod turmoil_calls;

use std::time::Duration;

use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use rustix::time::{ClockId, clock_gettime};

/// Measures the processor time of the whole process, all threads: a simulation's cost does not depend on who else uses the
/// machine while it runs.
#[derive(Clone, Copy, Debug, Default)]
pub struct CpuTime;

impl Measurement for CpuTime {
    type Intermediate = Duration;
    type Value = Duration;

    fn start(&self) -> Duration {
        cpu_time()
    }

    fn end(&self, start: Duration) -> Duration {
        cpu_time().saturating_sub(start)
    }

    fn add(&self, one: &Duration, other: &Duration) -> Duration {
        *one + *other
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        value.as_nanos() as f64
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        // Its numbers are nanoseconds too, so its words serve for both.
        WallTime.formatter()
    }
}

/// Processor time used by this process since it began.
pub fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(
        time.tv_sec.unsigned_abs(),
        u32::try_from(time.tv_nsec).unwrap_or(0),
    )
}

/// Bytes of one packet of a plain call: an RTP header and 20 ms of G.711.
pub const CALL_PACKET_BYTES: usize = 172;

/// Time between two packets of a plain call.
pub const CALL_INTERVAL: Duration = Duration::from_millis(20);

/// UDP port of every endpoint of a plain call.
pub const CALL_PORT: u16 = 40_750;
