//! What an administrator sets: users, ports, media policy, timers. JSON on disk, checked as a whole before anything starts.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use net::tls::Identity;
use serde::{Deserialize, Serialize};

use crate::device_class::{DeviceClass, Pattern};
use crate::flaws::Flaw;
use crate::licence::Licence;

/// The whole configuration of one IP Office.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where it is deployed; decides the plain SIP port (REL-01, NET-03).
    pub profile: Profile,
    /// What it runs on; decides its codecs (TEL-11).
    pub platform: Platform,
    /// The name that clients reach it by; empty: its first address.
    pub host_name: String,
    /// Addresses to listen on; none: all of the host's.
    pub bind: Vec<IpAddr>,
    /// Certificate and key for SIP over TLS and for HTTPS; without them those ports stay closed. Not part of the JSON form.
    #[serde(skip)]
    pub identity: Option<Arc<Identity>>,
    /// Digest realm.
    pub realm: String,
    /// How users prove who they are.
    pub digest: Digest,
    /// The users, each with an extension of their own.
    pub users: Vec<User>,
    /// Ports that it listens on.
    pub ports: Ports,
    /// UDP ports for media, even for RTP and the odd one after it for RTCP (NET-05).
    pub rtp: PortRange,
    /// Whether media is encrypted by SDES-SRTP (TEL-12).
    pub srtp: SrtpPolicy,
    /// Lets SDES keys travel over signalling that is not secured by TLS. The product never does.
    pub srtp_without_tls: bool,
    /// SRTCP is encrypted too; authentication is always on.
    pub encrypt_srtcp: bool,
    /// Digest nonces older than this are stale, in seconds (REG-02).
    pub nonce_lifetime_s: u32,
    /// How long a registration lasts.
    pub expires: Expires,
    /// A call that nobody answers ends after this many seconds.
    pub no_answer_s: u32,
    /// Numbers answered by the system itself.
    pub test_numbers: TestNumbers,
    /// Which User-Agent is which class of device; the first pattern that fits counts, and a device that fits none is a desk phone.
    pub device_classes: Vec<Pattern>,
    /// A folder with static files that win over generated ones (`46xxsettings.txt`, `46xxspecials.txt`).
    pub settings_folder: Option<PathBuf>,
    /// Reports of the quality of calls are taken (RFC 6035); else they are refused with 489.
    pub quality_reports: bool,
    /// Misbehaviour on purpose.
    pub flaws: Vec<Flaw>,
}

/// Where the system is deployed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// On the customer's premises, release 11: plain SIP on 5060.
    #[default]
    OnPremises,
    /// Hosted: plain SIP on 5056.
    Cloud,
}

/// What the system runs on.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    /// The appliance: no Opus.
    #[default]
    #[serde(rename = "ip500_v2")]
    Ip500V2,
    /// A Linux server: Opus too.
    Linux,
}

/// One user.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// Extension: digits; the user part of their SIP address.
    pub extension: String,
    /// Login password.
    pub password: String,
    /// Name shown to others.
    #[serde(default)]
    pub name: String,
    /// What kind of devices they may register.
    #[serde(default)]
    pub licence: Licence,
    /// Busy when this many calls are up; a call more gets 486.
    #[serde(default = "most_calls")]
    pub most_calls: u32,
}

/// Ports that the system listens on; 0 closes one.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Ports {
    /// Plain SIP over UDP and TCP; `None`: 5060 on premises, 5056 in the cloud.
    pub sip: Option<u16>,
    /// SIP over TLS.
    pub sip_tls: u16,
    /// Settings and services over HTTP.
    pub http: u16,
    /// Settings and services over HTTPS.
    pub https: u16,
    /// The preferred phone ports are open too (NET-02).
    pub preferred: bool,
    /// Preferred phone port for HTTP.
    pub preferred_http: u16,
    /// Preferred phone port for HTTPS.
    pub preferred_https: u16,
}

/// How users prove who they are: RFC 7616, RFC 8760.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Digest {
    /// Algorithms, best first; each gets a challenge of its own, and a phone answers the first that it knows.
    pub algorithms: Vec<DigestAlgorithm>,
    /// Bodies are protected too: `auth-int` is asked for in place of `auth`.
    pub protects_bodies: bool,
}

/// A hash for passwords, by its name in a challenge.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub enum DigestAlgorithm {
    /// What every phone has.
    #[serde(rename = "MD5")]
    Md5,
    /// RFC 8760.
    #[serde(rename = "SHA-256")]
    Sha256,
    /// RFC 8760.
    #[serde(rename = "SHA-512-256")]
    Sha512_256,
}

/// An inclusive range of UDP ports.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PortRange {
    /// First port.
    pub low: u16,
    /// Last port.
    pub high: u16,
}

/// The system's media security setting.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SrtpPolicy {
    /// Never encrypted: the product's default.
    #[default]
    Disabled,
    /// Both are offered, encryption is chosen where the other side can.
    Preferred,
    /// No plain RTP: a call without encryption is refused with 488.
    Enforced,
}

/// Limits of a registration's life, in seconds.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Expires {
    /// Given when the client asks for nothing.
    pub default_s: u32,
    /// Less is refused with 423.
    pub least_s: u32,
    /// More is cut to this.
    pub most_s: u32,
}

/// Numbers answered by the system itself.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct TestNumbers {
    /// Says back what it hears.
    pub echo: String,
    /// Says a steady tone of 1000 Hz.
    pub tone: String,
}

/// Why a configuration cannot be used. The words name the field and what to change.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Not the JSON that is expected.
    #[error("configuration is not valid JSON of the expected form: {0}")]
    Json(#[from] serde_json::Error),
    /// Two things that exclude each other, or a value outside its range.
    #[error("configuration: {0}")]
    Value(String),
}

impl Config {
    /// Reads and checks a configuration; fields that are not given have their defaults, unknown ones are refused.
    pub fn from_json(text: &str) -> Result<Self, ConfigError> {
        let config: Self = serde_json::from_str(text)?;
        config.check()?;
        Ok(config)
    }

    /// The port of plain SIP.
    pub fn sip_port(&self) -> u16 {
        self.ports.sip.unwrap_or(match self.profile {
            Profile::OnPremises => 5060,
            Profile::Cloud => 5056,
        })
    }

    /// The user of an extension.
    pub fn user(&self, extension: &str) -> Option<&User> {
        self.users.iter().find(|user| user.extension == extension)
    }

    /// Refuses what cannot work.
    pub fn check(&self) -> Result<(), ConfigError> {
        let wrong = |text: String| Err(ConfigError::Value(text));
        let mut extensions = BTreeSet::new();
        for (index, user) in self.users.iter().enumerate() {
            let extension = &user.extension;
            if extension.is_empty() || !extension.bytes().all(|byte| byte.is_ascii_digit()) {
                return wrong(format!(
                    "users[{index}].extension {extension:?} must be digits"
                ));
            }
            if !extensions.insert(extension) {
                return wrong(format!(
                    "users[{index}].extension {extension} is given twice; each user needs their own"
                ));
            }
            if [&self.test_numbers.echo, &self.test_numbers.tone].contains(&extension) {
                return wrong(format!(
                    "users[{index}].extension {extension} is a test number; change one of the two"
                ));
            }
        }
        let PortRange { low, high } = self.rtp;
        // Manuals of the same code base ask for at least 254 ports between the two ends.
        if low < 1024 || high < low || high - low < 254 {
            return wrong(format!(
                "rtp {low} to {high}: the range must start at 1024 or above and span at least 254 ports"
            ));
        }
        let Expires {
            default_s,
            least_s,
            most_s,
        } = self.expires;
        if !(1..=default_s).contains(&least_s) || default_s > most_s {
            return wrong(format!(
                "expires: need 1 <= least_s ({least_s}) <= default_s ({default_s}) <= most_s ({most_s})"
            ));
        }
        if self.digest.algorithms.is_empty() {
            return wrong("digest.algorithms must name at least one".to_owned());
        }
        if self.nonce_lifetime_s == 0 || self.no_answer_s == 0 {
            return wrong("nonce_lifetime_s and no_answer_s must be at least 1".to_owned());
        }
        Ok(())
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            profile: Profile::OnPremises,
            platform: Platform::Ip500V2,
            host_name: String::new(),
            bind: Vec::new(),
            identity: None,
            realm: "ipoffice".to_owned(),
            digest: Digest::default(),
            users: Vec::new(),
            ports: Ports::default(),
            rtp: PortRange {
                low: 40_750,
                high: 50_750,
            },
            srtp: SrtpPolicy::Disabled,
            srtp_without_tls: false,
            encrypt_srtcp: false,
            nonce_lifetime_s: 10,
            expires: Expires::default(),
            no_answer_s: 60,
            test_numbers: TestNumbers::default(),
            device_classes: Pattern::defaults(),
            settings_folder: None,
            quality_reports: true,
            flaws: Vec::new(),
        }
    }
}

impl Default for Digest {
    fn default() -> Self {
        Self {
            algorithms: vec![DigestAlgorithm::Md5],
            protects_bodies: false,
        }
    }
}

impl Default for Ports {
    fn default() -> Self {
        Self {
            sip: None,
            sip_tls: 5061,
            http: 80,
            https: 443,
            preferred: false,
            preferred_http: 8411,
            preferred_https: 411,
        }
    }
}

impl Default for Expires {
    fn default() -> Self {
        Self {
            default_s: 300,
            least_s: 60,
            most_s: 3600,
        }
    }
}

impl Default for TestNumbers {
    fn default() -> Self {
        Self {
            echo: "901".to_owned(),
            tone: "902".to_owned(),
        }
    }
}

/// Calls that a user may have at once when their entry does not say.
fn most_calls() -> u32 {
    6
}

/// The class of a User-Agent by the configured patterns.
pub fn device_class(config: &Config, user_agent: &str) -> DeviceClass {
    config
        .device_classes
        .iter()
        .find(|pattern| pattern.fits(user_agent))
        .map_or(DeviceClass::Desk, |pattern| pattern.class)
}

#[cfg(test)]
mod tests;
