//! The book says what is true: pages made from the catalogue are up to date, links lead somewhere.

use std::fs;
use std::path::{Path, PathBuf};

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs")
}

/// The page as it should be; with `UPDATE_DOCS` set it is written.
fn assert_page(name: &str, expected: &str) {
    let path = docs().join(name);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, expected).expect("the page can be written");
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "docs/{name} is out of date; run UPDATE_DOCS=1 cargo test -p conformance --test book"
    );
}

#[test]
fn the_coverage_page_is_up_to_date() {
    assert_page("faq-coverage.md", &conformance::coverage::page());
}

#[test]
fn the_model_in_the_guide_is_the_one_in_the_tree() {
    let source =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("src/scenarios/telephony/refused_call.rs");
    let source = fs::read_to_string(source).expect("the model is in the tree");
    let path = docs().join("how-to/add-a-scenario.md");
    let page = fs::read_to_string(&path).expect("the guide is in the book");
    let (start, end) = ("```rust\n", "```\n");
    let before = page.find(start).expect("the guide shows a model") + start.len();
    let after = before + page[before..].find(end).expect("the model ends");
    assert_page(
        "how-to/add-a-scenario.md",
        &format!("{}{source}{}", &page[..before], &page[after..]),
    );
}

#[test]
fn every_page_is_in_the_summary_and_every_link_leads_somewhere() {
    let summary = fs::read_to_string(docs().join("SUMMARY.md")).expect("the book has a summary");
    let mut pages = Vec::new();
    collect(&docs(), &mut pages);
    for page in &pages {
        let name = page
            .strip_prefix(docs())
            .expect("it lies in the book")
            .to_string_lossy()
            .replace('\\', "/");
        assert!(
            name == "SUMMARY.md" || summary.contains(&format!("({name})")),
            "docs/{name} is not in the summary"
        );
        let text = fs::read_to_string(page).expect("pages are UTF-8");
        for target in links(&text) {
            let target = target.split('#').next().unwrap_or_default();
            let there = page
                .parent()
                .expect("a page lies in a directory")
                .join(target)
                .exists();
            assert!(
                target.is_empty() || target.contains("://") || there,
                "docs/{name} links to {target}"
            );
        }
    }
}

fn collect(directory: &Path, pages: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("the book can be read") {
        let path = entry.expect("the book can be read").path();
        if path.is_dir() {
            collect(&path, pages);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            pages.push(path);
        }
    }
}

/// Targets of Markdown links.
fn links(text: &str) -> Vec<&str> {
    text.match_indices("](")
        .filter_map(|(at, _)| {
            text[at + 2..]
                .find(')')
                .map(|end| &text[at + 2..at + 2 + end])
        })
        .collect()
}
