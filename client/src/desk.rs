//! What all parts of the client share: the SIP agent, randomness, ports, terms, and the queue to the outside.

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use media::Suite;
use net::{Entropy, FlowId};
use sip::UserAgent;
use sip::flow::Hop;
use sip::offer_answer::Security;
use sip::sdp::Codec;

use crate::client::Output;
use crate::command::{CallId, Voice};
use crate::event::Event;
use crate::ports::Ports;
use crate::settings::{MediaEncryption, Settings};

/// What a flow is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum FlowUse {
    /// The line's UDP socket.
    Sip,
    /// A call's sound.
    Rtp(CallId),
    /// A call's reports.
    Rtcp(CallId),
}

/// What the parts share.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) agent: UserAgent,
    pub(crate) entropy: Entropy,
    pub(crate) outputs: VecDeque<Output>,
    pub(crate) addresses: Vec<IpAddr>,
    pub(crate) ports: Ports,
    pub(crate) sound: Sound,
    /// Whom the way to the server protects: keys may be told over it.
    pub(crate) is_secure: bool,
    /// What new calls say.
    pub(crate) voice: Voice,
    /// How much of a call is recorded; zero records nothing.
    pub(crate) record: Duration,
    uses: BTreeMap<FlowId, FlowUse>,
    binding: BTreeMap<SocketAddr, FlowUse>,
}

/// What the settings say about sound.
#[derive(Clone, Debug)]
pub(crate) struct Sound {
    pub(crate) codecs: Vec<Codec>,
    pub(crate) security: Security,
    /// Best first.
    pub(crate) suites: Vec<Suite>,
}

/// Payload type by which we take telephone events; what most phones use.
const TELEPHONE_EVENT: u8 = 101;

impl Desk {
    pub(crate) fn new(agent: UserAgent, entropy: Entropy, addresses: Vec<IpAddr>) -> Self {
        let settings = Settings::default();
        Self {
            agent,
            entropy,
            outputs: VecDeque::new(),
            addresses,
            ports: Ports::new(settings.rtp_port_low, settings.rtp_port_range),
            sound: Sound::of(&settings),
            is_secure: false,
            voice: Voice::Silence,
            record: Duration::ZERO,
            uses: BTreeMap::new(),
            binding: BTreeMap::new(),
        }
    }

    /// Takes what the settings say about sound; calls that stand keep their ports.
    pub(crate) fn apply(&mut self, settings: &Settings) {
        self.ports = Ports::new(settings.rtp_port_low, settings.rtp_port_range);
        self.sound = Sound::of(settings);
    }

    /// Tells the user.
    pub(crate) fn tell(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    /// This side's address on the way to another.
    pub(crate) fn address_towards(&self, remote: IpAddr) -> Option<IpAddr> {
        if remote.is_loopback() {
            let loopback = if remote.is_ipv4() {
                Ipv4Addr::LOCALHOST.into()
            } else {
                Ipv6Addr::LOCALHOST.into()
            };
            return Some(loopback);
        }
        self.addresses
            .iter()
            .find(|own| own.is_ipv4() == remote.is_ipv4())
            .copied()
    }

    /// Asks for a datagram socket.
    pub(crate) fn bind(&mut self, local: SocketAddr, purpose: FlowUse) {
        self.binding.insert(local, purpose);
        self.outputs.push_back(Output::Bind { local });
    }

    /// The driver has begun to bind.
    pub(crate) fn handle_binding(&mut self, local: SocketAddr, flow: FlowId) {
        if let Some(purpose) = self.binding.remove(&local) {
            self.uses.insert(flow, purpose);
        }
    }

    /// What a flow is for; `None` for the connections of the SIP agent.
    pub(crate) fn use_of(&self, flow: FlowId) -> Option<FlowUse> {
        self.uses.get(&flow).copied()
    }

    /// Gives a socket up.
    pub(crate) fn close(&mut self, flow: FlowId) {
        self.uses.remove(&flow);
        self.outputs.push_back(Output::Close { flow });
    }

    /// A flow is gone by itself.
    pub(crate) fn forget(&mut self, flow: FlowId) {
        self.uses.remove(&flow);
    }

    /// Sends a datagram.
    pub(crate) fn send_to(&mut self, flow: FlowId, target: SocketAddr, bytes: &[u8]) {
        self.outputs.push_back(Output::SendTo {
            flow,
            target,
            bytes: Bytes::copy_from_slice(bytes),
        });
    }

    /// What may be agreed about encryption on this way: keys are told only where nobody can read them (RFC 4568 §9.1).
    pub(crate) fn security(&self) -> Security {
        let wanted = self.sound.security;
        if wanted == Security::Preferred && !self.is_secure {
            Security::Disabled
        } else {
            wanted
        }
    }
}

impl Sound {
    fn of(settings: &Settings) -> Self {
        let mut codecs = Vec::new();
        if settings.g711a {
            codecs.push(Codec::pcma());
        }
        if settings.g711u {
            codecs.push(Codec::pcmu());
        }
        if codecs.is_empty() {
            // With no codec named the whole default list holds.
            codecs = vec![Codec::pcma(), Codec::pcmu()];
        }
        codecs.push(Codec::telephone_event(TELEPHONE_EVENT));
        let suites: Vec<Suite> = settings
            .media_encryption
            .iter()
            .filter_map(|known| suite(*known))
            .collect();
        let may_be_plain = settings.media_encryption.contains(&MediaEncryption::None);
        let security = match (suites.is_empty(), may_be_plain) {
            (true, _) => Security::Disabled,
            (false, true) => Security::Preferred,
            (false, false) => Security::Enforced,
        };
        Self {
            codecs,
            security,
            suites,
        }
    }
}

/// The suite of a number of `MEDIAENCRYPTION`.
fn suite(known: MediaEncryption) -> Option<Suite> {
    match known {
        MediaEncryption::Aes128Sha80 => Some(Suite::AesCm128HmacSha1_80),
        MediaEncryption::Aes128Sha32 => Some(Suite::AesCm128HmacSha1_32),
        MediaEncryption::Aes256Sha80 => Some(Suite::AesCm256HmacSha1_80),
        MediaEncryption::Aes256Sha32 => Some(Suite::AesCm256HmacSha1_32),
        MediaEncryption::None => None,
    }
}

/// The agent's hop has no other use than to be given back; this says whether it is protected.
pub(crate) fn is_protected(hop: &Hop) -> bool {
    hop.transport == sip::flow::Transport::Tls
}
