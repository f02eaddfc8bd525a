//! Inputs made of right ones: a few changes each, drawn from a seed, so that every run has the same.

/// Draws inputs.
#[derive(Debug)]
pub(crate) struct Mutator {
    state: u64,
    seeds: Vec<Vec<u8>>,
}

/// Octets of the longest input: more than a datagram on Ethernet carries.
const LEN_MAX: usize = 1_600;
/// Numbers at which readers go wrong.
const EDGES: [u16; 10] = [
    0, 1, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xfffe, 0xffff,
];

impl Mutator {
    /// Makes inputs of `seeds`.
    ///
    /// # Panics
    /// If there are none.
    pub(crate) fn new(seed: u64, seeds: Vec<Vec<u8>>) -> Mutator {
        assert!(!seeds.is_empty(), "inputs are made of right ones");
        Mutator { state: seed, seeds }
    }

    /// Puts the next input in `input`, whose memory is kept.
    pub(crate) fn draw(&mut self, input: &mut Vec<u8>) {
        input.clear();
        let seed = self.below(self.seeds.len());
        input.extend_from_slice(&self.seeds[seed]);
        for _ in 0..=self.below(4) {
            self.change(input);
        }
        input.truncate(LEN_MAX);
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        let at = self.below(input.len() + 1);
        match self.below(9) {
            0 | 1 => {
                let bit = self.below(8);
                input
                    .get_mut(at..)
                    .into_iter()
                    .flatten()
                    .take(1)
                    .for_each(|octet| *octet ^= 1 << bit);
            }
            2 => {
                let value = self.next() as u8;
                input
                    .get_mut(at..)
                    .into_iter()
                    .flatten()
                    .take(1)
                    .for_each(|octet| *octet = value);
            }
            3 => {
                let edge = EDGES[self.below(EDGES.len())].to_be_bytes();
                let places = input.get_mut(at..).into_iter().flatten();
                places.zip(edge).for_each(|(octet, edge)| *octet = edge);
            }
            4 => input.truncate(at),
            5 => {
                for _ in 0..self.below(40) {
                    let octet = self.next() as u8;
                    input.push(octet);
                }
            }
            6 => {
                // A piece of the input again, behind it.
                let end = (at + self.below(64)).min(input.len());
                input.extend_from_within(at..end);
            }
            7 => {
                // A piece taken out.
                let end = (at + self.below(16)).min(input.len());
                input.copy_within(end.., at);
                input.truncate(input.len() - (end - at));
            }
            _ => {
                // The rest of another right input.
                let other = self.below(self.seeds.len());
                let from = self.below(self.seeds[other].len() + 1);
                input.truncate(at);
                input.extend_from_slice(&self.seeds[other][from..]);
            }
        }
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }
}
