//! Every scenario, one a file, in the order in which they are run and reported.

pub mod capabilities;
pub mod config;
pub mod history;
pub mod load;
pub mod meetings;
pub mod messaging;
pub mod network;
pub mod quality;
pub mod registration;
pub mod release;
pub mod telephony;

use crate::cli::Trouble;
use crate::scenario::Scenario;

/// Every scenario.
pub const ALL: &[&Scenario] = &[
    &capabilities::gate::SCENARIO,
    &registration::digest::SCENARIO,
    &registration::challenge_lifetime::SCENARIO,
    &registration::simultaneous::SCENARIO,
    &registration::first_answer_wins::SCENARIO,
    &registration::one_client_a_class::SCENARIO,
    &registration::licences::SCENARIO,
    &registration::controller_order::SCENARIO,
    &registration::cloud_profile::ON_PREMISES,
    &registration::cloud_profile::CLOUD,
    &telephony::call::SCENARIO,
    &telephony::refused_call::SCENARIO,
    &telephony::several_calls::SCENARIO,
    &telephony::hold_retrieve::SCENARIO,
    &telephony::auto_hold::SCENARIO,
    &telephony::mute::SCENARIO,
    &telephony::glare::SCENARIO,
    &telephony::bad_network::SCENARIO,
    &telephony::lossy_line::SCENARIO,
    &telephony::lost_answer::SCENARIO,
    &telephony::separators::SCENARIO,
    &telephony::video_call::SCENARIO,
    &telephony::video_freeze::SCENARIO,
    &telephony::video_hold::SCENARIO,
    &telephony::video_narrow_line::SCENARIO,
    &telephony::video_limit::SCENARIO,
    &telephony::video_repair::PLAIN,
    &telephony::video_repair::ENCRYPTED,
    &telephony::block_video::SCENARIO,
    &telephony::codec_matrix::IP500,
    &telephony::codec_matrix::LINUX,
    &telephony::encryption::DISABLED,
    &telephony::encryption::PREFERRED,
    &telephony::encryption::ENFORCED,
    &telephony::disordered_line::DISORDER,
    &telephony::disordered_line::COPIES,
    &telephony::published_report::LOSSY,
    &telephony::published_report::CLEAN,
    &telephony::published_report::UNWANTED,
    &history::message_waiting::SCENARIO,
    &config::email_discovery::SCENARIO,
    &config::direct_url::SCENARIO,
    &config::direct_url::PREFERRED_OFF,
    &config::settings_grammar::SCENARIO,
    &config::no_dialling_rules::SCENARIO,
    &messaging::needs_account::SCENARIO,
    &messaging::persists::SCENARIO,
    &messaging::loss_is_contained::SCENARIO,
    &messaging::order::SCENARIO,
    &messaging::secure_only::SCENARIO,
    &messaging::secure_only::STRICT,
    &meetings::three_in_a_room::SCENARIO,
    &meetings::narrow_path::SCENARIO,
    &meetings::narrow_uplink::SCENARIO,
    &meetings::pictures::SCENARIO,
    &meetings::pictures::LOSSY,
    &meetings::together::SCENARIO,
    &meetings::refusals::SCENARIO,
    &meetings::refusals::GUESTS,
    &network::media_ports::SCENARIO,
    &network::listed_ports::SCENARIO,
    &network::tls_port::SCENARIO,
    &network::ipv6::SCENARIO,
    &network::blocked_row::HTTPS,
    &network::blocked_row::HTTP,
    &network::blocked_row::PHONE_HTTP,
    &network::blocked_row::PHONE_HTTPS,
    &network::blocked_row::SIP,
    &network::blocked_row::SIP_TLS,
    &network::blocked_row::MEDIA,
    &quality::over_profile::OFFICE,
    &quality::over_profile::HOME_WIFI,
    &quality::over_profile::HOTEL,
    &quality::over_profile::THREE_G,
    &quality::over_profile::LTE_HANDOVER,
    &quality::over_profile::SATELLITE,
    &quality::over_profile::VARIABLE_CAPACITY,
    &quality::over_profile::CONGESTED_FEEDBACK,
    &quality::competing_tcp::SCENARIO,
    &quality::pause_and_resume::SCENARIO,
    &release::whole_picture::SCENARIO,
    &release::without_meetings::SCENARIO,
    &load::hundred_calls::SCENARIO,
];

/// Scenarios that take longer than all others together: run when they are named.
pub const LONG: &[&Scenario] = &[&quality::day_long_call::SCENARIO];

/// The scenario of that name.
pub fn by_name(name: &str) -> Option<&'static Scenario> {
    let mut all = ALL.iter().chain(LONG).copied();
    all.find(|scenario| scenario.name == name)
}

/// The names of all.
pub fn names() -> Vec<&'static str> {
    ALL.iter().map(|scenario| scenario.name).collect()
}

/// The scenarios that any of these selectors means, all if there is none. A selector that means nothing is a mistake.
pub fn select(selectors: &[String]) -> Result<Vec<&'static Scenario>, Trouble> {
    for selector in selectors {
        let is_long = LONG.iter().any(|scenario| scenario.name == selector);
        if !is_long && !ALL.iter().any(|scenario| scenario.is_meant_by(selector)) {
            return Err(nothing_meant(selector));
        }
    }
    let meant = |scenario: &&Scenario| {
        selectors.is_empty()
            || selectors
                .iter()
                .any(|selector| scenario.is_meant_by(selector))
    };
    let named = |scenario: &&Scenario| selectors.iter().any(|selector| scenario.name == selector);
    let long = LONG.iter().copied().filter(named);
    Ok(ALL.iter().copied().filter(meant).chain(long).collect())
}

fn nothing_meant(selector: &str) -> Trouble {
    if let Some(requirement) = crate::requirements::by_id(selector) {
        return Trouble::new(
            format!("{selector} has no scenario yet ({})", requirement.text),
            "`solstice list --requirements` shows what is proven; CONTRIBUTING.md how to add a scenario",
        );
    }
    let like = |scenario: &&&Scenario| scenario.name.contains(selector);
    let likes: Vec<_> = ALL
        .iter()
        .filter(like)
        .map(|scenario| scenario.name)
        .take(5)
        .collect();
    let next = match likes.is_empty() {
        true => "`solstice list` shows all scenarios".to_owned(),
        false => format!(
            "did you mean {}? `solstice list` shows all",
            likes.join(" or ")
        ),
    };
    Trouble::new(
        format!("no scenario, area or requirement is called `{selector}`"),
        next,
    )
}
