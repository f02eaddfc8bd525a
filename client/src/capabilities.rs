//! What the client offers its user: a pure function of the platform it is registered to, the licence and the release (CAP-02).
//!
//! The same client serves every platform; only this set differs (CAP-01). What a platform's set does not hold, the client
//! refuses to do.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// The platform that the client is registered to.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    /// IP Office, release 11.
    IpOffice,
    /// The large-enterprise platform of the same family; it exists here to show that the set depends on the platform.
    Aura,
}

/// What the user is licensed for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Licence {
    /// Office Worker, Teleworker or Power User: everything that the platform has.
    Full,
    /// Basic User or Mobile Worker with the softphone licence, or Essential Edition: telephony alone, standalone (LIC-04, LIC-05).
    TelephonyOnly,
}

/// A release of the client, such as 3.4.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Deserialize, Serialize)]
pub struct Release {
    /// The number before the point.
    pub major: u16,
    /// The number after it.
    pub minor: u16,
}

/// Something that the client can do for its user.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Capability {
    /// Calls with sound.
    AudioCall,
    /// Calls with sound and picture.
    VideoCall,
    /// History of calls, on this device alone (HIS-01).
    LocalHistory,
    /// Contacts: the personal directory, the device's own, search in the system's.
    Contacts,
    /// Presence of oneself and others.
    Presence,
    /// Messages to one other person; needs an account at Zang Spaces (MSG-01).
    DirectMessaging,
    /// A click on a number in a browser or a mail program calls it (CFG-06, CAP-07).
    ClickToCall,
    /// Registration of several devices of one user at once (REG-03).
    SimultaneousMode,
    /// Control of the user's desk phone (CAP-04).
    SharedControl,
    /// Keys with features and labels (CAP-05).
    FeatureKeys,
    /// Messages to several people (MSG-02).
    GroupChat,
    /// Moderation of a system's audio conference (CNF-02).
    ConferenceControls,
    /// History kept by the server.
    ServerHistory,
    /// Presence from a calendar or from idleness (PRE-03).
    AutomaticPresence,
    /// A call turned into a meeting (MTG-03).
    EscalateToMeeting,
    /// Dialling rules sent by the server (CFG-07).
    ServerDialingRules,
}

/// The client release that first works with IP Office (CAP-12).
pub const FIRST_IP_OFFICE_RELEASE: Release = Release { major: 3, minor: 4 };

/// The set for a platform, a licence, a release, and whether there is an account at Zang Spaces.
pub fn capabilities(
    platform: Platform,
    licence: Licence,
    release: Release,
    spaces_account: bool,
) -> BTreeSet<Capability> {
    let mut set = BTreeSet::from([
        Capability::AudioCall,
        Capability::VideoCall,
        Capability::LocalHistory,
        Capability::Contacts,
        Capability::ClickToCall,
    ]);
    match platform {
        // An older client is a plain SIP extension to an IP Office.
        Platform::IpOffice if release < FIRST_IP_OFFICE_RELEASE => {
            return BTreeSet::from([Capability::AudioCall, Capability::VideoCall]);
        }
        Platform::IpOffice => {}
        Platform::Aura => set.extend([
            Capability::SharedControl,
            Capability::FeatureKeys,
            Capability::GroupChat,
            Capability::ConferenceControls,
            Capability::ServerHistory,
            Capability::AutomaticPresence,
            Capability::EscalateToMeeting,
            Capability::ServerDialingRules,
        ]),
    }
    if licence == Licence::Full {
        set.extend([Capability::Presence, Capability::SimultaneousMode]);
        if spaces_account {
            set.insert(Capability::DirectMessaging);
        }
    }
    set
}

#[cfg(test)]
mod tests {
    use super::*;

    const R34: Release = FIRST_IP_OFFICE_RELEASE;

    /// CAP-03: what release 11 of IP Office has, and that nothing of the larger platform's shows.
    #[test]
    fn the_set_on_ip_office() {
        let set = capabilities(Platform::IpOffice, Licence::Full, R34, true);
        insta::assert_json_snapshot!(set);
        assert!(!set.contains(&Capability::GroupChat) && !set.contains(&Capability::SharedControl));
    }

    #[test]
    fn messaging_hangs_on_the_account_and_presence_on_the_licence() {
        let plain = capabilities(Platform::IpOffice, Licence::Full, R34, false);
        assert!(
            !plain.contains(&Capability::DirectMessaging) && plain.contains(&Capability::Presence)
        );
        let telephony = capabilities(Platform::IpOffice, Licence::TelephonyOnly, R34, true);
        assert!(
            !telephony.contains(&Capability::DirectMessaging)
                && !telephony.contains(&Capability::Presence)
        );
    }

    #[test]
    fn an_older_client_is_a_plain_extension() {
        let set = capabilities(
            Platform::IpOffice,
            Licence::Full,
            Release { major: 3, minor: 3 },
            true,
        );
        assert_eq!(
            set,
            BTreeSet::from([Capability::AudioCall, Capability::VideoCall])
        );
    }
}
