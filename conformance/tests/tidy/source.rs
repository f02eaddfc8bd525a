//! Source files as the style test sees them: code apart from comments and texts, functions with their lengths.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// A source file of the workspace.
pub(crate) struct File {
    /// Path within the repository, with `/`.
    pub(crate) path: String,
    /// What it holds.
    pub(crate) text: String,
    /// The same with every character of comments and texts made a blank; lines stay where they are.
    pub(crate) code: String,
}

/// A function.
pub(crate) struct Function {
    /// Its name.
    pub(crate) name: String,
    /// Line where it begins, from 1.
    pub(crate) line: usize,
    /// Lines from its head to its closing brace.
    pub(crate) lines: usize,
}

/// Every Rust file of the workspace, read once.
pub(crate) fn all_files() -> &'static [File] {
    static FILES: OnceLock<Vec<File>> = OnceLock::new();
    FILES.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .expect("the crate lies in the workspace")
            .to_owned();
        let mut files = Vec::new();
        collect(&root, &root, &mut files);
        files.sort_by(|one, other| one.path.cmp(&other.path));
        assert!(
            files.len() > 20,
            "the tree was not found under {}",
            root.display()
        );
        files
    })
}

fn collect(root: &Path, directory: &Path, files: &mut Vec<File>) {
    let entries = fs::read_dir(directory).expect("the tree can be read");
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("the tree can be read").path())
        .collect();
    paths.sort();
    for path in paths {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if path.is_dir() {
            if !name.starts_with('.') && name != "target" && name != "solstice-report" {
                collect(root, &path, files);
            }
        } else if name.ends_with(".rs") {
            let text = fs::read_to_string(&path).expect("sources are UTF-8");
            let path = path
                .strip_prefix(root)
                .expect("it lies under the root")
                .to_string_lossy()
                .replace('\\', "/");
            let code = code_of(&text);
            files.push(File { path, text, code });
        }
    }
}

impl File {
    /// Whether the whole file is for tests or measurements only.
    pub(crate) fn is_test(&self) -> bool {
        let directory =
            |name: &str| self.path.starts_with(name) || self.path.contains(&format!("/{name}"));
        directory("tests/")
            || directory("benches/")
            || directory("examples/")
            || self.path.ends_with("/tests.rs")
    }

    /// Lines before the tests at the bottom.
    pub(crate) fn lines_without_tests(&self) -> usize {
        self.product_code().lines().count()
    }

    fn product_code(&self) -> &str {
        self.code
            .find("#[cfg(test)]\nmod tests {")
            .map_or(&self.code, |at| &self.code[..at])
    }

    /// Lines, from 1, whose code holds the word, not as part of a longer name.
    pub(crate) fn lines_with(&self, word: &str) -> Vec<usize> {
        let holds = |line: &str| {
            line.match_indices(word).any(|(at, _)| {
                let before = line[..at].chars().next_back();
                let after = line[at + word.len()..].chars().next();
                let part = |letter: Option<char>| {
                    letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_')
                };
                !part(before) && (!part(after) || word.ends_with(':'))
            })
        };
        self.product_code()
            .lines()
            .enumerate()
            .filter(|(_, line)| holds(line))
            .map(|(index, _)| index + 1)
            .collect()
    }

    /// The functions before the tests, nested ones among them.
    pub(crate) fn functions(&self) -> Vec<Function> {
        let code = self.product_code();
        let mut functions = Vec::new();
        for (at, _) in code.match_indices("fn ") {
            let alone = code[..at]
                .chars()
                .next_back()
                .is_none_or(|before| before.is_whitespace() || before == '(');
            let name: String = code[at + 3..]
                .chars()
                .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
                .collect();
            if alone
                && !name.is_empty()
                && let Some(end) = end_of_body(code, at)
            {
                let lines = code[at..end].matches('\n').count() + 1;
                functions.push(Function {
                    name,
                    line: code[..at].matches('\n').count() + 1,
                    lines,
                });
            }
        }
        functions
    }

    /// Lines that walk a field or variable which the same file declares as an unordered map or set.
    pub(crate) fn walks_of_unordered_maps(&self) -> Vec<usize> {
        let code = self.product_code();
        let mut names: Vec<String> = Vec::new();
        for kind in [
            "HashMap<",
            "HashSet<",
            "HashMap::new",
            "HashSet::new",
            "HashMap::default",
            "HashSet::default",
        ] {
            names.extend(
                code.match_indices(kind)
                    .filter_map(|(at, _)| declared_name(&code[..at])),
            );
        }
        let walks = |line: &str| {
            names.iter().any(|name| {
                let methods = [
                    "iter()",
                    "iter_mut()",
                    "keys()",
                    "values()",
                    "values_mut()",
                    "drain()",
                    "retain(",
                ];
                methods
                    .iter()
                    .any(|method| line.contains(&format!("{name}.{method}")))
                    || line.contains(&format!("in &{name} "))
                    || line.contains(&format!("in &self.{name} "))
                    || line.contains(&format!("in &mut self.{name} "))
            })
        };
        code.lines()
            .enumerate()
            .filter(|(_, line)| walks(line))
            .map(|(index, _)| index + 1)
            .collect()
    }

    /// Lines with a `select!` whose first word is not `biased`.
    pub(crate) fn unordered_selects(&self) -> Vec<usize> {
        let mut lines = Vec::new();
        for (at, word) in self.code.match_indices("select!") {
            let inside = self.code[at + word.len()..]
                .trim_start()
                .trim_start_matches(['{', '('])
                .trim_start();
            if !inside.starts_with("biased") {
                lines.push(self.code[..at].matches('\n').count() + 1);
            }
        }
        lines
    }
}

/// The name before `: Kind` or `= Kind`.
fn declared_name(before: &str) -> Option<String> {
    let before = before
        .trim_end()
        .trim_end_matches("std::collections::")
        .trim_end();
    let before = before
        .strip_suffix(':')
        .or_else(|| before.strip_suffix('='))?
        .trim_end();
    let name: String = before
        .chars()
        .rev()
        .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
        .collect();
    let name: String = name.chars().rev().collect();
    (!name.is_empty()).then_some(name)
}

/// Byte after the closing brace of the function whose head begins at `start`; none if it has no body.
fn end_of_body(code: &str, start: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut round = 0_usize;
    for (at, letter) in code[start..].char_indices() {
        match letter {
            '(' | '[' => round += 1,
            ')' | ']' => round = round.checked_sub(1)?,
            ';' if depth == 0 && round == 0 => return None,
            '{' => depth += 1,
            '}' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 && round == 0 {
                    return Some(start + at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// The text with comments, strings and characters blanked; line ends stay.
fn code_of(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < letters.len() {
        let end = end_of_hidden(&letters, at);
        if end == at {
            code.push(letters[at]);
            at += 1;
        } else {
            code.extend(
                letters[at..end]
                    .iter()
                    .map(|letter| if *letter == '\n' { '\n' } else { ' ' }),
            );
            at = end;
        }
    }
    code
}

/// Where the comment, string or character that begins here ends; here itself if none begins.
fn end_of_hidden(letters: &[char], at: usize) -> usize {
    let next = |ahead: usize| letters.get(at + ahead).copied().unwrap_or('\0');
    let within_name = at > 0 && (letters[at - 1].is_alphanumeric() || letters[at - 1] == '_');
    match letters[at] {
        '/' if next(1) == '/' => find(letters, at, |letters, here| letters[here] == '\n'),
        '/' if next(1) == '*' => {
            2 + find(letters, at + 2, |letters, here| {
                letters[here..].starts_with(&['*', '/'])
            })
        }
        'r' if !within_name
            && (next(1) == '"' || (next(1) == '#' && (next(2) == '"' || next(2) == '#'))) =>
        {
            let hashes = letters[at + 1..]
                .iter()
                .take_while(|letter| **letter == '#')
                .count();
            let mut ending = vec!['"'];
            ending.extend(std::iter::repeat_n('#', hashes));
            let inside = at + 2 + hashes;
            inside.max(
                find(letters, inside, |letters, here| {
                    letters[here..].starts_with(&ending)
                }) + ending.len(),
            )
        }
        '"' => end_of_quoted(letters, at, '"'),
        '\'' if next(1) == '\\' || next(2) == '\'' => end_of_quoted(letters, at, '\''),
        _ => at,
    }
    .min(letters.len())
}

fn find(letters: &[char], from: usize, found: impl Fn(&[char], usize) -> bool) -> usize {
    (from..letters.len())
        .find(|here| found(letters, *here))
        .unwrap_or(letters.len())
}

fn end_of_quoted(letters: &[char], start: usize, quote: char) -> usize {
    let mut at = start + 1;
    while at < letters.len() && letters[at] != quote {
        at += if letters[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

#[test]
fn comments_and_texts_are_not_code() {
    let code = code_of(
        "let a = \"fn x\"; // fn y\n/* fn z */ let b = 'f'; let c: &'static str = r#\"fn \" w\"#;",
    );
    assert!(!code.contains("fn"), "{code}");
    assert!(
        code.contains("let b") && code.contains("'static str"),
        "{code}"
    );
}

#[test]
fn functions_are_measured() {
    let text = "impl A {\n    fn long(&self) -> [u8; 4] {\n        if x { y() }\n    }\n    fn head(&self);\n}\n";
    let file = File {
        path: "a/src/b.rs".to_owned(),
        text: text.to_owned(),
        code: code_of(text),
    };
    let functions = file.functions();
    assert_eq!(functions.len(), 1);
    assert_eq!(
        (
            functions[0].name.as_str(),
            functions[0].line,
            functions[0].lines
        ),
        ("long", 2, 3)
    );
}

#[test]
fn a_walk_over_an_unordered_map_is_seen() {
    let text =
        "struct A { known: HashMap<u8, u8> }\nfn f(a: &A) { for x in a.known.values() {} }\n";
    let file = File {
        path: "a/src/b.rs".to_owned(),
        text: text.to_owned(),
        code: code_of(text),
    };
    assert_eq!(file.walks_of_unordered_maps(), [2]);
}
