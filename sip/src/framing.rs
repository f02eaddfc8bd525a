//! One message out of a datagram, a byte stream or a WebSocket frame.
//!
//! A stream is cut by Content-Length, which must be there (RFC 3261 §18.3); empty lines between messages are the
//! keep-alive of RFC 5626 §3.5.1. Every buffer has a bound: a peer that exceeds it is told so and the stream is over.

use crate::message::{HEAD_MAX_BYTES, Message, ParseError, content_length_of_head, head_end};
use bytes::{Buf, Bytes, BytesMut};

/// Largest body on a stream, in bytes; ours, far above any SDP or picture in a MESSAGE.
pub const BODY_MAX_BYTES: usize = 1 << 20;

/// What a datagram or the next part of a stream holds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Frame {
    /// A message.
    Message(Message),
    /// A peer's keep-alive; on a stream it is answered with [`PONG`].
    Ping,
    /// The answer to our keep-alive.
    Pong,
    /// Bytes that are no message, and why. [`crate::message::refuse`] makes the answer, where there is one.
    Unreadable {
        /// What came.
        bytes: Bytes,
        /// What is wrong with it.
        error: ParseError,
    },
}

/// Why a stream cannot be cut into messages any more: it must be closed. The peer's fault.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FramingError {
    /// Start line and headers exceed the bound.
    #[error("start line and headers exceed {HEAD_MAX_BYTES} bytes")]
    HeadTooLong,
    /// The body exceeds the bound.
    #[error("body of {said} bytes exceeds {BODY_MAX_BYTES}")]
    BodyTooLong {
        /// What Content-Length says, in bytes.
        said: usize,
    },
    /// Without Content-Length nobody knows where the next message starts.
    #[error("no Content-Length on a stream")]
    NoContentLength,
    /// Content-Length or another header line cannot be read.
    #[error("stream out of step: {0}")]
    OutOfStep(ParseError),
}

/// What keeps a stream alive (RFC 5626 §4.4.1).
pub const PING: &[u8] = b"\r\n\r\n";

/// The answer to [`PING`].
pub const PONG: &[u8] = b"\r\n";

/// What one datagram, or one WebSocket frame (RFC 7118 §5), holds.
pub fn datagram(bytes: Bytes) -> Frame {
    // Empty lines and the few zero bytes of some phones keep a NAT binding open.
    if bytes.len() <= 4 && bytes.iter().all(|b| matches!(b, b'\r' | b'\n' | 0)) {
        return Frame::Ping;
    }
    match Message::parse_bytes(bytes.clone()) {
        Ok(message) => Frame::Message(message),
        Err(error) => Frame::Unreadable { bytes, error },
    }
}

/// Cuts one direction of a stream into frames.
#[derive(Clone, Debug)]
pub struct StreamFramer {
    buffer: BytesMut,
    scanned: usize,
    hears_pings: bool,
    broken: Option<FramingError>,
}

impl StreamFramer {
    /// For a connection that the peer opened: empty lines in pairs are its pings.
    pub fn accepted() -> StreamFramer {
        StreamFramer {
            buffer: BytesMut::new(),
            scanned: 0,
            hears_pings: true,
            broken: None,
        }
    }

    /// For a connection that we opened: each empty line answers a ping of ours.
    pub fn opened() -> StreamFramer {
        StreamFramer {
            hears_pings: false,
            ..StreamFramer::accepted()
        }
    }

    /// Takes bytes as they came. Call [`StreamFramer::next`] until it gives nothing before the next call.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.broken.is_none() {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// The next frame, `None` when more bytes are needed. After an error every call repeats it.
    #[allow(
        clippy::should_implement_trait,
        reason = "an iterator ends for good; this one goes on after more bytes"
    )]
    pub fn next(&mut self) -> Result<Option<Frame>, FramingError> {
        if let Some(error) = &self.broken {
            return Err(error.clone());
        }
        let result = self.cut();
        if let Err(error) = &result {
            self.broken = Some(error.clone());
            self.buffer = BytesMut::new();
        }
        result
    }

    fn cut(&mut self) -> Result<Option<Frame>, FramingError> {
        if let Some(keep_alive) = self.keep_alive() {
            return Ok(Some(keep_alive));
        }
        if matches!(self.buffer.first(), None | Some(b'\r' | b'\n')) {
            return Ok(None);
        }
        let Some(head) = head_end(&self.buffer, self.scanned) else {
            if self.buffer.len() > HEAD_MAX_BYTES {
                return Err(FramingError::HeadTooLong);
            }
            // The four bytes that end the head may be cut anywhere.
            self.scanned = self.buffer.len().saturating_sub(3);
            return Ok(None);
        };
        if head > HEAD_MAX_BYTES {
            return Err(FramingError::HeadTooLong);
        }
        self.scanned = head.saturating_sub(4);
        let body = self.body_length(head)?;
        if self.buffer.len() < head + body {
            return Ok(None);
        }
        self.scanned = 0;
        let bytes = self.buffer.split_to(head + body).freeze();
        Ok(Some(match Message::parse_bytes(bytes.clone()) {
            Ok(message) => Frame::Message(message),
            Err(error) => Frame::Unreadable { bytes, error },
        }))
    }

    /// Empty lines between messages.
    fn keep_alive(&mut self) -> Option<Frame> {
        match (self.hears_pings, &self.buffer[..]) {
            (true, [b'\r', b'\n', b'\r', b'\n', ..]) => {
                self.buffer.advance(4);
                Some(Frame::Ping)
            }
            (false, [b'\r', b'\n', ..]) => {
                self.buffer.advance(2);
                Some(Frame::Pong)
            }
            // RFC 3261 §7.5: a single empty line before a start line is ignored.
            (true, [b'\r', b'\n', b'\r']) => None,
            (true, [b'\r', b'\n', _, ..]) => {
                self.buffer.advance(2);
                None
            }
            _ => None,
        }
    }

    /// What Content-Length says, in bytes. Looks at the header lines only, so a start line may be senseless.
    fn body_length(&self, head: usize) -> Result<usize, FramingError> {
        match content_length_of_head(&self.buffer[..head]).map_err(FramingError::OutOfStep)? {
            None => Err(FramingError::NoContentLength),
            Some(said) if said > BODY_MAX_BYTES => Err(FramingError::BodyTooLong { said }),
            Some(said) => Ok(said),
        }
    }
}

#[cfg(test)]
mod tests;
