//! A registrar known by its domain alone: NAPTR and SRV records lead to it, and past a server that is dead (RFC 3263).

use client::settings::ControllerTransport;
use net::dns::{Naptr, Record, Srv};

use super::*;

const DOMAIN: &str = "calls.example";

fn srv(priority: u16, port: u16, target: &str) -> Record {
    Record::Srv(Srv {
        priority,
        weight: 0,
        port,
        target: target.to_owned(),
    })
}

fn naptr(order: u16, service: &str, replacement: &str) -> Record {
    Record::Naptr(Naptr {
        order,
        preference: 10,
        flags: "s".to_owned(),
        service: service.to_owned(),
        regexp: String::new(),
        replacement: replacement.to_owned(),
    })
}

/// A name server, a host on which nobody listens, and the domain's records.
fn domain(records: Vec<(&str, Record)>) -> Topology {
    let ip = |text: &str| text.parse().expect("an address");
    let topology = topology()
        .host("dead.example", "cloud", &[ip("203.0.113.2")])
        .host("dns", "cloud", &[ip("203.0.113.53")])
        .resolver("dns");
    records
        .into_iter()
        .fold(topology, |topology, (name, record)| {
            topology.record(name, record)
        })
}

/// Logs in at the domain: whether it took a second target, and how SIP travels in the end, by the registrar's own count.
fn log_in(topology: Topology, transport: ControllerTransport) -> (usize, Duration) {
    let setup = Setup::new(Kind::Wire, topology).limit(Duration::from_secs(300));
    let run = setup.run(move |world| async move {
        let host = world.host(EXCHANGE);
        let names = &[EXCHANGE, DOMAIN];
        host.spawn(exchange::run(
            host.clone(),
            authority(),
            names,
            String::new(),
        ));
        let mut alice = Phone::start(&world.host("alice"), "201").await;
        host.sleep(SECOND).await;
        let begin = host.now();
        alice
            .tell(Command::LogIn(LogIn::Direct {
                host: DOMAIN.to_owned(),
                port: None,
                transport,
                domain: Some("ipoffice".to_owned()),
                user: "201".to_owned(),
                password: "1234".to_owned(),
            }))
            .await;
        let mut troubles = 0;
        loop {
            let seen = alice.sees(|event| match event {
                Event::LoggedIn { .. } => Some(true),
                Event::LineTrouble { retry_in_s: 0, .. } => Some(false),
                Event::LineTrouble { .. } | Event::LoginFailed { .. } => {
                    panic!("no login: {event:?}")
                }
                _ => None,
            });
            if seen.await {
                return (troubles, host.now() - begin);
            }
            troubles += 1;
        }
    });
    run.expect("a world").value.expect("played to the end")
}

#[test]
fn the_second_server_of_a_domain_is_reached_where_the_first_is_dead() {
    for (transport, service, port) in [
        (ControllerTransport::Tcp, "_sip._tcp.calls.example", 5060),
        (ControllerTransport::Tls, "_sips._tcp.calls.example", 5061),
        (ControllerTransport::Udp, "_sip._udp.calls.example", 5060),
    ] {
        let records = vec![
            (service, srv(20, port, EXCHANGE)),
            (service, srv(10, 5999, "dead.example")),
        ];
        let (troubles, took) = log_in(domain(records), transport);
        assert_eq!(troubles, 1, "{transport}: the dead one was tried first");
        // Silence over UDP is known after 64 × T1 only (RFC 3261 §17.1.2.2), a refused connection at once.
        let is_udp = transport == ControllerTransport::Udp;
        let limit = if is_udp { 40 * SECOND } else { 5 * SECOND };
        assert!(took < limit, "{transport}: {took:?}");
    }
}

#[test]
fn the_domain_says_by_what_it_is_reached() {
    let service = |name: &'static str| format!("{name}.{DOMAIN}");
    let (sips, sip) = (service("_sips._tcp"), service("_sip._tcp"));
    let records = vec![
        (DOMAIN, naptr(20, "SIP+D2T", &sip)),
        (DOMAIN, naptr(10, "SIPS+D2T", &sips)),
        (sips.as_str(), srv(10, 5061, EXCHANGE)),
        // Whoever took the other way would meet nobody.
        (sip.as_str(), srv(10, 5999, "dead.example")),
    ];
    let (troubles, _) = log_in(domain(records), ControllerTransport::Auto);
    assert_eq!(troubles, 0);
}

#[test]
fn a_domain_without_services_is_the_name_of_a_host() {
    let address = Record::Address("203.0.113.1".parse().unwrap());
    for transport in [
        ControllerTransport::Auto,
        ControllerTransport::Udp,
        ControllerTransport::Tls,
    ] {
        let records = vec![(DOMAIN, address.clone())];
        let (troubles, _) = log_in(domain(records), transport);
        assert_eq!(troubles, 0, "{transport}");
    }
}
