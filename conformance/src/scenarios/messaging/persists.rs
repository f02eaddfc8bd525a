//! A message to somebody who is not there is there when they come.

use std::time::Duration;

use crate::deployment::{Deployment, Place};
use crate::outcome::Finding;
use crate::requirements::messaging::MESSAGES_PERSIST;
use crate::scenario::Scenario;
use crate::stage::{SOON, Seen, Stage};

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "messaging/persists",
    title: "Three messages to somebody who is not signed in are there, in order, an hour later.",
    proves: &[&MESSAGES_PERSIST],
    needs: &[],
    deployment: || {
        Deployment::office(&["alice"])
            .person("bob", Place::Home)
            .with_spaces()
    },
    play: |stage| Box::pin(play(stage)),
};

const TEXTS: [&str; 3] = ["First.", "Second: ünï€ødé ☎", "Third."];

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let (mut alice, mut bob) = (stage.party("alice"), stage.party("bob"));
    stage.sign_in(&mut alice).await?;
    for text in TEXTS {
        alice.write("bob@example.com", text).await;
        alice.sees(Seen::Sent(text), SOON).await?;
    }
    stage
        .wait(if stage.is_real() {
            Duration::from_secs(2)
        } else {
            Duration::from_secs(3600)
        })
        .await;
    stage.start_messaging(&bob).await;
    for text in TEXTS {
        bob.sees(Seen::Message(text), SOON).await?;
    }
    Ok(())
}
