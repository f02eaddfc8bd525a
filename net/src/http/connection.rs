//! From a URL to an open connection: name, address, TCP, TLS.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::Uri;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::TlsConnector;

use super::HttpError;
use crate::host::Host;
use crate::host::tcp::TcpStream;
use crate::tls::Secured;

/// Where a URL leads.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Destination {
    /// Name or address, without brackets.
    pub(crate) host: String,
    /// TCP port.
    pub(crate) port: u16,
    /// `https` or `wss`.
    pub(crate) is_secure: bool,
}

/// An open connection, plain or protected.
#[derive(Debug)]
pub enum Connection {
    /// Plain TCP.
    Plain(TcpStream),
    /// TLS, with its far end's certificate verified.
    Secure(Secured),
}

impl Destination {
    /// Reads an absolute URL of a scheme out of `plain` and `secure`, whose default ports are 80 and 443.
    pub(crate) fn of(url: &Uri, plain: &str, secure: &str) -> Result<Self, HttpError> {
        let wrong = |why: &str| HttpError::Url(format!("{url}: {why}"));
        let is_secure = match url.scheme_str() {
            Some(scheme) if scheme.eq_ignore_ascii_case(plain) => false,
            Some(scheme) if scheme.eq_ignore_ascii_case(secure) => true,
            Some(_) | None => return Err(wrong(&format!("expected {plain}:// or {secure}://"))),
        };
        let host = url
            .host()
            .filter(|host| !host.is_empty())
            .ok_or_else(|| wrong("no host"))?;
        let host = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        let port = url.port_u16().unwrap_or(if is_secure { 443 } else { 80 });
        Ok(Self {
            host,
            port,
            is_secure,
        })
    }
}

/// Opens a connection: the name's addresses are tried one after the other.
pub(crate) async fn open(
    host: &Host,
    tls: &Arc<ClientConfig>,
    to: &Destination,
) -> Result<Connection, HttpError> {
    let unknown = |source| HttpError::Name {
        name: to.host.clone(),
        source,
    };
    let addresses = host.resolve(&to.host).await.map_err(unknown)?;
    let mut last = unknown(io::ErrorKind::NotFound.into());
    for address in addresses {
        let address = SocketAddr::new(address, to.port);
        match host.connect(address).await {
            Ok(stream) => return secure(tls, to, stream).await,
            Err(source) => last = HttpError::Connect { address, source },
        }
    }
    Err(last)
}

async fn secure(
    tls: &Arc<ClientConfig>,
    to: &Destination,
    stream: TcpStream,
) -> Result<Connection, HttpError> {
    if !to.is_secure {
        return Ok(Connection::Plain(stream));
    }
    let name = ServerName::try_from(to.host.clone()).map_err(|_| {
        HttpError::Url(format!(
            "{}: not a name that a certificate can have",
            to.host
        ))
    })?;
    let connector = TlsConnector::from(tls.clone());
    let stream = connector
        .connect(name, stream)
        .await
        .map_err(|source| HttpError::Tls {
            name: to.host.clone(),
            source,
        })?;
    Ok(Connection::Secure(Secured::new(stream)))
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Secure(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut *self {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Secure(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Secure(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Secure(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
