//! Datagrams put together as the kernel can take them apart again: of one length, to one address, the last may be shorter.
//!
//! What goes to one address keeps its order: a run is closed by a datagram that does not fit into it, and what comes after is
//! in a later run.

use std::net::{IpAddr, SocketAddr};

use crate::departures::Departures;

/// One run, or a single datagram.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Run {
    pub(super) target: SocketAddr,
    /// Length of all its datagrams but the last.
    pub(super) len: usize,
    /// Its datagrams are `order[first..first + count]`.
    pub(super) first: usize,
    pub(super) count: usize,
    octets: usize,
    is_open: bool,
}

/// All runs of some departures; keeps its room.
#[derive(Debug)]
pub(super) struct Runs {
    runs: Vec<Run>,
    /// The run of each datagram.
    of: Vec<usize>,
    /// The numbers of the datagrams, run after run.
    order: Vec<usize>,
    /// The latest run to an address, by a digest of the address. Two addresses of one digest push each other out, which costs
    /// a run and never the order.
    latest: Box<[usize; PLACES]>,
}

impl Runs {
    pub(super) fn new() -> Runs {
        Runs {
            runs: Vec::new(),
            of: Vec::new(),
            order: Vec::new(),
            latest: Box::new([NONE; PLACES]),
        }
    }

    /// Puts together what can be; nothing if `alone`.
    pub(super) fn arrange(&mut self, departures: &Departures, alone: bool) {
        self.runs.clear();
        self.of.clear();
        self.latest.fill(NONE);
        for (target, bytes) in departures.iter() {
            let place = digest(target);
            let latest = self.latest[place];
            let joined = self.runs.get_mut(latest).filter(|_| !alone);
            if joined.is_some_and(|run| run.join(target, bytes.len())) {
                self.of.push(latest);
            } else {
                self.latest[place] = self.runs.len();
                self.of.push(self.runs.len());
                self.runs.push(Run::begin(target, bytes.len()));
            }
        }
        let mut first = 0;
        for run in &mut self.runs {
            run.first = first;
            first += run.count;
            // Counted again while the order is filled in.
            run.count = 0;
        }
        self.order.resize(self.of.len(), 0);
        for (number, of) in self.of.iter().enumerate() {
            let run = &mut self.runs[*of];
            self.order[run.first + run.count] = number;
            run.count += 1;
        }
    }

    pub(super) fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// The numbers of the datagrams of a run.
    pub(super) fn members(&self, run: &Run) -> &[usize] {
        &self.order[run.first..run.first + run.count]
    }
}

impl Run {
    fn begin(target: SocketAddr, len: usize) -> Run {
        Run {
            target,
            len,
            first: 0,
            count: 1,
            octets: len,
            is_open: (1..=LONGEST).contains(&len),
        }
    }

    /// Takes one more datagram, if it can.
    fn join(&mut self, target: SocketAddr, len: usize) -> bool {
        let fits = self.is_open
            && self.target == target
            && (1..=self.len).contains(&len)
            && self.count < MOST_IN_A_RUN
            && self.octets + len <= MOST_OCTETS;
        if fits {
            self.count += 1;
            self.octets += len;
            self.is_open = len == self.len;
        } else if self.target == target {
            self.is_open = false;
        }
        fits
    }
}

/// Where the latest run to an address is looked for.
fn digest(target: SocketAddr) -> usize {
    let address = match target.ip() {
        IpAddr::V4(address) => u64::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits() as u64,
    };
    let key = address ^ u64::from(target.port()) << 32;
    (key.wrapping_mul(MULTIPLIER) >> (64 - PLACES.ilog2())) as usize
}

/// Twice the datagrams that wait at most, so that few addresses share a place.
const PLACES: usize = 2048;
/// 2^64 over the golden ratio, odd: spreads neighbours.
const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;
const NONE: usize = usize::MAX;
/// Datagrams that the kernel takes as one (`UDP_MAX_SEGMENTS` of its older versions).
const MOST_IN_A_RUN: usize = 64;
/// Octets that the kernel takes as one: a datagram's most without its headers, and some less.
const MOST_OCTETS: usize = 65_000;
/// Longest datagram of a run: what fits into an Ethernet frame with IPv6 (1500 - 40 - 8). A longer one may have to be cut by
/// IP, which a run cannot be.
const LONGEST: usize = 1452;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn target(number: u8) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], 4_000 + u16::from(number)))
    }

    fn arranged(datagrams: &[(u8, usize)], alone: bool) -> (Departures, Runs) {
        let mut departures = Departures::default();
        for (number, (to, len)) in datagrams.iter().enumerate() {
            departures.push(target(*to), &vec![number as u8; *len]);
        }
        let mut runs = Runs::new();
        runs.arrange(&departures, alone);
        (departures, runs)
    }

    #[test]
    fn a_frame_for_three_receivers_is_three_runs() {
        let frame: Vec<(u8, usize)> = [1200, 1200, 700]
            .into_iter()
            .flat_map(|len| [(0, len), (1, len), (2, len)])
            .collect();
        let (_, runs) = arranged(&frame, false);
        let members: Vec<&[usize]> = runs.runs().iter().map(|run| runs.members(run)).collect();
        assert_eq!(members, [&[0, 3, 6][..], &[1, 4, 7], &[2, 5, 8]]);
        assert_eq!(arranged(&frame, true).1.runs().len(), 9);
    }

    #[test]
    fn a_shorter_one_is_the_last_of_its_run() {
        let (_, runs) = arranged(
            &[(0, 100), (0, 50), (0, 50), (0, 60), (0, 0), (0, 1453)],
            false,
        );
        let counts: Vec<usize> = runs.runs().iter().map(|run| run.count).collect();
        assert_eq!(counts, [2, 1, 1, 1, 1]);
    }

    proptest! {
        #[test]
        fn all_leave_once_and_in_order(
            datagrams in prop::collection::vec((0_u8..5, prop::sample::select(vec![0, 1, 172, 172, 1200, 1452, 1453, 9000])), 0..200),
            alone: bool,
        ) {
            let (departures, runs) = arranged(&datagrams, alone);
            let mut seen = vec![0; datagrams.len()];
            let mut last = [None; 5];
            for run in runs.runs() {
                let members = runs.members(run);
                let lens: Vec<usize> = members.iter().map(|n| departures.datagram(*n).1.len()).collect();
                let (end, body) = lens.split_last().expect("no run is empty");
                prop_assert!(body.iter().all(|len| *len == run.len) && *end <= run.len);
                let most = if alone { 1 } else { MOST_IN_A_RUN };
                prop_assert!(members.len() <= most);
                prop_assert!(members.len() == 1 || lens.iter().sum::<usize>() <= MOST_OCTETS);
                for number in members {
                    let (to, _) = datagrams[*number];
                    prop_assert_eq!(run.target, target(to));
                    prop_assert!(last[usize::from(to)] < Some(*number));
                    last[usize::from(to)] = Some(*number);
                    seen[*number] += 1;
                }
            }
            prop_assert!(seen.iter().all(|count| *count == 1));
        }
    }
}
