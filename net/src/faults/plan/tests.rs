use std::collections::BTreeSet;

use super::*;
use crate::faults::Ground;

const SECOND: Duration = Duration::from_secs(1);

fn ground() -> Ground {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Ground {
        sites: names(&["office", "hotel"]),
        nats: names(&["hotel"]),
        hosts: names(&["alice", "bob"]),
        mortal_hosts: names(&["ipoffice"]),
        span: 60 * SECOND,
    }
}

#[test]
fn a_plan_by_hand_reads_like_one() {
    let plan = FaultPlan::seeded(7)
        .with(
            Target::uplink("hotel"),
            Duration::ZERO,
            60 * SECOND,
            Effect::Lose { percent: 10.0 },
        )
        .with(Target::host("ipoffice"), SECOND, None, Effect::Crash);
    let text: Vec<String> = plan.faults.iter().map(ToString::to_string).collect();
    assert_eq!(
        text,
        [
            "fault 0: uplink of site hotel loses 10 % of packets from 0ns until 60s",
            "fault 1: host ipoffice crashes from 1s"
        ]
    );
    let json = plan.to_json();
    assert!(
        json.contains("\"version\": 1") && json.contains("\"until\": \"60s\""),
        "{json}"
    );
    assert_eq!(FaultPlan::from_json(&json).unwrap(), plan);
}

#[test]
fn changes_come_in_order_and_ends_before_starts() {
    let plan = FaultPlan::seeded(1)
        .with(Target::link("a"), 2 * SECOND, 4 * SECOND, Effect::Cut)
        .with(
            Target::link("b"),
            Duration::ZERO,
            2 * SECOND,
            Effect::Delay { by: SECOND },
        );
    let text: Vec<String> = plan
        .changes()
        .iter()
        .map(|change| format!("{:?} {change}", change.at))
        .collect();
    assert_eq!(
        text,
        [
            "0ns fault 1: link of site b takes 1s longer",
            "2s fault 1 ends: link of site b takes 1s longer no more",
            "2s fault 0: link of site a is cut",
            "4s fault 0 ends: link of site a is cut no more",
        ]
    );
}

#[test]
fn a_wrong_plan_is_refused_with_the_reason() {
    let fault = |inner: &str| format!(r#"{{"version":1,"seed":1,"faults":[{{"id":4,{inner}}}]}}"#);
    let site = r#""target":{"site":{"name":"a","direction":"up"}}"#;
    for (text, part) in [
        (
            r#"{"version":9,"plans":[]}"#.to_owned(),
            "the fault plan has version 9; this program reads version 1",
        ),
        (
            r#"{"seed":1,"faults":[]}"#.to_owned(),
            "missing field `version`",
        ),
        (
            r#"{"version":1,"seed":1,"faults":[],"sites":1}"#.to_owned(),
            "unknown field `sites`",
        ),
        (
            fault(&format!(
                r#"{site},"from":"1s","effect":{{"lose":{{"percent":1,"often":2}}}}"#
            )),
            "unknown field `often`",
        ),
        (
            fault(&format!(
                r#"{site},"from":"1s","effect":{{"explode":{{}}}}"#
            )),
            "unknown variant `explode`",
        ),
        (
            fault(&format!(
                r#"{site},"from":"1s","effect":{{"lose":{{"percent":101}}}}"#
            )),
            "fault 4 of the plan: percent must be from 0 to 100, not 101",
        ),
        (
            fault(&format!(
                r#"{site},"from":"2s","until":"1s","effect":"cut""#
            )),
            "it must end after it begins",
        ),
        (
            fault(&format!(r#"{site},"from":"2s","effect":"crash""#)),
            "'crashes' can't be said of uplink of site a",
        ),
        (
            fault(r#""target":{"host":{"name":"a"}},"from":"2s","effect":"cut""#),
            "'is cut' can't be said of host a",
        ),
        (
            fault(&format!(r#"{site},"from":"soon","effect":"cut""#)),
            "'soon' is no time",
        ),
        ("[]".to_owned(), "the fault plan can't be read: invalid"),
    ] {
        let error = FaultPlan::from_json(&text).unwrap_err().to_string();
        assert!(error.contains(part), "{text}: {error}");
    }
}

#[test]
fn names_are_checked_against_the_topology() {
    let plan = FaultPlan::seeded(1).with(Target::pair("alice", "carol"), SECOND, None, Effect::Cut);
    let error = plan
        .check_names(&["office"], &["alice", "bob"])
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "fault 0 of the plan: there is no host 'carol'; hosts: alice, bob"
    );
    assert_eq!(plan.check_names(&[], &["alice", "carol"]), Ok(()));
}

proptest::proptest! {
    #[test]
    fn drawn_plans_are_sound_and_heal_in_time(seed: u64) {
        let plan = FaultPlan::swarm(seed, &ground());
        proptest::prop_assert_eq!(plan.check(), Ok(()));
        proptest::prop_assert_eq!(plan.check_names(&["office", "hotel"], &["alice", "bob", "ipoffice"]), Ok(()));
        proptest::prop_assert!(!plan.faults.is_empty());
        proptest::prop_assert!(plan.faults.iter().all(|fault| fault.until.is_some_and(|until| until < ground().span)));
        proptest::prop_assert_eq!(&FaultPlan::from_json(&plan.to_json()).unwrap(), &plan);
        proptest::prop_assert_eq!(FaultPlan::swarm(seed, &ground()), plan);
    }
}

#[test]
fn the_mix_itself_is_drawn_and_every_kind_comes_up() {
    let kinds = |seed| {
        let plan = FaultPlan::swarm(seed, &ground());
        plan.faults
            .iter()
            .map(|fault| std::mem::discriminant(&fault.effect))
            .map(|kind| format!("{kind:?}"))
            .collect::<BTreeSet<_>>()
    };
    let mixes: BTreeSet<_> = (0..300).map(kinds).collect();
    assert!(mixes.len() > 100, "{}", mixes.len());
    assert_eq!(
        mixes.into_iter().flatten().collect::<BTreeSet<_>>().len(),
        15
    );
}

#[test]
fn empty_ground_gives_an_empty_plan() {
    assert_eq!(
        FaultPlan::swarm(1, &Ground::default()),
        FaultPlan::seeded(1)
    );
}
