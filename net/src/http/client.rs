//! A small HTTP client: one connection a request, bounded in time and size, no redirects followed.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, Uri, header};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;

use super::{Destination, open};
use crate::host::Host;
use crate::tls::{self, Trust};

/// Sends requests from a host.
#[derive(Clone, Debug)]
pub struct Client {
    host: Host,
    tls: Arc<ClientConfig>,
}

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// The caller's URL or request cannot be used.
    #[error("cannot use the URL: {0}")]
    Url(String),
    /// The name has no address.
    #[error("no address for the name {name}: {source}")]
    Name {
        /// The name asked for.
        name: String,
        /// What the resolver said.
        source: io::Error,
    },
    /// The connection was refused or never came about.
    #[error("cannot connect to {address}: {source}")]
    Connect {
        /// The last address tried.
        address: SocketAddr,
        /// What the network said.
        source: io::Error,
    },
    /// The TLS handshake failed, most often because of the certificate.
    #[error("no secure connection with {name}: {source}")]
    Tls {
        /// The name whose certificate was expected.
        name: String,
        /// What was wrong.
        source: io::Error,
    },
    /// The server broke the protocol or the connection broke.
    #[error("the server's answer cannot be read: {0}")]
    Protocol(String),
    /// The answer's body is larger than a client takes.
    #[error("the answer is larger than {most} bytes")]
    TooLarge {
        /// The bound in bytes.
        most: usize,
    },
    /// Nothing came in time.
    #[error("no answer within {after_ms} ms")]
    TimedOut {
        /// The bound in milliseconds.
        after_ms: u128,
    },
}

impl Client {
    /// A client that believes the certificates of `trust`.
    pub fn new(host: &Host, trust: &Trust) -> Client {
        Client {
            host: host.clone(),
            tls: tls::client_config(host, trust),
        }
    }

    /// Gets a URL.
    pub async fn get(&self, url: &str) -> Result<Response<Bytes>, HttpError> {
        let request = Request::get(url)
            .body(Bytes::new())
            .map_err(|error| HttpError::Url(format!("{url}: {error}")))?;
        self.send(request).await
    }

    /// Sends a request to the absolute `http` or `https` URL that it carries and waits for the whole answer, 30 s at most.
    pub async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        tokio::select! {
            biased;
            answer = self.exchange(request) => answer,
            () = self.host.sleep(MAX_TIME) => Err(HttpError::TimedOut { after_ms: MAX_TIME.as_millis() }),
        }
    }

    async fn exchange(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let to = Destination::of(request.uri(), "http", "https")?;
        let connection = open(&self.host, &self.tls, &to).await?;
        let (mut sender, driver) = http1::handshake(TokioIo::new(connection))
            .await
            .map_err(broken)?;
        let task = self.host.spawn(async move {
            // What goes wrong here is heard by whoever waits for the answer.
            let _ = driver.await;
        });
        let answer = sender
            .send_request(relative(request)?)
            .await
            .map_err(broken)?;
        let (head, body) = answer.into_parts();
        let body = Limited::new(body, MAX_BODY)
            .collect()
            .await
            .map_err(|error| {
                if error.is::<LengthLimitError>() {
                    HttpError::TooLarge { most: MAX_BODY }
                } else {
                    HttpError::Protocol(error.to_string())
                }
            });
        task.abort();
        Ok(Response::from_parts(head, body?.to_bytes()))
    }
}

/// The request as it stands on the wire: only the path in its first line, the rest in `Host` (RFC 9112 §3.2.1).
fn relative(mut request: Request<Bytes>) -> Result<Request<Full<Bytes>>, HttpError> {
    let url = request.uri().clone();
    let authority = url
        .authority()
        .ok_or_else(|| HttpError::Url(format!("{url}: no host")))?;
    let host = HeaderValue::from_str(authority.as_str())
        .map_err(|error| HttpError::Url(format!("{url}: {error}")))?;
    request.headers_mut().insert(header::HOST, host);
    request
        .headers_mut()
        .insert(header::CONNECTION, HeaderValue::from_static("close"));
    let path = url.path_and_query().map_or("/", |path| path.as_str());
    *request.uri_mut() = path
        .parse::<Uri>()
        .map_err(|error| HttpError::Url(format!("{url}: {error}")))?;
    Ok(request.map(Full::new))
}

fn broken(error: hyper::Error) -> HttpError {
    HttpError::Protocol(error.to_string())
}

/// Time for a whole exchange: name, connection, request, answer.
const MAX_TIME: Duration = Duration::from_secs(30);
/// Bytes of an answer's body.
const MAX_BODY: usize = 16 << 20;
