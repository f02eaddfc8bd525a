//! Any codecs against any others: two people whose settings name codecs drawn by the seed call each other, and what they talk
//! by is what a model of the negotiation says.
//!
//! The model: the system offers the caller's codecs and then its own; the called phone takes the first that it has. If the
//! caller has it too both talk by it, else the system transcodes from the caller's first. Opus is on the Linux platform alone.
//! Before the draws come two calls that few of them are: G.729 at both ends, and at one.

use client::Event;
use sim_ipoffice::config::Platform;

use crate::deployment::{Deployment, IP_OFFICE, OFFICE_NAME, Place, Way};
use crate::outcome::{Fault, Finding};
use crate::requirements::telephony::CODEC_NEGOTIATION;
use crate::scenario::Scenario;
use crate::stage::{Party, SOON, Seen, Stage};

/// On the appliance.
pub const IP500: Scenario = scenario(
    "telephony/codec_matrix_ip500",
    || deployment(Platform::Ip500V2),
    |stage| Box::pin(play(stage, Platform::Ip500V2)),
);
/// On a Linux server.
pub const LINUX: Scenario = scenario(
    "telephony/codec_matrix_linux",
    || deployment(Platform::Linux),
    |stage| Box::pin(play(stage, Platform::Linux)),
);

const fn scenario(
    name: &'static str,
    deployment: fn() -> Deployment,
    play: for<'a> fn(&'a mut Stage) -> crate::scenario::Played<'a>,
) -> Scenario {
    Scenario {
        name,
        title: "Whatever codecs two phones have, they talk by the best they share, or through the system.",
        proves: &[&CODEC_NEGOTIATION],
        needs: &[],
        deployment,
        play,
    }
}

/// Drawn calls in one run.
const ROUNDS: usize = 6;
/// Calls before them, as bits of [`SWITCHES`]: both have G.729 alone, and the caller has it alone.
const FIRST_ROUNDS: [(u32, u32); 2] = [(1 << 4, 1 << 4), (1 << 4, 1 << 1)];

/// The switches of the settings file, in the client's order of preference, with what SDP calls the codec.
const SWITCHES: [(&str, &str, u32); 5] = [
    ("ENABLE_OPUS", "opus", 48_000),
    ("ENABLE_G711A", "PCMA", 8_000),
    ("ENABLE_G711U", "PCMU", 8_000),
    ("ENABLE_G722", "G722", 8_000),
    ("ENABLE_G729", "G729", 8_000),
];

/// Codecs of the system, in its order.
const SYSTEM: [&str; 5] = ["PCMA", "PCMU", "G722", "G729", "opus"];

fn deployment(platform: Platform) -> Deployment {
    let mut deployment = Deployment::office(&[]).with_office(|office| office.platform = platform);
    for choice in choices() {
        let mut text = format!(
            "SET ENABLE_IPOFFICE 1\nSET SIP_CONTROLLER_LIST {OFFICE_NAME}:5060;transport=tcp\n"
        );
        for (bit, (name, ..)) in SWITCHES.iter().enumerate() {
            text.push_str(&format!("SET {name} {}\n", choice >> bit & 1));
        }
        deployment = deployment.with_settings(&file_of(choice), text);
    }
    deployment
        .person("alice", Place::Office)
        .by(Way::Later)
        .person("bob", Place::Office)
        .by(Way::Later)
}

/// Every set of at least one codec, as bits of [`SWITCHES`].
fn choices() -> impl Iterator<Item = u32> {
    1..1 << SWITCHES.len()
}

fn file_of(choice: u32) -> String {
    format!("codecs-{choice}.txt")
}

async fn play(stage: &mut Stage, platform: Platform) -> Result<(), Finding> {
    let (mut alice, mut bob) = (stage.party("alice"), stage.party("bob"));
    let host = stage.host(IP_OFFICE);
    let mut entropy = host.entropy("codec matrix");
    let mut draw = || 1 + entropy.below(choices().count() as u64) as u32;
    let drawn = std::iter::repeat_with(|| (draw(), draw())).take(ROUNDS);
    for (near, far) in FIRST_ROUNDS.into_iter().chain(drawn) {
        log_in(stage, &mut alice, near).await?;
        log_in(stage, &mut bob, far).await?;
        let expected = model(platform, &names(near), &names(far));
        stage.remark(format!(
            "{:?} calls {:?}: {expected:?}",
            names(near),
            names(far)
        ));
        alice.call("202").await;
        match expected {
            Some(codecs) => talk(stage, &mut alice, &mut bob, codecs).await?,
            None => alice.sees(Seen::Refused(488), SOON).await?,
        }
    }
    Ok(())
}

async fn log_in(stage: &Stage, party: &mut Party, choice: u32) -> Result<(), Finding> {
    let way = Way::Settings(format!("http://settings.example/{}", file_of(choice)));
    party.forgets();
    if let Some(login) = stage.login(&party.person, &way) {
        party.log_in(login).await;
    }
    party.sees(Seen::Registered, SOON).await
}

async fn talk(
    stage: &Stage,
    alice: &mut Party,
    bob: &mut Party,
    (near, far): (&str, &str),
) -> Result<(), Finding> {
    bob.sees(Seen::Ringing, SOON).await?;
    bob.answer().await;
    for (party, expected) in [(&mut *alice, near), (&mut *bob, far)] {
        let is_talking = |event: &Event| matches!(event, Event::Talking { .. });
        let seen = party.sees_one(is_talking, "the call stand", SOON).await?;
        let came = match seen {
            Event::Talking { media, .. } => media.codec,
            _ => String::new(),
        };
        let words = format!("{} talks by {expected}", party.name());
        stage.demand(came == expected, Fault::Unclear, &words, came)?;
    }
    alice.hears_voice_of(bob, SOON).await?;
    bob.hears_voice_of(alice, SOON).await?;
    alice.hang_up().await;
    bob.sees(Seen::Ended, SOON).await
}

/// The names of a choice, best first.
fn names(choice: u32) -> Vec<&'static str> {
    let is_chosen = |(bit, _): &(usize, &(&str, &str, u32))| choice >> bit & 1 == 1;
    let switches = SWITCHES.iter().enumerate().filter(is_chosen);
    switches.map(|(_, (_, name, _))| *name).collect()
}

/// What caller and called talk by; `None` if the call is refused.
fn model(
    platform: Platform,
    near: &[&'static str],
    far: &[&'static str],
) -> Option<(&'static str, &'static str)> {
    let has = |name: &&&str| platform == Platform::Linux || **name != "opus";
    let near: Vec<_> = near.iter().filter(has).copied().collect();
    let first = *near.first()?;
    let offered = near.iter().chain(SYSTEM.iter().filter(has)).copied();
    let taken = offered.into_iter().find(|name| far.contains(name))?;
    let own = if near.contains(&taken) { taken } else { first };
    Some((own, taken))
}

#[cfg(test)]
mod tests {
    use media::AudioCodec;

    use super::*;

    #[test]
    fn the_matrix_has_every_codec_of_the_client() {
        for codec in AudioCodec::ALL {
            assert!(SYSTEM.contains(&codec.name()), "{codec:?}");
        }
        for (_, name, rate_hz) in SWITCHES {
            assert!(AudioCodec::from_name(name, rate_hz).is_some(), "{name}");
        }
        let [(both, _), (_, other)] = FIRST_ROUNDS;
        assert_eq!((names(both), names(other)), (vec!["G729"], vec!["PCMA"]));
    }

    #[test]
    fn the_model_knows_opus_on_linux_alone() {
        let both = ["opus", "PCMA"];
        assert_eq!(model(Platform::Linux, &both, &both), Some(("opus", "opus")));
        assert_eq!(
            model(Platform::Ip500V2, &both, &both),
            Some(("PCMA", "PCMA"))
        );
        assert_eq!(model(Platform::Ip500V2, &["opus"], &both), None);
        assert_eq!(
            model(Platform::Linux, &["opus"], &["PCMU"]),
            Some(("opus", "PCMU"))
        );
    }
}
