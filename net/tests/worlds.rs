//! The same small parties in all three worlds: what they tell each other must be the same.

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "a test names what it expects; all else fails it"
)]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::routing::get;
use futures_util::{SinkExt, StreamExt};
use net::dns::{Naptr, Record, Srv};
use net::faults::{Effect, FaultPlan, Target};
use net::http::{Client, serve};
use net::nat::NatSpec;
use net::tls::{Authority, Trust, Validity, client_config, server_config};
use net::topology::{Site, Topology};
use net::world::{Kind, Setup, SetupError, Stopped};
use net::{FlowEvent, Flows, Host, Transport, World, websocket};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::rustls::{ClientConfig, ServerConfig};

const KINDS: [Kind; 3] = [Kind::Wire, Kind::Turmoil, Kind::Real];
const SERVER: &str = "server.example.com";

fn topology() -> Topology {
    let srv = Srv {
        priority: 1,
        weight: 2,
        port: 5060,
        target: SERVER.to_string(),
    };
    let naptr = Naptr {
        order: 1,
        preference: 2,
        flags: "s".to_string(),
        service: "SIP+D2U".to_string(),
        regexp: String::new(),
        replacement: "_sip._udp.example.com".to_string(),
    };
    Topology::lan(&["client", SERVER], Duration::from_millis(2))
        .record("_sip._udp.example.com", Record::Srv(srv))
        .record("example.com", Record::Naptr(naptr))
}

/// Runs a play in each world and asserts that all come to the same words.
fn same_everywhere<F>(play: impl Fn(World) -> F + Clone + Send + 'static) -> Vec<String>
where
    F: Future<Output = Vec<String>> + Send + 'static,
{
    let mut first: Option<Vec<String>> = None;
    for kind in KINDS {
        let setup = Setup::new(kind, topology()).limit(Duration::from_secs(20));
        let run = setup.run(play.clone()).expect("each world can host this");
        let words = run.value.unwrap_or_else(|why| panic!("{kind:?}: {why}"));
        match &first {
            None => first = Some(words),
            Some(first) => assert_eq!(&words, first, "{kind:?}"),
        }
    }
    first.expect("there are three worlds")
}

fn any(port: u16) -> SocketAddr {
    SocketAddr::from(([0; 4], port))
}

/// A host that has nothing to do with time limits waits for its peer to be ready.
/// TLS for a server whose client believes in it.
fn protection(client: &Host, server: &Host) -> (Arc<ServerConfig>, Arc<ClientConfig>) {
    let authority = Authority::new(server.entropy("authority"));
    let validity = Validity::around(server.utc());
    let identity = authority.issue(&[SERVER], &[], validity).expect("issued");
    let trust = Trust::of(&authority);
    (
        server_config(server, &identity),
        client_config(client, &trust),
    )
}

async fn resolve(host: &Host, port: u16) -> SocketAddr {
    let found = host.resolve(SERVER).await.expect("known");
    SocketAddr::new(found[0], port)
}

#[test]
fn datagrams() {
    let words = same_everywhere(|world| async move {
        let (client, server) = (world.host("client"), world.host(SERVER));
        let ear = server.udp(any(5060)).await.expect("free");
        server.spawn(async move {
            while let Ok((bytes, source)) = ear.recv().await {
                let _ = ear.send_to(&bytes.to_ascii_uppercase(), source).await;
            }
        });
        let socket = client.udp(any(0)).await.expect("free");
        let target = resolve(&client, 5060).await;
        let mut words = Vec::new();
        for size in [0, 1, 172, 1400, 9000] {
            let bytes = vec![b'x'; size];
            socket.send_to(&bytes, target).await.expect("sent");
            let mut buffer = [0; 10_000];
            let (len, source) = socket.recv_from(&mut buffer).await.expect("answered");
            assert_eq!(source, target);
            words.push(String::from_utf8_lossy(&buffer[..len]).into_owned());
        }
        words
    });
    assert_eq!(words[2], "X".repeat(172));
}

#[test]
fn connections() {
    same_everywhere(|world| async move {
        let (client, server) = (world.host("client"), world.host(SERVER));
        let listener = server.listen(any(80)).await.expect("free, or moved");
        let mut words = vec![listener.local_addr().port().to_string()];
        server.spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut text = Vec::new();
                stream.read_to_end(&mut text).await.expect("read");
                text.reverse();
                stream.write_all(&text).await.expect("written");
            }
        });
        let target = resolve(&client, 80).await;
        for size in [1, 70_000, 300_000] {
            let mut stream = client.connect(target).await.expect("connected");
            assert_eq!(stream.peer_addr(), target);
            let text: Vec<u8> = (0..size).map(|n: usize| (n % 251) as u8).collect();
            stream.write_all(&text).await.expect("written");
            stream.shutdown().await.expect("half-closed");
            let mut back = Vec::new();
            stream.read_to_end(&mut back).await.expect("read");
            back.reverse();
            assert!(back == text, "{size} bytes came back changed");
            words.push(back.len().to_string());
        }
        let nobody = client.connect(SocketAddr::new(target.ip(), 81)).await;
        words.push(nobody.expect_err("nobody listens").kind().to_string());
        words
    });
}

#[test]
fn names() {
    same_everywhere(|world| async move {
        let client = world.host("client");
        let address = client.resolve(SERVER).await.expect("known");
        assert_eq!(address, world.host(SERVER).addresses());
        let services = client
            .resolve_srv("_sip._udp.example.com")
            .await
            .expect("known");
        let pointers = client.resolve_naptr("example.com").await.expect("known");
        let unknown = client
            .resolve("nowhere.example.com")
            .await
            .expect_err("unknown");
        vec![
            format!("{services:?}"),
            format!("{pointers:?}"),
            unknown.kind().to_string(),
        ]
    });
}

#[test]
fn flows_of_every_transport() {
    let words = same_everywhere(|world| async move {
        let (client, server) = (world.host("client"), world.host(SERVER));
        let (tls, trust) = protection(&client, &server);
        let mut flows = Flows::new(&server);
        flows.bind_udp(any(5060));
        flows.listen(any(5060), None);
        flows.listen(any(5061), Some(tls));
        for _ in 0..3 {
            assert!(matches!(flows.next().await, FlowEvent::Bound { .. }));
        }
        server.spawn(echo(flows));
        let mut words = Vec::new();
        let mut flows = Flows::new(&client);
        let target = resolve(&client, 5060).await;
        let udp = flows.bind_udp(any(0));
        flows.next().await;
        flows.send_to(udp, target, b"over udp");
        words.push(next_words(&mut flows).await);
        let name = SERVER.try_into().expect("a name");
        let secure = SocketAddr::new(target.ip(), 5061);
        for (target, tls) in [(target, None), (secure, Some((name, trust)))] {
            let flow = flows.connect(target, tls);
            match flows.next().await {
                FlowEvent::Opened {
                    transport, remote, ..
                } => {
                    assert_eq!(remote, target);
                    flows
                        .send(flow, format!("over {transport:?}").as_bytes())
                        .expect("room");
                }
                other => panic!("not opened: {other:?}"),
            }
            words.push(next_words(&mut flows).await);
            flows.close(flow);
        }
        words
    });
    assert_eq!(words, ["over udp", "over Tcp", "over Tls"]);
}

#[test]
fn an_aborted_flow_is_over_for_both_ends() {
    same_everywhere(|world| async move {
        let (client, server) = (world.host("client"), world.host(SERVER));
        let (tls, trust) = protection(&client, &server);
        let mut far = Flows::new(&server);
        far.listen(any(5060), None);
        far.listen(any(5061), Some(tls));
        for _ in 0..2 {
            assert!(matches!(far.next().await, FlowEvent::Bound { .. }));
        }
        let plain = resolve(&client, 5060).await;
        let secure = SocketAddr::new(plain.ip(), 5061);
        let name = SERVER.try_into().expect("a name");
        let mut near = Flows::new(&client);
        let mut words = Vec::new();
        for (target, tls) in [(plain, None), (secure, Some((name, trust)))] {
            let flow = near.connect(target, tls);
            let (opened, accepted) = tokio::join!(near.next(), far.next());
            assert!(matches!(opened, FlowEvent::Opened { .. }), "{opened:?}");
            near.abort(flow);
            near.abort(flow);
            let late = near.send(flow, b"late").expect_err("over");
            let (FlowEvent::Opened { flow, .. }, FlowEvent::Closed { flow: closed, .. }) =
                (accepted, far.next().await)
            else {
                panic!("not opened and closed");
            };
            assert_eq!(closed, flow);
            words.push(late.to_string());
        }
        words
    });
}

async fn echo(mut flows: Flows) {
    loop {
        match flows.next().await {
            FlowEvent::Datagram {
                flow,
                source,
                bytes,
            } => flows.send_to(flow, source, &bytes),
            FlowEvent::Bytes { flow, bytes } => flows.send(flow, &bytes).expect("room"),
            FlowEvent::Opened {
                transport,
                listener,
                ..
            } => {
                assert!(listener.is_some() && transport != Transport::Udp);
            }
            FlowEvent::Closed { reason, .. } => assert_eq!(reason, None),
            other => panic!("unexpected {other:?}"),
        }
    }
}

async fn next_words(flows: &mut Flows) -> String {
    match flows.next().await {
        FlowEvent::Datagram { bytes, .. } | FlowEvent::Bytes { bytes, .. } => {
            String::from_utf8_lossy(&bytes).into_owned()
        }
        other => panic!("no words: {other:?}"),
    }
}

#[test]
fn web() {
    let words = same_everywhere(|world| async move {
        let (client, server) = (world.host("client"), world.host(SERVER));
        let authority = Authority::new(server.entropy("authority"));
        let validity = Validity::around(server.utc());
        let identity = authority.issue(&[SERVER], &[], validity).expect("issued");
        let shout = |upgrade: WebSocketUpgrade| async {
            upgrade.on_upgrade(|mut socket| async move {
                while let Some(Ok(message)) = socket.recv().await {
                    let _ = socket.send(message).await;
                }
            })
        };
        let router = Router::new()
            .route("/settings", get(|| async { "SET EXTENSION 201\n" }))
            .route("/events", get(shout));
        let tls = server_config(&server, &identity);
        let plain = serve(&server, any(80), router.clone(), None)
            .await
            .expect("served");
        let secure = serve(&server, any(443), router, Some(tls))
            .await
            .expect("served");
        let trust = Trust::of(&authority);
        let web = Client::new(&client, &trust);
        let mut words = Vec::new();
        for scheme in ["http", "https"] {
            let url = format!("{scheme}://{SERVER}/settings");
            let answer = web.get(&url).await.expect("answered");
            words.push(format!("{} {:?}", answer.status(), answer.body()));
            let url = format!("{scheme}://{SERVER}/events").replace("http", "ws");
            let request = http::Request::get(url).body(()).expect("a request");
            let mut socket = websocket::connect(&client, &trust, request)
                .await
                .expect("upgraded");
            socket
                .send(format!("hello over {scheme}").into())
                .await
                .expect("sent");
            let answer = socket.next().await.expect("open").expect("a message");
            words.push(answer.into_text().expect("text").to_string());
        }
        drop((plain, secure));
        words
    });
    assert_eq!(words[3], "hello over https");
}

#[test]
fn what_a_world_cannot_host_it_refuses_with_a_reason() {
    let address = |text: &str| text.parse().expect("an address");
    let nat = Topology::new()
        .site(Site::new("home").nat(address("198.51.100.1"), NatSpec::default()))
        .host("client", "home", &[address("192.168.1.2")]);
    let names: Vec<String> = (0..21).map(|number| format!("host{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let crowd = Topology::lan(&names, Duration::from_millis(1));
    let lossy = FaultPlan::seeded(1).with(
        Target::uplink("lan"),
        Duration::ZERO,
        None,
        Effect::Lose { percent: 1.0 },
    );
    let frozen = FaultPlan::seeded(1).with(
        Target::host("client"),
        Duration::ZERO,
        None,
        Effect::Suspend,
    );
    let cases = [
        (Setup::new(Kind::Turmoil, nat.clone()), "NAT"),
        (Setup::new(Kind::Turmoil, crowd), "21"),
        (
            Setup::new(Kind::Turmoil, topology()).faults(lossy),
            "fault plan",
        ),
        (Setup::new(Kind::Real, nat), "loopback has no NAT"),
        (
            Setup::new(Kind::Real, topology()).faults(frozen),
            "stand still",
        ),
    ];
    for (setup, part) in cases {
        match setup.run(|_| async {}) {
            Err(SetupError::Unsupported { reason }) => assert!(reason.contains(part), "{reason}"),
            other => panic!("{part}: {other:?}"),
        }
    }
}

#[test]
fn real_datagrams_pass_the_links_of_the_plan() {
    let target = || Target::pair("client", SERVER);
    let plan = FaultPlan::seeded(3)
        .with(
            target(),
            Duration::ZERO,
            None,
            Effect::Lose { percent: 30.0 },
        )
        .with(
            target(),
            Duration::ZERO,
            None,
            Effect::Delay {
                by: Duration::from_millis(30),
            },
        );
    let setup = Setup::new(Kind::Real, topology())
        .faults(plan)
        .keep_entries();
    let run = setup.run(|world| async move {
        let (client, server) = (world.host("client"), world.host(SERVER));
        client.sleep(Duration::from_millis(20)).await;
        let ear = server.udp(any(4000)).await.expect("free");
        let mouth = client.udp(any(0)).await.expect("free");
        let target = resolve(&client, 4000).await;
        let started = world.now();
        for number in 0..100_u8 {
            mouth.send_to(&[number], target).await.expect("sent");
        }
        let mut heard = 0;
        loop {
            tokio::select! {
                biased;
                _ = ear.recv() => {
                    assert!(world.now() - started >= Duration::from_millis(30));
                    heard += 1;
                }
                // Much longer than the delay: a busy machine may sleep through it.
                () = server.sleep(Duration::from_secs(2)) => return heard,
            }
        }
    });
    let run = run.expect("sound");
    let heard: usize = run.value.expect("the play ends");
    assert!((50..90).contains(&heard), "{heard}");
    assert_eq!(run.decisions.decisions.len(), 100 - heard);
    assert_eq!(run.trace.dropped_count as usize, 100 - heard);
}

#[test]
fn a_real_play_that_hangs_or_panics_is_ended() {
    let limit = Duration::from_millis(50);
    let run = Setup::new(Kind::Real, topology())
        .limit(limit)
        .run(|_| std::future::pending::<()>());
    assert_eq!(
        run.expect("sound").value,
        Err(Stopped::TimeLimit { at: limit })
    );
    let run = Setup::new(Kind::Real, topology()).run(|world| async move {
        let task = world.host("client").spawn(async { panic!("lost") });
        task.join().await;
    });
    let (host, message) = ("client".to_string(), "lost".to_string());
    assert_eq!(
        run.expect("sound").value,
        Err(Stopped::TaskPanicked { host, message })
    );
}

#[test]
fn handles_can_go_to_other_threads() {
    fn is_shareable<T: Send + Sync + 'static>() {}
    fn is_sendable<T: Send + Unpin + 'static>() {}
    is_shareable::<Host>();
    is_shareable::<World>();
    is_shareable::<net::UdpSocket>();
    is_shareable::<Arc<net::TcpListener>>();
    is_sendable::<net::TcpStream>();
    is_sendable::<Flows>();
}
