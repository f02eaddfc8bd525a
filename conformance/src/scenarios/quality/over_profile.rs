//! A call over each of the network profiles: while a fault strikes it may suffer; when all are over, both ends hear well again.

use std::time::Duration;

use client::Measurement;

use crate::deployment::{Deployment, Place};
use crate::outcome::{Fault, Finding};
use crate::profiles::{FAULTS_END_S, Profile};
use crate::requirement::Requirement;
use crate::requirements::telephony::{AUDIO_CALL, BAD_NETWORK};
use crate::scenario::{Need, Scenario};
use crate::stage::{IN_TIME, Party, Seen, Stage};

const PROVES: &[&Requirement] = &[&BAD_NETWORK, &AUDIO_CALL];
/// What a world must be able to do, to bear a profile.
pub(super) const NEEDS: &[Need] = &[Need::Impairment, Need::TcpLoss, Need::ExactTime];

/// An office line.
pub const OFFICE: Scenario = over::<0>(
    "quality/office",
    "A call over an office line comes through the restart of a switch.",
);
/// Wi-Fi at home.
pub const HOME_WIFI: Scenario = over::<1>(
    "quality/home_wifi",
    "A call over Wi-Fi at home outlives a microwave oven.",
);
/// A hotel's Wi-Fi.
pub const HOTEL: Scenario = over::<2>(
    "quality/hotel",
    "A call over a hotel's Wi-Fi recovers when the other guests have gone to bed.",
);
/// 3G.
pub const THREE_G: Scenario = over::<3>("quality/3g", "A call over 3G recovers from a deep fade.");
/// LTE on the move.
pub const LTE_HANDOVER: Scenario = over::<4>(
    "quality/lte_handover",
    "A call over LTE goes on through three handovers.",
);
/// A geostationary satellite.
pub const SATELLITE: Scenario = over::<5>(
    "quality/satellite",
    "A call over a satellite is far away, and recovers from rain.",
);
/// Capacity that comes and goes.
pub const VARIABLE_CAPACITY: Scenario = over::<6>(
    "quality/variable_capacity",
    "A call over a line whose capacity comes and goes recovers each time.",
);
/// Only the way back is congested.
pub const CONGESTED_FEEDBACK: Scenario = over::<7>(
    "quality/congested_feedback",
    "With only the way back congested the other way is heard as well as ever.",
);

const fn over<const PROFILE: usize>(name: &'static str, title: &'static str) -> Scenario {
    Scenario {
        name,
        title,
        proves: PROVES,
        needs: NEEDS,
        deployment: deployment::<PROFILE>,
        play: |stage| Box::pin(play(stage, PROFILE)),
    }
}

/// Alice in the office, Bob at home behind the profile's line.
pub(super) fn deployment<const PROFILE: usize>() -> Deployment {
    let mut deployment = Deployment::office(&["alice"])
        .person("bob", Place::Home)
        .shaped(|topology| Profile::numbered(PROFILE).shape(topology))
        .with_faults(|seed| Profile::numbered(PROFILE).plan(seed));
    deployment.keeps_timeline = true;
    deployment
}

async fn play(stage: &mut Stage, number: usize) -> Result<(), Finding> {
    let profile = Profile::numbered(number);
    let (mut alice, mut bob) = (stage.party("alice"), stage.party("bob"));
    begin(&mut alice, &mut bob).await?;
    let faults_end = Duration::from_secs(FAULTS_END_S);
    watch(
        stage,
        &mut alice,
        &mut bob,
        faults_end.saturating_sub(stage.now()),
    )
    .await?;
    watch(stage, &mut alice, &mut bob, SETTLING).await?;
    let ends = (&mut alice, &mut bob);
    sounds_well(stage, ends, &profile).await?;
    alice.hang_up().await;
    bob.sees(Seen::Ended, IN_TIME).await
}

/// Bob calls Alice, and both say tones that carry their send time.
pub(super) async fn begin(alice: &mut Party, bob: &mut Party) -> Result<(), Finding> {
    bob.call(&alice.person.extension).await;
    alice.sees(Seen::Ringing, IN_TIME).await?;
    alice.answer().await;
    bob.sees(Seen::Talking, IN_TIME).await?;
    alice.sees(Seen::Talking, IN_TIME).await?;
    for party in [alice, bob] {
        party.says_marked_tone().await;
    }
    Ok(())
}

/// Asks both ears every second for a time: what they show is drawn and compared with the truth.
pub(super) async fn watch(
    stage: &Stage,
    alice: &mut Party,
    bob: &mut Party,
    time: Duration,
) -> Result<(), Finding> {
    let until = stage.now() + time;
    while stage.now() < until {
        stage.wait(EVERY).await;
        alice.measures().await?;
        bob.measures().await?;
    }
    Ok(())
}

/// Expects the last seconds to sound as well at both ends as the profile allows, with nothing lost on the way that heals.
pub(super) async fn sounds_well(
    stage: &Stage,
    (alice, bob): (&mut Party, &mut Party),
    profile: &Profile,
) -> Result<(), Finding> {
    let before = (alice.measures().await?, bob.measures().await?);
    watch(stage, alice, bob, JUDGED).await?;
    let after = (alice.measures().await?, bob.measures().await?);
    for (name, before, after) in [("alice", before.0, after.0), ("bob", before.1, after.1)] {
        let score = score(&before, &after);
        stage.measure(&format!("healed_quality_at_{name}_mos"), score);
        if let Some(delay_ms) = after.delay_ms() {
            stage.measure(&format!("delay_to_{name}_ms"), delay_ms);
        }
        let expected = format!(
            "{name} has a conversational quality of at least {:.1} when the line is healed",
            profile.least_score
        );
        let holds = score >= profile.least_score;
        stage.demand(holds, Fault::Client, &expected, format!("{score:.2}"))?;
    }
    Ok(())
}

fn score(before: &Measurement, after: &Measurement) -> f64 {
    let quality = after.statistics.quality_since(&before.statistics);
    quality.map_or(1.0, |quality| quality.mos_cq)
}

/// Time that play-out may take to come down from the delay of the fault: its memory is of about ten seconds, and a thirtieth of what
/// it remembers still counts.
const SETTLING: Duration = Duration::from_secs(40);
/// Time that is judged after that.
const JUDGED: Duration = Duration::from_secs(10);
/// How often the ears are asked.
const EVERY: Duration = Duration::from_secs(1);
