//! Discovery: from an e-mail address to the settings file of the user's IP Office (CFG-01).
//!
//! That the client asks Spaces is the FAQ's; the form of the question is ours:
//! `GET /api/1.0/discovery?email=…` on the accounts host, answered `{"data":[{"profileName","settingsFileUrl"}]}`, with an
//! empty list for an address nobody knows.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::accounts::fold;
use crate::config::Account;
use crate::refusal::Refusal;

/// Which address leads where.
#[derive(Debug, Default)]
pub(crate) struct Discovery {
    profiles: BTreeMap<String, Vec<Profile>>,
}

#[derive(Clone, Debug)]
struct Profile {
    name: String,
    settings_url: String,
}

/// Longest address by RFC 5321 §4.5.3.1.3 (a path of 256 with its angle brackets).
const MAX_ADDRESS_BYTES: usize = 254;

impl Discovery {
    /// Several accounts of one address make several profiles, in the order of the configuration.
    pub(crate) fn new(accounts: &[Account]) -> Self {
        let mut profiles: BTreeMap<String, Vec<Profile>> = BTreeMap::new();
        for account in accounts {
            let Some(settings_url) = account.settings_url.clone() else {
                continue;
            };
            let email = fold(&account.email);
            let domain = email.rsplit('@').next().unwrap_or_default().to_owned();
            let name = account.profile_name.clone().unwrap_or(domain);
            profiles
                .entry(email)
                .or_default()
                .push(Profile { name, settings_url });
        }
        Discovery { profiles }
    }

    /// The answer to one question.
    pub(crate) fn answer(&self, email: Option<&str>) -> Result<Value, Refusal> {
        let malformed = Refusal::Malformed {
            field: "email",
            expected: "an address like user@example.com",
        };
        let email = fold(email.unwrap_or_default());
        let well_formed = email.len() <= MAX_ADDRESS_BYTES
            && email
                .split_once('@')
                .is_some_and(|(user, domain)| !user.is_empty() && !domain.is_empty());
        if !well_formed {
            return Err(malformed);
        }
        let found = self
            .profiles
            .get(&email)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let view =
            |p: &Profile| json!({ "profileName": p.name, "settingsFileUrl": p.settings_url });
        Ok(json!({ "data": found.iter().map(view).collect::<Vec<_>>() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_its_addresses_in_any_case_and_nothing_else() {
        let account = serde_json::from_value(json!({
            "email": "Alice@Example.com", "password": "p", "display_name": "Alice",
            "settings_url": "https://pbx.example.com/46xxsettings.txt",
        }));
        let discovery = Discovery::new(&[account.expect("a valid account")]);
        let known = json!({ "data": [{
            "profileName": "example.com", "settingsFileUrl": "https://pbx.example.com/46xxsettings.txt",
        }] });
        assert_eq!(discovery.answer(Some("ALICE@example.COM")), Ok(known));
        assert_eq!(
            discovery.answer(Some("bob@example.com")),
            Ok(json!({ "data": [] }))
        );
        for bad in [
            None,
            Some(""),
            Some("alice"),
            Some("@example.com"),
            Some("alice@"),
        ] {
            assert_eq!(
                discovery.answer(bad).map_err(|refusal| refusal.status()),
                Err(400),
                "{bad:?}"
            );
        }
    }
}
