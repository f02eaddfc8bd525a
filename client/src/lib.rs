//! The softphone as a library: commands in, events out.
//!
//! ```text
//! Command ─► driver ─► Client ─► login (discovery, settings) ─► line ─► calls ─► Event
//!              │         └── one SIP agent, one media stream a call, no thread, no socket
//!              ├── messaging: a task of its own
//!              └── meeting: a task of its own
//! ```
//!
//! [`driver::start`] runs a [`Client`] on a [`net::Host`]; a [`Client`] alone can be driven by anything that gives it time and
//! flow events.

pub mod back_off;
mod call;
mod calls;
pub mod capabilities;
pub mod client;
pub mod collector;
pub mod command;
mod desk;
mod dialling;
pub mod discovery;
pub mod driver;
pub mod event;
mod fetch;
mod lamp;
mod line;
mod login;
pub mod meeting;
pub mod messaging;
mod ports;
pub mod settings;
mod terms;
mod voice;

pub use calls::CALLS_MAX;
pub use client::{Client, ClientConfig};
pub use command::{CallId, Command, LogIn, Voice};
pub use driver::{Config, Softphone, start};
pub use event::{CommandError, EndReason, Event, LoginError, Measurement, Party, Recording};
pub use media::video::Camera;
