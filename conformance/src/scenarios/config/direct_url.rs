//! The settings file by its URL, on each of the four ports.

use crate::deployment::{Deployment, OFFICE_NAME, Place, Way};
use crate::outcome::Finding;
use crate::requirements::configuration::DIRECT_URL;
use crate::requirements::network::PREFERRED_PHONE_PORTS;
use crate::scenario::Scenario;
use crate::stage::{SOON, Seen, Stage};

/// With preferred phone ports on.
pub const SCENARIO: Scenario = Scenario {
    name: "config/direct_url",
    title: "The settings file is served on 443, 80, 411 and 8411, and leads to a registration from each.",
    proves: &[&DIRECT_URL],
    needs: &[],
    deployment: || ports().with_office(|office| office.ports.preferred = true),
    play: |stage| Box::pin(play(stage)),
};

/// With preferred phone ports off.
pub const PREFERRED_OFF: Scenario = Scenario {
    name: "config/preferred_ports_off",
    title: "With preferred phone ports off, 411 and 8411 are closed and 80 and 443 are not.",
    proves: &[&PREFERRED_PHONE_PORTS],
    needs: &[],
    deployment: ports,
    play: |stage| Box::pin(play_off(stage)),
};

const URLS: [(&str, &str); 4] = [
    ("https", ""),
    ("http", ""),
    ("https", ":411"),
    ("http", ":8411"),
];

fn ports() -> Deployment {
    let people = ["secure", "plain", "phone-secure", "phone-plain"];
    let deployment = Deployment::office(&[]);
    people
        .iter()
        .fold(deployment, |deployment, name| {
            deployment.person(name, Place::Office)
        })
        .everybody(&Way::Later)
}

fn url((scheme, port): (&str, &str)) -> String {
    format!("{scheme}://{OFFICE_NAME}{port}/46xxsettings.txt")
}

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    for (name, address) in ["secure", "plain", "phone-secure", "phone-plain"]
        .into_iter()
        .zip(URLS)
    {
        log_in(stage, name, address, &[Seen::Settings, Seen::Registered]).await?;
    }
    Ok(())
}

async fn play_off(stage: &mut Stage) -> Result<(), Finding> {
    log_in(
        stage,
        "secure",
        URLS[0],
        &[Seen::Settings, Seen::Registered],
    )
    .await?;
    log_in(stage, "plain", URLS[1], &[Seen::Settings, Seen::Registered]).await?;
    log_in(stage, "phone-secure", URLS[2], &[Seen::LoginFailed]).await?;
    log_in(stage, "phone-plain", URLS[3], &[Seen::LoginFailed]).await
}

async fn log_in(
    stage: &mut Stage,
    name: &str,
    address: (&str, &str),
    sees: &[Seen],
) -> Result<(), Finding> {
    let mut party = stage.party(name);
    if let Some(login) = stage.login(&party.person, &Way::Settings(url(address))) {
        party.log_in(login).await;
    }
    for seen in sees {
        party.sees(seen.clone(), SOON).await?;
    }
    Ok(())
}
