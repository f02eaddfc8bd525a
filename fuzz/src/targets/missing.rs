//! Missing packets: whatever numbers come, what is asked for is bounded, in order, and was not there.

use std::time::Duration;

use media::rtx::{MISSING_MAX, Missing};

use super::Target;

/// One source, for ever. Each input is packets: two octets of a number, one of the time before it.
#[derive(Debug)]
pub(super) struct MissingPackets {
    missing: Missing,
    now: Duration,
    /// The number that came last.
    last: Option<u16>,
}

impl MissingPackets {
    pub(super) fn new() -> MissingPackets {
        MissingPackets {
            missing: Missing::new(),
            now: Duration::ZERO,
            last: None,
        }
    }

    fn ask(&mut self) {
        let is_due = self
            .missing
            .deadline()
            .is_some_and(|deadline| deadline <= self.now);
        let due = self.missing.due(self.now);
        assert!(due.len() <= MISSING_MAX);
        // What is due is said when the deadline has come, and not before.
        assert!(is_due || due.is_empty());
        assert!(due.iter().all(|number| Some(*number) != self.last));
        assert!(due.windows(2).all(|pair| pair[0] != pair[1]));
        let deadline = self.missing.deadline();
        assert!(deadline.is_none_or(|deadline| deadline > self.now));
    }
}

impl Target for MissingPackets {
    fn name(&self) -> &'static str {
        "missing"
    }

    fn seeds(&self) -> Vec<Vec<u8>> {
        let stream = |numbers: &[u16], wait| {
            let packets = numbers.iter();
            packets
                .flat_map(|number| [(number >> 8) as u8, *number as u8, wait])
                .collect::<Vec<u8>>()
        };
        vec![
            stream(&[1, 2, 3, 5, 4, 6, 9, 10], 4),
            stream(&[0xfffd, 0xfffe, 1, 2, 0xffff, 0], 1),
            stream(&[100, 300, 101, 600, 0, 601], 90),
        ]
    }

    fn run(&mut self, input: &[u8]) {
        // Now and then another source takes over.
        if input.len() % 64 == 63 {
            self.missing.reset();
            assert_eq!(self.missing.deadline(), None);
            self.last = None;
        }
        for packet in input.chunks_exact(3) {
            self.now += Duration::from_millis(u64::from(packet[2]));
            let sequence = u16::from_be_bytes([packet[0], packet[1]]);
            self.missing.on_packet(self.now, sequence);
            self.last = Some(sequence);
            self.ask();
        }
        let counted = self.missing.statistics();
        assert!(counted.repaired <= counted.asked);
    }
}
