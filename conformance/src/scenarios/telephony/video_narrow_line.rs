//! A line that becomes too narrow, on its way up, for the picture of a call: the camera sends less until it fits, and as much
//! as before once the line is wide again. The other way nothing changes.
//!
//! Truth is what the line takes. Who sends learns of it by the loss that the other side reports.

use std::time::Duration;

use media::video::VideoStatistics;
use net::faults::{FaultPlan, Target};

use crate::deployment::{Deployment, Place, narrow_at_home};
use crate::outcome::{Fault, Finding};
use crate::requirements::telephony::{BAD_NETWORK, VIDEO_CALL};
use crate::scenario::{Need, Scenario};
use crate::stage::{IN_TIME, Party, SOON, Seen, Stage, camera};

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "telephony/video_narrow_line",
    title: "On a line too narrow for the picture of a call the camera sends less, until it fits; once it is wide again, as much as before.",
    proves: &[&VIDEO_CALL, &BAD_NETWORK],
    needs: &[Need::Impairment, Need::ExactTime],
    deployment: || {
        Deployment::office(&["alice"])
            .person("bob", Place::Home)
            .with_faults(faults)
    },
    play: |stage| Box::pin(play(stage)),
};

/// When the line becomes narrow, and when wide again.
const NARROW: Duration = Duration::from_secs(20);
const WIDE: Duration = Duration::from_secs(60);
/// What it takes then, with the headers of IP: G.711, and half of the clip.
const BITS_PER_S: u64 = 130_000;
/// How long what waits before it may take.
const QUEUE: Duration = Duration::from_millis(500);
/// Three reports of the other side (RFC 3550 §6.2): the first may come before much is lost, and two have to say so.
const NOTICED: Duration = Duration::from_secs(18);
/// In which the camera is at its best again: what failed twice or thrice is tried again after at most 40 s.
const RESTORED: Duration = Duration::from_secs(100);
/// Of packets once the camera has noticed. What failed is tried again in this time, until two reports say that it fails still;
/// whoever does not notice loses half, and whoever fills the line with what is asked for again, more.
const LOSS_MAX: f64 = 1.0 / 3.0;

fn faults(seed: u64) -> FaultPlan {
    let line = Target::uplink("home");
    narrow_at_home(seed, line, (NARROW, WIDE), BITS_PER_S, QUEUE)
}

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let (mut alice, mut bob) = (stage.party("alice"), stage.party("bob"));
    alice.shows_itself_to(&mut bob).await?;
    alice.sees(Seen::Picture, SOON).await?;
    let best = rate(stage, &mut bob, NARROW).await?;
    stage.measure("camera_bits_per_s", best);

    stage.wait_until(NARROW + NOTICED).await;
    let before = alice.watches().await?;
    let less = rate(stage, &mut bob, WIDE).await?;
    camera::demand_less(stage, best, less)?;
    comes_through(stage, &mut alice, &before).await?;
    is_unhurt(stage, &mut bob).await?;

    stage.wait_until(WIDE + RESTORED).await;
    let end = stage.now() + Duration::from_secs(12);
    let again = rate(stage, &mut bob, end).await?;
    camera::demand_as_before(stage, best, again)?;
    bob.hang_up().await;
    alice.sees(Seen::Ended, IN_TIME).await
}

/// What a party's camera sends from now until then, bit/s.
async fn rate(stage: &Stage, party: &mut Party, end: Duration) -> Result<f64, Finding> {
    let (from, before) = (stage.now(), party.watches().await?);
    stage.wait_until(end).await;
    let after = party.watches().await?;
    Ok(camera::bits_per_s(&before, &after, stage.now() - from))
}

/// Whose way is wide is shown every picture.
async fn is_unhurt(stage: &mut Stage, party: &mut Party) -> Result<(), Finding> {
    let (shown, name) = (party.watches().await?, party.name());
    stage.demand(
        shown.seen.missed == 0 && shown.seen.freezes.freeze_count == 0,
        Fault::Client,
        &format!("{name} sees every picture, as that way is wide"),
        format!("{:?}", shown.seen),
    )
}

/// Of the other's packets few are lost, since they fit.
async fn comes_through(
    stage: &mut Stage,
    party: &mut Party,
    before: &VideoStatistics,
) -> Result<(), Finding> {
    let (after, name) = (party.watches().await?, party.name().to_owned());
    let share = camera::loss(before, &after);
    stage.measure(&format!("{name}_loss_while_narrow"), share);
    stage.demand(
        share < LOSS_MAX,
        Fault::Client,
        &format!("{name} is sent pictures that fit the line"),
        format!("{:.1} % of packets are lost", share * 100.0),
    )
}
