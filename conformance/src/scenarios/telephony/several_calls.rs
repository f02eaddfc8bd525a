//! Three calls at once, incoming and outgoing: one is active, the others are held, and all can be taken up again.

use crate::deployment::Deployment;
use crate::outcome::{Fault, Finding};
use crate::requirements::telephony::MULTIPLE_CALLS;
use crate::scenario::Scenario;
use crate::stage::{SOON, Seen, Stage};

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "telephony/several_calls",
    title: "A user has three calls at once, two outgoing and one incoming; exactly one is active at any time.",
    proves: &[&MULTIPLE_CALLS],
    needs: &[],
    deployment: || Deployment::office(&["alice", "bob", "carol", "dave"]),
    play: |stage| Box::pin(play(stage)),
};

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let mut alice = stage.party("alice");
    let mut others = ["bob", "carol", "dave"].map(|name| stage.party(name));
    alice.talks_to(&mut others[0]).await?;
    alice.talks_to(&mut others[1]).await?;
    others[0].sees(Seen::Held, SOON).await?;
    others[2].talks_to(&mut alice).await?;
    others[1].sees(Seen::Held, SOON).await?;
    alice.has_active_calls(1, SOON).await?;
    let open = alice.open_calls();
    stage.demand(open == 3, Fault::Client, "three calls", format!("{open}"))?;

    alice.retrieve().await;
    others[1].sees(Seen::Talking, SOON).await?;
    others[2].sees(Seen::Held, SOON).await?;
    others[1].hears_voice_of(&alice, SOON).await?;
    for _ in 0..3 {
        alice.hang_up().await;
        alice.sees(Seen::Ended, SOON).await?;
    }
    for other in &mut others {
        other.sees(Seen::Ended, SOON).await?;
    }
    Ok(())
}
