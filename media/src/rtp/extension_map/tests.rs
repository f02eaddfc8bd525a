use std::time::Duration;

use proptest::prelude::*;

use super::super::{Header, ONE_BYTE_PROFILE, PacketMut, TWO_BYTE_PROFILE};
use super::*;

fn map(ids: [u8; 6]) -> ExtensionMap {
    let mut map = ExtensionMap::new();
    for (id, kind) in ids.into_iter().zip(ElementKind::ALL) {
        map.insert(id, kind).unwrap();
    }
    map
}

const ALL: HeaderExtensions<'_> = HeaderExtensions {
    audio_level: Some(AudioLevel {
        voice: true,
        below_overload_db: 35,
    }),
    mid: Some(b"audio-1"),
    stream_id: Some(b"h"),
    repaired_stream_id: Some(b"hi"),
    transport_sequence: Some(0xfffe),
    absolute_send_time: Some(AbsoluteSendTime(0x12_3456)),
};

fn packet<'b>(
    map: &ExtensionMap,
    extensions: &HeaderExtensions<'_>,
    buffer: &'b mut [u8],
) -> &'b [u8] {
    let mut writer = Writer::new(buffer, Header::default()).unwrap();
    map.write(&mut writer, extensions).unwrap();
    let len = writer.payload(b"speech").unwrap();
    &buffer[..len]
}

#[test]
fn all_elements_go_through_both_forms() {
    let mut buffer = [0xaa; 400];
    let long = [b'm'; 40];
    let cases = [
        (map([1, 2, 3, 4, 5, 6]), ALL, ONE_BYTE_PROFILE),
        (map([1, 2, 3, 4, 5, 200]), ALL, TWO_BYTE_PROFILE),
        (
            map([1, 2, 3, 4, 5, 6]),
            HeaderExtensions {
                mid: Some(&long),
                ..ALL
            },
            TWO_BYTE_PROFILE,
        ),
        (
            map([1, 2, 3, 4, 5, 6]),
            HeaderExtensions {
                stream_id: Some(b""),
                ..ALL
            },
            TWO_BYTE_PROFILE,
        ),
    ];
    for (map, extensions, profile) in cases {
        let packet = Packet::parse(packet(&map, &extensions, &mut buffer)).unwrap();
        assert_eq!(packet.extension().unwrap().profile, profile);
        assert_eq!(map.read(&packet), extensions);
        assert_eq!(packet.payload(), b"speech");
    }
}

#[test]
fn what_was_not_agreed_on_is_neither_written_nor_read() {
    let mut buffer = [0xaa; 100];
    let mut some = ExtensionMap::new();
    some.insert(7, ElementKind::TransportSequence).unwrap();
    let bytes = packet(&some, &ALL, &mut buffer);
    let packet = Packet::parse(bytes).unwrap();
    assert_eq!(packet.elements().count(), 1);
    let other = map([7, 1, 2, 3, 4, 5]);
    let read = other.read(&packet);
    assert_eq!(read.transport_sequence, None);
    assert_eq!(read.audio_level.unwrap().below_overload_db, 127);
    let none = HeaderExtensions::default();
    let mut buffer = [0xaa; 100];
    let bytes = super::tests::packet(&some, &none, &mut buffer);
    assert!(Packet::parse(bytes).unwrap().extension().is_none());
}

#[test]
fn identifiers_are_given_once() {
    let mut map = ExtensionMap::new();
    assert_eq!(
        map.insert(15, ElementKind::Mid),
        Err(ExtensionMapError::Reserved(15))
    );
    assert_eq!(
        map.insert(0, ElementKind::Mid),
        Err(ExtensionMapError::Reserved(0))
    );
    map.insert(3, ElementKind::Mid).unwrap();
    map.insert(3, ElementKind::Mid).unwrap();
    assert_eq!(
        map.insert(3, ElementKind::StreamId),
        Err(ExtensionMapError::Taken {
            id: 3,
            kind: ElementKind::Mid
        })
    );
    map.insert(4, ElementKind::Mid).unwrap();
    assert_eq!((map.kind(3), map.id(ElementKind::Mid)), (None, Some(4)));
    for kind in ElementKind::ALL {
        assert_eq!(ElementKind::from_uri(kind.uri()), Some(kind));
    }
    assert_eq!(ElementKind::from_uri("urn:example"), None);
}

#[test]
fn a_forwarder_stamps_its_own_number_where_one_stands() {
    let mut buffer = [0xaa; 400];
    let map = map([1, 2, 3, 4, 5, 6]);
    let len = packet(&map, &ALL, &mut buffer).len();
    let mut rewritten = PacketMut::parse(&mut buffer[..len]).unwrap();
    rewritten
        .element_mut(5)
        .unwrap()
        .copy_from_slice(&[0x01, 0x02]);
    assert!(rewritten.element_mut(9).is_none());
    let read = map.read(&Packet::parse(&buffer[..len]).unwrap());
    assert_eq!(
        read,
        HeaderExtensions {
            transport_sequence: Some(0x0102),
            ..ALL
        }
    );
}

#[test]
fn send_times_wrap_after_64_seconds() {
    let before = AbsoluteSendTime::at(Duration::from_millis(63_750));
    let after = AbsoluteSendTime::at(Duration::from_millis(64_250));
    assert_eq!(before.0, 0xff_0000);
    assert_eq!(after.units_after(before), 1 << 17);
    assert_eq!(before.units_after(after), -(1 << 17));
}

proptest! {
    #[test]
    fn any_elements_go_through(
        ids in Just((1u8..=255).filter(|&id| id != 15).collect::<Vec<u8>>()).prop_shuffle(),
        narrow: bool,
        texts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..20), 3),
        has: [bool; 6],
        level in 0u8..128, sequence: u16, time in 0u32..1 << 24,
    ) {
        let mut ids = ids;
        if narrow {
            ids.retain(|&id| id < 15);
        }
        let map = map(std::array::from_fn(|place| ids[place]));
        let extensions = HeaderExtensions {
            audio_level: has[0].then_some(AudioLevel { voice: false, below_overload_db: level }),
            mid: has[1].then_some(&texts[0]),
            stream_id: has[2].then_some(&texts[1]),
            repaired_stream_id: has[3].then_some(&texts[2]),
            transport_sequence: has[4].then_some(sequence),
            absolute_send_time: has[5].then_some(AbsoluteSendTime(time)),
        };
        let mut buffer = [0xaa; 400];
        let bytes = packet(&map, &extensions, &mut buffer);
        prop_assert_eq!(map.read(&Packet::parse(bytes).unwrap()), extensions);
    }
}
