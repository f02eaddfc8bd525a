//! Meetings Online as a library, started on a host.
//!
//! ```text
//! 443, 8443 ── portal (axum) ──┬── HTTP requests ──► server: sign-in, join tokens
//!                              └── conf.v1 ────────► server: rooms, roster, moderation
//! 50000-55000 ── driver ───────────────────────────► bridge: ICE, DTLS-SRTP, a mix for each, pictures forwarded
//! 3478 ── driver: STUN
//! ```
//!
//! The portal has the shape that is public of the real service; the conference channel `conf.v1` is ours (see `conf.rs`). The server
//! and all below it (`room`, `token`, `bridge`) touch no network and no clock.

mod bridge;
mod conf;
mod config;
mod driver;
mod flaws;
mod measured;
mod portal;
mod refusal;
mod room;
mod server;
mod token;

pub use config::{Config, Ports, Room, Subscriber, VideoCodec};
pub use driver::{Running, StartError, start};
pub use flaws::Flaw;
