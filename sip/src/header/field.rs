//! One header field: its line as it came, and where name and value are in it.

use super::name::{Key, Name};
use bytes::{BufMut, Bytes, BytesMut};
use memchr::memchr;

/// One header field, with its line as it came or as it was made.
#[derive(Clone, Debug)]
pub struct Field {
    name: Option<Name>,
    name_end: u16,
    line: Bytes,
    value: Value,
}

/// Where a field's value is.
#[derive(Clone, Debug)]
enum Value {
    /// In the line itself.
    Slice { start: u32, end: u32 },
    /// Unfolded, or made readable where it was not UTF-8.
    Read(Box<str>),
}

impl Field {
    /// A field of our making: `Name: value`. CR and LF in the value become spaces.
    pub(crate) fn new(key: Key<'_>, value: &str) -> Field {
        let mut line = BytesMut::with_capacity(key.text().len() + 2 + value.len());
        line.put_slice(key.text().as_bytes());
        let name_end = line.len() as u16;
        line.put_slice(b": ");
        let start = line.len() as u32;
        for byte in value.trim_matches([' ', '\t', '\r', '\n']).bytes() {
            line.put_u8(if matches!(byte, b'\r' | b'\n') {
                b' '
            } else {
                byte
            });
        }
        let end = line.len() as u32;
        Field {
            name: key.name(),
            name_end,
            line: line.freeze(),
            value: Value::Slice { start, end },
        }
    }

    /// A field from a line without its final CRLF; `None` when it has no name and colon.
    pub(crate) fn parse(line: Bytes, folded: bool) -> Option<Field> {
        let colon = memchr(b':', &line)?;
        // RFC 3261 §7.3.1: white space may stand before the colon.
        let name_end = line[..colon]
            .iter()
            .rposition(|b| !matches!(b, b' ' | b'\t'))?
            + 1;
        let (name, name_end) = (
            Name::recognise(&line[..name_end]),
            u16::try_from(name_end).ok()?,
        );
        if name.is_none()
            && !line[..usize::from(name_end)]
                .iter()
                .all(|b| super::list::is_token_byte(*b))
        {
            return None;
        }
        let value = &line[colon + 1..];
        let is_space = |b: &u8| matches!(b, b' ' | b'\t' | b'\r' | b'\n');
        let start = value
            .iter()
            .position(|b| !is_space(b))
            .unwrap_or(value.len());
        let end = value
            .iter()
            .rposition(|b| !is_space(b))
            .map_or(start, |at| at + 1);
        let (start, end) = (colon + 1 + start, colon + 1 + end);
        let value = match std::str::from_utf8(&line[start..end]) {
            Ok(_) if !folded => Value::Slice {
                start: start as u32,
                end: end as u32,
            },
            _ => Value::Read(unfold(&String::from_utf8_lossy(&line[start..end])).into()),
        };
        Some(Field {
            name,
            name_end,
            line,
            value,
        })
    }

    /// The same name, written the same way, with another value.
    pub(crate) fn with_value(&self, value: &str) -> Field {
        let mut fresh = Field::new(Key::Other(self.name_text()), value);
        fresh.name = self.name;
        fresh
    }

    /// Which known header this is; `None` for an unknown one.
    pub fn name(&self) -> Option<Name> {
        self.name
    }

    /// The name as written.
    pub fn name_text(&self) -> &str {
        std::str::from_utf8(&self.line[..usize::from(self.name_end)]).unwrap_or("")
    }

    /// The value, unfolded, without outer white space. Bytes that are not UTF-8 are replaced here, and only here.
    pub fn text(&self) -> &str {
        match &self.value {
            Value::Slice { start, end } => {
                std::str::from_utf8(&self.line[*start as usize..*end as usize]).unwrap_or("")
            }
            Value::Read(text) => text,
        }
    }

    /// The whole line as it came, folds and all, without its final CRLF.
    pub fn line(&self) -> &Bytes {
        &self.line
    }

    pub(crate) fn write_into(&self, out: &mut BytesMut) {
        out.put_slice(&self.line);
    }

    pub(crate) fn size_hint(&self) -> usize {
        self.line.len() + 2
    }
}

impl PartialEq for Field {
    fn eq(&self, other: &Field) -> bool {
        self.line == other.line
    }
}

impl Eq for Field {}

/// RFC 3261 §7.3.1: a fold with the white space around it reads as one space.
fn unfold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (index, line) in text.split("\r\n").enumerate() {
        if index > 0 {
            out.truncate(out.trim_end_matches([' ', '\t']).len());
            out.push(' ');
        }
        out.push_str(if index > 0 {
            line.trim_start_matches([' ', '\t'])
        } else {
            line
        });
    }
    out
}
