//! The system on a host: opens the ports, then carries between sockets and core in one loop.

use std::collections::{BTreeMap, BTreeSet};
use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use net::http::Serving;
use net::{FlowError, FlowEvent, FlowId, Flows, Host, Task};
use rustls::ServerConfig;
use tokio::sync::{mpsc, oneshot};

use crate::config::{Config, ConfigError};
use crate::files;
use crate::server::{Input, IpOffice, Output};

/// Why the system did not start. The words say which port or value, and so what to change.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The host has no address, or none that was asked for.
    #[error("IP Office has no address to listen on; give one in `bind`")]
    NoAddress,
    /// A SIP port cannot be had.
    #[error(
        "IP Office cannot listen on {address} ({what}): {error}; free the port or give another one in `ports`"
    )]
    Sip {
        /// UDP, TCP or TLS.
        what: &'static str,
        /// The address.
        address: SocketAddr,
        /// What the system says.
        error: FlowError,
    },
    /// An HTTP port cannot be had.
    #[error(
        "IP Office cannot listen on {address} (HTTP): {error}; free the port or give another one in `ports`"
    )]
    Http {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        error: std::io::Error,
    },
}

/// A system that is up. It ends with its host or by [`Running::stop`]; dropping this changes nothing.
#[derive(Debug)]
pub struct Running {
    addresses: Vec<IpAddr>,
    commands: mpsc::Sender<Command>,
    task: Task,
    web: Vec<Serving>,
}

/// Something to be done with the core, between two events.
type Command = Box<dyn FnOnce(&mut IpOffice) + Send>;

/// Commands that wait at once; a further one waits for room.
const COMMANDS_MAX: usize = 16;

/// Starts a system on a host.
pub async fn start(host: &Host, config: Config) -> Result<Running, StartError> {
    config.check()?;
    let addresses = if config.bind.is_empty() {
        host.addresses()
    } else {
        config.bind.clone()
    };
    if addresses.is_empty() {
        return Err(StartError::NoAddress);
    }
    let tls = config
        .identity
        .as_ref()
        .map(|identity| net::tls::server_config(host, identity));
    let mut driver = Driver {
        host: host.clone(),
        flows: Flows::new(host),
        listeners: BTreeSet::new(),
        office: IpOffice::new(config.clone(), addresses.clone(), host.entropy("ipoffice")),
        wake: None,
    };
    driver.open(&config, &addresses, tls.as_ref()).await?;
    let web = serve_files(host, Arc::new(config), &addresses, tls.as_ref()).await?;
    let (commands, receiver) = mpsc::channel(COMMANDS_MAX);
    let task = host.spawn(driver.run(receiver));
    Ok(Running {
        addresses,
        commands,
        task,
        web,
    })
}

impl Running {
    /// The addresses that it listens on, its own first.
    pub fn addresses(&self) -> &[IpAddr] {
        &self.addresses
    }

    /// Asks the system something, between two events; `None` when it is no more.
    pub async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut IpOffice) -> T + Send + 'static,
    ) -> Option<T> {
        let (answer, waiting) = oneshot::channel();
        let command: Command = Box::new(move |office| {
            // Who asked may have gone away meanwhile.
            let _ = answer.send(question(office));
        });
        self.commands.send(command).await.ok()?;
        waiting.await.ok()
    }

    /// Ends the system at once, as if its power failed: nobody is told.
    pub fn stop(&self) {
        self.task.abort();
        self.web.iter().for_each(Serving::stop);
    }
}

async fn serve_files(
    host: &Host,
    config: Arc<Config>,
    addresses: &[IpAddr],
    tls: Option<&Arc<ServerConfig>>,
) -> Result<Vec<Serving>, StartError> {
    let ports = config.ports;
    let preferred = |port: u16| if ports.preferred { port } else { 0 };
    let doors = [
        (ports.http, false),
        (ports.https, true),
        (preferred(ports.preferred_http), false),
        (preferred(ports.preferred_https), true),
    ];
    let router = files::router(config);
    let mut web = Vec::new();
    for address in addresses {
        for (port, is_secure) in doors {
            let tls = tls.filter(|_| is_secure).cloned();
            if port == 0 || (is_secure && tls.is_none()) {
                continue;
            }
            let address = SocketAddr::new(*address, port);
            let serving = net::http::serve(host, address, router.clone(), tls).await;
            web.push(serving.map_err(|error| StartError::Http { address, error })?);
        }
    }
    Ok(web)
}

struct Driver {
    host: Host,
    flows: Flows,
    /// Sockets that accept connections; the core has no use for their own events.
    listeners: BTreeSet<FlowId>,
    office: IpOffice,
    wake: Option<Duration>,
}

impl Driver {
    /// Opens all SIP ports; comes back when all are open, or with the first that cannot be had.
    async fn open(
        &mut self,
        config: &Config,
        addresses: &[IpAddr],
        tls: Option<&Arc<ServerConfig>>,
    ) -> Result<(), StartError> {
        let mut pending = BTreeMap::new();
        for address in addresses {
            let plain = SocketAddr::new(*address, config.sip_port());
            let secure = SocketAddr::new(*address, config.ports.sip_tls);
            if plain.port() != 0 {
                pending.insert(self.flows.bind_udp(plain), ("UDP", plain));
                let listener = self.flows.listen(plain, None);
                self.listeners.insert(listener);
                pending.insert(listener, ("TCP", plain));
            }
            if let Some(tls) = tls.filter(|_| secure.port() != 0) {
                let listener = self.flows.listen(secure, Some(tls.clone()));
                self.listeners.insert(listener);
                pending.insert(listener, ("TLS", secure));
            }
        }
        while !pending.is_empty() {
            let event = self.flows.next().await;
            match &event {
                FlowEvent::Bound { flow, .. } => drop(pending.remove(flow)),
                FlowEvent::Failed { flow, error } => {
                    if let Some((what, address)) = pending.remove(flow) {
                        return Err(StartError::Sip {
                            what,
                            address,
                            error: error.clone(),
                        });
                    }
                }
                FlowEvent::Datagram { .. }
                | FlowEvent::Opened { .. }
                | FlowEvent::Bytes { .. }
                | FlowEvent::Closed { .. } => {}
            }
            self.on_event(event);
        }
        Ok(())
    }

    async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        let mut sleep = Box::pin(sleep_until(self.host.clone(), self.wake));
        let mut is_asked = true;
        loop {
            let planned = self.wake;
            // All that is ready is taken before anything is waited for.
            while let Some(event) = self.ready().await {
                self.on_event(event);
            }
            if self.wake != planned {
                sleep = Box::pin(sleep_until(self.host.clone(), self.wake));
            }
            tokio::select! {
                biased;
                event = self.flows.next() => self.on_event(event),
                command = commands.recv(), if is_asked => match command {
                    Some(command) => {
                        command(&mut self.office);
                        // What the command has changed may be something to be told.
                        self.tell(Input::Timeout);
                    }
                    None => is_asked = false,
                },
                () = &mut sleep => {
                    self.tell(Input::Timeout);
                    sleep = Box::pin(sleep_until(self.host.clone(), self.wake));
                }
            }
            if self.wake != planned {
                sleep = Box::pin(sleep_until(self.host.clone(), self.wake));
            }
        }
    }

    /// The next event, if there is one already.
    async fn ready(&mut self) -> Option<FlowEvent> {
        poll_fn(|context| match self.flows.poll_next(context) {
            Poll::Ready(event) => Poll::Ready(Some(event)),
            Poll::Pending => Poll::Ready(None),
        })
        .await
    }

    fn on_event(&mut self, event: FlowEvent) {
        match event {
            FlowEvent::Datagram {
                flow,
                source,
                bytes,
            } if self.office.owns_media(flow) => {
                // The short way of a media packet: no queue, no allocation.
                if let Some(out) = self.office.receive(self.host.now(), flow, source, &bytes) {
                    self.flows.send_to(out.flow, out.target, out.bytes);
                }
            }
            FlowEvent::Bound { flow, .. } | FlowEvent::Failed { flow, .. }
                if self.listeners.contains(&flow) => {}
            event @ (FlowEvent::Bound { .. }
            | FlowEvent::Failed { .. }
            | FlowEvent::Datagram { .. }
            | FlowEvent::Opened { .. }
            | FlowEvent::Bytes { .. }
            | FlowEvent::Closed { .. }) => self.tell(Input::Flow(event)),
        }
    }

    /// Tells the core something and does what it wants done.
    fn tell(&mut self, input: Input) {
        let now = self.host.now();
        self.office.handle(now, input);
        loop {
            match self.office.poll() {
                Output::SendTo {
                    flow,
                    target,
                    bytes,
                } => self.flows.send_to(flow, target, &bytes),
                Output::Send { flow, bytes } => self.send(flow, &bytes),
                Output::Bind { place, local } => {
                    let flow = self.flows.bind_udp(local);
                    self.office.handle(now, Input::Binding { place, flow });
                }
                Output::Close(flow) => self.flows.close(flow),
                Output::Abort(flow) => self.flows.abort(flow),
                Output::Note(note) => self.host.note(note),
                Output::Wait(_) => break,
            }
        }
        while let Some(out) = self.office.next_prompt(now) {
            self.flows.send_to(out.flow, out.target, out.bytes);
        }
        // What the system has just said itself moves its next deadline.
        if let Output::Wait(deadline) = self.office.poll() {
            self.wake = deadline;
        }
    }

    fn send(&mut self, flow: FlowId, bytes: &[u8]) {
        if let Err(error) = self.flows.send(flow, bytes) {
            // Whoever does not read for so long is not there any more.
            self.flows.abort(flow);
            let closed = FlowEvent::Closed {
                flow,
                reason: Some(error),
            };
            self.office.handle(self.host.now(), Input::Flow(closed));
        }
    }
}

async fn sleep_until(host: Host, deadline: Option<Duration>) {
    match deadline {
        Some(deadline) => host.sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
