//! How a client is set up.

use std::net::IpAddr;
use std::time::Duration;

use crate::command::Voice;
use crate::settings::Device;

/// How a client is set up, apart from where it runs.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// Product and version for User-Agent. IP Office tells classes of devices apart by it.
    pub product: String,
    /// This host's addresses, the preferred ones first.
    pub addresses: Vec<IpAddr>,
    /// Port of the SIP socket over UDP; 0 for any.
    pub sip_port: u16,
    /// What the settings file's `IF` lines may ask about the device.
    pub device: Device,
    /// Whether `LogIn::Email` has somebody to ask.
    pub has_accounts: bool,
    /// What is said into new calls.
    pub voice: Voice,
    /// How much of each call is recorded; zero records nothing.
    pub record: Duration,
}

impl Default for ClientConfig {
    fn default() -> Self {
        Self {
            product: concat!("Solstice/", env!("CARGO_PKG_VERSION")).to_owned(),
            addresses: Vec::new(),
            sip_port: 5060,
            device: Device::default(),
            has_accounts: false,
            voice: Voice::Silence,
            record: Duration::ZERO,
        }
    }
}
