//! Discovery: from the user's e-mail address to the URL of the settings file, by way of Spaces (CFG-01).
//!
//! The other way, a URL typed by the user, needs no discovery and works without Spaces.
//! `GET /api/1.0/discovery?email=…` on the accounts host answers `{"data":[{"profileName","settingsFileUrl"}]}`; the list is empty
//! for an address nobody knows.

use bytes::Bytes;
use http::{Method, Request, header};
use net::http::Client;
use serde::Deserialize;
use url::Url;

/// A settings file that belongs to the address.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Profile {
    /// Name to show to the user when there are several.
    pub name: String,
    /// Where the file is.
    pub settings_url: Url,
}

/// Why discovery found nothing.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum DiscoveryError {
    /// The text is not an e-mail address.
    #[error(
        "{address:?} is not an e-mail address: enter one like user@example.com, or the URL of the settings file"
    )]
    NotAnAddress {
        /// What was entered.
        address: String,
    },
    /// Nobody knows the address.
    #[error("{address} is not known to Spaces: check it, or enter the URL of the settings file")]
    Unknown {
        /// The address asked for.
        address: String,
    },
    /// The accounts host could not be asked.
    #[error(
        "the accounts host cannot be reached ({reason}): try again, or enter the URL of the settings file"
    )]
    Unreachable {
        /// What went wrong on the way.
        reason: String,
    },
    /// The accounts host did not answer the question.
    #[error("the accounts host refused with status {status}")]
    Refused {
        /// HTTP status.
        status: u16,
    },
    /// The accounts host broke the protocol.
    #[error("the accounts host broke the protocol: expected {expected}")]
    Malformed {
        /// What was expected in its answer.
        expected: &'static str,
    },
}

#[derive(Deserialize)]
struct Answer {
    data: Vec<Found>,
}

#[derive(Deserialize)]
struct Found {
    #[serde(rename = "profileName", default)]
    profile_name: String,
    #[serde(rename = "settingsFileUrl")]
    settings_file_url: String,
}

/// Profiles taken from one answer; a user has one or two.
const MAX_PROFILES: usize = 20;

/// Asks the accounts host for the settings files of an address: at least one, or an error.
pub async fn discover(
    client: &Client,
    accounts: &Url,
    address: &str,
) -> Result<Vec<Profile>, DiscoveryError> {
    let address = address.trim();
    if !is_address(address) {
        return Err(DiscoveryError::NotAnAddress {
            address: address.to_owned(),
        });
    }
    let request = question(accounts, address)?;
    let answer = client.send(request).await;
    let answer = answer.map_err(|error| DiscoveryError::Unreachable {
        reason: error.to_string(),
    })?;
    if !answer.status().is_success() {
        return Err(DiscoveryError::Refused {
            status: answer.status().as_u16(),
        });
    }
    read(address, answer.body())
}

/// Good enough to ask with; the accounts host knows better.
fn is_address(text: &str) -> bool {
    let well_formed = |(user, domain): (&str, &str)| !user.is_empty() && !domain.is_empty();
    text.len() <= 254
        && !text.contains(char::is_whitespace)
        && text.rsplit_once('@').is_some_and(well_formed)
}

fn question(accounts: &Url, address: &str) -> Result<Request<Bytes>, DiscoveryError> {
    let unreachable = |reason: String| DiscoveryError::Unreachable { reason };
    let mut url = accounts
        .join("/api/1.0/discovery")
        .map_err(|error| unreachable(error.to_string()))?;
    url.query_pairs_mut().append_pair("email", address);
    let request = Request::builder()
        .method(Method::GET)
        .uri(url.as_str())
        .header(header::ACCEPT, "application/json");
    request
        .body(Bytes::new())
        .map_err(|error| unreachable(error.to_string()))
}

fn read(address: &str, body: &[u8]) -> Result<Vec<Profile>, DiscoveryError> {
    let expected = "a list of profiles, each with the http or https URL of its settings file";
    let malformed = DiscoveryError::Malformed { expected };
    let answer: Answer = serde_json::from_slice(body).map_err(|_| malformed.clone())?;
    if answer.data.is_empty() {
        return Err(DiscoveryError::Unknown {
            address: address.to_owned(),
        });
    }
    let profile = |found: Found| {
        let url = Url::parse(&found.settings_file_url)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"));
        url.map(|settings_url| Profile {
            name: found.profile_name,
            settings_url,
        })
    };
    answer
        .data
        .into_iter()
        .take(MAX_PROFILES)
        .map(profile)
        .collect::<Option<_>>()
        .ok_or(malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: &str = "alice@example.com";

    #[test]
    fn reads_profiles_and_tells_an_unknown_address_from_a_broken_answer() {
        let url = "https://pbx.example.com/46xxsettings.txt";
        let body = format!(r#"{{"data":[{{"profileName":"Example","settingsFileUrl":"{url}"}}]}}"#);
        let profile = Profile {
            name: "Example".to_owned(),
            settings_url: url.parse().expect("a URL"),
        };
        assert_eq!(read(ADDRESS, body.as_bytes()), Ok(vec![profile]));
        let unknown = Err(DiscoveryError::Unknown {
            address: ADDRESS.to_owned(),
        });
        assert_eq!(read(ADDRESS, br#"{"data":[]}"#), unknown);
        let file = r#"{"data":[{"settingsFileUrl":"file:///etc/passwd"}]}"#;
        for broken in [
            "",
            "{}",
            "[]",
            "<html>",
            r#"{"data":[{"settingsFileUrl":"nonsense"}]}"#,
            file,
        ] {
            assert!(
                matches!(
                    read(ADDRESS, broken.as_bytes()),
                    Err(DiscoveryError::Malformed { .. })
                ),
                "{broken}"
            );
        }
    }

    #[test]
    fn the_address_is_quoted_in_the_question() {
        let accounts: Url = "https://accounts.example.com".parse().expect("a URL");
        let request = question(&accounts, "a+b&c@example.com").expect("a good URL");
        let expected =
            "https://accounts.example.com/api/1.0/discovery?email=a%2Bb%26c%40example.com";
        assert_eq!(request.uri(), expected);
        assert!(is_address(ADDRESS));
        for bad in ["", "alice", "@example.com", "alice@", "a lice@example.com"] {
            assert!(!is_address(bad), "{bad}");
        }
    }
}
