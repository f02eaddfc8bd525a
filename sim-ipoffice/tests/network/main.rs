//! The system on a host of the simulated network: its ports, its files, calls over UDP, TCP and TLS.

mod broken;
mod calls;
mod files;
mod phone;
mod stage;
