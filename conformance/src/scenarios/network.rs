//! Network: the ports of the published tables.

pub mod blocked_row;
pub mod ipv6;
pub mod listed_ports;
pub mod media_ports;
pub mod tls_port;
