//! A requirement: one promise of the product family, small enough to be checked by a machine.
//!
//! Requirements are constants, so that a scenario which names one that is gone does not compile, and a report can
//! say which ones no scenario names. The wording is ours; `Source` says which answer of the FAQ it stands for.

use serde::Serialize;

/// How binding a requirement is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Promised: a failure is a finding.
    Must,
    /// Follows from the promise by our reading, or a choice of ours: a failure is a finding in strict mode only.
    Should,
    /// Promised to be absent: the presence of it is a finding.
    MustNot,
}

impl Level {
    /// The level as it is written in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::Should => "should",
            Self::MustNot => "must not",
        }
    }
}

/// An answer of the FAQ, by its place in it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Answer {
    /// Chapter letter and number within the chapter, such as `C2`.
    pub key: &'static str,
    /// What is asked there, shortened, in our words.
    pub question: &'static str,
}

/// Where a requirement comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Source {
    /// These answers of the IP Office R11 client FAQ (V2, April 2018).
    Faq(&'static [Answer]),
}

/// One checkable promise.
#[derive(Debug, Eq, PartialEq)]
pub struct Requirement {
    /// Stable name: area and number, such as `TEL-04`.
    pub id: &'static str,
    /// Where it comes from.
    pub source: Source,
    /// How binding it is.
    pub level: Level,
    /// The promise, in our words.
    pub text: &'static str,
    /// What a machine does to check it.
    pub proof: &'static str,
    /// A choice of ours where nothing public says how the product does it; reports must say so.
    pub choice: Option<&'static str>,
}

impl Requirement {
    /// The area of the requirement: the letters before the number.
    pub fn area(&self) -> &'static str {
        self.id.split('-').next().unwrap_or(self.id)
    }

    /// The answers of the FAQ it stands for.
    pub fn answers(&self) -> &'static [Answer] {
        let Source::Faq(answers) = self.source;
        answers
    }
}
