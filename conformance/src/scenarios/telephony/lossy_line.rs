//! A line that loses a fifth of all packets both ways: every step of a call still succeeds, by retransmission.

use std::time::Duration;

use crate::deployment::{Deployment, LOSSY, Place, loss_at_home};
use crate::outcome::{Fault, Finding};
use crate::requirements::telephony::{AUDIO_CALL, BAD_NETWORK, HOLD_RETRIEVE};
use crate::scenario::{Need, Scenario};
use crate::stage::{IN_TIME, Seen, Stage};

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "telephony/lossy_line",
    title: "With a fifth of all packets lost both ways a call is set up, held, retrieved and ended all the same.",
    proves: &[&BAD_NETWORK, &AUDIO_CALL, &HOLD_RETRIEVE],
    needs: &[Need::Impairment, Need::TcpLoss],
    deployment: || {
        Deployment::office(&["alice"])
            .person("bob", Place::Home)
            .with_faults(|seed| loss_at_home(seed, 20.0))
    },
    play: |stage| Box::pin(play(stage)),
};

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let (mut alice, mut bob) = (stage.party("alice"), stage.party("bob"));
    alice.call("202").await;
    bob.sees(Seen::Ringing, IN_TIME).await?;
    bob.answer().await;
    alice.sees(Seen::Talking, IN_TIME).await?;
    bob.sees(Seen::Talking, IN_TIME).await?;
    stage.wait(Duration::from_secs(5)).await;
    let loss = bob.measures().await?.loss();
    stage.measure("loss_at_the_ear_share", loss);
    stage.demand(
        loss > 0.05,
        Fault::Unclear,
        "the loss is heard",
        format!("{loss:.3}"),
    )?;
    alice.hold().await;
    alice.sees(Seen::Holding, IN_TIME).await?;
    alice.retrieve().await;
    alice.sees(Seen::Retrieved, IN_TIME).await?;
    bob.hang_up().await;
    alice.sees(Seen::Ended, IN_TIME).await?;
    bob.sees(Seen::Ended, IN_TIME).await?;

    stage
        .wait(LOSSY.saturating_sub(stage.now()) + IN_TIME)
        .await;
    alice.talks_to(&mut bob).await?;
    alice.hang_up().await;
    bob.sees(Seen::Ended, IN_TIME).await
}
