//! The list of controllers is an order: the second is tried when the first does not answer.

use client::Event;

use crate::deployment::{Deployment, OFFICE_NAME, Place, Way};
use crate::outcome::{Fault, Finding};
use crate::requirements::registration::CONTROLLER_LIST;
use crate::scenario::Scenario;
use crate::stage::{IN_TIME, Stage};

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "registration/controller_order",
    title: "A client whose first controller does not listen registers with the second, on its default port.",
    proves: &[&CONTROLLER_LIST],
    needs: &[],
    deployment,
    play: |stage| Box::pin(play(stage)),
};

/// The host of the settings file listens on no SIP port.
fn deployment() -> Deployment {
    let list = format!("settings.example:5060;transport=tcp,{OFFICE_NAME};transport=tls");
    let text = format!("SET ENABLE_IPOFFICE 1\nSET SIP_CONTROLLER_LIST {list}\n");
    Deployment::office(&["alice"])
        .with_settings("two.txt", text)
        .person("bob", Place::Home)
        .by(Way::Later)
}

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let (mut alice, mut bob) = (stage.party("alice"), stage.party("bob"));
    if let Some(login) = stage.login(
        &bob.person,
        &Way::Settings("http://settings.example/two.txt".to_owned()),
    ) {
        bob.log_in(login).await;
    }
    let decided =
        |event: &Event| matches!(event, Event::LineTrouble { .. } | Event::LoggedIn { .. });
    let first = bob
        .sees_one(decided, "trouble with the first controller", IN_TIME)
        .await?;
    let is_trouble = matches!(first, Event::LineTrouble { .. });
    stage.demand(
        is_trouble,
        Fault::Client,
        "the first controller is tried first",
        format!("{first:?}"),
    )?;
    let registered = |event: &Event| matches!(event, Event::LoggedIn { .. });
    match bob
        .sees_one(registered, "its registration stand", IN_TIME)
        .await?
    {
        Event::LoggedIn { controller, .. } => {
            let came = controller.to_string();
            stage.demand(
                came.contains(OFFICE_NAME) && came.contains("transport=tls"),
                Fault::Client,
                "the second controller, by TLS",
                came,
            )?;
        }
        other => {
            return Err(Finding::new(
                Fault::Client,
                "a registration",
                format!("{other:?}"),
            ));
        }
    }
    alice.talks_to(&mut bob).await?;
    alice.hang_up().await;
    Ok(())
}
