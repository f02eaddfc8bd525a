//! Spaces goes away during a call: the call goes on, and messaging says that it is lost.

use std::time::Duration;

use crate::deployment::Deployment;
use crate::outcome::{Fault, Finding};
use crate::requirements::messaging::MESSAGING_LOSS_IS_CONTAINED;
use crate::scenario::Scenario;
use crate::stage::{SOON, Seen, Stage};

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "messaging/loss_is_contained",
    title: "Spaces stops during a call; the call goes on, messaging says that it is lost.",
    proves: &[&MESSAGING_LOSS_IS_CONTAINED],
    needs: &[],
    deployment: || Deployment::office(&["alice", "bob"]).with_spaces(),
    play: |stage| Box::pin(play(stage)),
};

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let (mut alice, mut bob) = (stage.party("alice"), stage.party("bob"));
    stage.sign_in(&mut alice).await?;
    alice.talks_to(&mut bob).await?;
    if let Some(spaces) = &stage.servers().spaces {
        spaces.stop();
    }
    alice
        .sees(Seen::MessagingOffline, Duration::from_secs(10))
        .await?;
    bob.hears_voice_of(&alice, SOON).await?;
    stage.demand(
        alice.active_calls() == 1,
        Fault::Client,
        "the call goes on",
        "it does not",
    )?;
    alice.hold().await;
    bob.sees(Seen::Held, SOON).await?;
    alice.retrieve().await;
    bob.sees(Seen::Talking, SOON).await?;
    alice.hang_up().await;
    bob.sees(Seen::Ended, SOON).await
}
