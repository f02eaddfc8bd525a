//! Calls, hold and hang-up over an access line on which the seed lets all kinds of things go wrong, then over a healed one.

use std::time::Duration;

use net::faults::{FaultPlan, Ground};

use crate::deployment::{Deployment, Place, Way};
use crate::outcome::{Fault, Finding};
use crate::requirements::telephony::BAD_NETWORK;
use crate::scenario::{Need, Scenario};
use crate::stage::{IN_TIME, SOON, Seen, Stage};

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "telephony/bad_network",
    title: "On a line with faults drawn from the seed calls may fail, but once it is healed everything works again.",
    proves: &[&BAD_NETWORK],
    needs: &[Need::Impairment, Need::TcpLoss],
    deployment,
    play: |stage| Box::pin(play(stage)),
};

/// Faults are over by then.
const BAD: Duration = Duration::from_secs(60);

fn deployment() -> Deployment {
    let deployment = Deployment::office(&["alice"])
        .person("bob", Place::Home)
        .person("carol", Place::Home);
    deployment.by(Way::Tcp).with_faults(faults)
}

fn faults(seed: u64) -> FaultPlan {
    let ground = Ground {
        sites: vec!["home".to_owned()],
        span: BAD,
        ..Ground::default()
    };
    FaultPlan::swarm(seed, &ground)
}

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let (mut alice, mut bob, mut carol) = (
        stage.party("alice"),
        stage.party("bob"),
        stage.party("carol"),
    );
    for turn in 0..4 {
        let number = if turn % 2 == 0 { "202" } else { "203" };
        alice.call(number).await;
        stage.wait(Duration::from_secs(2)).await;
        bob.answer().await;
        carol.answer().await;
        stage.wait(Duration::from_secs(4)).await;
        alice.hold().await;
        stage.wait(Duration::from_secs(3)).await;
        alice.retrieve().await;
        stage.wait(Duration::from_secs(2)).await;
        alice.hang_up().await;
        stage.wait(Duration::from_secs(2)).await;
    }
    let healed = BAD.saturating_sub(stage.now()) + IN_TIME;
    stage.wait(healed).await;
    for party in [&alice, &bob, &carol] {
        let open = party.open_calls();
        let expected = format!(
            "no call of {} is left over when the line is healed",
            party.name()
        );
        stage.demand(open == 0, Fault::Unclear, &expected, format!("{open} are"))?;
    }
    for other in [&mut bob, &mut carol] {
        alice.talks_to(other).await?;
        alice.hang_up().await;
        other.sees(Seen::Ended, SOON).await?;
    }
    Ok(())
}
