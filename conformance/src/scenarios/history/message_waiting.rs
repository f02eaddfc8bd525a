//! The lamp for waiting messages: on or off, on every device of its user, and off again when the mailbox is emptied.

use std::time::Duration;

use sim_ipoffice::device_class::DeviceClass;

use crate::deployment::{Deployment, OFFICE_NAME, Way};
use crate::outcome::Finding;
use crate::requirements::history::MESSAGE_WAITING;
use crate::scenario::Scenario;
use crate::stage::{SOON, Seen, Stage};

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "history/message_waiting",
    title: "A waiting message lights the lamp of its user alone, on each device, and goes out with the last one.",
    proves: &[&MESSAGE_WAITING],
    needs: &[],
    deployment: || {
        Deployment::office(&["alice", "bob"])
            .device("alice_mobile", "alice", DeviceClass::Mobile)
            .everybody(&Way::Settings(format!("https://{OFFICE_NAME}")))
    },
    play: |stage| Box::pin(play(stage)),
};

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let (mut alice, mut mobile) = (stage.party("alice"), stage.party("alice_mobile"));
    let mut bob = stage.party("bob");
    for party in [&mut alice, &mut mobile, &mut bob] {
        party.sees(Seen::MessageWaiting(false), SOON).await?;
    }
    for is_waiting in [true, false] {
        // A second message changes nothing that could be seen.
        for _ in 0..2 {
            switch(stage, "201", is_waiting).await;
        }
        for party in [&mut alice, &mut mobile] {
            party.sees(Seen::MessageWaiting(is_waiting), SOON).await?;
        }
        let again = Seen::MessageWaiting(is_waiting);
        alice.never_sees(&again, Duration::from_secs(2)).await?;
    }
    bob.never_sees(&Seen::MessageWaiting(true), Duration::ZERO)
        .await?;
    // Whoever comes later sees the lamp as it is.
    switch(stage, "202", true).await;
    bob.sees(Seen::MessageWaiting(true), SOON).await?;
    bob.log_out().await;
    bob.sees(Seen::LoggedOut, SOON).await?;
    let way = bob.person.way.clone();
    if let Some(login) = stage.login(&bob.person, &way) {
        bob.log_in(login).await;
    }
    bob.sees(Seen::MessageWaiting(true), SOON).await
}

/// The voicemail has a message for an extension, or none any more.
async fn switch(stage: &mut Stage, extension: &'static str, is_waiting: bool) {
    if let Some(office) = &stage.servers().office {
        office
            .ask(move |office| office.set_message_waiting(extension, is_waiting))
            .await;
    }
}
