use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

fn play_echo() -> (Option<Vec<u8>>, u64, Duration) {
    let topology = Topology::lan(&["a", "b"], Duration::from_millis(5));
    let played = simulate(
        &topology,
        7,
        Duration::from_secs(5),
        true,
        |hosts| async move {
            let (a, b) = (hosts[0].clone(), hosts[1].clone());
            let server = b.clone();
            b.spawn(async move {
                let socket = server.udp(SocketAddr::from(([0; 4], 5000))).await.unwrap();
                let listener = server
                    .listen(SocketAddr::from(([0; 4], 5001)))
                    .await
                    .unwrap();
                let (bytes, source) = socket.recv().await.unwrap();
                socket.send_to(&bytes, source).await.unwrap();
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut all = Vec::new();
                stream.read_to_end(&mut all).await.unwrap();
                stream.write_all(&all).await.unwrap();
                stream.shutdown().await.unwrap();
            });
            let address = a.resolve("b").await.unwrap()[0];
            a.sleep(Duration::from_millis(50)).await;
            let socket = a.udp(SocketAddr::from(([0; 4], 0))).await.unwrap();
            socket
                .send_to(b"ping", (address, 5000).into())
                .await
                .unwrap();
            let (mut heard, _) = socket
                .recv()
                .await
                .map(|(bytes, source)| (bytes.to_vec(), source))
                .unwrap();
            let mut stream = a.connect((address, 5001).into()).await.unwrap();
            stream.write_all(&[7; 100_000]).await.unwrap();
            stream.shutdown().await.unwrap();
            let mut all = Vec::new();
            stream.read_to_end(&mut all).await.unwrap();
            heard.extend_from_slice(&all[99_990..]);
            assert_eq!(all.len(), 100_000);
            let refused = a.connect((address, 5002).into()).await.unwrap_err();
            assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
            heard
        },
    )
    .unwrap();
    (played.value, played.trace.hash, played.time)
}

#[test]
fn udp_and_tcp_echo_twice_the_same() {
    let (value, hash, time) = play_echo();
    assert_eq!(
        value.as_deref(),
        Some(&b"ping\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07"[..])
    );
    assert_eq!(play_echo(), (value, hash, time));
    assert!(time < Duration::from_secs(1), "{time:?}");
}

#[test]
fn what_turmoil_lacks_is_named() {
    use crate::nat::NatSpec;
    let home = Site::new("home").nat(Ipv4Addr::new(198, 51, 100, 1).into(), NatSpec::default());
    let reason = unsupported(&Topology::new().site(home)).unwrap();
    assert!(
        reason.contains("NAT") && reason.contains("home"),
        "{reason}"
    );
    assert_eq!(unsupported(&Topology::lan(&["a"], Duration::ZERO)), None);
}

#[test]
fn a_play_without_end_is_ended() {
    let topology = Topology::lan(&["a"], Duration::ZERO);
    let played = simulate(&topology, 1, Duration::from_millis(100), false, |_| {
        std::future::pending::<()>()
    })
    .unwrap();
    assert!(played.value.is_none());
}
