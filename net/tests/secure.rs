//! HTTP, TLS and WebSocket in the simulated world: they repeat, survive bad links, obey the virtual clock, and can be captured.

#![allow(
    clippy::unwrap_used,
    reason = "a test that unwraps fails with the line that did it"
)]

use std::net::{IpAddr, SocketAddr};
use std::process::Command;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::extract::ws::WebSocketUpgrade;
use axum::routing::get;
use futures_util::{SinkExt, StreamExt};
use net::capture::{View, from_trace};
use net::faults::{Effect, FaultPlan, Target};
use net::firewall::{FirewallSpec, Rule, Way};
use net::http::{Client, HttpError, serve};
use net::nat::NatSpec;
use net::packet::Protocol;
use net::tls::{Authority, Trust, Validity, client_config, server_config};
use net::topology::{Site, Topology};
use net::world::{Kind, Run, Setup};
use net::{Host, World, websocket};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::{TlsAcceptor, TlsConnector};

const HOSTS: [&str; 2] = ["alice", "cloud.example.com"];
const NAT: &str = "198.51.100.1";

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn topology() -> Topology {
    Topology::new()
        .site(Site::new("home").nat(ip(NAT), NatSpec::default()))
        .site(Site::new("cloud"))
        .host(HOSTS[0], "home", &[ip("192.168.1.2")])
        .host(HOSTS[1], "cloud", &[ip("203.0.113.5")])
}

fn authority(host: &Host) -> Authority {
    // Of the server's entropy: both parties of a test know it.
    Authority::new(host.entropy("test.authority"))
}

/// The bytes of a settings file that is longer than any window.
fn settings() -> String {
    (0..20_000)
        .map(|line| format!("SET LINE{line} {line}\n"))
        .collect()
}

/// Serves plain HTTP on 80 and HTTPS on 443; gives what a client must trust.
async fn start_server(world: &World) -> Trust {
    let host = world.host(HOSTS[1]);
    let authority = authority(&host);
    let identity = authority
        .issue(&[HOSTS[1]], &[], Validity::around(host.utc()))
        .unwrap();
    let shout = |upgrade: WebSocketUpgrade| async {
        upgrade.on_upgrade(|mut socket| async move {
            while let Some(Ok(message)) = socket.recv().await {
                let _ = socket.send(message).await;
            }
        })
    };
    let router = Router::new()
        .route("/settings", get(|| async { settings() }))
        .route(
            "/who",
            get(|ConnectInfo(remote): ConnectInfo<SocketAddr>| async move { remote.to_string() }),
        )
        .route("/echo", get(shout));
    for (port, tls) in [(80, None), (443, Some(server_config(&host, &identity)))] {
        serve(
            &host,
            SocketAddr::new(host.addresses()[0], port),
            router.clone(),
            tls,
        )
        .await
        .unwrap();
    }
    Trust::of(&authority)
}

async fn fetch(world: World) -> String {
    let trust = start_server(&world).await;
    let client = Client::new(&world.host(HOSTS[0]), &trust);
    let plain = client
        .get("http://cloud.example.com/settings")
        .await
        .unwrap();
    let secure = client
        .get("https://cloud.example.com/settings")
        .await
        .unwrap();
    assert_eq!(plain.body(), secure.body());
    String::from_utf8(secure.body().to_vec()).unwrap()
}

fn setup() -> Setup {
    Setup::new(Kind::Wire, topology())
        .limit(Duration::from_secs(3600))
        .keep_entries()
}

/// Loss, reordering, duplication and a small MTU, both ways.
fn bad_line(seed: u64) -> FaultPlan {
    let home = || Target::link("home");
    FaultPlan::seeded(seed)
        .with(home(), Duration::ZERO, None, Effect::Lose { percent: 3.0 })
        .with(
            home(),
            Duration::ZERO,
            None,
            Effect::Reorder {
                percent: 5.0,
                by: Duration::from_millis(30),
            },
        )
        .with(
            home(),
            Duration::ZERO,
            None,
            Effect::Duplicate { percent: 5.0 },
        )
        .with(
            home(),
            Duration::ZERO,
            None,
            Effect::Delay {
                by: Duration::from_millis(5),
            },
        )
}

#[test]
fn equal_seeds_give_equal_bytes_in_tls_and_http() {
    let hash = |seed| {
        let run = setup().seed(seed).run(fetch).unwrap();
        run.value.unwrap();
        run.trace.hash
    };
    assert_eq!(hash(1), hash(1));
    assert_ne!(hash(1), hash(2));
}

#[test]
fn a_file_arrives_whole_over_a_bad_line_and_the_run_can_be_replayed_from_its_decisions() {
    let first = setup().seed(1).faults(bad_line(9)).run(fetch).unwrap();
    assert_eq!(first.value.unwrap(), settings());
    assert!(first.decisions.decisions.len() > 50 && first.trace.dropped_count > 10);
    let replayed = setup()
        .seed(1)
        .faults(bad_line(8))
        .decisions(first.decisions.clone())
        .run(fetch)
        .unwrap();
    assert_eq!(replayed.trace.hash, first.trace.hash);
    assert_eq!(replayed.decisions, first.decisions);
}

#[test]
fn the_date_and_the_certificates_validity_follow_the_virtual_clock() {
    let mut late = topology();
    late.hosts[0].skew_ms = 400 * 86_400_000;
    let epoch = late.epoch();
    let run = Setup::new(Kind::Wire, late).run(|world| async move {
        let trust = start_server(&world).await;
        let client = Client::new(&world.host(HOSTS[0]), &trust);
        let answer = client.get("http://cloud.example.com/who").await.unwrap();
        let date = answer.headers()["date"].to_str().unwrap().to_owned();
        (
            date,
            client
                .get("https://cloud.example.com/who")
                .await
                .unwrap_err(),
        )
    });
    let (date, error) = run.unwrap().value.unwrap();
    assert!(
        httpdate::parse_http_date(&date)
            .unwrap()
            .duration_since(epoch)
            .unwrap()
            < Duration::from_secs(2),
        "{date}"
    );
    assert!(
        matches!(&error, HttpError::Tls { .. }) && error.to_string().contains("expired"),
        "{error}"
    );
}

#[test]
fn a_server_sees_a_home_by_its_nats_address() {
    let run = setup().run(|world| async move {
        let trust = start_server(&world).await;
        let client = Client::new(&world.host(HOSTS[0]), &trust);
        client
            .get("http://cloud.example.com/who")
            .await
            .unwrap()
            .into_body()
    });
    let who = run.unwrap().value.unwrap();
    assert!(who.starts_with(NAT.as_bytes()), "{who:?}");
}

#[test]
fn a_websocket_talks_through_nat_and_tls() {
    let run = setup().run(|world| async move {
        let trust = start_server(&world).await;
        let request = http::Request::get("wss://cloud.example.com/echo")
            .body(())
            .unwrap();
        let mut socket = websocket::connect(&world.host(HOSTS[0]), &trust, request)
            .await
            .unwrap();
        socket
            .send(websocket::Message::text("hello"))
            .await
            .unwrap();
        socket.next().await.unwrap().unwrap()
    });
    assert_eq!(
        run.unwrap().value.unwrap(),
        websocket::Message::text("hello")
    );
}

#[test]
fn an_answer_that_never_comes_is_given_up_in_time() {
    let plan = FaultPlan::seeded(1).with(
        Target::downlink("home"),
        Duration::from_millis(1),
        None,
        Effect::Cut,
    );
    let run = setup().faults(plan).run(|world| async move {
        let trust = start_server(&world).await;
        let host = world.host(HOSTS[0]);
        host.sleep(Duration::from_secs(1)).await;
        let error = Client::new(&host, &trust)
            .get("http://203.0.113.5/who")
            .await
            .unwrap_err();
        (error, host.now())
    });
    let (error, now) = run.unwrap().value.unwrap();
    assert!(
        matches!(
            error,
            HttpError::TimedOut { .. } | HttpError::Connect { .. }
        ),
        "{error}"
    );
    assert!(now <= Duration::from_secs(32), "{now:?}");
}

/// The fields tshark finds in a run's capture; none if it is not installed.
fn tshark<T>(run: &Run<T>, view: View, arguments: &[&str]) -> Option<String> {
    let epoch = topology().epoch();
    let file = from_trace(&run.trace, &HOSTS, epoch, view, Vec::new()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.pcapng");
    std::fs::write(&path, file).unwrap();
    match Command::new("tshark")
        .arg("-r")
        .arg(&path)
        .args(arguments)
        .output()
    {
        Ok(output) if output.status.success() => Some(String::from_utf8(output.stdout).unwrap()),
        Ok(output) => panic!("{}", String::from_utf8_lossy(&output.stderr)),
        Err(error) => {
            eprintln!("not run: tshark is not here ({error})");
            None
        }
    }
}

#[test]
fn tshark_reads_a_run_decrypts_it_and_says_what_was_lost() {
    let run = setup().faults(bad_line(3)).run(fetch).unwrap();
    // At the server: a NAT's two sides are two conversations to tshark.
    let server = View::Host(1);
    let order = ["-o", "tcp.reassemble_out_of_order:TRUE"];
    let fields = [
        "-Y",
        "http.request",
        "-T",
        "fields",
        "-e",
        "http.request.uri",
        "-e",
        "tls.record.content_type",
    ];
    let Some(requests) = tshark(&run, server, &[&order[..], &fields].concat()) else {
        return;
    };
    let lines: Vec<&str> = requests.lines().collect();
    assert_eq!(lines.len(), 2, "{requests}");
    assert!(
        lines[0].starts_with("/settings\t") && lines[1].contains("23"),
        "{requests}"
    );
    let wrong = [
        "-Y",
        "_ws.malformed || tcp.checksum.status == 0",
        "-o",
        "tcp.check_checksum:TRUE",
    ];
    assert_eq!(
        tshark(&run, server, &[&order[..], &wrong].concat()).unwrap(),
        ""
    );
    let lost = [
        "-Y",
        "frame.comment contains \"lost by bernoulli\"",
        "-T",
        "fields",
        "-e",
        "frame.comment",
    ];
    let lost = tshark(&run, View::Sent, &lost).unwrap();
    assert_eq!(
        lost.lines().count() as u64,
        run.trace.dropped_count,
        "{lost}"
    );
}

#[test]
fn a_blocked_packet_is_recorded_with_the_rule_that_blocked_it() {
    let mut topology = topology();
    let rule = Rule::block("no plain web", Way::Out)
        .protocol(Protocol::Tcp)
        .port(80)
        .host("*.example.com".parse().unwrap());
    topology.sites[0].firewall = Some(FirewallSpec {
        rules: vec![rule],
        ..FirewallSpec::default()
    });
    let run = Setup::new(Kind::Wire, topology)
        .keep_entries()
        .run(|world| async move {
            let trust = start_server(&world).await;
            let client = Client::new(&world.host(HOSTS[0]), &trust);
            (
                client.get("http://cloud.example.com/who").await,
                client.get("https://cloud.example.com/who").await,
            )
        });
    let run = run.unwrap();
    let (plain, secure) = run.value.as_ref().unwrap();
    assert!(plain.is_err() && secure.is_ok(), "{plain:?} {secure:?}");
    let text = format!("{:?}", run.trace.entries);
    assert!(text.contains("firewall: outbound blocked by rule 'no plain web'"));
}

/// Sends `text` through TLS to a server that sends everything back, and ends the session both ways.
async fn echo_over_tls(world: World, text: Vec<u8>) -> std::io::Result<Vec<u8>> {
    let (alice, cloud) = (world.host(HOSTS[0]), world.host(HOSTS[1]));
    let authority = authority(&cloud);
    let identity = authority
        .issue(&[HOSTS[1]], &[], Validity::around(cloud.utc()))
        .unwrap();
    let acceptor = TlsAcceptor::from(server_config(&cloud, &identity));
    let listener = cloud
        .listen(SocketAddr::new(cloud.addresses()[0], 5061))
        .await?;
    cloud.spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = acceptor.accept(stream).await.unwrap();
        let mut heard = Vec::new();
        stream.read_to_end(&mut heard).await.unwrap();
        stream.write_all(&heard).await.unwrap();
        stream.shutdown().await.unwrap();
    });
    let connector = TlsConnector::from(client_config(&alice, &Trust::of(&authority)));
    let stream = alice
        .connect(SocketAddr::new(ip("203.0.113.5"), 5061))
        .await?;
    let mut stream = connector
        .connect(HOSTS[1].try_into().unwrap(), stream)
        .await?;
    stream.write_all(&text).await?;
    stream.shutdown().await?;
    let mut heard = Vec::new();
    stream.read_to_end(&mut heard).await?;
    Ok(heard)
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_tls_session_survives_any_line_that_loses_less_than_a_fifth(
        percent in 0.0..20.0_f64, twice in 0.0..20.0_f64, late in 0.0..20.0_f64, mtu in 400..1500_usize, length in 1..20_000_usize, seed: u64,
    ) {
        let home = || Target::link("home");
        let plan = FaultPlan::seeded(seed)
            .with(home(), Duration::ZERO, None, Effect::Lose { percent })
            .with(home(), Duration::ZERO, None, Effect::Duplicate { percent: twice })
            .with(home(), Duration::ZERO, None, Effect::Reorder { percent: late, by: Duration::from_millis(40) })
            .with(home(), Duration::ZERO, None, Effect::Mtu { bytes: mtu });
        let text: Vec<u8> = (0..length).map(|at| (at * 7 % 251) as u8).collect();
        let sent = text.clone();
        let run = setup().seed(seed).faults(plan).run(move |world| echo_over_tls(world, sent)).unwrap();
        proptest::prop_assert_eq!(run.value.unwrap().unwrap(), text);
    }
}
