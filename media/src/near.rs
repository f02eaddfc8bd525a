//! Memory brought near the processor before it is needed.
//!
//! A server with thousands of calls touches a few kilobytes of each every 20 ms, more in all than a cache holds. Whoever
//! walks over calls and says some ahead which comes next has its memory fetched while the present one is worked on:
//!
//! ```text
//! for each call n:   approach(n + 2)   its own octets
//!                    fetch(n + 1)      what is behind its pointers
//!                    work on n
//! ```
//!
//! Neither reads what it fetches, not even whether it is there: a read waits for the memory, and all behind it waits too.
//! So `approach` fetches the place of keys whether there are any or not.
//!
//! Nothing depends on it but the time. It does nothing on processors other than x86-64.

/// Octets that are fetched at once.
#[cfg(target_arch = "x86_64")]
const LINE: usize = 64;

/// Begins to fetch all octets of a value. Do so for what is surely needed and short: a processor fetches only some dozens of
/// lines at a time.
#[inline]
pub fn fetch<T: ?Sized>(value: &T) {
    fetch_head(value, size_of_val(value));
}

/// Begins to fetch so many octets from where a value begins.
#[inline]
pub(crate) fn fetch_head<T: ?Sized>(value: &T, len: usize) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let start = std::ptr::from_ref(value).cast::<i8>();
        let skew = start.addr() % LINE;
        for at in (0..len + skew).step_by(LINE) {
            // SAFETY: the processor fetches or ignores any address, and nothing is read by it.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(start.wrapping_add(at).wrapping_sub(skew)) };
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (value, len);
}
