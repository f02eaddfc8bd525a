use std::time::Duration;

use super::*;
use crate::link::corrupt::CorruptSpec;
use crate::link::duplicate::DuplicateSpec;
use crate::link::jitter::{Distribution, JitterSpec};
use crate::link::loss::LossSpec;
use crate::link::reorder::ReorderSpec;
use crate::link::trial::{Trial, ms};
use crate::link::{Delivery, LinkSpec};

fn everything() -> LinkSpec {
    LinkSpec::delay(ms(10))
        .then(LossSpec::bernoulli(3.0))
        .then(LossSpec::bursts(2.0, 40.0))
        .then(DuplicateSpec {
            percent: 4.0,
            after: ms(1),
        })
        .then(JitterSpec {
            distribution: Distribution::Uniform {
                from: Duration::ZERO,
                to: ms(30),
            },
            correlation: 0.3,
            reorder: true,
        })
        .then(CorruptSpec { percent: 2.0 })
        .then(ReorderSpec {
            percent: 2.0,
            by: ms(60),
        })
}

fn run(judge: &mut Judge) -> Vec<Delivery> {
    Trial::new(everything())
        .packets(3000)
        .run_with(judge)
        .arrived
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(8))]

    #[test]
    fn a_run_driven_from_its_record_is_the_same_run(seed: u64) {
        let mut drawn = Judge::drawing(seed);
        let first = run(&mut drawn);
        let record = Record::from_json(&drawn.record().to_json()).unwrap();
        proptest::prop_assert_eq!(&record, &drawn.record());
        let mut replayed = Judge::replaying(&record).unwrap();
        proptest::prop_assert_eq!(run(&mut replayed), first);
        proptest::prop_assert_eq!(replayed.unused(), 0);
        proptest::prop_assert_eq!(replayed.record(), record);
    }

    #[test]
    fn taking_one_decision_away_shifts_no_other(seed: u64, which: proptest::sample::Index) {
        let mut drawn = Judge::drawing(seed);
        let spec = LinkSpec::delay(ms(10)).then(LossSpec::bernoulli(5.0));
        let all = Trial::new(spec.clone()).packets(2000).run_with(&mut drawn).arrived;
        let mut record = drawn.into_record();
        let spared = record.decisions.remove(which.index(record.decisions.len()));
        let mut more = Trial::new(spec).packets(2000).run_with(&mut Judge::replaying(&record).unwrap()).arrived;
        let back = more.iter().position(|delivery| delivery.packet.id == spared.packet).unwrap();
        more.remove(back);
        proptest::prop_assert_eq!(more, all);
    }
}

#[test]
fn a_record_that_overflowed_says_so_and_is_not_replayed() {
    let mut judge = Judge::drawing(1).with_limit(10);
    run(&mut judge);
    let record = judge.into_record();
    assert_eq!((record.decisions.len(), record.overflowed), (10, true));
    assert_eq!(
        Judge::replaying(&record).unwrap_err(),
        RecordError::Overflowed
    );
}

#[test]
fn a_replay_that_goes_another_way_has_decisions_left_over() {
    let mut drawn = Judge::drawing(1);
    run(&mut drawn);
    let mut replayed = Judge::replaying(&drawn.into_record()).unwrap();
    Trial::new(everything()).packets(10).run_with(&mut replayed);
    assert!(replayed.unused() > 0);
}

#[test]
fn each_link_and_stage_has_a_stream_of_its_own() {
    let seeds = [
        stream_seed(1, "a", "loss"),
        stream_seed(1, "b", "loss"),
        stream_seed(1, "a", "loss 2"),
        stream_seed(2, "a", "loss"),
        stream_seed(1, "al", "oss"),
    ];
    for (index, seed) in seeds.iter().enumerate() {
        assert!(!seeds[..index].contains(seed));
    }
}

#[test]
fn decisions_read_as_sentences() {
    let text = r#"{"link":"uplink of site hotel","stage":"loss","flow":"udp 10.0.0.2:4000 > 10.0.0.1:5060","packet":312,"outcome":"lost"}"#;
    let lost: Decision = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&lost).unwrap(), text);
    assert_eq!(
        lost.to_string(),
        "uplink of site hotel: packet 312 of udp 10.0.0.2:4000 > 10.0.0.1:5060 lost (loss)"
    );
    let late = Decision {
        copy: 1,
        outcome: Outcome::HeldBack { by: ms(30) },
        ..lost
    };
    assert_eq!(
        late.to_string(),
        "uplink of site hotel: packet 312 of udp 10.0.0.2:4000 > 10.0.0.1:5060, copy 1, held back by 30ms (loss)"
    );
    assert!(
        serde_json::to_string(&late)
            .unwrap()
            .contains(r#""outcome":{"held_back":{"by":"30ms"}}"#)
    );
}

#[test]
fn a_wrong_record_is_refused_with_the_reason() {
    for (text, part) in [
        (
            r#"{"version":2,"what":1}"#,
            "the record has version 2; this program reads version 1",
        ),
        (
            r#"{"overflowed":false,"decisions":[]}"#,
            "missing field `version`",
        ),
        (
            r#"{"version":1,"overflowed":false,"decisions":[],"extra":1}"#,
            "unknown field `extra`",
        ),
        (
            r#"{"version":1,"overflowed":false,"decisions":[{"link":"a"}]}"#,
            "missing field",
        ),
        ("no json", "can't be read"),
    ] {
        let error = Record::from_json(text).unwrap_err().to_string();
        assert!(error.contains(part), "{text}: {error}");
    }
}
