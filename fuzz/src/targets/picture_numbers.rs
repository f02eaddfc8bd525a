//! Payload descriptors of VP8 and VP9: what is read stands within the payload, and other numbers are read again as written.

use media::video::numbers::{PictureNumbers, Renumbered};
use media::video::vp8::Vp8Descriptor;
use media::video::vp9::Vp9Descriptor;

use super::{INPUT_MAX, Target};

/// VP8: read, written with other numbers, and read again.
#[derive(Debug)]
pub(super) struct Vp8(pub(super) Vec<u8>);

/// The same of VP9.
#[derive(Debug)]
pub(super) struct Vp9(pub(super) Vec<u8>);

const OTHER: Renumbered = Renumbered {
    picture: 0x5a5a,
    base_layer: 0x3c,
};

/// A copy to be written to.
fn load<'b>(buffer: &'b mut Vec<u8>, input: &[u8]) -> &'b mut [u8] {
    buffer.clear();
    buffer.extend_from_slice(&input[..input.len().min(INPUT_MAX)]);
    buffer
}

/// What was read of a payload and of what was made of it.
fn check(before: PictureNumbers, after: PictureNumbers, payload: &[u8]) {
    assert_eq!(before.picture.is_some(), after.picture.is_some());
    if let (Some(was), Some(is)) = (before.picture, after.picture) {
        assert!(is.at + is.len() <= payload.len() && was.at == is.at);
        let mask = if is.is_long { 0x7fff } else { 0x7f };
        assert_eq!((is.value, is.is_long), (OTHER.picture & mask, was.is_long));
    }
    let place = before.base_layer.map(|(at, _)| (at, OTHER.base_layer));
    assert_eq!(after.base_layer, place);
}

impl Target for Vp8 {
    fn name(&self) -> &'static str {
        "vp8"
    }

    fn seeds(&self) -> Vec<Vec<u8>> {
        vec![
            vec![0x90, 0xf0, 0x92, 0x34, 9, 0xa5, 0x10, 1, 2],
            vec![0x80, 0x80, 0x7f, 0x11],
            vec![0x10, 0, 0, 0],
        ]
    }

    fn run(&mut self, input: &[u8]) {
        let payload = load(&mut self.0, input);
        let Some(before) = Vp8Descriptor::read(payload) else {
            return;
        };
        assert!(before.len <= payload.len());
        let begins = before.begins_key_frame(payload);
        before.renumber(payload, OTHER);
        let after = Vp8Descriptor::read(payload).expect("its widths stayed");
        check(before.numbers, after.numbers, payload);
        assert_eq!(
            (after.len, after.begins_key_frame(payload)),
            (before.len, begins)
        );
    }
}

impl Target for Vp9 {
    fn name(&self) -> &'static str {
        "vp9"
    }

    fn seeds(&self) -> Vec<Vec<u8>> {
        vec![
            vec![
                0xae, 0x92, 0x34, 0x21, 7, 0x38, 1, 0x40, 0, 0xf0, 0, 0xa0, 0, 0x5a, 2, 0x04, 1,
                0x18, 1, 2, 9,
            ],
            vec![0xdc, 0x05, 0x03, 0x05, 0x04, 9, 9],
            vec![0x8c, 0x11, 1],
        ]
    }

    fn run(&mut self, input: &[u8]) {
        let payload = load(&mut self.0, input);
        let Some(before) = Vp9Descriptor::read(payload) else {
            return;
        };
        assert!(before.len <= payload.len());
        before.renumber(payload, OTHER);
        let after = Vp9Descriptor::read(payload).expect("its widths stayed");
        check(before.numbers, after.numbers, payload);
        assert_eq!((after.len, after.layers), (before.len, before.layers));
    }
}
