//! Media encryption: three modes of the client against three modes of the system.

use client::Event;

use crate::deployment::{Deployment, OFFICE_NAME, Place, Way};
use crate::outcome::{Fault, Finding};
use crate::requirements::telephony::MEDIA_ENCRYPTION;
use crate::scenario::Scenario;
use crate::stage::{Party, SOON, Seen, Stage};
use sim_ipoffice::config::SrtpPolicy;

/// Against a system that never encrypts.
pub const DISABLED: Scenario = scenario(
    "telephony/encryption_disabled",
    || deployment(SrtpPolicy::Disabled),
    |stage| Box::pin(play(stage, [Met::Plain, Met::Plain, Met::Refused])),
);
/// Against a system that encrypts where the other side can.
pub const PREFERRED: Scenario = scenario(
    "telephony/encryption_preferred",
    || deployment(SrtpPolicy::Preferred),
    |stage| Box::pin(play(stage, [Met::Plain, Met::Encrypted, Met::Encrypted])),
);
/// Against a system that refuses plain media.
pub const ENFORCED: Scenario = scenario(
    "telephony/encryption_enforced",
    || deployment(SrtpPolicy::Enforced),
    |stage| Box::pin(play(stage, [Met::Refused, Met::Encrypted, Met::Encrypted])),
);

const fn scenario(
    name: &'static str,
    deployment: fn() -> Deployment,
    play: for<'a> fn(&'a mut Stage) -> crate::scenario::Played<'a>,
) -> Scenario {
    Scenario {
        name,
        title: "Clients that never, preferably and always encrypt call the tone number over TLS.",
        proves: &[&MEDIA_ENCRYPTION],
        needs: &[],
        deployment,
        play,
    }
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Met {
    Plain,
    Encrypted,
    Refused,
}

/// `MEDIAENCRYPTION` of the three clients: never, preferably, always.
const MODES: [(&str, &str); 3] = [("never", "9"), ("preferably", "1,9"), ("always", "1")];

fn deployment(policy: SrtpPolicy) -> Deployment {
    let mut deployment = Deployment::office(&[]).with_office(|office| office.srtp = policy);
    for (name, suites) in MODES {
        let path = format!("{name}.txt");
        let text = format!(
            "SET ENABLE_IPOFFICE 1\nSET SIP_CONTROLLER_LIST {OFFICE_NAME}:5061;transport=tls\nSET MEDIAENCRYPTION {suites}\n"
        );
        let way = Way::Settings(format!("http://settings.example/{path}"));
        deployment = deployment
            .with_settings(&path, text)
            .person(name, Place::Home)
            .by(way);
    }
    deployment
}

async fn play(stage: &mut Stage, expected: [Met; 3]) -> Result<(), Finding> {
    let tone = sim_ipoffice::Config::default().test_numbers.tone;
    for ((name, _), expected) in MODES.iter().zip(expected) {
        let mut party = stage.party(name);
        party.call(&tone).await;
        let met = outcome(&mut party).await?;
        let words = format!("the call of the client that {name} encrypts is {expected:?}");
        stage.demand(met == expected, Fault::Unclear, &words, format!("{met:?}"))?;
        if met != Met::Refused {
            party
                .hears(sim_ipoffice::test_numbers::TONE_HZ, SOON)
                .await?;
            party.hang_up().await;
            party.sees(Seen::Ended, SOON).await?;
        }
    }
    Ok(())
}

async fn outcome(party: &mut Party) -> Result<Met, Finding> {
    let decided = |event: &Event| {
        matches!(
            event,
            Event::Talking { .. } | Event::Ended { .. } | Event::Refused { .. }
        )
    };
    match party
        .sees_one(decided, "its call stand or be refused", SOON)
        .await?
    {
        Event::Talking { media, .. } if media.suite.is_some() => Ok(Met::Encrypted),
        Event::Talking { .. } => Ok(Met::Plain),
        _ => Ok(Met::Refused),
    }
}
