//! The settings file of release 11 sends no dialling rules.

use client::settings::{Line, SettingsFile};

use crate::deployment::{Deployment, OFFICE_NAME};
use crate::outcome::{Fault, Finding};
use crate::requirements::configuration::LOCAL_DIALLING_RULES;
use crate::scenario::Scenario;
use crate::stage::Stage;

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "config/no_dialling_rules",
    title: "The generated settings file sets no name that belongs to dialling rules.",
    proves: &[&LOCAL_DIALLING_RULES],
    needs: &[],
    deployment: || Deployment::office(&["alice"]),
    play: |stage| Box::pin(play(stage)),
};

/// Beginnings of the names of dialling rules.
const RULES: [&str; 6] = [
    "PHN",
    "DIALPLAN",
    "ENHDIALSTAT",
    "SP_AC",
    "APPLY_DIALINGRULES",
    "AUTOAPPLY_ARS",
];

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let alice = stage.party("alice");
    let client = net::http::Client::new(alice.host(), stage.trust());
    for scheme in ["http", "https"] {
        let url = format!("{scheme}://{OFFICE_NAME}/46xxsettings.txt");
        let trouble =
            |came: String| Finding::new(Fault::IpOffice, format!("a settings file at {url}"), came);
        let response = client
            .get(&url)
            .await
            .map_err(|error| trouble(error.to_string()))?;
        let file = SettingsFile::read(&String::from_utf8_lossy(response.body()));
        let sets = |line: &Line| match line {
            Line::Set { name, .. } => Some(name.clone()),
            _ => None,
        };
        let names: Vec<String> = file.lines.iter().filter_map(sets).collect();
        stage.demand(
            names.len() > 3,
            Fault::IpOffice,
            "a file with settings in it",
            format!("{names:?}"),
        )?;
        let rule = names
            .iter()
            .find(|name| RULES.iter().any(|rule| name.starts_with(rule)));
        stage.demand(
            rule.is_none(),
            Fault::IpOffice,
            "no dialling rules in it",
            rule.cloned().unwrap_or_default(),
        )?;
    }
    Ok(())
}
