//! What several sides have counted at one moment, though they can only be asked one after the other.

use client::meeting::Measurement;
use serde_json::Value;

use crate::chromium::Chromium;
use crate::lab::Failure;
use crate::room::Phone;
use crate::statistics::Growth;

/// What every side said when it was asked.
pub(crate) struct Reading {
    /// By the number of the page.
    pub(crate) pages: Vec<Value>,
    pub(crate) phone: Measurement,
}

impl Reading {
    async fn take(pages: &[Chromium; 2], script: &str, phone: &mut Phone) -> Result<Self, Failure> {
        let mut said = Vec::new();
        for page in pages {
            said.push(page.run(script).await?);
        }
        let phone = phone.measure().await?;
        Ok(Self { pages: said, phone })
    }
}

/// All sides asked in two rounds. At the moment between the rounds every counter was between its two figures, however long the asking
/// took.
pub(crate) struct Moment {
    first: Reading,
    /// The later round.
    pub(crate) last: Reading,
}

impl Moment {
    pub(crate) async fn take(
        pages: &[Chromium; 2],
        script: &str,
        phone: &mut Phone,
    ) -> Result<Self, Failure> {
        Ok(Self {
            first: Reading::take(pages, script, phone).await?,
            last: Reading::take(pages, script, phone).await?,
        })
    }
}

/// The time from one moment to another.
#[derive(Clone, Copy)]
pub(crate) struct Span<'a> {
    pub(crate) before: &'a Moment,
    pub(crate) after: &'a Moment,
}

impl Span<'_> {
    /// By how much a counter grew in this time.
    pub(crate) fn growth(&self, count: impl Fn(&Reading) -> f64) -> Growth {
        Growth {
            least: count(&self.after.first) - count(&self.before.last),
            most: count(&self.after.last) - count(&self.before.first),
        }
    }
}
