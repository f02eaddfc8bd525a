//! A ladder: who said what to whom when, as data for a diagram or a text.
//!
//! Signalling is one row a message, media is one bar a stream and stretch, faults and state changes are notes.

use serde::{Deserialize, Serialize};

/// At most this many rows are kept of one run; what is beyond is counted in [`Ladder::left_out`].
pub const ROWS_MAX: usize = 400;
/// At most this many bytes are kept of one message.
pub const RAW_MAX: usize = 4096;

/// What was said in one run.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Ladder {
    /// The parties, each a column, in the order they first spoke.
    pub parties: Vec<String>,
    /// The rows in the order of time.
    pub rows: Vec<Row>,
    /// Rows that did not fit.
    pub left_out: u64,
}

/// One row of the ladder.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Row {
    /// When, in nanoseconds since the run began.
    pub at_ns: u64,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What a row shows.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum What {
    /// A message of a signalling protocol.
    Message {
        /// Who sent it.
        source: String,
        /// Whom it was sent to.
        target: String,
        /// Protocol and transport, such as `SIP/UDP`.
        protocol: String,
        /// First line or the like.
        label: String,
        /// The whole text, cut at [`RAW_MAX`] bytes; empty if there is nothing to show.
        raw: String,
        /// Why it did not arrive, if the network ate it.
        lost: Option<String>,
    },
    /// A stretch of media packets one way.
    Media {
        /// Who sent them.
        source: String,
        /// Whom they were sent to.
        target: String,
        /// What they are, such as `RTP PCMU 20 ms`.
        label: String,
        /// When the stretch ended, in nanoseconds since the run began.
        until_ns: u64,
        /// Packets sent.
        packets: u64,
        /// Packets the network ate.
        lost: u64,
    },
    /// Something notable at one party.
    Note {
        /// Where.
        party: String,
        /// What.
        text: String,
    },
    /// A fault that began or ended.
    Fault {
        /// What.
        text: String,
    },
}

impl Ladder {
    /// Adds a row; its parties become columns if they are not yet. Beyond [`ROWS_MAX`] rows are only counted.
    pub fn push(&mut self, at_ns: u64, what: What) {
        if self.rows.len() >= ROWS_MAX {
            self.left_out += 1;
            return;
        }
        match &what {
            What::Message { source, target, .. } | What::Media { source, target, .. } => {
                self.column(&source.clone());
                self.column(&target.clone());
            }
            What::Note { party, .. } => self.column(&party.clone()),
            What::Fault { .. } => {}
        }
        self.rows.push(Row { at_ns, what });
    }

    fn column(&mut self, party: &str) {
        if !self.parties.iter().any(|known| known == party) {
            self.parties.push(party.to_owned());
        }
    }

    /// The ladder as lines of text: time, who, whom, what.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for row in &self.rows {
            let line = match &row.what {
                What::Message {
                    source,
                    target,
                    protocol,
                    label,
                    lost,
                    ..
                } => {
                    let fate = lost
                        .as_ref()
                        .map(|why| format!("   ✗ {why}"))
                        .unwrap_or_default();
                    format!("{source} → {target}  {protocol}  {label}{fate}")
                }
                What::Media {
                    source,
                    target,
                    label,
                    until_ns,
                    packets,
                    lost,
                } => format!(
                    "{source} ⇒ {target}  {label}  {packets} packets until {:.3} s, {lost} lost",
                    *until_ns as f64 / 1e9
                ),
                What::Note { party, text } => format!("{party}  · {text}"),
                What::Fault { text } => format!("⚡ {text}"),
            };
            text.push_str(&format!("{:>12.6}  {line}\n", row.at_ns as f64 / 1e9));
        }
        if self.left_out > 0 {
            text.push_str(&format!("{} more rows are not kept.\n", self.left_out));
        }
        text
    }
}

/// A message cut to what a ladder keeps of it, at a character's edge.
pub fn cut(raw: &str) -> String {
    if raw.len() <= RAW_MAX {
        return raw.to_owned();
    }
    let edge = (0..=RAW_MAX)
        .rev()
        .find(|at| raw.is_char_boundary(*at))
        .unwrap_or(0);
    format!("{}\n… {} more bytes", &raw[..edge], raw.len() - edge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ladder_reads_as_text() {
        let mut ladder = Ladder::default();
        let message = What::Message {
            source: "alice".to_owned(),
            target: "office".to_owned(),
            protocol: "SIP/UDP".to_owned(),
            label: "INVITE sip:202@office".to_owned(),
            raw: String::new(),
            lost: Some("loss on uplink of home".to_owned()),
        };
        ladder.push(1_500_000, message);
        ladder.push(
            2_000_000,
            What::Fault {
                text: "home loses 10 %".to_owned(),
            },
        );
        assert_eq!(ladder.parties, ["alice", "office"]);
        assert_eq!(
            ladder.text(),
            "    0.001500  alice → office  SIP/UDP  INVITE sip:202@office   ✗ loss on uplink of home\n    0.002000  ⚡ home loses 10 %\n"
        );
    }

    #[test]
    fn a_ladder_has_a_bound() {
        let mut ladder = Ladder::default();
        for at_ns in 0..ROWS_MAX as u64 + 3 {
            ladder.push(
                at_ns,
                What::Fault {
                    text: String::new(),
                },
            );
        }
        assert_eq!((ladder.rows.len(), ladder.left_out), (ROWS_MAX, 3));
    }
}
