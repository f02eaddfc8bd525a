//! The client without any IO: gives input to its parts by flow and by kind, collects what they want done.
//!
//! After [`Client::handle`], ask [`Client::poll`] until it says `Wait`. Sockets are asked for and named by the driver: for
//! `Bind` it says `Binding` at once, for `Connect` `Connecting`; what becomes of them comes as flow events.

use std::time::Duration;

use bytes::Bytes;
use net::{Entropy, FlowError, FlowEvent, FlowId, Transport};
use sip::UserAgent;
use sip::flow::FlowEnd;
use sip::message::Method;
use sip::sdp::MediaKind;
use sip::user_agent as agent;

use crate::calls::Calls;
use crate::collector::Collector;
use crate::command::Command;
use crate::desk::{Desk, FlowUse};
use crate::lamp::Lamp;
use crate::line::Line;
use crate::login::Login;

mod config;
mod io;

pub use config::ClientConfig;
pub use io::{Input, Output};

/// The softphone.
#[derive(Debug)]
pub struct Client {
    desk: Desk,
    login: Login,
    line: Line,
    lamp: Lamp,
    calls: Calls,
    collector: Collector,
    /// When the SIP agent wants to be woken.
    agent_deadline: Option<Duration>,
}

impl Client {
    /// A client whose randomness comes from `entropy`.
    pub fn new(config: ClientConfig, entropy: Entropy) -> Self {
        let mut sip = agent::Config::new(&config.product);
        sip.methods = vec![Method::Options, Method::Notify];
        sip.addresses.clone_from(&config.addresses);
        let agent = UserAgent::new(sip, entropy.fork("sip").seed());
        let instance = uuid(&mut entropy.fork("instance"));
        let desk = Desk::new(agent, entropy.fork("calls"), &config);
        Self {
            desk,
            login: Login::new(config.device, config.has_accounts),
            line: Line::new(instance, config.sip_port, config.sip_transport),
            lamp: Lamp::default(),
            calls: Calls::default(),
            collector: Collector::new(config.quality.to),
            agent_deadline: None,
        }
    }

    /// Takes what happened; also does what is due.
    pub fn handle(&mut self, now: Duration, input: Input) {
        match input {
            Input::Command(command) => self.handle_command(now, command),
            Input::Flow(event) => self.handle_flow(now, event),
            Input::Binding { local, flow } => self.desk.handle_binding(local, flow),
            Input::Connecting {
                flow,
                transport,
                remote,
            } => {
                let (flow, transport) = (sip::flow::FlowId(flow.0), sip_transport(transport));
                self.desk.agent.handle(
                    now,
                    agent::Input::Connecting {
                        flow,
                        transport,
                        remote,
                    },
                );
            }
            Input::Resolved { question, answer } => {
                self.line
                    .handle_resolved(now, &mut self.desk, &question, &answer);
            }
            Input::Fetched { url, body } => {
                if let Some(account) = self.login.handle_fetched(&mut self.desk, &url, body) {
                    self.line.log_in(now, &mut self.desk, account);
                }
            }
            Input::Discovered { address, profiles } => {
                self.login
                    .handle_discovered(&mut self.desk, &address, profiles);
            }
            Input::Timeout => {}
        }
        self.line.handle_timeout(now, &mut self.desk);
        self.lamp.handle_timeout(now, &mut self.desk);
        self.calls.handle_timeout(now, &mut self.desk);
        if self.agent_deadline.is_some_and(|deadline| deadline <= now) {
            self.desk.agent.handle(now, agent::Input::Timeout);
        }
        self.pump(now);
    }

    /// Whether a datagram of this flow is sound, and so for [`Client::receive`].
    pub fn owns_media(&self, flow: FlowId) -> bool {
        let purpose = self.desk.use_of(flow);
        matches!(purpose, Some(FlowUse::Media(media)) if media.kind == MediaKind::Audio)
    }

    /// Takes a datagram of sound. Nothing is to be polled for it: what follows from it comes when its frame is due. Pictures go
    /// the long way, for they may ask for an answer at once.
    pub fn receive(&mut self, now: Duration, flow: FlowId, bytes: Bytes) {
        if let Some(FlowUse::Media(media)) = self.desk.use_of(flow) {
            self.calls.handle_datagram(now, media, &bytes);
        }
    }

    /// The next thing to do; `Wait` comes last.
    pub fn poll(&mut self) -> Output {
        self.desk.outputs.pop_front().unwrap_or_else(|| {
            let deadlines = [
                self.agent_deadline,
                self.line.deadline(),
                self.lamp.deadline(),
                self.calls.deadline(),
                self.collector.deadline(),
            ];
            Output::Wait(deadlines.into_iter().flatten().min())
        })
    }

    /// Whether nobody is logged in and no call is left: the driver of a user who has gone may stop.
    pub fn is_idle(&self) -> bool {
        let is_off = self.line.is_off() && self.lamp.is_off();
        is_off && self.calls.is_empty() && self.collector.is_idle()
    }

    /// The settings in force.
    pub fn settings(&self) -> &crate::settings::Settings {
        self.login.settings()
    }

    fn handle_command(&mut self, now: Duration, command: Command) {
        if let Command::LogIn(log_in) = command {
            self.calls.hang_up_all(now, &mut self.desk);
            self.lamp.leave(now, &mut self.desk);
            self.collector.begin();
            if let Some(account) = self.login.start(&mut self.desk, log_in) {
                self.line.log_in(now, &mut self.desk, account);
            }
        } else if let Command::LogOut = command {
            self.calls.hang_up_all(now, &mut self.desk);
            self.lamp.leave(now, &mut self.desk);
            self.collector.leave();
            self.login.stop();
            self.line.log_out(now, &mut self.desk);
        } else {
            let caller = self.line.caller();
            self.calls
                .handle_command(now, &mut self.desk, caller.as_ref(), command);
        }
    }

    fn handle_flow(&mut self, now: Duration, event: FlowEvent) {
        let desk = &mut self.desk;
        match event {
            FlowEvent::Datagram {
                flow,
                source,
                bytes,
            } => match desk.use_of(flow) {
                Some(FlowUse::Media(media)) => self.calls.handle_datagram(now, media, &bytes),
                Some(FlowUse::Sip) | None => {
                    let flow = sip::flow::FlowId(flow.0);
                    desk.agent.handle(
                        now,
                        agent::Input::Datagram {
                            flow,
                            source,
                            bytes,
                        },
                    );
                }
            },
            FlowEvent::Bound { flow, local } => match desk.use_of(flow) {
                Some(FlowUse::Media(media)) => self.calls.handle_bound(now, desk, media, flow),
                Some(FlowUse::Sip) => self.line.handle_bound(now, desk, flow, local),
                None => desk.close(flow),
            },
            FlowEvent::Opened {
                flow,
                transport,
                local,
                remote,
                ..
            } => {
                let (flow, transport) = (sip::flow::FlowId(flow.0), sip_transport(transport));
                desk.agent.handle(
                    now,
                    agent::Input::Opened {
                        flow,
                        transport,
                        local,
                        remote,
                    },
                );
            }
            FlowEvent::Bytes { flow, bytes } => {
                desk.agent.handle(
                    now,
                    agent::Input::Bytes {
                        flow: sip::flow::FlowId(flow.0),
                        bytes,
                    },
                );
            }
            FlowEvent::Failed { flow, error } => self.handle_flow_end(now, flow, failed(&error)),
            FlowEvent::Closed { flow, .. } => self.handle_flow_end(now, flow, FlowEnd::Closed),
        }
    }

    fn handle_flow_end(&mut self, now: Duration, flow: FlowId, end: FlowEnd) {
        let purpose = self.desk.use_of(flow);
        self.desk.forget(flow);
        match purpose {
            Some(FlowUse::Media(media)) => {
                self.calls.handle_bind_failed(now, &mut self.desk, media);
            }
            Some(FlowUse::Sip) => self.line.handle_bind_failed(now, &mut self.desk, flow),
            None => {
                let flow = sip::flow::FlowId(flow.0);
                let closed = agent::Input::Closed { flow, end };
                self.desk.agent.handle(now, closed);
            }
        }
    }

    /// Takes all that the SIP agent wants; its events make the parts want more of it.
    fn pump(&mut self, now: Duration) {
        loop {
            let output = match self.desk.agent.poll() {
                agent::Output::SendTo {
                    flow,
                    remote,
                    bytes,
                } => Output::SendTo {
                    flow: FlowId(flow.0),
                    target: remote,
                    bytes,
                },
                agent::Output::Send { flow, bytes } => Output::Send {
                    flow: FlowId(flow.0),
                    bytes,
                },
                agent::Output::Close { flow } => Output::Close {
                    flow: FlowId(flow.0),
                },
                agent::Output::Abort { flow } => Output::Abort {
                    flow: FlowId(flow.0),
                },
                agent::Output::Connect { hop } => Output::Connect {
                    transport: net_transport(hop.transport),
                    server_name: hop
                        .server_name
                        .unwrap_or_else(|| hop.remote.ip().to_string()),
                    remote: hop.remote,
                },
                agent::Output::Event(event) => {
                    self.handle_agent(now, &event);
                    continue;
                }
                agent::Output::Wait(deadline) => {
                    self.agent_deadline = deadline;
                    if self.publish(now) {
                        continue;
                    }
                    return;
                }
            };
            self.desk.outputs.push_back(output);
        }
    }

    /// Publishes reports that are due; says whether there were any.
    fn publish(&mut self, now: Duration) -> bool {
        let is_due = self.collector.is_due(now, &self.desk);
        if is_due {
            let caller = self.line.caller();
            self.collector.publish(now, &mut self.desk, caller.as_ref());
        }
        is_due
    }

    fn handle_agent(&mut self, now: Duration, event: &agent::Event) {
        use agent::Event as E;
        let (line, desk) = (&mut self.line, &mut self.desk);
        if let (E::Incoming { session, .. }, Some(caller)) = (event, line.caller()) {
            desk.agent.set_login(*session, caller.login);
        }
        if event.session().is_some() {
            self.calls.handle_event(now, desk, event);
        } else if let E::Registered {
            registration,
            expires_s,
            ..
        } = event
        {
            if line.handle_registered(desk, *registration, *expires_s) {
                self.calls.refresh(now, desk);
            }
            self.light(now);
        } else if let E::RegistrationFailed {
            registration,
            failure,
            response,
        } = event
        {
            line.handle_failed(now, desk, *registration, *failure, response.as_ref());
            self.light(now);
        } else if let E::Unregistered { registration } = event {
            line.handle_unregistered(desk, *registration);
        } else if let E::Notified { watch, request } = event {
            self.lamp.handle_notified(desk, *watch, request);
        } else if let E::WatchEnded { watch, end } = event {
            self.lamp.handle_ended(now, *watch, end);
        } else if let E::Response { request, response } = event {
            self.collector.handle_response(now, *request, response);
        } else if let E::RequestFailed { request, .. } = event {
            self.collector.handle_failure(now, *request);
        } else if let E::Request {
            incoming, request, ..
        } = event
        {
            // Only OPTIONS is served, and a NOTIFY that nobody waits for; the other methods are refused by the agent itself.
            let status = if request.method == Method::Notify {
                481
            } else {
                200
            };
            desk.agent
                .respond(now, *incoming, agent::Reply::new(status));
        }
    }

    /// The lamp follows the line.
    fn light(&mut self, now: Duration) {
        match self.line.caller() {
            Some(caller) => {
                let settings = self.login.settings();
                let desk = &mut self.desk;
                self.lamp.handle_registered(now, desk, caller, settings);
            }
            None => self.lamp.handle_lost(&mut self.desk),
        }
    }
}

/// A version 4 UUID (RFC 9562 §5.4) from the client's own stream.
fn uuid(entropy: &mut Entropy) -> String {
    let digits = entropy.hex(32);
    format!(
        "{}-{}-4{}-a{}-{}",
        &digits[..8],
        &digits[8..12],
        &digits[13..16],
        &digits[17..20],
        &digits[20..32]
    )
}

fn failed(error: &FlowError) -> FlowEnd {
    if matches!(error, FlowError::Tls(_)) {
        FlowEnd::Certificate
    } else {
        FlowEnd::Unreachable
    }
}

fn sip_transport(transport: Transport) -> sip::flow::Transport {
    match transport {
        Transport::Udp => sip::flow::Transport::Udp,
        Transport::Tcp => sip::flow::Transport::Tcp,
        Transport::Tls => sip::flow::Transport::Tls,
    }
}

fn net_transport(transport: sip::flow::Transport) -> Transport {
    match transport {
        sip::flow::Transport::Udp => Transport::Udp,
        sip::flow::Transport::Tcp => Transport::Tcp,
        sip::flow::Transport::Tls => Transport::Tls,
    }
}

#[cfg(test)]
mod tests;
