use proptest::prelude::*;

use super::counter_mode::Aes;
use super::galois::Galois;
use super::transform::Transform;
use super::*;
use crate::rtp::{Header, Ssrc, Writer};

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .bytes()
        .filter(|octet| !octet.is_ascii_whitespace())
        .collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn key(suite: Suite, material: &str) -> SdesKey {
    SdesKey::new(suite, &hex(material)).unwrap()
}

fn any_key(suite: Suite) -> SdesKey {
    SdesKey::generate(suite, |octets| {
        (1..)
            .zip(octets)
            .for_each(|(number, octet)| *octet = number)
    })
}

fn packet(sequence: u16, ssrc: u32, payload: &[u8]) -> Vec<u8> {
    let header = Header {
        sequence,
        ssrc: Ssrc(ssrc),
        ..Header::default()
    };
    let mut buffer = vec![0; 12 + payload.len()];
    Writer::new(&mut buffer, header)
        .unwrap()
        .payload(payload)
        .unwrap();
    buffer
}

const RTCP: &str = "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61\
    deadbeefdeadbeefdeadbeefdeadbeefdeadbeef";

#[test]
fn keystream_of_rfc_3711_appendix_b_2() {
    let cipher = Aes::new(&hex("2B7E151628AED2A6ABF7158809CF4F3C"));
    let mut stream = [0; 48];
    let start: [u8; 16] = hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000").try_into().unwrap();
    cipher.apply_keystream(u128::from_be_bytes(start), &mut stream);
    let expected = "E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB 41E95B3BB0A2E8DD477901E4FCA894C0";
    assert_eq!(stream[..], hex(expected));
}

#[test]
fn derived_keys_of_rfc_3711_appendix_b_3_and_rfc_6188_section_7() {
    let cases = [
        (
            Suite::AesCm128HmacSha1_80,
            "E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6",
            [
                "C61E7A93744F39EE10734AFE3FF7A087",
                "30CBBC08863D8C85D49DB34A9AE1",
                "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4",
            ],
        ),
        (
            Suite::AesCm256HmacSha1_80,
            "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6 3b04803de51ee7c96423ab5b78d2",
            [
                "5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4",
                "fa31791685ca444a9e07c6c64e93",
                "fd9c32d39ed5fbb5a9dc96b30818454d1313dc05",
            ],
        ),
    ];
    for (suite, master, expected) in cases {
        let master = key(suite, master);
        for (label, expected) in [0, 2, 1].into_iter().zip(expected) {
            let expected = hex(expected);
            let mut derived = vec![0; expected.len()];
            derivation::derive(&master, label, &mut derived);
            assert_eq!(derived, expected, "{suite}, label {label}");
        }
    }
}

#[test]
fn known_packets_of_counter_mode() {
    let cases = [
        (
            Suite::AesCm128HmacSha1_80,
            "E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6",
            "800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb",
        ),
        (
            Suite::AesCm256HmacSha1_80,
            "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6 3b04803de51ee7c96423ab5b78d2",
            "800f1234decafbadcafebabef1d9de17ff251ff1aa007774b0b4b40da08d9d9a5b3a55d8873b",
        ),
        (
            Suite::AeadAes128Gcm,
            "000102030405060708090a0b0c0d0e0f a0a1a2a3a4a5a6a7a8a9aaab",
            "800f1234decafbadcafebabec5002ede04cfdd2eb91159e0880aa06ed2976826f796b201df3131a127e8a392",
        ),
    ];
    for (suite, material, expected) in cases {
        let key = key(suite, material);
        let clear = hex("800f1234decafbadcafebabe abababababababababababababababab");
        let mut octets = clear.clone();
        Outbound::new(&key).protect_vec(&mut octets).unwrap();
        assert_eq!(octets, hex(expected), "{suite}");
        Inbound::new(&key).unprotect_vec(&mut octets).unwrap();
        assert_eq!(octets, clear, "{suite}");
    }
}

fn galois(key: &str) -> Transform {
    Transform::Galois(Galois::new(&hex(key), *b"Quid pro quo"))
}

#[test]
fn rtp_of_rfc_7714_section_16() {
    let clear = hex(
        "8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573",
    );
    let cases = [
        (
            "000102030405060708090a0b0c0d0e0f",
            "8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833\
             899d7f27beb16a9152cf765ee4390cce",
        ),
        (
            "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
            "8040f17b8041f8d35501a0b232b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b\
             7aa3db36dfffd6b0f9bb7878d7a76c13",
        ),
    ];
    for (key, expected) in cases {
        let transform = galois(key);
        let mut buffer = clear.clone();
        buffer.resize(clear.len() + 16, 0);
        let len = transform
            .protect(Ssrc(0x5501_a0b2), 0xf17b, &mut buffer, 12, clear.len())
            .unwrap();
        assert_eq!(buffer[..len], hex(expected));
        let len = transform
            .unprotect(Ssrc(0x5501_a0b2), 0xf17b, &mut buffer, 12)
            .unwrap();
        assert_eq!(buffer[..len], clear);
    }
}

#[test]
fn rtcp_of_rfc_7714_section_17() {
    let clear = hex(RTCP);
    let cases = [
        (
            "000102030405060708090a0b0c0d0e0f",
            "81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded0bb9\
             275bc84aa45896cf4d2fc5abf87245d9eade800005d4",
        ),
        (
            "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
            "81c8000d4d617273d50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50a2eaa5c1110555be8415f658c61de0476f1b\
             6fad1d1eb30c4446839f57ff6f6cb26ac3be800005d4",
        ),
    ];
    for (key, expected) in cases {
        let transform = galois(key);
        let mut buffer = clear.clone();
        buffer.resize(clear.len() + 20, 0);
        let len = transform
            .protect_rtcp(Ssrc(0x4d61_7273), 0x5d4, &mut buffer, clear.len())
            .unwrap();
        assert_eq!(buffer[..len], hex(expected));
        let len = transform
            .unprotect_rtcp(Ssrc(0x4d61_7273), 0x8000_05d4, &mut buffer)
            .unwrap();
        assert_eq!(buffer[..len], clear);
    }
    let mut tagged = hex(&format!("{RTCP} 841dd9683dd78ec92ae58790125f62b3 000005d4"));
    let transform = galois("000102030405060708090a0b0c0d0e0f");
    let len = transform
        .unprotect_rtcp(Ssrc(0x4d61_7273), 0x5d4, &mut tagged)
        .unwrap();
    assert_eq!(tagged[..len], clear);
}

#[test]
fn every_suite_carries_rtp_and_rtcp_across_rollovers() {
    for suite in Suite::ALL {
        let key = any_key(suite);
        let (mut out, mut inn) = (Outbound::new(&key), Inbound::new(&key));
        for number in (0x7ff0_u32..0x3_0010).step_by(13) {
            let clear = packet(number as u16, 5, b"speech");
            let mut octets = clear.clone();
            out.protect_vec(&mut octets).unwrap();
            assert_eq!(octets.len(), clear.len() + suite.tag_len());
            inn.unprotect_vec(&mut octets).unwrap();
            assert_eq!(octets, clear);
        }
        for _ in 0..3 {
            let mut octets = hex(RTCP);
            out.protect_rtcp_vec(&mut octets).unwrap();
            assert_eq!(octets.len(), hex(RTCP).len() + suite.rtcp_tag_len() + 4);
            let mut again = octets.clone();
            inn.unprotect_rtcp_vec(&mut octets).unwrap();
            assert_eq!(octets, hex(RTCP));
            assert!(matches!(
                inn.unprotect_rtcp(&mut again),
                Err(SrtpError::Replayed(_))
            ));
        }
    }
}

#[test]
fn forgery_replay_and_wrong_key_change_nothing() {
    for suite in Suite::ALL {
        let key = any_key(suite);
        let (mut out, mut inn) = (Outbound::new(&key), Inbound::new(&key));
        let mut genuine = packet(9, 5, b"speech");
        out.protect_vec(&mut genuine).unwrap();
        for place in [3, 9, 14, genuine.len() - 1] {
            let mut forged = genuine.clone();
            forged[place] ^= 1;
            assert_eq!(
                inn.unprotect(&mut forged),
                Err(SrtpError::NotAuthentic),
                "{suite}, octet {place}"
            );
        }
        let other = SdesKey::generate(suite, |octets| octets.fill(9));
        assert_eq!(
            Inbound::new(&other).unprotect(&mut genuine.clone()),
            Err(SrtpError::NotAuthentic)
        );
        assert!(inn.rtp_sources.is_empty());
        assert!(inn.unprotect(&mut genuine.clone()).is_ok());
        assert_eq!(
            inn.unprotect(&mut genuine.clone()),
            Err(SrtpError::Replayed(9))
        );
        let mut repeated = packet(9, 5, b"other words under the same keystream");
        assert_eq!(out.protect_vec(&mut repeated), Err(SrtpError::Replayed(9)));
        assert_eq!(repeated.len(), 12 + 36);
    }
}

#[test]
fn short_and_cramped_buffers_are_refused() {
    let key = any_key(Suite::AesCm128HmacSha1_80);
    let (mut out, mut inn) = (Outbound::new(&key), Inbound::new(&key));
    let mut octets = packet(1, 1, b"abc");
    assert_eq!(
        out.protect(&mut octets, 99),
        Err(SrtpError::BufferTooSmall { len: 15, need: 99 })
    );
    assert_eq!(
        out.protect(&mut octets, 15),
        Err(SrtpError::BufferTooSmall { len: 15, need: 25 })
    );
    assert_eq!(
        inn.unprotect(&mut octets),
        Err(SrtpError::TooShort { len: 15, need: 22 })
    );
    assert_eq!(
        inn.unprotect_rtcp(&mut octets),
        Err(SrtpError::TooShort { len: 15, need: 22 })
    );
    assert_eq!(
        out.protect_rtcp(&mut octets, 7),
        Err(SrtpError::TooShort { len: 7, need: 8 })
    );
}

#[test]
fn a_key_ends_with_its_last_packet_and_says_so_before() {
    for suite in Suite::ALL {
        let key = any_key(suite);
        let (mut out, mut inn) = (Outbound::new(&key), Inbound::new(&key));
        assert_eq!((out.packets_left(), out.reports_left()), (1 << 48, 1 << 31));
        // Two sources share one key and so its lifetime.
        out.set_left(2, 2);
        for ssrc in [1, 2] {
            assert_eq!(out.protect_vec(&mut packet(7, ssrc, b"speech")), Ok(()));
            assert_eq!(out.protect_rtcp_vec(&mut hex(RTCP)), Ok(()));
        }
        assert_eq!((out.packets_left(), out.reports_left()), (0, 0));
        let mut octets = packet(8, 1, b"speech");
        assert_eq!(out.protect_vec(&mut octets), Err(SrtpError::KeyExhausted));
        assert_eq!(octets, packet(8, 1, b"speech"), "nothing is encrypted");
        assert_eq!(
            out.protect_rtcp_vec(&mut hex(RTCP)),
            Err(SrtpError::KeyExhausted)
        );
        // The last index of a source passes on both sides, and none follows.
        let (mut out, last) = (Outbound::new(&key), (1u64 << 48) - 1);
        out.begin_at(Ssrc(1), last - 1);
        inn.begin_at(Ssrc(1), last - 1);
        let mut octets = packet(0xffff, 1, b"speech");
        out.protect_vec(&mut octets).unwrap();
        let replay = octets.clone();
        inn.unprotect_vec(&mut octets).unwrap();
        assert_eq!(octets, packet(0xffff, 1, b"speech"));
        assert_eq!(
            inn.unprotect_vec(&mut replay.clone()),
            Err(SrtpError::Replayed(last))
        );
        let mut octets = packet(0, 1, b"speech");
        assert_eq!(out.protect_vec(&mut octets), Err(SrtpError::KeyExhausted));
        assert_eq!(inn.unprotect_vec(&mut octets), Err(SrtpError::KeyExhausted));
    }
}

#[test]
fn a_packet_for_many_is_the_same_as_for_each_alone() {
    let suites = [
        Suite::AesCm128HmacSha1_80,
        Suite::AesCm256HmacSha1_32,
        Suite::AeadAes128Gcm,
        Suite::AeadAes256Gcm,
        Suite::AesCm128HmacSha1_32,
    ];
    for count in 0..suites.len() {
        for payload_len in [0, 1, 63, 160, 1_200] {
            let clear = packet(9, 5, &vec![7; payload_len]);
            let mut contexts: Vec<Outbound> = suites[..count]
                .iter()
                .map(|&suite| Outbound::new(&any_key(suite)))
                .collect();
            let mut buffers = vec![vec![0xaa; clear.len() + OVERHEAD_MAX]; count];
            let receivers = contexts
                .iter_mut()
                .zip(buffers.iter_mut().map(|buffer| &mut buffer[..]));
            let mut numbers = Vec::new();
            fan_out(
                &clear,
                receivers,
                |number, copy| copy[3] = number as u8,
                |number, result| {
                    let mut alone = clear.clone();
                    alone[3] = number as u8;
                    Outbound::new(&any_key(suites[number]))
                        .protect_vec(&mut alone)
                        .unwrap();
                    assert_eq!(result, Ok(&alone[..]), "{}", suites[number]);
                    numbers.push(number);
                },
            );
            assert_eq!(numbers, (0..count).collect::<Vec<_>>());
            assert!(contexts.iter().all(|out| out.packets_left() < RTP_LIFETIME));
        }
    }
}

#[test]
fn a_receiver_that_cannot_be_served_does_not_keep_others_from_theirs() {
    let suite = Suite::AesCm128HmacSha1_80;
    let clear = packet(9, 5, b"speech");
    let mut contexts: Vec<Outbound> = (0..5).map(|_| Outbound::new(&any_key(suite))).collect();
    // The third has sent this packet already.
    contexts[2].protect_vec(&mut clear.clone()).unwrap();
    let mut buffers = [[0; 60]; 5];
    let lens = [60, clear.len() + 3, 60, 60, 5];
    let cramped = buffers.iter_mut().zip(lens);
    let receivers = contexts
        .iter_mut()
        .zip(cramped.map(|(buffer, len)| &mut buffer[..len]));
    let mut results = Vec::new();
    fan_out(
        &clear,
        receivers,
        |_, _| {},
        |_, result| results.push(result.map(<[u8]>::len)),
    );
    let (len, need) = (clear.len(), clear.len() + 10);
    assert_eq!(
        results,
        [
            Ok(need),
            Err(SrtpError::BufferTooSmall { len: len + 3, need }),
            Err(SrtpError::Replayed(9)),
            Ok(need),
            Err(SrtpError::BufferTooSmall { len: 5, need: len }),
        ]
    );
}

proptest! {
    #[test]
    fn a_bad_network_costs_only_what_it_loses(
        suite in proptest::sample::select(&Suite::ALL[..]),
        start: u16,
        rollovers in 0u64..0xffff_0000,
        fates in proptest::collection::vec((0u32..10, 0usize..40), 1..300),
    ) {
        let key = any_key(suite);
        let (mut out, mut inn) = (Outbound::new(&key), Inbound::new(&key));
        let begin = rollovers << 16 | u64::from(start);
        if begin > 0 {
            out.begin_at(Ssrc(7), begin);
            inn.begin_at(Ssrc(7), begin);
        }
        // Each packet is lost, doubled, or late by a few others.
        let mut arrivals = Vec::new();
        for (number, &(fate, late)) in (1u64..).zip(&fates) {
            let mut octets = packet((begin + number) as u16, 7, &number.to_be_bytes());
            out.protect_vec(&mut octets).unwrap();
            let copies = match fate { 0 => 0, 1 => 2, _ => 1 };
            for copy in 0..copies {
                arrivals.push((number as usize + late + 11 * copy, number, octets.clone()));
            }
        }
        arrivals.sort_by_key(|arrival| arrival.0);
        let mut heard = std::collections::BTreeSet::new();
        for (_, number, mut octets) in arrivals {
            let result = inn.unprotect(&mut octets);
            if heard.insert(number) {
                prop_assert_eq!(&octets[12..result.unwrap()], number.to_be_bytes());
            } else {
                prop_assert_eq!(result, Err(SrtpError::Replayed(begin + number)));
            }
        }
    }

    #[test]
    fn any_order_within_the_window_arrives_once(
        suite in proptest::sample::select(&Suite::ALL[..]),
        start in 0u16..0x8000,
        order in Just((0u32..600).collect::<Vec<_>>()).prop_shuffle(),
        ahead in 0u32..0x1_8000,
    ) {
        let key = any_key(suite);
        let (mut out, mut inn) = (Outbound::new(&key), Inbound::new(&key));
        let mut sent = Vec::new();
        // The sender walks to the batch in steps that leave no doubt about the rollover counter; the receiver hears the walk.
        for step in (0..ahead).step_by(0x3000) {
            let mut octets = packet((u32::from(start) + step) as u16, 7, b"walk");
            out.protect_vec(&mut octets).unwrap();
            prop_assert!(inn.unprotect(&mut octets).is_ok());
        }
        for number in 0..600 {
            let mut octets = packet((u32::from(start) + ahead + number) as u16, 7, &number.to_be_bytes());
            out.protect_vec(&mut octets).unwrap();
            sent.push(octets);
        }
        // Let the window reach the batch before the packets come in any order.
        prop_assert!(inn.unprotect(&mut sent[order[0] as usize].clone()).is_ok());
        for &number in &order[1..] {
            let mut octets = sent[number as usize].clone();
            let len = inn.unprotect(&mut octets).unwrap();
            prop_assert_eq!(&octets[12..len], number.to_be_bytes());
            prop_assert_eq!(inn.unprotect(&mut sent[number as usize].clone()).is_err(), true);
        }
    }

    #[test]
    fn any_octets_are_refused_without_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..100), suite in proptest::sample::select(&Suite::ALL[..])) {
        let mut inn = Inbound::new(&any_key(suite));
        if let Some(first) = bytes.first_mut() {
            *first = *first & 0x3f | 0x80;
        }
        prop_assert!(inn.unprotect(&mut bytes.clone()).is_err());
        prop_assert!(inn.unprotect_rtcp(&mut bytes).is_err());
    }
}
