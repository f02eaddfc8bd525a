//! Spaces is not served in plain: a plain request is sent on to HTTPS, or refused in strict mode.

use crate::deployment::Deployment;
use crate::outcome::{Fault, Finding};
use crate::requirements::messaging::SECURE_ONLY;
use crate::scenario::Scenario;
use crate::stage::Stage;

/// Sends plain requests on.
pub const SCENARIO: Scenario = Scenario {
    name: "messaging/secure_only",
    title: "A plain request to Spaces is sent on to HTTPS and answered with nothing else.",
    proves: &[&SECURE_ONLY],
    needs: &[],
    deployment: || Deployment::office(&["alice"]).with_spaces(),
    play: |stage| Box::pin(play(stage, false)),
};

/// Refuses plain requests.
pub const STRICT: Scenario = Scenario {
    name: "messaging/secure_only_strict",
    title: "In strict mode a plain request to Spaces is refused.",
    proves: &[&SECURE_ONLY],
    needs: &[],
    deployment: || {
        let mut deployment = Deployment::office(&["alice"]).with_spaces();
        if let Some(spaces) = &mut deployment.spaces {
            spaces.strict = true;
        }
        deployment
    },
    play: |stage| Box::pin(play(stage, true)),
};

async fn play(stage: &mut Stage, is_strict: bool) -> Result<(), Finding> {
    let alice = stage.party("alice");
    let client = net::http::Client::new(alice.host(), stage.trust());
    let names = sim_zang::Config::default().names;
    for name in [&names.accounts, &names.api, &names.socket] {
        let url = format!("http://{name}/api/users/me");
        let trouble =
            |came: String| Finding::new(Fault::Spaces, format!("an answer at {url}"), came);
        let response = client
            .get(&url)
            .await
            .map_err(|error| trouble(error.to_string()))?;
        let status = response.status();
        let location = response
            .headers()
            .get("location")
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let is_right = if is_strict {
            status.is_client_error()
        } else {
            status.is_redirection() && location.starts_with("https://")
        };
        let expected = if is_strict {
            "a refusal"
        } else {
            "a redirection to https"
        };
        stage.demand(
            is_right,
            Fault::Spaces,
            expected,
            format!("{status} {location}"),
        )?;
    }
    Ok(())
}
