//! Registration by digest over UDP, TCP and TLS, and what happens with a wrong password.

use client::{Event, LoginError};

use crate::deployment::{Deployment, Place, Way};
use crate::outcome::{Fault, Finding};
use crate::requirements::registration::DIGEST_REGISTRATION;
use crate::scenario::Scenario;
use crate::stage::{SOON, Seen, Stage};

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "registration/digest",
    title: "Clients register over UDP, TCP and TLS and reach each other; a wrong password is refused for good.",
    proves: &[&DIGEST_REGISTRATION],
    needs: &[],
    deployment,
    play: |stage| Box::pin(play(stage)),
};

fn deployment() -> Deployment {
    Deployment::office(&["udp"])
        .person("tcp", Place::Office)
        .by(Way::Tcp)
        .person("tls", Place::Home)
        .by(Way::Tls)
        .person("mallory", Place::Home)
        .by(Way::Later)
}

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let (mut udp, mut tcp, mut tls) = (stage.party("udp"), stage.party("tcp"), stage.party("tls"));
    udp.talks_to(&mut tcp).await?;
    udp.hang_up().await;
    tcp.sees(Seen::Ended, SOON).await?;
    tcp.talks_to(&mut tls).await?;
    tcp.hang_up().await;
    tls.sees(Seen::Ended, SOON).await?;

    let mut mallory = stage.party("mallory");
    let mut guess = mallory.person.clone();
    guess.password = "4711471147".to_owned();
    if let Some(login) = stage.login(&guess, &Way::Udp) {
        mallory.log_in(login).await;
    }
    let failed = |event: &Event| matches!(event, Event::LoginFailed { .. });
    let event = mallory
        .sees_one(failed, "its login fail for good", SOON)
        .await?;
    let is_refused = matches!(&event, Event::LoginFailed { error: LoginError::Refused { status, .. } }
        if matches!(status, Some(401 | 403)));
    stage.demand(
        is_refused,
        Fault::Client,
        "the login fails as refused, with 401 or 403",
        format!("{event:?}"),
    )
}
