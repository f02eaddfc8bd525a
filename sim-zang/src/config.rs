//! What a Spaces cloud is made of: its names, ports, accounts and flaws.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use net::tls::Identity;
use serde::{Deserialize, Serialize};

use crate::disk::Disk;
use crate::flaws::Flaw;
use crate::plan::Plan;

/// Configuration of one cloud. Every field has a default, so that JSON names only what differs.
#[derive(Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Host names of the three services.
    pub names: Names,
    /// TCP ports.
    pub ports: Ports,
    /// In strict mode a plain HTTP request is refused, else redirected to HTTPS (MSG-10).
    pub strict: bool,
    /// Registered users.
    pub accounts: Vec<Account>,
    /// Applications that act for an account with `service_app` tokens.
    pub service_apps: Vec<ServiceApp>,
    /// How long a sign-in lasts, in seconds.
    pub session_s: u64,
    /// Engine.IO `pingInterval` told to clients, in milliseconds.
    pub ping_interval_ms: u64,
    /// Engine.IO `pingTimeout`, in milliseconds: a connection silent for interval + timeout is closed. The defaults make
    /// about two minutes, which is what was seen of the real service.
    pub ping_timeout_ms: u64,
    /// Deliberate misbehaviour.
    pub flaws: BTreeSet<Flaw>,
    /// Certificate and key for the secure port; must cover [`Config::names`]. Not part of the JSON form.
    #[serde(skip)]
    pub identity: Option<Arc<Identity>>,
    /// Where messages live. Give the same disk to a second start and nothing is forgotten. Not part of the JSON form.
    #[serde(skip)]
    pub disk: Disk,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            names: Names::default(),
            ports: Ports::default(),
            strict: false,
            accounts: Vec::new(),
            service_apps: Vec::new(),
            session_s: 12 * 60 * 60,
            ping_interval_ms: 25_000,
            ping_timeout_ms: 95_000,
            flaws: BTreeSet::new(),
            identity: None,
            disk: Disk::default(),
        }
    }
}

impl Config {
    /// Every name the certificate has to cover.
    pub fn host_names(&self) -> [&str; 3] {
        [&self.names.accounts, &self.names.api, &self.names.socket]
    }

    pub(crate) fn session(&self) -> Duration {
        Duration::from_secs(self.session_s)
    }
}

/// Host names, each answering only its own paths; a request by address or by another name may use all of them.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Names {
    /// Sign-in and discovery.
    pub accounts: String,
    /// REST interface of Spaces.
    pub api: String,
    /// Socket.IO.
    pub socket: String,
}

impl Default for Names {
    /// Names under the FAQ's `*.zang.io` (N2), so that its port table applies to them.
    fn default() -> Self {
        Names {
            accounts: "accounts.zang.io".to_owned(),
            api: "spacesapis.zang.io".to_owned(),
            socket: "spacesapis-socket.zang.io".to_owned(),
        }
    }
}

/// TCP ports (FAQ N2: 80 and 443).
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ports {
    /// HTTPS and WSS.
    pub secure: u16,
    /// Plain HTTP, which only redirects or refuses; `None` leaves it closed.
    pub plain: Option<u16>,
}

impl Default for Ports {
    fn default() -> Self {
        Ports {
            secure: 443,
            plain: Some(80),
        }
    }
}

/// A registered user.
#[derive(Clone, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// E-mail address, which is also the user name; compared without regard to case.
    pub email: String,
    /// Password of the sign-in.
    pub password: String,
    /// Name shown to others.
    pub display_name: String,
    /// URL of the picture; without one the service's placeholder is shown (CON-06).
    #[serde(default)]
    pub picture: Option<String>,
    /// Company; users of one company find each other. Default: the domain of the e-mail address.
    #[serde(default)]
    pub company: Option<String>,
    /// Settings file of the user's IP Office, answered to discovery (CFG-01).
    #[serde(default)]
    pub settings_url: Option<String>,
    /// Name of the profile in the answer to discovery.
    #[serde(default)]
    pub profile_name: Option<String>,
    /// Level of the account.
    #[serde(default)]
    pub plan: Plan,
}

/// An application that acts for an account.
#[derive(Clone, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceApp {
    /// `client_id`.
    pub id: String,
    /// `client_secret`.
    pub secret: String,
    /// E-mail address of the account it acts for.
    pub account: String,
}
