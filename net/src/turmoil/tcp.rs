//! TCP sockets owned by tasks inside their turmoil host.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf, copy_bidirectional};
use tokio::sync::mpsc;

use super::unspecified;
use crate::host::lock;

/// A listening socket's handle.
pub(crate) struct Listener {
    local: SocketAddr,
    accepted: Mutex<mpsc::Receiver<Stream>>,
}

/// A connection's handle.
pub(crate) struct Stream {
    pipe: DuplexStream,
    local: SocketAddr,
    remote: SocketAddr,
    /// Why the connection broke, if it did not end in order.
    broken: Arc<OnceLock<io::ErrorKind>>,
    carrier: tokio::task::AbortHandle,
}

/// Listens inside the turmoil host that polls this, and leaves a task there that accepts.
pub(super) async fn listen(address: IpAddr, port: u16) -> io::Result<Listener> {
    let listener = ::turmoil::net::TcpListener::bind(unspecified(address, port)).await?;
    let local = SocketAddr::new(address, listener.local_addr()?.port());
    let (accept, accepted) = mpsc::channel(BACKLOG);
    tokio::spawn(async move {
        loop {
            tokio::select! {
                biased;
                () = accept.closed() => return,
                arrived = listener.accept() => if let Ok((stream, remote)) = arrived {
                    // A full backlog drops the newcomer, who sees its connection end.
                    let _ = accept.try_send(Stream::over(stream, local, remote));
                },
            }
        }
    });
    Ok(Listener {
        local,
        accepted: Mutex::new(accepted),
    })
}

/// Connects inside the turmoil host that polls this.
pub(super) async fn connect(target: SocketAddr) -> io::Result<Stream> {
    let stream = ::turmoil::net::TcpStream::connect(target).await?;
    let local = stream.local_addr()?;
    Ok(Stream::over(stream, local, target))
}

impl Listener {
    pub(crate) fn local_addr(&self) -> SocketAddr {
        self.local
    }

    pub(crate) fn poll_accept(
        &self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<(Stream, SocketAddr)>> {
        lock(&self.accepted).poll_recv(cx).map(|stream| {
            let stream = stream.ok_or_else(|| io::Error::from(io::ErrorKind::NetworkDown))?;
            let remote = stream.remote;
            Ok((stream, remote))
        })
    }
}

impl Stream {
    /// Leaves a task in the current host that carries bytes between the connection and its handle.
    fn over(
        mut stream: ::turmoil::net::TcpStream,
        local: SocketAddr,
        remote: SocketAddr,
    ) -> Stream {
        let (pipe, mut far) = tokio::io::duplex(PIPE);
        let broken = Arc::new(OnceLock::new());
        let cause = broken.clone();
        let carrier = tokio::spawn(async move {
            if let Err(error) = copy_bidirectional(&mut far, &mut stream).await {
                let _ = cause.set(error.kind());
            }
        });
        Stream {
            pipe,
            local,
            remote,
            broken,
            carrier: carrier.abort_handle(),
        }
    }

    pub(crate) fn local_addr(&self) -> SocketAddr {
        self.local
    }

    pub(crate) fn peer_addr(&self) -> SocketAddr {
        self.remote
    }

    pub(crate) fn abort(self) {
        self.carrier.abort();
    }

    pub(crate) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.pipe).poll_read(cx, buffer);
        match (&read, self.broken.get()) {
            (Poll::Ready(Ok(())), Some(kind)) if buffer.filled().len() == before => {
                Poll::Ready(Err((*kind).into()))
            }
            _ => read,
        }
    }

    pub(crate) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.pipe).poll_write(cx, bytes)
    }

    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.pipe).poll_flush(cx)
    }

    pub(crate) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.pipe).poll_shutdown(cx)
    }
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Listener({})", self.local)
    }
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Stream({} to {})", self.local, self.remote)
    }
}

/// Connections that may wait to be accepted.
const BACKLOG: usize = 128;
/// Bytes between the handle and the task, each way.
const PIPE: usize = 64 * 1024;
