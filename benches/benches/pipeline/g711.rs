//! Our own pipeline for G.711: conferences of three, every leg heard by the two others.

use std::hint::black_box;
use std::time::Duration;

use benches::{CALL_INTERVAL, CpuTime, assert_no_allocations};
use media::codec::Pcmu;
use media::mixer::Mixer;
use media::near;
use media::receiver::Receiver;
use media::sender::{PacketRoom, Sender, packet_room};
use media::srtp::OVERHEAD_MAX;
use media::{AudioCodec, Identity, SdesKey, Suite};

pub(crate) const FRAME: usize = 160;
const WIRE_LEN: usize = 12 + FRAME + OVERHEAD_MAX;
/// Parties of one conference.
pub(crate) const ROOM: usize = 3;

/// Legs whose memory the core's own cache holds from tick to tick, so that nothing is gained by fetching it.
const CACHED: usize = 200;

/// One party: its far end, and what the server keeps for it.
struct Leg {
    far: Sender,
    wire: [u8; WIRE_LEN],
    len: usize,
    receiver: Receiver,
    sender: Sender,
}

impl Leg {
    fn new(number: usize) -> Leg {
        let octet = |side: usize| (number * 2 + side) as u8;
        let key = |side| key(octet(side));
        let sender = |side| {
            let identity = Identity::generate(|octets| octets.fill(octet(side)));
            let mut sender = Sender::new(&identity, 0, None, 8_000);
            sender.set_key(Some(&key(side)));
            sender
        };
        let mut receiver = Receiver::new(AudioCodec::Pcmu, 0, None);
        receiver.set_key(Some(&key(0)));
        Leg {
            far: sender(0),
            wire: [0; WIRE_LEN],
            len: 0,
            receiver,
            sender: sender(1),
        }
    }

    /// The far end says something.
    fn send(&mut self, voice: &[i16], room: &mut PacketRoom) {
        let packet = self.far.speak(&mut Pcmu, voice, FRAME as u32, room);
        let packet = packet.expect("a frame of G.711 is a packet");
        self.len = packet.len();
        self.wire[..self.len].copy_from_slice(packet);
    }
}

/// The conferences of one core.
pub(crate) struct Server {
    legs: Vec<Leg>,
    mixer: Mixer,
    /// Every packet leaves before the next is made.
    room: Box<PacketRoom>,
    tick: u32,
    octets: usize,
}

impl Server {
    pub(crate) fn new(legs: usize) -> Server {
        let mut server = Server {
            legs: (0..legs).map(Leg::new).collect(),
            mixer: Mixer::new(FRAME),
            room: packet_room(),
            tick: 0,
            octets: 0,
        };
        for _ in 0..20 {
            server.far_ends();
            server.tick();
        }
        server.far_ends();
        assert_no_allocations(|| server.tick());
        server
    }

    /// All far ends say their next frame.
    fn far_ends(&mut self) {
        self.tick += 1;
        let voice: [i16; FRAME] = voice();
        for leg in &mut self.legs {
            leg.send(&voice, &mut self.room);
        }
    }

    /// Takes a packet of every leg and makes one for every leg.
    fn tick(&mut self) {
        let now = CALL_INTERVAL * self.tick;
        for first in (0..self.legs.len()).step_by(ROOM) {
            let room = first..self.legs.len().min(first + ROOM);
            self.mixer.begin();
            for number in room.clone() {
                self.ahead(number, 2, |leg| leg.receiver.approach());
                self.ahead(number, 1, |leg| leg.sender.fetch());
                let leg = &mut self.legs[number];
                leg.receiver.handle(now, &mut leg.wire[..leg.len]);
                leg.receiver.pull(now, &mut Pcmu, FRAME);
                self.mixer.add(leg.receiver.frame());
            }
            for number in room {
                self.ahead(number, 2, |leg| leg.sender.approach());
                self.ahead(number, 1, |leg| {
                    near::fetch(&leg.wire);
                    leg.receiver.fetch();
                });
                let mut heard = [0; FRAME];
                let leg = &mut self.legs[number];
                self.mixer.without(leg.receiver.frame(), &mut heard);
                let (sender, room) = (&mut leg.sender, &mut *self.room);
                let packet = sender.speak(&mut Pcmu, &heard, FRAME as u32, room);
                let packet = packet.expect("a frame of G.711 is a packet");
                self.octets += black_box(packet).len();
            }
        }
    }

    /// Has memory fetched of the leg so many rooms ahead: its own two rooms ahead, what is behind its pointers one. Some is
    /// fetched at each step, as the processor fetches only so much at a time.
    fn ahead(&self, number: usize, rooms: usize, fetch: impl Fn(&Leg)) {
        if self.legs.len() >= CACHED
            && let Some(leg) = self.legs.get(number + rooms * ROOM)
        {
            fetch(leg);
        }
    }

    /// The time for so many ticks, without that of the far ends.
    pub(crate) fn run(&mut self, ticks: u64) -> Duration {
        let mut time = Duration::ZERO;
        for _ in 0..ticks {
            self.far_ends();
            let start = CpuTime::THREAD.now();
            self.tick();
            time += CpuTime::THREAD.now() - start;
        }
        time
    }

    /// Every packet was let in and heard.
    pub(crate) fn check(&self) {
        for leg in &self.legs {
            let (came, played) = (leg.receiver.statistics(), leg.receiver.playout());
            assert_eq!(came.packets, u64::from(self.tick), "{came:?}");
            assert!(played.packets_played + 4 > came.packets, "{played:?}");
        }
    }
}

/// The key of a leg's direction.
pub(crate) fn key(number: u8) -> SdesKey {
    SdesKey::generate(Suite::AeadAes128Gcm, |key| key.fill(number))
}

/// What all far ends say.
pub(crate) fn voice<const LEN: usize>() -> [i16; LEN] {
    std::array::from_fn(|n| ((n * 40_503) as i16) >> 4)
}
