//! A challenge lives ten seconds: answered earlier it registers, later it is void.

use std::time::Duration;

use crate::deployment::Deployment;
use crate::outcome::{Fault, Finding};
use crate::requirements::registration::CHALLENGE_LIFETIME;
use crate::scenario::Scenario;
use crate::stage::{Probe, Stage};

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "registration/challenge_lifetime",
    title: "A challenge answered after 9.9 s registers; after 10.1 s it is answered with a new challenge.",
    proves: &[&CHALLENGE_LIFETIME],
    needs: &[],
    deployment: || Deployment::office(&["alice"]).everybody(&crate::deployment::Way::Later),
    play: |stage| Box::pin(play(stage)),
};

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let alice = stage.party("alice");
    let mut probe = Probe::new(stage, &alice).await?;
    for (wait_ms, expected) in [(9_900, 200), (10_100, 401)] {
        probe.forget_challenge();
        let challenged = probe.register().await?;
        stage.demand(
            challenged == 401,
            Fault::IpOffice,
            "a challenge: 401",
            challenged.to_string(),
        )?;
        stage.wait(Duration::from_millis(wait_ms)).await;
        let answered = probe.register().await?;
        let words = format!("{expected} to an answer after {wait_ms} ms");
        stage.demand(
            answered == expected,
            Fault::IpOffice,
            &words,
            answered.to_string(),
        )?;
    }
    Ok(())
}
