use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::rtp::{Header, Writer};

fn pairs() -> PayloadTypes {
    PayloadTypes::new().with(97, 96).with(99, 98)
}

fn packet(sequence: u16, payload: &[u8]) -> Vec<u8> {
    let header = Header {
        marker: true,
        payload_type: 96,
        sequence,
        timestamp: 7,
        ssrc: Ssrc(1),
    };
    let mut buffer = vec![0; 200];
    let mut writer = Writer::new(&mut buffer, header).unwrap();
    writer.csrc(Ssrc(3)).unwrap();
    writer.element(2, b"mid").unwrap();
    let len = writer.payload(payload).unwrap();
    buffer.truncate(len);
    buffer
}

#[test]
fn a_packet_is_restored_as_it_was() {
    let mut sender = Retransmitter::new(Ssrc(2), 0xffff, pairs());
    let receiver = Restorer::new(Ssrc(1), Ssrc(2), pairs());
    let original = packet(500, b"picture");
    for number in [0xffff, 0] {
        let mut buffer = [0xaa; 200];
        let len = sender.wrap(&original, &mut buffer).unwrap();
        assert_eq!(len, original.len() + 2);
        let wrapped = Packet::parse(&buffer[..len]).unwrap();
        assert_eq!(
            (wrapped.ssrc(), wrapped.sequence(), wrapped.payload_type()),
            (Ssrc(2), number, 97)
        );
        assert_eq!((wrapped.timestamp(), wrapped.marker()), (7, true));
        assert_eq!(wrapped.payload(), b"\x01\xf4picture");
        assert_eq!(
            receiver.restore(&mut buffer[..len]).unwrap().unwrap(),
            original
        );
    }
}

#[test]
fn padding_is_left_out_by_the_sender_and_kept_by_the_receiver() {
    let mut padded = packet(5, b"picture");
    padded[0] |= 0x20;
    padded.extend([0, 0, 3]);
    let mut buffer = [0xaa; 200];
    let len = Retransmitter::new(Ssrc(2), 0, pairs())
        .wrap(&padded, &mut buffer)
        .unwrap();
    assert_eq!(Packet::parse(&buffer[..len]).unwrap().padding_len(), 0);
    // A peer may pad its retransmissions.
    buffer[0] |= 0x20;
    buffer[len..len + 2].copy_from_slice(&[0, 2]);
    let receiver = Restorer::new(Ssrc(1), Ssrc(2), pairs());
    let restored = receiver.restore(&mut buffer[..len + 2]).unwrap().unwrap();
    assert_eq!(Packet::parse(restored).unwrap().payload(), b"picture");
}

#[test]
fn what_repairs_nothing_of_ours_is_refused() {
    let receiver = Restorer::new(Ssrc(1), Ssrc(2), pairs());
    let header = |ssrc, payload_type| Header {
        ssrc: Ssrc(ssrc),
        payload_type,
        ..Header::default()
    };
    let written = |header: Header, payload: &[u8]| {
        let mut buffer = vec![0; 12 + payload.len()];
        Writer::new(&mut buffer, header)
            .unwrap()
            .payload(payload)
            .unwrap();
        buffer
    };
    let result = |mut packet: Vec<u8>| {
        receiver
            .restore(&mut packet)
            .map(|restored| restored.is_some())
    };
    assert_eq!(result(written(header(2, 97), b"abc")), Ok(true));
    assert_eq!(
        result(written(header(9, 97), b"abc")),
        Err(RtxError::Source(Ssrc(9)))
    );
    assert_eq!(
        result(written(header(2, 96), b"abc")),
        Err(RtxError::PayloadType(96))
    );
    assert_eq!(
        result(written(header(2, 97), b"a")),
        Err(RtxError::TooShort)
    );
    assert_eq!(result(written(header(2, 97), b"")), Ok(false));
    assert!(matches!(result(vec![0x80; 5]), Err(RtxError::Header(_))));
}

#[test]
fn the_history_forgets_the_oldest_and_does_not_answer_twice() {
    let mut history = History::new(3, 10);
    let (at, pause) = (Duration::from_secs(9), Duration::from_millis(50));
    for sequence in [0xfffe, 0xffff, 0, 1, 2] {
        assert!(history.keep(sequence, &sequence.to_be_bytes()));
    }
    assert_eq!(history.resend(at, 0xfffe, pause), None);
    assert_eq!(history.resend(at, 0xffff, pause), Some(&[0xff, 0xff][..]));
    assert_eq!(history.resend(at + pause / 2, 0xffff, pause), None);
    assert!(history.resend(at + pause, 0xffff, pause).is_some());
    assert_eq!(history.resend(at, 77, pause), None);
    // A packet that is too long must not be answered with the one that stood in its place.
    assert!(!history.keep(3, &[0; 11]));
    assert_eq!(history.resend(at, 0xffff, pause), None);
    assert_eq!(history.resend(at, 3, pause), None);
}

proptest! {
    #[test]
    fn any_octets_are_restored_or_refused_unchanged(mut bytes in proptest::collection::vec(any::<u8>(), 0..60), tame: bool) {
        if tame && bytes.len() >= 12 {
            bytes[0] = bytes[0] & 0x3f | 0x80;
            bytes[1] = 97;
            bytes[8..12].copy_from_slice(&2u32.to_be_bytes());
        }
        let before = bytes.clone();
        match Restorer::new(Ssrc(1), Ssrc(2), pairs()).restore(&mut bytes) {
            Ok(Some(restored)) => prop_assert_eq!(Packet::parse(restored).unwrap().ssrc(), Ssrc(1)),
            Ok(None) | Err(_) => prop_assert_eq!(bytes, before),
        }
    }
}
