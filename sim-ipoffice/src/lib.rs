//! IP Office R11 as a library, started on a host.

pub mod config;
pub mod device_class;
pub mod dial_plan;
pub mod flaws;
pub mod port_pool;
pub mod settings_file;
