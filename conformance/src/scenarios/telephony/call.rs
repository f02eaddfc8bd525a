//! A call is made, received and ended, by either side.

use std::time::Duration;

use crate::deployment::{Deployment, Place};
use crate::outcome::{Fault, Finding};
use crate::requirements::telephony::AUDIO_CALL;
use crate::scenario::Scenario;
use crate::stage::{SOON, Seen, Stage};

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "telephony/call",
    title: "An audio call is made, received and ended, first by the caller, then by the called.",
    proves: &[&AUDIO_CALL],
    needs: &[],
    deployment: || Deployment::office(&["alice"]).person("bob", Place::Home),
    play: |stage| Box::pin(play(stage)),
};

/// What a listener in an ordinary room calls good (ITU-T P.800: 4 is good).
const MOS_MIN: f64 = 4.0;

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let (mut alice, mut bob) = (stage.party("alice"), stage.party("bob"));
    alice.talks_to(&mut bob).await?;
    stage.wait(Duration::from_secs(10)).await;
    let heard = bob.measures().await?;
    stage.demand(
        heard.loss() == 0.0,
        Fault::Unclear,
        "no loss on a good network",
        format!("{:.4}", heard.loss()),
    )?;
    let mos = heard.mos().unwrap_or_default();
    stage.measure("listening_quality_mos", mos);
    stage.demand(
        mos >= MOS_MIN,
        Fault::Unclear,
        "a listening quality of at least 4.0",
        format!("{mos:.2}"),
    )?;
    alice.hang_up().await;
    bob.sees(Seen::Ended, SOON).await?;
    alice.sees(Seen::Ended, SOON).await?;

    bob.talks_to(&mut alice).await?;
    alice.hang_up().await;
    bob.sees(Seen::Ended, SOON).await
}
