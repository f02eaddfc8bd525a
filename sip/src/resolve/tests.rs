use std::collections::BTreeMap;
use std::fmt::Write as _;

use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;

use super::*;

/// Names and what they have.
type Zone = BTreeMap<&'static str, Answer>;

fn naptr(order: u16, preference: u16, service: &str, replacement: &str) -> Naptr {
    Naptr {
        order,
        preference,
        flags: "s".to_owned(),
        service: service.to_owned(),
        replacement: replacement.to_owned(),
    }
}

fn srv(priority: u16, weight: u16, port: u16, target: &str) -> Srv {
    Srv {
        priority,
        weight,
        port,
        target: target.to_owned(),
    }
}

fn address(last: u8) -> Answer {
    Answer::Addresses(vec![IpAddr::from([192, 0, 2, last])])
}

fn wanted(host: &str, port: Option<u16>, transport: Option<Transport>) -> Wanted {
    Wanted {
        host: host.to_owned(),
        port,
        transport,
        fallback: Transport::Udp,
    }
}

/// All that is asked and found.
fn protocol(zone: &Zone, wanted: Wanted) -> String {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut resolution = Resolution::new(wanted);
    let mut text = String::new();
    for _ in 0..64 {
        let question = match resolution.poll() {
            Output::Ask(question) => question,
            Output::Found(targets) => {
                for target in targets {
                    writeln!(text, "  {} {}", target.transport.via_word(), target.address).unwrap();
                }
                return text;
            }
        };
        let (Question::Authorities(name) | Question::Services(name) | Question::Addresses(name)) =
            &question;
        // A name can have records of several kinds; here each has one.
        let answer = zone.get(name.as_str()).cloned().unwrap_or(Answer::Nothing);
        writeln!(text, "  {question:?}").unwrap();
        resolution.handle(&answer, &mut rng);
    }
    panic!("no end: {text}");
}

fn zone() -> Zone {
    BTreeMap::from([
        (
            "full.example",
            Answer::Authorities(vec![
                naptr(50, 50, "SIPS+D2T", "_sips._tcp.full.example"),
                naptr(20, 10, "SIP+D2U", "_sip._udp.full.example"),
                naptr(20, 5, "SIP+D2T", "_sip._tcp.full.example"),
                naptr(10, 10, "SIP+D2S", "_sip._sctp.full.example"),
                Naptr {
                    flags: "u".to_owned(),
                    ..naptr(1, 1, "E2U+sip", "x.full.example")
                },
            ]),
        ),
        (
            "_sip._tcp.full.example",
            Answer::Services(vec![
                srv(20, 0, 5062, "c.example"),
                srv(10, 0, 5060, "a.example"),
            ]),
        ),
        (
            "_sip._udp.full.example",
            Answer::Services(vec![srv(10, 0, 5060, "a.example")]),
        ),
        (
            "_sips._tcp.full.example",
            Answer::Services(vec![srv(0, 0, 0, ".")]),
        ),
        (
            "_sip._udp.plain.example",
            Answer::Services(vec![
                srv(10, 0, 5080, "192.0.2.77"),
                srv(5, 0, 5081, "gone.example"),
            ]),
        ),
        ("a.example", address(1)),
        ("c.example", address(3)),
        ("host.example", address(9)),
    ])
}

#[test]
fn each_kind_of_name_is_followed_to_its_targets() {
    let zone = zone();
    let mut text = String::new();
    for (what, wanted) in [
        (
            "NAPTR decides the transport",
            wanted("full.example", None, None),
        ),
        (
            "a transport that is said skips NAPTR",
            wanted("full.example", None, Some(Transport::Udp)),
        ),
        (
            "a port that is said makes it a host",
            wanted("host.example", Some(5070), None),
        ),
        (
            "without NAPTR each service is tried",
            wanted("plain.example", None, None),
        ),
        (
            "a bare host has its default port",
            wanted("host.example", None, Some(Transport::Tls)),
        ),
        (
            "an address is nobody's question",
            wanted("192.0.2.5", None, None),
        ),
        (
            "nor is one of version 6",
            wanted("2001:db8::5", None, Some(Transport::Tls)),
        ),
        (
            "a name that leads nowhere",
            wanted("no.example", None, None),
        ),
    ] {
        writeln!(text, "{what}\n{}", protocol(&zone, wanted)).unwrap();
    }
    insta::assert_snapshot!(text);
}

#[test]
fn the_lot_gives_each_its_share() {
    let records = [
        srv(1, 10, 1, "a"),
        srv(1, 30, 2, "b"),
        srv(1, 60, 3, "c"),
        srv(0, 1, 4, "d"),
    ];
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let mut seconds: BTreeMap<String, u32> = BTreeMap::new();
    for _ in 0..10_000 {
        let ordered = order::services(&records, &mut rng);
        assert_eq!(ordered[0].target, "d", "priority comes before weight");
        assert_eq!(ordered.len(), 4);
        *seconds.entry(ordered[1].target.clone()).or_default() += 1;
    }
    for (target, share) in [("a", 1_000), ("b", 3_000), ("c", 6_000)] {
        let came = seconds[target];
        assert!(came.abs_diff(share) < 250, "{target}: {came} of {share}");
    }
}

prop_compose! {
    fn any_srv()(priority in 0..4u16, weight in 0..4u16, port in 0..3u16, target in "[a-c]?\\.?") -> Srv {
        Srv { priority, weight, port, target }
    }
}

prop_compose! {
    fn any_naptr()(order in 0..3u16, preference in 0..3u16, flags in "[sua]?", service in "(SIPS?\\+D2[TUS])?", replacement in "[a-c]?\\.?") -> Naptr {
        Naptr { order, preference, flags, service, replacement }
    }
}

fn any_answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        proptest::collection::vec(any_naptr(), 0..40).prop_map(Answer::Authorities),
        proptest::collection::vec(any_srv(), 0..40).prop_map(Answer::Services),
        proptest::collection::vec(
            any::<u32>().prop_map(|bits| IpAddr::from(bits.to_be_bytes())),
            0..40
        )
        .prop_map(Answer::Addresses),
        Just(Answer::Nothing),
    ]
}

proptest! {
    #[test]
    fn whatever_is_answered_it_ends_within_its_bounds(answers in proptest::collection::vec(any_answer(), 1..60), port in proptest::option::of(1..9u16), said in proptest::option::of(0..3usize)) {
        let mut resolution = Resolution::new(wanted("x", port, said.map(|index| Transport::ALL[index])));
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let mut asked = 0;
        let mut answers = answers.iter().cycle();
        while let Output::Ask(_) = resolution.poll() {
            asked += 1;
            prop_assert!(asked <= 1 + SERVICES_MAX + HOSTS_MAX);
            resolution.handle(answers.next().unwrap(), &mut rng);
        }
        let Output::Found(targets) = resolution.poll() else { unreachable!() };
        prop_assert!(targets.len() <= TARGETS_MAX);
    }
}
