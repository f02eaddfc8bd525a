//! Numbers typed with separators are called without them; nothing else is changed.

use crate::deployment::Deployment;
use crate::outcome::Finding;
use crate::requirements::configuration::RULES_OFF;
use crate::scenario::Scenario;
use crate::stage::{SOON, Seen, Stage};

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "telephony/separators",
    title: "Without dialling rules a number is sent as typed, less its separators.",
    proves: &[&RULES_OFF],
    needs: &[],
    deployment: || Deployment::office(&["alice", "bob"]),
    play: |stage| Box::pin(play(stage)),
};

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let (mut alice, mut bob) = (stage.party("alice"), stage.party("bob"));
    for typed in ["202", "2 02", "2-0-2", "(2) 02", "2.02"] {
        stage.remark(format!("alice types {typed}"));
        alice.call(typed).await;
        bob.sees(Seen::Ringing, SOON).await?;
        alice.hang_up().await;
        bob.sees(Seen::Missed, SOON).await?;
        alice.sees(Seen::Ended, SOON).await?;
    }
    for typed in ["2020", "0202"] {
        alice.call(typed).await;
        alice.sees(Seen::Refused(404), SOON).await?;
    }
    Ok(())
}
