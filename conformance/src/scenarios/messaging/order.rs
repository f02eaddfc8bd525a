//! Forty messages over a line with faults drawn from the seed: each arrives once, in order, when the line is healed.

use std::time::Duration;

use client::{Event, messaging};
use net::faults::{Effect, FaultPlan, Ground, Target};

use crate::deployment::{Deployment, Place};
use crate::outcome::{Fault, Finding};
use crate::requirements::messaging::ORDER_AND_NO_LOSS;
use crate::scenario::{Need, Scenario};
use crate::stage::{IN_TIME, Party, Seen, Stage};

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "messaging/order",
    title: "Messages sent while the line has faults and is cut arrive once each and in order.",
    proves: &[&ORDER_AND_NO_LOSS],
    needs: &[Need::Impairment, Need::TcpLoss],
    deployment: || {
        Deployment::office(&["alice"])
            .person("bob", Place::Home)
            .with_spaces()
            .with_faults(faults)
    },
    play: |stage| Box::pin(play(stage)),
};

/// Faults are over by then.
const BAD: Duration = Duration::from_secs(120);
/// In the midst of it the line is cut for longer than a connection lives without an answer.
const CUT: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(100));
const MESSAGES: usize = 40;

fn faults(seed: u64) -> FaultPlan {
    let ground = Ground {
        sites: vec!["home".to_owned()],
        span: BAD,
        ..Ground::default()
    };
    FaultPlan::swarm(seed, &ground).with(Target::link("home"), CUT.0, CUT.1, Effect::Cut)
}

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let (mut alice, mut bob) = (stage.party("alice"), stage.party("bob"));
    stage.sign_in(&mut alice).await?;
    stage.start_messaging(&bob).await;
    bob.sees(Seen::MessagingOnline, IN_TIME).await?;
    for number in 0..MESSAGES {
        alice
            .write("bob@example.com", &format!("to bob {number}"))
            .await;
        bob.write("alice@example.com", &format!("to alice {number}"))
            .await;
        stage.wait(Duration::from_secs(3)).await;
    }
    for (party, name) in [(&mut bob, "bob"), (&mut alice, "alice")] {
        for number in 0..MESSAGES {
            next_is(party, &format!("to {name} {number}")).await?;
        }
    }
    Ok(())
}

/// The next message of the colleague is this one.
async fn next_is(party: &mut Party, expected: &str) -> Result<(), Finding> {
    let theirs = |event: &Event| matches!(event, Event::Messaging(messaging::Event::Message(message)) if !message.own);
    match party
        .sees_one(
            theirs,
            &format!("the message \"{expected}\""),
            BAD + IN_TIME,
        )
        .await?
    {
        Event::Messaging(messaging::Event::Message(message)) if message.text == expected => Ok(()),
        Event::Messaging(messaging::Event::Message(message)) => {
            let expected = format!("{} sees \"{expected}\" next", party.name());
            Err(
                Finding::new(Fault::Unclear, expected, format!("\"{}\"", message.text))
                    .at(party.host().now()),
            )
        }
        other => Err(Finding::new(
            Fault::Client,
            "a message",
            format!("{other:?}"),
        )),
    }
}
