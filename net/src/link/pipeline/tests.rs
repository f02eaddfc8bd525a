use std::time::Duration;

use super::*;
use crate::link::blackhole::BlackholeSpec;
use crate::link::delay::DelaySpec;
use crate::link::duplicate::DuplicateSpec;
use crate::link::loss::LossSpec;
use crate::link::reorder::ReorderSpec;
use crate::link::trial::{Trial, ms, packet};

#[test]
fn a_link_without_stages_delivers_at_once() {
    let got = Trial::new(LinkSpec::default()).packets(3).run();
    assert!(got.delays().all(|delay| delay == Duration::ZERO));
}

#[test]
fn a_fault_begins_and_ends() {
    let mut judge = Judge::drawing(1);
    let mut out = Vec::new();
    let mut pipeline = Pipeline::new(&LinkSpec::delay(ms(20)), "uplink of site hotel");
    assert_eq!(pipeline.offer(ms(0), packet(1), &mut judge, &mut out), None);
    pipeline.impose(3, &StageSpec::Blackhole(BlackholeSpec::always()));
    assert_eq!(
        pipeline.offer(ms(1), packet(2), &mut judge, &mut out),
        Some(Cause::Blackhole)
    );
    pipeline.lift(3);
    assert_eq!(pipeline.offer(ms(2), packet(3), &mut judge, &mut out), None);
    assert_eq!(
        out.iter().map(|d| (d.at, d.packet.id)).collect::<Vec<_>>(),
        [(ms(20), 1), (ms(22), 3)]
    );
    assert_eq!(
        (
            pipeline.drops().of(Cause::Blackhole),
            pipeline.drops().total()
        ),
        (1, 1)
    );
}

#[test]
fn a_packets_number_does_not_depend_on_when_chance_came_in() {
    let mut judge = Judge::drawing(1);
    let mut out = Vec::new();
    let mut pipeline = Pipeline::new(&LinkSpec::delay(ms(20)), "link");
    pipeline.count_flows();
    for id in 1..=4 {
        pipeline.offer(ms(id), packet(id), &mut judge, &mut out);
    }
    pipeline.impose(0, &StageSpec::Loss(LossSpec::bernoulli(100.0)));
    pipeline.offer(ms(5), packet(5), &mut judge, &mut out);
    let decisions = judge.into_record().decisions;
    assert_eq!(decisions.len(), 1);
    assert_eq!(
        decisions[0].to_string(),
        "link: packet 5 of udp 10.0.0.1:4000 > 10.0.0.2:5060 lost (fault 0 loss)"
    );
}

#[test]
fn stages_of_one_kind_draw_from_streams_of_their_own() {
    let two = LinkSpec::default()
        .then(LossSpec::bernoulli(50.0))
        .then(LossSpec::bernoulli(50.0));
    let got = Trial::new(two).packets(10_000).run();
    assert!(
        (got.arrived.len() as f64 / 10_000.0 - 0.25).abs() < 0.02,
        "{}",
        got.arrived.len()
    );
}

#[test]
fn endless_doubling_is_bounded() {
    let spec = (0..20).fold(LinkSpec::default(), |spec, _| {
        spec.then(DuplicateSpec {
            percent: 100.0,
            after: ms(1),
        })
    });
    assert_eq!(
        Trial::new(spec).packets(1).run().arrived.len(),
        1 + usize::from(MAX_COPIES)
    );
}

#[test]
#[should_panic(expected = "stage 1 (loss) of the link: percent must be from 0 to 100, not -1")]
fn nonsense_is_the_programmers_fault() {
    let _ = Pipeline::new(
        &LinkSpec::delay(ms(1)).then(LossSpec::bernoulli(-1.0)),
        "link",
    );
}

#[test]
fn equal_seeds_give_equal_deliveries_and_others_do_not() {
    let run = |seed| {
        let spec = LinkSpec::default()
            .then(DelaySpec { delay: ms(5) })
            .then(LossSpec::bursts(5.0, 30.0))
            .then(ReorderSpec {
                percent: 5.0,
                by: ms(30),
            });
        Trial::new(spec).seed(seed).packets(1000).run().arrived
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

#[test]
fn a_changed_link_keeps_its_faults_and_its_counts() {
    let mut judge = Judge::drawing(1);
    let mut out = Vec::new();
    let all = || StageSpec::Loss(LossSpec::bernoulli(100.0));
    let mut pipeline = Pipeline::new(&LinkSpec::default().then(LossSpec::bernoulli(0.0)), "link");
    pipeline.offer(ms(1), packet(1), &mut judge, &mut out);
    pipeline.change(&LinkSpec {
        stages: vec![all()],
    });
    pipeline.offer(ms(2), packet(2), &mut judge, &mut out);
    pipeline.impose(0, &all());
    pipeline.change(&LinkSpec::delay(ms(5)));
    pipeline.offer(ms(3), packet(3), &mut judge, &mut out);
    pipeline.lift(0);
    pipeline.offer(ms(4), packet(4), &mut judge, &mut out);
    let arrived: Vec<_> = out
        .iter()
        .map(|delivery| (delivery.at, delivery.packet.id))
        .collect();
    assert_eq!(arrived, [(ms(1), 1), (ms(9), 4)]);
    let decided: Vec<_> = judge
        .since(0)
        .map(|decision| (decision.packet, decision.stage))
        .collect();
    assert_eq!(
        decided,
        [(2, "loss".to_owned()), (3, "fault 0 loss".to_owned())]
    );
}
