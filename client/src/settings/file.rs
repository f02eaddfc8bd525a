//! The language of the settings file: lines that set names, jump, and fetch further files.
//!
//! A line is a comment (`#` in the first column), a tag (`# name`), `GOTO tag`, `IF $NAME SEQ value GOTO tag`,
//! `SET NAME value`, `GET file`, or something else, which is kept and ignored. Whatever a line holds, reading never fails.

use std::fmt;

/// A settings file as it was written, line by line.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SettingsFile {
    /// The lines in their order.
    pub lines: Vec<Line>,
}

/// One line of a settings file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Line {
    /// An empty line.
    Blank,
    /// `#` in the first column; the text after it.
    Comment(String),
    /// `# name`, exactly one space and no space in the name: where a `GOTO` can land. To every other reader it is a comment.
    Tag(String),
    /// `GOTO tag`.
    Goto(String),
    /// `IF $NAME SEQ value GOTO tag`: jump when the device's property equals the text.
    If {
        /// The property asked for, without `$`: `GROUP`, `MACADDR`, `MODEL`, `MODEL4` or `SIG`.
        name: String,
        /// The text it is compared with.
        value: String,
        /// Where to go when equal.
        tag: String,
    },
    /// `SET NAME value`.
    Set {
        /// The setting's name, in upper case.
        name: String,
        /// Its value without quotes.
        value: String,
    },
    /// `GET file`: the file replaces the rest of this one if it can be had.
    Get(String),
    /// Anything else: ignored, and kept as it is.
    Unknown(String),
}

impl SettingsFile {
    /// Reads a whole file; `\n` ends a line, with or without `\r` before it; a byte order mark at the start is dropped.
    pub fn read(text: &str) -> Self {
        let text = text.trim_start_matches('\u{feff}');
        Self {
            lines: text
                .lines()
                .map(|line| Line::read(line.trim_end_matches('\r')))
                .collect(),
        }
    }

    /// The index of the line that carries a tag.
    pub fn tag(&self, name: &str) -> Option<usize> {
        self.lines
            .iter()
            .position(|line| matches!(line, Line::Tag(tag) if tag == name))
    }
}

impl fmt::Display for SettingsFile {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines
            .iter()
            .try_for_each(|line| writeln!(out, "{line}"))
    }
}

impl Line {
    /// Reads one line, without its end.
    pub fn read(text: &str) -> Self {
        if let Some(comment) = text.strip_prefix('#') {
            return match comment.strip_prefix(' ') {
                Some(tag) if !tag.is_empty() && !tag.contains(char::is_whitespace) => {
                    Self::Tag(tag.to_owned())
                }
                Some(_) | None => Self::Comment(comment.to_owned()),
            };
        }
        if text.trim().is_empty() {
            return Self::Blank;
        }
        Self::statement(text).unwrap_or_else(|| Self::Unknown(text.to_owned()))
    }

    fn statement(text: &str) -> Option<Self> {
        let (keyword, rest) = word(text)?;
        match keyword.to_ascii_uppercase().as_str() {
            "GOTO" => Some(Self::Goto(only_word(rest)?)),
            "GET" => Some(Self::Get(only_word(rest)?)),
            "SET" => {
                let (name, rest) = word(rest)?;
                Some(Self::Set {
                    name: name.to_ascii_uppercase(),
                    value: value(rest)?.0,
                })
            }
            "IF" => {
                let (name, rest) = word(rest)?;
                let name = name.strip_prefix('$')?.to_ascii_uppercase();
                let (operator, rest) = word(rest)?;
                let (value, rest) = value(rest)?;
                let (goto, rest) = word(rest)?;
                (operator.eq_ignore_ascii_case("SEQ") && goto.eq_ignore_ascii_case("GOTO"))
                    .then_some(())
                    .and_then(|()| {
                        Some(Self::If {
                            name,
                            value,
                            tag: only_word(rest)?,
                        })
                    })
            }
            _ => None,
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blank => Ok(()),
            Self::Comment(text) => write!(out, "#{text}"),
            Self::Tag(name) => write!(out, "# {name}"),
            Self::Goto(tag) => write!(out, "GOTO {tag}"),
            Self::If { name, value, tag } => {
                write!(out, "IF ${name} SEQ {} GOTO {tag}", quoted(value))
            }
            Self::Set { name, value } => write!(out, "SET {name} {}", quoted(value)),
            Self::Get(file) => write!(out, "GET {file}"),
            Self::Unknown(text) => out.write_str(text),
        }
    }
}

/// The next word and what follows it.
fn word(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// The one word that is left; what follows it is a remark.
fn only_word(text: &str) -> Option<String> {
    word(text).map(|(word, _)| word.to_owned())
}

/// A value, in quotes or up to the next blank, and what follows it. An opening quote without its end takes the rest of the line.
fn value(text: &str) -> Option<(String, &str)> {
    let text = text.trim_start();
    if let Some(inner) = text.strip_prefix('"') {
        let end = inner.find('"').unwrap_or(inner.len());
        return Some((inner[..end].to_owned(), inner.get(end + 1..).unwrap_or("")));
    }
    word(text).map(|(value, rest)| (value.to_owned(), rest))
}

/// A value as it must be written: in quotes when it is empty, holds blanks or commas, or starts like a quoted one.
fn quoted(value: &str) -> String {
    let plain =
        !value.is_empty() && !value.contains(|c: char| c.is_whitespace() || c == ',' || c == '"');
    if plain {
        value.to_owned()
    } else {
        format!("\"{}\"", value.replace('"', ""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_each_kind_of_line() {
        let set = |name: &str, value: &str| Line::Set {
            name: name.to_owned(),
            value: value.to_owned(),
        };
        for (text, expected) in [
            ("", Line::Blank),
            ("   ", Line::Blank),
            ("## remark", Line::Comment("# remark".to_owned())),
            ("#remark", Line::Comment("remark".to_owned())),
            ("#  two spaces", Line::Comment("  two spaces".to_owned())),
            ("# two words", Line::Comment(" two words".to_owned())),
            ("# END", Line::Tag("END".to_owned())),
            ("GOTO END", Line::Goto("END".to_owned())),
            ("goto END", Line::Goto("END".to_owned())),
            (
                "GET 46xxspecials.txt",
                Line::Get("46xxspecials.txt".to_owned()),
            ),
            ("SET SIPDOMAIN example.com", set("SIPDOMAIN", "example.com")),
            ("SET NAME \"a, b\"", set("NAME", "a, b")),
            ("SET NAME \"\"", set("NAME", "")),
            ("SET NAME \"open", set("NAME", "open")),
            ("set name 1 remark", set("NAME", "1")),
            ("SET NAME", Line::Unknown("SET NAME".to_owned())),
            (
                "IF $MODEL4 SEQ K155 GOTO K1XX",
                Line::If {
                    name: "MODEL4".to_owned(),
                    value: "K155".to_owned(),
                    tag: "K1XX".to_owned(),
                },
            ),
            (
                "IF $MODEL IS K155 GOTO K1XX",
                Line::Unknown("IF $MODEL IS K155 GOTO K1XX".to_owned()),
            ),
            (
                "IF MODEL SEQ K155 GOTO K1XX",
                Line::Unknown("IF MODEL SEQ K155 GOTO K1XX".to_owned()),
            ),
            ("ADD x", Line::Unknown("ADD x".to_owned())),
        ] {
            assert_eq!(Line::read(text), expected, "{text:?}");
        }
    }

    proptest! {
        /// CFG-03: what is read, printed and read again is the same; nothing panics.
        #[test]
        fn reading_and_printing_is_stable(text in "(?s).{0,400}") {
            let read = SettingsFile::read(&text);
            prop_assert_eq!(&SettingsFile::read(&read.to_string()), &read);
        }

        #[test]
        fn statements_survive(name in "[A-Z0-9_]{1,20}", value in "[^\"\r\n\u{feff}]{0,40}", tag in "[A-Z]{1,8}") {
            let file = SettingsFile { lines: vec![
                Line::Set { name: name.clone(), value: value.clone() },
                Line::If { name, value, tag: tag.clone() },
                Line::Tag(tag),
            ] };
            prop_assert_eq!(SettingsFile::read(&file.to_string()), file);
        }
    }
}
