use proptest::prelude::*;

use super::*;

fn block(payload_type: u8, timestamp_offset: u32, data: &[u8]) -> Block<'_> {
    Block {
        payload_type,
        timestamp_offset,
        data,
    }
}

#[test]
fn the_layout_of_rfc_2198_is_read() {
    // A redundant block of type 5, 160 units earlier, three octets; the primary of type 0.
    let payload = [
        0x85, 0x02, 0x80, 0x03, 0x00, b'o', b'l', b'd', b'n', b'e', b'w',
    ];
    let blocks: Vec<_> = Blocks::parse(&payload).unwrap().collect();
    assert_eq!(blocks, [block(5, 160, b"old"), block(0, 0, b"new")]);
}

#[test]
fn payloads_are_sent_again_in_the_packets_after_them() {
    let mut encoder = RedEncoder::new(2);
    let mut buffer = [0xaa; 100];
    let mut written = Vec::new();
    for (number, payload) in [b"one", b"two", b"six", b"ten"].iter().enumerate() {
        let timestamp = 0xffff_ff00_u32.wrapping_add(160 * number as u32);
        let len = encoder
            .write(timestamp, 111, &payload[..], &mut buffer)
            .unwrap();
        written.push(buffer[..len].to_vec());
    }
    let read = |number: usize| Blocks::parse(&written[number]).unwrap().collect::<Vec<_>>();
    assert_eq!(read(0), [block(111, 0, b"one")]);
    assert_eq!(read(1), [block(111, 160, b"one"), block(111, 0, b"two")]);
    assert_eq!(
        read(3),
        [
            block(111, 320, b"two"),
            block(111, 160, b"six"),
            block(111, 0, b"ten")
        ]
    );
}

#[test]
fn what_is_too_long_or_too_old_is_not_sent_again() {
    let mut encoder = RedEncoder::new(1);
    let mut buffer = [0; 3_000];
    assert_eq!(encoder.write(0, 0, &[1; 1_024], &mut buffer), Ok(1_025));
    assert_eq!(encoder.write(160, 0, &[2; 1_023], &mut buffer), Ok(1_024));
    assert_eq!(
        encoder.write(320, 0, b"a", &mut buffer),
        Ok(4 + 1 + 1_023 + 1)
    );
    assert_eq!(encoder.write(320 + 16_384, 0, b"b", &mut buffer), Ok(2));
    assert_eq!(
        encoder.write(320 + 16_544, 0, b"c", &mut buffer[..6]),
        Err(RedError::BufferTooSmall { len: 6, need: 7 })
    );
    assert_eq!(RedEncoder::new(0).write(0, 0, b"d", &mut buffer), Ok(2));
}

#[test]
fn cut_off_payloads_are_refused() {
    let refused = |payload: &[u8]| Blocks::parse(payload).unwrap_err();
    assert_eq!(refused(&[]), RedError::TooShort { len: 0, need: 1 });
    assert_eq!(refused(&[0x80, 0]), RedError::TooShort { len: 2, need: 4 });
    assert_eq!(
        refused(&[0x80, 0, 0, 2, 0, 9]),
        RedError::TooShort { len: 6, need: 7 }
    );
    assert_eq!(refused(&[0x80; 100]), RedError::TooManyBlocks);
}

proptest! {
    #[test]
    fn any_octets_are_read_within_their_length(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
        if let Ok(blocks) = Blocks::parse(&bytes) {
            let count = blocks.clone().count();
            let len: usize = blocks.map(|block| block.data.len()).sum();
            prop_assert_eq!(HEADER_LEN * (count - 1) + 1 + len, bytes.len());
        }
    }

    #[test]
    fn every_single_loss_is_recovered(payloads in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..50), 2..20), depth in 1usize..5) {
        let mut encoder = RedEncoder::new(depth);
        let mut buffer = [0; 400];
        for (number, payload) in payloads.iter().enumerate() {
            let len = encoder.write(160 * number as u32, 8, payload, &mut buffer).unwrap();
            for block in Blocks::parse(&buffer[..len]).unwrap() {
                let earlier = block.timestamp_offset as usize / 160;
                prop_assert_eq!(block.data, &payloads[number - earlier][..]);
            }
            let count = Blocks::parse(&buffer[..len]).unwrap().count();
            prop_assert_eq!(count, number.min(depth) + 1);
        }
    }
}
