use std::fmt::Write as _;

use super::*;
use crate::rtcp::{Compound, CompoundWriter, FeedbackMessage, Packet};
use crate::rtp::Ssrc;

const OCTETS: usize = 1_200;

/// A sender that always has something to send, and its receiver.
struct Flow {
    estimator: BandwidthEstimator,
    log: ArrivalLog,
    sequence: u16,
    sends_at: Duration,
    tells_at: Duration,
    /// Arrivals to come: when, which.
    on_the_way: std::collections::VecDeque<(Duration, u16)>,
    /// Feedback to come.
    feedback: std::collections::VecDeque<(Duration, Vec<u8>)>,
    delivered: Vec<u64>,
}

/// Flows through one queue of a rate that changes.
struct Bottleneck {
    flows: Vec<Flow>,
    rate: fn(Duration) -> f64,
    /// Loses one packet in so many, besides those that the queue has no room for.
    loses_one_in: u64,
    queue_max: Duration,
    one_way: Duration,
    feedback_each: Duration,
    free_at: Duration,
    waits_ms: Vec<f64>,
    number: u64,
}

impl Bottleneck {
    fn new(count: usize, rate: fn(Duration) -> f64) -> Bottleneck {
        let flow = |place: usize| Flow {
            estimator: BandwidthEstimator::new(Limits::default()),
            log: ArrivalLog::new(),
            sequence: 65_000,
            sends_at: Duration::from_millis(7) * place as u32,
            tells_at: Duration::from_millis(13) * place as u32,
            on_the_way: std::collections::VecDeque::new(),
            feedback: std::collections::VecDeque::new(),
            delivered: Vec::new(),
        };
        Bottleneck {
            flows: (0..count).map(flow).collect(),
            rate,
            loses_one_in: u64::MAX,
            queue_max: Duration::from_millis(500),
            one_way: Duration::from_millis(20),
            feedback_each: Duration::from_millis(50),
            free_at: Duration::ZERO,
            waits_ms: Vec::new(),
            number: 0,
        }
    }

    fn run(&mut self, until: Duration) {
        let step = Duration::from_micros(250);
        let mut now = Duration::ZERO;
        while now < until {
            for place in 0..self.flows.len() {
                self.receive(place, now);
                self.send(place, now);
            }
            now += step;
        }
    }

    fn send(&mut self, place: usize, now: Duration) {
        while self.flows[place].sends_at <= now {
            let flow = &mut self.flows[place];
            let at = flow.sends_at;
            let sequence = flow.sequence;
            flow.sequence = sequence.wrapping_add(1);
            flow.estimator.on_sent(at, sequence, OCTETS);
            let interval = OCTETS as f64 * 8.0 / flow.estimator.target() as f64;
            flow.sends_at += Duration::from_secs_f64(interval);
            self.number += 1;
            let wait = self.free_at.saturating_sub(at);
            self.waits_ms.push(wait.as_secs_f64() * 1e3);
            if wait > self.queue_max || self.number.is_multiple_of(self.loses_one_in) {
                continue;
            }
            let takes = OCTETS as f64 * 8.0 / (self.rate)(at);
            self.free_at = self.free_at.max(at) + Duration::from_secs_f64(takes);
            let arrives = self.free_at + self.one_way;
            self.flows[place].on_the_way.push_back((arrives, sequence));
        }
    }

    fn receive(&mut self, place: usize, now: Duration) {
        let flow = &mut self.flows[place];
        while flow.on_the_way.front().is_some_and(|(at, _)| *at <= now) {
            let (at, sequence) = flow.on_the_way.pop_front().expect("there is one");
            flow.log.on_packet(at, sequence);
            let second = at.as_secs() as usize;
            flow.delivered
                .resize(flow.delivered.len().max(second + 1), 0);
            flow.delivered[second] += OCTETS as u64 * 8;
        }
        if now >= flow.tells_at {
            flow.tells_at += self.feedback_each;
            let mut buffer = [0; 1_200];
            let mut writer = CompoundWriter::new(&mut buffer);
            if flow.log.write(&mut writer, Ssrc(2), Ssrc(1)).expect("room") {
                let len = writer.finish();
                flow.feedback
                    .push_back((now + self.one_way, buffer[..len].to_vec()));
            }
        }
        while flow.feedback.front().is_some_and(|(at, _)| *at <= now) {
            let (at, bytes) = flow.feedback.pop_front().expect("there is one");
            for packet in Compound::parse(&bytes).expect("ours").packets() {
                if let Packet::Feedback(feedback) = packet
                    && let FeedbackMessage::TransportWide(feedback) = feedback.message
                {
                    flow.estimator.on_feedback(at, &feedback);
                }
            }
        }
    }

    /// Share of the capacity that arrived between two seconds.
    fn utilisation(&self, from: usize, to: usize) -> f64 {
        let bits: u64 = self
            .flows
            .iter()
            .flat_map(|flow| &flow.delivered[from..to])
            .sum();
        let capacity: f64 = (from..to)
            .map(|second| (self.rate)(Duration::from_millis(1_000 * second as u64 + 500)))
            .sum();
        bits as f64 / capacity
    }

    fn wait_ms(&self, quantile: f64) -> f64 {
        let mut waits = self.waits_ms.clone();
        waits.sort_by(f64::total_cmp);
        waits[(waits.len() as f64 * quantile) as usize]
    }

    fn fairness(&self, from: usize, to: usize) -> f64 {
        let rates: Vec<f64> = self
            .flows
            .iter()
            .map(|flow| flow.delivered[from..to].iter().sum::<u64>() as f64)
            .collect();
        let sum: f64 = rates.iter().sum();
        sum * sum / (rates.len() as f64 * rates.iter().map(|rate| rate * rate).sum::<f64>())
    }

    /// Kbit/s of each second, for a person to judge.
    fn story(&self) -> String {
        let mut story = String::new();
        for (place, flow) in self.flows.iter().enumerate() {
            let rates: Vec<String> = flow
                .delivered
                .iter()
                .map(|bits| (bits / 1_000).to_string())
                .collect();
            let _ = writeln!(story, "flow {place}: {}", rates.join(" "));
        }
        let _ = writeln!(
            story,
            "queue p50 {:.1} ms, p95 {:.1} ms, {:?}",
            self.wait_ms(0.5),
            self.wait_ms(0.95),
            self.flows[0].estimator.statistics()
        );
        story
    }
}

const RATES: [fn(Duration) -> f64; 5] = [
    |_| 300_000.0,
    |_| 600_000.0,
    |_| 1_500_000.0,
    |_| 3_000_000.0,
    |_| 8_000_000.0,
];

/// Near and far receivers: one-way delay and time between feedbacks, ms.
const PATHS: [(u64, u64); 3] = [(5, 50), (20, 50), (80, 100)];

fn path(count: usize, rate: fn(Duration) -> f64, (one_way, feedback): (u64, u64)) -> Bottleneck {
    Bottleneck {
        one_way: Duration::from_millis(one_way),
        feedback_each: Duration::from_millis(feedback),
        ..Bottleneck::new(count, rate)
    }
}

/// What was asked for and not reached, one line each.
fn check(path: &mut Bottleneck, what: &str) -> String {
    path.run(Duration::from_secs(30));
    let (used, wait, fair) = (
        path.utilisation(0, 30),
        path.wait_ms(0.95),
        path.fairness(0, 30),
    );
    if used >= 0.85 && wait <= 100.0 && fair >= 0.95 {
        return String::new();
    }
    format!(
        "{what}: used {used:.3}, fairness {fair:.3}\n{}",
        path.story()
    )
}

#[test]
fn one_flow_fills_the_path_and_not_its_queue() {
    let mut missed = String::new();
    for rate in RATES {
        for kind in PATHS {
            missed += &check(
                &mut path(1, rate, kind),
                &format!("{} {kind:?}", rate(Duration::ZERO)),
            );
        }
    }
    assert!(missed.is_empty(), "{missed}");
}

#[test]
fn two_flows_share_fairly() {
    let mut missed = String::new();
    for rate in &RATES[1..] {
        for kind in PATHS {
            missed += &check(
                &mut path(2, *rate, kind),
                &format!("{} {kind:?}", rate(Duration::ZERO)),
            );
        }
    }
    assert!(missed.is_empty(), "{missed}");
}

#[test]
fn a_path_that_halves_and_is_restored_is_filled_again_within_five_seconds() {
    let mut path = Bottleneck::new(1, |at| match at.as_secs() {
        10..20 => 1_000_000.0,
        _ => 2_000_000.0,
    });
    path.run(Duration::from_secs(30));
    let story = path.story();
    assert!(path.wait_ms(0.95) <= 100.0, "{story}");
    // Restored after 20 s: from 25 s on it is full again.
    assert!(
        path.utilisation(25, 30) >= 0.85,
        "{:.3}\n{story}",
        path.utilisation(25, 30)
    );
    assert!(
        path.utilisation(12, 20) >= 0.8,
        "{:.3}\n{story}",
        path.utilisation(12, 20)
    );
    assert!(
        path.utilisation(0, 30) >= 0.8,
        "{:.3}\n{story}",
        path.utilisation(0, 30)
    );
}

#[test]
fn heavy_loss_lowers_the_rate_and_light_loss_does_not() {
    let mut path = Bottleneck::new(1, |_| 2_000_000.0);
    path.loses_one_in = 100;
    path.run(Duration::from_secs(20));
    assert!(path.utilisation(5, 20) >= 0.8, "{}", path.story());
    let mut path = Bottleneck::new(1, |_| 2_000_000.0);
    path.loses_one_in = 4;
    path.run(Duration::from_secs(20));
    assert!(path.utilisation(10, 20) <= 0.3, "{}", path.story());
}

#[test]
fn the_receiver_and_the_limits_have_the_last_word() {
    let mut estimator = BandwidthEstimator::new(Limits::default());
    assert_eq!(estimator.target(), 300_000);
    estimator.on_maximum_bitrate(120_000);
    assert_eq!(estimator.target(), 120_000);
    estimator.on_maximum_bitrate(1);
    assert_eq!(estimator.target(), 30_000);
    estimator.on_maximum_bitrate(u64::MAX);
    for second in 0..60 {
        estimator.on_loss_report(Duration::from_secs(second), 128);
    }
    assert_eq!(estimator.target(), 30_000);
}
