//! Feedback of the transport into an estimate.

use std::time::Duration;

use benches::{CpuTime, assert_no_allocations};
use criterion::{Criterion, Throughput};
use media::Ssrc;
use media::bandwidth::{ArrivalLog, BandwidthEstimator, Limits};
use media::rtcp::{Compound, CompoundWriter, FeedbackMessage, Packet};

use super::PAYLOAD;

const ENTRIES: u16 = 100;

pub(crate) fn bandwidth(criterion: &mut Criterion<CpuTime>) {
    let mut group = criterion.benchmark_group("bandwidth");
    group.throughput(Throughput::Elements(u64::from(ENTRIES)));
    let mut estimator = BandwidthEstimator::new(Limits::default());
    let (mut log, mut sequence, mut now) = (ArrivalLog::new(), 0u16, Duration::ZERO);
    let mut buffer = [0; 1_200];
    let mut round = |estimator: &mut BandwidthEstimator| {
        for _ in 0..ENTRIES {
            now += Duration::from_millis(1);
            estimator.on_sent(now, sequence, PAYLOAD);
            // One in ten is lost, and they do not arrive as evenly as they left.
            if !sequence.is_multiple_of(10) {
                let wait = Duration::from_micros(20_000 + u64::from(sequence % 7) * 100);
                log.on_packet(now + wait, sequence);
            }
            sequence = sequence.wrapping_add(1);
        }
        let mut writer = CompoundWriter::new(&mut buffer);
        log.write(&mut writer, Ssrc(1), Ssrc(2)).expect("room");
        let len = writer.finish();
        for packet in Compound::parse(&buffer[..len]).expect("ours").packets() {
            if let Packet::Feedback(feedback) = packet
                && let FeedbackMessage::TransportWide(feedback) = feedback.message
            {
                estimator.on_feedback(now, &feedback);
            }
        }
    };
    round(&mut estimator);
    assert_no_allocations(|| round(&mut estimator));
    group.bench_function("entry", |bencher| bencher.iter(|| round(&mut estimator)));
    group.finish();
}
