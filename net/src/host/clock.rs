//! A host's own clock: runs fast or slow against the world, and shows a wall time that may be wrong.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use super::lock;

/// The clock of one host.
#[derive(Debug)]
pub(crate) struct HostClock {
    /// Wall time at world time 0.
    epoch: SystemTime,
    /// Neither drift nor skew, ever: the usual case, without lock.
    is_exact: AtomicBool,
    state: Mutex<State>,
}

/// From `world_base_ns` on, host time runs `1 + drift_ppm / 10^6` times as fast as world time.
#[derive(Clone, Copy, Debug, Default)]
struct State {
    world_base_ns: u64,
    host_base_ns: u64,
    drift_ppm: i32,
    skew_ms: i64,
}

impl HostClock {
    /// A clock that shows `epoch` plus `skew_ms` when the world begins.
    pub(crate) fn new(epoch: SystemTime, skew_ms: i64, drift_ppm: i32) -> HostClock {
        let drift_ppm = drift_ppm.max(MIN_DRIFT_PPM);
        HostClock {
            epoch,
            is_exact: AtomicBool::new(skew_ms == 0 && drift_ppm == 0),
            state: Mutex::new(State {
                drift_ppm,
                skew_ms,
                ..State::default()
            }),
        }
    }

    /// Whether it has always shown the world's own time.
    pub(crate) fn is_exact(&self) -> bool {
        self.is_exact.load(Ordering::Relaxed)
    }

    /// The host's monotonic time at world time `world_ns`.
    pub(crate) fn host_ns(&self, world_ns: u64) -> u64 {
        if self.is_exact.load(Ordering::Relaxed) {
            return world_ns;
        }
        lock(&self.state).host_ns(world_ns)
    }

    /// The earliest world time at which the host's clock shows at least `host_ns`.
    pub(crate) fn world_ns(&self, host_ns: u64) -> u64 {
        if self.is_exact.load(Ordering::Relaxed) {
            return host_ns;
        }
        lock(&self.state).world_ns(host_ns)
    }

    /// The wall time the host shows.
    pub(crate) fn utc(&self, world_ns: u64) -> SystemTime {
        if self.is_exact.load(Ordering::Relaxed) {
            return self.epoch + Duration::from_nanos(world_ns);
        }
        let state = *lock(&self.state);
        let time = self.epoch + Duration::from_nanos(state.host_ns(world_ns));
        let skew = Duration::from_millis(state.skew_ms.unsigned_abs());
        if state.skew_ms < 0 {
            time - skew
        } else {
            time + skew
        }
    }

    /// Sets the wall clock ahead, or back if `by_ms` is negative.
    pub(crate) fn step(&self, by_ms: i64) {
        self.is_exact.store(false, Ordering::Relaxed);
        let mut state = lock(&self.state);
        state.skew_ms = state.skew_ms.saturating_add(by_ms);
    }

    /// Lets the clock run faster by `ppm` from world time `world_ns` on; no jump.
    pub(crate) fn add_drift(&self, world_ns: u64, ppm: i32) {
        self.is_exact.store(false, Ordering::Relaxed);
        let mut state = lock(&self.state);
        state.host_base_ns = state.host_ns(world_ns);
        state.world_base_ns = world_ns;
        state.drift_ppm = state.drift_ppm.saturating_add(ppm).max(MIN_DRIFT_PPM);
    }
}

impl State {
    fn host_ns(&self, world_ns: u64) -> u64 {
        let passed = world_ns.saturating_sub(self.world_base_ns);
        let passed = i128::from(passed) * self.rate() / MILLION;
        self.host_base_ns
            .saturating_add(u64::try_from(passed).unwrap_or(u64::MAX))
    }

    fn world_ns(&self, host_ns: u64) -> u64 {
        let passed = i128::from(host_ns.saturating_sub(self.host_base_ns));
        let passed = (passed * MILLION + self.rate() - 1) / self.rate();
        self.world_base_ns
            .saturating_add(u64::try_from(passed).unwrap_or(u64::MAX))
    }

    fn rate(&self) -> i128 {
        MILLION + i128::from(self.drift_ppm)
    }
}

const MILLION: i128 = 1_000_000;
/// A clock may stand nearly still, but it never runs backwards.
const MIN_DRIFT_PPM: i32 = -999_999;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fast_clock_gains_and_its_deadlines_come_early() {
        let clock = HostClock::new(SystemTime::UNIX_EPOCH, -500, 100);
        assert_eq!(clock.host_ns(10_000_000_000), 10_001_000_000);
        assert_eq!(clock.world_ns(10_001_000_000), 10_000_000_000);
        let utc = clock.utc(10_000_000_000);
        assert_eq!(utc, SystemTime::UNIX_EPOCH + Duration::from_millis(9_501));
    }

    #[test]
    fn a_change_of_speed_is_no_jump() {
        let clock = HostClock::new(SystemTime::UNIX_EPOCH, 0, 0);
        clock.add_drift(1_000_000_000, -500_000);
        assert_eq!(clock.host_ns(1_000_000_000), 1_000_000_000);
        assert_eq!(clock.host_ns(3_000_000_000), 2_000_000_000);
    }

    proptest::proptest! {
        #[test]
        fn waking_at_the_world_time_of_a_deadline_is_never_too_early(
            deadline in 0_u64..1 << 60, drift in -5_000_i32..5_000, base in 0_u64..1 << 40,
        ) {
            let clock = HostClock::new(SystemTime::UNIX_EPOCH, 0, 0);
            clock.add_drift(base, drift);
            let world = clock.world_ns(deadline);
            proptest::prop_assert!(clock.host_ns(world) >= deadline);
        }
    }
}
