//! A muted call is silent at the far side, and no message says so.

use std::time::Duration;

use crate::deployment::Deployment;
use crate::outcome::Finding;
use crate::requirements::telephony::MUTE_AND_BLOCK;
use crate::scenario::Scenario;
use crate::stage::{SOON, Seen, Stage};

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "telephony/mute",
    title: "Muting is heard at the far side as silence and seen there as nothing; audio only.",
    proves: &[&MUTE_AND_BLOCK],
    needs: &[],
    deployment: || Deployment::office(&["alice", "bob"]),
    play: |stage| Box::pin(play(stage)),
};

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let (mut alice, mut bob) = (stage.party("alice"), stage.party("bob"));
    alice.talks_to(&mut bob).await?;
    alice.mute(true).await;
    bob.hears_silence(SOON).await?;
    bob.never_sees(&Seen::Held, Duration::from_secs(2)).await?;
    alice.hears_voice_of(&bob, SOON).await?;
    alice.mute(false).await;
    bob.hears_voice_of(&alice, SOON).await?;
    alice.hang_up().await;
    bob.sees(Seen::Ended, SOON).await
}
