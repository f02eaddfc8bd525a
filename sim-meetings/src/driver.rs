//! The cloud on a host: sockets, channels and the one loop that gives it its input.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, SystemTime};

use net::http::Serving;
use net::{FlowEvent, FlowId, Flows, Host, Task};
use tokio::sync::mpsc;

use crate::config::Config;
use crate::flaws::Flaw;
use crate::portal::{self, Portal};
use crate::server::{Input, LinkId, Output, Server};

/// A cloud that is up. It ends with its host, or when this is dropped.
#[derive(Debug)]
pub struct Running {
    secure: Vec<Serving>,
    plain: Option<Serving>,
    stun: SocketAddr,
    task: Task,
}

/// Why a cloud did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There is a secure port but no certificate for it.
    #[error(
        "Meetings needs a certificate for its host names: set `identity`, or close `https` and `portal`"
    )]
    NoIdentity,
    /// The first media port lies behind the last.
    #[error("the media ports {first}-{last} are no range; give `ports.media_last` a higher number")]
    MediaPorts {
        /// First port.
        first: u16,
        /// Last port.
        last: u16,
    },
    /// A port could not be opened.
    #[error(
        "Meetings cannot listen on {address}: {error}; free the port or give another one in `ports`"
    )]
    Listen {
        /// The address and port.
        address: SocketAddr,
        /// What the system says.
        error: std::io::Error,
    },
}

/// Starts a cloud on `host`.
pub async fn start(host: &Host, config: Config) -> Result<Running, StartError> {
    let (first, last) = (config.ports.media_first, config.ports.media_last);
    if first > last {
        return Err(StartError::MediaPorts { first, last });
    }
    let local = config.bind.or_else(|| host.addresses().first().copied());
    let local = local.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let mut flows = Flows::new(host);
    let stun = bind(&mut flows, SocketAddr::new(local, config.ports.stun)).await?;
    let (commands, inbox) = mpsc::channel(COMMANDS);
    let portal = Portal::new(commands);
    let (secure, plain) = listen(host, local, &config, &portal).await?;
    let now = host.now();
    let epoch = host
        .utc()
        .checked_sub(now)
        .unwrap_or(SystemTime::UNIX_EPOCH);
    let address = config.media_address.unwrap_or(local);
    let seed = host.entropy("meetings").seed();
    let driver = Driver {
        host: host.clone(),
        local,
        answers_stun: !config.flaws.contains(&Flaw::NoStun),
        server: Server::new(&config, address, epoch, seed),
        flows,
        stun: stun.0,
        ports: BTreeMap::new(),
        by_flow: BTreeMap::new(),
        links: BTreeMap::new(),
    };
    let task = host.spawn(driver.run(inbox));
    let stun = stun.1;
    Ok(Running {
        secure,
        plain,
        stun,
        task,
    })
}

impl Running {
    /// Where HTTPS and WSS are served, in the order 443, 8443.
    pub fn secure_addresses(&self) -> Vec<SocketAddr> {
        self.secure.iter().map(Serving::local_addr).collect()
    }

    /// Where HTTP and WS are served without TLS, if anywhere.
    pub fn plain_address(&self) -> Option<SocketAddr> {
        self.plain.as_ref().map(Serving::local_addr)
    }

    /// Where STUN is answered.
    pub fn stun_address(&self) -> SocketAddr {
        self.stun
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.secure
            .iter()
            .chain(&self.plain)
            .for_each(Serving::stop);
        self.task.abort();
    }
}

/// What the portal asks the loop for.
pub(crate) enum Command {
    /// A conference channel was opened; what it is told leaves by the sender.
    Open {
        link: LinkId,
        say: mpsc::Sender<String>,
    },
    /// A text message came on it.
    Said { link: LinkId, text: String },
    /// It is gone.
    Gone { link: LinkId },
    /// A question to the cloud at this wall-clock time.
    Ask(Ask),
}

/// A question to the cloud.
type Ask = Box<dyn FnOnce(&mut Server, SystemTime) + Send>;

struct Driver {
    host: Host,
    local: IpAddr,
    answers_stun: bool,
    server: Server,
    flows: Flows,
    stun: FlowId,
    ports: BTreeMap<u16, FlowId>,
    by_flow: BTreeMap<FlowId, u16>,
    links: BTreeMap<LinkId, mpsc::Sender<String>>,
}

impl Driver {
    async fn run(mut self, mut inbox: mpsc::Receiver<Command>) {
        loop {
            let deadline = self.drain();
            let host = self.host.clone();
            tokio::select! {
                biased;
                event = self.flows.next() => self.on_flow(event),
                command = inbox.recv() => match command {
                    Some(command) => self.on_command(command),
                    // The portal is gone, and with it everybody who could ask.
                    None => return,
                },
                () = sleep_until(&host, deadline) => self.tell(Input::Timeout),
            }
        }
    }

    fn tell(&mut self, input: Input) {
        self.server.handle(self.host.now(), self.host.utc(), input);
    }

    fn on_command(&mut self, command: Command) {
        match command {
            Command::Open { link, say } => {
                self.links.insert(link, say);
                self.tell(Input::Opened { link });
            }
            Command::Said { link, text } => self.tell(Input::Said { link, text }),
            Command::Gone { link } => {
                self.links.remove(&link);
                self.tell(Input::Gone { link });
            }
            Command::Ask(ask) => ask(&mut self.server, self.host.utc()),
        }
    }

    fn on_flow(&mut self, event: FlowEvent) {
        let port = |flow: &FlowId| self.by_flow.get(flow).copied();
        match event {
            FlowEvent::Datagram {
                flow,
                source,
                bytes,
            } if flow == self.stun => {
                let answer = webrtc_peer::stun::binding_answer(&bytes, source, portal::SERVER);
                if let Some(answer) = answer.filter(|_| self.answers_stun) {
                    self.flows.send_to(flow, source, &answer);
                }
            }
            FlowEvent::Datagram {
                flow,
                source,
                bytes,
            } => {
                if let Some(port) = port(&flow) {
                    self.tell(Input::Datagram {
                        port,
                        source,
                        bytes,
                    });
                }
            }
            FlowEvent::Bound { flow, .. } => {
                if let Some(port) = port(&flow) {
                    self.tell(Input::Bound { port });
                }
            }
            FlowEvent::Failed { flow, .. } => {
                if let Some(port) = self.by_flow.remove(&flow) {
                    self.ports.remove(&port);
                    self.tell(Input::BindFailed { port });
                }
            }
            // This loop has no streams.
            FlowEvent::Opened { .. } | FlowEvent::Bytes { .. } | FlowEvent::Closed { .. } => {}
        }
    }

    /// Does what the cloud says; gives the time it wants to be woken.
    fn drain(&mut self) -> Option<Duration> {
        loop {
            match self.server.poll() {
                Output::Say { link, text } => {
                    let told = self.links.get(&link).map(|say| say.try_send(text));
                    // A reader slower than its messages loses the channel, not the room its order.
                    if matches!(told, Some(Err(_))) {
                        self.links.remove(&link);
                        self.tell(Input::Gone { link });
                    }
                }
                Output::HangUp { link } => {
                    self.links.remove(&link);
                }
                Output::Bind { port } => {
                    let flow = self.flows.bind_udp(SocketAddr::new(self.local, port));
                    self.ports.insert(port, flow);
                    self.by_flow.insert(flow, port);
                }
                Output::Unbind { port } => {
                    if let Some(flow) = self.ports.remove(&port) {
                        self.by_flow.remove(&flow);
                        self.flows.close(flow);
                    }
                }
                Output::Send {
                    port,
                    target,
                    bytes,
                } => {
                    if let Some(flow) = self.ports.get(&port) {
                        self.flows.send_to(*flow, target, &bytes);
                    }
                }
                Output::Wait(deadline) => return deadline,
            }
        }
    }
}

async fn sleep_until(host: &Host, deadline: Option<Duration>) {
    match deadline {
        Some(deadline) => host.sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

async fn bind(flows: &mut Flows, address: SocketAddr) -> Result<(FlowId, SocketAddr), StartError> {
    let flow = flows.bind_udp(address);
    loop {
        match flows.next().await {
            FlowEvent::Bound { local, .. } => return Ok((flow, local)),
            FlowEvent::Failed { error, .. } => {
                let error = std::io::Error::other(error);
                return Err(StartError::Listen { address, error });
            }
            // The only flow there is has nothing else to say yet.
            FlowEvent::Datagram { .. }
            | FlowEvent::Opened { .. }
            | FlowEvent::Bytes { .. }
            | FlowEvent::Closed { .. } => {}
        }
    }
}

async fn listen(
    host: &Host,
    local: IpAddr,
    config: &Config,
    portal: &Portal,
) -> Result<(Vec<Serving>, Option<Serving>), StartError> {
    let serve = async |port: u16, tls| {
        let address = SocketAddr::new(local, port);
        let serving = net::http::serve(host, address, portal::router(portal), tls).await;
        serving.map_err(|error| StartError::Listen { address, error })
    };
    let mut secure = Vec::new();
    for port in [config.ports.https, config.ports.portal]
        .into_iter()
        .flatten()
    {
        let identity = config.identity.as_ref().ok_or(StartError::NoIdentity)?;
        let tls = net::tls::server_config(host, identity);
        secure.push(serve(port, Some(tls)).await?);
    }
    let plain = match config.ports.plain {
        Some(port) => Some(serve(port, None).await?),
        None => None,
    };
    Ok((secure, plain))
}

/// Requests that may wait for the loop; a full queue makes the portal wait.
const COMMANDS: usize = 1024;
