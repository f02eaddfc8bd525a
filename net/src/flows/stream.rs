//! One connection of a party: reads as it comes, writes through a bounded queue.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};

use super::{FlowError, MAX_QUEUED, Transport};
use crate::host::tcp::TcpStream;
use crate::tls::Secured;

/// A connection, plain or protected.
pub(super) enum Io {
    Tcp(TcpStream),
    Tls {
        stream: Secured,
        local: SocketAddr,
        remote: SocketAddr,
    },
}

impl Io {
    pub(super) fn tls(stream: Secured, ends: (SocketAddr, SocketAddr)) -> Io {
        Io::Tls {
            stream,
            local: ends.0,
            remote: ends.1,
        }
    }

    pub(super) fn transport(&self) -> Transport {
        match self {
            Io::Tcp(_) => Transport::Tcp,
            Io::Tls { .. } => Transport::Tls,
        }
    }

    pub(super) fn local(&self) -> SocketAddr {
        match self {
            Io::Tcp(stream) => stream.local_addr(),
            Io::Tls { local, .. } => *local,
        }
    }

    pub(super) fn remote(&self) -> SocketAddr {
        match self {
            Io::Tcp(stream) => stream.peer_addr(),
            Io::Tls { remote, .. } => *remote,
        }
    }

    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self {
            Io::Tcp(stream) => Pin::new(stream).poll_read(cx, buffer),
            Io::Tls { stream, .. } => Pin::new(stream).poll_read(cx, buffer),
        }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self {
            Io::Tcp(stream) => Pin::new(stream).poll_write(cx, bytes),
            Io::Tls { stream, .. } => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Io::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            Io::Tls { stream, .. } => Pin::new(stream).poll_flush(cx),
        }
    }

    fn abort(self) {
        match self {
            Io::Tcp(stream) => stream.abort(),
            Io::Tls { stream, .. } => stream.abort(),
        }
    }

    async fn shutdown(&mut self) -> io::Result<()> {
        match self {
            Io::Tcp(stream) => stream.shutdown().await,
            Io::Tls { stream, .. } => stream.shutdown().await,
        }
    }
}

/// A connection and what waits to be sent on it.
pub(super) struct Stream {
    io: Io,
    queue: BytesMut,
    is_unflushed: bool,
}

impl Stream {
    pub(super) fn new(io: Io) -> Stream {
        Stream {
            io,
            queue: BytesMut::new(),
            is_unflushed: false,
        }
    }

    /// Queues and tries to send. An error of the connection itself is heard by reading.
    pub(super) fn send(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Result<(), FlowError> {
        if self.queue.len() + bytes.len() > MAX_QUEUED {
            return Err(FlowError::Full);
        }
        self.queue.extend_from_slice(bytes);
        match self.poll_send(cx) {
            Poll::Ready(Err(error)) => Err(error.into()),
            Poll::Ready(Ok(())) | Poll::Pending => Ok(()),
        }
    }

    /// Sends what is queued and reads: the next bytes, or none at the end of the stream.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Option<Bytes>>> {
        // Reading first: a far end that has reset may still have left bytes to read.
        let mut space = [std::mem::MaybeUninit::uninit(); READ_SIZE];
        let mut buffer = ReadBuf::uninit(&mut space);
        let read = self.io.poll_read(cx, &mut buffer);
        if let Poll::Ready(result) = read {
            let filled = buffer.filled();
            let bytes = (!filled.is_empty()).then(|| Bytes::copy_from_slice(filled));
            return Poll::Ready(result.map(|()| bytes));
        }
        match self.poll_send(cx) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Pending,
        }
    }

    /// Sends the rest, closes this direction and waits for the far end to close the other.
    pub(super) async fn close(mut self: Box<Self>) -> io::Result<()> {
        std::future::poll_fn(|cx| self.poll_send(cx)).await?;
        self.io.shutdown().await
    }

    /// Ends at once; what is queued is dropped.
    pub(super) fn abort(self) {
        self.io.abort();
    }

    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.queue.is_empty() {
            let sent = ready!(self.io.poll_write(cx, &self.queue))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.queue.advance(sent);
            self.is_unflushed = true;
        }
        if self.is_unflushed {
            ready!(self.io.poll_flush(cx))?;
            self.is_unflushed = false;
        }
        Poll::Ready(Ok(()))
    }
}

/// A full TLS record (RFC 8446 §5.1).
const READ_SIZE: usize = 16_384;
