//! Retransmission: restored or refused unchanged; and what is wrapped is restored as it was.

use std::time::Duration;

use media::Ssrc;
use media::rtp::Packet;
use media::rtx::{History, PayloadTypes, Restorer, Retransmitter};

use super::{INPUT_MAX, Target};

#[derive(Debug)]
pub(super) struct Rtx {
    sender: Retransmitter,
    receiver: Restorer,
    history: History,
    now: Duration,
    buffer: Vec<u8>,
}

const ORIGINAL: Ssrc = Ssrc(1);
const REPAIRING: Ssrc = Ssrc(2);

impl Rtx {
    pub(super) fn new() -> Rtx {
        let pairs = PayloadTypes::new().with(97, 96).with(99, 98);
        Rtx {
            sender: Retransmitter::new(REPAIRING, 0xfff0, pairs.clone()),
            receiver: Restorer::new(ORIGINAL, REPAIRING, pairs),
            history: History::new(64, 1_500),
            now: Duration::ZERO,
            buffer: vec![0; INPUT_MAX + 2],
        }
    }
}

impl Target for Rtx {
    fn name(&self) -> &'static str {
        "rtx"
    }

    fn seeds(&self) -> Vec<Vec<u8>> {
        let packet = |payload_type, ssrc: Ssrc, first: u8| {
            let mut packet = vec![first, payload_type, 0, 5, 0, 0, 0, 9];
            packet.extend(ssrc.0.to_be_bytes());
            packet.extend([0x12, 0x34, 1, 2, 3, 4, 5, 4]);
            packet
        };
        vec![
            packet(96, ORIGINAL, 0x80),
            packet(97, REPAIRING, 0x80),
            packet(99, REPAIRING, 0xa0),
        ]
    }

    fn run(&mut self, input: &[u8]) {
        self.now += Duration::from_millis(1);
        let len = input.len().min(INPUT_MAX);
        let input = &input[..len];
        self.buffer[..len].copy_from_slice(input);
        match self.receiver.restore(&mut self.buffer[..len]) {
            Ok(Some(restored)) => {
                let packet = Packet::parse(restored).expect("a restored packet is one");
                assert_eq!(packet.ssrc(), ORIGINAL);
            }
            Ok(None) | Err(_) => assert_eq!(&self.buffer[..len], input, "refused unchanged"),
        }
        let Ok(packet) = Packet::parse(input) else {
            return;
        };
        let sequence = packet.sequence();
        self.history.keep(sequence, input);
        let Some(kept) = self.history.resend(self.now, sequence, Duration::ZERO) else {
            return;
        };
        let Ok(wrapped) = self.sender.wrap(kept, &mut self.buffer) else {
            return;
        };
        let restored = self
            .receiver
            .restore(&mut self.buffer[..wrapped])
            .expect("it is the agreed source and type")
            .expect("it says what it repairs");
        let restored = Packet::parse(restored).expect("a restored packet is one");
        assert_eq!(restored.payload(), packet.payload());
        assert_eq!(restored.sequence(), sequence);
    }
}
