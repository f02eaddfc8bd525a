//! Where a dialled number leads.

use crate::config::Config;

/// The end of a number.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Destination {
    /// A user of this system, by extension.
    Extension(String),
    /// The system says back what it hears.
    Echo,
    /// The system says a steady tone.
    Tone,
    /// The number leads nowhere: 404.
    Unknown,
}

/// Finds the end of a number as it was dialled: an exact extension or a test number.
pub fn destination(config: &Config, number: &str) -> Destination {
    if number == config.test_numbers.echo {
        Destination::Echo
    } else if number == config.test_numbers.tone {
        Destination::Tone
    } else if config.user(number).is_some() {
        Destination::Extension(number.to_owned())
    } else {
        Destination::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lead_to_users_tests_or_nowhere() {
        let config =
            Config::from_json(r#"{"users":[{"extension":"201","password":"1"}]}"#).unwrap();
        for (number, end) in [
            ("201", Destination::Extension("201".to_owned())),
            ("901", Destination::Echo),
            ("902", Destination::Tone),
            ("202", Destination::Unknown),
            ("", Destination::Unknown),
            ("2011", Destination::Unknown),
        ] {
            assert_eq!(destination(&config, number), end, "{number}");
        }
    }
}
