//! Whom a load is for: where the phones register, and the number in it if it names one.

use client::settings::{Controller, ControllerTransport};

/// A registrar, as written on the command line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Target {
    /// Where the phones register.
    pub registrar: Controller,
    /// The number to call, where a SIP URI names one.
    pub number: Option<String>,
}

impl Target {
    /// Reads `host[:port][;transport=udp|tcp|tls]`, or a `sip:` or `sips:` URI of the same with or without a user.
    pub fn read(text: &str) -> Result<Target, String> {
        let lower = text.to_ascii_lowercase();
        let (rest, is_secure) = if lower.starts_with("sips:") {
            (&text[5..], true)
        } else if lower.starts_with("sip:") {
            (&text[4..], false)
        } else {
            (text, false)
        };
        let (number, address) = match rest.rsplit_once('@') {
            Some((user, address)) => (Some(user), address),
            None => (None, rest),
        };
        if text.contains(char::is_whitespace) {
            return Err(format!("{text:?} has a blank in it"));
        }
        if number.is_some_and(str::is_empty) {
            return Err(format!("{text:?} names nobody before the '@'"));
        }
        let mut registrar = Controller::read(address).map_err(|error| error.to_string())?;
        registrar.transport = match (is_secure, registrar.transport) {
            (true, _) => ControllerTransport::Tls,
            // What every registrar has.
            (false, ControllerTransport::Auto) => ControllerTransport::Udp,
            (false, said) => said,
        };
        Ok(Target {
            registrar,
            number: number.map(ToOwned::to_owned),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_ways_to_write_a_target() {
        for (text, number, registrar) in [
            ("pbx.example", None, "pbx.example;transport=udp"),
            (
                "10.0.0.1:5070;transport=tcp",
                None,
                "10.0.0.1:5070;transport=tcp",
            ),
            (
                "sip:901@[::1]:5060",
                Some("901"),
                "[::1]:5060;transport=udp",
            ),
            ("SIPS:pbx.example", None, "pbx.example;transport=tls"),
            (
                "sip:a@b@pbx.example;transport=tls",
                Some("a@b"),
                "pbx.example;transport=tls",
            ),
        ] {
            let target = Target::read(text).expect(text);
            assert_eq!(target.number.as_deref(), number, "{text}");
            assert_eq!(target.registrar.to_string(), registrar, "{text}");
        }
    }

    #[test]
    fn what_is_no_target_is_refused() {
        for text in [
            "",
            "sip:",
            "sip:@pbx",
            "pbx:99999",
            "http://pbx/",
            "pbx;transport=pigeon",
            "a b",
        ] {
            assert!(Target::read(text).is_err(), "{text}");
        }
    }
}
