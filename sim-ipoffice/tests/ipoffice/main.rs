//! The system's core with phones made of the `sip` crate, in virtual time and without sockets.

mod bad_input;
mod calls;
mod changes;
mod media;
mod registration;
mod town;
