//! An encrypted call of a whole day: 66 wraps of the sequence number, and as many steps of SRTP's rollover counter.

use std::time::Duration;

use sim_ipoffice::config::SrtpPolicy;

use super::over_profile;
use crate::deployment::{Deployment, OFFICE_NAME, Place, Way};
use crate::outcome::{Fault, Finding};
use crate::requirements::telephony::{AUDIO_CALL, MEDIA_ENCRYPTION};
use crate::scenario::{Need, Scenario};
use crate::stage::{IN_TIME, Seen, Stage};

/// See the module. Its millions of packets take longer than all other scenarios together, so that it is run when it is named.
pub const SCENARIO: Scenario = Scenario {
    name: "quality/day_long_call",
    title: "An encrypted call of 24 hours is heard to its end, with nothing lost or refused over 65 wraps of sequence numbers.",
    proves: &[&AUDIO_CALL, &MEDIA_ENCRYPTION],
    needs: &[Need::LongTime],
    deployment,
    play: |stage| Box::pin(play(stage)),
};

const DAY: Duration = Duration::from_secs(24 * 3_600);
/// How often it is looked whether all is well.
const LOOK: Duration = Duration::from_secs(3_600);
/// Packets a second, each way.
const PACKETS: u64 = 50;

fn deployment() -> Deployment {
    let text = format!(
        "SET ENABLE_IPOFFICE 1\nSET SIP_CONTROLLER_LIST {OFFICE_NAME}:5061;transport=tls\nSET MEDIAENCRYPTION 1\n"
    );
    let way = Way::Settings("http://settings.example/day.txt".to_owned());
    let mut deployment = Deployment::office(&["alice"])
        .person("bob", Place::Home)
        .with_settings("day.txt", text)
        .with_office(|office| office.srtp = SrtpPolicy::Enforced)
        .everybody(&way);
    deployment.keeps_trace = false;
    deployment.limit = DAY + 4 * LOOK;
    deployment
}

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let (mut alice, mut bob) = (stage.party("alice"), stage.party("bob"));
    over_profile::begin(&mut alice, &mut bob).await?;
    let begun = stage.now();
    while stage.now() < begun + DAY {
        stage.wait(LOOK).await;
        for party in [&mut alice, &mut bob] {
            let heard = party.measures().await?;
            let statistics = &heard.statistics;
            let trouble = statistics.arrived.refused
                + statistics.playout.packets_missed
                + statistics.playout.buffer_flushes;
            let expected = format!("nothing is lost or refused for {}", party.name());
            stage.demand(
                trouble == 0,
                Fault::Client,
                &expected,
                format!("{statistics:?}"),
            )?;
            stage.demand(
                heard.delay_ms().is_some_and(|ms| ms < 200.0),
                Fault::Client,
                "the delay stays what it was",
                format!("{:?}", heard.heard.delay),
            )?;
        }
    }
    let received = bob.measures().await?.statistics.received;
    let received = received.map_or(0, |heard| heard.received);
    stage.measure("packets_received_by_bob", received as f64);
    let all = DAY.as_secs() * PACKETS;
    let came = format!("{received} packets, of which {all} make a day");
    stage.demand(
        received >= all,
        Fault::Client,
        "a day of packets came",
        came,
    )?;
    alice.hang_up().await;
    bob.sees(Seen::Ended, IN_TIME).await
}
