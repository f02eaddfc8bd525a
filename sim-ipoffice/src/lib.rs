//! IP Office R11 as a library, started on a host.
//!
//! It simulates the behaviour that the FAQ and public documentation describe: a registrar with digest, extensions, a
//! bridge that rings all devices of a user, a media relay, test numbers, a settings file over HTTP. The reader starts at
//! [`server`], which gives input to the parts.

pub mod bridge;
pub mod call_log;
pub mod config;
mod desk;
pub mod device_class;
pub mod dial_plan;
pub mod driver;
mod files;
pub mod flaws;
pub mod licence;
pub mod mwi;
pub mod negotiation;
pub mod port_pool;
pub mod quality_log;
pub mod registrar;
pub mod relay;
pub mod server;
pub mod settings_file;
pub mod test_numbers;

pub use config::Config;
pub use driver::{Running, StartError, start};
pub use server::IpOffice;
