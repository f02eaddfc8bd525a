use super::*;
use crate::message::{Message, Method, Request};
use crate::uri::Uri;
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;
use std::time::Duration;

fn rng() -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(7)
}

fn register() -> Request {
    let mut request = Request::new(Method::Register, Uri::parse("sip:ipoffice").unwrap());
    request.headers.push("Via", "SIP/2.0/UDP a;branch=z9hG4bK1");
    request.body = bytes::Bytes::from_static(b"a body");
    request
}

#[test]
fn vectors_of_rfc_2617_and_rfc_7616() {
    let answer = |algorithm, realm, user, password, nonce, cnonce, uri| {
        let qop = Some((Qop::Auth, "00000001", cnonce));
        let ingredients = Ingredients {
            algorithm,
            nonce,
            qop,
            method: "GET",
            uri,
            body: b"",
        };
        ingredients.response(&secret(algorithm, user, realm, password))
    };
    assert_eq!(
        answer(
            Algorithm::Md5,
            "testrealm@host.com",
            "Mufasa",
            "Circle Of Life",
            "dcd98b7102dd2f0e8b11d0f600bfb0c093",
            "0a4f113b",
            "/dir/index.html"
        ),
        "6629fae49393a05397450978507c4ef1"
    );
    let (nonce, cnonce) = (
        "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    );
    let of_7616 = |algorithm| {
        answer(
            algorithm,
            "http-auth@example.org",
            "Mufasa",
            "Circle of Life",
            nonce,
            cnonce,
            "/dir/index.html",
        )
    };
    assert_eq!(of_7616(Algorithm::Md5), "8ca523f5e9506fed4657c9700eebdbec");
    assert_eq!(
        of_7616(Algorithm::Sha256),
        "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
    );
}

/// The oracle's answer to the same challenge with the same client nonce.
fn oracle(challenge: &str, credentials: &crate::header::Credentials, request: &Request) -> String {
    let method = digest_auth::HttpMethod::from(request.method.as_str().to_owned());
    let mut context = digest_auth::AuthContext::new_with_method(
        "201",
        "1234567890",
        request.uri.as_str(),
        Some(&request.body[..]),
        method,
    );
    context.set_custom_cnonce(credentials.get("cnonce").unwrap_or("").to_owned());
    let mut prompt = digest_auth::WwwAuthenticateHeader::parse(challenge).unwrap();
    prompt.nc = u32::from_str_radix(credentials.get("nc").unwrap_or("1"), 16).unwrap() - 1;
    prompt.respond(&context).unwrap().response
}

#[test]
fn client_agrees_with_the_oracle_and_the_server() {
    for algorithm in Algorithm::ALL {
        for qops in [
            vec![Qop::Auth],
            vec![Qop::AuthInt],
            vec![Qop::Auth, Qop::AuthInt],
            vec![],
        ] {
            if qops.is_empty() && algorithm.is_session() {
                continue;
            }
            let mut policy = Policy::new("ipoffice", Duration::from_secs(10));
            (policy.algorithms, policy.qops) = (vec![algorithm], qops.clone());
            let mut server = Server::new(policy, &mut rng());
            let mut client = Client::new("201", "1234567890");
            let mut request = register();
            let response = server.challenge(Duration::ZERO, &request, &Denied::NoCredentials);
            client.hear(&response).unwrap();
            client.authorize(&mut request, &mut rng());
            let credentials = request
                .headers
                .credentials(crate::header::Name::Authorization)
                .remove(0);
            let challenge = response.headers.get("WWW-Authenticate").unwrap();
            // Offered both, the oracle takes auth-int and we take auth.
            if qops.len() < 2 {
                let expected = oracle(challenge, &credentials, &request);
                assert_eq!(
                    credentials.get("response"),
                    Some(expected.as_str()),
                    "{challenge}"
                );
            }
            let Message::Request(request) = Message::parse(&request.write()).unwrap() else {
                panic!()
            };
            let checked = server.check(Duration::ZERO, &request, |_| Some("1234567890".to_owned()));
            assert_eq!(checked.as_deref(), Ok("201"), "{algorithm} {qops:?}");
        }
    }
}

#[test]
fn nonces_expire_and_count() {
    let mut server = Server::new(Policy::new("ipoffice", Duration::from_secs(10)), &mut rng());
    let mut client = Client::new("201", "right");
    let mut request = register();
    let check = |server: &mut Server, ms: u64, request: &Request| {
        server.check(Duration::from_millis(ms), request, |user| {
            (user == "201").then(|| "right".to_owned())
        })
    };
    assert_eq!(check(&mut server, 0, &request), Err(Denied::NoCredentials));
    client
        .hear(&server.challenge(Duration::ZERO, &request, &Denied::NoCredentials))
        .unwrap();
    client.authorize(&mut request, &mut rng());
    assert_eq!(check(&mut server, 9_900, &request).as_deref(), Ok("201"));
    assert_eq!(check(&mut server, 9_900, &request), Err(Denied::Replayed));
    client.authorize(&mut request, &mut rng());
    assert_eq!(check(&mut server, 10_000, &request).as_deref(), Ok("201"));
    client.authorize(&mut request, &mut rng());
    assert_eq!(check(&mut server, 10_100, &request), Err(Denied::Stale));
    let stale = server.challenge(Duration::from_millis(10_100), &request, &Denied::Stale);
    assert!(
        stale
            .headers
            .get("WWW-Authenticate")
            .unwrap()
            .ends_with("stale=true")
    );
    client.hear(&stale).unwrap();
    client.authorize(&mut request, &mut rng());
    assert_eq!(check(&mut server, 10_200, &request).as_deref(), Ok("201"));
}

#[test]
fn credentials_may_name_the_server_alone_and_count_once() {
    let mut server = Server::new(Policy::new("ipoffice", Duration::from_secs(10)), &mut rng());
    let mut client = Client::new("201", "right");
    let mut request = register();
    client
        .hear(&server.challenge(Duration::ZERO, &request, &Denied::NoCredentials))
        .unwrap();
    client.authorize(&mut request, &mut rng());
    let check = |server: &mut Server, request: &Request| {
        server.check(Duration::ZERO, request, |_| Some("right".to_owned()))
    };
    let mut sent = request.clone();
    sent.uri = Uri::parse("sip:202@192.0.2.1:5062").unwrap();
    assert_eq!(check(&mut server, &sent).as_deref(), Ok("201"));
    assert_eq!(check(&mut server, &sent), Err(Denied::Replayed));
    // The digest covers what is named: it can't be put in another's place.
    client.authorize(&mut request, &mut rng());
    let text = request.headers.get("Authorization").unwrap();
    let text = text.replace("uri=\"sip:ipoffice\"", "uri=\"sip:elsewhere\"");
    request.headers.set("Authorization", &text);
    assert!(matches!(
        check(&mut server, &request),
        Err(Denied::WrongPassword { .. })
    ));
}

#[test]
fn wrong_passwords_end_the_matter() {
    let mut server = Server::new(Policy::new("ipoffice", Duration::from_secs(10)), &mut rng());
    let mut client = Client::new("201", "wrong");
    let mut request = register();
    client
        .hear(&server.challenge(Duration::ZERO, &request, &Denied::NoCredentials))
        .unwrap();
    client.authorize(&mut request, &mut rng());
    let denied = server
        .check(Duration::ZERO, &request, |_| Some("right".to_owned()))
        .unwrap_err();
    assert_eq!(
        denied,
        Denied::WrongPassword {
            username: "201".to_owned()
        }
    );
    let again = server.challenge(Duration::ZERO, &request, &denied);
    assert_eq!(
        client.hear(&again),
        Err(ClientError::Refused {
            realm: "ipoffice".to_owned()
        })
    );
    assert!(matches!(
        server.check(Duration::ZERO, &request, |_| None),
        Err(Denied::UnknownUser { .. })
    ));
    let foreign = Server::new(
        Policy::new("ipoffice", Duration::from_secs(10)),
        &mut ChaCha8Rng::seed_from_u64(8),
    );
    let denied = foreign
        .clone()
        .check(Duration::ZERO, &request, |_| Some("wrong".to_owned()));
    assert_eq!(denied, Err(Denied::ForeignNonce));
}

#[test]
fn nonce_counts_may_overtake_each_other_once() {
    let mut uses = server::Uses::default();
    let mut take = |count| uses.take(count);
    assert_eq!(
        [3, 1, 3, 2, 1, 100, 36, 37, 101].map(&mut take),
        [true, true, false, true, false, true, false, true, true]
    );
}

/// The parts of RFC 7616's example in §3.9.2, put together by OpenSSL's SHA-512/256: not SHA-512 cut short.
#[test]
fn sha_512_256_as_another_implementation_has_it() {
    let nonce = "5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK";
    let ingredients = Ingredients {
        algorithm: Algorithm::Sha512_256,
        nonce,
        qop: Some((Qop::Auth, "00000001", "NTg6RKcb9boFIAS3KrFK9BGeh+niz/sm")),
        method: "GET",
        uri: "/doe.json",
        body: b"",
    };
    let secret = secret(
        Algorithm::Sha512_256,
        "J\u{e4}s\u{f8}n Doe",
        "api@example.org",
        "Secret, or not?",
    );
    assert_eq!(
        ingredients.response(&secret),
        "7a4e1192babbba02e91182d2895bfdbf7adafc6e48d4e517ca301974843d840c"
    );
}

/// RFC 8760 §2.4: of several challenges of one realm the topmost that is understood, one a line or all on one.
#[test]
fn the_first_challenge_that_is_understood_is_answered() {
    let challenge = |algorithm: &str| {
        format!("Digest realm=\"ipoffice\", nonce=\"n\", qop=\"auth\", algorithm={algorithm}")
    };
    let table: [(&[&str], &str); 4] = [
        (&["SHA-512-256", "SHA-256", "MD5"], "SHA-512-256"),
        (&["SHA-1024", "SHA-256", "MD5"], "SHA-256"),
        (&["MD5", "SHA-512-256"], "MD5"),
        (&["sha-512-256"], "SHA-512-256"),
    ];
    for (offered, chosen) in table {
        let lines: Vec<String> = offered.iter().map(|name| challenge(name)).collect();
        for lines in [lines.clone(), vec![lines.join(", ")]] {
            let mut request = register();
            let mut response = request.response(401);
            response
                .headers
                .push("WWW-Authenticate", "Basic realm=\"ipoffice\"");
            for line in &lines {
                response.headers.push("WWW-Authenticate", line);
            }
            let mut client = Client::new("201", "right");
            client.hear(&response).unwrap();
            client.authorize(&mut request, &mut rng());
            let credentials = request
                .headers
                .credentials(crate::header::Name::Authorization);
            assert_eq!(credentials.len(), 1, "{lines:?}");
            assert_eq!(credentials[0].get("algorithm"), Some(chosen), "{lines:?}");
        }
    }
}

/// RFC 7616 §3.3: whoever knows the password is told that only the nonce was wrong; whoever does not, is not.
#[test]
fn a_nonce_that_will_not_do_is_stale_for_who_knows_the_password() {
    let policy = || Policy::new("ipoffice", Duration::from_secs(10));
    let mut before = Server::new(policy(), &mut rng());
    let mut restarted = Server::new(policy(), &mut ChaCha8Rng::seed_from_u64(8));
    for (password, is_stale) in [("right", true), ("wrong", false)] {
        let mut client = Client::new("201", password);
        let mut request = register();
        client
            .hear(&before.challenge(Duration::ZERO, &request, &Denied::NoCredentials))
            .unwrap();
        client.authorize(&mut request, &mut rng());
        let check = |server: &mut Server| {
            server
                .check(Duration::ZERO, &request, |_| Some("right".to_owned()))
                .map_err(|denied| denied.is_stale())
        };
        assert_eq!(check(&mut restarted), Err(is_stale));
        if is_stale {
            assert_eq!(check(&mut before).as_deref(), Ok("201"));
            assert_eq!(check(&mut before), Err(true), "used before");
        }
    }
}
