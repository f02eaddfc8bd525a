//! Servers that misbehave on purpose: the suite must notice each. A suite that passes with a broken server proves nothing.

use conformance::deployment::Deployment;
use conformance::outcome::Verdict;
use conformance::run::{self, Job};
use conformance::scenario::{Scenario, WorldKind};
use conformance::scenarios::{self, by_name};
use sim_ipoffice::flaws::Flaw;

/// Runs a scenario with its deployment changed.
fn with(name: &str, deployment: fn() -> Deployment) -> Verdict {
    let model = by_name(name).expect("the scenario is in the list");
    let scenario: &'static Scenario = Box::leak(Box::new(Scenario {
        deployment,
        ..*model
    }));
    run::one(&Job::new(scenario, 0, WorldKind::Wire))
        .outcome
        .verdict
}

fn assert_noticed(verdict: &Verdict, flaw: &str) {
    assert!(
        matches!(verdict, Verdict::Failed { .. }),
        "the suite does not notice {flaw}: {verdict:?}"
    );
}

fn flawed(name: &str, flaw: Flaw) -> Deployment {
    let deployment = (by_name(name)
        .expect("the scenario is in the list")
        .deployment)();
    deployment.with_office(|office| office.flaws.push(flaw))
}

fn with_room_flaw(flaw: sim_meetings::Flaw) -> Deployment {
    let model = by_name("meetings/pictures").expect("the scenario is in the list");
    let mut deployment = (model.deployment)();
    let meetings = deployment.meetings.as_mut().expect("there is a room");
    meetings.flaws.insert(flaw);
    deployment
}

#[test]
fn pictures_that_are_not_passed_on_are_noticed() {
    let verdict = with("meetings/pictures", || {
        with_room_flaw(sim_meetings::Flaw::NoPictures)
    });
    assert_noticed(&verdict, "pictures that are not passed on");
}

#[test]
fn key_frames_that_are_not_asked_for_are_noticed() {
    let verdict = with("meetings/pictures", || {
        with_room_flaw(sim_meetings::Flaw::NoKeyFrames)
    });
    assert_noticed(&verdict, "key frames that are not asked for");
}

#[test]
fn many_winners_of_a_fork_are_noticed() {
    let name = "registration/first_answer_wins";
    assert_noticed(
        &with(name, || {
            flawed("registration/first_answer_wins", Flaw::ManyWinners)
        }),
        "many winners",
    );
}

#[test]
fn a_cancel_without_reason_is_noticed() {
    let name = "registration/first_answer_wins";
    assert_noticed(
        &with(name, || {
            flawed("registration/first_answer_wins", Flaw::NoReasonOnCancel)
        }),
        "no reason",
    );
}

#[test]
fn an_ignored_cancel_is_noticed() {
    let name = "registration/simultaneous";
    assert_noticed(
        &with(name, || {
            flawed("registration/simultaneous", Flaw::IgnoresCancel)
        }),
        "an ignored CANCEL",
    );
}

#[test]
fn media_ports_outside_the_range_are_noticed() {
    let name = "network/media_ports";
    assert_noticed(
        &with(name, || {
            flawed("network/media_ports", Flaw::PortsOutsideRange)
        }),
        "ports outside the range",
    );
}

#[test]
fn challenges_that_never_expire_are_noticed() {
    let name = "registration/challenge_lifetime";
    assert_noticed(
        &with(name, || {
            flawed("registration/challenge_lifetime", Flaw::NonceNeverExpires)
        }),
        "old nonces",
    );
}

#[test]
fn a_truncated_settings_file_is_noticed() {
    assert_noticed(
        &with("config/direct_url", || {
            flawed("config/direct_url", Flaw::TruncatedSettings)
        }),
        "truncation",
    );
}

#[test]
fn messages_that_are_not_pushed_are_noticed() {
    let dropping = || {
        let mut deployment = (by_name("messaging/persists")
            .expect("the scenario is in the list")
            .deployment)();
        if let Some(spaces) = &mut deployment.spaces {
            spaces.flaws.insert(sim_zang::Flaw::StripAuthorization);
        }
        deployment
    };
    assert_noticed(
        &with("messaging/persists", dropping),
        "stripped authorization",
    );
}

#[test]
fn a_silent_room_is_noticed() {
    let silent = || {
        let mut deployment = (by_name("meetings/three_in_a_room")
            .expect("the scenario is in the list")
            .deployment)();
        if let Some(meetings) = &mut deployment.meetings {
            meetings.flaws.insert(sim_meetings::Flaw::SilentMix);
        }
        deployment
    };
    assert_noticed(&with("meetings/three_in_a_room", silent), "a silent mix");
}

#[test]
fn every_canary_passes_without_its_flaw() {
    // That is what tests/suite.rs shows; here only that the names are right.
    assert!(scenarios::names().contains(&"registration/first_answer_wins"));
}
