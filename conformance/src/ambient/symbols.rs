//! The libc symbols themselves. The linker prefers them over libc's for everything in the binary.

use std::ffi::{CStr, c_char, c_int, c_long, c_uint, c_void};
use std::sync::atomic::{AtomicUsize, Ordering};

/// `struct timespec` on 64-bit Linux.
#[repr(C)]
struct Timespec {
    seconds: i64,
    nanoseconds: c_long,
}

unsafe extern "C" {
    fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void;
}

/// `RTLD_NEXT` of `<dlfcn.h>`: the symbol after this binary's own.
const NEXT: *mut c_void = -1_isize as *mut c_void;
const CLOCK_REALTIME: c_int = 0;
/// `CLOCK_REALTIME_COARSE`: the same clock, read more cheaply.
const CLOCK_REALTIME_COARSE: c_int = 5;
/// Number of the getrandom system call.
#[cfg(target_arch = "x86_64")]
const SYS_GETRANDOM: c_long = 318;
#[cfg(not(target_arch = "x86_64"))]
const SYS_GETRANDOM: c_long = 278;

type GetRandom = unsafe extern "C" fn(*mut u8, usize, c_uint) -> isize;
type GetEntropy = unsafe extern "C" fn(*mut u8, usize) -> c_int;
type ClockGetTime = unsafe extern "C" fn(c_int, *mut Timespec) -> c_int;
type SystemCall = unsafe extern "C" fn(c_long, usize, usize, usize, usize, usize, usize) -> c_long;

/// Address of libc's own function of that name, looked up once.
fn original(cache: &AtomicUsize, name: &CStr) -> usize {
    let known = cache.load(Ordering::Relaxed);
    if known != 0 {
        return known;
    }
    // SAFETY: the name ends in a zero byte and the handle is one that dlsym defines.
    let found = unsafe { dlsym(NEXT, name.as_ptr()) } as usize;
    assert!(
        found != 0,
        "libc lacks a function that every libc of this platform has"
    );
    cache.store(found, Ordering::Relaxed);
    found
}

/// As libc's `getrandom`, seeded inside a simulation.
///
/// # Safety
/// `buffer` must be writable for `length` bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn getrandom(buffer: *mut u8, length: usize, flags: c_uint) -> isize {
    // SAFETY: the caller promises that the buffer is writable for its length.
    if unsafe { fill(buffer, length, "getrandom") } {
        return isize::try_from(length).unwrap_or(isize::MAX);
    }
    static ORIGINAL: AtomicUsize = AtomicUsize::new(0);
    let address = original(&ORIGINAL, c"getrandom");
    // SAFETY: libc's function of that name has this signature.
    unsafe { std::mem::transmute::<usize, GetRandom>(address)(buffer, length, flags) }
}

/// As libc's `getentropy`, seeded inside a simulation.
///
/// # Safety
/// `buffer` must be writable for `length` bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn getentropy(buffer: *mut u8, length: usize) -> c_int {
    // SAFETY: the caller promises that the buffer is writable for its length.
    if unsafe { fill(buffer, length, "getentropy") } {
        return 0;
    }
    static ORIGINAL: AtomicUsize = AtomicUsize::new(0);
    let address = original(&ORIGINAL, c"getentropy");
    // SAFETY: libc's function of that name has this signature.
    unsafe { std::mem::transmute::<usize, GetEntropy>(address)(buffer, length) }
}

/// As libc's `clock_gettime`; the wall clock is the world's inside a simulation.
///
/// # Safety
/// `time` must be writable.
#[unsafe(no_mangle)]
unsafe extern "C" fn clock_gettime(clock: c_int, time: *mut Timespec) -> c_int {
    if matches!(clock, CLOCK_REALTIME | CLOCK_REALTIME_COARSE)
        && let Some(now) = super::wall_clock()
    {
        let now = Timespec {
            seconds: i64::try_from(now.as_secs()).unwrap_or(i64::MAX),
            nanoseconds: c_long::from(now.subsec_nanos()),
        };
        // SAFETY: the caller promises that the pointer is writable.
        unsafe { time.write(now) };
        return 0;
    }
    static ORIGINAL: AtomicUsize = AtomicUsize::new(0);
    let address = original(&ORIGINAL, c"clock_gettime");
    // SAFETY: libc's function of that name has this signature.
    unsafe { std::mem::transmute::<usize, ClockGetTime>(address)(clock, time) }
}

/// As libc's `syscall`, with getrandom seeded inside a simulation. libc's is variadic; on the 64-bit Linux ABIs a callee with
/// seven plain arguments finds what a variadic call passed, and unused ones are never looked at.
///
/// # Safety
/// As the system call asked for demands.
#[unsafe(no_mangle)]
unsafe extern "C" fn syscall(
    number: c_long,
    first: usize,
    second: usize,
    third: usize,
    fourth: usize,
    fifth: usize,
    sixth: usize,
) -> c_long {
    // SAFETY: for this number the caller promises a writable buffer of that length.
    if number == SYS_GETRANDOM && unsafe { fill(first as *mut u8, second, "syscall getrandom") } {
        return c_long::try_from(second).unwrap_or(c_long::MAX);
    }
    static ORIGINAL: AtomicUsize = AtomicUsize::new(0);
    let address = original(&ORIGINAL, c"syscall");
    // SAFETY: see above on the calling convention; the arguments are passed on as they came.
    unsafe {
        std::mem::transmute::<usize, SystemCall>(address)(
            number, first, second, third, fourth, fifth, sixth,
        )
    }
}

/// # Safety
/// `buffer` must be writable for `length` bytes.
unsafe fn fill(buffer: *mut u8, length: usize, kind: &'static str) -> bool {
    if buffer.is_null() || length == 0 {
        return false;
    }
    // Zeroed first, because a slice must not be of uninitialised bytes.
    // SAFETY: the caller promises that the buffer is writable for its length.
    let bytes = unsafe {
        if !super::ACTIVE
            .try_with(std::cell::Cell::get)
            .unwrap_or(false)
        {
            return false;
        }
        buffer.write_bytes(0, length);
        std::slice::from_raw_parts_mut(buffer, length)
    };
    super::fill(bytes, kind)
}
