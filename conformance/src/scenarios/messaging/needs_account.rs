//! With an account at Spaces messages are sent and received; without one there is no messaging.

use crate::deployment::{Deployment, Place};
use crate::outcome::Finding;
use crate::requirements::licensing::SPACES_BASIC_IS_FREE;
use crate::requirements::messaging::MESSAGING_NEEDS_ACCOUNT;
use crate::scenario::Scenario;
use crate::stage::{SOON, Seen, Stage};

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "messaging/needs_account",
    title: "With a Basic account messages go both ways; without an account there is no messaging.",
    proves: &[&MESSAGING_NEEDS_ACCOUNT, &SPACES_BASIC_IS_FREE],
    needs: &[],
    deployment: || {
        Deployment::office(&["alice"])
            .person("bob", Place::Home)
            .person("eve", Place::Home)
            .with_spaces()
    },
    play: |stage| Box::pin(play(stage)),
};

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let (mut alice, mut bob, mut eve) =
        (stage.party("alice"), stage.party("bob"), stage.party("eve"));
    stage.sign_in(&mut alice).await?;
    stage.sign_in(&mut bob).await?;
    alice.write("bob@example.com", "Are you there?").await;
    bob.sees(Seen::Message("Are you there?"), SOON).await?;
    alice.sees(Seen::Sent("Are you there?"), SOON).await?;
    bob.write("alice@example.com", "Yes.").await;
    alice.sees(Seen::Message("Yes."), SOON).await?;

    eve.write("alice@example.com", "Without an account.").await;
    eve.sees(Seen::NotPossible, SOON).await?;
    eve.person.email = "eve@nowhere.example".to_owned();
    stage.start_messaging(&eve).await;
    eve.sees(Seen::MessagingOffline, SOON).await
}
