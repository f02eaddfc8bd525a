//! Unknown settings, broken lines, jumps and fetches: the file is followed as far as it makes sense, and never breaks.

use client::Event;
use client::settings::Remark;

use crate::deployment::{Deployment, OFFICE_NAME, Place, Way};
use crate::outcome::{Fault, Finding};
use crate::requirements::configuration::SETTINGS_GRAMMAR;
use crate::scenario::Scenario;
use crate::stage::{SOON, Stage};

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "config/settings_grammar",
    title: "A file with jumps, a fetch, unknown names and nonsense is followed as far as it makes sense.",
    proves: &[&SETTINGS_GRAMMAR],
    needs: &[],
    deployment,
    play: |stage| Box::pin(play(stage)),
};

/// Every kind of line, some of them broken; the controller is set in the file that replaces the rest.
const FILE: &str = "## A comment\n\
    SET ENABLE_IPOFFICE \"1\"\n\
    SET WEATHER \"sunny, dry\"\n\
    SET REGISTERWAIT soon\n\
    SET\n\
    IF $NOWHERE SEQ x GOTO LOST\n\
    nonsense \u{1} \u{fffd} here\n\
    GET absent.txt\n\
    GOTO ON\n\
    SET SIP_CONTROLLER_LIST wrong.example\n\
    # ON\n\
    GET more.txt\n\
    SET SIP_CONTROLLER_LIST wrong.example\n";

fn deployment() -> Deployment {
    let more = format!(
        "SET SIP_CONTROLLER_LIST {OFFICE_NAME}:5060;transport=udp\nGOTO NOWHERE\nSET SIPDOMAIN wrong.example\n"
    );
    let way = Way::Settings("http://settings.example/file.txt".to_owned());
    Deployment::office(&[])
        .with_settings("file.txt", FILE)
        .with_settings("more.txt", more)
        .person("alice", Place::Home)
        .by(Way::Later)
        .person("bob", Place::Home)
        .by(way)
}

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let mut alice = stage.party("alice");
    let way = Way::Settings("http://settings.example/file.txt".to_owned());
    if let Some(login) = stage.login(&alice.person, &way) {
        alice.log_in(login).await;
    }
    let applied = |event: &Event| matches!(event, Event::SettingsApplied { .. });
    let event = alice
        .sees_one(applied, "its settings applied", SOON)
        .await?;
    let Event::SettingsApplied { remarks, .. } = event else {
        return Ok(());
    };
    let unused = remarks
        .iter()
        .any(|remark| matches!(remark, Remark::Unused { name } if name == "WEATHER"));
    let invalid = remarks
        .iter()
        .any(|remark| matches!(remark, Remark::Invalid { name, .. } if name == "REGISTERWAIT"));
    let expected = "the unknown name is reported as unused and the wrong value as invalid";
    stage.demand(
        unused && invalid,
        Fault::Client,
        expected,
        format!("{remarks:?}"),
    )?;
    let registered = |event: &Event| matches!(event, Event::LoggedIn { .. });
    alice
        .sees_one(registered, "its registration stand", SOON)
        .await
        .map(|_| ())
}
