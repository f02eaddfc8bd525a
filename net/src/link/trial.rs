//! For tests: sends a train of packets through a link and keeps what came out.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;

use super::cause::Drops;
use super::pipeline::{Delivery, Pipeline};
use super::spec::LinkSpec;
use crate::faults::Judge;
use crate::packet::{Packet, Protocol};

/// A train of equal packets.
pub(crate) struct Trial {
    spec: LinkSpec,
    seed: u64,
    packets: usize,
    payload: usize,
    gap: Duration,
    protocol: Protocol,
}

impl Trial {
    pub(crate) fn new(spec: LinkSpec) -> Self {
        Self {
            spec,
            seed: 1,
            packets: 100,
            payload: 172,
            gap: ms(20),
            protocol: Protocol::Udp,
        }
    }

    pub(crate) fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    pub(crate) fn packets(mut self, packets: usize) -> Self {
        self.packets = packets;
        self
    }

    pub(crate) fn payload(mut self, payload: usize) -> Self {
        self.payload = payload;
        self
    }

    pub(crate) fn every(mut self, gap: Duration) -> Self {
        self.gap = gap;
        self
    }

    pub(crate) fn tcp(mut self) -> Self {
        self.protocol = Protocol::Tcp;
        self
    }

    pub(crate) fn run(self) -> Got {
        self.run_with(&mut Judge::drawing(self.seed))
    }

    pub(crate) fn run_with(&self, judge: &mut Judge) -> Got {
        let mut pipeline = Pipeline::new(&self.spec, "trial");
        let mut arrived = Vec::new();
        let payload = Bytes::from(vec![0; self.payload]);
        for id in 1..=self.packets as u64 {
            let packet = Packet {
                protocol: self.protocol,
                payload: payload.clone(),
                ..packet(id)
            };
            pipeline.offer(self.gap * (id as u32 - 1), packet, judge, &mut arrived);
        }
        arrived.sort_by_key(|delivery| delivery.at);
        Got {
            arrived,
            drops: *pipeline.drops(),
            gap: self.gap,
            sent: self.packets as u64,
        }
    }
}

/// What came out, in order of time.
pub(crate) struct Got {
    pub(crate) arrived: Vec<Delivery>,
    pub(crate) drops: Drops,
    gap: Duration,
    sent: u64,
}

impl Got {
    /// Time each packet took.
    pub(crate) fn delays(&self) -> impl Iterator<Item = Duration> + '_ {
        self.arrived
            .iter()
            .map(|delivery| delivery.at - self.gap * (delivery.packet.id as u32 - 1))
    }

    /// Numbers of packets that never came.
    pub(crate) fn lost(&self) -> impl Iterator<Item = u64> + '_ {
        let came: std::collections::BTreeSet<u64> = self
            .arrived
            .iter()
            .map(|delivery| delivery.packet.id)
            .collect();
        (1..=self.sent).filter(move |id| !came.contains(id))
    }

    /// Lengths of runs of lost packets.
    pub(crate) fn lost_runs(&self) -> Vec<u64> {
        let lost: Vec<u64> = self.lost().collect();
        lost.chunk_by(|a, b| a + 1 == *b)
            .map(|run| run.len() as u64)
            .collect()
    }

    pub(crate) fn is_in_order(&self) -> bool {
        self.arrived.is_sorted_by_key(|delivery| delivery.packet.id)
    }
}

/// One datagram between two fixed sockets.
pub(crate) fn packet(id: u64) -> Packet {
    let (source, target) = (
        SocketAddr::from(([10, 0, 0, 1], 4000)),
        SocketAddr::from(([10, 0, 0, 2], 5060)),
    );
    Packet {
        source,
        target,
        protocol: Protocol::Udp,
        payload: Bytes::from_static(&[0; 172]),
        id,
    }
}

pub(crate) fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Property tests of statistics draw their parameters from a fixed seed: a rare draw would fail them for no reason.
pub(crate) fn seeded_cases(cases: u32) -> proptest::prelude::ProptestConfig {
    let rng_seed = proptest::test_runner::RngSeed::Fixed(1);
    proptest::prelude::ProptestConfig {
        cases,
        rng_seed,
        failure_persistence: None,
        ..Default::default()
    }
}
