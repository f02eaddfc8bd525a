//! H.264 payloads: pictures put together of any pieces are whole, bounded, and never lean on one that is missing.

use media::video::h264::{
    ACCESS_UNIT_MAX, AccessUnit, Depacketized, Depacketizer, Packetizer, UNITS_MAX,
};

use super::{INPUT_MAX, Target};

/// One depacketizer, fed for ever.
#[derive(Debug)]
pub(super) struct H264 {
    depacketizer: Depacketizer,
    sequence: u16,
    timestamp: u32,
}

impl H264 {
    pub(super) fn new() -> H264 {
        let mut target = H264 {
            depacketizer: Depacketizer::new(),
            sequence: 0,
            timestamp: 0,
        };
        // The largest pictures first, so that its buffers are as large as they get: some end by their marker, some by the next
        // one's timestamp, for each goes to another buffer.
        let unit = [0x41; INPUT_MAX];
        for picture in 0..6 {
            for number in 0..=UNITS_MAX {
                let is_last = number == UNITS_MAX && picture % 2 == 0;
                let head = [u8::from(is_last), 1, u8::from(number == 0)];
                target.handle(head, &unit[..unit.len() - picture]);
            }
        }
        target
    }

    /// Marker bit, step of the sequence and step of the timestamp stand before the payload.
    fn handle(&mut self, [marker, sequence, timestamp]: [u8; 3], payload: &[u8]) {
        // Mostly the next packet, now and then one that leaves a gap or comes late.
        let step = if sequence < 0xf0 {
            1
        } else {
            sequence as i8 as i16
        };
        self.sequence = self.sequence.wrapping_add_signed(step);
        self.timestamp = self.timestamp.wrapping_add(u32::from(timestamp & 3));
        let is_last = marker & 1 == 1;
        self.depacketizer
            .handle(self.sequence, self.timestamp, is_last, payload);
        while let Some(result) = self.depacketizer.poll() {
            if let Depacketized::Picture { unit, .. } = result {
                assert!(!unit.is_empty() && unit.units().len() <= UNITS_MAX);
                assert!(unit.bytes().len() <= ACCESS_UNIT_MAX);
                assert!(unit.units().all(|nal| !nal.is_empty()));
            }
        }
    }
}

impl Target for H264 {
    fn name(&self) -> &'static str {
        "h264"
    }

    fn seeds(&self) -> Vec<Vec<u8>> {
        // Parameter sets, which go into one payload, and a key frame, which is cut into pieces.
        let mut picture = AccessUnit::default();
        picture.push(&[0x67, 0x42, 0xe0, 0x1f, 1, 2, 3]);
        picture.push(&[0x68, 0xce, 0x3c, 0x80]);
        let slice: Vec<u8> = (0..400u32)
            .map(|n| if n == 0 { 0x65 } else { 0x80 | n as u8 })
            .collect();
        picture.push(&slice);
        let mut packetizer = Packetizer::new(150);
        let mut payload = [0; 150];
        let mut seeds = vec![vec![1, 1, 1, 0x41, 0x9a, 1, 2, 3], vec![0, 1, 1]];
        packetizer.begin();
        while let Some(piece) = packetizer.next(&picture, &mut payload) {
            let head = [u8::from(piece.is_last), 1, u8::from(seeds.len() == 2)];
            seeds.push([&head, &payload[..piece.len]].concat());
        }
        seeds
    }

    fn run(&mut self, input: &[u8]) {
        let input = &input[..input.len().min(INPUT_MAX)];
        if let Some((head, payload)) = input.split_first_chunk() {
            self.handle(*head, payload);
        }
    }
}
