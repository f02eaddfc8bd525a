//! Spaces over a simulated network, as its clients meet it.

mod event_stream;
mod requests;
mod stage;
