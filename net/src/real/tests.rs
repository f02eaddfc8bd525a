use super::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

fn host() -> Host {
    crate::World::real_machine().host("here")
}

fn loopback() -> SocketAddr {
    "127.0.0.1:0".parse().expect("an address")
}

#[tokio::test]
async fn a_udp_socket_outlives_a_closed_port() {
    let host = host();
    let socket = host.udp(loopback()).await.expect("a socket");
    let gone = host.udp(loopback()).await.expect("a socket").local_addr();
    for _ in 0..3 {
        socket.send_to(b"anybody?", gone).await.expect("sent");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    socket
        .send_to(b"myself", socket.local_addr())
        .await
        .expect("sent");
    let (bytes, source) = socket.recv().await.expect("received");
    assert_eq!((&bytes[..], source), (&b"myself"[..], socket.local_addr()));
}

#[tokio::test]
async fn a_connection_carries_bytes_and_ends() {
    let host = host();
    let listener = host.listen(loopback()).await.expect("a listener");
    let target = listener.local_addr();
    let server = host.spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut text = String::new();
        stream.read_to_string(&mut text).await.expect("text");
        stream
            .write_all(text.to_uppercase().as_bytes())
            .await
            .expect("sent");
    });
    let mut stream = host.connect(target).await.expect("connected");
    stream
        .set_keep_alive(Some(Duration::from_secs(30)))
        .expect("set");
    assert_eq!(stream.peer_addr(), target);
    stream.write_all(b"hello").await.expect("sent");
    stream.shutdown().await.expect("half-closed");
    let mut text = String::new();
    stream.read_to_string(&mut text).await.expect("text");
    assert_eq!(text, "HELLO");
    assert!(server.join().await);
}

#[tokio::test]
async fn nobody_listening_is_refused() {
    let host = host();
    let target = host
        .listen(loopback())
        .await
        .expect("a listener")
        .local_addr();
    let error = host.connect(target).await.expect_err("closed");
    assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn literals_resolve_without_asking() {
    let addresses = host().resolve("[2001:db8::7]").await.expect("a literal");
    assert_eq!(
        addresses,
        ["2001:db8::7".parse::<IpAddr>().expect("an address")]
    );
    let addresses = host()
        .resolve("localhost")
        .await
        .expect("in the hosts file");
    assert!(addresses.iter().all(IpAddr::is_loopback), "{addresses:?}");
}
