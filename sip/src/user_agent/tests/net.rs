//! A tiny network for tests: one heap of packets, two or more agents, a link with a seeded fate for each packet.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

use super::*;
use crate::message::Message;

/// What the link does to packets, in per cent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub(super) loss: u64,
    pub(super) duplicate: u64,
    /// Longest extra delay: packets overtake each other.
    pub(super) jitter_ms: u64,
    /// How many packets come with some bytes changed.
    pub(super) mangle: u64,
}

pub(super) const PERFECT: Link = Link {
    loss: 0,
    duplicate: 0,
    jitter_ms: 0,
    mangle: 0,
};
/// Much is lost, and what comes has been overtaken.
pub(super) const BAD: Link = Link {
    loss: 20,
    duplicate: 10,
    jitter_ms: 800,
    mangle: 0,
};
const DELAY: Duration = Duration::from_millis(10);

pub(super) struct Party {
    pub(super) agent: UserAgent,
    pub(super) address: SocketAddr,
    pub(super) events: Vec<Event>,
    seen: usize,
    wake: Option<Duration>,
}

enum Packet {
    Datagram {
        target: SocketAddr,
        source: SocketAddr,
        bytes: Bytes,
    },
    Input {
        party: usize,
        input: Input,
    },
}

pub(super) struct Net {
    pub(super) now: Duration,
    pub(super) parties: Vec<Party>,
    pub(super) transport: Transport,
    pub(super) link: Link,
    /// Every message sent, one line each: time, direction, start line.
    pub(super) ladder: Vec<String>,
    /// Packets that are lost whatever the link: the numbers of their sends.
    pub(super) lost: Vec<usize>,
    pub(super) sent: usize,
    queue: BTreeMap<(Duration, u64), Packet>,
    number: u64,
    fate: ChaCha8Rng,
    /// The two ends of each connection.
    streams: BTreeMap<(usize, FlowId), (usize, FlowId)>,
    /// What connections hold while nothing passes them: by whom it was written, and what it will be.
    held: Option<Vec<((usize, FlowId), Packet)>>,
}

impl Net {
    pub(super) fn new(transport: Transport, link: Link, seed: u64, configs: Vec<Config>) -> Self {
        let mut net = Self {
            now: Duration::ZERO,
            parties: Vec::new(),
            transport,
            link,
            ladder: Vec::new(),
            lost: Vec::new(),
            sent: 0,
            queue: BTreeMap::new(),
            number: 0,
            fate: ChaCha8Rng::seed_from_u64(seed),
            streams: BTreeMap::new(),
            held: None,
        };
        for (index, config) in configs.into_iter().enumerate() {
            let address: SocketAddr = format!("10.0.0.{}:5060", index + 1).parse().unwrap();
            let agent = UserAgent::new(config, [index as u8 + seed as u8; 32]);
            net.parties.push(Party {
                agent,
                address,
                events: Vec::new(),
                seen: 0,
                wake: None,
            });
            net.bind(index);
        }
        net
    }

    fn bind(&mut self, index: usize) {
        let party = &mut self.parties[index];
        let input = Input::Bound {
            flow: FlowId(index as u64),
            local: party.address,
        };
        party.agent.handle(self.now, input);
    }

    /// A party starts anew, and knows nothing of what was.
    pub(super) fn forget(&mut self, index: usize) {
        self.parties[index].agent = UserAgent::new(Config::new("Anew/1"), [99; 32]);
        self.bind(index);
    }

    pub(super) fn pair(transport: Transport, link: Link, seed: u64) -> Self {
        Self::new(
            transport,
            link,
            seed,
            vec![Config::new("Alice/1"), Config::new("Bob/1")],
        )
    }

    pub(super) fn act<T>(
        &mut self,
        party: usize,
        verb: impl FnOnce(&mut UserAgent, Duration) -> T,
    ) -> T {
        let done = verb(&mut self.parties[party].agent, self.now);
        self.drain(party);
        done
    }

    /// Runs for a time; `react` sees each event of each party.
    pub(super) fn run(
        &mut self,
        time: Duration,
        mut react: impl FnMut(&mut UserAgent, Duration, usize, &Event),
    ) {
        let until = self.now + time;
        loop {
            self.react(&mut react);
            let packet = self.queue.keys().next().map(|(time, _)| *time);
            let wake = self.parties.iter().filter_map(|party| party.wake).min();
            let Some(next) = packet
                .into_iter()
                .chain(wake)
                .min()
                .filter(|next| *next <= until)
            else {
                break;
            };
            self.now = self.now.max(next);
            match self.queue.pop_first() {
                Some((key, packet)) if key.0 <= next => self.deliver(packet),
                Some((key, packet)) => {
                    self.queue.insert(key, packet);
                    self.wake();
                }
                None => self.wake(),
            }
        }
        self.now = until;
    }

    /// Runs until nothing is left to do for anybody, at most an hour.
    pub(super) fn settle(&mut self, react: impl FnMut(&mut UserAgent, Duration, usize, &Event)) {
        self.run(Duration::from_secs(3600), react);
    }

    pub(super) fn count(&self, party: usize, matches: impl Fn(&Event) -> bool) -> usize {
        self.parties[party]
            .events
            .iter()
            .filter(|event| matches(event))
            .count()
    }

    pub(super) fn ladder(&self) -> String {
        self.ladder.join("\n")
    }

    fn react(&mut self, react: &mut impl FnMut(&mut UserAgent, Duration, usize, &Event)) {
        for index in 0..self.parties.len() {
            self.drain(index);
            while self.parties[index].seen < self.parties[index].events.len() {
                let party = &mut self.parties[index];
                let event = party.events[party.seen].clone();
                party.seen += 1;
                react(&mut party.agent, self.now, index, &event);
                self.drain(index);
            }
        }
    }

    fn wake(&mut self) {
        for index in 0..self.parties.len() {
            if self.parties[index]
                .wake
                .is_some_and(|wake| wake <= self.now)
            {
                self.parties[index].wake = None;
                self.parties[index].agent.handle(self.now, Input::Timeout);
                self.drain(index);
            }
        }
    }

    fn deliver(&mut self, packet: Packet) {
        let (index, input) = match packet {
            Packet::Datagram {
                target,
                source,
                bytes,
            } => {
                let Some(index) = self
                    .parties
                    .iter()
                    .position(|party| party.address == target)
                else {
                    return;
                };
                (
                    index,
                    Input::Datagram {
                        flow: FlowId(index as u64),
                        source,
                        bytes,
                    },
                )
            }
            Packet::Input { party, input } => (party, input),
        };
        self.parties[index].agent.handle(self.now, input);
        self.drain(index);
    }

    fn drain(&mut self, index: usize) {
        loop {
            let source = self.parties[index].address;
            match self.parties[index].agent.poll() {
                Output::SendTo { remote, bytes, .. } => {
                    self.note(index, &bytes);
                    self.carry(Packet::Datagram {
                        target: remote,
                        source,
                        bytes,
                    });
                }
                Output::Send { flow, bytes } => {
                    self.note(index, &bytes);
                    let near = (index, flow);
                    if let Some(&(party, flow)) = self.streams.get(&near) {
                        let input = Input::Bytes { flow, bytes };
                        self.pass(near, Packet::Input { party, input });
                    }
                }
                Output::Abort { flow } => self.abort((index, flow)),
                Output::Connect { hop } => self.connect(index, &hop),
                Output::Close { flow } => {
                    self.streams.remove(&(index, flow));
                }
                Output::Event(event) => self.parties[index].events.push(event),
                Output::Wait(wake) => {
                    self.parties[index].wake = wake;
                    return;
                }
            }
        }
    }

    /// A connection opens after one delay each way; to nobody it fails.
    fn connect(&mut self, index: usize, hop: &Hop) {
        self.number += 1;
        let (transport, remote) = (hop.transport, hop.remote);
        let (near, far) = (
            FlowId(1000 + 2 * self.number),
            FlowId(1001 + 2 * self.number),
        );
        let local = SocketAddr::new(
            self.parties[index].address.ip(),
            40_000 + self.number as u16,
        );
        self.parties[index].agent.handle(
            self.now,
            Input::Connecting {
                flow: near,
                transport,
                remote,
            },
        );
        let Some(target) = self
            .parties
            .iter()
            .position(|party| party.address == remote)
        else {
            let input = Input::Closed {
                flow: near,
                end: FlowEnd::Unreachable,
            };
            self.queue.insert(
                (self.now + 2 * DELAY, self.number),
                Packet::Input {
                    party: index,
                    input,
                },
            );
            return;
        };
        self.streams.insert((index, near), (target, far));
        self.streams.insert((target, far), (index, near));
        let input = Input::Opened {
            flow: far,
            transport,
            local: remote,
            remote: local,
        };
        self.queue.insert(
            (self.now + DELAY, self.number),
            Packet::Input {
                party: target,
                input,
            },
        );
        let input = Input::Opened {
            flow: near,
            transport,
            local,
            remote,
        };
        self.queue.insert(
            (self.now + 2 * DELAY, self.number),
            Packet::Input {
                party: index,
                input,
            },
        );
    }

    /// The open connections by this side's flow, each end counting.
    pub(super) fn connections(&self) -> Vec<(usize, FlowId)> {
        self.streams.keys().copied().collect()
    }

    /// Nothing passes the open connections from now on; what is written waits in them.
    pub(super) fn stall_connections(&mut self) {
        self.held = Some(Vec::new());
    }

    /// All that waits in connections comes out of them.
    pub(super) fn release_connections(&mut self) {
        for (near, packet) in self.held.take().unwrap_or_default() {
            self.pass(near, packet);
        }
    }

    /// What waits is gone with its connection, and the other end hears of that as soon as anything passes.
    fn abort(&mut self, near: (usize, FlowId)) {
        if let Some(held) = &mut self.held {
            held.retain(|(by, _)| *by != near);
        }
        if let Some((party, flow)) = self.streams.remove(&near) {
            self.streams.remove(&(party, flow));
            let end = FlowEnd::Closed;
            let input = Input::Closed { flow, end };
            self.pass(near, Packet::Input { party, input });
        }
    }

    fn pass(&mut self, near: (usize, FlowId), packet: Packet) {
        match &mut self.held {
            Some(held) => held.push((near, packet)),
            None => {
                self.number += 1;
                self.queue.insert((self.now + DELAY, self.number), packet);
            }
        }
    }

    /// Ends all connections, as a crash of the middle does.
    pub(super) fn cut_connections(&mut self) {
        for ((party, flow), _) in std::mem::take(&mut self.streams) {
            self.parties[party].agent.handle(
                self.now,
                Input::Closed {
                    flow,
                    end: FlowEnd::Closed,
                },
            );
            self.drain(party);
        }
    }

    fn carry(&mut self, packet: Packet) {
        self.sent += 1;
        let mut draw = |most: u64| self.fate.next_u64() % most.max(1);
        let copies = match (draw(100), draw(100)) {
            _ if self.lost.contains(&self.sent) => 0,
            (loss, _) if loss < self.link.loss => 0,
            (_, duplicate) if duplicate < self.link.duplicate => 2,
            _ => 1,
        };
        for _ in 0..copies {
            let jitter = Duration::from_millis(self.fate.next_u64() % (self.link.jitter_ms + 1));
            self.number += 1;
            if let Packet::Datagram {
                target,
                source,
                bytes,
            } = &packet
            {
                let packet = Packet::Datagram {
                    target: *target,
                    source: *source,
                    bytes: mangled(bytes, self.link.mangle, &mut self.fate),
                };
                self.queue
                    .insert((self.now + DELAY + jitter, self.number), packet);
            }
        }
    }

    fn note(&mut self, index: usize, bytes: &Bytes) {
        let Ok(message) = Message::parse(bytes) else {
            return;
        };
        let cseq = message
            .headers()
            .cseq()
            .map(|cseq| cseq.to_string())
            .unwrap_or_default();
        let what = match &message {
            Message::Request(request) => format!("{} ({cseq})", request.method),
            Message::Response(response) => {
                format!("{} {} ({cseq})", response.status, response.reason_text())
            }
        };
        let arrow = if index == 0 { "──►" } else { "◄──" };
        self.ladder
            .push(format!("{:>6} ms {arrow} {what}", self.now.as_millis()));
    }
}

/// The same bytes, or some of them changed, left out or doubled.
fn mangled(bytes: &Bytes, percent: u64, fate: &mut ChaCha8Rng) -> Bytes {
    if fate.next_u64() % 100 >= percent {
        return bytes.clone();
    }
    let mut bytes = bytes.to_vec();
    for _ in 0..1 + fate.next_u64() % 4 {
        if bytes.is_empty() {
            break;
        }
        let at = (fate.next_u64() % bytes.len() as u64) as usize;
        let other = (fate.next_u64() % bytes.len() as u64) as usize;
        match fate.next_u64() % 4 {
            0 => bytes[at] = fate.next_u64() as u8,
            1 => bytes[at] = bytes[other],
            2 => drop(bytes.drain(at.min(other)..at.max(other))),
            _ => bytes.extend_from_within(at.min(other)..at.max(other)),
        }
    }
    bytes.into()
}
