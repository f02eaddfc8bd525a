//! All sockets of one party, polled together, so that a sans-IO party has one loop.
//!
//! A flow is a UDP socket, a listener or a connection (plain or TLS). What happens to any of them
//! comes out of [`Flows::next`] as one [`FlowEvent`]. No task and no channel stands behind a
//! flow: each socket wakes the party's own task and leaves a mark which flow is ready.

mod event;
mod listener;
mod ready;
mod slots;
mod stream;
mod together;

use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use rustls::pki_types::ServerName;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::departures::Departures;
use crate::host::Host;
use crate::host::tcp::TcpStream;
use crate::host::udp::{Armed, UdpSocket};
use crate::tls::Secured;
pub use event::{FlowError, FlowEvent, FlowId, Transport};
use listener::Listener;
use ready::{Mark, Ready};
use stream::{Io, Stream};

/// All sockets of one party.
pub struct Flows {
    host: Host,
    slots: Vec<Slot>,
    free: Vec<usize>,
    ready: Arc<Ready>,
    event: Option<FlowEvent>,
    handshakes: usize,
    /// What one flow sends together when the turns are over, or another flow sends.
    departures: Departures,
    departing: Option<FlowId>,
    dropped_count: u64,
}

impl Flows {
    /// No flows yet, on `host`.
    pub fn new(host: &Host) -> Flows {
        Flows {
            host: host.clone(),
            slots: Vec::new(),
            free: Vec::new(),
            ready: Arc::default(),
            event: None,
            handshakes: 0,
            departures: Departures::default(),
            departing: None,
            dropped_count: 0,
        }
    }

    /// Binds a UDP socket; the result comes as `Bound` or `Failed`.
    pub fn bind_udp(&mut self, local: SocketAddr) -> FlowId {
        let host = self.host.clone();
        self.insert(State::BindingUdp(Box::pin(
            async move { host.udp(local).await },
        )))
    }

    /// Listens for connections, with TLS if `tls` is given; the result comes as `Bound` or `Failed`.
    pub fn listen(&mut self, local: SocketAddr, tls: Option<Arc<rustls::ServerConfig>>) -> FlowId {
        let host = self.host.clone();
        self.insert(State::Listening(Box::pin(async move {
            let listener = host.listen(local).await?;
            Ok(Listener::new(listener, tls.map(TlsAcceptor::from), host))
        })))
    }

    /// Connects, with TLS if `tls` is given; the result comes as `Opened` or `Failed`. Who has opened a connection keeps it
    /// alive: it is probed when it is silent.
    pub fn connect(
        &mut self,
        target: SocketAddr,
        tls: Option<(ServerName<'static>, Arc<rustls::ClientConfig>)>,
    ) -> FlowId {
        let host = self.host.clone();
        self.insert(State::Opening(Opening {
            listener: None,
            io: Box::pin(async move {
                let stream = host.connect(target).await?;
                stream.set_keep_alive(Some(PROBE_EVERY))?;
                let Some((name, config)) = tls else {
                    return Ok(Io::Tcp(stream));
                };
                let ends = (stream.local_addr(), stream.peer_addr());
                let handshake = TlsConnector::from(config).connect(name, stream);
                let stream = within(&host, HANDSHAKE_TIME, handshake).await?;
                Ok(Io::tls(Secured::new(stream), ends))
            }),
        }))
    }

    /// Sends bytes on a connection, queueing at most [`MAX_QUEUED`].
    pub fn send(&mut self, flow: FlowId, bytes: &[u8]) -> Result<(), FlowError> {
        let Some(slot) = self.slot_mut(flow) else {
            return Err(FlowError::Gone);
        };
        let State::Open(stream) = &mut slot.state else {
            return Err(FlowError::Gone);
        };
        stream.send(&mut Context::from_waker(&slot.waker), bytes)
    }

    /// Ends a flow; nothing more is heard of it. What a connection has queued is still sent.
    pub fn close(&mut self, flow: FlowId) {
        self.depart();
        let host = self.host.clone();
        let Some(slot) = self.slot_mut(flow) else {
            return;
        };
        if matches!(slot.state, State::Closing(_)) {
            return;
        }
        let state = std::mem::replace(&mut slot.state, State::Free);
        if let State::Open(stream) = state {
            // The flow's id is done; the rest of its life is the closing itself.
            let closing = Box::pin(async move {
                let _ = within(&host, CLOSING_TIME, stream.close()).await;
            });
            self.replace(flow, State::Closing(closing));
        } else {
            self.forget(flow, &state);
        }
    }

    /// Ends a flow at once; nothing more is heard of it. What a connection has queued is dropped, and the far end sees a reset.
    pub fn abort(&mut self, flow: FlowId) {
        self.depart();
        let Some(slot) = self.slot_mut(flow) else {
            return;
        };
        let state = std::mem::replace(&mut slot.state, State::Free);
        if let State::Open(stream) = state {
            stream.abort();
            self.remove(flow);
        } else {
            self.forget(flow, &state);
        }
    }

    /// Datagrams that [`Flows::send_to`] had to drop.
    pub fn dropped_count(&self) -> u64 {
        self.dropped_count
    }

    /// What happens next to any flow. Cancel safe.
    pub async fn next(&mut self) -> FlowEvent {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// Like [`Flows::next`]; the last caller is woken.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<FlowEvent> {
        loop {
            if let Some(event) = self.event.take() {
                return Poll::Ready(event);
            }
            if self.must_let_others(cx) {
                self.depart();
                return Poll::Pending;
            }
            match self.ready.take(cx) {
                Some(flow) => self.turn(FlowId(flow)),
                None => {
                    self.depart();
                    return Poll::Pending;
                }
            }
        }
    }

    /// Gives one flow its turn; it makes at most one event and marks itself if there is more.
    fn turn(&mut self, flow: FlowId) {
        let Some(slot) = self.slot_mut(flow) else {
            return;
        };
        let Slot {
            state, mark, waker, ..
        } = slot;
        mark.begin();
        let cx = &mut Context::from_waker(waker);
        match state {
            State::BindingUdp(binding) => {
                let Poll::Ready(result) = binding.as_mut().poll(cx) else {
                    return;
                };
                let bound = result.map(|socket| (socket.local_addr(), State::Udp(socket)));
                self.on_bound(flow, bound);
            }
            State::Listening(binding) => {
                let Poll::Ready(result) = binding.as_mut().poll(cx) else {
                    return;
                };
                let bound = result.map(|l| (l.local_addr(), State::Listener(l)));
                self.on_bound(flow, bound);
            }
            State::Udp(socket) => {
                if let Poll::Ready(received) = socket.poll_recv_armed(cx) {
                    if matches!(received, Ok((_, true))) {
                        mark.set();
                    }
                    self.on_received(flow, received);
                }
            }
            State::Listener(listener) => {
                if let Poll::Ready(stream) = listener.poll(cx) {
                    mark.set();
                    let acceptor = listener.acceptor.clone();
                    self.on_accepted(flow, stream, acceptor);
                }
            }
            State::Opening(opening) => {
                if let Poll::Ready(result) = opening.io.as_mut().poll(cx) {
                    let listener = opening.listener;
                    self.on_opened(flow, listener, result);
                }
            }
            State::Open(stream) => {
                if let Poll::Ready(read) = stream.poll(cx) {
                    mark.set();
                    self.on_read(flow, read);
                }
            }
            State::Closing(closing) => {
                if closing.as_mut().poll(cx).is_ready() {
                    self.remove(flow);
                }
            }
            State::Free => {}
        }
    }

    fn on_received(&mut self, flow: FlowId, received: io::Result<Armed>) {
        match received {
            Ok(((bytes, source), _)) => {
                self.event = Some(FlowEvent::Datagram {
                    flow,
                    source,
                    bytes,
                });
            }
            Err(error) => self.on_failed(flow, error),
        }
    }

    fn on_read(&mut self, flow: FlowId, read: io::Result<Option<Bytes>>) {
        match read {
            Ok(Some(bytes)) => self.event = Some(FlowEvent::Bytes { flow, bytes }),
            Ok(None) => self.on_closed(flow, None),
            Err(error) => self.on_closed(flow, Some(error.into())),
        }
    }

    fn on_bound(&mut self, flow: FlowId, bound: io::Result<(SocketAddr, State)>) {
        match bound {
            Ok((local, state)) => {
                self.replace(flow, state);
                self.event = Some(FlowEvent::Bound { flow, local });
            }
            Err(error) => self.on_failed(flow, error),
        }
    }

    fn on_failed(&mut self, flow: FlowId, error: io::Error) {
        self.remove(flow);
        let error = error.into();
        self.event = Some(FlowEvent::Failed { flow, error });
    }

    /// Beyond [`MAX_HANDSHAKES`] a connection is closed at once: silence must not cost memory.
    fn on_accepted(&mut self, listener: FlowId, stream: TcpStream, tls: Option<TlsAcceptor>) {
        let Some(acceptor) = tls else {
            let flow = self.insert(State::Free);
            self.on_opened(flow, Some(listener), Ok(Io::Tcp(stream)));
            return;
        };
        if self.handshakes >= MAX_HANDSHAKES {
            return;
        }
        self.handshakes += 1;
        let host = self.host.clone();
        let io: OpeningIo = Box::pin(async move {
            let ends = (stream.local_addr(), stream.peer_addr());
            let handshake = acceptor.accept(stream);
            let stream = within(&host, HANDSHAKE_TIME, handshake).await?;
            Ok(Io::tls(Secured::new(stream), ends))
        });
        let listener = Some(listener);
        self.insert(State::Opening(Opening { listener, io }));
    }

    fn on_opened(&mut self, flow: FlowId, listener: Option<FlowId>, result: io::Result<Io>) {
        if let Some(State::Opening(opening)) = self.slot(flow).map(|slot| &slot.state) {
            self.handshakes -= usize::from(opening.listener.is_some());
        }
        match result {
            Err(error) => self.on_failed(flow, error),
            Ok(io) => {
                let (transport, local, remote) = (io.transport(), io.local(), io.remote());
                self.replace(flow, State::Open(Box::new(Stream::new(io))));
                self.event = Some(FlowEvent::Opened {
                    flow,
                    transport,
                    local,
                    remote,
                    listener,
                });
            }
        }
    }

    fn on_closed(&mut self, flow: FlowId, reason: Option<FlowError>) {
        if reason.is_none() {
            // The far end has said its last word; ours may still be on the way.
            self.close(flow);
        } else {
            self.remove(flow);
        }
        self.event = Some(FlowEvent::Closed { flow, reason });
    }
}

/// One flow and what wakes it.
struct Slot {
    flow: FlowId,
    state: State,
    mark: Arc<Mark>,
    waker: Waker,
}

enum State {
    Free,
    BindingUdp(Pin<Box<dyn Future<Output = io::Result<UdpSocket>> + Send>>),
    Udp(UdpSocket),
    Listening(Pin<Box<dyn Future<Output = io::Result<Listener>> + Send>>),
    Listener(Listener),
    Opening(Opening),
    Open(Box<Stream>),
    Closing(Pin<Box<dyn Future<Output = ()> + Send>>),
}

struct Opening {
    /// Set if a listener accepted it, so that the TLS handshake counts as one under way.
    listener: Option<FlowId>,
    io: OpeningIo,
}

type OpeningIo = Pin<Box<dyn Future<Output = io::Result<Io>> + Send>>;

/// Bounds a wait by the host's clock.
async fn within<T>(
    host: &Host,
    time: Duration,
    work: impl Future<Output = io::Result<T>>,
) -> io::Result<T> {
    tokio::select! {
        biased;
        result = work => result,
        () = host.sleep(time) => Err(io::ErrorKind::TimedOut.into()),
    }
}

/// Bytes that may wait to be sent on one connection: some hundred large SIP messages.
pub const MAX_QUEUED: usize = 1 << 20;
/// Handshakes that may be under way on the accepting side of one [`Flows`].
const MAX_HANDSHAKES: usize = 256;
/// A far end that has given the connection up, and whose word of that was lost, is found out within this time: no longer than a
/// request waits for its answer (RFC 3261 §17.1.1.2: 32 s). RFC 5626 §4.4.1 wants 120 s at most.
const PROBE_EVERY: Duration = Duration::from_secs(30);
/// A TLS handshake takes two round trips; slower than this is an attack or a dead peer.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);
/// A closed connection may take this long to send the rest.
const CLOSING_TIME: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests;
