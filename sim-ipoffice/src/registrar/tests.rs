use super::*;
use net::Entropy;
use sip::digest::Client;
use sip::user_agent::Transport;

struct Desk {
    config: Config,
    registrar: Registrar,
    client: Client,
    number: u32,
}

fn desk(more: &str) -> Desk {
    let json = format!(r#"{{"users":[{{"extension":"201","password":"1234567890"}}]{more}}}"#);
    let config = Config::from_json(&json).unwrap();
    let registrar = Registrar::new(&config, &mut Entropy::from_seed([1; 32]));
    Desk {
        config,
        registrar,
        client: Client::new("201", "1234567890"),
        number: 0,
    }
}

impl Desk {
    fn request(&mut self, lines: &str) -> Request {
        self.number += 1;
        let text = format!(
            "REGISTER sip:ipo SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:201@ipo>;tag=1\r\n\
             To: <sip:201@ipo>\r\nCall-ID: 1\r\nCSeq: {} REGISTER\r\n{lines}\r\n",
            self.number
        );
        let Ok(sip::Message::Request(request)) = sip::Message::parse(text.as_bytes()) else {
            panic!("{text}")
        };
        request
    }

    fn handle(&mut self, ms: u64, request: &Request) -> Reply {
        let hop = Hop::new(Transport::Udp, "198.51.100.1:5060".parse().unwrap());
        self.registrar
            .handle(Duration::from_millis(ms), &self.config, &hop, request)
    }

    /// The answer to a REGISTER with good credentials.
    fn register(&mut self, ms: u64, lines: &str) -> Reply {
        let mut request = self.request(lines);
        let challenge = self.handle(ms, &request);
        self.hear(&request, &challenge);
        self.client
            .authorize(&mut request, &mut Entropy::from_seed([2; 32]));
        self.handle(ms, &request)
    }

    fn hear(&mut self, request: &Request, challenge: &Reply) {
        let mut response = request.response(401);
        response.headers.push(
            Name::WwwAuthenticate,
            challenge.headers.get(Name::WwwAuthenticate).unwrap(),
        );
        self.client.forget();
        self.client.hear(&response).unwrap();
    }
}

/// REG-02.
#[test]
fn a_challenge_is_good_for_10_s() {
    for (ms, status) in [(9_900, 200), (10_100, 401)] {
        let mut desk = desk("");
        let mut request = desk.request("Contact: <sip:201@a>\r\n");
        let challenge = desk.handle(0, &request);
        assert_eq!(challenge.status, 401);
        desk.hear(&request, &challenge);
        desk.client
            .authorize(&mut request, &mut Entropy::from_seed([2; 32]));
        let reply = desk.handle(ms, &request);
        assert_eq!(reply.status, status, "{ms} ms");
        let stale = reply
            .headers
            .get(Name::WwwAuthenticate)
            .map(|text| text.ends_with("stale=true"));
        assert_eq!(stale, (status == 401).then_some(true));
    }
    let mut flawed = desk(r#","flaws":["nonce_never_expires"]"#);
    let mut request = flawed.request("Contact: <sip:201@a>\r\n");
    let challenge = flawed.handle(0, &request);
    flawed.hear(&request, &challenge);
    flawed
        .client
        .authorize(&mut request, &mut Entropy::from_seed([2; 32]));
    assert_eq!(flawed.handle(86_400_000, &request).status, 200);
}

#[test]
fn bindings_are_listed_taken_back_and_kept_in_order() {
    let mut desk = desk("");
    assert_eq!(desk.register(0, "").headers.get(Name::Contact), None);
    let bound = desk.register(
        0,
        "Contact: <sip:201@a;x=1>;+sip.instance=\"<urn:uuid:1>\";expires=120\r\n",
    );
    assert_eq!(
        bound.headers.get(Name::Contact),
        Some("<sip:201@a;x=1>;expires=120;+sip.instance=\"<urn:uuid:1>\"")
    );
    let later = desk.register(20_000, "");
    assert!(
        later
            .headers
            .get(Name::Contact)
            .unwrap()
            .contains("expires=100")
    );
    // The same device from a new address, by its instance.
    desk.register(
        30_000,
        "Contact: <sip:201@b>;+sip.instance=\"<urn:uuid:1>\"\r\nExpires: 600\r\n",
    );
    assert_eq!(
        desk.registrar
            .bindings(Duration::from_secs(30), "201")
            .count(),
        1
    );
    let refreshes: Vec<Change> = desk.registrar.take_changes();
    assert!(matches!(
        refreshes[..],
        [
            Change::Bound {
                is_refresh: false,
                ..
            },
            Change::Bound {
                is_refresh: true,
                ..
            }
        ]
    ));
    // One that was overtaken.
    desk.number = 1;
    assert_eq!(
        desk.register(31_000, "Contact: <sip:201@b>\r\n").status,
        500
    );
    desk.number = 100;
    assert_eq!(desk.register(32_000, "Contact: *\r\n").status, 400);
    assert_eq!(
        desk.register(32_000, "Contact: *\r\nExpires: 0\r\n")
            .headers
            .get(Name::Contact),
        None
    );
    assert_eq!(desk.registrar.all().count(), 0);
}

#[test]
fn another_users_extension_and_broken_requests_are_refused() {
    let mut desk = desk(r#","expires":{"least_s":60}"#);
    let reply = desk.register(0, "Contact: <sip:201@a>;expires=59\r\n");
    assert_eq!(
        (reply.status, reply.headers.get(Name::MinExpires)),
        (423, Some("60"))
    );
    assert_eq!(
        desk.register(0, "Contact: \"open <sip:201@a>\r\n").status,
        400
    );
    let many = (0..9)
        .map(|n| format!("Contact: <sip:201@a{n}>\r\n"))
        .collect::<String>();
    assert_eq!(desk.register(0, &many).status, 400);
    let mut foreign = desk.request("Contact: <sip:201@a>\r\n");
    foreign.headers.set(Name::To, "<sip:202@ipo>");
    let challenge = desk.handle(0, &foreign);
    desk.hear(&foreign, &challenge);
    desk.client
        .authorize(&mut foreign, &mut Entropy::from_seed([2; 32]));
    assert_eq!(desk.handle(0, &foreign).status, 403);
}

/// RFC 3261 §10.3: several contacts are bound together or not at all, and `*` too must be in order.
#[test]
fn a_register_changes_all_or_nothing() {
    let mut desk = desk(r#","expires":{"least_s":60}"#);
    let reply = desk.register(
        0,
        "Contact: <sip:201@a>;expires=120, <sip:201@b>;expires=59\r\n",
    );
    assert_eq!(reply.status, 423);
    assert_eq!(desk.registrar.all().count(), 0);

    desk.number = 10;
    assert_eq!(desk.register(0, "Contact: <sip:201@a>\r\n").status, 200);
    desk.number = 1;
    let late = desk.register(0, "Contact: *\r\nExpires: 0\r\n");
    assert_eq!(late.status, 500, "it was overtaken");
    assert_eq!(desk.registrar.all().count(), 1);
    desk.number = 20;
    let reply = desk.register(0, "m: *\r\nExpires: 0\r\n");
    assert_eq!(
        (reply.status, reply.headers.get(Name::Contact)),
        (200, None)
    );
    assert_eq!(desk.registrar.all().count(), 0);
}

/// RFC 3261 §10.2.1.1: what cannot be read of a time counts as not said; a time beyond all bounds is cut.
#[test]
fn a_senseless_time_is_the_systems_own() {
    for (lines, granted) in [
        ("Contact: <sip:201@a>\r\nExpires: soon\r\n", "expires=300"),
        ("Contact: <sip:201@a>;expires=soon\r\n", "expires=300"),
        (
            "Contact: <sip:201@a>\r\nExpires: 99999999999999\r\n",
            "expires=3600",
        ),
        (
            "Contact: <sip:201@a>;expires=120\r\nExpires: 600\r\n",
            "expires=120",
        ),
    ] {
        let mut desk = desk("");
        let reply = desk.register(0, lines);
        let contact = reply.headers.get(Name::Contact).unwrap_or("");
        assert!(contact.ends_with(granted), "{lines}: {contact}");
    }
}
