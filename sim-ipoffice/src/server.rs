//! The system: takes what its sockets hear and gives it to the parts, by port and by what it is.
//!
//! ```text
//! SIP bytes ─► user agent ─► bridge (INVITE and its calls) | registrar (REGISTER) | lamps (SUBSCRIBE)
//!                            | quality log (PUBLISH)
//!                            | answers of its own (OPTIONS)
//! media     ─► house (relay, test numbers)
//! ```
//!
//! After [`IpOffice::handle`], ask [`IpOffice::poll`] until it says `Wait`, and [`IpOffice::next_prompt`] until it has
//! nothing. A media packet takes the short way: [`IpOffice::receive`] gives back at once what is to be sent for it.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use net::{Entropy, FlowError, FlowEvent, FlowId, Note};
use sip::message::Method;
use sip::user_agent::{self, Event, FlowEnd, Hop, Transport, UserAgent};

use crate::bridge::Bridge;
use crate::call_log::CallLog;
use crate::config::{Config, PortRange};
use crate::desk::Desk;
use crate::flaws::Flaw;
use crate::mwi::Lamps;
use crate::port_pool::PortPool;
use crate::quality_log::QualityLog;
use crate::registrar::{Change, Registrar};
use crate::relay::{House, Outgoing, Socket};

mod requests;
mod seam;

pub use seam::{Input, Output};

/// One IP Office.
#[derive(Debug)]
pub struct IpOffice {
    config: Config,
    addresses: Vec<IpAddr>,
    agent: UserAgent,
    agent_deadline: Option<Duration>,
    registrar: Registrar,
    lamps: Lamps,
    bridge: Bridge,
    house: House,
    log: CallLog,
    quality: QualityLog,
    entropy: Entropy,
    notes: Vec<Note>,
    outputs: VecDeque<Output>,
}

/// What the system calls itself in `Server` and `User-Agent`.
pub const PRODUCT: &str = concat!("IP Office-Sim/", env!("CARGO_PKG_VERSION"));

/// Methods that it answers, as it says in `Allow`.
const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, UPDATE, OPTIONS, REGISTER, SUBSCRIBE, INFO, PUBLISH";

impl IpOffice {
    /// A system that is reached at these addresses, the first being its own.
    pub fn new(config: Config, addresses: Vec<IpAddr>, mut entropy: Entropy) -> IpOffice {
        let mut agent = user_agent::Config::new(PRODUCT);
        agent.addresses = addresses.clone();
        agent.methods = vec![
            Method::Options,
            Method::Register,
            Method::Subscribe,
            Method::Info,
            Method::Publish,
        ];
        agent.packages = vec![sip::mwi::PACKAGE.to_owned()];
        agent.follows_contact = false;
        agent.relays = true;
        let range = if config.flaws.contains(&Flaw::PortsOutsideRange) {
            OUTSIDE
        } else {
            config.rtp
        };
        IpOffice {
            agent: UserAgent::new(agent, entropy.fork("sip").seed()),
            agent_deadline: None,
            registrar: Registrar::new(&config, &mut entropy),
            lamps: Lamps::default(),
            bridge: Bridge::default(),
            house: House::new(PortPool::new(range)),
            log: CallLog::default(),
            quality: QualityLog::default(),
            config,
            addresses,
            entropy,
            notes: Vec::new(),
            outputs: VecDeque::new(),
        }
    }

    /// Takes what the driver heard.
    pub fn handle(&mut self, now: Duration, input: Input) {
        match input {
            Input::Flow(event) => self.on_flow(now, event),
            Input::Binding { place, flow } => self.house.binding(place, flow),
            Input::Timeout => {
                self.agent.handle(now, user_agent::Input::Timeout);
                self.registrar.expire(now);
                let (bridge, mut desk) = self.desk(now);
                bridge.handle_timeout(&mut desk);
            }
        }
        self.settle(now);
    }

    /// Takes a media packet; gives what is to be sent for it at once.
    pub fn receive(
        &mut self,
        now: Duration,
        flow: FlowId,
        source: SocketAddr,
        bytes: &[u8],
    ) -> Option<Outgoing<'_>> {
        self.house.receive(now, flow, source, bytes)
    }

    /// Whether a datagram of this flow is for [`IpOffice::receive`].
    pub fn owns_media(&self, flow: FlowId) -> bool {
        self.house.owns(flow)
    }

    /// The next media packet that the system itself has due.
    pub fn next_prompt(&mut self, now: Duration) -> Option<Outgoing<'_>> {
        self.house.next_prompt(now)
    }

    /// The next thing to do. `Wait` comes last.
    pub fn poll(&mut self) -> Output {
        self.outputs
            .pop_front()
            .unwrap_or_else(|| Output::Wait(self.deadline()))
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Who is registered.
    pub fn registrar(&self) -> &Registrar {
        &self.registrar
    }

    /// Who has messages waiting.
    pub fn lamps(&self) -> &Lamps {
        &self.lamps
    }

    /// Switches a user's lamp; their phones are told when the system is next given something to handle.
    pub fn set_message_waiting(&mut self, extension: &str, is_waiting: bool) {
        self.lamps.set(extension, is_waiting);
    }

    /// The calls that are over.
    pub fn call_log(&self) -> &CallLog {
        &self.log
    }

    /// What phones have reported of the quality of their calls.
    pub fn quality_log(&self) -> &QualityLog {
        &self.quality
    }

    /// The calls that are not.
    pub fn bridge(&self) -> &Bridge {
        &self.bridge
    }

    /// The media of all calls.
    pub fn house(&self) -> &House {
        &self.house
    }

    /// Whether no call, no session and no transaction is left.
    pub fn is_idle(&self) -> bool {
        self.agent.is_idle() && self.bridge.call_count() == 0 && self.house.room_count() == 0
    }

    fn deadline(&self) -> Option<Duration> {
        let parts = [
            self.agent_deadline,
            self.registrar.deadline(),
            self.bridge.deadline(),
            self.house.deadline(),
        ];
        parts.into_iter().flatten().min()
    }

    fn on_flow(&mut self, now: Duration, event: FlowEvent) {
        let input = match event {
            FlowEvent::Bound { flow, .. } | FlowEvent::Failed { flow, .. }
                if self.house.owns(flow) =>
            {
                return self.on_media_socket(now, flow, matches!(event, FlowEvent::Bound { .. }));
            }
            FlowEvent::Datagram {
                flow,
                source,
                bytes,
            } => user_agent::Input::Datagram {
                flow: sip_flow(flow),
                source,
                bytes,
            },
            FlowEvent::Bytes { flow, bytes } => user_agent::Input::Bytes {
                flow: sip_flow(flow),
                bytes,
            },
            FlowEvent::Bound { flow, local } => user_agent::Input::Bound {
                flow: sip_flow(flow),
                local,
            },
            FlowEvent::Opened {
                flow,
                transport,
                local,
                remote,
                ..
            } => user_agent::Input::Opened {
                flow: sip_flow(flow),
                transport: match transport {
                    net::Transport::Tls => Transport::Tls,
                    net::Transport::Tcp | net::Transport::Udp => Transport::Tcp,
                },
                local,
                remote,
            },
            FlowEvent::Failed { flow, error } => {
                let is_tls = matches!(error, FlowError::Tls(_));
                let end = if is_tls {
                    FlowEnd::Certificate
                } else {
                    FlowEnd::Unreachable
                };
                user_agent::Input::Closed {
                    flow: sip_flow(flow),
                    end,
                }
            }
            FlowEvent::Closed { flow, .. } => user_agent::Input::Closed {
                flow: sip_flow(flow),
                end: FlowEnd::Closed,
            },
        };
        self.agent.handle(now, input);
    }

    fn on_media_socket(&mut self, now: Duration, flow: FlowId, is_bound: bool) {
        let opening = if is_bound {
            self.house.bound(flow)
        } else {
            self.house.failed(flow)
        };
        if let Some(opening) = opening {
            let (bridge, mut desk) = self.desk(now);
            bridge.handle_opening(&mut desk, opening);
        }
    }

    /// Deals with all that the agent has to say, and with what comes of that.
    fn settle(&mut self, now: Duration) {
        self.lamps.tell(now, &mut self.agent);
        loop {
            let output = match self.agent.poll() {
                user_agent::Output::Event(event) => {
                    self.on_event(now, event);
                    continue;
                }
                user_agent::Output::SendTo {
                    flow,
                    remote,
                    bytes,
                } => Output::SendTo {
                    flow: FlowId(flow.0),
                    target: remote,
                    bytes,
                },
                user_agent::Output::Send { flow, bytes } => Output::Send {
                    flow: FlowId(flow.0),
                    bytes,
                },
                user_agent::Output::Connect { hop } => {
                    self.cannot_connect(now, &hop);
                    continue;
                }
                user_agent::Output::Close { flow } => Output::Close(FlowId(flow.0)),
                user_agent::Output::Abort { flow } => Output::Abort(FlowId(flow.0)),
                user_agent::Output::Wait(deadline) => {
                    self.agent_deadline = deadline;
                    break;
                }
            };
            self.outputs.push_back(output);
        }
        while let Some(wish) = self.house.next_wish() {
            self.outputs.push_back(match wish {
                Socket::Bind { place, local } => Output::Bind { place, local },
                Socket::Close(flow) => Output::Close(flow),
            });
        }
        for change in self.registrar.take_changes() {
            self.notes.push(note_of(&change));
        }
        self.outputs.extend(self.notes.drain(..).map(Output::Note));
    }

    /// A device whose connection is gone is out of reach until it connects again: the port that it came from is none that
    /// it listens on, and behind a NAT there is no other (RFC 5626 §3.1).
    fn cannot_connect(&mut self, now: Duration, hop: &Hop) {
        let (flow, transport, remote) = (user_agent::FlowId(u64::MAX), hop.transport, hop.remote);
        self.agent.handle(
            now,
            user_agent::Input::Connecting {
                flow,
                transport,
                remote,
            },
        );
        self.agent.handle(
            now,
            user_agent::Input::Closed {
                flow,
                end: FlowEnd::Unreachable,
            },
        );
    }

    fn on_event(&mut self, now: Duration, event: Event) {
        let (bridge, mut desk) = self.desk(now);
        let left = bridge.handle(&mut desk, event);
        // What else is left are answers to requests that nobody waits for.
        if let Some(Event::Request {
            incoming,
            hop,
            request,
        }) = left
        {
            self.on_request(now, incoming, &hop, &request);
        } else if let Some(Event::SubscriptionEnded { subscription }) = left {
            self.lamps.handle_ended(subscription);
        }
    }

    fn desk(&mut self, now: Duration) -> (&mut Bridge, Desk<'_>) {
        let desk = Desk {
            now,
            config: &self.config,
            addresses: &self.addresses,
            agent: &mut self.agent,
            registrar: &mut self.registrar,
            house: &mut self.house,
            log: &mut self.log,
            entropy: &mut self.entropy,
            notes: &mut self.notes,
        };
        (&mut self.bridge, desk)
    }
}

/// The same flow by the name of the `sip` crate.
fn sip_flow(flow: FlowId) -> user_agent::FlowId {
    user_agent::FlowId(flow.0)
}

fn note_of(change: &Change) -> Note {
    let text = match change {
        Change::Bound {
            extension,
            class,
            is_refresh,
        } => {
            format!(
                "{extension}: {class:?} {}",
                if *is_refresh { "refreshed" } else { "bound" }
            )
        }
        Change::Gone {
            extension,
            binding,
            why,
        } => format!("{extension}: {:?} {why}", binding.class),
    };
    Note {
        kind: "ipoffice.registrar",
        text,
    }
}

/// Where [`Flaw::PortsOutsideRange`] takes its media ports from.
const OUTSIDE: PortRange = PortRange {
    low: 20_000,
    high: 30_000,
};
