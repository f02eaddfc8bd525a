//! Zang Spaces as a library, started on a host.
//!
//! The way of a request: `server` opens the ports, `doors` sorts by host name, `rest` and `push` turn HTTP and Socket.IO into calls of
//! `service`, which gives them with the time to `cloud`. The cloud and all below it (`accounts`, `spaces`, `messages`,
//! `connections`, `presence`, `discovery`, `token`) touch no network and no clock.
//!
//! What is modelled and what is a choice of ours is said in `docs/reference/zang-spaces.md`.

mod accounts;
mod clock;
mod cloud;
mod config;
mod connections;
mod discovery;
mod disk;
mod doors;
mod flaws;
mod messages;
mod object_id;
mod plan;
mod presence;
mod push;
mod refusal;
mod rest;
mod server;
mod service;
mod spaces;
mod token;

pub use config::{Account, Config, Names, Ports, ServiceApp};
pub use disk::Disk;
pub use flaws::{Flaw, LATE_TOKEN, SHORT_TOKEN};
pub use object_id::{NotAnObjectId, ObjectId};
pub use plan::{Limits, Plan};
pub use server::{Running, StartError, start};
