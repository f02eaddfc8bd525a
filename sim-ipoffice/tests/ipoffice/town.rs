//! One office and its phones on a network that delivers everything after 5 ms.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use net::{Entropy, FlowEvent, FlowId};
use sim_ipoffice::relay::Place;
use sim_ipoffice::server::{Input, Output};
use sim_ipoffice::{Config, IpOffice};
use sip::Uri;
use sip::event::{RegistrationId, SessionId};
use sip::header::{NameAddr, Params};
use sip::sdp::{Codec, Crypto, Direction, MediaLine, Origin, Sdp};
use sip::user_agent::{
    self, Binding, Body, Event, Hop, Invite, Login, Reply, Transport, UserAgent,
};

pub(crate) const OFFICE: &str = "10.0.0.1";
const DELAY: Duration = Duration::from_millis(5);
const SIP_FLOW: FlowId = FlowId(1);

/// What is on its way.
enum Parcel {
    ToOffice {
        flow: FlowId,
        source: SocketAddr,
        bytes: Bytes,
        is_stream: bool,
    },
    ToPhone {
        phone: usize,
        bytes: Bytes,
    },
    Media {
        phone: usize,
        from: SocketAddr,
        bytes: Bytes,
    },
    Bound {
        flow: FlowId,
        local: SocketAddr,
    },
}

pub(crate) struct Town {
    pub(crate) now: Duration,
    pub(crate) office: IpOffice,
    pub(crate) phones: Vec<Phone>,
    pub(crate) notes: Vec<String>,
    parcels: BTreeMap<(Duration, u64), Parcel>,
    sequence: u64,
    /// Media sockets of the office.
    sockets: BTreeMap<FlowId, SocketAddr>,
    next_flow: u64,
    office_deadline: Option<Duration>,
}

pub(crate) struct Phone {
    pub(crate) extension: String,
    pub(crate) agent: UserAgent,
    pub(crate) events: Vec<Event>,
    pub(crate) sip: SocketAddr,
    pub(crate) rtp: SocketAddr,
    /// Media that came: the office's socket and the bytes.
    pub(crate) heard: Vec<(SocketAddr, Bytes)>,
    pub(crate) password: String,
    transport: Transport,
    office_flow: FlowId,
    deadline: Option<Duration>,
    pub(crate) is_cut_off: bool,
}

pub(crate) fn config(json: &str) -> Config {
    Config::from_json(json).unwrap()
}

pub(crate) fn three_users() -> Config {
    config(
        r#"{"users":[{"extension":"201","password":"2012012012","name":"Alice"},
            {"extension":"202","password":"2022022022","name":"Bob"},
            {"extension":"203","password":"2032032032","name":"Carol"}]}"#,
    )
}

impl Town {
    pub(crate) fn new(config: Config) -> Town {
        let office = IpOffice::new(
            config,
            vec![OFFICE.parse().unwrap()],
            Entropy::from_seed([1; 32]),
        );
        let mut town = Town {
            now: Duration::from_secs(1),
            office,
            phones: Vec::new(),
            notes: Vec::new(),
            parcels: BTreeMap::new(),
            sequence: 0,
            sockets: BTreeMap::new(),
            next_flow: 100,
            office_deadline: None,
        };
        let local = SocketAddr::new(OFFICE.parse().unwrap(), 5060);
        town.office_hears(Input::Flow(FlowEvent::Bound {
            flow: SIP_FLOW,
            local,
        }));
        town
    }

    /// A phone of an extension; its class is told by the User-Agent. TCP and TLS phones are connected at once.
    pub(crate) fn phone(
        &mut self,
        extension: &str,
        user_agent: &str,
        transport: Transport,
    ) -> usize {
        let index = self.phones.len();
        let ip: std::net::IpAddr = format!("10.0.1.{}", index + 1).parse().unwrap();
        let mut config = user_agent::Config::new(user_agent);
        config.addresses = vec![ip];
        config.methods.push(sip::message::Method::Notify);
        let mut phone = Phone {
            extension: extension.to_owned(),
            agent: UserAgent::new(config, [index as u8 + 10; 32]),
            events: Vec::new(),
            sip: SocketAddr::new(ip, 5060),
            rtp: SocketAddr::new(ip, 6000),
            heard: Vec::new(),
            password: format!("{extension}{extension}{extension}")
                .chars()
                .take(9)
                .chain(extension.chars().take(1))
                .collect(),
            transport,
            office_flow: SIP_FLOW,
            deadline: None,
            is_cut_off: false,
        };
        let flow = user_agent::FlowId(1);
        let office: SocketAddr = SocketAddr::new(OFFICE.parse().unwrap(), 5061);
        if transport == Transport::Udp {
            phone.agent.handle(
                self.now,
                user_agent::Input::Bound {
                    flow,
                    local: phone.sip,
                },
            );
        } else {
            phone.office_flow = FlowId(self.fresh_flow());
            phone.agent.handle(
                self.now,
                user_agent::Input::Opened {
                    flow,
                    transport,
                    local: phone.sip,
                    remote: office,
                },
            );
            let transport = if transport == Transport::Tls {
                net::Transport::Tls
            } else {
                net::Transport::Tcp
            };
            let (flow, remote) = (phone.office_flow, phone.sip);
            self.phones.push(phone);
            let opened = FlowEvent::Opened {
                flow,
                transport,
                local: office,
                remote,
                listener: None,
            };
            self.office_hears(Input::Flow(opened));
            return index;
        }
        self.phones.push(phone);
        index
    }

    pub(crate) fn hop(&self, phone: usize) -> Hop {
        let port = if self.phones[phone].transport == Transport::Udp {
            5060
        } else {
            5061
        };
        Hop::new(
            self.phones[phone].transport,
            SocketAddr::new(OFFICE.parse().unwrap(), port),
        )
    }

    pub(crate) fn register(&mut self, phone: usize, expires_s: u32) -> RegistrationId {
        let hop = self.hop(phone);
        let (extension, password) = (
            self.phones[phone].extension.clone(),
            self.phones[phone].password.clone(),
        );
        let binding = Binding {
            hop,
            registrar: Uri::parse(&format!("sip:{OFFICE}")).unwrap(),
            address: address(&extension),
            expires_s,
            contact_params: Params::new(),
            headers: sip::Headers::new(),
            login: Some(Login::new(extension, password)),
        };
        let now = self.now;
        let id = self.phones[phone].agent.register(now, binding);
        self.drain_phone(phone);
        id
    }

    /// A phone of this kind that is registered.
    pub(crate) fn registered(
        &mut self,
        extension: &str,
        user_agent: &str,
        transport: Transport,
    ) -> usize {
        let phone = self.phone(extension, user_agent, transport);
        self.register(phone, 300);
        self.run(1_000);
        assert!(
            self.phones[phone]
                .events
                .iter()
                .any(|event| matches!(event, Event::Registered { .. })),
            "{:?}",
            self.phones[phone].events
        );
        self.phones[phone].events.clear();
        phone
    }

    pub(crate) fn call(&mut self, phone: usize, number: &str, body: Option<Sdp>) -> SessionId {
        let hop = self.hop(phone);
        let (extension, password) = (
            self.phones[phone].extension.clone(),
            self.phones[phone].password.clone(),
        );
        let invite = Invite {
            hop,
            uri: address(number).uri,
            from: address(&extension),
            to: address(number),
            headers: sip::Headers::new(),
            body: body.map(|sdp| Body::sdp(sdp.write())),
            login: Some(Login::new(extension, password)),
        };
        let now = self.now;
        let session = self.phones[phone].agent.invite(now, invite);
        self.drain_phone(phone);
        session
    }

    /// What the phone says of its audio: PCMA, PCMU and DTMF.
    pub(crate) fn sdp(
        &self,
        phone: usize,
        direction: Direction,
        cryptos: &[Crypto],
        version: u64,
    ) -> Sdp {
        let mut audio = MediaLine::audio(
            self.phones[phone].rtp,
            &[Codec::pcma(), Codec::pcmu(), Codec::telephone_event(101)],
        );
        (audio.direction, audio.cryptos) = (direction, cryptos.to_vec());
        audio.describe(&Origin {
            username: String::new(),
            session_id: 7,
            version,
        })
    }

    pub(crate) fn offer(&self, phone: usize) -> Sdp {
        self.sdp(phone, Direction::SendRecv, &[], 1)
    }

    /// The last incoming call of a phone.
    pub(crate) fn ringing(&self, phone: usize) -> Option<SessionId> {
        self.phones[phone]
            .events
            .iter()
            .rev()
            .find_map(|event| match event {
                Event::Incoming { session, .. } => Some(*session),
                _ => None,
            })
    }

    /// Lets a phone do something with its agent.
    pub(crate) fn act<T>(
        &mut self,
        phone: usize,
        act: impl FnOnce(Duration, &mut UserAgent) -> T,
    ) -> T {
        let now = self.now;
        let result = act(now, &mut self.phones[phone].agent);
        self.drain_phone(phone);
        result
    }

    /// The phone rings, then answers.
    pub(crate) fn answer(&mut self, phone: usize) -> SessionId {
        let session = self.ringing(phone).expect("the phone rings");
        let sdp = self.sdp(phone, Direction::SendRecv, &[], 1);
        self.answer_with(phone, session, &sdp);
        session
    }

    pub(crate) fn answer_with(&mut self, phone: usize, session: SessionId, sdp: &Sdp) {
        let reply = Reply::new(200).with_body(Body::sdp(sdp.write()));
        self.act(phone, |now, agent| agent.accept(now, session, reply))
            .unwrap();
    }

    /// A call between two phones that is up: sessions of both.
    pub(crate) fn talk(&mut self, caller: usize, called: usize) -> (SessionId, SessionId) {
        let number = self.phones[called].extension.clone();
        let offer = self.offer(caller);
        let a = self.call(caller, &number, Some(offer));
        self.run(100);
        let b = self.answer(called);
        self.run(100);
        assert!(
            self.phones[caller]
                .events
                .iter()
                .any(|event| matches!(event, Event::Answered { session, .. } if *session == a))
        );
        (a, b)
    }

    /// Sends media to a socket of the office; what comes of it is delivered at once.
    pub(crate) fn send_media(&mut self, source: SocketAddr, target: SocketAddr, bytes: &[u8]) {
        let flow = self
            .sockets
            .iter()
            .find(|(_, local)| **local == target)
            .map(|(flow, _)| *flow);
        let Some(flow) = flow else { return };
        if let Some(out) = self.office.receive(self.now, flow, source, bytes) {
            let (from, target, bytes) = (
                self.sockets[&out.flow],
                out.target,
                Bytes::copy_from_slice(out.bytes),
            );
            self.deliver_media(from, target, bytes);
        }
    }

    pub(crate) fn media_sockets(&self) -> Vec<SocketAddr> {
        self.sockets.values().copied().collect()
    }

    /// Runs for so many milliseconds.
    pub(crate) fn run(&mut self, ms: u64) {
        let end = self.now + Duration::from_millis(ms);
        loop {
            let parcel = self.parcels.keys().next().map(|(at, _)| *at);
            let deadlines = self.phones.iter().map(|phone| phone.deadline);
            let next = deadlines
                .chain([parcel, self.office_deadline])
                .flatten()
                .min();
            let Some(at) = next.filter(|at| *at <= end) else {
                break;
            };
            self.now = self.now.max(at);
            if parcel == Some(at) {
                let (_, parcel) = self.parcels.pop_first().unwrap();
                self.deliver(parcel);
                continue;
            }
            if self.office_deadline == Some(at) {
                self.office_hears(Input::Timeout);
            }
            for phone in 0..self.phones.len() {
                if self.phones[phone].deadline == Some(at) {
                    self.act(phone, |now, agent| {
                        agent.handle(now, user_agent::Input::Timeout)
                    });
                }
            }
        }
        self.now = end;
    }

    pub(crate) fn office_hears(&mut self, input: Input) {
        self.office.handle(self.now, input);
        loop {
            match self.office.poll() {
                Output::SendTo { target, bytes, .. } => {
                    self.post_to_phone(|phone| phone.sip == target, bytes)
                }
                Output::Send { flow, bytes } => {
                    self.post_to_phone(|phone| phone.office_flow == flow, bytes)
                }
                Output::Bind { place, local } => self.bind(place, local),
                Output::Close(flow) | Output::Abort(flow) => drop(self.sockets.remove(&flow)),
                Output::Note(note) => self.notes.push(note.text),
                Output::Wait(deadline) => {
                    self.office_deadline = deadline;
                    break;
                }
            }
        }
        let mut said = Vec::new();
        while let Some(out) = self.office.next_prompt(self.now) {
            said.push((
                self.sockets[&out.flow],
                out.target,
                Bytes::copy_from_slice(out.bytes),
            ));
        }
        for (from, target, bytes) in said {
            self.deliver_media(from, target, bytes);
        }
        if let Output::Wait(deadline) = self.office.poll() {
            self.office_deadline = deadline;
        }
    }

    fn bind(&mut self, place: Place, local: SocketAddr) {
        let flow = FlowId(self.fresh_flow());
        self.sockets.insert(flow, local);
        self.office.handle(self.now, Input::Binding { place, flow });
        self.post(Parcel::Bound { flow, local });
    }

    fn deliver(&mut self, parcel: Parcel) {
        match parcel {
            Parcel::ToOffice {
                flow,
                source,
                bytes,
                is_stream,
            } => self.office_hears(Input::Flow(if is_stream {
                FlowEvent::Bytes { flow, bytes }
            } else {
                FlowEvent::Datagram {
                    flow,
                    source,
                    bytes,
                }
            })),
            Parcel::ToPhone { phone, bytes } => {
                let flow = user_agent::FlowId(1);
                let remote = self.hop(phone).remote;
                let is_stream = self.phones[phone].transport != Transport::Udp;
                self.act(phone, |now, agent| {
                    agent.handle(
                        now,
                        if is_stream {
                            user_agent::Input::Bytes { flow, bytes }
                        } else {
                            user_agent::Input::Datagram {
                                flow,
                                source: remote,
                                bytes,
                            }
                        },
                    );
                });
            }
            Parcel::Media { phone, from, bytes } => self.phones[phone].heard.push((from, bytes)),
            Parcel::Bound { flow, local } => {
                self.office_hears(Input::Flow(FlowEvent::Bound { flow, local }))
            }
        }
    }

    fn drain_phone(&mut self, index: usize) {
        loop {
            let phone = &mut self.phones[index];
            let (flow, source, is_stream) = (
                phone.office_flow,
                phone.sip,
                phone.transport != Transport::Udp,
            );
            match phone.agent.poll() {
                user_agent::Output::Event(event) => phone.events.push(event),
                user_agent::Output::SendTo { bytes, .. }
                | user_agent::Output::Send { bytes, .. } => {
                    if !phone.is_cut_off {
                        self.post(Parcel::ToOffice {
                            flow,
                            source,
                            bytes,
                            is_stream,
                        });
                    }
                }
                user_agent::Output::Connect { hop } => {
                    panic!("the phone is connected already: {hop:?}")
                }
                user_agent::Output::Close { .. } | user_agent::Output::Abort { .. } => {}
                user_agent::Output::Wait(deadline) => {
                    phone.deadline = deadline;
                    break;
                }
            }
        }
    }

    fn post_to_phone(&mut self, is_it: impl Fn(&Phone) -> bool, bytes: Bytes) {
        if let Some(phone) = self
            .phones
            .iter()
            .position(is_it)
            .filter(|phone| !self.phones[*phone].is_cut_off)
        {
            self.post(Parcel::ToPhone { phone, bytes });
        }
    }

    fn deliver_media(&mut self, from: SocketAddr, target: SocketAddr, bytes: Bytes) {
        if let Some(phone) = self
            .phones
            .iter()
            .position(|phone| phone.rtp.ip() == target.ip())
        {
            self.post(Parcel::Media { phone, from, bytes });
        }
    }

    fn post(&mut self, parcel: Parcel) {
        self.sequence += 1;
        self.parcels
            .insert((self.now + DELAY, self.sequence), parcel);
    }

    fn fresh_flow(&mut self) -> u64 {
        self.next_flow += 1;
        self.next_flow
    }
}

pub(crate) fn address(user: &str) -> NameAddr {
    NameAddr::new(Uri::parse(&format!("sip:{user}@{OFFICE}")).unwrap())
}

/// The SDP in a message's body.
pub(crate) fn body(bytes: &[u8]) -> Sdp {
    Sdp::parse(bytes).unwrap()
}
