//! Redundant audio: all octets of a payload are in its headers and blocks, or it is refused.

use media::red::{BLOCKS_MAX, Blocks, OFFSET_MAX, RedEncoder};

use super::Target;

#[derive(Debug)]
pub(super) struct Red;

impl Target for Red {
    fn name(&self) -> &'static str {
        "red"
    }

    fn seeds(&self) -> Vec<Vec<u8>> {
        let mut encoder = RedEncoder::new(4);
        let mut buffer = [0; 400];
        let packet = |number: u32| {
            let len = encoder
                .write(160 * number, 0, &[number as u8; 20], &mut buffer)
                .expect("there is room");
            buffer[..len].to_vec()
        };
        (0..6).map(packet).collect()
    }

    fn run(&mut self, input: &[u8]) {
        let Ok(blocks) = Blocks::parse(input) else {
            return;
        };
        let (mut count, mut len) = (0, 0);
        for block in blocks {
            assert!(block.timestamp_offset <= OFFSET_MAX && block.payload_type < 128);
            count += 1;
            len += block.data.len();
        }
        assert!((1..=BLOCKS_MAX + 1).contains(&count));
        assert_eq!(4 * (count - 1) + 1 + len, input.len());
    }
}
