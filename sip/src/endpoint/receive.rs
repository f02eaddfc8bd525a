//! Receiving: bytes become messages, messages are checked and given to their transactions.
//!
//! RFC 3261 §8.2, §16.3, §18.2, §18.3; RFC 3581.

use std::time::Duration;

use bytes::Bytes;

use super::send::send;
use super::{Arrival, Endpoint, Output, Waiting};
use crate::flow::{FlowEnd, FlowId, Path, Transport};
use crate::framing::{self, Frame, PONG};
use crate::header::{Name, Via};
use crate::message::{Message, Method, Request, refuse};
use crate::transaction::{Failure, Taken};

impl Endpoint {
    pub(super) fn handle_bytes(&mut self, now: Duration, flow: FlowId, bytes: &Bytes) {
        let Some(path) = self.flows.stream_path(flow, &self.config.addresses) else {
            return;
        };
        self.flows.push(flow, bytes);
        while let Some(frame) = self.flows.next_frame(flow) {
            match frame {
                Ok(frame) => self.handle_frame(now, path, frame),
                Err(_) => {
                    // Where the next message starts cannot be known any more.
                    self.outputs.push_back(Output::Close { flow });
                    return self.handle_closed(now, flow, FlowEnd::Closed);
                }
            }
        }
    }

    pub(super) fn handle_datagram(&mut self, now: Duration, path: Path, bytes: Bytes) {
        match framing::datagram(bytes) {
            // A datagram's keep-alive wants no answer (RFC 5626 §4.4.2 uses STUN for that).
            Frame::Ping | Frame::Pong => {}
            frame @ (Frame::Message(_) | Frame::Unreadable { .. }) => {
                self.handle_frame(now, path, frame)
            }
        }
    }

    fn handle_frame(&mut self, now: Duration, path: Path, frame: Frame) {
        match frame {
            Frame::Message(Message::Response(response)) => {
                self.transactions.handle_response(now, response)
            }
            Frame::Message(Message::Request(request)) => self.handle_request(now, path, request),
            Frame::Ping => self.outputs.push_back(send(path, Bytes::from_static(PONG))),
            Frame::Pong => {}
            Frame::Unreadable { bytes, error } => {
                if let Some(mut response) = refuse(&bytes, &error) {
                    self.tag(&mut response);
                    let path = response
                        .headers
                        .via()
                        .map_or(path, |via| back_by(path, &via));
                    self.outputs.push_back(send(path, response.write()));
                }
            }
        }
    }

    /// Ends a connection that carries nothing any more. What is written next goes by a new one.
    pub(super) fn give_up(&mut self, now: Duration, flow: FlowId) {
        // Whoever waited for an answer is told of the silence, not of what follows from it.
        self.gather();
        self.outputs.push_back(Output::Abort { flow });
        self.handle_closed(now, flow, FlowEnd::Closed);
    }

    pub(super) fn handle_closed(&mut self, now: Duration, flow: FlowId, end: FlowEnd) {
        let Some((transport, remote)) = self.flows.closed(flow) else {
            return;
        };
        let failure = if end == FlowEnd::Certificate {
            Failure::Certificate
        } else {
            Failure::Connection
        };
        let (failed, waiting) =
            std::mem::take(&mut self.waiting)
                .into_iter()
                .partition(|waiting: &Waiting| {
                    waiting.draft.hop.transport == transport && waiting.draft.hop.remote == remote
                });
        self.waiting = waiting;
        failed
            .iter()
            .for_each(|waiting| self.fail(waiting, failure));
        self.note_waiting();
        self.transactions.handle_loss(now, flow);
        self.arrivals
            .push_back(Arrival::FlowClosed { transport, remote });
    }

    fn handle_request(&mut self, now: Duration, path: Path, mut request: Request) {
        let Ok(mut via) = request.headers.via() else {
            // Where the answer is wanted cannot be read: it goes back where the request came from. Without any Via it would
            // find nobody who waits for it.
            if request.method != Method::Ack && request.headers.contains(Name::Via) {
                self.refuse_at_once(path, &request, 400);
            }
            return;
        };
        via.set_received(path.remote.ip(), path.remote.port());
        request.headers.replace_first(Name::Via, via.to_string());
        let hop = path.hop();
        let path = back_by(path, &via);
        let message = Message::Request(request);
        let invalid = message.validate().err();
        let Message::Request(request) = message else {
            return;
        };
        match (
            self.transactions.handle_request(now, &request, &via, path),
            invalid,
        ) {
            (Taken::Absorbed, _) | (Taken::Acknowledgement, Some(_)) => {}
            (Taken::Acknowledgement, None) => self
                .arrivals
                .push_back(Arrival::Acknowledgement { request }),
            (Taken::New(transaction), Some(invalid)) => {
                let mut response = request.response(invalid.status());
                let text: String = invalid
                    .to_string()
                    .chars()
                    .filter(|c| *c != '"' && *c != '\\')
                    .collect();
                response
                    .headers
                    .push(Name::Warning, format!("399 {} \"{text}\"", path.local.ip()));
                self.respond(now, transaction, response);
            }
            (Taken::New(transaction), None) if self.config.relays && is_out_of_hops(&request) => {
                self.answer(now, transaction, 483);
            }
            (Taken::New(transaction), None) => {
                self.arrivals.push_back(Arrival::Request {
                    transaction,
                    hop,
                    request,
                    via,
                });
            }
            (Taken::Merged, _) => self.refuse_at_once(path, &request, 482),
            (Taken::Full, _) => self.refuse_at_once(path, &request, 503),
        }
    }

    /// Answers without a transaction: each repeat of the request is answered anew.
    fn refuse_at_once(&mut self, path: Path, request: &Request, status: u16) {
        let mut response = request.response(status);
        self.tag(&mut response);
        self.outputs.push_back(send(path, response.write()));
    }
}

/// Where an answer goes: over the same connection, or to the port that the topmost Via names unless `rport` asks for the
/// one that the request came from (RFC 3261 §18.2.2, RFC 3581 §4).
fn back_by(path: Path, via: &Via) -> Path {
    if path.transport != Transport::Udp || via.rport().is_some() {
        return path;
    }
    let mut back = path;
    back.remote
        .set_port(via.port.unwrap_or(Transport::Udp.default_port()));
    back
}

fn is_out_of_hops(request: &Request) -> bool {
    request.method == Method::Invite && request.headers.max_forwards() == Ok(Some(0))
}
