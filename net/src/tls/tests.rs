use std::net::IpAddr;
use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rand_core::Rng;
use rustls::{ClientConnection, ServerConnection};

use super::*;
use crate::entropy::Entropy;

/// February 2018.
fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_518_000_000)
}

const DAY: Duration = Duration::from_secs(86_400);

fn authority(seed: u8) -> Authority {
    Authority::new(Entropy::from_seed([seed; 32]))
}

fn identity(authority: &Authority) -> Identity {
    authority
        .issue(
            &["ipoffice.example.com", "*.lab.example.com"],
            &[IpAddr::from([192, 0, 2, 1])],
            Validity::around(now()),
        )
        .unwrap()
}

#[derive(Debug)]
struct FixedTime(SystemTime, #[allow(dead_code)] provider::Lease);

impl TimeProvider for FixedTime {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(
            self.0.duration_since(UNIX_EPOCH).unwrap(),
        ))
    }
}

#[derive(Debug, Default)]
struct Lines(Mutex<Vec<String>>);

impl KeyLog for Lines {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        self.0
            .lock()
            .unwrap()
            .push(secrets::line(label, client_random, secret));
    }
}

fn ground(seed: u8, at: SystemTime) -> (Ground, Arc<Lines>) {
    let (provider, lease) = provider::seeded(Entropy::from_seed([seed; 32]));
    let lines = Arc::new(Lines::default());
    (
        Ground {
            provider: Arc::new(provider),
            time: Arc::new(FixedTime(at, lease)),
            key_log: lines.clone(),
            resumes: false,
        },
        lines,
    )
}

/// A handshake in memory and a word: all flights with whether the client sent them, or what a side found wrong.
fn flights(
    client: Arc<ClientConfig>,
    server: Arc<ServerConfig>,
    name: &str,
    word: &str,
) -> Result<Vec<(bool, Vec<u8>)>, rustls::Error> {
    let mut client = ClientConnection::new(client, ServerName::try_from(name.to_owned()).unwrap())?;
    let mut server = ServerConnection::new(server)?;
    let mut wire = Vec::new();
    std::io::Write::write_all(&mut client.writer(), word.as_bytes()).unwrap();
    for _ in 0..6 {
        let mut flight = Vec::new();
        client.write_tls(&mut flight).unwrap();
        server.read_tls(&mut flight.as_slice()).unwrap();
        wire.push((true, flight));
        server.process_new_packets()?;
        let mut flight = Vec::new();
        server.write_tls(&mut flight).unwrap();
        client.read_tls(&mut flight.as_slice()).unwrap();
        wire.push((false, flight));
        client.process_new_packets()?;
    }
    let mut heard = vec![0; word.len()];
    std::io::Read::read_exact(&mut server.reader(), &mut heard).unwrap();
    assert_eq!(heard, word.as_bytes());
    wire.retain(|(_, flight)| !flight.is_empty());
    Ok(wire)
}

fn talk(
    client: Arc<ClientConfig>,
    server: Arc<ServerConfig>,
    name: &str,
) -> Result<Vec<(bool, Vec<u8>)>, rustls::Error> {
    flights(client, server, name, "REGISTER")
}

/// For captures: a session that carries a SIP request, and its secrets.
pub(crate) fn recorded_session(word: &str) -> (Vec<(bool, Vec<u8>)>, Vec<String>) {
    let authority = authority(1);
    let ((client, secrets), (server, _)) = (ground(2, now()), ground(3, now()));
    let (client, server) = (
        client.client(&Trust::of(&authority)),
        server.server(&identity(&authority)),
    );
    let wire = flights(client, server, "ipoffice.example.com", word).unwrap();
    let secrets = secrets.0.lock().unwrap().clone();
    (wire, secrets)
}

fn refusal(name: &str, at: SystemTime, trust: &Trust) -> String {
    let identity = identity(&authority(1));
    talk(
        ground(2, at).0.client(trust),
        ground(3, at).0.server(&identity),
        name,
    )
    .unwrap_err()
    .to_string()
}

#[test]
fn certificates_are_equal_for_equal_entropy_and_repeat() {
    let (first, again, other) = (authority(1), authority(1), authority(2));
    assert_eq!(first.certificate_pem(), again.certificate_pem());
    assert_ne!(first.certificate_pem(), other.certificate_pem());
    let issued = identity(&first);
    assert_eq!(
        (issued.chain(), issued.key_pem()),
        (identity(&again).chain(), identity(&again).key_pem())
    );
    assert_eq!(issued.chain(), identity(&first).chain());
    assert_ne!(
        issued.key_pem(),
        first
            .issue(&["b"], &[], Validity::around(now()))
            .unwrap()
            .key_pem()
    );
}

#[test]
fn a_handshake_has_the_same_bytes_for_the_same_seeds() {
    let authority = authority(1);
    let run = |client, server| {
        talk(
            ground(client, now()).0.client(&Trust::of(&authority)),
            ground(server, now()).0.server(&identity(&authority)),
            "ipoffice.example.com",
        )
        .unwrap()
    };
    assert_eq!(run(2, 3), run(2, 3));
    assert_ne!(run(2, 3), run(4, 3));
    assert_ne!(run(2, 3), run(2, 4));
}

#[test]
fn names_and_addresses_of_the_certificate_are_believed() {
    let authority = authority(1);
    for name in ["ipoffice.example.com", "phone.lab.example.com", "192.0.2.1"] {
        let (client, server) = (
            ground(2, now()).0.client(&Trust::of(&authority)),
            ground(3, now()).0.server(&identity(&authority)),
        );
        assert!(talk(client, server, name).is_ok(), "{name}");
    }
}

#[test]
fn a_wrong_name_is_refused() {
    let trust = Trust::of(&authority(1));
    for name in ["other.example.com", "a.b.lab.example.com", "192.0.2.2"] {
        let error = refusal(name, now(), &trust);
        assert!(error.contains("not valid for name"), "{name}: {error}");
    }
}

#[test]
fn validity_is_judged_by_the_hosts_clock() {
    let trust = Trust::of(&authority(1));
    let expired = refusal("ipoffice.example.com", now() + 397 * DAY, &trust);
    assert!(expired.contains("expired"), "{expired}");
    let early = refusal("ipoffice.example.com", now() - 2 * DAY, &trust);
    assert!(early.contains("not valid yet"), "{early}");
}

#[test]
fn an_unknown_authority_is_refused() {
    let error = refusal("ipoffice.example.com", now(), &Trust::of(&authority(9)));
    assert!(error.contains("UnknownIssuer"), "{error}");
    let ours = refusal("ipoffice.example.com", now(), &Trust::Roots(Vec::new()));
    assert!(ours.contains("UnknownIssuer"), "{ours}");
}

#[test]
fn unchecked_trust_believes_any_certificate() {
    let identity = identity(&authority(1));
    let (client, server) = (
        ground(2, now() + 999 * DAY).0.client(&Trust::Unchecked),
        ground(3, now()).0.server(&identity),
    );
    assert!(talk(client, server, "whoever.example.org").is_ok());
}

#[test]
fn both_sides_log_the_same_secrets_as_a_capture_wants_them() {
    let authority = authority(1);
    let ((client, of_client), (server, of_server)) = (ground(2, now()), ground(3, now()));
    talk(
        client.client(&Trust::of(&authority)),
        server.server(&identity(&authority)),
        "192.0.2.1",
    )
    .unwrap();
    let sorted = |lines: &Lines| {
        let mut lines = lines.0.lock().unwrap().clone();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&of_client), sorted(&of_server));
    let labels: Vec<String> = sorted(&of_client)
        .iter()
        .map(|line| line.split(' ').next().unwrap().to_owned())
        .collect();
    assert!(
        labels.contains(&"CLIENT_TRAFFIC_SECRET_0".to_owned())
            && labels.contains(&"SERVER_HANDSHAKE_TRAFFIC_SECRET".to_owned()),
        "{labels:?}"
    );
    assert!(
        sorted(&of_client)
            .iter()
            .all(|line| line.split(' ').nth(1).unwrap().len() == 64)
    );
}

#[test]
fn a_point_of_small_order_is_refused() {
    let (provider, _lease) = provider::seeded(Entropy::from_seed([1; 32]));
    for peer in [&[0_u8; 32][..], &[1, 2, 3]] {
        let exchange = provider.kx_groups[0].start().unwrap();
        assert!(exchange.complete(peer).is_err());
    }
}

#[test]
fn a_slot_is_used_again_and_empty_in_between() {
    let mut drawn = [0; 8];
    let (provider, lease) = provider::seeded(Entropy::from_seed([1; 32]));
    drop(lease);
    // Another test may already have taken the slot; then it draws from that test's stream, never from this one's.
    let mut expected = [0; 8];
    Entropy::from_seed([1; 32]).fill_bytes(&mut expected);
    assert!(provider.secure_random.fill(&mut drawn).is_err() || drawn != expected);
}

#[test]
fn files_are_read_and_wrong_ones_refused() {
    let authority = authority(1);
    let own = identity(&authority);
    let read = Identity::from_pem(own.certificate_pem(), own.key_pem()).unwrap();
    assert_eq!(read.chain(), own.chain());
    assert_eq!(
        Trust::from_pem(authority.certificate_pem()),
        Ok(Trust::of(&authority))
    );
    let other = authority
        .issue(&["b"], &[], Validity::around(now()))
        .unwrap();
    assert_eq!(
        Identity::from_pem(own.certificate_pem(), other.key_pem()).unwrap_err(),
        TlsError::KeyOfAnother
    );
    assert!(matches!(
        Identity::from_pem("", own.key_pem()),
        Err(TlsError::Pem(_))
    ));
    assert!(matches!(
        Identity::from_pem(own.certificate_pem(), "garbage"),
        Err(TlsError::Pem(_))
    ));
    assert!(matches!(Trust::from_pem("nothing"), Err(TlsError::Pem(_))));
    assert_eq!(
        authority
            .issue(&["bücher.example"], &[], Validity::around(now()))
            .unwrap_err(),
        TlsError::Name("bücher.example".to_owned())
    );
}

#[test]
fn a_browsers_authority_works_too() {
    let authority = Authority::for_browsers();
    let (client, server) = (
        ground(2, now()).0.client(&Trust::of(&authority)),
        ground(3, now()).0.server(&identity(&authority)),
    );
    assert!(talk(client, server, "192.0.2.1").is_ok());
}
