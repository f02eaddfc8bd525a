//! Answering a call puts the active one on hold.

use crate::deployment::Deployment;
use crate::outcome::{Fault, Finding};
use crate::requirements::telephony::AUTO_HOLD;
use crate::scenario::Scenario;
use crate::stage::{SOON, Seen, Stage};

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "telephony/auto_hold",
    title: "Answering a second call holds the first; when the second ends, the first can be retrieved.",
    proves: &[&AUTO_HOLD],
    needs: &[],
    deployment: || Deployment::office(&["alice", "bob", "carol"]),
    play: |stage| Box::pin(play(stage)),
};

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let (mut alice, mut bob, mut carol) = (
        stage.party("alice"),
        stage.party("bob"),
        stage.party("carol"),
    );
    alice.talks_to(&mut bob).await?;
    carol.call("201").await;
    alice.sees(Seen::Ringing, SOON).await?;
    stage.demand(
        alice.active_calls() == 1,
        Fault::Client,
        "ringing alone holds nothing",
        "the call is held",
    )?;
    alice.answer().await;
    bob.sees(Seen::Held, SOON).await?;
    carol.sees(Seen::Talking, SOON).await?;
    alice.sees(Seen::Talking, SOON).await?;
    alice.has_active_calls(1, SOON).await?;
    carol.hears_voice_of(&alice, SOON).await?;
    bob.hears_silence(SOON).await?;

    carol.hang_up().await;
    alice.sees(Seen::Ended, SOON).await?;
    alice.retrieve().await;
    bob.sees(Seen::Talking, SOON).await?;
    bob.hears_voice_of(&alice, SOON).await.map(|_| ())
}
