//! The call detail log of a served IP Office as a file: one line of JSON for each call that is over.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use net::Host;
use serde_json::{Value, json};
use sim_ipoffice::call_log::{Outcome, Record};

use crate::cli::{Status, Trouble};

/// How often it is looked for calls that are over.
const EVERY: Duration = Duration::from_millis(500);

/// The file, open to be appended to.
pub(super) struct CallLogFile {
    path: PathBuf,
    file: File,
}

impl CallLogFile {
    /// Opens the file; a new one if there is none.
    pub(super) fn open(path: &Path) -> Result<Self, Trouble> {
        let file = File::options().create(true).append(true).open(path);
        Ok(Self {
            path: path.to_owned(),
            file: file.map_err(|error| trouble(path, &error))?,
        })
    }

    /// Writes down each call that is over, as long as the office runs.
    pub(super) async fn keep(
        mut self,
        host: &Host,
        office: &sim_ipoffice::Running,
    ) -> Result<Status, Trouble> {
        let mut told = 0;
        loop {
            host.sleep(EVERY).await;
            let fresh = office.ask(move |office| {
                let log = office.call_log();
                let records: Vec<Record> = log.since(told).cloned().collect();
                (log.total(), records)
            });
            let Some((total, records)) = fresh.await else {
                return Ok(Status::Expected);
            };
            told = total;
            let (utc, now) = (host.utc(), host.now());
            for record in &records {
                let line = line(record, utc - now.saturating_sub(record.began));
                writeln!(self.file, "{line}").map_err(|error| trouble(&self.path, &error))?;
            }
        }
    }
}

/// What is known of a call; times in seconds, counted from its beginning.
fn line(record: &Record, began: SystemTime) -> Value {
    let after = |time: Duration| time.saturating_sub(record.began).as_secs_f64();
    let (outcome, status) = match record.outcome {
        Outcome::Completed => ("completed", None),
        Outcome::Abandoned => ("abandoned", None),
        Outcome::Refused(status) => ("refused", Some(status)),
        Outcome::NotAnswered => ("not_answered", None),
        Outcome::Failed => ("failed", None),
    };
    let began = jiff::Timestamp::try_from(began).map(|time| time.to_string());
    json!({
        "caller": record.caller,
        "number": record.number,
        "began": began.ok(),
        "rang_after_s": record.rang.map(after),
        "answered_after_s": record.answered.map(after),
        "ended_after_s": after(record.ended),
        "talked_s": record.talked().as_secs_f64(),
        "outcome": outcome,
        "status": status,
        "devices": record.forks,
        "answered_by": record.winner,
        "codecs": record.codecs,
        "video": record.has_video,
        "packets": record.media.audio.map(|leg| leg.packets),
    })
}

fn trouble(path: &Path, error: &std::io::Error) -> Trouble {
    Trouble::new(
        format!("cannot write {}: {error}", path.display()),
        "give another --call-log",
    )
}
