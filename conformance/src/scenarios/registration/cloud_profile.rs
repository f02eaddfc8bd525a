//! In the cloud plain SIP is on 5056 in place of 5060.

use sim_ipoffice::config::Profile;

use crate::deployment::{Deployment, Place, Way};
use crate::outcome::Finding;
use crate::requirements::network::SIP_PORT;
use crate::scenario::Scenario;
use crate::stage::{SOON, Seen, Stage};

/// On premises.
pub const ON_PREMISES: Scenario = Scenario {
    name: "registration/on_premises_profile",
    title: "On premises, clients register on 5060 over UDP and TCP and call each other.",
    proves: &[&SIP_PORT],
    needs: &[],
    deployment: || deployment(Profile::OnPremises),
    play: |stage| Box::pin(play(stage)),
};

/// In the cloud.
pub const CLOUD: Scenario = Scenario {
    name: "registration/cloud_profile",
    title: "In the cloud profile, clients register on 5056 over UDP and TCP and call each other.",
    proves: &[&SIP_PORT],
    needs: &[],
    deployment: || deployment(Profile::Cloud),
    play: |stage| Box::pin(play(stage)),
};

fn deployment(profile: Profile) -> Deployment {
    let deployment = Deployment::office(&[])
        .person("udp", Place::Home)
        .person("tcp", Place::Home)
        .by(Way::Tcp);
    deployment.with_office(|office| office.profile = profile)
}

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let (mut udp, mut tcp) = (stage.party("udp"), stage.party("tcp"));
    udp.talks_to(&mut tcp).await?;
    udp.hang_up().await;
    tcp.sees(Seen::Ended, SOON).await?;
    tcp.talks_to(&mut udp).await?;
    tcp.hang_up().await;
    udp.sees(Seen::Ended, SOON).await
}
