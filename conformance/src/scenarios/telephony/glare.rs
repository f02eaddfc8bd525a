//! Both sides hold in the same instant: the re-INVITEs cross, and both holds stand in the end.

use std::time::Duration;

use crate::deployment::Deployment;
use crate::outcome::Finding;
use crate::requirements::telephony::{BAD_NETWORK, HOLD_RETRIEVE};
use crate::scenario::Scenario;
use crate::stage::{IN_TIME, Seen, Stage};

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "telephony/glare",
    title: "Both sides hold in the same instant; after 491 and a pause both holds stand, and both are undone.",
    proves: &[&BAD_NETWORK, &HOLD_RETRIEVE],
    needs: &[],
    deployment: || Deployment::office(&["alice", "bob"]),
    play: |stage| Box::pin(play(stage)),
};

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let (mut alice, mut bob) = (stage.party("alice"), stage.party("bob"));
    alice.talks_to(&mut bob).await?;
    alice.hold().await;
    bob.hold().await;
    alice.sees(Seen::Holding, IN_TIME).await?;
    bob.sees(Seen::Holding, IN_TIME).await?;
    stage.wait(Duration::from_secs(3)).await;
    alice.retrieve().await;
    alice.sees(Seen::Retrieved, IN_TIME).await?;
    bob.retrieve().await;
    bob.sees(Seen::Retrieved, IN_TIME).await?;
    alice.hears_voice_of(&bob, IN_TIME).await?;
    bob.hears_voice_of(&alice, IN_TIME).await?;
    alice.hang_up().await;
    bob.sees(Seen::Ended, IN_TIME).await
}
