//! The set of capabilities is a pure function, and on IP Office it holds what was promised and nothing of the other platform.

use std::collections::BTreeSet;

use client::capabilities::{Capability, FIRST_IP_OFFICE_RELEASE, Licence, Platform, capabilities};

use crate::deployment::Deployment;
use crate::outcome::{Fault, Finding};
use crate::requirements::capabilities::{ADVERTISED_SET, CAPABILITIES_FOLLOW_PLATFORM};
use crate::scenario::Scenario;
use crate::stage::Stage;

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "capabilities/gate",
    title: "On IP Office the client offers what was promised, and nothing that only the other platform has.",
    proves: &[&ADVERTISED_SET, &CAPABILITIES_FOLLOW_PLATFORM],
    needs: &[],
    deployment: || Deployment::office(&["alice"]),
    play: |stage| Box::pin(play(stage)),
};

/// What was promised for IP Office, with an account at Spaces.
const PROMISED: [Capability; 8] = [
    Capability::AudioCall,
    Capability::VideoCall,
    Capability::LocalHistory,
    Capability::Contacts,
    Capability::Presence,
    Capability::DirectMessaging,
    Capability::ClickToCall,
    Capability::SimultaneousMode,
];

#[allow(
    clippy::unused_async,
    reason = "a play is asynchronous, also where nobody has to be waited for"
)]
async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let _alice = stage.party("alice");
    let on =
        |platform, account| capabilities(platform, Licence::Full, FIRST_IP_OFFICE_RELEASE, account);
    let offered = on(Platform::IpOffice, true);
    let promised = BTreeSet::from(PROMISED);
    stage.demand(
        offered == promised,
        Fault::Client,
        "exactly what was promised",
        format!("{offered:?}"),
    )?;
    let without = on(Platform::IpOffice, false);
    let missing: Vec<_> = promised.difference(&without).collect();
    let expected = "without an account only direct messaging is missing";
    stage.demand(
        missing == [&Capability::DirectMessaging],
        Fault::Client,
        expected,
        format!("{missing:?}"),
    )?;
    stage.demand(
        on(Platform::Aura, true) != offered,
        Fault::Client,
        "another set on the other platform",
        "the same",
    )?;
    for platform in [Platform::IpOffice, Platform::Aura] {
        for licence in [Licence::Full, Licence::TelephonyOnly] {
            for account in [false, true] {
                let ask = || capabilities(platform, licence, FIRST_IP_OFFICE_RELEASE, account);
                stage.demand(
                    ask() == ask(),
                    Fault::Client,
                    "equal inputs give equal sets",
                    "they differ",
                )?;
            }
        }
    }
    Ok(())
}
