//! What a call is made of, by the caller's settings file and the platform of the system, as a table that a person can judge.

use std::fmt::Write as _;
use std::sync::Mutex;

use client::Event;
use client::event::MediaSummary;
use conformance::deployment::{Deployment, OFFICE_NAME, Place, Way};
use conformance::outcome::{Finding, Verdict};
use conformance::run::{self, Job};
use conformance::scenario::{Scenario, WorldKind};
use conformance::stage::{Party, SOON, Seen, Stage};
use sim_ipoffice::config::{Platform, SrtpPolicy};

/// What the settings files say beside the address of the system. The called one's says nothing more.
const FILES: [&str; 9] = [
    "",
    "ENABLE_OPUS 1",
    "ENABLE_OPUS 3, ENABLE_G711A 0, ENABLE_G711U 0, ENABLE_G722 0, ENABLE_G729 0",
    "ENABLE_G711A 0",
    "ENABLE_G711A 0, ENABLE_G711U 0",
    "ENABLE_G711A 0, ENABLE_G711U 0, ENABLE_G722 0",
    "ENABLE_VIDEO 0",
    "MEDIAENCRYPTION \"1,9\"",
    "MEDIAENCRYPTION \"10,2\"",
];

/// Said first in each file, as a client keeps what a file no longer says (CFG-04).
const DEFAULTS: &str = "ENABLE_OPUS 0, ENABLE_G711A 1, ENABLE_G711U 1, ENABLE_G722 1, ENABLE_G729 1, ENABLE_VIDEO 1, \
                        MEDIAENCRYPTION 9";

static TABLE: Mutex<String> = Mutex::new(String::new());

fn file_of(number: usize) -> String {
    format!("profile-{number}.txt")
}

fn deployment(platform: Platform) -> Deployment {
    let mut deployment = Deployment::office(&[]).with_office(|office| {
        office.platform = platform;
        office.srtp = SrtpPolicy::Preferred;
    });
    for (number, file) in FILES.iter().enumerate() {
        let mut text = format!(
            "SET ENABLE_IPOFFICE 1\nSET SIP_CONTROLLER_LIST {OFFICE_NAME}:5061;transport=tls\n"
        );
        let sets = DEFAULTS.split(", ").chain(file.split(", "));
        for set in sets.filter(|set| !set.is_empty()) {
            let _ = writeln!(text, "SET {set}");
        }
        deployment = deployment.with_settings(&file_of(number), text);
    }
    deployment
        .person("alice", Place::Office)
        .by(Way::Later)
        .person("bob", Place::Office)
        .by(Way::Later)
}

async fn play(stage: &mut Stage, platform: Platform) -> Result<(), Finding> {
    let (mut alice, mut bob) = (stage.party("alice"), stage.party("bob"));
    log_in(stage, &mut bob, 0).await?;
    for (number, file) in FILES.iter().enumerate() {
        log_in(stage, &mut alice, number).await?;
        match file.contains("ENABLE_VIDEO 0") {
            true => alice.call("202").await,
            false => alice.call_with_video("202").await,
        }
        let rows = talk(&mut alice, &mut bob).await?;
        let name = if file.is_empty() { "the default" } else { file };
        let mut table = TABLE.lock().expect("no test panicked");
        let _ = writeln!(table, "{platform:?}, {name}\n{rows}");
    }
    Ok(())
}

/// What both are told when the call stands, or that it was refused.
async fn talk(alice: &mut Party, bob: &mut Party) -> Result<String, Finding> {
    let is_known = |event: &Event| matches!(event, Event::Ringing { .. } | Event::Ended { .. });
    if let Event::Ended { reason, .. } = alice.sees_one(is_known, "an answer", SOON).await? {
        return Ok(format!("  {reason:?}"));
    }
    bob.sees(Seen::Ringing, SOON).await?;
    bob.answer_with_video().await;
    let (near, far) = (agreed(alice).await?, agreed(bob).await?);
    alice.hang_up().await;
    bob.sees(Seen::Ended, SOON).await?;
    Ok(format!("  caller {near}\n  called {far}"))
}

async fn log_in(stage: &Stage, party: &mut Party, file: usize) -> Result<(), Finding> {
    let way = Way::Settings(format!("http://settings.example/{}", file_of(file)));
    party.forgets();
    if let Some(login) = stage.login(&party.person, &way) {
        party.log_in(login).await;
    }
    party.sees(Seen::Registered, SOON).await
}

async fn agreed(party: &mut Party) -> Result<String, Finding> {
    let is_talking = |event: &Event| matches!(event, Event::Talking { .. });
    let seen = party.sees_one(is_talking, "the call stand", SOON).await?;
    let Event::Talking { media, .. } = seen else {
        return Ok(String::new());
    };
    Ok(words(&media))
}

fn words(media: &MediaSummary) -> String {
    format!(
        "{} at {} Hz{}, {}, {}",
        media.codec,
        media.rate_hz,
        if media.has_digits { ", digits" } else { "" },
        media.video.as_deref().unwrap_or("no picture"),
        media.suite.as_deref().unwrap_or("in the clear"),
    )
}

const fn scenario(deployment: fn() -> Deployment, is_linux: bool) -> Scenario {
    Scenario {
        name: "negotiated",
        title: "What is agreed on.",
        proves: &[],
        needs: &[],
        deployment,
        play: if is_linux {
            |stage| Box::pin(play(stage, Platform::Linux))
        } else {
            |stage| Box::pin(play(stage, Platform::Ip500V2))
        },
    }
}

static IP500: Scenario = scenario(|| deployment(Platform::Ip500V2), false);
static LINUX: Scenario = scenario(|| deployment(Platform::Linux), true);

#[test]
fn what_is_agreed_on_by_each_settings_profile() {
    for scenario in [&IP500, &LINUX] {
        let outcome = run::one(&Job::new(scenario, 0, WorldKind::Wire)).outcome;
        assert_eq!(outcome.verdict, Verdict::Passed, "{:?}", outcome.verdict);
    }
    insta::assert_snapshot!(TABLE.lock().expect("no test panicked").as_str());
}
