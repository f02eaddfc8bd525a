//! A call with a picture: made, answered, ended; and one whose picture is not taken.

use std::time::Duration;

use crate::deployment::Deployment;
use crate::outcome::{Fault, Finding};
use crate::requirements::telephony::VIDEO_CALL;
use crate::scenario::Scenario;
use crate::stage::{Party, SOON, Seen, Stage};

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "telephony/video_call",
    title: "A call with a picture is made, answered and ended; without one it is a call all the same.",
    proves: &[&VIDEO_CALL],
    needs: &[],
    deployment: || Deployment::office(&["alice", "bob"]),
    play: |stage| Box::pin(play(stage)),
};

/// Pictures that are waited for: two seconds of the test pattern.
const PICTURES: u64 = 30;

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let (mut alice, mut bob) = (stage.party("alice"), stage.party("bob"));
    alice.call_with_video("202").await;
    bob.sees(Seen::Ringing, SOON).await?;
    bob.answer_with_video().await;
    for party in [&mut alice, &mut bob] {
        party.sees(Seen::Talking, SOON).await?;
        party.sees(Seen::Picture, SOON).await?;
    }
    sees_every_picture(stage, &mut alice).await?;
    sees_every_picture(stage, &mut bob).await?;
    alice.hears_voice_of(&bob, SOON).await?;
    bob.hears_voice_of(&alice, SOON).await?;
    bob.hang_up().await;
    alice.sees(Seen::Ended, SOON).await?;

    bob.call_with_video("201").await;
    alice.sees(Seen::Ringing, SOON).await?;
    alice.answer().await;
    bob.sees(Seen::Talking, SOON).await?;
    bob.hears_voice_of(&alice, SOON).await?;
    bob.never_sees(&Seen::Picture, Duration::from_secs(1))
        .await?;
    bob.hang_up().await;
    alice.sees(Seen::Ended, SOON).await
}

/// Pictures come, each in its turn and none left out.
async fn sees_every_picture(stage: &Stage, party: &mut Party) -> Result<(), Finding> {
    let seen = party.sees_pictures(PICTURES, SOON).await?.seen;
    stage.measure(&format!("{}_pictures", party.name()), seen.marked as f64);
    let words = format!("{} sees every picture in its turn", party.name());
    let is_whole = seen.missed + seen.disorder + seen.broken + seen.undecodable == 0;
    stage.demand(is_whole, Fault::Unclear, &words, format!("{seen:?}"))
}
