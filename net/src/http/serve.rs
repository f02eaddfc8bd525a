//! An axum router on a host: accepts, secures, answers, all within bounds.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{HeaderValue, Request, Response, header};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use crate::host::tcp::{TcpListener, TcpStream};
use crate::host::{Host, Task};
use crate::tls::Secured;

/// A router being served; it goes on when this is dropped, and ends with the host or by [`Serving::stop`].
#[derive(Debug)]
pub struct Serving {
    local: SocketAddr,
    task: Task,
}

/// By which door a request came in; every request carries it as an extension, next to axum's `ConnectInfo`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Door {
    /// The server's own end of the connection.
    pub local: SocketAddr,
    /// The client's end.
    pub remote: SocketAddr,
    /// The connection is protected by TLS.
    pub is_secure: bool,
}

/// Serves `router` at `local`, over TLS if it is given a configuration. Fails if the port cannot be had.
///
/// Answers carry the host's own time in `Date`. A connection lives at most two minutes as HTTP; one that became a
/// WebSocket lives as long as its ends.
pub async fn serve(
    host: &Host,
    local: SocketAddr,
    router: Router,
    tls: Option<Arc<ServerConfig>>,
) -> io::Result<Serving> {
    let listener = host.listen(local).await?;
    let local = listener.local_addr();
    let server = Server {
        host: host.clone(),
        router,
        tls: tls.map(TlsAcceptor::from),
        open_count: Arc::default(),
    };
    let task = host.spawn(server.accept(listener));
    Ok(Serving { local, task })
}

impl Serving {
    /// The address it listens on.
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// Takes no more connections. Those that are open end on their own.
    pub fn stop(&self) {
        self.task.abort();
    }
}

#[derive(Clone)]
struct Server {
    host: Host,
    router: Router,
    tls: Option<TlsAcceptor>,
    open_count: Arc<AtomicUsize>,
}

impl Server {
    async fn accept(self, listener: TcpListener) {
        loop {
            let Ok((stream, _)) = listener.accept().await else {
                // The system is short of something for a moment; trying again at once would be a busy loop.
                self.host.sleep(RETRY_TIME).await;
                continue;
            };
            // One more than the bound is closed at once, by being dropped.
            if let Some(place) = Place::take(&self.open_count) {
                let server = self.clone();
                self.host.spawn(async move {
                    server.talk(stream).await;
                    drop(place);
                });
            }
        }
    }

    async fn talk(self, stream: TcpStream) {
        let door = Door {
            local: stream.local_addr(),
            remote: stream.peer_addr(),
            is_secure: self.tls.is_some(),
        };
        match self.tls.clone() {
            None => self.answer(stream, door).await,
            Some(acceptor) => {
                tokio::select! {
                    biased;
                    secured = acceptor.accept(stream) => if let Ok(secured) = secured {
                        self.answer(Secured::new(secured), door).await;
                    },
                    () = self.host.sleep(HANDSHAKE_TIME) => {}
                }
            }
        }
    }

    async fn answer<Io: AsyncRead + AsyncWrite + Send + Unpin + 'static>(
        &self,
        io: Io,
        door: Door,
    ) {
        let service =
            service_fn(|request| respond(self.host.clone(), self.router.clone(), door, request));
        let connection = http1::Builder::new()
            // hyper would ask the system for the time.
            .auto_date_header(false)
            .max_buf_size(MAX_HEAD)
            .serve_connection(TokioIo::new(io), service)
            .with_upgrades();
        let mut connection = std::pin::pin!(connection);
        tokio::select! {
            biased;
            _ = connection.as_mut() => return,
            () = self.host.sleep(MAX_LIFE) => connection.as_mut().graceful_shutdown(),
        }
        tokio::select! {
            biased;
            _ = connection => {}
            () = self.host.sleep(HANDSHAKE_TIME) => {}
        }
    }
}

/// One of the connections that a server has room for; given back even if a handler panics.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(open_count: &Arc<AtomicUsize>) -> Option<Self> {
        let place = Self(open_count.clone());
        let before = open_count.fetch_add(1, Ordering::Relaxed);
        (before < MAX_CONNECTIONS).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn respond(
    host: Host,
    router: Router,
    door: Door,
    request: Request<hyper::body::Incoming>,
) -> Result<Response<Body>, Infallible> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(door.remote));
    request.extensions_mut().insert(door);
    let mut response = router.oneshot(request).await?;
    if let Ok(date) = HeaderValue::from_str(&httpdate::fmt_http_date(host.utc())) {
        response.headers_mut().insert(header::DATE, date);
    }
    Ok(response)
}

/// Connections open at once on one port.
const MAX_CONNECTIONS: usize = 1024;
/// Bytes of a request line and its headers.
const MAX_HEAD: usize = 64 * 1024;
/// Time for a TLS handshake, and for the last answer of a connection that has lived long enough.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);
/// Time that a connection may be used, or held without being used.
const MAX_LIFE: Duration = Duration::from_secs(120);
/// Pause after a failure to accept.
const RETRY_TIME: Duration = Duration::from_millis(100);
