use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use super::Guard;

/// What the standard library draws from the operating system, seen through the order of a hash map.
#[allow(
    clippy::disallowed_methods,
    reason = "the order of a hash map is what is looked at"
)]
fn order() -> Vec<u32> {
    (0..50)
        .map(|key| (key, ()))
        .collect::<HashMap<u32, ()>>()
        .into_keys()
        .collect()
}

fn on_a_fresh_thread<T: Send + 'static>(action: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::spawn(action)
        .join()
        .expect("the thread does not panic")
}

#[test]
fn inside_a_guard_the_order_of_hash_maps_follows_from_the_seed() {
    let seeded = |seed| {
        on_a_fresh_thread(move || {
            let _guard = Guard::enter(seed);
            order()
        })
    };
    assert_eq!(seeded(1), seeded(1));
    assert_ne!(seeded(1), seeded(2));
}

#[test]
fn outside_a_guard_nothing_changes() {
    assert_ne!(on_a_fresh_thread(order), on_a_fresh_thread(order));
    #[expect(clippy::disallowed_methods, reason = "the clock itself is under test")]
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .expect("after 1970");
    assert!(
        now > Duration::from_secs(1_700_000_000),
        "the wall clock passes through: {now:?}"
    );
}

#[test]
fn the_wall_clock_is_the_worlds_and_reads_are_counted() {
    let (read, leaks) = on_a_fresh_thread(|| {
        let guard = Guard::enter(7);
        guard.follow(|| SystemTime::UNIX_EPOCH + Duration::from_millis(1_526_385_600_500));
        #[expect(clippy::disallowed_methods, reason = "the clock itself is under test")]
        let now = SystemTime::now();
        (
            now.duration_since(SystemTime::UNIX_EPOCH)
                .expect("after 1970"),
            guard.leaks(),
        )
    });
    assert_eq!(read, Duration::from_millis(1_526_385_600_500));
    assert_eq!(leaks, [("clock_gettime".to_owned(), 1)].into());
}

#[test]
fn ring_is_seeded_too_and_counted() {
    let draw = || {
        on_a_fresh_thread(|| {
            let guard = Guard::enter(7);
            let mut bytes = [0_u8; 16];
            getrandom_by_syscall(&mut bytes);
            (bytes, guard.leaks())
        })
    };
    let (bytes, leaks) = draw();
    assert_eq!(draw().0, bytes);
    assert_eq!(leaks, [("syscall getrandom".to_owned(), 1)].into());
}

#[test]
fn a_clock_that_asks_for_the_clock_gets_the_machines() {
    on_a_fresh_thread(|| {
        let guard = Guard::enter(7);
        #[expect(clippy::disallowed_methods, reason = "the clock itself is under test")]
        guard.follow(SystemTime::now);
        #[expect(clippy::disallowed_methods, reason = "the clock itself is under test")]
        let now = SystemTime::now();
        assert!(now > SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000));
    });
}

/// The way `ring` asks.
fn getrandom_by_syscall(bytes: &mut [u8]) {
    unsafe extern "C" {
        fn syscall(number: std::ffi::c_long, ...) -> std::ffi::c_long;
    }
    let number = if cfg!(target_arch = "x86_64") {
        318
    } else {
        278
    };
    // SAFETY: the buffer is writable for its length.
    let got = unsafe { syscall(number, bytes.as_mut_ptr(), bytes.len(), 0_u32) };
    assert_eq!(usize::try_from(got), Ok(bytes.len()));
}
