//! Two peers and a pipe between them, in one thread and in virtual time: no socket, no clock.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use webrtc_peer::{AudioCodec, Config, Direction, Event, Input, Output, Peer, Track};

pub(crate) const OFFERER: usize = 0;
pub(crate) const ANSWERER: usize = 1;

/// One-way delay of the pipe.
const DELAY: Duration = Duration::from_millis(10);

/// The pair, what is in flight between them and what each has seen.
pub(crate) struct Pair {
    pub(crate) now: Duration,
    pub(crate) peers: [Peer; 2],
    pub(crate) events: [Vec<(Duration, Event)>; 2],
    pub(crate) datagrams: usize,
    pub(crate) lost: usize,
    flights: BTreeMap<(Duration, usize), (usize, SocketAddr, SocketAddr, Bytes)>,
    deadlines: [Option<Duration>; 2],
    random: ChaCha20Rng,
    loss_percent: u32,
    /// Which datagrams of DTLS are lost, counted from the first of both sides.
    pub(crate) lose: Vec<usize>,
    handshake: usize,
}

impl Pair {
    /// Two peers that have exchanged descriptions.
    pub(crate) fn connect(configs: [Config; 2], loss_percent: u32) -> Pair {
        let [offering, answering] = configs;
        Pair::answer(offering, |_| answering, loss_percent)
    }

    /// The same, with an answering side that is made after the offer.
    pub(crate) fn answer(
        offering: Config,
        answering: impl FnOnce(&str) -> Config,
        loss_percent: u32,
    ) -> Pair {
        let now = Duration::from_secs(1);
        let mut offerer = Peer::new(now, &offering).unwrap();
        let offer = offerer.create_offer(now).unwrap();
        let mut answerer = Peer::new(now, &answering(&offer)).unwrap();
        let answer = answerer.create_answer(now, &offer).unwrap();
        offerer.set_answer(now, &answer).unwrap();
        let mut pair = Pair {
            now,
            peers: [offerer, answerer],
            events: [Vec::new(), Vec::new()],
            datagrams: 0,
            lost: 0,
            flights: BTreeMap::new(),
            deadlines: [None, None],
            random: ChaCha20Rng::from_seed([3; 32]),
            loss_percent,
            lose: Vec::new(),
            handshake: 0,
        };
        pair.drain(OFFERER);
        pair.drain(ANSWERER);
        pair
    }

    /// Lets time pass until `end`.
    pub(crate) fn run_until(&mut self, end: Duration) {
        loop {
            let flight = self.flights.keys().next().map(|(due, _)| *due);
            let wake = self.deadlines.iter().flatten().min().copied();
            let Some(next) = flight.into_iter().chain(wake).min() else {
                break;
            };
            if next > end {
                break;
            }
            self.now = self.now.max(next);
            if flight == Some(next) {
                self.land();
            } else {
                let peer = usize::from(self.deadlines[0] != wake);
                self.peers[peer].handle(self.now, Input::Timeout);
                self.drain(peer);
            }
        }
        self.now = end;
    }

    /// Lets time pass until this peer has seen such an event; panics if it does not within `most`.
    pub(crate) fn run_until_seen(
        &mut self,
        peer: usize,
        most: Duration,
        wanted: impl Fn(&Event) -> bool,
    ) {
        let end = self.now + most;
        while !self.events[peer].iter().any(|(_, event)| wanted(event)) {
            assert!(self.now < end, "not seen in {most:?}: {:?}", self.events);
            self.run_until(self.now + Duration::from_millis(10));
        }
    }

    /// Takes what a peer has to say after a call on it.
    pub(crate) fn drain(&mut self, peer: usize) {
        loop {
            match self.peers[peer].poll() {
                Output::Send {
                    local,
                    target,
                    bytes,
                } => self.send(peer, local, target, bytes),
                Output::Event(event) => self.events[peer].push((self.now, event)),
                Output::Wait(deadline) => {
                    self.deadlines[peer] = deadline;
                    return;
                }
            }
        }
    }

    fn send(&mut self, peer: usize, local: SocketAddr, target: SocketAddr, bytes: Bytes) {
        self.datagrams += 1;
        let is_dtls = (20..=63).contains(&bytes[0]);
        let is_chosen = is_dtls && self.lose.contains(&self.handshake);
        self.handshake += usize::from(is_dtls);
        if is_chosen || self.random.next_u32() % 100 < self.loss_percent {
            self.lost += 1;
            return;
        }
        let flight = (1 - peer, target, local, bytes);
        self.flights
            .insert((self.now + DELAY, self.datagrams), flight);
    }

    fn land(&mut self) {
        let (_, (peer, local, source, bytes)) = self.flights.pop_first().unwrap();
        let datagram = Input::Datagram {
            local,
            source,
            bytes,
        };
        self.peers[peer].handle(self.now, datagram);
        self.drain(peer);
    }
}

/// A peer with one two-way audio track.
pub(crate) fn config(address: &str, seed: u8, codecs: &[AudioCodec], channels: &[&str]) -> Config {
    let track = Track::audio(codecs, Direction::SendReceive);
    Config {
        local: vec![address.parse().unwrap()],
        lite: false,
        tracks: vec![track],
        channels: channels.iter().map(|label| (*label).to_owned()).collect(),
        seed: [seed; 32],
        utc: SystemTime::UNIX_EPOCH + Duration::from_secs(1_525_132_800),
    }
}
