//! HTTP over a host: an axum router served on it, and a client of it.
//!
//! hyper and axum do the protocol; this room gives them the host's sockets, clock and tasks, and bounds what a far end can
//! make them hold. RFC 9110, RFC 9112.

mod client;
mod connection;
mod serve;

pub use client::{Client, HttpError};
pub use connection::Connection;
pub use serve::{Door, Serving, serve};

pub(crate) use connection::{Destination, open};

#[cfg(test)]
mod tests;
