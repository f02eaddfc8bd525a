//! A network of some clients and an exchange: datagrams with 10 ms delay, names that are addresses.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use ::net::{Entropy, FlowError, FlowEvent, FlowId};

use sip::resolve::{Answer, Question};
use sip::user_agent as agent;

use super::pbx::Pbx;
use super::*;

pub(super) const PBX: &str = "10.0.0.100:5060";
const DELAY: Duration = Duration::from_millis(10);

pub(super) struct Party {
    pub(super) client: Client,
    pub(super) number: String,
    pub(super) events: Vec<Event>,
    /// What was asked of the driver: URLs and e-mail addresses.
    pub(super) asked: Vec<String>,
    sockets: BTreeMap<FlowId, SocketAddr>,
    wake: Option<Duration>,
}

pub(super) struct Net {
    pub(super) now: Duration,
    pub(super) parties: Vec<Party>,
    pub(super) pbx: Pbx,
    /// RTP packets by their source.
    pub(super) rtp_sent: BTreeMap<SocketAddr, u64>,
    /// Where the last one went.
    pub(super) rtp_target: Option<SocketAddr>,
    /// The next datagram with this in it is lost.
    pub(super) loses: Option<&'static str>,
    /// What the name system knows.
    pub(super) names: Vec<(Question, Answer)>,
    /// Ports that somebody else has.
    pub(super) taken: Vec<SocketAddr>,
    pbx_wake: Option<Duration>,
    queue: BTreeMap<(Duration, u64), Parcel>,
    number: u64,
    flows: u64,
}

enum Parcel {
    Datagram {
        source: SocketAddr,
        target: SocketAddr,
        bytes: Bytes,
    },
    Input {
        party: usize,
        input: Input,
    },
}

impl Party {
    /// Where the party receives SIP.
    pub(super) fn sip(&self) -> SocketAddr {
        let mut sockets = self.sockets.values();
        *sockets
            .find(|local| local.port() == 5_060)
            .expect("a socket for SIP")
    }
}

impl Net {
    /// Clients 201, 202, ... that are not logged in yet.
    pub(super) fn new(count: usize, config: &ClientConfig) -> Self {
        let party = |index: usize| {
            let address = format!("10.0.0.{}", index + 1).parse().unwrap();
            let config = ClientConfig {
                addresses: vec![address],
                ..config.clone()
            };
            Party {
                client: Client::new(config, Entropy::from_seed([index as u8; 32])),
                number: (201 + index).to_string(),
                events: Vec::new(),
                asked: Vec::new(),
                sockets: BTreeMap::new(),
                wake: None,
            }
        };
        Self {
            now: Duration::ZERO,
            parties: (0..count).map(party).collect(),
            pbx: Pbx::at(sip::flow::FlowId(0), PBX.parse().unwrap()),
            rtp_sent: BTreeMap::new(),
            rtp_target: None,
            loses: None,
            names: Vec::new(),
            taken: Vec::new(),
            pbx_wake: None,
            queue: BTreeMap::new(),
            number: 0,
            flows: 100,
        }
    }

    /// Clients that are logged in.
    pub(super) fn registered(count: usize, config: &ClientConfig) -> Self {
        let mut net = Self::new(count, config);
        for index in 0..count {
            net.log_in(index);
        }
        net.run(SECOND);
        net
    }

    pub(super) fn log_in(&mut self, party: usize) {
        let user = self.parties[party].number.clone();
        self.tell(
            party,
            Command::LogIn(LogIn::Direct {
                host: "10.0.0.100".to_owned(),
                port: None,
                transport: ControllerTransport::Udp,
                domain: Some("ipoffice".to_owned()),
                user,
                password: "1234".to_owned(),
            }),
        );
    }

    pub(super) fn tell(&mut self, party: usize, command: Command) {
        self.give(party, Input::Command(command));
    }

    pub(super) fn give(&mut self, party: usize, input: Input) {
        self.parties[party].client.handle(self.now, input);
        self.drain(party);
    }

    pub(super) fn run(&mut self, time: Duration) {
        let until = self.now + time;
        loop {
            let wakes = self
                .parties
                .iter()
                .filter_map(|party| party.wake)
                .chain(self.pbx_wake)
                .min();
            let packet = self.queue.keys().next().map(|(time, _)| *time);
            let Some(next) = packet
                .into_iter()
                .chain(wakes)
                .min()
                .filter(|next| *next <= until)
            else {
                break;
            };
            self.now = self.now.max(next);
            while self
                .queue
                .keys()
                .next()
                .is_some_and(|(time, _)| *time <= self.now)
            {
                let (_, parcel) = self.queue.pop_first().unwrap();
                self.deliver(parcel);
            }
            self.wake();
        }
        self.now = until;
    }

    pub(super) fn count(&self, party: usize, matches: impl Fn(&Event) -> bool) -> usize {
        self.parties[party]
            .events
            .iter()
            .filter(|event| matches(event))
            .count()
    }

    fn wake(&mut self) {
        for index in 0..self.parties.len() {
            if self.parties[index]
                .wake
                .is_some_and(|wake| wake <= self.now)
            {
                self.give(index, Input::Timeout);
            }
        }
        if self.pbx_wake.is_some_and(|wake| wake <= self.now) {
            self.pbx.agent.handle(self.now, agent::Input::Timeout);
            self.drain_pbx();
        }
    }

    fn deliver(&mut self, parcel: Parcel) {
        let (source, target, bytes) = match parcel {
            Parcel::Datagram {
                source,
                target,
                bytes,
            } => (source, target, bytes),
            Parcel::Input { party, input } => return self.give(party, input),
        };
        if target.to_string() == PBX {
            let flow = sip::flow::FlowId(0);
            self.pbx.agent.handle(
                self.now,
                agent::Input::Datagram {
                    flow,
                    source,
                    bytes,
                },
            );
            return self.drain_pbx();
        }
        let find = |(index, party): (usize, &Party)| {
            party
                .sockets
                .iter()
                .find(|(_, local)| **local == target)
                .map(|(flow, _)| (index, *flow))
        };
        if let Some((index, flow)) = self.parties.iter().enumerate().find_map(find) {
            self.give(
                index,
                Input::Flow(FlowEvent::Datagram {
                    flow,
                    source,
                    bytes,
                }),
            );
        }
    }

    pub(super) fn send(&mut self, source: SocketAddr, target: SocketAddr, bytes: Bytes) {
        let text = String::from_utf8_lossy(&bytes);
        if self.loses.is_some_and(|sought| text.contains(sought)) {
            self.loses = None;
            return;
        }
        self.number += 1;
        self.queue.insert(
            (self.now + DELAY, self.number),
            Parcel::Datagram {
                source,
                target,
                bytes,
            },
        );
    }

    pub(super) fn drain_pbx(&mut self) {
        loop {
            match self.pbx.poll(self.now) {
                agent::Output::SendTo { remote, bytes, .. } => {
                    self.send(PBX.parse().unwrap(), remote, bytes)
                }
                agent::Output::Wait(wake) => {
                    self.pbx_wake = wake;
                    return;
                }
                _ => {}
            }
        }
    }

    fn drain(&mut self, index: usize) {
        loop {
            match self.parties[index].client.poll() {
                Output::Bind { local } => self.bind(index, local),
                Output::SendTo {
                    flow,
                    target,
                    bytes,
                } => {
                    let source = self.parties[index].sockets[&flow];
                    if source.port().is_multiple_of(2) && source.port() >= 40_000 {
                        *self.rtp_sent.entry(source).or_default() += 1;
                        self.rtp_target = Some(target);
                    }
                    self.send(source, target, bytes);
                }
                Output::Close { flow } => drop(self.parties[index].sockets.remove(&flow)),
                Output::Resolve { question } => {
                    self.number += 1;
                    let known = self.names.iter().find(|(name, _)| *name == question);
                    let answer = known.map_or(Answer::Nothing, |(_, answer)| answer.clone());
                    let input = Input::Resolved { question, answer };
                    self.queue.insert(
                        (self.now, self.number),
                        Parcel::Input {
                            party: index,
                            input,
                        },
                    );
                }
                Output::Fetch { url } => self.parties[index].asked.push(url.to_string()),
                Output::Discover { address } => self.parties[index].asked.push(address),
                Output::Event(event) => self.parties[index].events.push(event),
                Output::Wait(wake) => {
                    self.parties[index].wake = wake;
                    return;
                }
                Output::Connect { .. } | Output::Send { .. } | Output::Abort { .. } => {}
            }
        }
    }

    fn bind(&mut self, index: usize, local: SocketAddr) {
        self.flows += 1;
        let flow = FlowId(self.flows);
        self.parties[index]
            .client
            .handle(self.now, Input::Binding { local, flow });
        let event = if self.taken.contains(&local) {
            FlowEvent::Failed {
                flow,
                error: FlowError::AddressInUse,
            }
        } else {
            self.parties[index].sockets.insert(flow, local);
            FlowEvent::Bound { flow, local }
        };
        self.number += 1;
        let parcel = Parcel::Input {
            party: index,
            input: Input::Flow(event),
        };
        self.queue.insert((self.now, self.number), parcel);
    }

    /// Sockets that a party has open.
    pub(super) fn socket_count(&self, party: usize) -> usize {
        self.parties[party].sockets.len()
    }
}
