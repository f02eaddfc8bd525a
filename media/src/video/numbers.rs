//! The numbers of pictures in the payload descriptors of VP8 and VP9, and where they stand.
//!
//! RFC 7741 §4.2, RFC 9628 §4.2: a picture id of 7 or 15 bits, and the index of the temporal base layer's pictures.

/// A picture id and its place in the payload.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PictureId {
    /// Its offset.
    pub at: usize,
    /// Its value.
    pub value: u16,
    /// It has 15 bits, not 7.
    pub is_long: bool,
}

impl PictureId {
    /// Octets that it takes.
    #[inline]
    pub fn len(&self) -> usize {
        1 + usize::from(self.is_long)
    }

    /// Never: an id has octets.
    pub fn is_empty(&self) -> bool {
        false
    }
}

/// The numbers of one packet.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct PictureNumbers {
    /// Which picture.
    pub picture: Option<PictureId>,
    /// Offset and value of TL0PICIDX, the index of the base layer's picture that this one goes back to.
    pub base_layer: Option<(usize, u8)>,
}

/// Numbers to be written in place of those that came.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Renumbered {
    /// Picture id; as many of its low bits are written as there is room for.
    pub picture: u16,
    /// TL0PICIDX.
    pub base_layer: u8,
}

#[inline]
pub(super) fn picture_id(payload: &[u8], at: usize) -> Option<PictureId> {
    let &first = payload.get(at)?;
    let is_long = first & 0x80 != 0;
    let value = if is_long {
        u16::from_be_bytes([first & 0x7f, *payload.get(at + 1)?])
    } else {
        u16::from(first)
    };
    Some(PictureId { at, value, is_long })
}

#[inline]
pub(super) fn write_picture_id(payload: &mut [u8], id: PictureId, value: u16) {
    let Some(octets) = payload.get_mut(id.at..id.at + id.len()) else {
        return;
    };
    if id.is_long {
        octets.copy_from_slice(&(value | 0x8000).to_be_bytes());
    } else {
        octets[0] = value as u8 & 0x7f;
    }
}
