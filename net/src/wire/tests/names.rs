use super::*;
use crate::dns::{Naptr, Record, Srv};
use std::io::ErrorKind;

fn named() -> Topology {
    let srv = Srv {
        priority: 10,
        weight: 5,
        port: 5061,
        target: "sip.example.com".to_string(),
    };
    let naptr = Naptr {
        order: 1,
        preference: 2,
        flags: "s".to_string(),
        service: "SIPS+D2T".to_string(),
        regexp: String::new(),
        replacement: "_sips._tcp.example.com".to_string(),
    };
    home_and_cloud()
        .named("sip.example.com")
        .record("_sips._tcp.example.com", Record::Srv(srv))
        .record("example.com", Record::Naptr(naptr))
        .record(
            "www.example.com",
            Record::Alias("sip.example.com".to_string()),
        )
}

#[test]
fn names_are_answered_over_the_network_or_known() {
    for (topology, delay) in [
        (named(), Duration::ZERO),
        (
            named().resolver("server"),
            2 * (10 * MS + Duration::from_micros(400)),
        ),
    ] {
        play(topology, move |world| async move {
            let alice = world.host("alice");
            for name in ["server", "sip.example.com", "WWW.example.com."] {
                let before = alice.now();
                let found = alice.resolve(name).await.expect("known");
                assert_eq!(found, [ip("203.0.113.5"), ip("2001:db8::5")], "{name}");
                assert_eq!(alice.now() - before, delay);
            }
            let services = alice
                .resolve_srv("_sips._tcp.example.com")
                .await
                .expect("known");
            assert_eq!((services.len(), services[0].port), (1, 5061));
            assert_eq!(services[0].target, "sip.example.com");
            let pointers = alice.resolve_naptr("example.com").await.expect("known");
            assert_eq!(pointers[0].replacement, "_sips._tcp.example.com");
            assert_eq!(pointers[0].service, "SIPS+D2T");
            assert_eq!(
                alice.resolve("192.0.2.7").await.expect("a literal"),
                [ip("192.0.2.7")]
            );
            let unknown = alice
                .resolve("nowhere.example.com")
                .await
                .expect_err("unknown");
            assert_eq!(unknown.kind(), ErrorKind::NotFound);
            let none = alice
                .resolve_srv("server")
                .await
                .expect("a name without services");
            assert_eq!(none, []);
        });
    }
}

#[test]
fn a_silent_resolver_is_asked_again_and_given_up() {
    play(named().resolver("server"), |world| async move {
        let alice = world.host("alice");
        world.crash("server");
        let silent = alice.resolve("sip.example.com").await.expect_err("silent");
        assert_eq!(silent.kind(), ErrorKind::TimedOut);
        assert_eq!(alice.now(), Duration::from_secs(7));
        world.restart("server");
        alice.resolve("sip.example.com").await.expect("up again");
    });
}
