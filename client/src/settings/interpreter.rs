//! Runs a settings file: follows its jumps, takes what it sets, and asks for the files that it fetches.
//!
//! Running ──GET──► Fetching ──had──► Running (in the new file)
//!    │                └────not had──► Running (next line of the old one)
//!    └──end of file, or GOTO to a tag that is missing──► Done

use indexmap::IndexMap;

use super::file::{Line, SettingsFile};

/// What the file's `IF` lines may ask about the device that reads it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Device {
    /// Values by name: `GROUP`, `MACADDR`, `MODEL`, `MODEL4`, `SIG`. An `IF` on any other name is ignored whole.
    pub properties: IndexMap<String, String>,
    /// Compare by exact case. Manuals disagree; without regard to case is the default.
    pub strict_case: bool,
}

/// What the interpreter wants next.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Step {
    /// The file of this name; give it by [`Interpreter::fetched`].
    Get(String),
    /// Nothing: these are the settings, in the order of their first mention; of two lines for one name the later counts.
    Done(IndexMap<String, String>),
}

/// A settings file being run.
#[derive(Clone, Debug)]
pub struct Interpreter {
    device: Device,
    file: SettingsFile,
    next: usize,
    steps_left: usize,
    fetches_left: usize,
    set: IndexMap<String, String>,
}

impl Interpreter {
    /// Starts at the first line.
    pub fn new(file: SettingsFile, device: Device) -> Self {
        Self {
            device,
            file,
            next: 0,
            steps_left: MAX_STEPS,
            fetches_left: MAX_FETCHES,
            set: IndexMap::new(),
        }
    }

    /// Runs until a file is wanted or the end is reached.
    pub fn run(&mut self) -> Step {
        while let Some(line) = self.file.lines.get(self.next) {
            self.next += 1;
            if self.steps_left == 0 {
                break;
            }
            self.steps_left -= 1;
            match line {
                Line::Set { name, value } => {
                    self.set.insert(name.clone(), value.clone());
                }
                Line::Goto(tag) => self.jump(&tag.clone()),
                Line::If { name, value, tag } if self.equals(name, value) => {
                    self.jump(&tag.clone())
                }
                Line::Get(file) if self.fetches_left > 0 => {
                    self.fetches_left -= 1;
                    return Step::Get(file.clone());
                }
                Line::Blank
                | Line::Comment(_)
                | Line::Tag(_)
                | Line::If { .. }
                | Line::Get(_)
                | Line::Unknown(_) => {}
            }
        }
        Step::Done(std::mem::take(&mut self.set))
    }

    /// The file asked for: had, it replaces the rest of the current one; not had, the current one goes on.
    pub fn fetched(&mut self, file: Option<SettingsFile>) {
        if let Some(file) = file {
            self.file = file;
            self.next = 0;
        }
    }

    /// A missing tag ends the file.
    fn jump(&mut self, tag: &str) {
        self.next = self.file.tag(tag).unwrap_or(self.file.lines.len());
    }

    fn equals(&self, name: &str, value: &str) -> bool {
        self.device.properties.get(name).is_some_and(|own| {
            if self.device.strict_case {
                own == value
            } else {
                own.eq_ignore_ascii_case(value)
            }
        })
    }
}

/// A file may jump backwards; this many lines are run before it is taken to be an endless loop and ended.
const MAX_STEPS: usize = 100_000;

/// A file may fetch another which fetches the first; this many fetches are followed.
const MAX_FETCHES: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    fn device(model: &str) -> Device {
        Device {
            properties: [("MODEL4".to_owned(), model.to_owned())]
                .into_iter()
                .collect(),
            strict_case: false,
        }
    }

    fn run(text: &str, model: &str, files: &[(&str, &str)]) -> Vec<(String, String)> {
        let mut interpreter = Interpreter::new(SettingsFile::read(text), device(model));
        loop {
            match interpreter.run() {
                Step::Done(set) => return set.into_iter().collect(),
                Step::Get(name) => {
                    let file = files
                        .iter()
                        .find(|(other, _)| *other == name)
                        .map(|(_, text)| SettingsFile::read(text));
                    interpreter.fetched(file);
                }
            }
        }
    }

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn sections_are_chosen_by_the_device() {
        let text = "IF $MODEL4 SEQ aaaa GOTO A\nSET X other\nGOTO END\n# A\nSET X a\nGOTO END\n# END\nSET Y 1\n";
        assert_eq!(run(text, "AAAA", &[]), pairs(&[("X", "a"), ("Y", "1")]));
        assert_eq!(run(text, "bbbb", &[]), pairs(&[("X", "other"), ("Y", "1")]));
    }

    #[test]
    fn a_missing_tag_ends_the_file_and_an_unknown_name_is_ignored() {
        assert_eq!(
            run(
                "SET A 1\nIF $NOSUCH SEQ 1 GOTO B\nGOTO NOWHERE\nSET B 1\n",
                "",
                &[]
            ),
            pairs(&[("A", "1")])
        );
    }

    #[test]
    fn a_fetched_file_replaces_the_rest_and_a_missing_one_does_not() {
        let text = "SET A 1\nGET more.txt\nSET B 1\n";
        assert_eq!(
            run(text, "", &[("more.txt", "SET C 1\n")]),
            pairs(&[("A", "1"), ("C", "1")])
        );
        assert_eq!(run(text, "", &[]), pairs(&[("A", "1"), ("B", "1")]));
    }

    #[test]
    fn loops_end() {
        assert_eq!(
            run("# TOP\nSET A 1\nGOTO TOP\n", "", &[]),
            pairs(&[("A", "1")])
        );
        assert_eq!(
            run(
                "SET A 1\nGET self.txt\n",
                "",
                &[("self.txt", "SET A 2\nGET self.txt\nSET B 1")]
            ),
            pairs(&[("A", "2"), ("B", "1")])
        );
    }
}
