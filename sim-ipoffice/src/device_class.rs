//! Which kind of device registers: in simultaneous mode a user has one of each (REG-03, REG-04).

use serde::{Deserialize, Serialize};

/// The four classes of simultaneous mode.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceClass {
    /// A phone on the desk; whatever no pattern knows counts as one.
    Desk,
    /// A softphone on Windows, macOS or an iPad (LIC-03).
    Desktop,
    /// A softphone on a telephone.
    Mobile,
    /// A client in a browser.
    WebRtc,
}

/// A rule that tells a class by the User-Agent.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Pattern {
    /// Text that the User-Agent holds, in any case.
    pub contains: String,
    /// The class it means.
    pub class: DeviceClass,
}

impl Pattern {
    /// Whether a User-Agent fits.
    pub fn fits(&self, user_agent: &str) -> bool {
        user_agent
            .to_ascii_lowercase()
            .contains(&self.contains.to_ascii_lowercase())
    }

    /// The rules of a new system. The real client's User-Agent is not public, so these are a choice of ours and the table
    /// can be replaced; the more special word stands first ("iPad" before "iOS").
    pub fn defaults() -> Vec<Self> {
        [
            ("ipad", DeviceClass::Desktop),
            ("android", DeviceClass::Mobile),
            ("iphone", DeviceClass::Mobile),
            ("ios", DeviceClass::Mobile),
            ("webrtc", DeviceClass::WebRtc),
            ("windows", DeviceClass::Desktop),
            ("macos", DeviceClass::Desktop),
            ("softphone", DeviceClass::Desktop),
            ("solstice", DeviceClass::Desktop),
        ]
        .into_iter()
        .map(|(contains, class)| Self {
            contains: contains.to_owned(),
            class,
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::DeviceClass;
    use crate::config::{Config, device_class};

    #[test]
    fn classes_are_told_by_the_user_agent() {
        let config = Config::default();
        for (agent, class) in [
            ("Solstice/0.1 (iPad; iOS 11)", DeviceClass::Desktop),
            ("Solstice/0.1 (iPhone; iOS 11)", DeviceClass::Mobile),
            ("Solstice/0.1 (Android 8.0)", DeviceClass::Mobile),
            ("Solstice/0.1 (Windows 10)", DeviceClass::Desktop),
            ("baresip v1.0.0", DeviceClass::Desk),
            ("", DeviceClass::Desk),
        ] {
            assert_eq!(device_class(&config, agent), class, "{agent}");
        }
    }
}
