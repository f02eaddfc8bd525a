//! Which user may register what kind of device (LIC-01 to LIC-04).

use serde::{Deserialize, Serialize};

use crate::device_class::DeviceClass;

/// A user's licence.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Licence {
    /// A phone on the desk only.
    BasicUser,
    /// A phone on the desk only; twinning is not simulated.
    MobileWorker,
    /// Softphone on a desktop.
    OfficeWorker,
    /// Softphone on a desktop, remote.
    Teleworker,
    /// All devices.
    #[default]
    PowerUser,
}

impl Licence {
    /// Whether a user of this licence may register a device of this class.
    pub fn allows(self, class: DeviceClass) -> bool {
        match (self, class) {
            (_, DeviceClass::Desk) | (Self::PowerUser, _) => true,
            (Self::OfficeWorker | Self::Teleworker, DeviceClass::Desktop | DeviceClass::WebRtc) => {
                true
            }
            (Self::OfficeWorker | Self::Teleworker, DeviceClass::Mobile) => false,
            (Self::BasicUser | Self::MobileWorker, _) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_power_users_go_mobile() {
        let classes = [
            DeviceClass::Desk,
            DeviceClass::Desktop,
            DeviceClass::Mobile,
            DeviceClass::WebRtc,
        ];
        let allowed = |licence: Licence| classes.map(|class| licence.allows(class));
        assert_eq!(allowed(Licence::PowerUser), [true; 4]);
        assert_eq!(allowed(Licence::OfficeWorker), [true, true, false, true]);
        assert_eq!(allowed(Licence::Teleworker), allowed(Licence::OfficeWorker));
        assert_eq!(allowed(Licence::BasicUser), [true, false, false, false]);
        assert_eq!(allowed(Licence::MobileWorker), allowed(Licence::BasicUser));
    }
}
