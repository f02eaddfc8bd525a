//! Event and Subscription-State: a word and parameters. RFC 6665 §8.2.1, §8.2.3.

use super::HeaderError;
use super::list::is_token;
use super::params::Params;
use std::fmt;
use std::str::FromStr;

/// Value of Event.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Event {
    /// Event package, with templates: `message-summary`, `presence.winfo`.
    pub package: String,
    /// id and others.
    pub params: Params,
}

impl Event {
    /// An event package without parameters.
    pub fn new(package: &str) -> Event {
        Event {
            package: package.to_owned(),
            params: Params::new(),
        }
    }

    /// Tells apart several subscriptions in one dialog.
    pub fn id(&self) -> Option<&str> {
        self.params.get("id")
    }
}

impl FromStr for Event {
    type Err = HeaderError;

    fn from_str(text: &str) -> Result<Event, HeaderError> {
        let (package, params) = word_and_params(text, "event package")?;
        Ok(Event { package, params })
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.package, self.params)
    }
}

/// Value of Subscription-State.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SubscriptionState {
    /// `active`, `pending`, `terminated` or an extension.
    pub state: String,
    /// expires, reason, retry-after and others.
    pub params: Params,
}

impl SubscriptionState {
    /// A state with the seconds that are left.
    pub fn active(expires_s: u32) -> SubscriptionState {
        let params = Params::new().with("expires", &expires_s.to_string());
        SubscriptionState {
            state: "active".to_owned(),
            params,
        }
    }

    /// The end, and why.
    pub fn terminated(reason: &str) -> SubscriptionState {
        SubscriptionState {
            state: "terminated".to_owned(),
            params: Params::new().with("reason", reason),
        }
    }

    /// Whether the subscription is over.
    pub fn is_terminated(&self) -> bool {
        self.state.eq_ignore_ascii_case("terminated")
    }

    /// Seconds that are left.
    pub fn expires_s(&self) -> Option<u32> {
        self.params.get("expires").and_then(super::typed::seconds)
    }
}

impl FromStr for SubscriptionState {
    type Err = HeaderError;

    fn from_str(text: &str) -> Result<SubscriptionState, HeaderError> {
        let (state, params) = word_and_params(text, "subscription state")?;
        Ok(SubscriptionState { state, params })
    }
}

impl fmt::Display for SubscriptionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.state, self.params)
    }
}

fn word_and_params(text: &str, expected: &'static str) -> Result<(String, Params), HeaderError> {
    let (word, params) = text.split_at(text.find(';').unwrap_or(text.len()));
    let word = word.trim_matches([' ', '\t']);
    if !is_token(word) {
        return Err(HeaderError::malformed(expected, text));
    }
    Ok((word.to_owned(), Params::parse(params)?))
}
