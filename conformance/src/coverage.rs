//! The page that says, answer by answer of the FAQ, which requirements stand for it and what proves them.

use std::fmt::Write as _;

use crate::requirement::{Level, Requirement};
use crate::requirements::{self, answers};
use crate::scenarios;

/// Chapters of the FAQ by the letter of their answers.
const CHAPTERS: &[(char, &str)] = &[
    ('O', "Overview"),
    ('A', "Architecture"),
    ('L', "Licensing"),
    ('C', "Client"),
    ('Z', "Spaces"),
    ('M', "Meetings Online"),
    ('N', "Network"),
    ('I', "More information"),
];

/// The page, in Markdown.
pub fn page() -> String {
    let named = |requirement: &&'static Requirement| !proven_by(requirement).is_empty();
    let (total, with) = (
        requirements::all().count(),
        requirements::all().filter(named).count(),
    );
    let mut page = format!(
        "# Coverage of the FAQ\n\n\
         The public FAQ of the IP Office R11 softphone (V2, April 2018) has {} answers. They became {total} requirements in our own\n\
         words; scenarios speak of {with} of them. Whether they hold is in the report of a run, not here.\n\n\
         This page is made from the catalogue: `UPDATE_DOCS=1 cargo test -p conformance --test book`.\n",
        answers::ALL.len(),
    );
    for (letter, chapter) in CHAPTERS {
        let _ = write!(page, "\n## {chapter}\n");
        for answer in answers::ALL
            .iter()
            .filter(|answer| answer.key.starts_with(*letter))
        {
            let _ = write!(page, "\n### {} {}\n\n", answer.key, answer.question);
            page.push_str("| requirement | level | | proven by |\n| --- | --- | --- | --- |\n");
            for requirement in requirements::by_answer(answer.key) {
                page.push_str(&row(requirement));
            }
        }
    }
    page
}

fn row(requirement: &'static Requirement) -> String {
    let level = match requirement.level {
        Level::Must => "must",
        Level::Should => "should",
        Level::MustNot => "**must not**",
    };
    let choice = requirement
        .choice
        .map(|choice| format!(" *Our choice: {choice}*"))
        .unwrap_or_default();
    let names = proven_by(requirement);
    let names = if names.is_empty() {
        "not proven yet".to_owned()
    } else {
        format!("`{}`", names.join("`, `"))
    };
    let text = requirement.text.replace('|', "\\|");
    format!(
        "| {} | {level} | {text}{choice} | {names} |\n",
        requirement.id
    )
}

fn proven_by(requirement: &'static Requirement) -> Vec<&'static str> {
    let speaks = |scenario: &&&crate::scenario::Scenario| scenario.proves.contains(&requirement);
    scenarios::ALL
        .iter()
        .filter(speaks)
        .map(|scenario| scenario.name)
        .collect()
}
