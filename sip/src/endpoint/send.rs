//! Sending: requests with Via, Contact and product of their flow; those that wait for a connection; answers.
//!
//! RFC 3261 §8.1.1, §8.2.6, §9.1, §18.1.

use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;

use super::{Alarm, Arrival, Contact, Draft, Endpoint, Output, Owner, WAITING_MAX, Waiting};
use crate::flow::{Hop, Path, Transport};
use crate::framing::PING;
use crate::header::{Headers, Name, Via};
use crate::message::{Method, Request, Response};
use crate::timers::TIMEOUT;
use crate::transaction::{Failure, TransactionId, within_transaction};

impl Endpoint {
    /// Sends a request and starts its transaction, at once or when its connection is open.
    pub(crate) fn launch(&mut self, now: Duration, draft: Draft, owner: Owner) -> TransactionId {
        let id = self.transactions.reserve();
        match self.flows.path(&draft.hop, &self.config.addresses) {
            Some(path) => self.start(now, id, draft, path, owner),
            None => self.wait(
                now,
                Waiting {
                    draft,
                    transaction: Some((id, owner)),
                    expiry: now + TIMEOUT,
                },
            ),
        }
        id
    }

    /// Sends the ACK of a 2xx, which has no transaction (RFC 3261 §13.2.2.4).
    pub(crate) fn launch_ack(&mut self, now: Duration, draft: Draft) {
        match self.flows.path(&draft.hop, &self.config.addresses) {
            Some(path) => self.send_ack(draft, path),
            None => self.wait(
                now,
                Waiting {
                    draft,
                    transaction: None,
                    expiry: now + TIMEOUT,
                },
            ),
        }
    }

    /// Sends CANCEL for an INVITE of ours; says whether the INVITE has been sent at all. If not, it never will be.
    pub(crate) fn cancel(
        &mut self,
        now: Duration,
        invite: TransactionId,
        headers: &Headers,
    ) -> bool {
        let (Some(request), Some(path)) = (
            self.transactions.request(invite),
            self.transactions.path(invite),
        ) else {
            self.waiting
                .retain(|waiting| waiting.transaction.is_none_or(|(id, _)| id != invite));
            return false;
        };
        let mut cancel = within_transaction(request, Method::Cancel);
        let branch = cancel
            .headers
            .via()
            .ok()
            .and_then(|via| via.branch().map(str::to_owned))
            .unwrap_or_default();
        headers
            .fields()
            .for_each(|field| cancel.headers.push_field(field.clone()));
        self.sign(&mut cancel);
        let id = self.transactions.reserve();
        self.transactions
            .start(now, id, cancel, &branch, path, Owner::Nobody);
        true
    }

    /// Reminds whatever stands on the way to a hop of us (RFC 5626 §4.4).
    pub(crate) fn ping(&mut self, hop: &Hop) {
        if let Some(path) = self.flows.path(hop, &self.config.addresses) {
            self.outputs.push_back(send(path, Bytes::from_static(PING)));
        }
    }

    /// Ends an INVITE of ours that was cancelled but never answered.
    pub(crate) fn abandon(&mut self, now: Duration, invite: TransactionId) {
        self.transactions.abandon(now, invite);
    }

    /// Answers a request; adds a To tag and the product name where they are missing. Says whether it could be answered.
    pub(crate) fn respond(
        &mut self,
        now: Duration,
        transaction: TransactionId,
        mut response: Response,
    ) -> bool {
        if response.status > 100 {
            self.tag(&mut response);
        }
        if !response.headers.contains(Name::Server) {
            response.headers.push(Name::Server, &self.config.product);
        }
        self.transactions.respond(now, transaction, &response)
    }

    /// Answers with a status alone.
    pub(crate) fn answer(&mut self, now: Duration, transaction: TransactionId, status: u16) {
        if let Some(request) = self.transactions.request(transaction) {
            let response = request.response(status);
            self.respond(now, transaction, response);
        }
    }

    /// Adds Contact of the transaction's flow to a response that makes or refreshes a dialog.
    pub(crate) fn add_contact(
        &self,
        transaction: TransactionId,
        response: &mut Response,
        contact: &Contact,
    ) {
        if let Some(path) = self.transactions.path(transaction)
            && !response.headers.contains(Name::Contact)
        {
            response.headers.push(Name::Contact, contact.at(&path));
        }
    }

    /// Adds Allow and Supported where they are missing.
    pub(crate) fn add_capabilities(&self, headers: &mut Headers) {
        if !headers.contains(Name::Allow) {
            headers.push(Name::Allow, &self.allow);
        }
        if !self.config.options.is_empty() && !headers.contains(Name::Supported) {
            headers.push(Name::Supported, self.config.options.join(", "));
        }
    }

    /// Fails what has waited too long for its connection.
    pub(crate) fn expire_waiting(&mut self, now: Duration) {
        let (expired, waiting) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(|waiting: &Waiting| waiting.expiry <= now);
        self.waiting = waiting;
        for late in expired {
            self.flows
                .forget_asked(late.draft.hop.transport, late.draft.hop.remote);
            self.fail(&late, Failure::Silence);
        }
        self.note_waiting();
    }

    fn wait(&mut self, now: Duration, waiting: Waiting) {
        let hop = &waiting.draft.hop;
        if hop.transport == Transport::Udp || self.waiting.len() >= WAITING_MAX {
            return self.fail(&waiting, Failure::Connection);
        }
        if !self.flows.is_asked(hop.transport, hop.remote) {
            let hop = Hop {
                flow: None,
                ..hop.clone()
            };
            self.flows.ask(hop.transport, hop.remote);
            self.outputs.push_back(Output::Connect { hop });
        }
        debug_assert!(waiting.expiry > now);
        self.waiting.push(waiting);
        self.note_waiting();
    }

    pub(super) fn note_waiting(&mut self) {
        let earliest = self.waiting.iter().map(|waiting| waiting.expiry).min();
        self.alarms.set(Alarm::Connections, earliest);
    }

    pub(super) fn fail(&mut self, waiting: &Waiting, failure: Failure) {
        if let Some((transaction, owner)) = waiting.transaction {
            self.arrivals.push_back(Arrival::Failed {
                transaction,
                owner,
                failure,
            });
        }
    }

    pub(super) fn start_waiting(&mut self, now: Duration) {
        if self.waiting.is_empty() {
            return;
        }
        for waiting in std::mem::take(&mut self.waiting) {
            match (
                self.flows.path(&waiting.draft.hop, &self.config.addresses),
                waiting.transaction,
            ) {
                (Some(path), Some((id, owner))) => self.start(now, id, waiting.draft, path, owner),
                (Some(path), None) => self.send_ack(waiting.draft, path),
                (None, _) => self.waiting.push(waiting),
            }
        }
        self.note_waiting();
    }

    fn start(&mut self, now: Duration, id: TransactionId, draft: Draft, path: Path, owner: Owner) {
        let (request, branch) = self.finish(draft, &path);
        self.transactions
            .start(now, id, request, &branch, path, owner);
    }

    fn send_ack(&mut self, draft: Draft, path: Path) {
        let (request, _) = self.finish(draft, &path);
        self.outputs.push_back(send(path, request.write()));
    }

    /// Adds what depends on the flow: Via, Contact, and the product name.
    fn finish(&mut self, draft: Draft, path: &Path) -> (Request, String) {
        let mut request = draft.request;
        let branch = self.entropy.branch();
        let host = host_text(path.local.ip());
        let via = Via::new(
            path.transport.via_word(),
            &host,
            Some(path.local.port()),
            &branch,
        );
        request.headers.push_front(Name::Via, via.to_string());
        if let Some(contact) = draft.contact {
            request.headers.set(Name::Contact, contact.at(path));
        }
        self.sign(&mut request);
        (request, branch)
    }

    fn sign(&self, request: &mut Request) {
        if !request.headers.contains(Name::UserAgent) {
            request.headers.push(Name::UserAgent, &self.config.product);
        }
    }

    pub(super) fn tag(&mut self, response: &mut Response) {
        if let Ok(to) = response.headers.to()
            && to.tag().is_none()
        {
            let tag = self.entropy.tag();
            response
                .headers
                .set(Name::To, to.with_tag(&tag).to_string());
        }
    }
}

impl Contact {
    /// The header's value for a flow.
    fn at(&self, path: &Path) -> String {
        let user = self
            .user
            .as_deref()
            .map(|user| format!("{user}@"))
            .unwrap_or_default();
        let transport = match path.transport {
            Transport::Udp => "",
            Transport::Tcp => ";transport=tcp",
            Transport::Tls => ";transport=tls",
        };
        format!(
            "<sip:{user}{}:{}{transport}>{}",
            host_text(path.local.ip()),
            path.local.port(),
            self.params
        )
    }
}

pub(super) fn send(path: Path, bytes: Bytes) -> Output {
    match path.transport {
        Transport::Udp => Output::SendTo {
            flow: path.flow,
            remote: path.remote,
            bytes,
        },
        Transport::Tcp | Transport::Tls => Output::Send {
            flow: path.flow,
            bytes,
        },
    }
}

fn host_text(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}
