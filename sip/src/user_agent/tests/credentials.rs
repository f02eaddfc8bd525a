//! Challenges on the way of a request: stale nonces, several realms, protected bodies, and what the ACK bears.

use super::*;
use crate::digest::{Algorithm, Denied, Policy, Qop, Server};
use crate::message::Request;

fn server(policy: Policy) -> Server {
    let mut rng = <rand_chacha::ChaCha8Rng as rand_core::SeedableRng>::seed_from_u64(5);
    Server::new(policy, &mut rng)
}

fn check(digest: &mut Server, now: Duration, request: &Request) -> Result<(), Reply> {
    let known = |user: &str| (user == "201").then(|| "1234".to_owned());
    match digest.check(now, request, known) {
        Ok(_) => Ok(()),
        Err(denied) => Err(challenge(digest, now, &denied)),
    }
}

fn challenge(digest: &mut Server, now: Duration, denied: &Denied) -> Reply {
    let (status, name) = match digest.policy().is_proxy {
        true => (407, Name::ProxyAuthenticate),
        false => (401, Name::WwwAuthenticate),
    };
    let challenges = digest.challenges(now, denied.is_stale());
    challenges
        .iter()
        .fold(Reply::new(status), |reply, challenge| {
            reply.with_header(name, challenge.to_string())
        })
}

fn net() -> Net {
    let mut registrar = Config::new("Registrar/1");
    registrar.methods.push(Method::Register);
    let configs = vec![Config::new("Phone/1"), registrar];
    Net::new(Transport::Udp, PERFECT, 3, configs)
}

fn register(net: &mut Net) {
    let hop = Hop::new(Transport::Udp, net.parties[1].address);
    let binding = Binding {
        hop,
        registrar: uri("sip:ipoffice"),
        address: name_addr("<sip:201@ipoffice>"),
        expires_s: 300,
        contact_params: crate::header::Params::new(),
        headers: Headers::new(),
        login: Some(Login::new("201", "1234")),
    };
    net.act(0, |agent, now| agent.register(now, binding));
}

fn is_registered(net: &Net) -> usize {
    net.count(0, |event| matches!(event, Event::Registered { .. }))
}

/// Plays a registrar until all is quiet; gives how often it was asked.
fn play(net: &mut Net, mut verdict: impl FnMut(Duration, &Request) -> Result<(), Reply>) -> usize {
    let mut asked = 0;
    net.run(40 * SECOND, |agent, now, _, event| {
        if let Event::Request {
            incoming, request, ..
        } = event
        {
            asked += 1;
            let reply = verdict(now, request).err().unwrap_or(Reply::new(200));
            agent.respond(now, *incoming, reply);
        }
    });
    asked
}

#[test]
fn a_stale_nonce_is_answered_anew_without_asking_the_user() {
    let mut net = net();
    register(&mut net);
    let mut digest = server(Policy::new("ipoffice", 10 * SECOND));
    let mut left = 2;
    let asked = play(&mut net, |now, request| {
        check(&mut digest, now, request)?;
        if left == 0 {
            return Ok(());
        }
        left -= 1;
        Err(challenge(&mut digest, now, &Denied::Stale))
    });
    assert_eq!((is_registered(&net), asked), (1, 4));
}

#[test]
fn a_registrar_that_finds_every_nonce_stale_is_given_up() {
    let mut net = net();
    register(&mut net);
    let mut digest = server(Policy::new("ipoffice", Duration::ZERO));
    let asked = play(&mut net, |now, request| check(&mut digest, now, request));
    let failed = net.count(0, |event| matches!(event, Event::RegistrationFailed { .. }));
    assert_eq!((is_registered(&net), failed, asked), (0, 1, 8));
}

#[test]
fn a_proxy_and_a_registrar_may_both_ask() {
    let mut net = net();
    register(&mut net);
    let mut proxy = server(Policy {
        is_proxy: true,
        ..Policy::new("proxy.example", 10 * SECOND)
    });
    let mut registrar = server(Policy {
        algorithms: vec![Algorithm::Sha512_256, Algorithm::Md5],
        ..Policy::new("ipoffice", 10 * SECOND)
    });
    let mut last = None;
    let asked = play(&mut net, |now, request| {
        check(&mut proxy, now, request)?;
        check(&mut registrar, now, request)?;
        last = Some(request.clone());
        Ok(())
    });
    assert_eq!((is_registered(&net), asked), (1, 3));
    let credentials = last.unwrap().headers.credentials(Name::Authorization);
    assert_eq!(credentials.len(), 1);
    assert_eq!(credentials[0].get("algorithm"), Some("SHA-512-256"));
}

/// The callee asks for credentials over the body too; the ACK of each 2xx bears those of its own INVITE (RFC 3261 §22.1).
#[test]
fn a_protected_body_is_covered_and_the_acknowledgement_bears_the_same_credentials() {
    let mut net = Net::pair(Transport::Udp, PERFECT, 1);
    let invite = Invite {
        hop: Hop::new(Transport::Udp, net.parties[1].address),
        uri: uri("sip:202@ipoffice"),
        from: name_addr("<sip:201@ipoffice>"),
        to: name_addr("<sip:202@ipoffice>"),
        headers: Headers::new(),
        body: Some(Body::sdp("offer")),
        login: Some(Login::new("201", "1234")),
    };
    let id = net.act(0, |agent, now| agent.invite(now, invite));
    let mut digest = server(Policy {
        algorithms: vec![Algorithm::Sha256],
        qops: vec![Qop::AuthInt],
        ..Policy::new("ipoffice", 10 * SECOND)
    });
    let mut pairs = Vec::new();
    let mut accepted = None;
    for round in 0..2 {
        if round == 1 {
            // Long after the forks of the first INVITE are forgotten.
            net.run(60 * SECOND, |_, _, _, _| {});
            net.act(0, |agent, now| {
                agent.reinvite(now, id, Some(Body::sdp("hold")), Headers::new())
            })
            .unwrap();
        }
        net.run(5 * SECOND, |agent, now, _, event| match event {
            Event::Incoming {
                session, request, ..
            } => match check(&mut digest, now, request) {
                Ok(()) => {
                    // A body that was changed on the way would not pass.
                    let mut changed = request.clone();
                    changed.body = "other".into();
                    let denied = digest.check(now, &changed, |_| Some("1234".to_owned()));
                    assert!(matches!(denied, Err(Denied::WrongPassword { .. })));
                    accepted = Some(request.clone());
                    let reply = Reply::new(200).with_body(Body::sdp("answer"));
                    agent.accept(now, *session, reply).unwrap();
                }
                Err(reply) => agent.reject(now, *session, reply).unwrap(),
            },
            Event::Reinvited { session, request } => {
                let reply = match check(&mut digest, now, request) {
                    Ok(()) => {
                        accepted = Some(request.clone());
                        Reply::new(200).with_body(Body::sdp("answer"))
                    }
                    Err(reply) => reply,
                };
                agent.answer_reinvite(now, *session, reply).unwrap();
            }
            Event::Confirmed { request, .. } => {
                pairs.push((accepted.take().unwrap(), request.clone()));
            }
            _ => {}
        });
    }
    assert_eq!(pairs.len(), 2);
    let of = |request: &Request| request.headers.get(Name::Authorization).map(str::to_owned);
    for (invite, ack) in &pairs {
        assert!(of(invite).unwrap().contains("qop=auth-int"));
        assert_eq!(of(ack), of(invite));
    }
    assert_ne!(of(&pairs[0].1), of(&pairs[1].1));
}

/// A server may challenge what the callee asks for within the dialog, as it does with the caller.
#[test]
fn the_callee_answers_challenges_too() {
    for login in [None, Some(Login::new("201", "1234"))] {
        let mut net = Net::pair(Transport::Udp, PERFECT, 1);
        call(&mut net, Some("offer"));
        let mut session = None;
        net.run(SECOND, |agent, now, party, event| {
            polite(agent, now, event);
            if let (1, Event::Incoming { session: id, .. }) = (party, event) {
                session = Some(*id);
            }
        });
        let id = session.unwrap();
        let wanted = (usize::from(login.is_some()), usize::from(login.is_none()));
        net.act(1, |agent, now| {
            if let Some(login) = login {
                agent.set_login(id, login);
            }
            agent.reinvite(now, id, Some(Body::sdp("hold")), Headers::new())
        })
        .unwrap();
        let mut digest = server(Policy::new("ipoffice", 10 * SECOND));
        net.run(5 * SECOND, |agent, now, _, event| {
            if let Event::Reinvited { session, request } = event {
                let accepted = Reply::new(200).with_body(Body::sdp("answer"));
                let reply = check(&mut digest, now, request).err().unwrap_or(accepted);
                agent.answer_reinvite(now, *session, reply).unwrap();
            }
        });
        let answered = net.count(1, |event| matches!(event, Event::ReinviteAnswered { .. }));
        let refused = net.count(1, |event| matches!(event, Event::ReinviteRefused { .. }));
        assert_eq!((answered, refused), wanted);
    }
}
