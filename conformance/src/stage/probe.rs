//! A hand that speaks SIP by itself, for what no sensible client would do.

use std::net::SocketAddr;
use std::time::Duration;

use net::{Entropy, Host, UdpSocket};
use sip::digest;
use sip::{Message, Method, Name, Request, Uri};

use super::{Party, Stage};
use crate::deployment::{IP_OFFICE, OFFICE_NAME};
use crate::outcome::{Fault, Finding};

/// An answer on a good network comes within this.
const ANSWER: Duration = Duration::from_secs(4);

/// Speaks SIP over UDP from a party's host in the name of the party.
pub struct Probe {
    host: Host,
    socket: UdpSocket,
    office: SocketAddr,
    extension: String,
    password: String,
    digest: digest::Client,
    entropy: Entropy,
    sequence: u32,
    call_id: String,
}

impl Probe {
    /// A probe on a party's host, which should be logged out.
    pub async fn new(stage: &Stage, party: &Party) -> Result<Self, Finding> {
        let host = party.host().clone();
        let trouble = |what: String| Finding::new(Fault::Unclear, "a socket for the probe", what);
        let own = host
            .addresses()
            .first()
            .copied()
            .ok_or_else(|| trouble("no address".to_owned()))?;
        let socket = host
            .udp(SocketAddr::new(own, 0))
            .await
            .map_err(|error| trouble(error.to_string()))?;
        let office = stage
            .host(IP_OFFICE)
            .addresses()
            .first()
            .copied()
            .ok_or_else(|| trouble("no office".to_owned()))?;
        let mut entropy = host.entropy("probe");
        Ok(Self {
            socket,
            office: SocketAddr::new(office, SIP_PORT),
            extension: party.person.extension.clone(),
            password: party.person.password.clone(),
            digest: digest::Client::new(&party.person.extension, &party.person.password),
            sequence: 0,
            call_id: entropy.hex(12),
            entropy,
            host,
        })
    }

    /// Forgets what the system has challenged it with.
    pub fn forget_challenge(&mut self) {
        self.digest = digest::Client::new(&self.extension, &self.password);
    }

    /// Sends a REGISTER, with the answer to the last challenge if there was one, and gives the status that came.
    pub async fn register(&mut self) -> Result<u16, Finding> {
        let request = self.request(Method::Register)?;
        let response = self.ask(request).await?;
        // A challenge that cannot be answered shows in the next status.
        let _ = self.digest.hear(&response);
        Ok(response.status)
    }

    fn request(&mut self, method: Method) -> Result<Request, Finding> {
        let uri = |user: Option<&str>, host: &str, port| {
            Uri::sip(user, host, port)
                .map_err(|error| Finding::new(Fault::Unclear, "a URI", error.to_string()))
        };
        self.sequence += 1;
        let local = self.socket.local_addr();
        let mut request = Request::new(method.clone(), uri(None, OFFICE_NAME, None)?);
        let who = format!("<sip:{}@{OFFICE_NAME}>", self.extension);
        let headers = &mut request.headers;
        headers.push(
            Name::Via,
            format!(
                "SIP/2.0/UDP {local};branch=z9hG4bK{};rport",
                self.entropy.hex(8)
            ),
        );
        headers.push(Name::MaxForwards, "70");
        headers.push(Name::From, format!("{who};tag={}", self.entropy.hex(4)));
        headers.push(Name::To, who);
        headers.push(Name::CallId, &self.call_id);
        headers.push(Name::CSeq, format!("{} {}", self.sequence, method.as_str()));
        headers.push(Name::Contact, format!("<sip:{}@{local}>", self.extension));
        headers.push(Name::Expires, "300");
        self.digest.authorize(&mut request, &mut self.entropy);
        Ok(request)
    }

    async fn ask(&mut self, request: Request) -> Result<sip::Response, Finding> {
        let cseq = request
            .headers
            .get(Name::CSeq)
            .unwrap_or_default()
            .to_owned();
        let silence = |came: String| {
            Finding::new(
                Fault::IpOffice,
                format!("an answer to {cseq} within {ANSWER:?}"),
                came,
            )
        };
        let bytes = request.write();
        self.socket
            .send_to(&bytes, self.office)
            .await
            .map_err(|error| silence(error.to_string()))?;
        let deadline = self.host.now() + ANSWER;
        loop {
            let received = tokio::select! {
                biased;
                received = self.socket.recv() => received,
                () = self.host.sleep_until(deadline) => return Err(silence("silence".to_owned()).at(self.host.now())),
            };
            let (bytes, _) = received.map_err(|error| silence(error.to_string()))?;
            if let Ok(Message::Response(response)) = Message::parse_bytes(bytes)
                && !response.is_provisional()
                && response.headers.get(Name::CSeq) == Some(cseq.as_str())
            {
                return Ok(response);
            }
        }
    }
}

const SIP_PORT: u16 = 5060;
