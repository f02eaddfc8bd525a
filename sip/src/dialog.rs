//! Dialog: identity, route set, sequence numbers and remote target; the set of dialogs that one forked INVITE makes.
//!
//! RFC 3261 §12; §13.2.2.4 (several answers to one INVITE).

use std::collections::BTreeMap;

use crate::flow::{Hop, Transport};
use crate::header::{HeaderError, Headers, Name, NameAddr, Via};
use crate::message::{Method, Request, Response};
use crate::uri::{Scheme, Uri};

/// Most early dialogs that one INVITE of ours may have; further forks are ignored. Ours, to bound memory.
pub const FORKS_MAX: usize = 32;

/// Max-Forwards of a request that starts here (RFC 3261 §8.1.1.6).
pub const MAX_FORWARDS: &str = "70";

/// One side's view of a dialog.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Dialog {
    call_id: String,
    local: NameAddr,
    remote: NameAddr,
    local_number: u32,
    remote_number: Option<u32>,
    remote_target: Uri,
    routes: Vec<NameAddr>,
}

/// What the number of an incoming request means for the dialog.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Order {
    /// Higher than all before.
    Next,
    /// Not higher: answer 500 (RFC 3261 §12.2.2).
    Late,
}

impl Dialog {
    /// The dialog that a response with a To tag makes for who sent the request (RFC 3261 §12.1.2).
    pub fn of_initiator(request: &Request, response: &Response) -> Result<Self, HeaderError> {
        let mut routes = response.headers.record_routes()?;
        routes.reverse();
        Ok(Self {
            call_id: response.headers.call_id()?.to_owned(),
            local: request.headers.from()?,
            remote: response.headers.to()?,
            local_number: request.headers.cseq()?.number,
            remote_number: None,
            remote_target: response
                .headers
                .contact()
                .map_or_else(|_| request.uri.clone(), |contact| contact.uri),
            routes,
        })
    }

    /// The dialog that a request makes for who answers it with `local_tag` (RFC 3261 §12.1.1).
    pub fn of_acceptor(request: &Request, local_tag: &str) -> Result<Self, HeaderError> {
        Ok(Self {
            call_id: request.headers.call_id()?.to_owned(),
            local: request.headers.to()?.with_tag(local_tag),
            remote: request.headers.from()?,
            local_number: 0,
            remote_number: Some(request.headers.cseq()?.number),
            remote_target: target_of(request)?,
            routes: request.headers.record_routes()?,
        })
    }

    /// Call-ID.
    pub fn call_id(&self) -> &str {
        &self.call_id
    }

    /// This side's tag.
    pub fn local_tag(&self) -> &str {
        self.local.tag().unwrap_or("")
    }

    /// The other side's tag; empty for an RFC 2543 peer.
    pub fn remote_tag(&self) -> &str {
        self.remote.tag().unwrap_or("")
    }

    /// This side's address, with its tag.
    pub fn local(&self) -> &NameAddr {
        &self.local
    }

    /// The other side's address, with its tag.
    pub fn remote(&self) -> &NameAddr {
        &self.remote
    }

    /// Where the other side wants requests to go.
    pub fn remote_target(&self) -> &Uri {
        &self.remote_target
    }

    /// The URI whose host gets the next request: the first route, or the remote target (RFC 3261 §12.2.1.1).
    pub fn next_uri(&self) -> &Uri {
        self.routes
            .first()
            .map_or(&self.remote_target, |route| &route.uri)
    }

    /// The hop to the next URI's host, if that is an address; else, and where it means the same peer, `known`: the hop that
    /// the dialog came by.
    pub fn next_hop(&self, known: &Hop) -> Hop {
        let uri = self.next_uri();
        let Some(address) = uri.host_ip() else {
            return known.clone();
        };
        let said = uri.transport().and_then(|word| Transport::from_word(&word));
        let same_host = address == known.remote.ip();
        let transport = match said {
            _ if uri.scheme() == Scheme::Sips => Transport::Tls,
            Some(transport) => transport,
            None if same_host => known.transport,
            None => Transport::Udp,
        };
        let port = uri.port().unwrap_or(transport.default_port());
        let same_peer = same_host && (port == known.remote.port() || transport.is_reliable());
        if transport == known.transport && same_peer {
            return known.clone();
        }
        let flow = known
            .flow
            .filter(|_| transport == Transport::Udp && known.transport == Transport::Udp);
        Hop {
            transport,
            remote: (address, port).into(),
            flow,
            server_name: None,
        }
    }

    /// The next request within the dialog, without Via, Contact and body (RFC 3261 §12.2.1.1).
    pub fn request(&mut self, method: Method) -> Request {
        let number = self.next_number();
        self.request_numbered(method, number)
    }

    /// The ACK of a 2xx to the INVITE of this number (RFC 3261 §13.2.2.4).
    pub fn ack(&self, number: u32) -> Request {
        self.request_numbered(Method::Ack, number)
    }

    /// The number of the next request of ours.
    pub fn next_number(&mut self) -> u32 {
        self.local_number += 1;
        self.local_number
    }

    /// Takes the number of an incoming request.
    pub fn take_number(&mut self, number: u32) -> Order {
        if self.remote_number.is_some_and(|last| number <= last) {
            return Order::Late;
        }
        self.remote_number = Some(number);
        Order::Next
    }

    /// A re-INVITE, an UPDATE or a 2xx to one says where the other side is now (RFC 3261 §12.2.1.2, §12.2.2).
    pub fn refresh_target(&mut self, headers: &Headers) {
        if let Ok(contact) = headers.contact() {
            self.remote_target = contact.uri;
        }
    }

    fn request_numbered(&self, method: Method, number: u32) -> Request {
        let strict = self
            .routes
            .first()
            .filter(|route| !route.uri.is_loose_router());
        let target = strict.map_or(&self.remote_target, |route| &route.uri);
        let mut request = Request::new(method, target.clone());
        let headers = &mut request.headers;
        for route in self.routes.iter().skip(usize::from(strict.is_some())) {
            headers.push(Name::Route, route.to_string());
        }
        if strict.is_some() {
            // RFC 3261 §12.2.1.1: a strict router gets the request; the target goes last into the routes.
            headers.push(
                Name::Route,
                NameAddr::new(self.remote_target.clone()).to_string(),
            );
        }
        headers.push(Name::MaxForwards, MAX_FORWARDS);
        headers.push(Name::From, self.local.to_string());
        headers.push(Name::To, self.remote.to_string());
        headers.push(Name::CallId, &self.call_id);
        headers.push(Name::CSeq, format!("{number} {}", request.method));
        request
    }
}

/// Where who sent a request wants to be reached. A client of RFC 2543, which is known by its branch, need not say.
fn target_of(request: &Request) -> Result<Uri, HeaderError> {
    let is_old = request.headers.via().is_ok_and(|via| {
        let branch = via.branch().unwrap_or_default();
        !branch.starts_with(Via::COOKIE)
    });
    match request.headers.contact() {
        Err(_) if is_old && !request.headers.contains(Name::Contact) => {
            Ok(request.headers.from()?.uri)
        }
        contact => contact.map(|contact| contact.uri),
    }
}

/// The dialogs that the answers to one INVITE of ours make: one for each To tag.
#[derive(Clone, Debug, Default)]
pub struct DialogSet {
    by_tag: BTreeMap<String, Dialog>,
}

impl DialogSet {
    /// Takes an answer with a To tag: makes its dialog or brings it up to date. `None` when the answer makes none.
    pub fn take(&mut self, request: &Request, response: &Response) -> Option<&mut Dialog> {
        let fresh = Dialog::of_initiator(request, response).ok()?;
        let tag = fresh.remote_tag().to_owned();
        if response.status == 100 || (tag.is_empty() && !response.is_success()) {
            return None;
        }
        if !self.by_tag.contains_key(&tag)
            && self.by_tag.len() >= FORKS_MAX
            && !response.is_success()
        {
            return None;
        }
        let known = self.by_tag.entry(tag).or_insert(fresh);
        known.refresh_target(&response.headers);
        if response.is_success() {
            // RFC 3261 §13.2.2.4: the 2xx computes the route set anew.
            if let Ok(mut routes) = response.headers.record_routes() {
                routes.reverse();
                known.routes = routes;
            }
        }
        Some(known)
    }

    /// Whether there is an early dialog with this tag.
    pub fn contains(&self, remote_tag: &str) -> bool {
        self.by_tag.contains_key(remote_tag)
    }

    /// The dialog with this tag, taken out.
    pub fn remove(&mut self, remote_tag: &str) -> Option<Dialog> {
        self.by_tag.remove(remote_tag)
    }

    /// The dialog with this tag.
    pub fn get_mut(&mut self, remote_tag: &str) -> Option<&mut Dialog> {
        self.by_tag.get_mut(remote_tag)
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.by_tag.clear();
    }
}

#[cfg(test)]
mod tests;
