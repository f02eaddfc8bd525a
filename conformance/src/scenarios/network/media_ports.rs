//! Many calls at once: every media port is in its range, RTP even, RTCP odd, none used twice.

use crate::deployment::Deployment;
use crate::outcome::Finding;
use crate::requirements::network::MEDIA_PORTS;
use crate::scenario::{Need, Scenario};
use crate::stage::{SOON, Seen, Stage};

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "network/media_ports",
    title: "Six calls stand at once; a checker holds every media port of the system against its range.",
    proves: &[&MEDIA_PORTS],
    needs: &[Need::Trace],
    deployment: || Deployment::office(&PEOPLE),
    play: |stage| Box::pin(play(stage)),
};

const PEOPLE: [&str; 12] = [
    "a1", "b1", "a2", "b2", "a3", "b3", "a4", "b4", "a5", "b5", "a6", "b6",
];

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let mut people = PEOPLE.map(|name| stage.party(name));
    let (callers, called) = (0..6)
        .map(|pair| (2 * pair, 2 * pair + 1))
        .unzip::<_, _, Vec<_>, Vec<_>>();
    for (caller, callee) in callers.iter().zip(&called) {
        let number = people[*callee].person.extension.clone();
        people[*caller].call(&number).await;
        people[*callee].sees(Seen::Ringing, SOON).await?;
        people[*callee].answer().await;
        people[*caller].sees(Seen::Talking, SOON).await?;
    }
    for caller in &callers {
        let far = people[caller + 1].person.voice_hz;
        people[*caller].hears(far, SOON).await?;
    }
    for caller in callers {
        people[caller].hang_up().await;
        people[caller].sees(Seen::Ended, SOON).await?;
    }
    Ok(())
}
