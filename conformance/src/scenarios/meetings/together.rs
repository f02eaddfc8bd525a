//! Two with cameras come to a room at about the same time, again and again: whoever is let in first, each sees the other.
//!
//! Who is to be shown is said on one path and shown on another. At some distance between the two arrivals the word is there
//! before the path.

use std::time::Duration;

use crate::deployment::{Deployment, Place};
use crate::outcome::Finding;
use crate::requirements::meetings::MEET_ME_ROOM;
use crate::scenario::{Need, Scenario};
use crate::stage::{IN_TIME, Seen, Stage};

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "meetings/together",
    title: "Two who come at about the same time see each other, however long the one comes before the other.",
    proves: &[&MEET_ME_ROOM],
    needs: &[Need::WebRtc],
    deployment,
    play: |stage| Box::pin(play(stage)),
};

/// By how much the second comes later, each time by one more: together the whole time that it takes to join.
const APART: Duration = Duration::from_millis(15);
/// How often they come.
const TIMES: u32 = 12;

fn deployment() -> Deployment {
    Deployment::office(&["alice"])
        .person("bob", Place::Home)
        .with_meetings()
}

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let (mut alice, mut bob) = (stage.party("alice"), stage.party("bob"));
    for time in 0..TIMES {
        stage.start_join_with_video(&alice, "7201", false).await?;
        stage.wait(APART * time).await;
        stage.start_join_with_video(&bob, "7201", false).await?;
        let a = alice.is_in_room().await?;
        let b = bob.is_in_room().await?;
        for (party, other) in [(&mut alice, b), (&mut bob, a)] {
            party.sees(Seen::MeetingPicture, IN_TIME).await?;
            party.sees_in_room(&[other], IN_TIME).await?;
        }
        for party in [&mut alice, &mut bob] {
            party.leave().await;
            party.sees(Seen::MeetingLeft, IN_TIME).await?;
        }
    }
    Ok(())
}
