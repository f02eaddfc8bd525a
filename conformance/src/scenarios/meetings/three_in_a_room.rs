//! Three people meet in a room by WebRTC: everybody is on the roster and hears the two others.

use crate::deployment::{Deployment, Place};
use crate::outcome::Finding;
use crate::requirements::meetings::MEET_ME_ROOM;
use crate::scenario::{Need, Scenario};
use crate::stage::{IN_TIME, Seen, Stage};

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "meetings/three_in_a_room",
    title: "Owner, subscriber and guest meet in a room by WebRTC; each hears the two others. Audio only.",
    proves: &[&MEET_ME_ROOM],
    needs: &[Need::WebRtc],
    deployment: || {
        let deployment = Deployment::office(&["alice"])
            .person("bob", Place::Home)
            .person("carol", Place::Home);
        deployment.with_meetings()
    },
    play: |stage| Box::pin(play(stage)),
};

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let names = ["alice", "bob", "carol"];
    let mut people = names.map(|name| stage.party(name));
    for (person, is_guest) in people.iter_mut().zip([false, false, true]) {
        stage.join(person, "7201", is_guest).await?;
    }
    for person in &mut people {
        person.sees(Seen::Roster(3), IN_TIME).await?;
    }
    let voices: Vec<f64> = people.iter().map(|person| person.person.voice_hz).collect();
    for (index, person) in people.iter_mut().enumerate() {
        let others: Vec<f64> = (0..3)
            .filter(|other| *other != index)
            .map(|other| voices[other])
            .collect();
        person
            .hears_in_meeting(&others, &[voices[index]], IN_TIME)
            .await?;
    }
    for person in &mut people {
        person.leave().await;
        person.sees(Seen::MeetingLeft, IN_TIME).await?;
    }
    Ok(())
}
