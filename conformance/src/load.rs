//! Load on real sockets: many calls of the simulated phone at our server or at anybody's, and what they were like.
//!
//! ```text
//! plan ──► phones (two for a call, or one where the far side answers by itself) ──► notices ──► tally ──► results ──► JSON
//!            share 1/2 on one machine, share 2/2 on another                                        merged by adding counts
//! ```
//!
//! A [`plan::Plan`] says what is to be done, a [`tally::Tally`] counts what came of it, [`results::Results`] is the two with the
//! machines that did it. Every distribution is kept as counts, so that the results of shares add up to those of the whole.

pub mod generator;
pub mod notice;
pub mod office;
pub mod open_files;
mod phone;
pub mod plan;
pub mod results;
pub mod spread;
pub mod tally;
pub mod target;
mod words;
