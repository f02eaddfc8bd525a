//! The SIP family of protocols, sans IO: told the time and what was heard, says what it sends.
//!
//! The way of a message through the files: bytes become a message in [`framing`] and [`message`]; its text is
//! read on demand by the typed headers of [`header`] and by [`uri`]; a body of kind `application/sdp` by [`sdp`];
//! a challenge is made and answered in [`digest`]. [`interop`] leads to and from the types of `rsip`.

// pub mod digest;
// pub mod framing;
pub mod header;
// pub mod interop;
pub mod message;
// pub mod sdp;
pub mod uri;

pub use header::{Headers, Name};
pub use message::{Message, Method, ParseError, Request, Response};
pub use uri::Uri;
