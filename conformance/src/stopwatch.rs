//! How long a run took outside the world: wall time and processor time.
//!
//! This is the only place of the harness that reads the machine's clocks; nothing it measures reaches a simulation.

use std::time::Duration;

/// Measures from when it was started.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch {
    wall: Duration,
    thread: Duration,
    process: Duration,
}

#[cfg(target_os = "linux")]
mod clocks {
    use std::ffi::{c_int, c_long};
    use std::time::Duration;

    #[repr(C)]
    struct Timespec {
        seconds: i64,
        nanoseconds: c_long,
    }

    unsafe extern "C" {
        fn clock_gettime(clock: c_int, time: *mut Timespec) -> c_int;
    }

    /// Clock numbers of Linux, `<linux/time.h>`.
    pub(super) const MONOTONIC: c_int = 1;
    pub(super) const PROCESS: c_int = 2;
    pub(super) const THREAD: c_int = 3;

    pub(super) fn read(clock: c_int) -> Duration {
        let mut time = Timespec {
            seconds: 0,
            nanoseconds: 0,
        };
        // SAFETY: the pointer is to a live timespec of the layout the call expects on 64-bit Linux.
        let status = unsafe { clock_gettime(clock, &raw mut time) };
        if status != 0 {
            return Duration::ZERO;
        }
        let nanoseconds = u32::try_from(time.nanoseconds).unwrap_or(0);
        Duration::new(u64::try_from(time.seconds).unwrap_or(0), nanoseconds)
    }
}

#[cfg(not(target_os = "linux"))]
mod clocks {
    use std::sync::OnceLock;
    use std::time::{Duration, Instant};

    pub(super) const MONOTONIC: u8 = 1;
    pub(super) const PROCESS: u8 = 2;
    pub(super) const THREAD: u8 = 3;

    /// Without a portable processor clock, wall time stands for it: an upper bound.
    #[expect(
        clippy::disallowed_methods,
        reason = "measures the machine, reaches no simulation"
    )]
    pub(super) fn read(_clock: u8) -> Duration {
        static START: OnceLock<Instant> = OnceLock::new();
        START.get_or_init(Instant::now).elapsed()
    }
}

impl Stopwatch {
    /// Starts now, on this thread.
    pub fn start() -> Self {
        Self {
            wall: clocks::read(clocks::MONOTONIC),
            thread: clocks::read(clocks::THREAD),
            process: clocks::read(clocks::PROCESS),
        }
    }

    /// Seconds on the wall.
    pub fn wall_s(&self) -> f64 {
        clocks::read(clocks::MONOTONIC)
            .saturating_sub(self.wall)
            .as_secs_f64()
    }

    /// Processor seconds of this thread; only meaningful on the thread that started the watch.
    pub fn thread_cpu_s(&self) -> f64 {
        clocks::read(clocks::THREAD)
            .saturating_sub(self.thread)
            .as_secs_f64()
    }

    /// Processor seconds of the whole process.
    pub fn process_cpu_s(&self) -> f64 {
        clocks::read(clocks::PROCESS)
            .saturating_sub(self.process)
            .as_secs_f64()
    }
}

/// The moment, for the head of a report: UTC, RFC 3339, whole seconds.
pub fn utc_text() -> String {
    let now = jiff::Timestamp::now();
    jiff::Timestamp::from_second(now.as_second())
        .unwrap_or(now)
        .to_string()
}

/// What the run ran on: architecture, system, processors.
pub fn machine_text() -> String {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    format!(
        "{} {}, {processors} processors",
        std::env::consts::ARCH,
        std::env::consts::OS
    )
}
