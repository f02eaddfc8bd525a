//! A second client of one class takes the place of the first.

use sim_ipoffice::device_class::DeviceClass;

use crate::deployment::{Deployment, Way};
use crate::outcome::Finding;
use crate::requirements::registration::ONE_CLIENT_A_CLASS;
use crate::scenario::Scenario;
use crate::stage::{SOON, Seen, Stage};

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "registration/one_client_a_class",
    title: "A second desktop of one user takes the place of the first: a call rings at the newer one only.",
    proves: &[&ONE_CLIENT_A_CLASS],
    needs: &[],
    deployment: || {
        let deployment = Deployment::office(&["alice", "bob"]);
        deployment
            .device("bob-laptop", "bob", DeviceClass::Desktop)
            .by(Way::Later)
    },
    play: |stage| Box::pin(play(stage)),
};

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let (mut alice, mut bob, mut laptop) = (
        stage.party("alice"),
        stage.party("bob"),
        stage.party("bob-laptop"),
    );
    if let Some(login) = stage.login(&laptop.person, &Way::Udp) {
        laptop.log_in(login).await;
    }
    laptop.sees(Seen::Registered, SOON).await?;
    bob.forgets();
    alice.call("202").await;
    laptop.sees(Seen::Ringing, SOON).await?;
    bob.never_sees(&Seen::Ringing, std::time::Duration::from_secs(2))
        .await?;
    laptop.answer().await;
    alice.sees(Seen::Talking, SOON).await?;
    alice.hang_up().await;
    laptop.sees(Seen::Ended, SOON).await
}
