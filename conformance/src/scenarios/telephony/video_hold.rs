//! A call with a picture is held and retrieved: sound and picture stop and come back together.

use std::time::Duration;

use crate::deployment::Deployment;
use crate::outcome::Finding;
use crate::requirements::telephony::HOLD_RETRIEVE;
use crate::scenario::Scenario;
use crate::stage::{SOON, Seen, Stage};

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "telephony/video_hold",
    title: "A call with a picture is held and retrieved; sound and picture stop and come back.",
    proves: &[&HOLD_RETRIEVE],
    needs: &[],
    deployment: || Deployment::office(&["alice", "bob"]),
    play: |stage| Box::pin(play(stage)),
};

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let (mut alice, mut bob) = (stage.party("alice"), stage.party("bob"));
    alice.shows_itself_to(&mut bob).await?;

    alice.hold().await;
    bob.sees(Seen::Held, SOON).await?;
    alice.sees(Seen::Holding, SOON).await?;
    bob.hears_silence(SOON).await?;
    bob.sees_no_picture(Duration::from_secs(2)).await?;
    alice.sees_no_picture(Duration::from_secs(2)).await?;

    alice.retrieve().await;
    bob.sees(Seen::Talking, SOON).await?;
    bob.sees_pictures(10, SOON).await?;
    alice.sees_pictures(10, SOON).await?;
    bob.hears_voice_of(&alice, SOON).await?;
    alice.hears_voice_of(&bob, SOON).await?;

    alice.hang_up().await;
    bob.sees(Seen::Ended, SOON).await
}
