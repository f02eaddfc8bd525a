//! What is fuzzed, as `cargo fuzz` needs it; see CONTRIBUTING.md.

mod targets;

use std::sync::Mutex;

use targets::Target;

/// Inputs that are right, to begin a corpus with; none if there is no target of that name.
#[must_use]
pub fn seeds(name: &str) -> Vec<Vec<u8>> {
    let mut all = targets::all().into_iter();
    let target = all.find(|target| target.name() == name);
    target.map(|target| target.seeds()).unwrap_or_default()
}

/// Gives every input to one target, which keeps its state from input to input.
#[derive(Debug)]
pub struct Shared(Mutex<Option<Box<dyn Target>>>);

impl Shared {
    /// No target yet.
    #[must_use]
    pub const fn new() -> Shared {
        Shared(Mutex::new(None))
    }

    /// Runs the target named, made when it is first needed.
    ///
    /// # Panics
    /// If there is no target of that name, or the target finds a fault.
    pub fn run(&self, name: &str, input: &[u8]) {
        let mut place = self.0.lock().expect("one thread");
        let target = place.get_or_insert_with(|| {
            let mut all = targets::all().into_iter();
            all.find(|target| target.name() == name)
                .expect("a target of that name")
        });
        target.run(input);
    }
}

impl Default for Shared {
    fn default() -> Shared {
        Shared::new()
    }
}
