//! A guard over libc's randomness and wall clock, for threads that run a simulation.
//!
//! Everything of ours draws randomness and time from its host. Libraries below may still ask the operating system, and one
//! such draw on its way to a wire makes a run unrepeatable. So a binary that runs simulations replaces `getrandom`,
//! `getentropy`, `syscall` (for the number of getrandom only: `ring` asks that way) and `clock_gettime` (for the wall clock
//! only). On a thread inside a [`Guard`] the answers follow from the seed and the world's clock, and are counted by kind; on
//! every other thread the calls pass through unchanged.
//!
//! A simulation lives on one fresh thread: libraries keep generators per thread, so a second simulation on the same thread
//! would begin with what the first one left.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::hash::BuildHasher as _;
use std::marker::PhantomData;
use std::time::{Duration, SystemTime};

#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod symbols;

/// Tells a simulation's wall clock.
type Clock = Box<dyn Fn() -> SystemTime>;

struct State {
    randomness: u64,
    clock: Option<Clock>,
    leaks: BTreeMap<&'static str, u64>,
}

thread_local! {
    static ACTIVE: Cell<bool> = const { Cell::new(false) };
    static STATE: RefCell<Option<State>> = const { RefCell::new(None) };
}

/// While it lives, this thread's ambient randomness follows from the seed and its wall clock from the world.
#[derive(Debug)]
pub struct Guard {
    /// The guard belongs to the thread that made it.
    thread: PhantomData<*const ()>,
}

impl Guard {
    /// Begins; the wall clock stays the machine's until [`Guard::follow`] is called.
    pub fn enter(seed: u64) -> Self {
        let state = State {
            randomness: seed ^ SALT,
            clock: None,
            leaks: BTreeMap::new(),
        };
        STATE.with(|cell| *cell.borrow_mut() = Some(state));
        ACTIVE.set(true);
        // The standard library keys its hash maps once a thread, from getrandom: asked for here, so that it is not counted.
        let _ = std::hash::RandomState::new().hash_one(0_u8);
        STATE.with(|cell| cell.borrow_mut().as_mut().expect("set above").leaks.clear());
        Self {
            thread: PhantomData,
        }
    }

    /// From now on the wall clock is what `clock` says.
    pub fn follow(&self, clock: impl Fn() -> SystemTime + 'static) {
        follow(clock);
    }

    /// How often something asked for ambient randomness or the wall clock so far, by kind.
    pub fn leaks(&self) -> BTreeMap<String, u64> {
        let read = |state: &mut State| {
            state
                .leaks
                .iter()
                .map(|(kind, count)| ((*kind).to_owned(), *count))
                .collect()
        };
        with_state(read).unwrap_or_default()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        ACTIVE.set(false);
        let state = STATE.with(|cell| cell.borrow_mut().take());
        drop(state);
    }
}

/// Makes so many hash maps on this thread, which gives all later ones other keys, and so another order.
///
/// The keys of the standard library's hash maps count up with each one made on a thread. So what is made once a process, by
/// whichever simulation comes first, shifts the keys of that one; a simulation that passes anything in the order of a hash map
/// on to a wire shows it by another trace after some were made here.
pub(crate) fn make_hash_maps(count: usize) {
    for _ in 0..count {
        let _ = std::hash::RandomState::new();
    }
}

/// From now on this thread's wall clock is what `clock` says, if the thread is inside a [`Guard`].
pub fn follow(clock: impl Fn() -> SystemTime + 'static) {
    with_state(|state| state.clock = Some(Box::new(clock)));
}

/// The state of this thread's simulation; none outside of one, and none while it is in use already (a clock that asks for
/// the clock).
fn with_state<T>(action: impl FnOnce(&mut State) -> T) -> Option<T> {
    if !ACTIVE.try_with(Cell::get).unwrap_or(false) {
        return None;
    }
    STATE
        .try_with(|cell| {
            cell.try_borrow_mut()
                .ok()
                .and_then(|mut state| state.as_mut().map(action))
        })
        .ok()
        .flatten()
}

/// Fills the buffer from the seed if this thread is in a simulation.
fn fill(buffer: &mut [u8], kind: &'static str) -> bool {
    let filled = with_state(|state| {
        *state.leaks.entry(kind).or_default() += 1;
        for chunk in buffer.chunks_mut(8) {
            let word = next(&mut state.randomness).to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
    });
    filled.is_some()
}

/// The simulation's wall clock if this thread is in one that has a clock.
fn wall_clock() -> Option<Duration> {
    with_state(|state| {
        let time = state.clock.as_ref()?();
        *state.leaks.entry("clock_gettime").or_default() += 1;
        time.duration_since(SystemTime::UNIX_EPOCH).ok()
    })
    .flatten()
}

/// SplitMix64: a fixed sequence is wanted here, not secrecy.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut word = *state;
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

/// Keeps the ambient sequence apart from others grown from the same seed.
const SALT: u64 = 0x736f_6c73_7469_6365;

#[cfg(all(test, target_os = "linux", target_pointer_width = "64"))]
mod tests;
