//! The transaction layer: finds the transaction of a message by branch and method, and owns the four machines.
//!
//! A message that belongs to a transaction is answered or absorbed here where the RFC's tables say so; what its user must
//! see comes back as [`Heard`]. Bytes to send are collected and taken by [`Transactions::next_send`].
//!
//! RFC 3261 §17, §17.1.3, §17.2.3 (matching, also of RFC 2543 clients), §8.2.2.2 (merged requests); RFC 6026.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;

use crate::flow::{FlowId, Path};
use crate::header::Via;
use crate::message::{Method, Request, Response};
use crate::timers::Deadlines;

pub mod client;
mod derived;
mod heard;
pub mod invite_client;
pub mod invite_server;
mod key;
mod machine;
pub mod server;
mod silence;

pub(crate) use derived::within_transaction;
pub use heard::{Heard, Taken};

use derived::ack_of_refusal;
use key::{acknowledged_key, client_key, origin_key, server_key};
use machine::{Input, Machine};
use silence::Silence;

/// One transaction of this party; numbers are never used again.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct TransactionId(pub u64);

/// Why a transaction ended without an answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Failure {
    /// Nobody answered in time (timers B, F, H).
    #[error("no answer within 32 s")]
    Silence,
    /// The connection could not be opened or was lost.
    #[error("the connection failed")]
    Connection,
    /// TLS failed: the other end's certificate is not good.
    #[error("the other end's certificate is not good")]
    Certificate,
}

/// What a machine wants done: at most one thing for each input.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Action {
    /// Nothing.
    Nothing,
    /// Send the request, or the last answer, (again).
    Transmit,
    /// Answer 100 by itself.
    Trying,
    /// Give the message to the user.
    Deliver,
    /// Send the ACK of a refusal (again).
    Acknowledge,
    /// Both.
    AcknowledgeAndDeliver,
    /// Tell the user that there will be no answer.
    Fail(Failure),
}

#[derive(Clone, Debug)]
struct Entry<O> {
    machine: Machine,
    path: Path,
    request: Request,
    /// The request of a client, or the last answer of a server, as sent.
    sent: Bytes,
    /// `None` for a server.
    owner: Option<O>,
    key: String,
    origin: Option<String>,
}

/// All transactions of one party.
#[derive(Clone, Debug)]
pub struct Transactions<O> {
    entries: BTreeMap<TransactionId, Entry<O>>,
    clients: BTreeMap<String, TransactionId>,
    servers: BTreeMap<String, TransactionId>,
    origins: BTreeMap<String, TransactionId>,
    deadlines: Deadlines<TransactionId>,
    sends: VecDeque<(Path, Bytes)>,
    heard: VecDeque<Heard<O>>,
    silence: Silence,
    limit: usize,
    next: u64,
}

impl<O: Copy> Transactions<O> {
    /// None yet; at most `limit` incoming requests at a time.
    pub fn new(limit: usize) -> Self {
        Self {
            entries: BTreeMap::new(),
            clients: BTreeMap::new(),
            servers: BTreeMap::new(),
            origins: BTreeMap::new(),
            deadlines: Deadlines::new(),
            sends: VecDeque::new(),
            heard: VecDeque::new(),
            silence: Silence::default(),
            limit,
            next: 0,
        }
    }

    /// A number for a transaction that will be started later.
    pub fn reserve(&mut self) -> TransactionId {
        self.next += 1;
        TransactionId(self.next)
    }

    /// Sends a request, complete with its Via, and starts its transaction.
    pub fn start(
        &mut self,
        now: Duration,
        id: TransactionId,
        request: Request,
        branch: &str,
        path: Path,
        owner: O,
    ) {
        let machine = Machine::client(now, &request.method, path.transport.is_reliable());
        let key = client_key(branch, &request.method);
        let sent = request.write();
        self.sends.push_back((path, sent.clone()));
        self.clients.insert(key.clone(), id);
        self.entries.insert(
            id,
            Entry {
                machine,
                path,
                request,
                sent,
                owner: Some(owner),
                key,
                origin: None,
            },
        );
        self.settle(id);
    }

    /// Takes a response; one that belongs to no transaction is dropped.
    pub fn handle_response(&mut self, now: Duration, response: Response) {
        let (Ok(via), Ok(cseq)) = (response.headers.via(), response.headers.cseq()) else {
            return;
        };
        let Some(branch) = via.branch() else { return };
        let Some(&id) = self.clients.get(&client_key(branch, &cseq.method)) else {
            return;
        };
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        self.silence.on_answer(id, entry.path);
        let action = entry.machine.handle(now, Input::Response(response.status));
        self.act(id, action, Some(response));
    }

    /// Takes a request whose topmost Via is `via`.
    pub fn handle_request(
        &mut self,
        now: Duration,
        request: &Request,
        via: &Via,
        path: Path,
    ) -> Taken {
        let key = server_key(request, via, &request.method);
        if let Some(&id) = self.servers.get(&key) {
            return self.handle_repeat(now, id, request);
        }
        if request.method == Method::Ack {
            // Phones exist that acknowledge a refusal under a branch of its own: it still says what it means.
            let meant = acknowledged_key(request).and_then(|origin| self.origins.get(&origin));
            return match meant.copied() {
                Some(id) => self.handle_repeat(now, id, request),
                None => Taken::Acknowledgement,
            };
        }
        let origin = origin_key(request);
        if origin
            .as_ref()
            .is_some_and(|origin| self.origins.contains_key(origin))
        {
            return Taken::Merged;
        }
        if self.servers.len() >= self.limit {
            return Taken::Full;
        }
        let id = self.reserve();
        let machine = Machine::server(now, &request.method, path.transport.is_reliable());
        self.servers.insert(key.clone(), id);
        if let Some(origin) = &origin {
            self.origins.insert(origin.clone(), id);
        }
        let (request, sent) = (request.clone(), Bytes::new());
        self.entries.insert(
            id,
            Entry {
                machine,
                path,
                request,
                sent,
                owner: None,
                key,
                origin,
            },
        );
        self.settle(id);
        Taken::New(id)
    }

    /// The INVITE transaction that a CANCEL means (RFC 3261 §9.2).
    pub fn cancelled_by(&self, cancel: &Request, via: &Via) -> Option<TransactionId> {
        self.servers
            .get(&server_key(cancel, via, &Method::Invite))
            .copied()
    }

    /// Answers a request of theirs; says whether it still could be.
    pub fn respond(&mut self, now: Duration, id: TransactionId, response: &Response) -> bool {
        let Some(entry) = self.entries.get_mut(&id) else {
            return false;
        };
        let action = entry.machine.handle(now, Input::Respond(response.status));
        let taken = action == Action::Transmit;
        if taken {
            entry.sent = response.write();
        }
        self.act(id, action, None);
        taken
    }

    /// Ends an INVITE of ours that was cancelled but never answered (RFC 3261 §9.1).
    pub fn abandon(&mut self, now: Duration, id: TransactionId) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        let action = entry.machine.handle(now, Input::Abandon);
        self.act(id, action, None);
    }

    /// Wakes the transactions whose time has come.
    pub fn handle_timeout(&mut self, now: Duration) {
        while let Some(id) = self.deadlines.pop(now) {
            let Some(entry) = self.entries.get_mut(&id) else {
                continue;
            };
            let is_unheard = entry.machine.is_unheard();
            let action = entry.machine.handle(now, Input::Timeout);
            if is_unheard && action == Action::Fail(Failure::Silence) {
                self.silence
                    .on_silence(id, entry.path, &entry.request.method);
            }
            self.act(id, action, None);
        }
    }

    /// A flow is gone, and with it what depended on it.
    pub fn handle_loss(&mut self, now: Duration, flow: FlowId) {
        self.silence.forget(flow);
        let on_it =
            |(id, entry): (&TransactionId, &Entry<O>)| (entry.path.flow == flow).then_some(*id);
        let lost: Vec<_> = self.entries.iter().filter_map(on_it).collect();
        for id in lost {
            let Some(entry) = self.entries.get_mut(&id) else {
                continue;
            };
            let action = entry.machine.handle(now, Input::Lost);
            self.act(id, action, None);
        }
    }

    /// The next bytes to send.
    pub fn next_send(&mut self) -> Option<(Path, Bytes)> {
        self.sends.pop_front()
    }

    /// The next thing that the user must see.
    pub fn next_heard(&mut self) -> Option<Heard<O>> {
        self.heard.pop_front()
    }

    /// The next connection that carries nothing any more, as a request on it has shown that nobody heard.
    pub fn next_dead(&mut self) -> Option<FlowId> {
        self.silence.next_dead()
    }

    /// When `handle_timeout` is wanted.
    pub fn deadline(&self) -> Option<Duration> {
        self.deadlines.next()
    }

    /// The request of a transaction that is not over.
    pub fn request(&self, id: TransactionId) -> Option<&Request> {
        self.entries.get(&id).map(|entry| &entry.request)
    }

    /// By what way a transaction sends.
    pub fn path(&self, id: TransactionId) -> Option<Path> {
        self.entries.get(&id).map(|entry| entry.path)
    }

    /// How many transactions there are, of both kinds.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether all transactions are over.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn handle_repeat(&mut self, now: Duration, id: TransactionId, request: &Request) -> Taken {
        let Some(entry) = self.entries.get_mut(&id) else {
            return Taken::Absorbed;
        };
        let is_ack = request.method == Method::Ack;
        let action = entry
            .machine
            .handle(now, if is_ack { Input::Ack } else { Input::Repeat });
        if action == Action::Deliver {
            return Taken::Acknowledgement;
        }
        self.act(id, action, None);
        Taken::Absorbed
    }

    fn act(&mut self, id: TransactionId, action: Action, response: Option<Response>) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        if let (Action::Acknowledge | Action::AcknowledgeAndDeliver, Some(response)) =
            (action, &response)
        {
            self.sends
                .push_back((entry.path, ack_of_refusal(&entry.request, response).write()));
        }
        match (action, response, entry.owner) {
            (Action::Transmit, ..) => self.sends.push_back((entry.path, entry.sent.clone())),
            (Action::Trying, ..) => {
                entry.sent = entry.request.response(100).write();
                self.sends.push_back((entry.path, entry.sent.clone()));
            }
            (Action::Deliver | Action::AcknowledgeAndDeliver, Some(response), Some(owner)) => {
                self.heard.push_back(Heard::Response {
                    transaction: id,
                    owner,
                    response,
                });
            }
            (Action::Fail(failure), _, Some(owner)) => {
                self.heard.push_back(Heard::Failed {
                    transaction: id,
                    owner,
                    failure,
                });
            }
            (Action::Fail(_), _, None) => self.heard.push_back(Heard::Deserted { transaction: id }),
            // Nothing to do, or already done above.
            _ => {}
        }
        self.settle(id);
    }

    /// Forgets a transaction that is over, else notes when it wants to be woken.
    fn settle(&mut self, id: TransactionId) {
        let Some(entry) = self.entries.get(&id) else {
            return;
        };
        let (over, deadline) = (entry.machine.is_over(), entry.machine.deadline());
        self.deadlines.set(id, deadline.filter(|_| !over));
        if let Some(entry) = over.then(|| self.entries.remove(&id)).flatten() {
            let side = if entry.owner.is_some() {
                &mut self.clients
            } else {
                &mut self.servers
            };
            side.remove(&entry.key);
            if let Some(origin) = &entry.origin {
                self.origins.remove(origin);
            }
        }
    }
}

#[cfg(test)]
mod tests;
