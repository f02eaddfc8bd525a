//! A call with a picture over a line that loses packets, in the clear and encrypted: what is lost is asked for and comes again:
//! no picture is missed, and nobody needs a key frame.

use std::time::Duration;

use media::video::VideoStatistics;

use sim_ipoffice::config::SrtpPolicy;

use crate::deployment::{Deployment, OFFICE_NAME, Place, Way, loss_at_home};
use crate::outcome::{Fault, Finding};
use crate::requirements::telephony::{BAD_NETWORK, MEDIA_ENCRYPTION, VIDEO_CALL};
use crate::scenario::{Need, Scenario};
use crate::stage::{IN_TIME, Party, SOON, Seen, Stage};

/// In the clear.
pub const PLAIN: Scenario = Scenario {
    name: "telephony/video_repair",
    title: "Over a line that loses packets the pictures of a call are repaired, and none is missed.",
    proves: &[&VIDEO_CALL, &BAD_NETWORK],
    needs: &[Need::Impairment, Need::TcpLoss],
    deployment,
    play: |stage| Box::pin(play(stage)),
};
/// Encrypted: what comes again must be no replay to anybody on its way.
pub const ENCRYPTED: Scenario = Scenario {
    name: "telephony/video_repair_encrypted",
    title: "Over a line that loses packets the pictures of an encrypted call are repaired, and none is missed.",
    proves: &[&VIDEO_CALL, &BAD_NETWORK, &MEDIA_ENCRYPTION],
    needs: &[Need::Impairment, Need::TcpLoss],
    deployment: encrypted,
    play: |stage| Box::pin(play(stage)),
};

fn deployment() -> Deployment {
    Deployment::office(&["alice"])
        .person("bob", Place::Home)
        .with_faults(|seed| loss_at_home(seed, LOSS_PERCENT))
}

fn encrypted() -> Deployment {
    let text = format!(
        "SET ENABLE_IPOFFICE 1\nSET SIP_CONTROLLER_LIST {OFFICE_NAME}:5061;transport=tls\nSET MEDIAENCRYPTION 1\n"
    );
    deployment()
        .with_settings("secret.txt", text)
        .with_office(|office| office.srtp = SrtpPolicy::Enforced)
        .everybody(&Way::Settings(
            "http://settings.example/secret.txt".to_owned(),
        ))
}

/// Packets that are lost each way. A picture of the test pattern has a few of them: without repair one in some would be hurt.
const LOSS_PERCENT: f64 = 3.0;
/// How long the pictures are watched.
const WATCHED: Duration = Duration::from_secs(20);
/// Pictures of the test pattern in that time, less those on their way at the ends.
const PICTURES: u64 = 290;

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let (mut alice, mut bob) = (stage.party("alice"), stage.party("bob"));
    alice.call_with_video("202").await;
    bob.sees(Seen::Ringing, IN_TIME).await?;
    bob.answer_with_video().await;
    for party in [&mut alice, &mut bob] {
        party.sees(Seen::Talking, IN_TIME).await?;
        party.sees(Seen::Picture, SOON).await?;
    }
    let before = [alice.watches().await?, bob.watches().await?];
    stage.wait(WATCHED).await;
    for (party, before) in [&mut alice, &mut bob].into_iter().zip(before) {
        is_repaired(stage, party, &before).await?;
    }
    bob.hang_up().await;
    alice.sees(Seen::Ended, IN_TIME).await
}

/// Packets were lost and came again, and every picture was shown.
async fn is_repaired(
    stage: &Stage,
    party: &mut Party,
    before: &VideoStatistics,
) -> Result<(), Finding> {
    let after = party.watches().await?;
    let (seen, repair) = (after.seen, after.repair);
    let name = party.name();
    stage.measure(&format!("{name}_asked_again"), repair.missing.asked as f64);
    let words = format!("{name} asks for lost packets and sends its own again");
    let is_used = repair.missing.repaired > 0 && repair.sent_again > 0;
    stage.demand(is_used, Fault::Client, &words, format!("{repair:?}"))?;
    let words = format!("nothing that comes to {name} is a replay");
    let refused = after.arrived.refused;
    stage.demand(refused == 0, Fault::Client, &words, format!("{refused}"))?;
    let came = seen.marked - before.seen.marked;
    let words =
        format!("{name} sees {PICTURES} pictures in {WATCHED:?}, none missed and none hurt");
    let missed = seen.missed - before.seen.missed + seen.broken - before.seen.broken;
    let asked = after.key_frames_asked - before.key_frames_asked;
    stage.demand(
        came >= PICTURES && missed == 0 && asked == 0,
        Fault::Client,
        &words,
        format!("{came} pictures, {asked} key frames asked for, {seen:?}"),
    )
}
