//! An e-mail address leads to the settings file; an unknown one fails clearly, and the URL can still be typed in.

use client::discovery::DiscoveryError;
use client::{Event, LogIn, LoginError};

use crate::deployment::{Deployment, OFFICE_NAME, Place, Way};
use crate::outcome::{Fault, Finding};
use crate::requirements::configuration::EMAIL_DISCOVERY;
use crate::scenario::Scenario;
use crate::stage::{SOON, Seen, Stage};

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "config/email_discovery",
    title: "A known e-mail address leads to the settings and a registration; an unknown one fails, and the URL helps.",
    proves: &[&EMAIL_DISCOVERY],
    needs: &[],
    deployment: || {
        let deployment = Deployment::office(&[])
            .with_spaces()
            .person("alice", Place::Home)
            .by(Way::Email);
        deployment.person("bob", Place::Home).by(Way::Later)
    },
    play: |stage| Box::pin(play(stage)),
};

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let (mut alice, mut bob) = (stage.party("alice"), stage.party("bob"));
    let mut stranger = bob.person.clone();
    stranger.email = "nobody@example.org".to_owned();
    if let Some(login) = stage.login(&stranger, &Way::Email) {
        bob.log_in(login).await;
    }
    let failed = |event: &Event| matches!(event, Event::LoginFailed { .. });
    let event = bob
        .sees_one(failed, "its login fail for good", SOON)
        .await?;
    let is_clear = matches!(&event, Event::LoginFailed { error: LoginError::Discovery(error) } if is_unknown(error));
    stage.demand(
        is_clear,
        Fault::Client,
        "the failure says that the address is not known",
        format!("{event:?}"),
    )?;

    let Way::Settings(url) = settings_url() else {
        return Ok(());
    };
    let (user, password) = (bob.person.extension.clone(), bob.person.password.clone());
    bob.log_in(LogIn::Settings {
        url,
        user,
        password,
    })
    .await;
    bob.sees(Seen::Registered, SOON).await?;
    alice.talks_to(&mut bob).await?;
    alice.hang_up().await;
    bob.sees(Seen::Ended, SOON).await
}

fn settings_url() -> Way {
    Way::Settings(format!("https://{OFFICE_NAME}/46xxsettings.txt"))
}

fn is_unknown(error: &DiscoveryError) -> bool {
    matches!(error, DiscoveryError::Unknown { .. })
}
