use proptest::prelude::*;

use super::*;

const HEADER: Header = Header {
    marker: true,
    payload_type: 96,
    sequence: 0xfffe,
    timestamp: 0xdead_beef,
    ssrc: Ssrc(0x1234_5678),
};

#[test]
fn written_packet_reads_back() {
    let mut buffer = [0xaa; 64];
    let len = Writer::new(&mut buffer, HEADER)
        .unwrap()
        .payload(b"speech")
        .unwrap();
    let packet = Packet::parse(&buffer[..len]).unwrap();
    assert!(packet.marker());
    assert_eq!(
        (packet.payload_type(), packet.sequence(), packet.timestamp()),
        (96, 0xfffe, 0xdead_beef)
    );
    assert_eq!(
        (packet.ssrc(), packet.payload()),
        (Ssrc(0x1234_5678), &b"speech"[..])
    );
    assert!(packet.extension().is_none() && packet.csrcs().next().is_none());
}

#[test]
fn csrcs_and_elements_read_back_in_both_forms() {
    let mut buffer = [0xaa; 128];
    let mut writer = Writer::new(&mut buffer, HEADER).unwrap();
    writer.csrc(Ssrc(7)).unwrap();
    writer.csrc(Ssrc(8)).unwrap();
    writer.element(1, &[0x85]).unwrap();
    writer.element(3, b"0").unwrap();
    writer.element(5, &[1, 2, 3]).unwrap();
    assert!(writer.wide_element(9, &[]).is_err());
    let len = writer.payload(&[9; 10]).unwrap();
    let packet = Packet::parse(&buffer[..len]).unwrap();
    assert_eq!(packet.csrcs().collect::<Vec<_>>(), [Ssrc(7), Ssrc(8)]);
    assert_eq!(packet.elements().find(5), Some(&[1, 2, 3][..]));
    assert_eq!(packet.elements().count(), 3);
    assert_eq!(packet.payload(), [9; 10]);

    let mut writer = Writer::new(&mut buffer, HEADER).unwrap();
    writer.wide_element(200, &[]).unwrap();
    writer.wide_element(201, &[4; 40]).unwrap();
    let (start, room) = writer.payload_in_place().unwrap();
    room[0] = 77;
    let packet = Packet::parse(&buffer[..start + 1]).unwrap();
    assert_eq!(packet.elements().find(201), Some(&[4; 40][..]));
    assert_eq!(packet.payload(), [77]);
}

#[test]
fn broken_headers_are_refused_with_the_reason() {
    assert_eq!(
        Packet::parse(&[0x80; 11]).unwrap_err(),
        RtpError::TooShort { len: 11, need: 12 }
    );
    assert_eq!(
        Packet::parse(&[0x40; 12]).unwrap_err(),
        RtpError::Version(1)
    );
    let mut octets = [0u8; 16];
    octets[0] = 0x82;
    assert_eq!(
        Packet::parse(&octets).unwrap_err(),
        RtpError::TooShort { len: 16, need: 20 }
    );
    octets[0] = 0x90;
    octets[15] = 1;
    assert_eq!(
        Packet::parse(&octets).unwrap_err(),
        RtpError::TooShort { len: 16, need: 20 }
    );
    octets[0] = 0xa0;
    octets[15] = 5;
    assert_eq!(Packet::parse(&octets).unwrap_err(), RtpError::Padding(5));
    octets[15] = 4;
    assert_eq!(Packet::parse(&octets).unwrap().payload(), [0u8; 0]);
}

#[test]
fn kinds_are_told_apart_by_the_first_octets() {
    assert_eq!(kind(&[0x80, 0x00]), Kind::Rtp);
    assert_eq!(kind(&[0x80, 0xc8]), Kind::Rtcp);
    assert_eq!(kind(&[0x00, 0x01]), Kind::Stun);
    assert_eq!(kind(&[22, 254]), Kind::Dtls);
    assert_eq!(kind(&[]), Kind::Other);
}

#[test]
fn fixed_fields_are_rewritten_in_place() {
    let mut buffer = [0; 20];
    let len = Writer::new(&mut buffer, HEADER)
        .unwrap()
        .payload(&[1; 8])
        .unwrap();
    let mut packet = PacketMut::parse(&mut buffer[..len]).unwrap();
    packet.set_payload_type(101);
    packet.set_marker(false);
    packet.set_sequence(3);
    packet.set_timestamp(4);
    packet.set_ssrc(Ssrc(5));
    let packet = Packet::parse(&buffer).unwrap();
    assert_eq!(
        (packet.payload_type(), packet.marker(), packet.sequence()),
        (101, false, 3)
    );
    assert_eq!((packet.timestamp(), packet.ssrc()), (4, Ssrc(5)));
}

proptest! {
    #[test]
    fn any_octets_agree_with_rtp_types_and_never_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..80), tame: bool) {
        if tame && !bytes.is_empty() {
            bytes[0] = bytes[0] & 0x3f | 0x80;
        }
        let oracle = rtp_types::RtpPacket::parse(&bytes);
        match Packet::parse(&bytes) {
            Ok(packet) => {
                packet.elements().for_each(drop);
                let oracle = oracle.expect("the oracle reads what we read");
                prop_assert_eq!(packet.payload(), oracle.payload());
                prop_assert_eq!(packet.sequence(), oracle.sequence_number());
                prop_assert_eq!(packet.ssrc().0, oracle.ssrc());
                prop_assert!(packet.csrcs().map(|ssrc| ssrc.0).eq(oracle.csrc()));
            }
            Err(_) => prop_assert!(oracle.is_err() || oracle.is_ok_and(|packet| packet.padding() == Some(0))),
        }
    }
}
