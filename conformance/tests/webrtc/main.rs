//! Two peer connections over the simulated network: they connect, carry audio and data, and equal seeds give equal bytes.

// A test stops at what it did not expect, and looks for one event among many.
#![allow(clippy::unwrap_used, clippy::wildcard_enum_match_arm)]

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use conformance::ambient::Guard;
use net::topology::Topology;
use net::world::{Kind, Setup};
use net::{Host, UdpSocket};
use tokio::sync::mpsc;
use webrtc_peer::{AudioCodec, Config, Direction, Event, Input, Output, Peer, Track, TrackId};

/// Descriptions go by a channel: signalling is not what is tried here.
type Post = (mpsc::Sender<String>, mpsc::Receiver<String>);

/// What one side has seen when the play ends.
#[derive(Debug, Default, Eq, PartialEq)]
struct Seen {
    connected: bool,
    packets: usize,
    messages: Vec<Bytes>,
}

/// One side: a socket and a peer.
struct Side {
    host: Host,
    socket: UdpSocket,
    peer: Peer,
    deadline: Option<Duration>,
    next_frame: Option<Duration>,
    timestamp: u32,
    seen: Seen,
}

const FRAME: Duration = Duration::from_millis(20);
const PLAY: Duration = Duration::from_secs(5);

impl Side {
    async fn new(host: Host, channels: &[&str]) -> Side {
        let local = SocketAddr::new(host.addresses()[0], 5_000);
        let socket = host.udp(local).await.unwrap();
        let track = Track::audio(&[AudioCodec::Opus], Direction::SendReceive);
        let config = Config {
            local: vec![local],
            lite: false,
            tracks: vec![track],
            channels: channels.iter().map(|label| (*label).to_owned()).collect(),
            seed: host.entropy("peer").seed(),
            utc: host.utc() - host.now(),
        };
        let peer = Peer::new(host.now(), &config).unwrap();
        Side {
            host,
            socket,
            peer,
            deadline: None,
            next_frame: None,
            timestamp: 0,
            seen: Seen::default(),
        }
    }

    async fn live(mut self, end: Duration) -> Seen {
        while self.host.now() < end {
            self.drain();
            let wake = self
                .deadline
                .into_iter()
                .chain(self.next_frame)
                .chain([end])
                .min()
                .unwrap();
            let host = self.host.clone();
            tokio::select! {
                biased;
                datagram = self.socket.recv() => {
                    let (bytes, source) = datagram.unwrap();
                    let local = self.socket.local_addr();
                    self.peer.handle(host.now(), Input::Datagram { local, source, bytes });
                }
                () = host.sleep_until(wake) => self.on_time(host.now()),
            }
        }
        self.seen
    }

    fn on_time(&mut self, now: Duration) {
        if self.deadline.is_some_and(|deadline| deadline <= now) {
            self.peer.handle(now, Input::Timeout);
        }
        if let Some(frame) = self.next_frame.filter(|frame| *frame <= now) {
            self.next_frame = Some(frame + FRAME);
            let payload = Bytes::from_static(&[7; 80]);
            self.peer
                .send_rtp(now, TrackId(0), self.timestamp, false, payload)
                .unwrap();
            self.timestamp += 960;
        }
    }

    fn drain(&mut self) {
        let now = self.host.now();
        loop {
            match self.peer.poll() {
                Output::Send { target, bytes, .. } => {
                    self.socket.try_send_to(&bytes, target).unwrap();
                }
                Output::Wait(deadline) => {
                    self.deadline = deadline;
                    return;
                }
                Output::Event(Event::Connected) => {
                    self.seen.connected = true;
                    self.next_frame = Some(now + FRAME);
                }
                Output::Event(Event::Rtp { .. }) => self.seen.packets += 1,
                Output::Event(Event::DataChannelOpen { channel, .. }) => {
                    self.peer
                        .send_data(now, channel, true, self.host.name().as_bytes())
                        .unwrap();
                }
                Output::Event(Event::Data { bytes, .. }) => self.seen.messages.push(bytes),
                Output::Event(_) => {}
            }
        }
    }
}

async fn offer(host: Host, (out, mut back): Post) -> Seen {
    let mut side = Side::new(host, &["chat"]).await;
    let description = side.peer.create_offer(side.host.now()).unwrap();
    out.send(description).await.unwrap();
    let answer = back.recv().await.unwrap();
    side.peer.set_answer(side.host.now(), &answer).unwrap();
    side.live(PLAY).await
}

async fn answer(host: Host, (out, mut back): Post) -> Seen {
    let mut side = Side::new(host, &[]).await;
    let offer = back.recv().await.unwrap();
    let description = side.peer.create_answer(side.host.now(), &offer).unwrap();
    out.send(description).await.unwrap();
    side.live(PLAY).await
}

/// One run on a fresh thread, whose ambient randomness and clock follow from the seed too.
fn run(seed: u64) -> (u64, [Seen; 2]) {
    let play = std::thread::Builder::new()
        .stack_size(16 << 20)
        .spawn(move || {
            let guard = Guard::enter(seed);
            let topology = Topology::lan(&["alice", "meet"], Duration::from_millis(15));
            let epoch = topology.epoch();
            guard.follow(move || epoch);
            let setup = Setup::new(Kind::Wire, topology).seed(seed).limit(2 * PLAY);
            let run = setup.run_on_this_thread(|world| async move {
                let (to_meet, from_alice) = mpsc::channel(1);
                let (to_alice, from_meet) = mpsc::channel(1);
                let (alice, meet) = (world.host("alice"), world.host("meet"));
                let (alice, meet) = tokio::join!(
                    offer(alice, (to_meet, from_meet)),
                    answer(meet, (to_alice, from_alice)),
                );
                [alice, meet]
            });
            let run = run.unwrap();
            (run.trace.hash, run.value.unwrap())
        });
    play.unwrap().join().unwrap()
}

#[test]
fn audio_and_data_flow_between_two_peers() {
    let (_, [alice, meet]) = run(1);
    assert!(alice.connected && meet.connected);
    assert!(
        alice.packets > 200 && meet.packets > 200,
        "{alice:?} {meet:?}"
    );
    assert_eq!(alice.messages, ["meet"]);
    assert_eq!(meet.messages, ["alice"]);
}

#[test]
fn equal_seeds_give_equal_bytes_at_equal_times() {
    let (one, two, other) = (run(7), run(7), run(8));
    assert_eq!(one, two);
    assert_ne!(one.0, other.0);
}
