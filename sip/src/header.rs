//! Header fields: an ordered list of lines kept as they came, looked up by name, read by type on demand.
//!
//! [`Headers`] finds a field whatever the case of its name and in its compact form. The typed readers
//! ([`Headers::via`], [`Headers::from`], ...) are in `header/typed.rs`; each grammar shape has a file of its own.
//!
//! RFC 3261 §7.3, §20, §25.1.

mod auth;
mod cseq;
mod event;
mod field;
mod list;
mod name;
mod name_addr;
mod params;
mod reason;
mod replaces;
mod session_expires;
mod typed;
mod via;

pub use auth::{AuthParams, Challenge, Credentials};
pub use cseq::{CSeq, RAck};
pub use event::{Event, SubscriptionState};
pub use field::Field;
pub use list::{is_token, quote, split_list, unquote};
pub use name::{Key, Name};
pub use name_addr::{Contacts, NameAddr};
pub use params::Params;
pub use reason::Reason;
pub use replaces::Replaces;
pub use session_expires::{Refresher, SessionExpires};
pub use via::Via;

/// Why a header cannot be read. The peer's fault; a request with such a header is answered 400.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// A header that must be there is not.
    #[error("header {0} is missing")]
    Missing(Name),
    /// A header that must be there once is there several times.
    #[error("header {0} occurs more than once")]
    Repeated(Name),
    /// The text does not follow the header's grammar.
    #[error("expected {expected}, got {text:?}")]
    Malformed {
        /// What the grammar wants.
        expected: &'static str,
        /// What came, shortened to 80 characters.
        text: String,
    },
}

impl HeaderError {
    pub(crate) fn malformed(expected: &'static str, text: &str) -> HeaderError {
        HeaderError::Malformed {
            expected,
            text: text.chars().take(80).collect(),
        }
    }
}

/// The header fields of one message, in order.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Headers {
    fields: Vec<Field>,
}

impl Headers {
    /// No fields.
    pub fn new() -> Headers {
        Headers::default()
    }

    pub(crate) fn with_capacity(fields: usize) -> Headers {
        Headers {
            fields: Vec::with_capacity(fields),
        }
    }

    /// Appends a field. CR and LF in the value become spaces: a value cannot add headers of its own.
    pub fn push<'n>(&mut self, name: impl Into<Key<'n>>, value: impl AsRef<str>) {
        self.fields.push(Field::new(name.into(), value.as_ref()));
    }

    /// Puts a field before all others of its name (Via, Route, Record-Route), or first of all when there are none.
    pub fn push_front<'n>(&mut self, name: impl Into<Key<'n>>, value: impl AsRef<str>) {
        let key = name.into();
        let at = self
            .fields
            .iter()
            .position(|field| key.names(field))
            .unwrap_or(0);
        self.fields.insert(at, Field::new(key, value.as_ref()));
    }

    /// Appends a field as it is, with its text as it came.
    pub fn push_field(&mut self, field: Field) {
        self.fields.push(field);
    }

    /// Sets the one value of a name: the first field of that name is replaced in its place, the others are removed.
    pub fn set<'n>(&mut self, name: impl Into<Key<'n>>, value: impl AsRef<str>) {
        let key = name.into();
        let fresh = Field::new(key, value.as_ref());
        match self.fields.iter().position(|field| key.names(field)) {
            None => self.fields.push(fresh),
            Some(first) => {
                self.fields[first] = fresh;
                let mut index = 0;
                self.fields.retain(|field| {
                    index += 1;
                    index - 1 <= first || !key.names(field)
                });
            }
        }
    }

    /// Removes all fields of a name; says how many there were.
    pub fn remove<'n>(&mut self, name: impl Into<Key<'n>>) -> usize {
        let key = name.into();
        let before = self.fields.len();
        self.fields.retain(|field| !key.names(field));
        before - self.fields.len()
    }

    /// Removes the first value of a name, be it a field of its own or the head of a comma list (a Via on the way
    /// back, a Route on the way out). The rest of the list stays as it came. Gives the removed text.
    pub fn remove_first<'n>(&mut self, name: impl Into<Key<'n>>) -> Option<String> {
        let key = name.into();
        let at = self.fields.iter().position(|field| key.names(field))?;
        let text = self.fields[at].text();
        let first = split_list(text).next().unwrap_or("").to_owned();
        match list::after_first(text).map(str::to_owned) {
            Some(rest) => {
                let fresh = self.fields[at].with_value(&rest);
                self.fields[at] = fresh;
            }
            None => {
                self.fields.remove(at);
            }
        }
        Some(first)
    }

    /// Replaces the first value of a name, leaving the rest of a comma list as it came (`received` and `rport` in a Via).
    pub fn replace_first<'n>(&mut self, name: impl Into<Key<'n>>, value: impl AsRef<str>) {
        let key = name.into();
        let Some(at) = self.fields.iter().position(|field| key.names(field)) else {
            return self.push(key, value);
        };
        let text = match list::after_first(self.fields[at].text()) {
            Some(rest) => format!("{}, {rest}", value.as_ref()),
            None => value.as_ref().to_owned(),
        };
        let fresh = self.fields[at].with_value(&text);
        self.fields[at] = fresh;
    }

    /// The first field's whole value, without outer white space and unfolded.
    pub fn get<'n>(&self, name: impl Into<Key<'n>>) -> Option<&str> {
        let key = name.into();
        self.fields
            .iter()
            .find(|field| key.names(field))
            .map(Field::text)
    }

    /// All fields of a name, one text per line, comma lists not split.
    pub fn lines<'a>(&'a self, name: impl Into<Key<'a>>) -> impl Iterator<Item = &'a str> {
        let key = name.into();
        self.fields
            .iter()
            .filter(move |field| key.names(field))
            .map(Field::text)
    }

    /// All values of a name in order, comma lists split (RFC 3261 §7.3.1). Not for headers whose grammar has commas in a
    /// single value (WWW-Authenticate, Authorization, Date): use [`Headers::lines`] there.
    pub fn all<'a>(&'a self, name: impl Into<Key<'a>>) -> impl Iterator<Item = &'a str> {
        self.lines(name).flat_map(split_list)
    }

    /// Whether there is a field of this name.
    pub fn contains<'n>(&self, name: impl Into<Key<'n>>) -> bool {
        let key = name.into();
        self.fields.iter().any(|field| key.names(field))
    }

    /// How many fields have this name.
    pub fn count<'n>(&self, name: impl Into<Key<'n>>) -> usize {
        let key = name.into();
        self.fields.iter().filter(|field| key.names(field)).count()
    }

    /// All fields in order.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter()
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// An upper estimate of the written size, in bytes.
    pub(crate) fn size_hint(&self) -> usize {
        self.fields.iter().map(Field::size_hint).sum()
    }
}

#[cfg(test)]
mod tests;
