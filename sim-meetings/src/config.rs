//! What a Meetings Online cloud is made of: tenant, subscribers, rooms, ports and flaws.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use net::tls::Identity;
use serde::{Deserialize, Serialize};

use crate::flaws::Flaw;

/// Configuration of one cloud. Every field has a default, so that JSON names only what differs.
#[derive(Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Alias of the one tenant, as it stands in room URLs.
    pub tenant: String,
    /// Host names under which the portal is reached; the certificate has to cover them.
    pub names: Vec<String>,
    /// TCP and UDP ports.
    pub ports: Ports,
    /// Address to open the ports on; the host's primary address if none is named.
    pub bind: Option<IpAddr>,
    /// Address that clients are told to send media to, where it is another than the one bound to.
    pub media_address: Option<IpAddr>,
    /// Users with a subscription, each licensed for one room (FAQ L3).
    pub subscribers: Vec<Subscriber>,
    /// Virtual meeting rooms.
    pub rooms: Vec<Room>,
    /// Codecs that participants' pictures are agreed to in, best first; pictures are passed on as they come, so only those who
    /// have the sender's codec see them.
    pub video_codecs: Vec<VideoCodec>,
    /// How long a portal sign-in lasts, in seconds.
    pub session_s: u64,
    /// How long a join token may wait before it is used, in seconds.
    pub join_token_s: u64,
    /// Deliberate misbehaviour.
    pub flaws: BTreeSet<Flaw>,
    /// Certificate and key of the secure ports. Not part of the JSON form.
    #[serde(skip)]
    pub identity: Option<Arc<Identity>>,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            tenant: "solstice".to_owned(),
            names: vec!["meetings.example".to_owned()],
            ports: Ports::default(),
            bind: None,
            media_address: None,
            subscribers: Vec::new(),
            rooms: Vec::new(),
            video_codecs: vec![VideoCodec::H264, VideoCodec::Vp8],
            session_s: 12 * 60 * 60,
            join_token_s: 300,
            flaws: BTreeSet::new(),
            identity: None,
        }
    }
}

impl Config {
    pub(crate) fn session(&self) -> Duration {
        Duration::from_secs(self.session_s)
    }

    pub(crate) fn join_token(&self) -> Duration {
        Duration::from_secs(self.join_token_s)
    }
}

/// A codec of pictures.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum VideoCodec {
    /// H.264, constrained baseline, packetization mode 1.
    H264,
    /// VP8.
    Vp8,
}

impl VideoCodec {
    pub(crate) fn of_line(self) -> webrtc_peer::VideoCodec {
        match self {
            VideoCodec::H264 => webrtc_peer::VideoCodec::H264,
            VideoCodec::Vp8 => webrtc_peer::VideoCodec::Vp8,
        }
    }
}

/// Ports (FAQ N3: TCP 443 and 8443, UDP 3478 and 50000-55000).
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ports {
    /// HTTPS and WSS; `None` leaves it closed.
    pub https: Option<u16>,
    /// HTTPS and WSS of the unified portal; `None` leaves it closed.
    pub portal: Option<u16>,
    /// HTTP and WS without TLS, for a browser on the same machine; closed unless asked for.
    pub plain: Option<u16>,
    /// STUN (RFC 8489) over UDP.
    pub stun: u16,
    /// First UDP port of WebRTC media.
    pub media_first: u16,
    /// Last UDP port of WebRTC media.
    pub media_last: u16,
}

impl Default for Ports {
    fn default() -> Self {
        Ports {
            https: Some(443),
            portal: Some(8443),
            plain: None,
            stun: 3478,
            media_first: 50_000,
            media_last: 55_000,
        }
    }
}

/// A user with a subscription.
#[derive(Clone, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Subscriber {
    /// Login name of the portal.
    pub login: String,
    /// Password of the portal.
    pub password: String,
    /// Name shown to others.
    pub name: String,
}

/// A virtual meeting room.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Room {
    /// The number in its URL.
    pub number: String,
    /// What it is called.
    pub title: String,
    /// Login of the subscriber whose room it is, who is its moderator.
    pub owner: String,
    /// PIN that everybody but the owner must give; none if absent.
    pub pin: Option<String>,
    /// PIN that makes its giver a moderator.
    pub moderator_pin: Option<String>,
    /// Whether those without an account may come in (MTG-07).
    pub guests: bool,
    /// Whether others wait until a moderator lets each of them in.
    pub waiting_room: bool,
    /// Whether nobody may come in before a moderator.
    pub starts_with_moderator: bool,
    /// Whether the room is switched off.
    pub disabled: bool,
    /// Most participants at once.
    pub participants_max: usize,
}

impl Default for Room {
    fn default() -> Self {
        Room {
            number: String::new(),
            title: String::new(),
            owner: String::new(),
            pin: None,
            moderator_pin: None,
            guests: true,
            waiting_room: false,
            starts_with_moderator: false,
            disabled: false,
            participants_max: 100,
        }
    }
}
