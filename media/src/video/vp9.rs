//! VP9 payload descriptor: which picture a packet is part of, and whether it begins a key frame. For forwarding only.
//!
//! ```text
//!  I P L F B E V Z │ M picture id │ TID U SID D │ TL0PICIDX (F = 0) │ P_DIFF N ... (F = 1) │ structure (V = 1)
//! ```
//!
//! RFC 9628 §4.2 (descriptor), §4.2.1 (scalability structure).

use super::numbers::{PictureNumbers, Renumbered, picture_id, write_picture_id};

/// References that a picture may name in flexible mode. RFC 9628 §4.2.
const REFERENCES_MAX: usize = 3;

/// The descriptor, read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Vp9Descriptor {
    /// The picture is coded from others.
    pub is_predicted: bool,
    /// The packet begins a frame of a spatial layer.
    pub begins_frame: bool,
    /// The packet ends a frame of a spatial layer.
    pub ends_frame: bool,
    /// Picture id and index of the base layer.
    pub numbers: PictureNumbers,
    /// Temporal and spatial layer.
    pub layers: Option<(u8, u8)>,
    /// Octets of the descriptor.
    pub len: usize,
}

impl Vp9Descriptor {
    /// Reads the descriptor at the start of a payload; nothing if the payload ends within it or breaks its rules.
    #[inline]
    pub fn read(payload: &[u8]) -> Option<Vp9Descriptor> {
        let &first = payload.first()?;
        let is_flexible = first & 0x10 != 0;
        let mut descriptor = Vp9Descriptor {
            is_predicted: first & 0x40 != 0,
            begins_frame: first & 0x08 != 0,
            ends_frame: first & 0x04 != 0,
            numbers: PictureNumbers::default(),
            layers: None,
            len: 0,
        };
        let mut at = 1;
        if first & 0x80 != 0 {
            let id = picture_id(payload, at)?;
            at += id.len();
            descriptor.numbers.picture = Some(id);
        }
        if first & 0x20 != 0 {
            let &octet = payload.get(at)?;
            descriptor.layers = Some((octet >> 5, octet >> 1 & 0x07));
            at += 1;
            if !is_flexible {
                descriptor.numbers.base_layer = Some((at, *payload.get(at)?));
                at += 1;
            }
        }
        if is_flexible && descriptor.is_predicted {
            at = after_references(payload, at)?;
        }
        if first & 0x02 != 0 {
            at = after_structure(payload, at)?;
        }
        descriptor.len = at;
        (at <= payload.len()).then_some(descriptor)
    }

    /// Whether the packet is a key frame's first: of the lowest spatial layer, coded from nothing. RFC 9628 §4.2, P bit.
    #[inline]
    pub fn begins_key_frame(&self) -> bool {
        !self.is_predicted
            && self.begins_frame
            && self.layers.is_none_or(|(_, spatial)| spatial == 0)
    }

    /// Writes other numbers where these stand; their widths stay.
    #[inline]
    pub fn renumber(&self, payload: &mut [u8], numbers: Renumbered) {
        if let Some(id) = self.numbers.picture {
            write_picture_id(payload, id, numbers.picture);
        }
        if let Some((at, _)) = self.numbers.base_layer
            && let Some(octet) = payload.get_mut(at)
        {
            *octet = numbers.base_layer;
        }
    }
}

fn after_references(payload: &[u8], mut at: usize) -> Option<usize> {
    for _ in 0..REFERENCES_MAX {
        let more = payload.get(at)? & 0x01 != 0;
        at += 1;
        if !more {
            return Some(at);
        }
    }
    None
}

fn after_structure(payload: &[u8], mut at: usize) -> Option<usize> {
    let &head = payload.get(at)?;
    at += 1;
    if head & 0x10 != 0 {
        // A width and a height of two octets for each spatial layer.
        at += 4 * (usize::from(head >> 5) + 1);
    }
    if head & 0x08 != 0 {
        let &pictures = payload.get(at)?;
        at += 1;
        for _ in 0..pictures {
            let references = usize::from(payload.get(at)? >> 2 & 0x03);
            at += 1 + references;
        }
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn both_modes_are_read_and_renumbered() {
        // Not flexible: id 0x0102, temporal layer 1 of spatial layer 0, base layer 7, structure with sizes and two pictures.
        let mut key = vec![0xaa, 0x81, 0x02, 0x20, 7, 0x38];
        key.extend([1, 64, 0, 180, 2, 128, 1, 104]);
        key.extend([2, 0x00, 0x24, 1, 0xee]);
        let descriptor = Vp9Descriptor::read(&key).expect("whole");
        assert_eq!(descriptor.numbers.picture.expect("there").value, 0x0102);
        assert_eq!(descriptor.numbers.base_layer, Some((4, 7)));
        assert_eq!(descriptor.layers, Some((1, 0)));
        assert_eq!(descriptor.len, key.len() - 1);
        assert!(descriptor.begins_key_frame());
        descriptor.renumber(
            &mut key,
            Renumbered {
                picture: 5,
                base_layer: 8,
            },
        );
        assert_eq!(key[..5], [0xaa, 0x80, 5, 0x20, 8]);
        // Flexible, predicted from two pictures, second spatial layer.
        let flexible = [0xf8, 0x11, 0x42, 0x03, 0x04, 0xee];
        let descriptor = Vp9Descriptor::read(&flexible).expect("whole");
        assert_eq!((descriptor.layers, descriptor.len), (Some((2, 1)), 5));
        assert!(!descriptor.begins_key_frame() && descriptor.numbers.base_layer.is_none());
        // More references than three, and ends within.
        assert_eq!(Vp9Descriptor::read(&[0x50, 3, 3, 3, 2, 0]), None);
        for len in 0..key.len() - 1 {
            assert_eq!(Vp9Descriptor::read(&key[..len]), None, "{len}");
        }
    }

    proptest! {
        #[test]
        fn any_octets_are_read_without_harm(mut payload in proptest::collection::vec(any::<u8>(), 0..40), picture: u16) {
            if let Some(descriptor) = Vp9Descriptor::read(&payload) {
                prop_assert!(descriptor.len <= payload.len());
                descriptor.renumber(&mut payload, Renumbered { picture, base_layer: 3 });
                let again = Vp9Descriptor::read(&payload).expect("as long as before");
                prop_assert_eq!(again.len, descriptor.len);
            }
        }
    }
}
