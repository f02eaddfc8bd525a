use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::{get, post};
use bytes::Bytes;
use http::{Request, StatusCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::entropy::Entropy;
use crate::host::Host;
use crate::tls::{self, Authority, Trust, Validity};
use crate::world::World;

fn host() -> Host {
    World::real_machine().host("here")
}

fn anywhere() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

fn authority() -> Authority {
    Authority::new(Entropy::from_seed([7; 32]))
}

fn router() -> Router {
    Router::new()
        .route("/hello", get(|| async { "world" }))
        .route("/who", get(|ConnectInfo(remote): ConnectInfo<SocketAddr>| async move { remote.ip().to_string() }))
        .route("/door", get(|axum::Extension(door): axum::Extension<Door>| async move { format!("{} {}", door.local.port(), door.is_secure) }))
        .route("/echo", post(|body: Bytes| async { body }))
        .route("/large", get(|| async { vec![0_u8; 17 << 20] }))
        .route("/slow", get(|| async { tokio::time::sleep(Duration::from_secs(3600)).await }))
}

async fn serving(host: &Host) -> Serving {
    serve(host, anywhere(), router(), None).await.unwrap()
}

/// A server whose certificate names `localhost` and 127.0.0.1.
async fn secure(host: &Host) -> Serving {
    let identity = authority()
        .issue(
            &["localhost"],
            &[IpAddr::from([127, 0, 0, 1])],
            Validity::around(host.utc()),
        )
        .unwrap();
    serve(
        host,
        anywhere(),
        router(),
        Some(tls::server_config(host, &identity)),
    )
    .await
    .unwrap()
}

fn client(host: &Host) -> Client {
    Client::new(host, &Trust::of(&authority()))
}

fn text(body: &Bytes) -> &str {
    std::str::from_utf8(body).unwrap()
}

#[tokio::test]
async fn a_request_is_answered_with_the_hosts_date() {
    let host = host();
    let server = serving(&host).await;
    let answer = client(&host)
        .get(&format!("http://{}/hello", server.local_addr()))
        .await
        .unwrap();
    assert_eq!(
        (answer.status(), text(answer.body())),
        (StatusCode::OK, "world")
    );
    let date = httpdate::parse_http_date(answer.headers()["date"].to_str().unwrap()).unwrap();
    let off = host.utc().duration_since(date).unwrap();
    assert!(off < Duration::from_secs(5), "{off:?}");
    assert!(answer.headers().get("server").is_none());
}

#[tokio::test]
async fn a_handler_sees_who_asks_and_by_which_door() {
    let host = host();
    let (plain, secure) = (serving(&host).await, secure(&host).await);
    let base = format!("http://{}", plain.local_addr());
    assert_eq!(
        text(
            client(&host)
                .get(&format!("{base}/who"))
                .await
                .unwrap()
                .body()
        ),
        "127.0.0.1"
    );
    assert_eq!(
        text(
            client(&host)
                .get(&format!("{base}/door"))
                .await
                .unwrap()
                .body()
        ),
        format!("{} false", plain.local_addr().port())
    );
    let url = format!("https://{}/door", secure.local_addr());
    assert_eq!(
        text(client(&host).get(&url).await.unwrap().body()),
        format!("{} true", secure.local_addr().port())
    );
}

#[tokio::test]
async fn a_body_goes_both_ways() {
    let host = host();
    let server = serving(&host).await;
    let body = Bytes::from(vec![b'x'; 1 << 20]);
    let request = Request::post(format!("http://{}/echo", server.local_addr()))
        .body(body.clone())
        .unwrap();
    assert_eq!(client(&host).send(request).await.unwrap().into_body(), body);
}

#[tokio::test]
async fn a_certificate_for_another_name_or_of_another_authority_is_refused() {
    let host = host();
    let server = secure(&host).await;
    let other = Client::new(
        &host,
        &Trust::of(&Authority::new(Entropy::from_seed([8; 32]))),
    );
    let error = other
        .get(&format!("https://{}/hello", server.local_addr()))
        .await
        .unwrap_err();
    assert!(
        matches!(&error, HttpError::Tls { .. }) && error.to_string().contains("UnknownIssuer"),
        "{error}"
    );
    let elsewhere = SocketAddr::from(([127, 0, 0, 2], 0));
    let identity = authority()
        .issue(
            &["localhost"],
            &[IpAddr::from([127, 0, 0, 1])],
            Validity::around(host.utc()),
        )
        .unwrap();
    let server = serve(
        &host,
        elsewhere,
        router(),
        Some(tls::server_config(&host, &identity)),
    )
    .await
    .unwrap();
    let error = client(&host)
        .get(&format!("https://{}/hello", server.local_addr()))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("not valid for name"), "{error}");
}

#[tokio::test]
async fn every_failure_has_its_own_error() {
    let host = host();
    let server = serving(&host).await;
    let client = client(&host);
    let gone = {
        let listener = host.listen(anywhere()).await.unwrap();
        listener.local_addr()
    };
    let error = |url: String| async move { client.get(&url).await.unwrap_err() };
    for (url, part) in [
        (format!("http://{gone}/"), "cannot connect to"),
        (
            format!("https://{}/", server.local_addr()),
            "no secure connection",
        ),
        (
            format!("http://{}/large", server.local_addr()),
            "larger than 16777216 bytes",
        ),
        (
            "ftp://127.0.0.1/".to_owned(),
            "expected http:// or https://",
        ),
        ("/hello".to_owned(), "expected http://"),
        ("not a url".to_owned(), "cannot use the URL"),
        (
            "http://no-such-name.invalid/".to_owned(),
            "no address for the name no-such-name.invalid",
        ),
    ] {
        let said = error.clone()(url.clone()).await.to_string();
        assert!(said.contains(part), "{url}: {said}");
    }
}

#[tokio::test]
async fn a_port_in_use_cannot_be_served() {
    let host = host();
    let server = serving(&host).await;
    let error = serve(&host, server.local_addr(), router(), None)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
}

/// What a raw connection hears in answer to raw bytes.
async fn raw(host: &Host, server: &Serving, bytes: &[u8]) -> Vec<u8> {
    let mut stream = host.connect(server.local_addr()).await.unwrap();
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let mut heard = Vec::new();
    let _ = stream.read_to_end(&mut heard).await;
    heard
}

#[tokio::test]
async fn nonsense_harms_nobody_else() {
    let host = host();
    let (plain, secure) = (serving(&host).await, secure(&host).await);
    let long_line = format!(
        "GET /hello HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n",
        "x".repeat(1 << 20)
    );
    let heard = raw(&host, &plain, long_line.as_bytes()).await;
    assert!(
        heard.is_empty() || heard.starts_with(b"HTTP/1.1 431"),
        "{}",
        String::from_utf8_lossy(&heard)
    );
    let heard = raw(&host, &plain, b"\x16\x03\x01 what is this\r\n\r\n").await;
    assert!(
        heard.starts_with(b"HTTP/1.1 400"),
        "{}",
        String::from_utf8_lossy(&heard)
    );
    raw(&host, &secure, b"GET /hello HTTP/1.1\r\n\r\n").await;
    raw(&host, &secure, &[0x16, 0x03, 0x01, 0x02, 0x00, 0x01]).await;
    assert_eq!(
        text(
            client(&host)
                .get(&format!("http://{}/hello", plain.local_addr()))
                .await
                .unwrap()
                .body()
        ),
        "world"
    );
    assert_eq!(
        text(
            client(&host)
                .get(&format!("https://{}/hello", secure.local_addr()))
                .await
                .unwrap()
                .body()
        ),
        "world"
    );
}

#[tokio::test]
async fn a_stopped_server_takes_no_more() {
    let host = host();
    let server = serving(&host).await;
    server.stop();
    tokio::time::sleep(Duration::from_millis(20)).await;
    let error = client(&host)
        .get(&format!("http://{}/hello", server.local_addr()))
        .await
        .unwrap_err();
    assert!(matches!(error, HttpError::Connect { .. }), "{error}");
}
