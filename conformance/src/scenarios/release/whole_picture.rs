//! The whole midmarket picture in one run: discovery at Spaces, call at IP Office, message at Spaces, meeting at Meetings Online.

use crate::deployment::{Deployment, Place, Way};
use crate::outcome::Finding;
use crate::requirements::release::{LINKS_ARE_DATA, WHOLE_PICTURE};
use crate::scenario::{Need, Scenario};
use crate::stage::{IN_TIME, SOON, Seen, Stage};

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "release/whole_picture",
    title: "Discovery by e-mail, a call, a message and a meeting touch all four systems; nobody else is contacted.",
    proves: &[&WHOLE_PICTURE, &LINKS_ARE_DATA],
    needs: &[Need::WebRtc],
    deployment: || {
        let deployment = Deployment::office(&[])
            .person("alice", Place::Office)
            .person("bob", Place::Home);
        deployment
            .everybody(&Way::Email)
            .with_spaces()
            .with_meetings()
    },
    play: |stage| Box::pin(play(stage)),
};

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let (mut alice, mut bob) = (stage.party("alice"), stage.party("bob"));
    alice.talks_to(&mut bob).await?;
    alice.hang_up().await;
    bob.sees(Seen::Ended, SOON).await?;

    stage.sign_in(&mut alice).await?;
    stage.sign_in(&mut bob).await?;
    alice.write("bob@example.com", "Come to my room.").await;
    bob.sees(Seen::Message("Come to my room."), SOON).await?;

    stage.join(&mut alice, "7201", false).await?;
    stage.join(&mut bob, "7201", false).await?;
    let (alices, bobs) = (alice.person.voice_hz, bob.person.voice_hz);
    alice.hears_in_meeting(&[bobs], &[alices], IN_TIME).await?;
    bob.hears_in_meeting(&[alices], &[bobs], IN_TIME).await?;
    bob.leave().await;
    bob.sees(Seen::MeetingLeft, SOON).await?;
    alice.leave().await;
    alice.sees(Seen::MeetingLeft, SOON).await
}
