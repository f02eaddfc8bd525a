//! Without Meetings Online everything else works, and joining a room fails with a clear reason.

use client::meeting::{self, LeaveReason, Trouble};
use client::{Command, Event, Voice};

use crate::deployment::{Deployment, MEETINGS_NAME, Place};
use crate::outcome::{Fault, Finding};
use crate::requirements::meetings::MEETINGS_OPTIONAL;
use crate::scenario::Scenario;
use crate::stage::{IN_TIME, SOON, Seen, Stage};

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "release/without_meetings",
    title: "Without Meetings Online calls and messages work; joining a room fails with a clear reason.",
    proves: &[&MEETINGS_OPTIONAL],
    needs: &[],
    deployment: || {
        Deployment::office(&["alice"])
            .person("bob", Place::Home)
            .with_spaces()
    },
    play: |stage| Box::pin(play(stage)),
};

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let (mut alice, mut bob) = (stage.party("alice"), stage.party("bob"));
    stage.sign_in(&mut alice).await?;
    stage.sign_in(&mut bob).await?;
    alice.talks_to(&mut bob).await?;
    alice.write("bob@example.com", "While we talk.").await;
    bob.sees(Seen::Message("While we talk."), SOON).await?;

    let Ok(room) = format!("https://{MEETINGS_NAME}/portal/tenants/solstice/?ID=7201").parse()
    else {
        return Ok(());
    };
    let invitation = meeting::Invitation {
        room,
        name: "alice".to_owned(),
        login: None,
        voice: Voice::Silence,
        video: None,
    };
    alice.command(Command::JoinMeeting(invitation)).await;
    let left = |event: &Event| matches!(event, Event::Meeting(meeting::Event::Left { .. }));
    let event = alice.sees_one(left, "the meeting fail", IN_TIME).await?;
    let is_clear = matches!(
        &event,
        Event::Meeting(meeting::Event::Left {
            reason: LeaveReason::Trouble(Trouble::Unreachable { .. }),
            ..
        })
    );
    stage.demand(
        is_clear,
        Fault::Client,
        "the portal is said to be unreachable",
        format!("{event:?}"),
    )?;
    bob.hears_voice_of(&alice, SOON).await?;
    alice.hang_up().await;
    bob.sees(Seen::Ended, SOON).await
}
