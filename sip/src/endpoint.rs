//! Endpoint: flows and transactions of one party under one roof; what sessions and registrations send by.
//!
//! Requests leave with Via, Contact and product name of the flow that carries them; those whose connection is not open
//! yet wait for it. Messages that arrive are read, checked (400, 416, 482, 483, 503, 505) and come out as [`Arrival`]s.
//!
//! RFC 3261 §8.1, §8.2, §18; RFC 3581 (`rport`).

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::event::{Event, RegistrationId, RequestId, SessionId, SubscriptionId, WatchId};
use crate::flow::{Hop, Transport};
use crate::header::Via;
use crate::message::{Method, Request, Response};
use crate::timers::Deadlines;
use crate::transaction::{Failure, Heard, TransactionId, Transactions};

mod entropy;
mod flows;
mod input;
mod login;
mod receive;
mod send;
mod verbs;

pub(crate) use entropy::Entropy;
pub use input::{Input, Output};
pub(crate) use login::Attempts;
pub use login::Login;
pub use verbs::{Body, Reply};

use flows::Flows;

/// What a party is called and how it behaves.
#[derive(Clone, Debug)]
pub struct Config {
    /// Product and version for User-Agent and Server, such as `Solstice/0.1`.
    pub product: String,
    /// Addresses told in Via and Contact where a socket is bound to the unspecified address; one per family.
    pub addresses: Vec<IpAddr>,
    /// Methods that the agent's user answers, besides those of sessions; named in Allow, others are refused 405 or 501.
    pub methods: Vec<Method>,
    /// Option tags named in Supported; a request that requires others is refused 420.
    pub options: Vec<String>,
    /// Event packages that others may subscribe to, where `methods` has SUBSCRIBE; others are refused 489.
    pub packages: Vec<String>,
    /// Whether requests within a dialog follow Route and Contact of the other side. A server whose clients are behind NAT
    /// says no: then they go back where the dialog came from.
    pub follows_contact: bool,
    /// Whether INVITEs go on to others, so that one without hops left is refused 483 (RFC 3261 §16.3).
    pub relays: bool,
    /// Most requests of others at a time; one more is refused 503.
    pub transactions_max: usize,
    /// Most sessions at a time; one more is refused 503.
    pub sessions_max: usize,
    /// Most subscriptions of others at a time; one more is refused 503.
    pub subscriptions_max: usize,
}

impl Config {
    /// A plain user agent of this name.
    pub fn new(product: impl Into<String>) -> Self {
        Self {
            product: product.into(),
            addresses: Vec::new(),
            methods: vec![Method::Options],
            options: Vec::new(),
            packages: Vec::new(),
            follows_contact: true,
            relays: false,
            transactions_max: 65_536,
            sessions_max: 16_384,
            subscriptions_max: 16_384,
        }
    }
}

/// Who sent a request, and so who gets its answers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Owner {
    Session(SessionId),
    Registration(RegistrationId),
    Subscription(SubscriptionId),
    Watch(WatchId),
    Request(RequestId),
    Nobody,
}

/// Whom to wake.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Alarm {
    Session(SessionId),
    Registration(RegistrationId),
    Subscription(SubscriptionId),
    Watch(WatchId),
    /// Connections that take too long to open.
    Connections,
}

/// A request to be sent, as far as its user can write it: without Via, Contact and product.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) request: Request,
    pub(crate) hop: Hop,
    /// `None` when the request has none; else it is made for the flow that carries the request.
    pub(crate) contact: Option<Contact>,
}

/// This side's Contact, but for the address.
#[derive(Clone, Debug, Default)]
pub(crate) struct Contact {
    pub(crate) user: Option<String>,
    pub(crate) params: String,
}

/// What arrived, for sessions, registrations or the agent's user.
#[derive(Debug)]
pub(crate) enum Arrival {
    Request {
        transaction: TransactionId,
        hop: Hop,
        request: Request,
        via: Via,
    },
    Acknowledgement {
        request: Request,
    },
    Response {
        transaction: TransactionId,
        owner: Owner,
        response: Response,
    },
    Failed {
        transaction: TransactionId,
        owner: Owner,
        failure: Failure,
    },
    Deserted {
        transaction: TransactionId,
    },
    FlowClosed {
        transport: Transport,
        remote: SocketAddr,
    },
}

/// A request that waits for its connection.
#[derive(Clone, Debug)]
struct Waiting {
    draft: Draft,
    /// `None` for an ACK, which has no transaction.
    transaction: Option<(TransactionId, Owner)>,
    expiry: Duration,
}

/// Flows, transactions, randomness and the queues to the outside.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) config: Config,
    pub(crate) entropy: Entropy,
    /// Value of Allow.
    pub(crate) allow: String,
    flows: Flows,
    transactions: Transactions<Owner>,
    waiting: Vec<Waiting>,
    alarms: Deadlines<Alarm>,
    arrivals: VecDeque<Arrival>,
    outputs: VecDeque<Output>,
}

/// Most requests that wait for connections at a time; one more fails. Ours, to bound memory.
const WAITING_MAX: usize = 4_096;

impl Endpoint {
    pub(crate) fn new(config: Config, seed: [u8; 32]) -> Self {
        let transactions = Transactions::new(config.transactions_max);
        let own = [
            Method::Invite,
            Method::Ack,
            Method::Cancel,
            Method::Bye,
            Method::Update,
        ];
        let methods: Vec<&str> = own
            .iter()
            .chain(&config.methods)
            .map(Method::as_str)
            .collect();
        Self {
            allow: methods.join(", "),
            config,
            entropy: Entropy::new(seed),
            flows: Flows::default(),
            transactions,
            waiting: Vec::new(),
            alarms: Deadlines::new(),
            arrivals: VecDeque::new(),
            outputs: VecDeque::new(),
        }
    }

    /// Takes what the driver says; what came of it is given by `next_arrival`.
    pub(crate) fn handle(&mut self, now: Duration, input: Input) {
        match input {
            Input::Bound { flow, local } => {
                self.flows.bound(flow, local);
                self.start_waiting(now);
            }
            Input::Connecting {
                flow,
                transport,
                remote,
            } => self.flows.connecting(flow, transport, remote),
            Input::Opened {
                flow,
                transport,
                local,
                remote,
            } => {
                self.flows.opened(flow, transport, local, remote);
                self.start_waiting(now);
            }
            Input::Datagram {
                flow,
                source,
                bytes,
            } => {
                if let Some(path) = self
                    .flows
                    .datagram_path(flow, source, &self.config.addresses)
                {
                    self.handle_datagram(now, path, bytes);
                }
            }
            Input::Bytes { flow, bytes } => self.handle_bytes(now, flow, &bytes),
            Input::Closed { flow, end } => self.handle_closed(now, flow, end),
            Input::Timeout => {}
        }
        self.handle_timeout(now);
    }

    /// The INVITE transaction that a CANCEL means.
    pub(crate) fn cancelled_by(&self, cancel: &Request, via: &Via) -> Option<TransactionId> {
        self.transactions.cancelled_by(cancel, via)
    }

    /// The request of a transaction that is not over.
    pub(crate) fn request_of(&self, transaction: TransactionId) -> Option<&Request> {
        self.transactions.request(transaction)
    }

    /// Tells the agent's user.
    pub(crate) fn emit(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    /// Sets, moves or removes an alarm.
    pub(crate) fn set_alarm(&mut self, alarm: Alarm, deadline: Option<Duration>) {
        self.alarms.set(alarm, deadline);
    }

    /// The next alarm that is due.
    pub(crate) fn next_alarm(&mut self, now: Duration) -> Option<Alarm> {
        self.alarms.pop(now)
    }

    /// The next thing that arrived.
    pub(crate) fn next_arrival(&mut self) -> Option<Arrival> {
        self.gather();
        self.arrivals.pop_front()
    }

    /// Takes what the transactions have heard so far, before what comes next.
    fn gather(&mut self) {
        while let Some(heard) = self.transactions.next_heard() {
            self.arrivals.push_back(match heard {
                Heard::Response {
                    transaction,
                    owner,
                    response,
                } => Arrival::Response {
                    transaction,
                    owner,
                    response,
                },
                Heard::Failed {
                    transaction,
                    owner,
                    failure,
                } => Arrival::Failed {
                    transaction,
                    owner,
                    failure,
                },
                Heard::Deserted { transaction } => Arrival::Deserted { transaction },
            });
        }
    }

    /// The next output, but never `Wait`.
    pub(crate) fn next_output(&mut self) -> Option<Output> {
        while let Some((path, bytes)) = self.transactions.next_send() {
            self.outputs.push_back(send::send(path, bytes));
        }
        self.outputs.pop_front()
    }

    /// When `Input::Timeout` is wanted.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        match (self.transactions.deadline(), self.alarms.next()) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        }
    }

    /// How many transactions are not over, and how many requests wait for a connection.
    pub(crate) fn pending(&self) -> (usize, usize) {
        (self.transactions.len(), self.waiting.len())
    }

    fn handle_timeout(&mut self, now: Duration) {
        if self
            .transactions
            .deadline()
            .is_some_and(|deadline| deadline <= now)
        {
            self.transactions.handle_timeout(now);
            while let Some(flow) = self.transactions.next_dead() {
                self.give_up(now, flow);
            }
        }
    }
}
