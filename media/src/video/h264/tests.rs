use proptest::prelude::*;

use super::*;

/// A picture of NAL units of these types and lengths; their octets tell their place.
fn picture(units: &[(u8, usize)]) -> AccessUnit {
    let mut picture = AccessUnit::default();
    for &(kind, len) in units {
        let octets: Vec<u8> = (0..len)
            .map(|place| match place {
                0 => 0x60 | kind,
                1 => 0x80 | place as u8,
                _ => (place * 7 + len) as u8 | 1,
            })
            .collect();
        assert!(picture.push(&octets));
    }
    picture
}

/// The payloads of a picture, each with whether it is the last.
fn payloads(picture: &AccessUnit, payload_max: usize) -> Vec<(Vec<u8>, bool)> {
    let mut packetizer = Packetizer::new(payload_max);
    let mut buffer = vec![0; payload_max];
    std::iter::from_fn(|| {
        let piece = packetizer.next(picture, &mut buffer)?;
        Some((buffer[..piece.len].to_vec(), piece.is_last))
    })
    .collect()
}

fn names(payloads: &[(Vec<u8>, bool)]) -> Vec<String> {
    payloads
        .iter()
        .map(|(payload, is_last)| {
            let kind = match nal_type(payload[0]) {
                nal::STAP_A => String::from("together"),
                nal::FU_A => match payload[1] & 0xc0 {
                    0x80 => String::from("first piece"),
                    0x40 => String::from("last piece"),
                    _ => String::from("piece"),
                },
                _ => String::from("alone"),
            };
            let marker = if *is_last { ", marker" } else { "" };
            format!("{kind} {}{marker}", payload.len())
        })
        .collect()
}

#[test]
fn small_units_travel_together_large_ones_in_equal_pieces() {
    let key = picture(&[(7, 11), (8, 4), (5, 2_500), (5, 90)]);
    assert_eq!(
        names(&payloads(&key, 1_200)),
        [
            "together 20",
            "first piece 835",
            "piece 835",
            "last piece 835",
            "alone 90, marker"
        ]
    );
    let other = picture(&[(1, 1_200)]);
    assert_eq!(names(&payloads(&other, 1_200)), ["alone 1200, marker"]);
    assert_eq!(
        names(&payloads(&picture(&[(1, 1_201)]), 1_200)),
        ["first piece 602", "last piece 602, marker"]
    );
    assert_eq!(payloads(&AccessUnit::default(), 1_200), []);
}

#[test]
fn a_byte_stream_is_cut_at_its_start_codes_and_pictures() {
    let stream = [
        0, 0, 0, 1, 0x67, 1, 2, 0, 0, 1, 0x68, 3, 0, 0, 0, 1, 0x65, 0x88, 9, 0, 0, 1, 0x65, 0x40,
        9, 0, 0, 0, 0, 0, 1, 0x41, 0x9a, 5, 0, 0, 1, 0x41, 0x9b, 6, 0,
    ];
    let pictures = access_units(&stream);
    let shape: Vec<Vec<&[u8]>> = pictures
        .iter()
        .map(|picture| picture.units().collect())
        .collect();
    assert_eq!(
        shape,
        [
            vec![
                &[0x67, 1, 2][..],
                &[0x68, 3],
                &[0x65, 0x88, 9],
                &[0x65, 0x40, 9]
            ],
            vec![&[0x41, 0x9a, 5][..]],
            vec![&[0x41, 0x9b, 6][..]],
        ]
    );
    assert!(pictures[0].is_key() && !pictures[1].is_key());
    assert_eq!(AccessUnit::from_annex_b(pictures[0].bytes()), pictures[0]);
    assert_eq!(nal_units(&[1, 2, 3]).count(), 0);
}

/// Feeds packets with these sequence numbers left out; gives what came of it in words.
fn story(pictures: &[AccessUnit], lost: &[u16], markers: bool) -> Vec<String> {
    let mut depacketizer = Depacketizer::new();
    let mut said = Vec::new();
    let mut sequence = 65_530u16;
    for (number, picture) in pictures.iter().enumerate() {
        for (payload, is_last) in payloads(picture, 1_200) {
            let place = sequence.wrapping_sub(65_530);
            if !lost.contains(&place) {
                let timestamp = number as u32 * 3_000;
                depacketizer.handle(sequence, timestamp, is_last && markers, &payload);
                while let Some(output) = depacketizer.poll() {
                    said.push(match output {
                        Depacketized::Picture { unit, timestamp } => {
                            assert!(unit == &pictures[(timestamp / 3_000) as usize]);
                            format!("{}", timestamp / 3_000)
                        }
                        Depacketized::Dropped { timestamp } => format!("no {}", timestamp / 3_000),
                    });
                }
            }
            sequence = sequence.wrapping_add(1);
        }
    }
    let needs = if depacketizer.needs_key_frame() {
        "; wants a key frame"
    } else {
        ""
    };
    said.push(
        format!("{:?}{needs}", depacketizer.statistics()).replace("DepacketizerStatistics ", ""),
    );
    said
}

/// Packets: key 0..=3, then one picture of one packet and one of two, three times over.
fn sequence() -> Vec<AccessUnit> {
    let group = [
        picture(&[(7, 11), (8, 4), (5, 2_500)]),
        picture(&[(1, 300)]),
        picture(&[(1, 1_500)]),
    ];
    std::iter::repeat_n(group, 3).flatten().collect()
}

#[test]
fn what_is_lost_costs_what_leans_on_it() {
    let pictures = sequence();
    let table: Vec<String> = [
        ("nothing", &[][..]),
        ("a piece of a key frame", &[2]),
        ("the parameters", &[0]),
        ("a whole picture", &[4]),
        ("half a picture", &[6]),
        ("the end of one, the start of the next", &[3, 4]),
        ("all of a group", &[0, 1, 2, 3, 4, 5, 6]),
    ]
    .iter()
    .map(|(what, lost)| format!("{what}: {}", story(&pictures, lost, true).join(" ")))
    .collect();
    insta::assert_snapshot!(table.join("\n"));
}

#[test]
fn without_markers_the_next_picture_tells_the_end() {
    let said = story(&sequence(), &[], false);
    assert_eq!(&said[..8], ["0", "1", "2", "3", "4", "5", "6", "7"]);
}

#[test]
fn what_mode_1_forbids_is_refused_and_duplicates_are_ignored() {
    let key = picture(&[(7, 4), (5, 40)]);
    let forbidden: [&[u8]; 8] = [
        &[25, 0, 0, 0, 2, 0x65, 1], // STAP-B
        &[29, 0x85, 0, 0, 1],       // FU-B
        &[28, 0xc5, 1],             // both first and last
        &[28, 0x85],                // no octets
        &[28, 0x98, 1],             // pieces of a STAP-A
        &[24],                      // nothing together
        &[24, 0, 3, 0x65, 1],       // cut off
        &[0, 1, 2],                 // type 0
    ];
    for payload in forbidden {
        let mut depacketizer = Depacketizer::new();
        let (start, _) = &payloads(&key, 1_200)[0];
        depacketizer.handle(0, 0, true, start);
        assert!(matches!(
            depacketizer.poll(),
            Some(Depacketized::Picture { .. })
        ));
        // A late copy, and padding alone, change nothing.
        depacketizer.handle(0, 0, true, start);
        depacketizer.handle(1, 0, false, &[]);
        assert_eq!(depacketizer.poll(), None);
        depacketizer.handle(2, 3_000, true, payload);
        assert_eq!(
            depacketizer.poll(),
            Some(Depacketized::Dropped { timestamp: 3_000 })
        );
        assert_eq!(depacketizer.statistics().malformed, 1, "{payload:?}");
        assert!(depacketizer.needs_key_frame());
    }
}

#[test]
fn a_picture_does_not_grow_without_bound() {
    let mut depacketizer = Depacketizer::new();
    let mut piece = vec![7; 1_400];
    piece[..2].copy_from_slice(&[0x7c, 0x85]);
    for number in 0..2_000u16 {
        depacketizer.handle(number, 0, false, &piece);
        piece[1] = 0x05;
        assert!(depacketizer.poll().is_none());
    }
    piece[1] = 0x45;
    depacketizer.handle(2_000, 0, true, &piece);
    assert_eq!(
        depacketizer.poll(),
        Some(Depacketized::Dropped { timestamp: 0 })
    );
    assert!(!AccessUnit::default().push(&vec![1; ACCESS_UNIT_MAX]));
    let mut many = AccessUnit::default();
    assert_eq!(
        (0..2 * UNITS_MAX).filter(|_| many.push(&[0x65])).count(),
        UNITS_MAX
    );
}

fn any_picture() -> impl Strategy<Value = AccessUnit> {
    let unit = (1u8..=23, proptest::collection::vec(any::<u8>(), 1..4_000));
    proptest::collection::vec(unit, 1..6).prop_map(|units| {
        let mut picture = AccessUnit::default();
        for (kind, mut octets) in units {
            octets[0] = octets[0] & 0x60 | kind;
            picture.push(&octets);
        }
        picture
    })
}

proptest! {
    #[test]
    fn what_is_cut_is_put_together_again(
        mut pictures in proptest::collection::vec(any_picture(), 1..5),
        payload_max in 16usize..1_500,
        start: u16,
    ) {
        pictures[0].push(&[0x65, 0x88]);
        let mut depacketizer = Depacketizer::new();
        // The first picture of all is only known to be whole if it begins with a delimiter or parameters.
        depacketizer.handle(start.wrapping_sub(1), u32::MAX, true, &[0x67, 0x80]);
        prop_assert!(depacketizer.poll().is_some());
        let mut sequence = start;
        for (number, picture) in pictures.iter().enumerate() {
            let mut came = false;
            for (payload, is_last) in payloads(picture, payload_max) {
                prop_assert!(payload.len() <= payload_max);
                depacketizer.handle(sequence, number as u32, is_last, &payload);
                sequence = sequence.wrapping_add(1);
                if let Some(output) = depacketizer.poll() {
                    let expected = Depacketized::Picture { unit: picture, timestamp: number as u32 };
                    prop_assert_eq!(output, expected);
                    prop_assert!(is_last);
                    came = true;
                }
            }
            prop_assert!(came);
        }
    }

    #[test]
    fn whatever_comes_nothing_breaks_and_only_whole_pictures_go_on(
        packets in proptest::collection::vec(
            (0u16..40, 0u32..4, any::<bool>(), proptest::collection::vec(any::<u8>(), 0..60), 0u8..8),
            0..200,
        ),
    ) {
        let mut depacketizer = Depacketizer::new();
        for (sequence, timestamp, marker, mut payload, kind) in packets {
            if let (Some(first), 1..=3) = (payload.first_mut(), kind) {
                *first = [28, 24, 0x65][usize::from(kind - 1)];
            }
            depacketizer.handle(sequence, timestamp, marker, &payload);
            while let Some(output) = depacketizer.poll() {
                if let Depacketized::Picture { unit, .. } = output {
                    prop_assert!(!unit.is_empty() && unit.units().all(|nal| !nal.is_empty()));
                }
            }
        }
    }

    #[test]
    fn any_octets_are_some_byte_stream(octets in proptest::collection::vec(0u8..3, 0..300)) {
        for picture in access_units(&octets) {
            prop_assert_eq!(AccessUnit::from_annex_b(picture.bytes()), picture);
        }
    }
}
