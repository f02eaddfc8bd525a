//! A network without IPv4: login, calls, hold and encryption all the same, by name and by address.

use crate::deployment::{Deployment, OFFICE_NAME, Place, Way};
use crate::outcome::Finding;
use crate::requirements::registration::DIGEST_REGISTRATION;
use crate::requirements::telephony::{AUDIO_CALL, HOLD_RETRIEVE};
use crate::scenario::{Need, Scenario};
use crate::stage::{SOON, Seen, Stage};
use sim_ipoffice::config::SrtpPolicy;

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "network/ipv6",
    title: "Without IPv4, clients log in over UDP, TCP and TLS, talk in the clear and encrypted, hold and retrieve.",
    proves: &[&DIGEST_REGISTRATION, &AUDIO_CALL, &HOLD_RETRIEVE],
    needs: &[Need::Ipv6],
    deployment,
    play: |stage| Box::pin(play(stage)),
};

fn deployment() -> Deployment {
    Deployment::office(&[])
        .over_ipv6()
        .with_office(|office| office.srtp = SrtpPolicy::Preferred)
        .person("alice", Place::Office)
        .by(Way::Settings(format!("https://{OFFICE_NAME}")))
        .person("bob", Place::Home)
        .by(Way::Udp)
        .person("carol", Place::Home)
        .by(Way::Later)
}

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let (mut alice, mut bob) = (stage.party("alice"), stage.party("bob"));
    let mut carol = stage.party("carol");
    // An address in a URL has brackets (RFC 3986 §3.2.2); from there it gets into the settings, and so into every SIP address.
    let office = stage.host(crate::deployment::IP_OFFICE).addresses();
    let Some(address) = office.first() else {
        return Ok(());
    };
    let way = Way::Settings(format!("http://[{address}]"));
    if let Some(login) = stage.login(&carol.person, &way) {
        carol.log_in(login).await;
    }
    carol.sees(Seen::Registered, SOON).await?;

    alice.talks_to(&mut bob).await?;
    alice.hold().await;
    bob.sees(Seen::Held, SOON).await?;
    bob.hears_silence(SOON).await?;
    alice.retrieve().await;
    bob.sees(Seen::Talking, SOON).await?;
    bob.hears_voice_of(&alice, SOON).await?;
    bob.hang_up().await;
    alice.sees(Seen::Ended, SOON).await?;

    carol.talks_to(&mut alice).await?;
    carol.hang_up().await;
    alice.sees(Seen::Ended, SOON).await
}
