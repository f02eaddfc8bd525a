//! A protected connection that tells the trace what was said over it, so that a run can be read without its secrets.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::TlsStream;

use crate::host::tcp::TcpStream;

/// A connection under TLS, of either end.
#[derive(Debug)]
pub struct Secured {
    stream: Box<TlsStream<TcpStream>>,
}

impl Secured {
    /// The handshake must be over.
    pub(crate) fn new(stream: impl Into<TlsStream<TcpStream>>) -> Self {
        Self {
            stream: Box::new(stream.into()),
        }
    }

    /// Ends the connection at once, without a last word.
    pub(crate) fn abort(self) {
        match *self.stream {
            TlsStream::Client(stream) => stream.into_inner().0.abort(),
            TlsStream::Server(stream) => stream.into_inner().0.abort(),
        }
    }

    fn heard(
        &self,
        pieces: &[io::IoSlice<'_>],
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(len)) = written {
            self.stream.get_ref().0.note_said(pieces, len);
        }
        written
    }
}

impl AsyncRead for Secured {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Secured {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.heard(&[io::IoSlice::new(bytes)], written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, pieces);
        self.heard(pieces, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
