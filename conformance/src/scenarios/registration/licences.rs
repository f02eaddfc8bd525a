//! Which user may register which class of device.

use sim_ipoffice::device_class::DeviceClass;
use sim_ipoffice::licence::Licence;

use client::{Event, LoginError};

use crate::deployment::{Deployment, Place, Way};
use crate::outcome::{Fault, Finding};
use crate::requirements::licensing::MOBILE_NEEDS_POWER_USER;
use crate::scenario::Scenario;
use crate::stage::{SOON, Stage};

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "registration/licences",
    title: "Of five licences only Power User registers a mobile client; the others are refused with 403.",
    proves: &[&MOBILE_NEEDS_POWER_USER],
    needs: &[],
    deployment,
    play: |stage| Box::pin(play(stage)),
};

const LICENCES: [(&str, Licence); 5] = [
    ("power", Licence::PowerUser),
    ("office", Licence::OfficeWorker),
    ("tele", Licence::Teleworker),
    ("basic", Licence::BasicUser),
    ("worker", Licence::MobileWorker),
];

fn deployment() -> Deployment {
    LICENCES
        .iter()
        .fold(Deployment::office(&[]), |deployment, (name, licence)| {
            deployment
                .person(name, Place::Home)
                .with(DeviceClass::Mobile, *licence)
                .by(Way::Later)
        })
}

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    for (name, licence) in LICENCES {
        let mut party = stage.party(name);
        if let Some(login) = stage.login(&party.person, &Way::Udp) {
            party.log_in(login).await;
        }
        let decided =
            |event: &Event| matches!(event, Event::LoggedIn { .. } | Event::LoginFailed { .. });
        let came = match party
            .sees_one(decided, "its login succeed or fail", SOON)
            .await?
        {
            Event::LoggedIn { .. } => "registered".to_owned(),
            Event::LoginFailed {
                error:
                    LoginError::Refused {
                        status: Some(status),
                        ..
                    },
            } => format!("refused with {status}"),
            other => format!("{other:?}"),
        };
        let expected = if licence == Licence::PowerUser {
            "registered"
        } else {
            "refused with 403"
        };
        let words = format!("a mobile client of a user with licence {licence:?} is {expected}");
        stage.demand(came == expected, Fault::IpOffice, &words, came)?;
    }
    Ok(())
}
