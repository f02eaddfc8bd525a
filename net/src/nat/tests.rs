use bytes::Bytes;

use super::*;

const OUTSIDE: [u8; 4] = [203, 0, 113, 1];

fn nat(spec: NatSpec) -> Nat {
    Nat::new(spec, IpAddr::from(OUTSIDE), 1, "home")
}

fn of(kind: NatKind) -> Nat {
    nat(NatSpec::of_kind(kind))
}

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn inside(port: u16) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, 2], port))
}

fn remote(last: u8, port: u16) -> SocketAddr {
    SocketAddr::from(([198, 51, 100, last], port))
}

fn outside(port: u16) -> SocketAddr {
    SocketAddr::from((OUTSIDE, port))
}

fn udp(source: SocketAddr, target: SocketAddr) -> Packet {
    Packet {
        source,
        target,
        protocol: Protocol::Udp,
        payload: Bytes::new(),
        id: 0,
    }
}

fn leaves(nat: &mut Nat, now: Duration, source: SocketAddr, target: SocketAddr) -> SocketAddr {
    let mut packet = udp(source, target);
    assert_eq!(nat.outbound(now, &mut packet), Ok(Route::Out));
    assert_eq!(packet.target, target);
    packet.source
}

fn enters(
    nat: &mut Nat,
    now: Duration,
    source: SocketAddr,
    target: SocketAddr,
) -> Result<SocketAddr, NatDrop> {
    let mut packet = udp(source, target);
    nat.inbound(now, &mut packet)?;
    assert_eq!(packet.source, source);
    Ok(packet.target)
}

/// RFC 3489 §5: who may answer a mapping made towards remote 1 port 5060.
#[test]
fn each_kind_lets_in_whom_it_should() {
    for (kind, same_port, other_port, other_address) in [
        (NatKind::FullCone, true, true, true),
        (NatKind::AddressRestricted, true, true, false),
        (NatKind::PortRestricted, true, false, false),
        (NatKind::Symmetric, true, false, false),
    ] {
        let mut nat = of(kind);
        let public = leaves(&mut nat, at(0), inside(4000), remote(1, 5060));
        for (sender, allowed) in [
            (remote(1, 5060), same_port),
            (remote(1, 5061), other_port),
            (remote(2, 5060), other_address),
        ] {
            let expected = if allowed {
                Ok(inside(4000))
            } else {
                Err(NatDrop::Filtered)
            };
            assert_eq!(
                enters(&mut nat, at(1), sender, public),
                expected,
                "{kind:?} from {sender}"
            );
        }
    }
}

#[test]
fn only_a_symmetric_nat_shows_another_port_to_another_remote() {
    for (kind, same) in [
        (NatKind::FullCone, true),
        (NatKind::AddressRestricted, true),
        (NatKind::PortRestricted, true),
        (NatKind::Symmetric, false),
    ] {
        let mut nat = of(kind);
        let first = leaves(&mut nat, at(0), inside(4000), remote(1, 5060));
        let second = leaves(&mut nat, at(0), inside(4000), remote(2, 5060));
        assert_eq!(first == second, same, "{kind:?}");
        assert_eq!(
            leaves(&mut nat, at(1), inside(4000), remote(1, 5060)),
            first,
            "{kind:?} keeps a mapping"
        );
    }
}

#[test]
fn silence_from_inside_ends_a_udp_mapping_and_answers_do_not_prolong_it() {
    let mut nat = of(NatKind::FullCone);
    let public = leaves(&mut nat, at(0), inside(4000), remote(1, 5060));
    assert_eq!(
        enters(&mut nat, at(299), remote(1, 5060), public),
        Ok(inside(4000))
    );
    assert_eq!(
        enters(&mut nat, at(300), remote(1, 5060), public),
        Err(NatDrop::NoMapping)
    );
    leaves(&mut nat, at(300), inside(4000), remote(1, 5060));
    leaves(&mut nat, at(500), inside(4000), remote(1, 5060));
    assert_eq!(
        enters(&mut nat, at(799), remote(1, 5060), public),
        Ok(inside(4000))
    );
}

#[test]
fn a_closing_tcp_connection_keeps_its_mapping_for_four_minutes() {
    let mut nat = of(NatKind::PortRestricted);
    let segment = |flags: u8| {
        let mut header = [0_u8; 20];
        header[13] = flags;
        Packet {
            protocol: Protocol::Tcp,
            payload: Bytes::copy_from_slice(&header),
            ..udp(inside(40_000), remote(1, 5061))
        }
    };
    nat.outbound(at(0), &mut segment(0x02)).unwrap();
    assert!(
        nat.port_of(at(7000), Protocol::Tcp, inside(40_000), remote(1, 5061))
            .is_some()
    );
    nat.outbound(at(100), &mut segment(0x11)).unwrap();
    assert!(
        nat.port_of(at(339), Protocol::Tcp, inside(40_000), remote(1, 5061))
            .is_some()
    );
    assert!(
        nat.port_of(at(340), Protocol::Tcp, inside(40_000), remote(1, 5061))
            .is_none()
    );
}

#[test]
fn hairpinning_turns_a_packet_back_with_its_outside_source() {
    let spec = NatSpec {
        hairpin: true,
        ..NatSpec::of_kind(NatKind::FullCone)
    };
    let mut nat = nat(spec);
    let bob = SocketAddr::from(([10, 0, 0, 3], 6000));
    let public_bob = leaves(&mut nat, at(0), bob, remote(1, 3478));
    let mut packet = udp(inside(4000), public_bob);
    assert_eq!(nat.outbound(at(1), &mut packet), Ok(Route::Back));
    assert_eq!((packet.source, packet.target), (outside(4000), bob));
    let mut nat = of(NatKind::FullCone);
    assert_eq!(
        nat.outbound(at(1), &mut udp(inside(4000), outside(6000))),
        Err(NatDrop::NoHairpin)
    );
}

#[test]
fn ports_are_preserved_counted_or_drawn() {
    let mut preserving = of(NatKind::FullCone);
    let bob = SocketAddr::from(([10, 0, 0, 3], 4000));
    assert_eq!(
        leaves(&mut preserving, at(0), inside(4000), remote(1, 1)),
        outside(4000)
    );
    assert_eq!(
        leaves(&mut preserving, at(0), bob, remote(1, 1)),
        outside(4001)
    );
    let ports = |choice, seed| {
        let spec = NatSpec {
            ports: choice,
            ..NatSpec::default()
        };
        let mut nat = Nat::new(spec, IpAddr::from(OUTSIDE), seed, "home");
        (0..50)
            .map(|n| leaves(&mut nat, at(0), inside(4000 + n), remote(1, 1)).port())
            .collect::<Vec<_>>()
    };
    let counted = ports(PortChoice::Sequential, 1);
    assert!(
        counted.windows(2).all(|pair| pair[1] == pair[0] + 1),
        "{counted:?}"
    );
    assert_eq!(ports(PortChoice::Random, 1), ports(PortChoice::Random, 1));
    assert_ne!(ports(PortChoice::Random, 1), ports(PortChoice::Random, 2));
}

#[test]
fn rebinding_gives_other_ports_and_closes_the_old_ones() {
    for choice in [
        PortChoice::Preserve,
        PortChoice::Sequential,
        PortChoice::Random,
    ] {
        let mut nat = nat(NatSpec {
            ports: choice,
            ..NatSpec::of_kind(NatKind::FullCone)
        });
        let before = leaves(&mut nat, at(0), inside(4000), remote(1, 5060));
        nat.rebind();
        assert_eq!(
            enters(&mut nat, at(1), remote(1, 5060), before),
            Err(NatDrop::NoMapping)
        );
        assert_ne!(
            leaves(&mut nat, at(1), inside(4000), remote(1, 5060)),
            before,
            "{choice:?}"
        );
    }
    let mut nat = of(NatKind::FullCone);
    nat.rebind_to(IpAddr::from([203, 0, 113, 9]));
    assert_eq!(
        leaves(&mut nat, at(1), inside(4000), remote(1, 5060)).ip(),
        IpAddr::from([203, 0, 113, 9])
    );
}

#[test]
fn the_table_is_bounded_and_recovers() {
    let mut nat = nat(NatSpec {
        capacity: 10,
        ..NatSpec::default()
    });
    for port in 0..10 {
        leaves(&mut nat, at(0), inside(4000 + port), remote(1, 1));
    }
    assert_eq!(
        nat.outbound(at(1), &mut udp(inside(5000), remote(1, 1))),
        Err(NatDrop::TableFull)
    );
    leaves(&mut nat, at(301), inside(5000), remote(1, 1));
    for round in 0..100 {
        for port in 0..5 {
            leaves(
                &mut nat,
                at(1000 + round * 1000),
                inside(6000 + round as u16 * 5 + port),
                remote(1, 1),
            );
        }
    }
    assert!(nat.table.ports_len() <= 21);
}

#[test]
fn a_forwarded_port_leads_inside_and_answers_come_from_it() {
    let forward = Forward {
        protocol: Protocol::Udp,
        port: 5060,
        inside: inside(5070),
    };
    let mut nat = nat(NatSpec {
        forwards: vec![forward],
        ..NatSpec::default()
    });
    assert_eq!(
        enters(&mut nat, at(0), remote(9, 9), outside(5060)),
        Ok(inside(5070))
    );
    assert_eq!(
        leaves(&mut nat, at(0), inside(5070), remote(9, 9)),
        outside(5060)
    );
    assert_ne!(
        leaves(&mut nat, at(0), inside(5060), remote(9, 9)),
        outside(5060),
        "the forwarded port is not given away"
    );
    nat.rebind();
    assert_eq!(
        enters(&mut nat, at(0), remote(9, 9), outside(5060)),
        Ok(inside(5070))
    );
}

#[test]
fn another_ip_version_passes_untouched() {
    let mut nat = of(NatKind::Symmetric);
    let mut packet = udp(
        "[2001:db8::1]:4000".parse().unwrap(),
        "[2001:db8::2]:5060".parse().unwrap(),
    );
    let before = packet.clone();
    assert_eq!(nat.outbound(at(0), &mut packet), Ok(Route::Out));
    assert_eq!(nat.inbound(at(0), &mut packet), Ok(()));
    assert_eq!(packet, before);
}

#[test]
fn json_is_read_with_defaults_and_checked() {
    let spec: NatSpec =
        serde_json::from_str(r#"{"kind":"symmetric","udp_timeout":"30s"}"#).unwrap();
    assert_eq!(
        spec,
        NatSpec {
            udp_timeout: at(30),
            ..NatSpec::of_kind(NatKind::Symmetric)
        }
    );
    assert_eq!(
        serde_json::from_str::<NatSpec>(&serde_json::to_string(&spec).unwrap()).unwrap(),
        spec
    );
    for (text, part) in [
        (r#"{"capacity":0}"#, "capacity must be from 1"),
        (r#"{"kid":1}"#, "unknown field `kid`"),
        (r#"{"udp_timeout":"0s"}"#, "above zero"),
    ] {
        let error = serde_json::from_str::<NatSpec>(text)
            .unwrap_err()
            .to_string();
        assert!(error.contains(part), "{error}");
    }
}

proptest::proptest! {
    /// No two live mappings ever share an outside port, and every answer finds its way home.
    #[test]
    fn answers_come_home(sends in proptest::collection::vec((0..20_u16, 0..4_u8, 0..60_u64), 1..200), symmetric: bool) {
        let mut nat = of(if symmetric { NatKind::Symmetric } else { NatKind::PortRestricted });
        let mut now = at(0);
        for (port, host, wait) in sends {
            now += at(wait);
            let (local, peer) = (inside(4000 + port), remote(host, 5060));
            let public = leaves(&mut nat, now, local, peer);
            proptest::prop_assert_eq!(enters(&mut nat, now, peer, public), Ok(local));
        }
    }
}
