//! Three people with cameras and one without meet in a room: whoever can see sees the others, by their own pictures.
//!
//! Truth is what the cameras sent: a picture counts at the receiver once it is whole, and its mark is read. One comes late and
//! begins with a key frame, one leaves.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::deployment::{Deployment, Place, loss_at_home};
use crate::outcome::{Fault, Finding};
use crate::requirements::meetings::MEET_ME_ROOM;
use crate::scenario::{Need, Scenario};
use crate::stage::{IN_TIME, Party, SOON, Seen, Stage};

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "meetings/pictures",
    title: "Three with a camera and one without meet; each hears all others, and sees every picture of those with a camera.",
    proves: &[&MEET_ME_ROOM],
    needs: &[Need::WebRtc],
    deployment,
    play: |stage| Box::pin(play(stage)),
};

/// The same where packets are lost on the way to and from one of them.
pub const LOSSY: Scenario = Scenario {
    name: "meetings/pictures_repaired",
    title: "With one packet in twenty lost both ways, pictures are repaired by retransmission, not by key frames.",
    proves: &[&MEET_ME_ROOM],
    needs: &[Need::WebRtc, Need::Impairment, Need::TcpLoss],
    deployment: || deployment().with_faults(|seed| loss_at_home(seed, 5.0)),
    play: |stage| Box::pin(play_lossy(stage)),
};

/// Time over which pictures are counted.
const COUNTED: Duration = Duration::from_secs(6);
/// Pictures that may be on their way, or counted already, when two are asked one after the other: 0.2 s of 15 a second.
const ON_THEIR_WAY: u64 = 3;

/// One at home, three at the office, and a room for them.
pub(super) fn deployment() -> Deployment {
    let deployment = Deployment::office(&["alice"])
        .person("bob", Place::Home)
        .person("carol", Place::Office)
        .person("dave", Place::Office);
    deployment.with_meetings()
}

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let [mut alice, mut bob, mut carol, mut dave] =
        ["alice", "bob", "carol", "dave"].map(|name| stage.party(name));
    let a = stage.join_with_video(&mut alice, "7201", false).await?;
    stage.join(&mut dave, "7201", true).await?;
    let b = stage.join_with_video(&mut bob, "7201", false).await?;
    alice.sees(Seen::MeetingPicture, IN_TIME).await?;
    bob.sees(Seen::MeetingPicture, IN_TIME).await?;
    alice.sees_in_room(&[b], IN_TIME).await?;
    bob.sees_in_room(&[a], IN_TIME).await?;

    // Alice's camera is in the middle of its pictures: who comes late waits for a key frame, and gets one that is asked for.
    let before = alice.shows_room().await?;
    let c = stage.join_with_video(&mut carol, "7201", false).await?;
    carol.sees_in_room(&[a, b], SOON).await?;
    alice.sees_in_room(&[b, c], SOON).await?;
    bob.sees_in_room(&[a, c], SOON).await?;
    let after = alice.shows_room().await?;
    stage.demand(
        after.picture_losses > before.picture_losses,
        Fault::Meetings,
        "the room asks alice for a key frame for carol",
        format!(
            "{} requests before, {} after",
            before.picture_losses, after.picture_losses
        ),
    )?;

    let mut seers = [(&mut alice, a), (&mut bob, b), (&mut carol, c)];
    every_picture_comes(stage, &mut seers).await?;
    everybody_is_heard(&mut [&mut alice, &mut bob, &mut carol, &mut dave]).await?;

    alice.block_video_in_room(true).await?;
    carol.sees_in_room(&[b], SOON).await?;
    alice.block_video_in_room(false).await?;
    carol.sees_in_room(&[a, b], SOON).await?;

    bob.leave().await;
    bob.sees(Seen::MeetingLeft, IN_TIME).await?;
    alice.sees_in_room(&[c], SOON).await?;
    carol.sees_in_room(&[a], SOON).await?;
    every_picture_comes(stage, &mut [(&mut alice, a), (&mut carol, c)]).await
}

async fn play_lossy(stage: &mut Stage) -> Result<(), Finding> {
    let (mut alice, mut bob) = (stage.party("alice"), stage.party("bob"));
    let a = stage.join_with_video(&mut alice, "7201", false).await?;
    let b = stage.join_with_video(&mut bob, "7201", false).await?;
    alice.sees_in_room(&[b], IN_TIME).await?;
    bob.sees_in_room(&[a], IN_TIME).await?;
    // Before the first key frame comes, pictures are of no use: how long that takes is not the question here.
    let began = [
        alice.watches_in_room(b).await?.seen,
        bob.watches_in_room(a).await?.seen,
    ];
    stage.wait(Duration::from_secs(20)).await;
    for ((seer, of), began) in [(&mut alice, b), (&mut bob, a)].into_iter().zip(began) {
        let statistics = seer.watches_in_room(of).await?;
        let (seen, missing) = (&statistics.seen, &statistics.repair.missing);
        let grief = (seen.broken + seen.orphaned) - (began.broken + began.orphaned);
        let whole = seen.pictures - began.pictures;
        let share = whole as f64 / (whole + grief) as f64;
        stage.measure(&format!("{}_whole_pictures_share", seer.name()), share);
        stage.measure(
            &format!("{}_repaired_packets", seer.name()),
            missing.repaired as f64,
        );
        stage.demand(
            share > 0.98 && whole > 250,
            Fault::Unclear,
            &format!("{} sees nearly every picture", seer.name()),
            format!("{seen:?}"),
        )?;
    }
    // Bob's packets to the room are asked for by the room, those to him by his client.
    let (sent_again, asked) = {
        let own = bob.shows_room().await?.repair;
        (
            own.sent_again,
            bob.watches_in_room(a).await?.repair.missing.asked,
        )
    };
    stage.demand(
        sent_again > 0 && asked > 0,
        Fault::Unclear,
        "packets are asked for again on both legs",
        format!("bob sent {sent_again} again and asked for {asked}"),
    )
}

/// What was counted at one of those with a camera.
struct Count {
    /// Pictures that the camera sent.
    shown: u64,
    /// Of each other: pictures whose mark was read, and pictures that came to grief.
    seen: BTreeMap<u64, (u64, u64)>,
}

async fn count(people: &mut [(&mut Party, u64)]) -> Result<BTreeMap<u64, Count>, Finding> {
    let mut counts = BTreeMap::new();
    for (party, number) in people {
        let lines = party.watches_room().await?;
        let shown = lines.first().map_or(0, |own| own.statistics.shown.pictures);
        let seen = lines.iter().filter_map(|line| {
            let seen = &line.statistics.seen;
            let grief = seen.missed + seen.disorder + seen.broken + seen.undecodable;
            Some((line.participant?, (seen.marked, grief)))
        });
        let seen = seen.collect();
        counts.insert(*number, Count { shown, seen });
    }
    Ok(counts)
}

/// What each camera sends and what comes of it at the others are the same number of pictures, whole and in order.
async fn every_picture_comes(
    stage: &Stage,
    people: &mut [(&mut Party, u64)],
) -> Result<(), Finding> {
    let before = count(people).await?;
    stage.wait(COUNTED).await;
    let after = count(people).await?;
    for (seer, now) in &after {
        for (of, (marked, grief)) in &now.seen {
            let (Some(then), Some(sender)) = (before.get(seer), before.get(of)) else {
                continue;
            };
            let (marked_then, grief_then) = then.seen.get(of).copied().unwrap_or_default();
            let sent = after.get(of).map_or(0, |count| count.shown) - sender.shown;
            let came = marked - marked_then;
            stage.measure(&format!("pictures_of_{of}_at_{seer}"), came as f64);
            stage.demand(
                sent > 0 && sent.abs_diff(came) <= ON_THEIR_WAY && *grief == grief_then,
                Fault::Unclear,
                &format!("participant {seer} sees every picture of {of}, each in its turn"),
                format!(
                    "{sent} sent, {came} read, {} came to grief",
                    grief - grief_then
                ),
            )?;
        }
    }
    Ok(())
}

/// Each hears all others, and not itself.
async fn everybody_is_heard(people: &mut [&mut Party]) -> Result<(), Finding> {
    let voices: Vec<f64> = people.iter().map(|one| one.person.voice_hz).collect();
    for (place, party) in people.iter_mut().enumerate() {
        let mut others = voices.clone();
        let own = others.remove(place);
        party.hears_in_meeting(&others, &[own], IN_TIME).await?;
    }
    Ok(())
}
