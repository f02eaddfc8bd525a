//! What survives a restart of the cloud: accounts, spaces, messages.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::cloud::Cloud;

/// The cloud's store, shared by all its clones. It is memory, not a file: a simulated crash takes the server's tasks and
/// connections away, and a second `start` with the same disk finds everything that was confirmed.
#[derive(Clone, Default)]
pub struct Disk(Arc<Mutex<Option<Cloud>>>);

impl Disk {
    /// An empty store.
    pub fn new() -> Self {
        Disk::default()
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Option<Cloud>> {
        // The cloud's own invariants do not depend on a holder having finished: each change is made after its checks.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Disk")
    }
}
