//! SRTP and SRTCP under every suite: forgeries are refused, and what was protected comes back as it was.

use media::Suite;
use media::srtp::{Inbound, OVERHEAD_MAX, Outbound, SdesKey};

use super::{INPUT_MAX, Target};

#[derive(Debug)]
pub(super) struct Srtp {
    suites: Vec<Contexts>,
    next: usize,
    buffer: Vec<u8>,
}

/// The two ends of one stream, and an end that hears anything.
#[derive(Debug)]
struct Contexts {
    sender: Outbound,
    receiver: Inbound,
    victim: Inbound,
}

fn key(suite: Suite) -> SdesKey {
    SdesKey::generate(suite, |octets| octets.fill(0x5a))
}

impl Srtp {
    pub(super) fn new() -> Srtp {
        let contexts = |suite| Contexts {
            sender: Outbound::new(&key(suite)),
            receiver: Inbound::new(&key(suite)),
            victim: Inbound::new(&key(suite)),
        };
        let mut target = Srtp {
            suites: Suite::ALL.into_iter().map(contexts).collect(),
            next: 0,
            buffer: vec![0; INPUT_MAX + OVERHEAD_MAX],
        };
        target.warm_up();
        target
    }

    /// Every end hears every source that is ever named, so that all it remembers is there.
    fn warm_up(&mut self) {
        for contexts in &mut self.suites {
            for source in 0..=SOURCE_MASK {
                let mut rtp = vec![0x80, 96, 0, 1, 0, 0, 0, 9, 0, 0, 0, source, 1, 2];
                let mut rtcp = vec![0x81, 201, 0, 1, 0, 0, 0, source];
                contexts.sender.protect_vec(&mut rtp).expect("the first");
                contexts
                    .sender
                    .protect_rtcp_vec(&mut rtcp)
                    .expect("the first");
                for end in [&mut contexts.receiver, &mut contexts.victim] {
                    end.unprotect(&mut rtp.clone()).expect("it is right");
                    end.unprotect_rtcp(&mut rtcp.clone()).expect("it is right");
                }
            }
        }
    }
}

/// Octets of RTP and of RTCP where the source stands.
const RTP_SOURCE: usize = 8;
const RTCP_SOURCE: usize = 4;
/// The bits in which sources differ.
const SOURCE_MASK: u8 = 3;

/// Copies the input; only four sources are named, as each is remembered.
fn load<'b>(buffer: &'b mut [u8], input: &[u8], source_at: usize) -> &'b mut [u8] {
    let copy = &mut buffer[..input.len()];
    copy.copy_from_slice(input);
    if let Some(source) = copy.get_mut(source_at..source_at + 4) {
        source[..3].fill(0);
        source[3] &= SOURCE_MASK;
    }
    copy
}

impl Target for Srtp {
    fn name(&self) -> &'static str {
        "srtp"
    }

    fn seeds(&self) -> Vec<Vec<u8>> {
        let mut rtp = vec![0x90, 96, 0, 1, 0, 0, 0, 9, 0, 0, 0, 1, 0xbe, 0xde, 0, 1];
        rtp.extend([0x10, 0x85, 0, 0]);
        rtp.extend([7; 40]);
        let mut rtcp = vec![0x81, 201, 0, 7];
        rtcp.extend([0; 28]);
        let mut seeds = vec![rtp.clone(), rtcp.clone()];
        for suite in Suite::ALL {
            let mut sender = Outbound::new(&key(suite));
            let (mut packet, mut report) = (rtp.clone(), rtcp.clone());
            sender.protect_vec(&mut packet).expect("the first");
            sender.protect_rtcp_vec(&mut report).expect("the first");
            seeds.extend([packet, report]);
        }
        seeds
    }

    fn run(&mut self, input: &[u8]) {
        let input = &input[..input.len().min(INPUT_MAX)];
        self.next = (self.next + 1) % self.suites.len();
        let (contexts, buffer) = (&mut self.suites[self.next], &mut self.buffer[..]);
        // As it came: a forgery, a replay, or a packet of another suite.
        let _ = contexts.victim.unprotect(load(buffer, input, RTP_SOURCE));
        let _ = contexts
            .victim
            .unprotect_rtcp(load(buffer, input, RTCP_SOURCE));

        // As a peer sends it that has the key: what goes in comes out, once.
        load(buffer, input, RTP_SOURCE);
        if let Ok(len) = contexts.sender.protect(buffer, input.len()) {
            let opened = contexts.receiver.unprotect(&mut buffer[..len]);
            assert_eq!(opened, Ok(input.len()));
            assert_eq!(buffer[RTP_SOURCE + 4..][..input.len() - 12], input[12..]);
        }
        load(buffer, input, RTCP_SOURCE);
        if let Ok(len) = contexts.sender.protect_rtcp(buffer, input.len()) {
            let opened = contexts.receiver.unprotect_rtcp(&mut buffer[..len]);
            assert_eq!(opened, Ok(input.len()));
            assert_eq!(buffer[RTCP_SOURCE + 4..][..input.len() - 8], input[8..]);
        }
    }
}
