//! Registrations against a registrar made of `Event::Request` and `respond`.

use super::*;
use crate::digest::{Policy, Server};

struct Registrar {
    digest: Option<Server>,
    least_s: u32,
    granted_s: u32,
    seen: usize,
}

impl Registrar {
    fn new(has_digest: bool) -> Self {
        let mut rng = <rand_chacha::ChaCha8Rng as rand_core::SeedableRng>::seed_from_u64(5);
        let digest =
            has_digest.then(|| Server::new(Policy::new("ipoffice", 10 * SECOND), &mut rng));
        Self {
            digest,
            least_s: 60,
            granted_s: 300,
            seen: 0,
        }
    }

    fn answer(&mut self, agent: &mut UserAgent, now: Duration, event: &Event) {
        let Event::Request {
            incoming, request, ..
        } = event
        else {
            return;
        };
        self.seen += 1;
        if let Some(digest) = &mut self.digest
            && let Err(denied) = digest.check(now, request, |user| {
                (user == "201").then(|| "1234".to_owned())
            })
        {
            let mut reply = Reply::new(401);
            for challenge in digest.challenges(now, denied.is_stale()) {
                reply = reply.with_header(Name::WwwAuthenticate, challenge.to_string());
            }
            agent.respond(now, *incoming, reply);
            return;
        }
        let wanted = request.headers.expires().unwrap().unwrap();
        let reply = if wanted != 0 && wanted < self.least_s {
            Reply::new(423).with_header(Name::MinExpires, self.least_s.to_string())
        } else if wanted == 0 {
            Reply::new(200)
        } else {
            let contact = request
                .headers
                .contact()
                .unwrap()
                .with_param("expires", &self.granted_s.to_string());
            Reply::new(200).with_header(Name::Contact, contact.to_string())
        };
        agent.respond(now, *incoming, reply);
    }
}

fn net(transport: Transport) -> Net {
    let mut registrar = Config::new("Registrar/1");
    registrar.methods.push(Method::Register);
    Net::new(
        transport,
        PERFECT,
        3,
        vec![Config::new("Phone/1"), registrar],
    )
}

fn binding(hop: Hop, password: &str, expires_s: u32) -> Binding {
    Binding {
        hop,
        registrar: uri("sip:ipoffice"),
        address: name_addr("<sip:201@ipoffice>"),
        expires_s,
        contact_params: crate::header::Params::new().with("+sip.instance", "\"<urn:uuid:1>\""),
        headers: Headers::new(),
        login: Some(Login::new("201", password)),
    }
}

fn register(net: &mut Net, password: &str, expires_s: u32) -> RegistrationId {
    let binding = binding(
        Hop::new(net.transport, net.parties[1].address),
        password,
        expires_s,
    );
    net.act(0, |agent, now| agent.register(now, binding))
}

fn failed(event: &Event, kind: RegistrationFailure) -> bool {
    matches!(event, Event::RegistrationFailed { failure, .. } if *failure == kind)
}

#[test]
fn a_registration_is_made_refreshed_and_taken_back_over_each_transport() {
    for transport in Transport::ALL {
        let (mut net, mut registrar) = (net(transport), Registrar::new(true));
        let id = register(&mut net, "1234", 300);
        net.run(300 * SECOND, |agent, now, _, event| {
            registrar.answer(agent, now, event)
        });
        assert_eq!(
            net.count(0, |event| matches!(
                event,
                Event::Registered { expires_s: 300, .. }
            )),
            2
        );
        net.act(0, |agent, now| agent.unregister(now, id));
        net.run(60 * SECOND, |agent, now, _, event| {
            registrar.answer(agent, now, event)
        });
        assert_eq!(
            net.count(0, |event| matches!(event, Event::Unregistered { .. })),
            1
        );
        assert!(net.parties.iter().all(|party| party.agent.is_idle()));
    }
}

#[test]
fn a_wrong_password_is_told_after_one_try() {
    let (mut net, mut registrar) = (net(Transport::Udp), Registrar::new(true));
    register(&mut net, "wrong", 300);
    net.settle(|agent, now, _, event| registrar.answer(agent, now, event));
    assert_eq!(
        net.count(0, |event| failed(
            event,
            RegistrationFailure::Authentication
        )),
        1
    );
    assert_eq!(registrar.seen, 2);
    assert!(net.parties.iter().all(|party| party.agent.is_idle()));
}

#[test]
fn an_interval_too_brief_is_raised() {
    let (mut net, mut registrar) = (net(Transport::Udp), Registrar::new(false));
    registrar.least_s = 600;
    register(&mut net, "1234", 300);
    net.run(10 * SECOND, |agent, now, _, event| {
        registrar.answer(agent, now, event)
    });
    assert_eq!(
        net.count(0, |event| matches!(event, Event::Registered { .. })),
        1
    );
    insta::assert_snapshot!(net.ladder());
}

#[test]
fn a_silent_registrar_one_without_listener_and_a_lost_connection_are_told_apart() {
    let mut silent = net(Transport::Udp);
    silent.link.loss = 100;
    register(&mut silent, "1234", 300);
    silent.settle(|_, _, _, _| {});
    assert_eq!(
        silent.count(0, |event| failed(event, RegistrationFailure::Silence)),
        1
    );

    // Nobody is there when the connection is tried.
    let mut nobody = net(Transport::Tcp);
    nobody.parties.truncate(1);
    let binding = binding(
        Hop::new(Transport::Tcp, "10.0.0.2:5060".parse().unwrap()),
        "1234",
        300,
    );
    nobody.act(0, |agent, now| agent.register(now, binding));
    nobody.settle(|_, _, _, _| {});
    assert_eq!(
        nobody.count(0, |event| failed(event, RegistrationFailure::Connection)),
        1
    );

    let (mut lost, mut registrar) = (net(Transport::Tls), Registrar::new(true));
    register(&mut lost, "1234", 300);
    lost.run(10 * SECOND, |agent, now, _, event| {
        registrar.answer(agent, now, event)
    });
    lost.cut_connections();
    lost.settle(|_, _, _, _| {});
    assert_eq!(
        lost.count(0, |event| failed(event, RegistrationFailure::Connection)),
        1
    );
}

#[test]
fn a_nat_on_the_way_is_kept_awake() {
    let mut agent = UserAgent::new(Config::new("Phone/1"), [1; 32]);
    let local = "192.168.1.2:5060".parse().unwrap();
    agent.handle(
        Duration::ZERO,
        Input::Bound {
            flow: FlowId(0),
            local,
        },
    );
    let hop = Hop::new(Transport::Udp, "203.0.113.1:5060".parse().unwrap());
    agent.register(Duration::ZERO, binding(hop, "1234", 300));
    let mut pings = 0;
    let mut now = Duration::ZERO;
    while now < 240 * SECOND {
        match agent.poll() {
            Output::SendTo { bytes, .. } if &bytes[..] == b"\r\n\r\n" => pings += 1,
            Output::SendTo { bytes, remote, .. } => {
                let Ok(crate::Message::Request(mut request)) = crate::Message::parse(&bytes) else {
                    panic!("a request")
                };
                let mut via = request.headers.via().unwrap();
                via.set_received("198.51.100.7".parse().unwrap(), 61_000);
                request.headers.replace_first(Name::Via, via.to_string());
                let mut response = request.response(200);
                response.headers.push(Name::Expires, "300");
                let input = Input::Datagram {
                    flow: FlowId(0),
                    source: remote,
                    bytes: response.write(),
                };
                agent.handle(now, input);
            }
            Output::Wait(deadline) => {
                now = deadline.unwrap();
                agent.handle(now, Input::Timeout);
            }
            _ => {}
        }
    }
    assert_eq!(pings, 9);
}

/// What a registrar grants is read from our own Contact, whatever it leaves out of it and whoever else is bound.
#[test]
fn the_time_granted_is_that_of_our_own_contact() {
    let table = [
        // As RFC 3261 §10.3 has it: all bindings, with their parameters.
        (
            "<sip:201@a>;expires=50;+sip.instance=\"<urn:uuid:2>\", <sip:201@b>;expires=120;+sip.instance=\"<urn:uuid:1>\"",
            "",
            120,
        ),
        // A registrar that knows no instances.
        ("<sip:201@10.0.0.1:5060>;expires=90", "", 90),
        (
            "<sip:201@c>;expires=3600, <sip:201@10.0.0.1:5060>;expires=70",
            "",
            70,
        ),
        // Our binding is the one without instance: the other is not ours.
        (
            "<sip:201@a>;expires=10;+sip.instance=\"<urn:uuid:2>\", <sip:201@10.0.0.1>;expires=70",
            "",
            70,
        ),
        ("<sip:201@10.0.0.1:5060>", "Expires: 200", 200),
        ("", "", 300),
    ];
    for (contacts, expires, granted_s) in table {
        let mut net = net(Transport::Udp);
        register(&mut net, "1234", 300);
        net.run(SECOND, |agent, now, _, event| {
            let Event::Request { incoming, .. } = event else {
                return;
            };
            let mut reply = Reply::new(200);
            if !contacts.is_empty() {
                reply = reply.with_header(Name::Contact, contacts);
            }
            if let Some((_, seconds)) = expires.split_once(": ") {
                reply = reply.with_header(Name::Expires, seconds);
            }
            agent.respond(now, *incoming, reply);
        });
        let told: Vec<u32> = net.parties[0]
            .events
            .iter()
            .filter_map(|event| match event {
                Event::Registered { expires_s, .. } => Some(*expires_s),
                _ => None,
            })
            .collect();
        assert_eq!(told, [granted_s], "{contacts} {expires}");
    }
}

#[test]
fn a_registration_lost_in_a_stalled_connection_is_made_anew_by_another_one() {
    for transport in [Transport::Tcp, Transport::Tls] {
        let (mut net, mut registrar) = (net(transport), Registrar::new(false));
        register(&mut net, "1234", 300);
        let is_bound = |event: &Event| matches!(event, Event::Registered { .. });
        net.run(SECOND, |agent, now, _, event| {
            registrar.answer(agent, now, event)
        });
        assert_eq!((net.count(0, is_bound), registrar.seen), (1, 1));
        let first = net.connections();
        net.stall_connections();
        net.run(300 * SECOND, |agent, now, _, event| {
            registrar.answer(agent, now, event)
        });
        let silent = |event: &Event| failed(event, RegistrationFailure::Silence);
        assert_eq!(
            net.count(0, silent),
            1,
            "the refresh has not come to an answer"
        );
        net.release_connections();
        net.run(SECOND, |agent, now, _, event| {
            registrar.answer(agent, now, event)
        });
        assert_eq!(
            registrar.seen, 1,
            "nor does it come out of the connection later"
        );
        register(&mut net, "1234", 300);
        net.run(SECOND, |agent, now, _, event| {
            registrar.answer(agent, now, event)
        });
        assert_eq!((net.count(0, is_bound), registrar.seen), (2, 2));
        assert!(net.connections().iter().all(|flow| !first.contains(flow)));
    }
}
