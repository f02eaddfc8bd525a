//! What all parts of the client share: the SIP agent, randomness, ports, terms, and the queue to the outside.

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use media::AudioCodec;
use media::video::Camera;
use net::{Entropy, FlowId};
use sip::UserAgent;
use sip::flow::Hop;
use sip::offer_answer::Security;
use sip::sdp::MediaKind;

use crate::client::{ClientConfig, Output};
use crate::collector::{QualityReports, ReportTo};
use crate::command::{CallId, Voice};
use crate::event::Event;
use crate::ports::Ports;
use crate::settings::Settings;
use crate::terms::Terms;

/// What a flow is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum FlowUse {
    /// The line's UDP socket.
    Sip,
    /// One of a call's media sockets.
    Media(MediaFlow),
}

/// One media socket of a call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct MediaFlow {
    pub(crate) call: CallId,
    pub(crate) kind: MediaKind,
    /// RTP, or RTCP.
    pub(crate) is_rtp: bool,
}

impl MediaFlow {
    /// The RTP socket of a call.
    pub(crate) fn rtp(call: CallId, kind: MediaKind) -> Self {
        Self {
            call,
            kind,
            is_rtp: true,
        }
    }

    /// The RTCP socket beside it.
    pub(crate) fn rtcp(self) -> Self {
        Self {
            is_rtp: false,
            ..self
        }
    }
}

/// What the parts share.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) agent: UserAgent,
    pub(crate) entropy: Entropy,
    pub(crate) outputs: VecDeque<Output>,
    pub(crate) addresses: Vec<IpAddr>,
    pub(crate) ports: Ports,
    /// The user's own choice of ports, in place of the settings'.
    media_ports: Option<(u16, u16)>,
    pub(crate) terms: Terms,
    /// Codecs of the user's own choice, in place of the settings'.
    codecs: Vec<AudioCodec>,
    /// What new calls with a picture show.
    pub(crate) camera: Camera,
    /// Whom the way to the server protects: keys may be told over it.
    pub(crate) is_secure: bool,
    /// What new calls say.
    pub(crate) voice: Voice,
    /// How much of a call is recorded; zero records nothing.
    pub(crate) record: Duration,
    /// Whether new calls have an ear.
    pub(crate) has_ear: bool,
    /// When the quality of calls is reported.
    pub(crate) quality: QualityReports,
    /// Time since 1970, UTC, at the clock's zero.
    pub(crate) utc_at_zero: Duration,
    /// Reports of calls, for the collector to publish at once.
    pub(crate) quality_reports: Vec<String>,
    uses: BTreeMap<FlowId, FlowUse>,
    binding: BTreeMap<SocketAddr, FlowUse>,
}

/// The ports for media: those chosen, or else those of the settings.
fn ports(chosen: Option<(u16, u16)>, settings: &Settings) -> Ports {
    let (low, count) = chosen.unwrap_or((settings.rtp_port_low, settings.rtp_port_range));
    Ports::new(low, count)
}

impl Desk {
    pub(crate) fn new(agent: UserAgent, entropy: Entropy, config: &ClientConfig) -> Self {
        let settings = Settings::default();
        Self {
            agent,
            entropy,
            outputs: VecDeque::new(),
            addresses: config.addresses.clone(),
            ports: ports(config.media_ports, &settings),
            media_ports: config.media_ports,
            terms: Terms::of(&settings, &config.codecs),
            codecs: config.codecs.clone(),
            camera: config.camera,
            is_secure: false,
            voice: config.voice.clone(),
            record: config.record,
            has_ear: config.has_ear,
            quality: config.quality.clone(),
            utc_at_zero: config.utc_at_zero,
            quality_reports: Vec::new(),
            uses: BTreeMap::new(),
            binding: BTreeMap::new(),
        }
    }

    /// Takes what the settings say about media; calls that stand keep their ports.
    pub(crate) fn apply(&mut self, settings: &Settings) {
        self.ports = ports(self.media_ports, settings);
        self.terms = Terms::of(settings, &self.codecs);
    }

    /// Tells the user.
    pub(crate) fn tell(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    /// Has the quality of a call published, if anybody collects.
    pub(crate) fn report_quality(&mut self, report: String) {
        if self.quality.to != ReportTo::Nobody {
            self.quality_reports.push(report);
        }
    }

    /// This side's address on the way to another.
    pub(crate) fn address_towards(&self, remote: IpAddr) -> Option<IpAddr> {
        net::address_towards(&self.addresses, remote)
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
        let wanted = self.terms.security;
        if wanted == Security::Preferred && !self.is_secure {
            Security::Disabled
        } else {
            wanted
        }
    }
}

/// The agent's hop has no other use than to be given back; this says whether it is protected.
pub(crate) fn is_protected(hop: &Hop) -> bool {
    hop.transport == sip::flow::Transport::Tls
}
