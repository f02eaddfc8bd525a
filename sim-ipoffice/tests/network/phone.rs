//! A phone on a host: the user agent of `sip`, a media socket, and an ear for what comes.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use media::rtp::{Header, Writer};
use media::srtp::{Inbound, Outbound, SdesKey, Suite};
use net::tls::Trust;
use net::{FlowEvent, FlowId, Flows, Host};
use rustls::pki_types::ServerName;
use sip::Uri;
use sip::event::SessionId;
use sip::header::{NameAddr, Params};
use sip::sdp::{Codec, Crypto, MediaLine, Origin, Sdp};
use sip::user_agent::{
    self, Binding, Body, Event, Hop, Input, Invite, Login, Output, Reply, Transport, UserAgent,
};

pub(crate) struct Phone {
    host: Host,
    flows: Flows,
    agent: UserAgent,
    events: VecDeque<Event>,
    extension: String,
    hop: Hop,
    trust: Trust,
    media: FlowId,
    rtp: SocketAddr,
    /// Our key, once calls are to be encrypted.
    key: Option<SdesKey>,
    target: Option<SocketAddr>,
    protection: Option<(Outbound, Inbound)>,
    sequence: u16,
    /// Payloads that came, decrypted.
    pub(crate) heard: Vec<Vec<u8>>,
    pub(crate) refused: usize,
}

impl Phone {
    /// A phone of an extension that reaches the office over this transport.
    pub(crate) async fn new(
        host: &Host,
        extension: &str,
        transport: Transport,
        trust: &Trust,
    ) -> Phone {
        let office = host
            .resolve("ipo.example")
            .await
            .expect("the office has an address")[0];
        let own = host.addresses()[0];
        let mut config = user_agent::Config::new("Deskphone/1");
        config.addresses = vec![own];
        let mut flows = Flows::new(host);
        let rtp = SocketAddr::new(own, 6000);
        let media = flows.bind_udp(rtp);
        let mut agent = UserAgent::new(config, host.entropy("phone").seed());
        if transport == Transport::Udp {
            let flow = flows.bind_udp(SocketAddr::new(own, 5060));
            while !matches!(flows.next().await, FlowEvent::Bound { flow: bound, .. } if bound == flow)
            {
            }
            agent.handle(
                host.now(),
                Input::Bound {
                    flow: user_agent::FlowId(flow.0),
                    local: SocketAddr::new(own, 5060),
                },
            );
        }
        let port = if transport == Transport::Tls {
            5061
        } else {
            5060
        };
        Phone {
            host: host.clone(),
            flows,
            agent,
            events: VecDeque::new(),
            extension: extension.to_owned(),
            hop: Hop::new(transport, SocketAddr::new(office, port)).named("ipo.example"),
            trust: trust.clone(),
            media,
            rtp,
            key: None,
            target: None,
            protection: None,
            sequence: 0,
            heard: Vec::new(),
            refused: 0,
        }
    }

    /// From now on all calls are encrypted.
    pub(crate) fn encrypt(mut self) -> Phone {
        let fill = self.host.entropy("phone key").seed();
        self.key = Some(SdesKey::generate(Suite::AesCm128HmacSha1_80, |octets| {
            octets.copy_from_slice(&fill[..30])
        }));
        self
    }

    pub(crate) async fn register(mut self) -> Phone {
        let binding = Binding {
            hop: self.hop.clone(),
            registrar: Uri::parse("sip:ipo.example").expect("a URI"),
            address: self.address(&self.extension),
            expires_s: 300,
            contact_params: Params::new(),
            headers: sip::Headers::new(),
            login: Some(self.login()),
        };
        self.agent.register(self.host.now(), binding);
        self.expect("registration", |event| {
            matches!(event, Event::Registered { .. })
        })
        .await;
        self
    }

    pub(crate) fn call(&mut self, number: &str) -> SessionId {
        let invite = Invite {
            hop: self.hop.clone(),
            uri: self.address(number).uri,
            from: self.address(&self.extension),
            to: self.address(number),
            headers: sip::Headers::new(),
            body: Some(Body::sdp(self.describe(1).write())),
            login: Some(self.login()),
        };
        self.agent.invite(self.host.now(), invite)
    }

    /// The answer to our call.
    pub(crate) async fn answered(&mut self) {
        let event = self
            .expect("answer", |event| matches!(event, Event::Answered { .. }))
            .await;
        let Event::Answered { response, .. } = event else {
            unreachable!()
        };
        self.agree(&response.body);
    }

    /// Early media of the called party.
    pub(crate) async fn announced(&mut self) {
        let is_early = |event: &Event| matches!(event, Event::Progress { response, .. } if !response.body.is_empty());
        let Event::Progress { response, .. } = self.expect("early media", is_early).await else {
            unreachable!()
        };
        self.agree(&response.body);
    }

    /// Waits for a call and says something before it is answered; the call is answered by [`Phone::answer_announced`].
    pub(crate) async fn announce(&mut self) -> (SessionId, Body) {
        let event = self
            .expect("call", |event| matches!(event, Event::Incoming { .. }))
            .await;
        let Event::Incoming {
            session, request, ..
        } = event
        else {
            unreachable!()
        };
        let tag = self.agree(&request.body);
        let body = Body::sdp(self.describe(tag).write());
        let reply = Reply::new(183).with_body(body.clone());
        self.agent
            .progress(self.host.now(), session, reply)
            .expect("it rings");
        (session, body)
    }

    pub(crate) async fn answer_announced(&mut self, session: SessionId, body: Body) {
        let reply = Reply::new(200).with_body(body);
        self.agent
            .accept(self.host.now(), session, reply)
            .expect("it rings");
        self.expect("acknowledgement", |event| {
            matches!(event, Event::Confirmed { .. })
        })
        .await;
    }

    /// Waits for a call and answers it.
    pub(crate) async fn answer(&mut self) -> SessionId {
        let event = self
            .expect("call", |event| matches!(event, Event::Incoming { .. }))
            .await;
        let Event::Incoming {
            session, request, ..
        } = event
        else {
            unreachable!()
        };
        let tag = self.agree(&request.body);
        let reply = Reply::new(200).with_body(Body::sdp(self.describe(tag).write()));
        self.agent
            .accept(self.host.now(), session, reply)
            .expect("it rings");
        self.expect("acknowledgement", |event| {
            matches!(event, Event::Confirmed { .. })
        })
        .await;
        session
    }

    pub(crate) async fn hang_up(&mut self, session: SessionId) {
        self.agent
            .hangup(self.host.now(), session, sip::Headers::new())
            .expect("a call");
        self.expect("end", |event| matches!(event, Event::Ended { .. }))
            .await;
    }

    /// Talks (20 ms packets of the same octet) and listens for a while.
    pub(crate) async fn talk(&mut self, time: Duration, octet: u8) {
        let (end, mut due) = (self.host.now() + time, self.host.now());
        while self.host.now() < end {
            if self.host.now() >= due {
                self.say(octet);
                due += Duration::from_millis(20);
            }
            self.step(due.min(end)).await;
        }
    }

    /// The next event of this kind; panics when it does not come within 10 s.
    pub(crate) async fn expect(&mut self, what: &str, is_it: impl Fn(&Event) -> bool) -> Event {
        let limit = self.host.now() + Duration::from_secs(10);
        loop {
            if let Some(place) = self.events.iter().position(&is_it) {
                return self.events.remove(place).expect("it is there");
            }
            assert!(
                self.host.now() < limit,
                "{} waits in vain for {what}: {:?}",
                self.extension,
                self.events
            );
            self.step(limit).await;
        }
    }

    /// One turn of the loop.
    async fn step(&mut self, until: Duration) {
        let deadline = self.drain().map_or(until, |deadline| deadline.min(until));
        let host = self.host.clone();
        let event = tokio::select! {
            biased;
            event = self.flows.next() => Some(event),
            () = host.sleep_until(deadline) => None,
        };
        let now = self.host.now();
        match event {
            Some(FlowEvent::Datagram { flow, bytes, .. }) if flow == self.media => {
                self.hear(&bytes)
            }
            Some(event) => self.agent_hears(now, event),
            None => self.agent.handle(now, Input::Timeout),
        }
        self.drain();
    }

    fn agent_hears(&mut self, now: Duration, event: FlowEvent) {
        let id = |flow: FlowId| user_agent::FlowId(flow.0);
        let input = match event {
            FlowEvent::Bound { flow, .. } if flow == self.media => return,
            FlowEvent::Bound { flow, local } => Input::Bound {
                flow: id(flow),
                local,
            },
            FlowEvent::Datagram {
                flow,
                source,
                bytes,
            } => Input::Datagram {
                flow: id(flow),
                source,
                bytes,
            },
            FlowEvent::Opened {
                flow,
                local,
                remote,
                ..
            } => Input::Opened {
                flow: id(flow),
                transport: self.hop.transport,
                local,
                remote,
            },
            FlowEvent::Bytes { flow, bytes } => Input::Bytes {
                flow: id(flow),
                bytes,
            },
            FlowEvent::Closed { flow, .. } => Input::Closed {
                flow: id(flow),
                end: user_agent::FlowEnd::Closed,
            },
            FlowEvent::Failed { flow, error } => {
                panic!("flow {flow:?} of {}: {error}", self.extension)
            }
        };
        self.agent.handle(now, input);
    }

    fn drain(&mut self) -> Option<Duration> {
        loop {
            match self.agent.poll() {
                Output::SendTo {
                    flow,
                    remote,
                    bytes,
                } => self.flows.send_to(FlowId(flow.0), remote, &bytes),
                Output::Send { flow, bytes } => self
                    .flows
                    .send(FlowId(flow.0), &bytes)
                    .expect("room to send"),
                Output::Connect { hop } => {
                    let tls = (hop.transport == Transport::Tls).then(|| {
                        let name = hop.server_name.clone().expect("a name to check");
                        let name = ServerName::try_from(name).expect("a host name");
                        (name, net::tls::client_config(&self.host, &self.trust))
                    });
                    let flow = user_agent::FlowId(self.flows.connect(hop.remote, tls).0);
                    let connecting = Input::Connecting {
                        flow,
                        transport: hop.transport,
                        remote: hop.remote,
                    };
                    self.agent.handle(self.host.now(), connecting);
                }
                Output::Close { flow } => self.flows.close(FlowId(flow.0)),
                Output::Abort { flow } => self.flows.abort(FlowId(flow.0)),
                Output::Event(event) => self.events.push_back(event),
                Output::Wait(deadline) => return deadline,
            }
        }
    }

    /// Takes over where to send and with which keys; gives the tag of their key.
    fn agree(&mut self, body: &Bytes) -> u32 {
        let sdp = Sdp::parse(body).expect("a description");
        let audio = sdp.audio().expect("audio");
        self.target = audio.rtp();
        let cryptos = audio.cryptos().expect("good keys");
        let Some((ours, theirs)) = self.key.as_ref().zip(cryptos.first()) else {
            return 1;
        };
        let theirs_key =
            SdesKey::new(ours.suite(), &theirs.keys[0].key_and_salt).expect("a key of our suite");
        self.protection = Some((Outbound::new(ours), Inbound::new(&theirs_key)));
        theirs.tag
    }

    fn describe(&self, tag: u32) -> Sdp {
        let mut audio = MediaLine::audio(self.rtp, &[Codec::pcma(), Codec::telephone_event(101)]);
        audio.cryptos = self
            .key
            .iter()
            .map(|key| Crypto::new(tag, key.suite().name(), key.key_and_salt()))
            .collect();
        audio.describe(&Origin {
            username: String::new(),
            session_id: 1,
            version: 1,
        })
    }

    fn say(&mut self, octet: u8) {
        let Some(target) = self.target else { return };
        let mut buffer = vec![0; 300];
        let timestamp = u32::from(self.sequence) * 160;
        let header = Header {
            payload_type: 8,
            sequence: self.sequence,
            timestamp,
            ..Header::default()
        };
        let len = Writer::new(&mut buffer, header)
            .expect("room")
            .payload(&[octet; 160])
            .expect("room");
        buffer.truncate(len);
        if let Some((outbound, _)) = &mut self.protection {
            outbound.protect_vec(&mut buffer).expect("room");
        }
        self.sequence += 1;
        self.flows.send_to(self.media, target, &buffer);
    }

    fn hear(&mut self, bytes: &[u8]) {
        let mut packet = bytes.to_vec();
        if let Some((_, inbound)) = &mut self.protection
            && inbound.unprotect_vec(&mut packet).is_err()
        {
            self.refused += 1;
            return;
        }
        let payload = media::rtp::Packet::parse(&packet)
            .expect("RTP")
            .payload()
            .to_vec();
        self.heard.push(payload);
    }

    fn login(&self) -> Login {
        Login::new(&self.extension, self.extension.repeat(4))
    }

    fn address(&self, user: &str) -> NameAddr {
        NameAddr::new(Uri::sip(Some(user), "ipo.example", None).expect("a URI"))
    }
}
