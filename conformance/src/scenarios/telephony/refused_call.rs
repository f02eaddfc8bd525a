//! A call is refused, a number does not exist, a caller gives up: each is seen for what it is.

use crate::deployment::Deployment;
use crate::outcome::Finding;
use crate::requirements::telephony::AUDIO_CALL;
use crate::scenario::Scenario;
use crate::stage::{SOON, Seen, Stage};

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "telephony/refused_call",
    title: "A busy called party, an unknown number and a caller who gives up are told apart.",
    proves: &[&AUDIO_CALL],
    needs: &[],
    deployment: || Deployment::office(&["alice", "bob"]),
    play: |stage| Box::pin(play(stage)),
};

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let (mut alice, mut bob) = (stage.party("alice"), stage.party("bob"));
    alice.call("202").await;
    bob.sees(Seen::Ringing, SOON).await?;
    bob.hang_up().await;
    alice.sees(Seen::Refused(486), SOON).await?;

    alice.call("299").await;
    alice.sees(Seen::Refused(404), SOON).await?;

    alice.call("202").await;
    bob.sees(Seen::Ringing, SOON).await?;
    alice.hang_up().await;
    bob.sees(Seen::Missed, SOON).await
}
