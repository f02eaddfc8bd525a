use std::net::SocketAddr;

use axum::Router;
use axum::extract::ws::{Message as Said, WebSocketUpgrade};
use axum::routing::get;
use futures_util::{SinkExt, StreamExt};
use http::StatusCode;

use super::*;
use crate::entropy::Entropy;
use crate::http::{Serving, serve};
use crate::tls::{Authority, Validity};
use crate::world::World;

fn host() -> Host {
    World::real_machine().host("here")
}

fn authority() -> Authority {
    Authority::new(Entropy::from_seed([7; 32]))
}

/// Says everything back in capitals; other places of it do not speak WebSocket, or refuse.
fn router() -> Router {
    let shout = |upgrade: WebSocketUpgrade| async {
        upgrade.on_upgrade(|mut socket| async move {
            while let Some(Ok(message)) = socket.recv().await {
                if let Said::Text(text) = message {
                    let _ = socket.send(Said::Text(text.to_uppercase().into())).await;
                }
            }
        })
    };
    Router::new()
        .route("/shout", get(shout))
        .route("/plain", get(|| async { "no" }))
        .route("/closed", get(|| async { StatusCode::FORBIDDEN }))
}

async fn serving(host: &Host, secure: bool) -> Serving {
    let identity = authority()
        .issue(
            &["localhost"],
            &[[127, 0, 0, 1].into()],
            Validity::around(host.utc()),
        )
        .unwrap();
    let tls = secure.then(|| tls::server_config(host, &identity));
    serve(host, SocketAddr::from(([127, 0, 0, 1], 0)), router(), tls)
        .await
        .unwrap()
}

async fn open_at(host: &Host, url: String) -> Result<WebSocket, WebSocketError> {
    connect(
        host,
        &Trust::of(&authority()),
        Request::get(url).body(()).unwrap(),
    )
    .await
}

#[tokio::test]
async fn messages_go_both_ways_plain_and_secure() {
    let host = host();
    for (scheme, is_secure) in [("ws", false), ("wss", true)] {
        let server = serving(&host, is_secure).await;
        let mut socket = open_at(&host, format!("{scheme}://{}/shout", server.local_addr()))
            .await
            .unwrap();
        for word in ["hello", "world"] {
            socket.send(Message::text(word)).await.unwrap();
            assert_eq!(
                socket.next().await.unwrap().unwrap(),
                Message::text(word.to_uppercase())
            );
        }
        socket.close(None).await.unwrap();
    }
}

#[tokio::test]
async fn a_server_that_does_not_upgrade_is_named_by_its_status() {
    let host = host();
    let server = serving(&host, false).await;
    for (path, expected) in [("plain", 200), ("closed", 403), ("nowhere", 404)] {
        match open_at(&host, format!("ws://{}/{path}", server.local_addr())).await {
            Err(WebSocketError::Refused { status }) => assert_eq!(status, expected, "{path}"),
            other => panic!("{path}: {:?}", other.map(|_| "open")),
        }
    }
}

#[tokio::test]
async fn a_wrong_url_or_certificate_is_said() {
    let host = host();
    let server = serving(&host, true).await;
    let error = open_at(&host, format!("http://{}/shout", server.local_addr()))
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("expected ws:// or wss://"),
        "{error}"
    );
    let stranger = Trust::of(&Authority::new(Entropy::from_seed([8; 32])));
    let request = Request::get(format!("wss://{}/shout", server.local_addr()))
        .body(())
        .unwrap();
    let error = connect(&host, &stranger, request).await.unwrap_err();
    assert!(error.to_string().contains("UnknownIssuer"), "{error}");
}

#[tokio::test]
async fn a_message_beyond_the_bound_ends_the_socket() {
    let host = host();
    let flood = |upgrade: WebSocketUpgrade| async {
        upgrade.on_upgrade(|mut socket| async move {
            let _ = socket
                .send(Said::Binary(vec![0; MAX_MESSAGE + 1].into()))
                .await;
        })
    };
    let router = Router::new().route("/flood", get(flood));
    let server = serve(&host, SocketAddr::from(([127, 0, 0, 1], 0)), router, None)
        .await
        .unwrap();
    let mut socket = open_at(&host, format!("ws://{}/flood", server.local_addr()))
        .await
        .unwrap();
    assert!(matches!(socket.next().await, Some(Err(Error::Capacity(_)))));
}
