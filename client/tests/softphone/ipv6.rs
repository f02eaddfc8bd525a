//! The same calls where there is no IPv4 at all.

use super::*;

const ADDRESS: &str = "2001:db8:c::1";

fn ipv6() -> Topology {
    let ip = |text: &str| text.parse().expect("an address");
    Topology::new()
        .site(Site::new("home"))
        .site(Site::new("hotel"))
        .site(Site::new("cloud"))
        .host("alice", "home", &[ip("2001:db8:a::1")])
        .host("bob", "hotel", &[ip("2001:db8:b::1")])
        .host(EXCHANGE, "cloud", &[ip(ADDRESS)])
}

#[test]
fn calls_over_ipv6_by_name_and_by_address() {
    let named = settings("tls", "1,9");
    let addressed = |transport: &str, port: u16| {
        settings(transport, "9").replace(&format!("{EXCHANGE};"), &format!("[{ADDRESS}]:{port};"))
    };
    let table = [
        (
            "https://pbx.example",
            named,
            Some("AES_CM_128_HMAC_SHA1_80"),
        ),
        ("http://[2001:db8:c::1]", addressed("udp", 5060), None),
        ("http://[2001:db8:c::1]:80", addressed("tcp", 5060), None),
    ];
    for (url, text, wanted) in table {
        let setup = Setup::new(Kind::Wire, ipv6()).limit(Duration::from_secs(900));
        let run = setup.run(move |world| async move {
            let (mut alice, mut bob) = two_phones(&world, url, text).await;
            let outcome = call(&mut alice, &mut bob, &world.host("alice")).await;
            alice.tell(Command::LogOut).await;
            alice
                .sees(|event| matches!(event, Event::LoggedOut).then_some(()))
                .await;
            outcome
        });
        let outcome = run
            .expect("a world")
            .value
            .unwrap_or_else(|why| panic!("{url}: {why}"));
        assert_eq!(
            (outcome.suite.as_deref(), outcome.lost),
            (wanted, 0),
            "{url}"
        );
    }
}
