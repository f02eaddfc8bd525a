//! Processor time as criterion's measure: what a thing costs, whoever else uses the machine meanwhile.

use std::time::Duration;

use criterion::Criterion;
use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use rustix::time::{ClockId, clock_gettime};

/// Measures processor time in place of the time on the wall.
#[derive(Clone, Copy, Debug)]
pub struct CpuTime(ClockId);

impl CpuTime {
    /// Of the whole process, all threads: for a simulation with its runtime.
    pub const PROCESS: CpuTime = CpuTime(ClockId::ProcessCPUTime);
    /// Of the measuring thread alone: for the hot paths, which have no other.
    pub const THREAD: CpuTime = CpuTime(ClockId::ThreadCPUTime);

    /// Processor time used since the process or the thread began.
    pub fn now(self) -> Duration {
        let time = clock_gettime(self.0);
        Duration::new(
            time.tv_sec.unsigned_abs(),
            u32::try_from(time.tv_nsec).unwrap_or(0),
        )
    }
}

impl Measurement for CpuTime {
    type Intermediate = Duration;
    type Value = Duration;

    fn start(&self) -> Duration {
        self.now()
    }

    fn end(&self, start: Duration) -> Duration {
        self.now().saturating_sub(start)
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

/// Criterion as the hot paths use it: the measuring thread's processor time, and at most 3 s for each measurement, as the
/// figure is a median and there are many of them. The command line can say otherwise.
pub fn hot_path() -> Criterion<CpuTime> {
    Criterion::default()
        .with_measurement(CpuTime::THREAD)
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
}

/// Processor time used by this process since it began.
pub fn cpu_time() -> Duration {
    CpuTime::PROCESS.now()
}
