//! What a party is and how it meets a network: worlds, hosts, links, faults, capture.
//!
//! A [`World`] is built from data and holds [`Host`]s. A host gives a party its sockets, its clock,
//! its randomness, names and tasks; what those are made of is the world's business: a simulated
//! packet network, turmoil, or this machine's own sockets.

pub mod capture;
mod departures;
pub mod dns;
pub mod entropy;
mod expiring;
pub mod faults;
pub mod firewall;
pub mod flows;
pub mod host;
pub mod http;
pub mod link;
pub mod nat;
pub mod packet;
mod real;
mod time_text;
pub mod tls;
pub mod topology;
pub mod trace;
mod turmoil;
pub mod websocket;
mod wire;
pub mod world;

pub use entropy::Entropy;
pub use flows::{FlowError, FlowEvent, FlowId, Flows, Transport};
pub use host::address::address_towards;
pub use host::tcp::{TcpListener, TcpStream};
pub use host::udp::UdpSocket;
pub use host::{Host, Task};
pub use topology::Topology;
pub use trace::Note;
pub use world::{Kind, Run, Setup, SetupError, Stopped, World};
