//! All devices of a user ring, two answer in the same instant: one wins, the others are let go.

use std::time::Duration;

use super::simultaneous::{DEVICES, four_devices};
use crate::outcome::{Fault, Finding};
use crate::requirements::registration::FIRST_ANSWER_WINS;
use crate::scenario::Scenario;
use crate::stage::{SOON, Seen, Stage};

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "registration/first_answer_wins",
    title: "Two of four ringing devices answer in the same instant; exactly one keeps the call.",
    proves: &[&FIRST_ANSWER_WINS],
    needs: &[],
    deployment: four_devices,
    play: |stage| Box::pin(play(stage)),
};

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let mut alice = stage.party("alice");
    let mut devices = DEVICES.map(|name| stage.party(name));
    alice.call("202").await;
    for device in &mut devices {
        device.sees(Seen::Ringing, SOON).await?;
    }
    devices[0].answer().await;
    devices[2].answer().await;
    alice.sees(Seen::Talking, SOON).await?;
    for quiet in [1, 3] {
        devices[quiet].sees(Seen::AnsweredElsewhere, SOON).await?;
    }
    stage.wait(Duration::from_secs(1)).await;
    let keeping = devices
        .iter()
        .filter(|device| device.active_calls() > 0)
        .count();
    stage.demand(
        keeping == 1,
        Fault::IpOffice,
        "exactly one device keeps the call",
        format!("{keeping} keep it"),
    )?;
    if let Some(winner) = devices.iter_mut().find(|device| device.active_calls() > 0) {
        alice.hears_voice_of(winner, SOON).await?;
        winner.hears_voice_of(&alice, SOON).await?;
        alice.hang_up().await;
        winner.sees(Seen::Ended, SOON).await?;
    }
    Ok(())
}
