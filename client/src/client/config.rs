//! How a client is set up.

use std::net::IpAddr;
use std::time::Duration;

use media::AudioCodec;
use media::video::Camera;
use sip::flow::Transport;

use crate::collector::QualityReports;
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
    /// How SIP travels where neither the settings nor the name system say. TCP carries whatever size and crosses NATs better.
    pub sip_transport: Transport,
    /// What the settings file's `IF` lines may ask about the device.
    pub device: Device,
    /// Whether `LogIn::Email` has somebody to ask.
    pub has_accounts: bool,
    /// Speech codecs to use, best first, in place of those that the settings name; empty leaves it to the settings.
    pub codecs: Vec<AudioCodec>,
    /// What is said into new calls.
    pub voice: Voice,
    /// What is shown in new calls with a picture.
    pub camera: Camera,
    /// How much of each call is recorded; zero records nothing.
    pub record: Duration,
    /// First of the ports for media and how many there are, in place of those that the settings name: where many phones share
    /// one address, each has its own.
    pub media_ports: Option<(u16, u16)>,
    /// Whether an ear measures what is heard in calls: frequency, level, gaps, delay. Packets are counted either way.
    pub has_ear: bool,
    /// Whether and where the quality of calls is reported.
    pub quality: QualityReports,
    /// Time since 1970, UTC, when the clock that the client is told was at zero. `start` fills it in.
    pub utc_at_zero: Duration,
}

impl Default for ClientConfig {
    fn default() -> Self {
        Self {
            product: concat!("Solstice/", env!("CARGO_PKG_VERSION")).to_owned(),
            addresses: Vec::new(),
            sip_port: 5060,
            sip_transport: Transport::Tcp,
            device: Device::default(),
            has_accounts: false,
            codecs: Vec::new(),
            voice: Voice::Silence,
            camera: Camera::SMALL_CLIP,
            record: Duration::ZERO,
            media_ports: None,
            has_ear: true,
            quality: QualityReports::default(),
            utc_at_zero: Duration::ZERO,
        }
    }
}
