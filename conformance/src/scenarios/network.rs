//! Network: the ports of the published tables.

pub mod listed_ports;
pub mod media_ports;
