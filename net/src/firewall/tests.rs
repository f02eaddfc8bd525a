use bytes::Bytes;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn inside(port: u16) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, 2], port))
}

fn remote(last: u8, port: u16) -> SocketAddr {
    SocketAddr::from(([198, 51, 100, last], port))
}

fn packet(protocol: Protocol, source: SocketAddr, target: SocketAddr) -> Packet {
    Packet {
        source,
        target,
        protocol,
        payload: Bytes::new(),
        id: 0,
    }
}

fn names() -> BTreeMap<IpAddr, Vec<String>> {
    let name = |last: u8, names: &[&str]| {
        (
            remote(last, 0).ip(),
            names.iter().map(|name| (*name).to_owned()).collect(),
        )
    };
    BTreeMap::from([
        name(1, &["spaces.zang.io"]),
        name(2, &["zang.io"]),
        name(3, &["onesna.com", "www.example.net"]),
        name(4, &["chat.onesna.com"]),
    ])
}

/// The Spaces table of the FAQ in small: web to two families of names, media by range, nothing else.
fn spaces() -> Firewall {
    let web = |host: &str| {
        Rule::allow(format!("web to {host}"), Way::Out)
            .protocol(Protocol::Tcp)
            .port(80)
            .port(443)
            .host(host.parse().unwrap())
    };
    let rules = vec![
        Rule::block("no old media", Way::Out)
            .protocol(Protocol::Udp)
            .ports(3000, 3999),
        web("*.zang.io"),
        web(".onesna.com"),
        Rule::allow("media", Way::Out)
            .protocol(Protocol::Udp)
            .ports(1025, 65535)
            .host("198.51.100.0/24".parse().unwrap()),
    ];
    Firewall::new(FirewallSpec::closed(rules), &names())
}

fn blocked_by(result: Result<(), Blocked>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn the_first_rule_that_fits_decides_and_is_named() {
    let mut firewall = spaces();
    let mut out = |protocol, target| {
        firewall.pass(
            Duration::ZERO,
            Way::Out,
            &packet(protocol, inside(4000), target),
        )
    };
    assert_eq!(out(Protocol::Tcp, remote(1, 443)), Ok(()));
    assert_eq!(
        out(Protocol::Tcp, remote(3, 80)),
        Ok(()),
        ".onesna.com means the name itself too"
    );
    assert_eq!(out(Protocol::Tcp, remote(4, 80)), Ok(()));
    assert_eq!(out(Protocol::Udp, remote(9, 40_000)), Ok(()));
    assert_eq!(
        blocked_by(out(Protocol::Tcp, remote(2, 443))),
        "firewall: outbound blocked by the default for outbound",
        "*.zang.io means names below"
    );
    assert_eq!(
        blocked_by(out(Protocol::Tcp, remote(1, 8443))),
        "firewall: outbound blocked by the default for outbound"
    );
    assert_eq!(
        blocked_by(out(Protocol::Udp, remote(9, 3500))),
        "firewall: outbound blocked by rule 'no old media'"
    );
}

#[test]
fn answers_pass_and_strangers_do_not() {
    let mut firewall = spaces();
    let ask = packet(Protocol::Udp, inside(4000), remote(9, 40_000));
    let answer = packet(Protocol::Udp, remote(9, 40_000), inside(4000));
    assert_eq!(
        blocked_by(firewall.pass(Duration::ZERO, Way::In, &answer)),
        "firewall: inbound blocked by the default for inbound"
    );
    assert_eq!(firewall.pass(Duration::ZERO, Way::Out, &ask), Ok(()));
    assert_eq!(firewall.pass(100 * SECOND, Way::In, &answer), Ok(()));
    assert_eq!(
        firewall.pass(200 * SECOND, Way::In, &answer),
        Ok(()),
        "answers keep the flow alive"
    );
    assert!(
        firewall.pass(380 * SECOND, Way::In, &answer).is_err(),
        "silence ends it"
    );
    assert!(
        firewall
            .pass(
                SECOND,
                Way::In,
                &packet(Protocol::Tcp, remote(9, 40_000), inside(4000))
            )
            .is_err()
    );
}

#[test]
fn the_default_lets_everything_out_and_only_answers_in() {
    let mut firewall = Firewall::new(FirewallSpec::default(), &names());
    assert_eq!(
        firewall.pass(
            SECOND,
            Way::Out,
            &packet(Protocol::Tcp, inside(1), remote(1, 25))
        ),
        Ok(())
    );
    assert!(
        firewall
            .pass(
                SECOND,
                Way::In,
                &packet(Protocol::Tcp, remote(2, 25), inside(1))
            )
            .is_err()
    );
}

#[test]
fn a_full_table_still_lets_packets_out() {
    let mut firewall = Firewall::new(
        FirewallSpec {
            capacity: 1,
            ..FirewallSpec::default()
        },
        &names(),
    );
    for port in 1..10 {
        assert_eq!(
            firewall.pass(
                SECOND,
                Way::Out,
                &packet(Protocol::Udp, inside(port), remote(1, 25))
            ),
            Ok(())
        );
    }
    assert_eq!(firewall.flows.len(), 1);
}

#[test]
fn json_goes_both_ways_and_nonsense_is_refused() {
    let text = r#"{"rules":[{"name":"media","way":"in","protocol":"udp","ports":["40750-50750","443"],"host":"*.zang.io","action":"reject"}],"outbound":"drop"}"#;
    let spec: FirewallSpec = serde_json::from_str(text).unwrap();
    assert_eq!(
        serde_json::from_str::<FirewallSpec>(&serde_json::to_string(&spec).unwrap()).unwrap(),
        spec
    );
    assert!(spec.rules[0].ports[0].contains(50_750) && !spec.rules[0].ports[0].contains(50_751));
    for (from, to, part) in [
        ("40750-50750", "50750-40750", "names no ports"),
        ("*.zang.io", "*.*.io", "names no hosts"),
        ("*.zang.io", "10.0.0.0/33", "names no hosts"),
        ("\"reject\"", "\"mock\"", "unknown variant `mock`"),
        ("\"way\"", "\"weg\"", "unknown field `weg`"),
    ] {
        let error = serde_json::from_str::<FirewallSpec>(&text.replace(from, to))
            .unwrap_err()
            .to_string();
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn a_rejecting_rule_says_so() {
    let rule = Rule {
        action: Action::Reject,
        ..Rule::block("closed", Way::Out)
    };
    let mut firewall = Firewall::new(
        FirewallSpec {
            rules: vec![rule],
            ..FirewallSpec::default()
        },
        &names(),
    );
    assert!(
        firewall
            .pass(
                SECOND,
                Way::Out,
                &packet(Protocol::Tcp, inside(1), remote(1, 25))
            )
            .unwrap_err()
            .rejects
    );
}
