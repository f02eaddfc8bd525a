//! One whose line becomes too narrow, on its way up, for the own picture: the camera sends less before much is lost, everybody
//! goes on hearing and seeing, and once the line is wide again it sends as much as before.
//!
//! Truth is what the line takes. Who sends learns of it by when the room says that packets arrived.

use std::time::Duration;

use media::video::VideoStatistics;
use net::faults::{FaultPlan, Target};

use super::pictures;
use crate::deployment::narrow_at_home;
use crate::outcome::{Fault, Finding};
use crate::requirements::meetings::MEET_ME_ROOM;
use crate::scenario::{Need, Scenario};
use crate::stage::{IN_TIME, Party, Stage, camera};

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "meetings/narrow_uplink",
    title: "On a way up too narrow for the own picture the camera sends less, so that little is lost; once it is wide again, as much as before.",
    proves: &[&MEET_ME_ROOM],
    needs: &[Need::WebRtc, Need::Impairment, Need::ExactTime],
    deployment: || pictures::deployment().with_faults(faults),
    play: |stage| Box::pin(play(stage)),
};

/// When the line becomes narrow, and when wide again.
const NARROW: Duration = Duration::from_secs(20);
const WIDE: Duration = Duration::from_secs(60);
/// What it takes then, with all headers: sound, reports, and most of the clip.
const BITS_PER_S: u64 = 130_000;
/// How long what waits before it may take.
const QUEUE: Duration = Duration::from_millis(500);
/// Time in which the camera notices and the queue runs dry.
const NOTICED: Duration = Duration::from_secs(10);
/// In which the camera is at its best again.
const RESTORED: Duration = Duration::from_secs(60);
/// Of the picture's packets, once the camera has noticed: who waits for loss to tell loses more, or sends half of what fits.
const LOSS_MAX: f64 = 0.02;
/// Half of the pictures of a clip, 15 a second, from noticing until the line is wide again.
const PICTURES_MIN: u64 = 225;

fn faults(seed: u64) -> FaultPlan {
    let line = Target::uplink("home");
    narrow_at_home(seed, line, (NARROW, WIDE), BITS_PER_S, QUEUE)
}

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let [mut alice, mut bob] = ["alice", "bob"].map(|name| stage.party(name));
    let a = stage.join_with_video(&mut alice, "7201", false).await?;
    let b = stage.join_with_video(&mut bob, "7201", false).await?;
    alice.sees_in_room(&[b], IN_TIME).await?;
    bob.sees_in_room(&[a], IN_TIME).await?;
    let best = rate(stage, &mut bob, NARROW).await?;
    stage.measure("camera_bits_per_s", best);

    stage.wait_until(NARROW + NOTICED).await;
    let before = alice.watches_in_room(b).await?;
    let less = rate(stage, &mut bob, WIDE).await?;
    camera::demand_less(stage, best, less)?;
    let after = alice.watches_in_room(b).await?;
    comes_through(stage, &before, &after)?;

    stage.wait_until(WIDE + RESTORED).await;
    let end = stage.now() + Duration::from_secs(12);
    let again = rate(stage, &mut bob, end).await?;
    camera::demand_as_before(stage, best, again)?;
    let voice = |party: &Party| party.person.voice_hz;
    let (of_alice, of_bob) = (voice(&alice), voice(&bob));
    alice.hears_in_meeting(&[of_bob], &[], IN_TIME).await?;
    bob.hears_in_meeting(&[of_alice], &[], IN_TIME).await
}

/// What a party's camera sends from now until then, bit/s.
async fn rate(stage: &Stage, party: &mut Party, end: Duration) -> Result<f64, Finding> {
    let (from, before) = (stage.now(), party.shows_room().await?);
    stage.wait_until(end).await;
    let after = party.shows_room().await?;
    Ok(camera::bits_per_s(&before, &after, stage.now() - from))
}

/// Most pictures go on being seen, and few of their packets are lost, since they fit.
fn comes_through(
    stage: &mut Stage,
    before: &VideoStatistics,
    after: &VideoStatistics,
) -> Result<(), Finding> {
    let share = camera::loss(before, after);
    stage.measure("loss_while_narrow", share);
    let seen = after.seen.pictures - before.seen.pictures;
    stage.measure("pictures_while_narrow", seen as f64);
    stage.demand(
        share < LOSS_MAX && seen > PICTURES_MIN,
        Fault::Client,
        "alice is sent pictures that fit bob's line",
        format!(
            "{:.1} % of packets are lost, {seen} pictures seen",
            share * 100.0
        ),
    )
}
