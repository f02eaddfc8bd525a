//! VP8 payload descriptor: which picture a packet is part of, and whether it begins a key frame. For forwarding only.
//!
//! ```text
//!  X R N S R PID │ I L T K ─ │ M picture id (7 or 15) │ TL0PICIDX │ TID Y KEYIDX │ VP8 payload header ...
//! ```
//!
//! RFC 7741 §4.2 (descriptor), §4.3 (payload header).

use super::numbers::{PictureNumbers, Renumbered, picture_id, write_picture_id};

/// The descriptor, read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Vp8Descriptor {
    /// The packet begins a partition.
    pub begins_partition: bool,
    /// Index of the partition that the packet begins in.
    pub partition: u8,
    /// No other picture is coded from this one.
    pub is_discardable: bool,
    /// Picture id and index of the base layer.
    pub numbers: PictureNumbers,
    /// Temporal layer, and whether it leans on the base layer only.
    pub temporal_layer: Option<(u8, bool)>,
    /// Index of the key frame that the picture goes back to.
    pub key_index: Option<u8>,
    /// Octets of the descriptor.
    pub len: usize,
}

impl Vp8Descriptor {
    /// Reads the descriptor at the start of a payload; nothing if the payload ends within it.
    #[inline]
    pub fn read(payload: &[u8]) -> Option<Vp8Descriptor> {
        let &first = payload.first()?;
        let mut descriptor = Vp8Descriptor {
            begins_partition: first & 0x10 != 0,
            partition: first & 0x07,
            is_discardable: first & 0x20 != 0,
            numbers: PictureNumbers::default(),
            temporal_layer: None,
            key_index: None,
            len: 1,
        };
        if first & 0x80 == 0 {
            return Some(descriptor);
        }
        let &fields = payload.get(1)?;
        let mut at = 2;
        if fields & 0x80 != 0 {
            let id = picture_id(payload, at)?;
            at += id.len();
            descriptor.numbers.picture = Some(id);
        }
        if fields & 0x40 != 0 {
            descriptor.numbers.base_layer = Some((at, *payload.get(at)?));
            at += 1;
        }
        if fields & 0x30 != 0 {
            let &octet = payload.get(at)?;
            if fields & 0x20 != 0 {
                descriptor.temporal_layer = Some((octet >> 6, octet & 0x20 != 0));
            }
            if fields & 0x10 != 0 {
                descriptor.key_index = Some(octet & 0x1f);
            }
            at += 1;
        }
        descriptor.len = at;
        Some(descriptor)
    }

    /// Whether the packet is a key frame's first. The payload header's P bit says so, which only the first has.
    #[inline]
    pub fn begins_key_frame(&self, payload: &[u8]) -> bool {
        self.begins_partition
            && self.partition == 0
            && payload.get(self.len).is_some_and(|octet| octet & 1 == 0)
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_field_is_found_and_rewritten_in_place() {
        // X, S; I, L, T, K; long picture id 0x1234; base layer 9; temporal layer 2 with Y, key index 5; key frame.
        let mut payload = [0x90, 0xf0, 0x92, 0x34, 9, 0xa5, 0x10, 1, 2];
        let descriptor = Vp8Descriptor::read(&payload).expect("whole");
        assert_eq!(descriptor.numbers.picture.expect("there").value, 0x1234);
        assert_eq!(descriptor.numbers.base_layer, Some((4, 9)));
        assert_eq!(descriptor.temporal_layer, Some((2, true)));
        assert_eq!((descriptor.key_index, descriptor.len), (Some(5), 6));
        assert!(descriptor.begins_key_frame(&payload));
        let numbers = Renumbered {
            picture: 0xffff,
            base_layer: 10,
        };
        descriptor.renumber(&mut payload, numbers);
        assert_eq!(payload, [0x90, 0xf0, 0xff, 0xff, 10, 0xa5, 0x10, 1, 2]);
        // A short id stays short.
        let mut short = [0x80, 0x80, 0x7f, 0x11];
        let descriptor = Vp8Descriptor::read(&short).expect("whole");
        assert!(!descriptor.begins_key_frame(&short));
        descriptor.renumber(
            &mut short,
            Renumbered {
                picture: 0x80,
                base_layer: 0,
            },
        );
        assert_eq!(short, [0x80, 0x80, 0, 0x11]);
        let plain = Vp8Descriptor::read(&[0x10, 0x11]).expect("whole");
        assert_eq!(
            (plain.len, plain.begins_key_frame(&[0x10, 0x11])),
            (1, false)
        );
        assert!(plain.begins_key_frame(&[0x10, 0x10]));
        for len in 0..6 {
            assert_eq!(Vp8Descriptor::read(&payload[..len]), None, "{len}");
        }
    }

    proptest! {
        #[test]
        fn any_octets_are_read_without_harm(mut payload in proptest::collection::vec(any::<u8>(), 0..12), picture: u16) {
            if let Some(descriptor) = Vp8Descriptor::read(&payload) {
                prop_assert!(descriptor.len <= payload.len());
                let numbers = Renumbered { picture, base_layer: 3 };
                descriptor.renumber(&mut payload, numbers);
                let again = Vp8Descriptor::read(&payload).expect("as long as before");
                prop_assert_eq!(again.len, descriptor.len);
                prop_assert_eq!(again.temporal_layer, descriptor.temporal_layer);
            }
        }
    }
}
