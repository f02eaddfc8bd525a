//! Runs a client on a host: one loop over its flows, its user's commands, its look-ups and its deadline.
//!
//! Parts that are tasks of their own (messaging; a meeting) are started here, get their commands from here, and their events
//! go out by the same queue.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Poll, ready};
use std::time::{Duration, UNIX_EPOCH};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use net::tls::Trust;
use net::{FlowEvent, Flows, Host, Note, Task, Transport};
use rustls::pki_types::ServerName;
use sip::resolve::Question;
use tokio::sync::mpsc;
use url::Url;

use crate::client::{Client, ClientConfig, Input, Output};
use crate::command::Command;
use crate::event::Event;

mod names;
mod parts;
mod seldom;

use parts::{PartEvents, Parts};
use seldom::Seldom;

/// How a softphone is started.
#[derive(Clone, Debug)]
pub struct Config {
    /// The client itself. `addresses` and `has_accounts` are filled in from the host and from `accounts`.
    pub client: ClientConfig,
    /// Whose certificates are believed, for SIP, settings and services alike.
    pub trust: Trust,
    /// Accounts host of Zang Spaces, to be asked about e-mail addresses (CFG-01).
    pub accounts: Option<Url>,
}

impl Config {
    /// A plain client that believes these certificates.
    pub fn new(trust: Trust) -> Self {
        Self {
            client: ClientConfig::default(),
            trust,
            accounts: None,
        }
    }
}

/// A running softphone. Dropping `commands` logs out and ends it.
#[derive(Debug)]
pub struct Softphone {
    /// Takes what the user wants.
    pub commands: mpsc::Sender<Command>,
    /// Gives what the user sees.
    pub events: mpsc::Receiver<Event>,
    /// The loop; ends with the host, or after the last command sender is gone and the client has logged out.
    pub task: Task,
}

/// Commands that wait to be taken.
const COMMANDS_MAX: usize = 64;
/// Events that wait to be read. A user who does not read misses the newest ones; each is noted in the trace.
const EVENTS_MAX: usize = 4_096;
/// Look-ups under way at a time; a login needs one.
const LOOKUPS_MAX: usize = 16;
/// How long a client whose user is gone may take to log out.
const FAREWELL: Duration = Duration::from_secs(40);

/// Starts a softphone on a host.
pub async fn start(host: &Host, config: Config) -> Softphone {
    let (commands, receiver) = mpsc::channel(COMMANDS_MAX);
    let (sender, events) = mpsc::channel(EVENTS_MAX);
    let (driver, parts) = Driver::new(host, config, sender);
    let task = host.spawn(driver.run(receiver, parts));
    Softphone {
        commands,
        events,
        task,
    }
}

type Lookup = Pin<Box<dyn Future<Output = Input> + Send>>;

struct Driver {
    host: Host,
    accounts: Option<Url>,
    tls: Arc<rustls::ClientConfig>,
    http: net::http::Client,
    client: Client,
    flows: Flows,
    lookups: FuturesUnordered<Lookup>,
    deadline: Option<Duration>,
    events: mpsc::Sender<Event>,
    parts: Parts,
}

impl Driver {
    fn new(host: &Host, config: Config, events: mpsc::Sender<Event>) -> (Self, PartEvents) {
        let mut client = config.client;
        if client.addresses.is_empty() {
            client.addresses = host.addresses();
        }
        client.has_accounts = config.accounts.is_some();
        let utc = host.utc().duration_since(UNIX_EPOCH).unwrap_or_default();
        client.utc_at_zero = utc.saturating_sub(host.now());
        let (parts, part_events) = Parts::new(host, &config.trust);
        let driver = Self {
            host: host.clone(),
            tls: net::tls::client_config(host, &config.trust),
            http: net::http::Client::new(host, &config.trust),
            accounts: config.accounts,
            client: Client::new(client, host.entropy("client")),
            flows: Flows::new(host),
            lookups: FuturesUnordered::new(),
            deadline: None,
            events,
            parts,
        };
        (driver, part_events)
    }

    async fn run(mut self, commands: mpsc::Receiver<Command>, parts: PartEvents) {
        let mut seldom = seldom::stream(commands, parts.messaging, parts.meeting);
        let mut farewell = None;
        let host = self.host.clone();
        // A packet does not move the deadline, so the timer outlives the turns of the loop.
        let mut planned = None;
        let mut timer = pin!(sleep(&host, planned));
        loop {
            self.drain();
            if farewell.is_some_and(|end| self.host.now() >= end || self.client.is_idle()) {
                return;
            }
            let deadline = [self.deadline, farewell].into_iter().flatten().min();
            if deadline != planned {
                planned = deadline;
                timer.set(sleep(&host, planned));
            }
            let input = tokio::select! {
                biased;
                event = next_event(&mut self.flows, &mut self.client, &host) => Input::Flow(event),
                Some(came) = seldom.next() => match came {
                    Seldom::Command(command) => match self.parts.handle(command) {
                        Ok(Some(command)) => Input::Command(command),
                        Ok(None) => continue,
                        Err(error) => {
                            self.tell(Event::Refused { call: None, error });
                            continue;
                        }
                    },
                    Seldom::Left => {
                        farewell = Some(self.host.now() + FAREWELL);
                        Input::Command(Command::LogOut)
                    }
                    Seldom::Event(event) => {
                        self.tell(event);
                        continue;
                    }
                },
                Some(input) = self.lookups.next(), if !self.lookups.is_empty() => input,
                () = &mut timer => {
                    planned = None;
                    timer.set(sleep(&host, planned));
                    Input::Timeout
                }
            };
            self.client.handle(host.now(), input);
        }
    }

    /// Does all that the client wants.
    fn drain(&mut self) {
        loop {
            match self.client.poll() {
                Output::SendTo {
                    flow,
                    target,
                    bytes,
                } => self.flows.send_to(flow, target, &bytes),
                Output::Send { flow, bytes } => {
                    if self.flows.send(flow, &bytes).is_err() {
                        // A peer that does not read is as good as gone.
                        self.flows.abort(flow);
                        let closed = net::FlowEvent::Closed { flow, reason: None };
                        self.client.handle(self.host.now(), Input::Flow(closed));
                    }
                }
                Output::Close { flow } => self.flows.close(flow),
                Output::Abort { flow } => self.flows.abort(flow),
                Output::Bind { local } => {
                    let flow = self.flows.bind_udp(local);
                    self.client
                        .handle(self.host.now(), Input::Binding { local, flow });
                }
                Output::Connect {
                    transport,
                    remote,
                    server_name,
                } => self.connect(transport, remote, &server_name),
                Output::Resolve { question } => self.resolve(question),
                Output::Fetch { url } => self.fetch(url),
                Output::Discover { address } => self.discover(address),
                Output::Event(event) => self.tell(event),
                Output::Wait(deadline) => {
                    self.deadline = deadline;
                    return;
                }
            }
        }
    }

    fn connect(&mut self, transport: Transport, remote: std::net::SocketAddr, server_name: &str) {
        let name = match ServerName::try_from(server_name.to_owned()) {
            Ok(name) => name,
            Err(_) => ServerName::from(remote.ip()),
        };
        let tls = (transport == Transport::Tls).then(|| (name, self.tls.clone()));
        let flow = self.flows.connect(remote, tls);
        self.client.handle(
            self.host.now(),
            Input::Connecting {
                flow,
                transport,
                remote,
            },
        );
    }

    fn resolve(&mut self, question: Question) {
        let host = self.host.clone();
        self.look_up(Box::pin(async move {
            let answer = names::ask(&host, &question).await;
            Input::Resolved { question, answer }
        }));
    }

    fn fetch(&mut self, url: Url) {
        let http = self.http.clone();
        self.look_up(Box::pin(async move {
            let body = crate::fetch::fetch(&http, &url).await;
            Input::Fetched { url, body }
        }));
    }

    fn discover(&mut self, address: String) {
        let (http, accounts) = (self.http.clone(), self.accounts.clone());
        let Some(accounts) = accounts else { return };
        self.look_up(Box::pin(async move {
            let profiles = crate::discovery::discover(&http, &accounts, &address).await;
            Input::Discovered { address, profiles }
        }));
    }

    fn look_up(&mut self, lookup: Lookup) {
        if self.lookups.len() < LOOKUPS_MAX {
            self.lookups.push(lookup);
        }
    }

    fn tell(&self, event: Event) {
        if let Err(refused) = self.events.try_send(event) {
            let text = format!("{:?}", refused.into_inner());
            self.host.note(Note {
                kind: "client.event_unread",
                text,
            });
        }
    }
}

/// What happens next to a flow. Packets of sound take the short way: they make nothing due. Cancel safe.
async fn next_event(flows: &mut Flows, client: &mut Client, host: &Host) -> FlowEvent {
    poll_fn(|cx| {
        loop {
            match ready!(flows.poll_next(cx)) {
                FlowEvent::Datagram { flow, bytes, .. } if client.owns_media(flow) => {
                    client.receive(host.now(), flow, bytes);
                }
                event @ (FlowEvent::Bound { .. }
                | FlowEvent::Failed { .. }
                | FlowEvent::Datagram { .. }
                | FlowEvent::Opened { .. }
                | FlowEvent::Bytes { .. }
                | FlowEvent::Closed { .. }) => return Poll::Ready(event),
            }
        }
    })
    .await
}

async fn sleep(host: &Host, deadline: Option<Duration>) {
    match deadline {
        Some(deadline) => host.sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
