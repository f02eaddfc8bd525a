//! Three others are shown to one whose line becomes too narrow for all of them, and wide again.
//!
//! Truth is what the line takes. Everybody has to be heard, and of the pictures some come and not all.

use std::time::Duration;

use net::faults::{FaultPlan, Target};

use super::pictures;
use crate::deployment::narrow_at_home;
use crate::outcome::{Fault, Finding};
use crate::requirements::meetings::MEET_ME_ROOM;
use crate::scenario::{Need, Scenario};
use crate::stage::{IN_TIME, Party, Stage};

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "meetings/narrow_path",
    title: "On a line too narrow for all pictures one is shown fewer and hears everybody; once it is wide again, one sees all.",
    proves: &[&MEET_ME_ROOM],
    needs: &[Need::WebRtc, Need::Impairment],
    deployment: || pictures::deployment().with_faults(faults),
    play: |stage| Box::pin(play(stage)),
};

/// When the line becomes narrow, and when wide again.
const NARROW: Duration = Duration::from_secs(15);
const WIDE: Duration = Duration::from_secs(45);
/// What it takes then: sound, and less than the three clips.
const BITS_PER_S: u64 = 200_000;
/// How long what waits before it may take.
const QUEUE: Duration = Duration::from_millis(200);
/// Time in which the room notices and the queue runs dry.
const NOTICED: Duration = Duration::from_secs(12);
/// Time in which all are seen again: one is tried again after less than this.
const SEEN_AGAIN: Duration = Duration::from_secs(60);

fn faults(seed: u64) -> FaultPlan {
    let line = Target::link("home");
    narrow_at_home(seed, line, (NARROW, WIDE), BITS_PER_S, QUEUE)
}

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let [mut alice, mut bob, mut carol, mut dave] =
        ["alice", "bob", "carol", "dave"].map(|name| stage.party(name));
    let mut numbers = Vec::new();
    for party in [&mut alice, &mut carol, &mut dave, &mut bob] {
        numbers.push(stage.join_with_video(party, "7201", false).await?);
    }
    let others = numbers[..3].to_vec();
    bob.sees_in_room(&others, IN_TIME).await?;

    stage.wait_until(NARROW + NOTICED).await;
    let shown = shown(&mut bob).await?;
    stage.demand(
        (1..others.len()).contains(&shown),
        Fault::Meetings,
        "bob is shown fewer than three while his line is narrow, and somebody",
        format!("{shown} are shown"),
    )?;
    stage.measure("pictures_while_narrow", shown as f64);
    let voices = [&alice, &carol, &dave].map(|one| one.person.voice_hz);
    bob.hears_in_meeting(&voices, &[], IN_TIME).await?;
    alice.sees_in_room(&numbers[1..], IN_TIME).await?;

    stage.wait_until(WIDE).await;
    bob.sees_in_room(&others, SEEN_AGAIN).await
}

async fn shown(party: &mut Party) -> Result<usize, Finding> {
    let lines = party.watches_room().await?;
    Ok(lines
        .iter()
        .filter(|line| line.participant.is_some())
        .count())
}
