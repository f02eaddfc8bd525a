//! A listening socket of a party, which rests when the system cannot give it a connection.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio_rustls::TlsAcceptor;

use crate::host::Host;
use crate::host::tcp::{TcpListener, TcpStream};

/// A listening socket.
pub(super) struct Listener {
    host: Host,
    listener: TcpListener,
    /// For TLS, what does the handshake.
    pub(super) acceptor: Option<TlsAcceptor>,
    rest: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Listener {
    pub(super) fn new(
        listener: TcpListener,
        acceptor: Option<TlsAcceptor>,
        host: Host,
    ) -> Listener {
        Listener {
            host,
            listener,
            acceptor,
            rest: None,
        }
    }

    pub(super) fn local_addr(&self) -> SocketAddr {
        self.listener.local_addr()
    }

    /// The next connection. An error, such as too many open files, passes or stays: asking again
    /// at once would spin.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<TcpStream> {
        loop {
            if let Some(rest) = &mut self.rest {
                ready!(rest.as_mut().poll(cx));
                self.rest = None;
            }
            if let Ok((stream, _)) = ready!(self.listener.poll_accept(cx)) {
                return Poll::Ready(stream);
            }
            let host = self.host.clone();
            self.rest = Some(Box::pin(async move { host.sleep(REST).await }));
        }
    }
}

/// Short for a peer that waits, long for a processor.
const REST: Duration = Duration::from_millis(100);
