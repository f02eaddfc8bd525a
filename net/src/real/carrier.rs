//! A TCP connection behind the links of a fault plan.
//!
//! The operating system's own segments are out of reach, so the carrier stands between the party and the socket, cuts what
//! either side says into segments and lets each pass the links as a packet. What a link does then shows as it shows behind
//! TCP: a lost segment comes after a retransmission time that doubles, and holds up those behind it; one that is too large is cut; a
//! cut link is silence. Bytes are never changed, doubled or reordered.
//!
//! ```text
//! party ══pipe══ carrier ──segment──► links ──► socket        and the same back, where the far end is not ours
//! ```
//!
//! RFC 9293 §3.8.1 and RFC 6298 §5.5 (the time doubles). Of the handshake only its first segment passes the links.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use super::World;
use super::shaper::{Fate, Way, nanoseconds};
use crate::host::lock;
use crate::link::Cause;
use crate::packet::{Packet, Protocol};

/// The party's end of a carried connection.
#[derive(Debug)]
pub(super) struct Carried {
    /// What the party reads and writes.
    pub(super) pipe: DuplexStream,
    /// The same socket once more, for its options.
    pub(super) socket: socket2::Socket,
    ending: Ending,
    /// To be told that what is on its way shall not arrive.
    abort: oneshot::Sender<()>,
    /// Dropped with the rest: nobody will read any more.
    _held: oneshot::Sender<()>,
}

/// Why the socket failed, once it has.
type Ending = Arc<Mutex<Option<io::ErrorKind>>>;

impl Carried {
    /// Puts a carrier before a connection of that host.
    pub(super) fn new(
        world: &Arc<World>,
        host: usize,
        (local, remote): (SocketAddr, SocketAddr),
        stream: TcpStream,
    ) -> io::Result<Self> {
        let socket = socket2::SockRef::from(&stream).try_clone()?;
        let (pipe, far) = tokio::io::duplex(WINDOW);
        let (from_party, mut to_party) = tokio::io::split(far);
        let (from_socket, to_socket) = stream.into_split();
        let (held, released) = oneshot::channel();
        let ending = Ending::default();
        let out = Line::out(world, host, local, remote);
        let back = Line {
            way: world.way_in().map(|(_, way)| way),
            source: remote,
            target: local,
            ..out.clone()
        };
        let fault = ending.clone();
        let (abort, aborted) = oneshot::channel();
        tokio::spawn(async move {
            let mut to_socket = to_socket;
            let carried = tokio::select! {
                biased;
                // An end in order tells nothing here: what is on its way still arrives.
                Ok(()) = aborted => return to_socket.forget(),
                carried = out.carry(from_party, &mut to_socket) => carried,
            };
            if let Err(error) = carried {
                lock(&fault).get_or_insert(error.kind());
            }
        });
        let fault = ending.clone();
        tokio::spawn(async move {
            let carried = tokio::select! {
                biased;
                carried = back.carry(from_socket, &mut to_party) => carried,
                _ = released => return,
            };
            if let Err(error) = carried {
                lock(&fault).get_or_insert(error.kind());
            }
            let _ = to_party.shutdown().await;
        });
        Ok(Self {
            pipe,
            socket,
            ending,
            abort,
            _held: held,
        })
    }

    /// Lets nothing arrive any more of what was written.
    pub(super) fn abort(self) {
        // Where nobody hears it all has arrived.
        let _ = self.abort.send(());
    }

    /// An end that is no last word is an error, as it would be at the socket.
    pub(super) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = std::task::ready!(Pin::new(&mut self.pipe).poll_read(cx, buffer));
        let is_over = buffer.filled().len() == before && buffer.remaining() > 0;
        match *lock(&self.ending) {
            Some(kind) if is_over => Poll::Ready(Err(kind.into())),
            _ => Poll::Ready(read),
        }
    }
}

/// Waits until the first segment of a handshake has passed the links, if there are any.
pub(super) async fn knock(
    world: &Arc<World>,
    host: usize,
    local: SocketAddr,
    remote: SocketAddr,
) -> io::Result<()> {
    let line = Line::out(world, host, local, remote);
    let give_up_ns = world.now_ns().saturating_add(nanoseconds(CONNECT_TIME));
    let mut patience = FIRST_TIME;
    loop {
        match line.offer(&Bytes::new()) {
            Passage::At(at_ns) if at_ns < give_up_ns => {
                world.sleep_until(at_ns).await;
                return Ok(());
            }
            Passage::At(_) | Passage::Lost | Passage::TooLarge => {
                let again_ns = world.now_ns().saturating_add(nanoseconds(patience));
                world.sleep_until(again_ns.min(give_up_ns)).await;
            }
        }
        if world.now_ns() >= give_up_ns {
            return Err(io::ErrorKind::TimedOut.into());
        }
        patience *= 2;
    }
}

/// One direction of a connection.
#[derive(Clone)]
struct Line {
    world: Arc<World>,
    way: Option<Way>,
    source: SocketAddr,
    target: SocketAddr,
}

/// A piece of the stream on its way.
struct Segment {
    bytes: Bytes,
    /// When it arrives, or is sent again.
    due_ns: u64,
    is_lost: bool,
    /// How long its acknowledgement is waited for.
    patience: Duration,
}

/// What the links say of a segment.
enum Passage {
    /// It arrives then.
    At(u64),
    Lost,
    TooLarge,
}

impl Line {
    fn out(world: &Arc<World>, host: usize, source: SocketAddr, target: SocketAddr) -> Self {
        Self {
            world: world.clone(),
            way: world.way_out(host, target.ip()).map(|(_, way)| way),
            source,
            target,
        }
    }

    /// Carries all that comes until it ends.
    async fn carry(
        &self,
        mut from: impl AsyncRead + Unpin,
        mut to: impl AsyncWrite + Unpin,
    ) -> io::Result<()> {
        let mut buffer = vec![0; LARGEST];
        let mut waiting: VecDeque<Segment> = VecDeque::new();
        let (mut size, mut held, mut is_said) = (LARGEST, 0, false);
        loop {
            let due_ns = waiting.front().map(|segment| segment.due_ns);
            if due_ns.is_none() && is_said {
                return to.shutdown().await;
            }
            tokio::select! {
                biased;
                () = self.world.sleep_until(due_ns.unwrap_or(u64::MAX)), if due_ns.is_some() => {
                    let Some(segment) = waiting.pop_front() else { continue };
                    if segment.is_lost {
                        let patience = (segment.patience * 2).min(LONGEST_TIME);
                        for piece in self.send(segment.bytes, patience, &mut size).into_iter().rev() {
                            waiting.push_front(piece);
                        }
                    } else {
                        held -= segment.bytes.len();
                        to.write_all(&segment.bytes).await?;
                    }
                }
                read = from.read(&mut buffer), if !is_said && held < WINDOW => {
                    let len = read?;
                    is_said = len == 0;
                    held += len;
                    waiting.extend(self.send(Bytes::copy_from_slice(&buffer[..len]), RETRY_TIME, &mut size));
                }
            }
        }
    }

    /// Sends bytes off in segments of at most `size`, which becomes less when the links turn out to carry less: somebody on the
    /// way says so at once (RFC 1191 §3).
    fn send(&self, mut rest: Bytes, patience: Duration, size: &mut usize) -> Vec<Segment> {
        let mut segments = Vec::new();
        while !rest.is_empty() {
            let piece = rest.slice(..rest.len().min(*size));
            let lost_ns = || self.world.now_ns().saturating_add(nanoseconds(patience));
            let (due_ns, is_lost) = match self.offer(&piece) {
                Passage::At(at_ns) => (at_ns, false),
                Passage::TooLarge if piece.len() > SMALLEST => {
                    *size = (piece.len() / 2).max(SMALLEST);
                    continue;
                }
                Passage::TooLarge | Passage::Lost => (lost_ns(), true),
            };
            rest = rest.slice(piece.len()..);
            segments.push(Segment {
                bytes: piece,
                due_ns,
                is_lost,
                patience,
            });
        }
        segments
    }

    fn offer(&self, bytes: &Bytes) -> Passage {
        let now_ns = self.world.now_ns();
        let (Some(way), Some(links)) = (self.way, self.world.links.get()) else {
            return Passage::At(now_ns);
        };
        let mut payload = vec![0; HEADER];
        payload.extend_from_slice(bytes);
        let packet = Packet {
            source: self.source,
            target: self.target,
            protocol: Protocol::Tcp,
            payload: payload.into(),
            id: self.world.next_packet.fetch_add(1, Ordering::Relaxed),
        };
        match links.shaper.offer(now_ns, way, packet) {
            Fate::Now(_) => Passage::At(now_ns),
            // Of copies the first counts.
            Fate::Later(deliveries) => {
                let first = deliveries.iter().map(|delivery| delivery.at).min();
                Passage::At(first.map_or(now_ns, nanoseconds))
            }
            Fate::Lost {
                cause: Some(Cause::TooLarge),
                ..
            } => Passage::TooLarge,
            Fate::Lost { .. } => Passage::Lost,
        }
    }
}

/// Bytes on their way in one direction: as a kernel's buffer.
const WINDOW: usize = 64 << 10;
/// Bytes of a segment on Ethernet (RFC 9293 §3.7.1: 1500 without two headers of 20).
const LARGEST: usize = 1460;
/// What every link carries (RFC 791 §3.2: 68) without the headers.
const SMALLEST: usize = 28;
/// A header without options (RFC 9293 §3.1).
const HEADER: usize = 20;
/// First wait for an acknowledgement in a handshake (RFC 6298 §2.1).
const FIRST_TIME: Duration = Duration::from_secs(1);
/// The same in an open connection: the least that common systems wait.
const RETRY_TIME: Duration = Duration::from_millis(200);
/// The longest wait (RFC 6298 §2.5: at least 60 s).
const LONGEST_TIME: Duration = Duration::from_secs(60);
/// How long a handshake may take; as in the simulated network.
const CONNECT_TIME: Duration = Duration::from_secs(30);
