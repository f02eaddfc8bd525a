//! The answer to a call is lost, and comes again when the callee has talked for half a second already.
//!
//! RFC 3264 §5.1: who offers is to be ready for media from then on.

use std::time::Duration;

use net::faults::{Effect, FaultPlan, Target};

use crate::deployment::{Deployment, Place};
use crate::outcome::{Fault, Finding};
use crate::requirements::telephony::BAD_NETWORK;
use crate::scenario::{Need, Scenario};
use crate::stage::{IN_TIME, SOON, Seen, Stage};

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "telephony/lost_answer",
    title: "The answer to a call is lost once; what the callee says before it comes again is heard and counted.",
    proves: &[&BAD_NETWORK],
    needs: &[Need::Impairment],
    deployment: || {
        Deployment::office(&["bob"])
            .person("alice", Place::Home)
            .with_faults(|seed| {
                FaultPlan::seeded(seed).with(
                    Target::downlink("home"),
                    ANSWERED,
                    ANSWERED + CUT,
                    Effect::Cut,
                )
            })
    },
    play: |stage| Box::pin(play(stage)),
};

/// When Bob answers.
const ANSWERED: Duration = Duration::from_secs(10);
/// Time from then on in which nothing gets through to Alice: shorter than the first wait for an ACK (RFC 3261 §13.3.1.4, T1).
const CUT: Duration = Duration::from_millis(100);
/// Time after which the answer may come again at the earliest.
const AGAIN: Duration = Duration::from_millis(400);
/// Packets of 20 ms that the cut loses, and that are under way.
const GONE: u64 = 10;

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let (mut alice, mut bob) = (stage.party("alice"), stage.party("bob"));
    alice.call(&bob.person.extension).await;
    bob.sees(Seen::Ringing, SOON).await?;
    stage.wait_until(ANSWERED).await;
    bob.answer().await;
    bob.sees(Seen::Talking, SOON).await?;
    alice.sees(Seen::Talking, IN_TIME).await?;
    let waited = stage.now() - ANSWERED;
    let expected = "the first answer is lost, the next one comes half a second later";
    stage.demand(
        waited >= AGAIN,
        Fault::Unclear,
        expected,
        format!("{waited:?}"),
    )?;

    // Play-out has just begun to catch up: what is said of it now is held to the network's truth, too.
    stage.wait(Duration::from_millis(60)).await;
    alice.measures().await?;
    stage.wait(Duration::from_secs(5)).await;
    let said = bob.measures().await?.statistics.sent.packets;
    let heard = alice.measures().await?.statistics;
    let counted = heard.received.map_or(0, |received| received.received);
    stage.measure(
        "packets_before_the_answer",
        (waited.as_millis() / 20) as f64,
    );
    stage.demand(
        counted + GONE >= said,
        Fault::Client,
        "what came before the answer is counted",
        format!("{counted} of {said} packets are"),
    )?;
    stage.demand(
        heard.playout.packets_missed == 0,
        Fault::Client,
        "and heard",
        format!("{:?}", heard.playout),
    )?;
    alice.hears_voice_of(&bob, SOON).await?;
    bob.hears_voice_of(&alice, SOON).await?;
    alice.hang_up().await;
    bob.sees(Seen::Ended, IN_TIME).await
}
