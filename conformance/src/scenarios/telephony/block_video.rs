//! A blocked camera shows nothing at the far side, and no message says so.

use std::time::Duration;

use crate::deployment::Deployment;
use crate::outcome::Finding;
use crate::requirements::telephony::MUTE_AND_BLOCK;
use crate::scenario::Scenario;
use crate::stage::{SOON, Seen, Stage};

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "telephony/block_video",
    title: "Blocking the camera stops its pictures alone: sound and the other picture go on.",
    proves: &[&MUTE_AND_BLOCK],
    needs: &[],
    deployment: || Deployment::office(&["alice", "bob"]),
    play: |stage| Box::pin(play(stage)),
};

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let (mut alice, mut bob) = (stage.party("alice"), stage.party("bob"));
    alice.shows_itself_to(&mut bob).await?;

    alice.block_video(true).await;
    bob.sees_no_picture(Duration::from_secs(2)).await?;
    alice.sees_pictures(10, SOON).await?;
    bob.hears_voice_of(&alice, SOON).await?;
    bob.never_sees(&Seen::Held, Duration::from_secs(1)).await?;

    alice.block_video(false).await;
    bob.sees_pictures(10, SOON).await?;
    alice.hang_up().await;
    bob.sees(Seen::Ended, SOON).await
}
