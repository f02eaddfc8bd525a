//! A bar that shows how far a run is; nothing where nobody looks.

use indicatif::{ProgressBar, ProgressStyle};

use crate::outcome::{Outcome, Verdict};

/// How far a run is.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// A bar for that many runs; `quiet` shows nothing.
    pub fn new(runs: u64, quiet: bool) -> Self {
        let bar = if quiet {
            ProgressBar::hidden()
        } else {
            ProgressBar::new(runs)
        };
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} runs  {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { bar }
    }

    /// One more is done; findings are said at once.
    pub fn done(&self, outcome: &Outcome) {
        if matches!(
            outcome.verdict,
            Verdict::Failed { .. } | Verdict::HarnessError { .. }
        ) {
            let reason = outcome.verdict.reason().unwrap_or_default();
            let name = outcome.verdict.name();
            self.bar.println(format!(
                "{name}: {} seed {}: {reason}",
                outcome.scenario, outcome.seed
            ));
        }
        self.bar.set_message(outcome.scenario.clone());
        self.bar.inc(1);
    }

    /// All are done.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
