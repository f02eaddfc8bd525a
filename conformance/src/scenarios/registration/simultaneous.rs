//! One user with a desk phone, a desktop, a mobile and a WebRTC client at once: a call alerts all four.

use sim_ipoffice::device_class::DeviceClass;

use crate::deployment::Deployment;
use crate::outcome::Finding;
use crate::requirements::registration::SIMULTANEOUS_MODE;
use crate::scenario::Scenario;
use crate::stage::{SOON, Seen, Stage};

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "registration/simultaneous",
    title: "A call to a user with four devices of four classes alerts them all; the caller gives up, and all stop.",
    proves: &[&SIMULTANEOUS_MODE],
    needs: &[],
    deployment: four_devices,
    play: |stage| Box::pin(play(stage)),
};

/// Alice, and bob with one device of each class.
pub(super) fn four_devices() -> Deployment {
    Deployment::office(&["alice", "bob"])
        .device("bob-desk", "bob", DeviceClass::Desk)
        .device("bob-mobile", "bob", DeviceClass::Mobile)
        .device("bob-browser", "bob", DeviceClass::WebRtc)
}

/// The hosts of bob's devices.
pub(super) const DEVICES: [&str; 4] = ["bob", "bob-desk", "bob-mobile", "bob-browser"];

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let mut alice = stage.party("alice");
    let mut devices = DEVICES.map(|name| stage.party(name));
    alice.call("202").await;
    for device in &mut devices {
        device.sees(Seen::Ringing, SOON).await?;
    }
    alice.sees(Seen::RingBack, SOON).await?;
    alice.hang_up().await;
    for device in &mut devices {
        device.sees(Seen::Missed, SOON).await?;
    }
    alice.sees(Seen::Ended, SOON).await
}
