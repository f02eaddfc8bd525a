//! A customer's firewall that allows only the rows of the three port tables: everything works.

use net::topology::Topology;

use crate::deployment::{Deployment, OFFICE_NAME, Place, Way};
use crate::firewall::{Edge, only};
use crate::outcome::Finding;
use crate::requirements::network::ONLY_LISTED_PORTS;
use crate::requirements::ports::Table;
use crate::scenario::{Need, Scenario};
use crate::stage::{IN_TIME, SOON, Seen, Stage};

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "network/listed_ports",
    title: "Behind a firewall that allows only the published tables, settings, calls, messages and a meeting work.",
    proves: &[&ONLY_LISTED_PORTS],
    needs: &[Need::Firewall, Need::WebRtc],
    deployment,
    play: |stage| Box::pin(play(stage)),
};

fn deployment() -> Deployment {
    let settings = Way::Settings(format!("https://{OFFICE_NAME}/46xxsettings.txt"));
    Deployment::office(&["alice"])
        .person("bob", Place::Home)
        .by(settings)
        .person("carol", Place::Home)
        .by(Way::Udp)
        .with_spaces()
        .with_meetings()
        .shaped(firewall)
}

fn firewall(topology: &mut Topology) {
    if let Some(home) = topology.sites.iter_mut().find(|site| site.name == "home") {
        home.firewall = Some(only(
            &[Table::IpOffice, Table::Spaces, Table::Meetings],
            Edge::Customer,
        ));
    }
}

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let (mut alice, mut bob, mut carol) = (
        stage.party("alice"),
        stage.party("bob"),
        stage.party("carol"),
    );
    bob.talks_to(&mut alice).await?;
    bob.hang_up().await;
    alice.sees(Seen::Ended, SOON).await?;
    alice.talks_to(&mut carol).await?;
    alice.hang_up().await;
    carol.sees(Seen::Ended, SOON).await?;

    stage.sign_in(&mut bob).await?;
    stage.sign_in(&mut carol).await?;
    bob.write("carol@example.com", "Through the wall.").await;
    carol.sees(Seen::Message("Through the wall."), SOON).await?;

    stage.join(&mut bob, "7202", false).await?;
    stage.join(&mut carol, "7202", true).await?;
    let (bobs, carols) = (bob.person.voice_hz, carol.person.voice_hz);
    bob.hears_in_meeting(&[carols], &[bobs], IN_TIME).await?;
    carol.hears_in_meeting(&[bobs], &[carols], IN_TIME).await
}
