//! The settings that a client takes from its settings file: which of its lines it acts on, and what the rest means to it.
//!
//! The way of a file: [`SettingsFile::read`] → [`Interpreter`] (jumps, fetches) → names and values → [`Settings::apply`].
//! A value that is not valid is ignored and the previous one stays; a name that the client does not act on is stored and
//! reported as unused, never refused (CFG-03).

use indexmap::IndexMap;

mod controllers;
mod encryption;
mod file;
mod interpreter;

pub use controllers::{Controller, ControllerListError, ControllerTransport, read_controllers};
pub use encryption::{MediaEncryption, read_media_encryption};
pub use file::{Line, SettingsFile};
pub use interpreter::{Device, Interpreter, Step};

/// What the client acts on. Defaults are those published for a client of the same family.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Settings {
    /// `SIP_CONTROLLER_LIST`: systems to register with, in the order of preference.
    pub controllers: Vec<Controller>,
    /// `SIPDOMAIN`: domain of the user's address; empty: the controller's own host.
    pub domain: String,
    /// `SIPUSERNAME`, when the file names the user.
    pub user: Option<String>,
    /// `ENABLE_IPOFFICE`: IP Office mode, on which the client's whole capability set hangs.
    pub ipoffice: bool,
    /// `REGISTERWAIT`: seconds asked for in a registration.
    pub register_wait_s: u32,
    /// `MEDIAENCRYPTION`: suites in the order of preference; [`MediaEncryption::None`] among them allows plain RTP.
    pub media_encryption: Vec<MediaEncryption>,
    /// `ENCRYPT_SRTCP`: encrypt SRTCP too.
    pub encrypt_srtcp: bool,
    /// `RTP_PORT_LOW`: first port of the media range.
    pub rtp_port_low: u16,
    /// `RTP_PORT_RANGE`: how many ports the media range has.
    pub rtp_port_range: u16,
    /// `ENABLE_G711A`.
    pub g711a: bool,
    /// `ENABLE_G711U`.
    pub g711u: bool,
    /// `ENABLE_G722`.
    pub g722: bool,
    /// `ENABLE_G729`: 1 for Annex A, 2 for the main body, whose stream is the same.
    pub g729: bool,
    /// `ENABLE_OPUS`: 0 off, 1 wideband, 2 and 3 narrowband.
    pub opus: u8,
    /// `OPUS_PAYLOAD_TYPE`: 96 to 127.
    pub opus_payload_type: u8,
    /// `ENABLE_VIDEO`.
    pub video: bool,
    /// `VIDEO_MAX_BANDWIDTH_ANY_NETWORK`: kbit/s of a picture, each way; 0 switches video off.
    pub video_max_kbit_s: u32,
    /// `100REL_SUPPORT`: reliable provisional responses.
    pub reliable_provisional: bool,
    /// `CALL_SESSION_TIMER_EXPIRATION`: seconds, 90 to 65535; `None`: off.
    pub session_timer_s: Option<u32>,
    /// `SUBSCRIBE_LIST_NON_AVAYA`: SIP event packages to subscribe to.
    pub subscriptions: Vec<String>,
    /// `PSTN_VM_NUM`: number of the voicemail.
    pub voicemail: Option<String>,
    /// `CONFERENCE_FACTORY_URI`: where an audio conference is made.
    pub conference_factory: Option<String>,
    /// All names that the file has set, with their last values; those not acted on among them.
    pub stored: IndexMap<String, String>,
}

/// What a device does with a setting that the new file no longer has (CFG-04).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Removed {
    /// A client keeps its last value.
    Keep,
    /// A desk phone goes back to the default.
    Reset,
}

/// A line that was not followed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Remark {
    /// The client does not act on this name; it is stored.
    #[error("{name} is not used by this client")]
    Unused {
        /// The setting's name.
        name: String,
    },
    /// The value is not valid for this name; the previous one stays.
    #[error("{name} keeps its previous value: expected {expected}, came {value:?}")]
    Invalid {
        /// The setting's name.
        name: String,
        /// The value as written.
        value: String,
        /// What was expected instead.
        expected: String,
    },
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            controllers: Vec::new(),
            domain: String::new(),
            user: None,
            ipoffice: false,
            register_wait_s: 300,
            media_encryption: vec![MediaEncryption::None],
            encrypt_srtcp: false,
            rtp_port_low: 40_750,
            rtp_port_range: 10_001,
            g711a: true,
            g711u: true,
            g722: true,
            g729: true,
            opus: 0,
            opus_payload_type: 116,
            video: true,
            video_max_kbit_s: 1_280,
            reliable_provisional: true,
            session_timer_s: None,
            subscriptions: Vec::new(),
            voicemail: None,
            conference_factory: None,
            stored: IndexMap::new(),
        }
    }
}

impl Settings {
    /// Takes what a file has set; says which lines were not followed.
    pub fn apply(&mut self, set: IndexMap<String, String>, removed: Removed) -> Vec<Remark> {
        if removed == Removed::Reset {
            *self = Self::default();
        }
        let mut remarks = Vec::new();
        for (name, value) in set {
            match self.take(&name, &value) {
                Ok(true) => {}
                Ok(false) => remarks.push(Remark::Unused { name: name.clone() }),
                Err(expected) => {
                    remarks.push(Remark::Invalid {
                        name,
                        value,
                        expected,
                    });
                    continue;
                }
            }
            if self.stored.len() < MAX_STORED || self.stored.contains_key(&name) {
                self.stored.insert(name, value);
            }
        }
        remarks
    }

    /// One setting: `Ok(false)` when the client does not act on it, `Err` with what was expected when the value is not valid.
    fn take(&mut self, name: &str, value: &str) -> Result<bool, String> {
        match name {
            "SIP_CONTROLLER_LIST" => {
                self.controllers = read_controllers(value).map_err(|error| error.to_string())?
            }
            "SIPDOMAIN" => value.clone_into(&mut self.domain),
            "SIPUSERNAME" => self.user = text(value),
            "ENABLE_IPOFFICE" => self.ipoffice = number(value, 0, 1)? == 1,
            "REGISTERWAIT" => self.register_wait_s = number(value, 30, 86_400)?,
            "MEDIAENCRYPTION" => self.media_encryption = read_media_encryption(value)?,
            "ENCRYPT_SRTCP" => self.encrypt_srtcp = number(value, 0, 1)? == 1,
            "RTP_PORT_LOW" => self.rtp_port_low = small(value, 1024, 65_503)?,
            "RTP_PORT_RANGE" => self.rtp_port_range = small(value, 32, 64_511)?,
            "100REL_SUPPORT" => self.reliable_provisional = number(value, 0, 1)? == 1,
            "CALL_SESSION_TIMER_EXPIRATION" => self.session_timer_s = session_timer(value)?,
            "SUBSCRIBE_LIST_NON_AVAYA" => self.subscriptions = packages(value),
            "PSTN_VM_NUM" => self.voicemail = text(value),
            "CONFERENCE_FACTORY_URI" => self.conference_factory = text(value),
            _ => return self.take_codec(name, value),
        }
        Ok(true)
    }

    fn take_codec(&mut self, name: &str, value: &str) -> Result<bool, String> {
        match name {
            "ENABLE_G711A" => self.g711a = number(value, 0, 1)? == 1,
            "ENABLE_G711U" => self.g711u = number(value, 0, 1)? == 1,
            "ENABLE_G722" => self.g722 = number(value, 0, 1)? == 1,
            "ENABLE_G729" => self.g729 = number(value, 0, 2)? > 0,
            "ENABLE_OPUS" => self.opus = tiny(value, 0, 3)?,
            "OPUS_PAYLOAD_TYPE" => self.opus_payload_type = tiny(value, 96, 127)?,
            "ENABLE_VIDEO" => self.video = number(value, 0, 1)? == 1,
            "VIDEO_MAX_BANDWIDTH_ANY_NETWORK" => {
                self.video_max_kbit_s = number(value, 0, 10_000)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// An empty text means that the setting is not set.
fn text(value: &str) -> Option<String> {
    (!value.is_empty()).then(|| value.to_owned())
}

fn number(value: &str, least: u32, most: u32) -> Result<u32, String> {
    value
        .parse()
        .ok()
        .filter(|number| (least..=most).contains(number))
        .ok_or_else(|| format!("a whole number from {least} to {most}"))
}

fn small(value: &str, least: u16, most: u16) -> Result<u16, String> {
    number(value, least.into(), most.into()).map(|number| u16::try_from(number).unwrap_or(most))
}

fn tiny(value: &str, least: u8, most: u8) -> Result<u8, String> {
    number(value, least.into(), most.into()).map(|number| u8::try_from(number).unwrap_or(most))
}

/// 0 is off; any other value outside 90 to 65535 is not valid.
fn session_timer(value: &str) -> Result<Option<u32>, String> {
    if value == "0" {
        return Ok(None);
    }
    number(value, 90, 65_535)
        .map(Some)
        .map_err(|expected| format!("0 or {expected}"))
}

/// A comma list of package names; `0` is the published default and means none.
fn packages(value: &str) -> Vec<String> {
    value
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty() && *name != "0")
        .map(str::to_owned)
        .collect()
}

/// Names kept from files that set more than any real one does.
const MAX_STORED: usize = 4096;

#[cfg(test)]
mod tests;
