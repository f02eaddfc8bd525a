//! Header extensions: several small elements in one extension, in the one-byte and the two-byte form.
//!
//! RFC 8285 §4.2 (one-byte), §4.3 (two-byte).

/// Profile of the one-byte form. RFC 8285 §4.2.
pub const ONE_BYTE_PROFILE: u16 = 0xbede;
/// Profile of the two-byte form with application bits zero. RFC 8285 §4.3.
pub const TWO_BYTE_PROFILE: u16 = 0x1000;
/// Longest element of the one-byte form. RFC 8285 §4.2.
pub(super) const ONE_BYTE_LEN_MAX: usize = 16;

/// The extension as it stands: profile and data.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Extension<'a> {
    /// "Defined by profile" field; says in which form the data is.
    pub profile: u16,
    /// Data after the length field, a multiple of four octets.
    pub data: &'a [u8],
}

impl<'a> Extension<'a> {
    /// The elements, if the profile is one of RFC 8285's.
    pub fn elements(&self) -> Elements<'a> {
        let form = match self.profile {
            ONE_BYTE_PROFILE => Form::OneByte,
            profile if profile & 0xfff0 == TWO_BYTE_PROFILE => Form::TwoByte,
            _ => return Elements::none(),
        };
        Elements {
            data: self.data,
            form,
        }
    }
}

/// One element: local identifier and data.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Element<'a> {
    /// Identifier as negotiated in SDP (`a=extmap`).
    pub id: u8,
    /// The element's data.
    pub data: &'a [u8],
}

/// Walks the elements; stops in silence at the first that does not fit, as the RFC has receivers do.
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    data: &'a [u8],
    form: Form,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Form {
    OneByte,
    TwoByte,
}

impl<'a> Elements<'a> {
    pub(super) fn none() -> Elements<'a> {
        Elements {
            data: &[],
            form: Form::OneByte,
        }
    }

    /// Data of the first element with this identifier.
    pub fn find(mut self, id: u8) -> Option<&'a [u8]> {
        self.find_map(|element| (element.id == id).then_some(element.data))
    }

    /// Where the data of that element stand: octets between their start and the end of the extension, and their number.
    pub(super) fn find_from_end(mut self, id: u8) -> Option<(usize, usize)> {
        let len = Iterator::find(&mut self, |element| element.id == id)?
            .data
            .len();
        Some((self.data.len() + len, len))
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Element<'a>;

    #[inline]
    fn next(&mut self) -> Option<Element<'a>> {
        loop {
            let (&first, rest) = self.data.split_first()?;
            if first == 0 {
                self.data = rest; // Padding between elements.
                continue;
            }
            let (id, len, rest) = match self.form {
                Form::OneByte => (first >> 4, usize::from(first & 0x0f) + 1, rest),
                Form::TwoByte => {
                    let (&len, rest) = rest.split_first()?;
                    (first, usize::from(len), rest)
                }
            };
            // RFC 8285 §4.2: identifier 15 ends the walk in the one-byte form.
            if self.form == Form::OneByte && id == 15 || len > rest.len() {
                self.data = &[];
                return None;
            }
            let (data, rest) = rest.split_at(len);
            self.data = rest;
            return Some(Element { id, data });
        }
    }
}
