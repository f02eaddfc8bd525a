//! A phone whose settings limit the picture says so, and whoever sends to it keeps to it.

use std::time::Duration;

use crate::deployment::{Deployment, OFFICE_NAME, Place, Way};
use crate::outcome::{Fault, Finding};
use crate::requirements::telephony::VIDEO_CALL;
use crate::scenario::Scenario;
use crate::stage::{IN_TIME, SOON, Seen, Stage};

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "telephony/video_limit",
    title: "A phone whose settings limit the picture of calls is sent no more, and sends no more.",
    proves: &[&VIDEO_CALL],
    needs: &[],
    deployment,
    play: |stage| Box::pin(play(stage)),
};

/// What bob's settings allow.
const LIMIT_KBIT_S: u64 = 100;
/// Some rounds of the clip.
const WATCHED: Duration = Duration::from_secs(16);

fn deployment() -> Deployment {
    let file = |limit: u64| {
        format!(
            "SET ENABLE_IPOFFICE 1\nSET SIP_CONTROLLER_LIST {OFFICE_NAME}:5061;transport=tls\n\
             SET VIDEO_MAX_BANDWIDTH_ANY_NETWORK {limit}\n"
        )
    };
    let by = |name: &str| Way::Settings(format!("http://settings.example/{name}"));
    Deployment::office(&[])
        .with_settings("wide.txt", file(1_280))
        .with_settings("narrow.txt", file(LIMIT_KBIT_S))
        .person("alice", Place::Office)
        .by(by("wide.txt"))
        .person("bob", Place::Office)
        .by(by("narrow.txt"))
}

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let (mut alice, mut bob) = (stage.party("alice"), stage.party("bob"));
    alice.shows_itself_to(&mut bob).await?;
    alice.sees(Seen::Picture, SOON).await?;
    let before = [alice.watches().await?, bob.watches().await?];
    stage.wait(WATCHED).await;
    for (party, before) in [&mut alice, &mut bob].into_iter().zip(before) {
        let (shown, name) = (party.watches().await?, party.name());
        let (sent, sent_before) = (shown.sent, before.sent);
        let packets = sent.packets - sent_before.packets;
        let octets = sent.octets - sent_before.octets + 12 * packets;
        let rate = octets as f64 * 8.0 / WATCHED.as_secs_f64();
        stage.measure(&format!("{name}_camera_bits_per_s"), rate);
        let most = (LIMIT_KBIT_S * 1_000) as f64;
        stage.demand(
            rate > most / 2.0 && rate < most * 1.02 && shown.limit == Some(LIMIT_KBIT_S * 1_000),
            Fault::Client,
            &format!("{name} sends no more than {LIMIT_KBIT_S} kbit/s of pictures"),
            format!("{rate:.0} bit/s, limit {:?}", shown.limit),
        )?;
        stage.demand(
            shown.seen.missed == 0,
            Fault::Client,
            &format!("{name} sees every picture"),
            format!("{:?}", shown.seen),
        )?;
    }
    bob.hang_up().await;
    alice.sees(Seen::Ended, IN_TIME).await
}
