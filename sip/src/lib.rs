//! The SIP family of protocols, sans IO: told the time and what was heard, says what it sends.
//!
//! The way of a message through the files: bytes become a message in [`framing`] and [`message`]; its text is
//! read on demand by the typed headers of [`header`] and by [`uri`]; a body of kind `application/sdp` by [`sdp`];
//! a challenge is made and answered in [`digest`]. [`interop`] leads to and from the types of `rsip`.
//!
//! A message read goes to its [`transaction`], from there to its [`session`], [`registration`] or subscription, and what they make of it
//! comes out as an [`event`]. [`user_agent`] is the node that holds all of these; a driver needs nothing else.

pub mod dialog;
pub mod digest;
mod endpoint;
pub mod event;
pub mod flow;
pub mod framing;
pub mod header;
pub mod interop;
pub mod message;
pub mod mwi;
pub mod offer_answer;
pub mod registration;
pub mod resolve;
pub mod sdp;
pub mod session;
mod subscriber;
mod subscription;
pub mod timers;
pub mod transaction;
pub mod uri;
pub mod user_agent;

pub use header::{Headers, Name};
pub use message::{Message, Method, ParseError, Request, Response};
pub use uri::Uri;
pub use user_agent::UserAgent;
