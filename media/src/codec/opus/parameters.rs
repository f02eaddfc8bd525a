//! The parameters of `a=fmtp` for Opus: what a receiver wants to be sent. RFC 7587 §6.1.

use std::fmt;

/// What a receiver of Opus says of itself. The defaults are those of a line that is not there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Parameters {
    /// Highest sample rate it can make use of, Hz (`maxplaybackrate`).
    pub max_playback_rate_hz: u32,
    /// Most bits a second on the mean, 6000 to 510 000 (`maxaveragebitrate`).
    pub max_average_bitrate: Option<u32>,
    /// It would rather hear two channels (`stereo`); it must take them in any case.
    pub stereo: bool,
    /// It wants packets of one size (`cbr`).
    pub cbr: bool,
    /// It makes use of repeated frames (`useinbandfec`).
    pub use_inband_fec: bool,
    /// It wants pauses not to be sent (`usedtx`).
    pub use_dtx: bool,
}

impl Default for Parameters {
    fn default() -> Parameters {
        Parameters {
            max_playback_rate_hz: 48_000,
            max_average_bitrate: None,
            stereo: false,
            cbr: false,
            use_inband_fec: false,
            use_dtx: false,
        }
    }
}

impl Parameters {
    /// Reads the part of `a=fmtp` behind the payload type. What is not known, or has no value of its range, is passed over: RFC 7587
    /// §7.1 has unknown parameters ignored.
    pub fn parse(line: &str) -> Parameters {
        let mut parameters = Parameters::default();
        for (name, value) in line.split(';').filter_map(|pair| pair.split_once('=')) {
            parameters.set(name.trim(), value.trim());
        }
        parameters
    }

    fn set(&mut self, name: &str, value: &str) {
        let flag = match value {
            "0" => Some(false),
            "1" => Some(true),
            _ => None,
        };
        let number = |range: std::ops::RangeInclusive<u32>| {
            value.parse().ok().filter(|number| range.contains(number))
        };
        // RFC 4855 §3: names of parameters are compared without case.
        match name.to_ascii_lowercase().as_str() {
            "maxplaybackrate" => {
                self.max_playback_rate_hz =
                    number(8_000..=48_000).unwrap_or(self.max_playback_rate_hz);
            }
            "maxaveragebitrate" => {
                self.max_average_bitrate = number(6_000..=510_000).or(self.max_average_bitrate);
            }
            "stereo" => self.stereo = flag.unwrap_or(self.stereo),
            "cbr" => self.cbr = flag.unwrap_or(self.cbr),
            "useinbandfec" => self.use_inband_fec = flag.unwrap_or(self.use_inband_fec),
            "usedtx" => self.use_dtx = flag.unwrap_or(self.use_dtx),
            _ => {}
        }
    }
}

/// Writes what differs from the defaults, as it stands in `a=fmtp`; nothing if nothing does.
impl fmt::Display for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rate = (self.max_playback_rate_hz != 48_000).then_some(self.max_playback_rate_hz);
        let flag = |flag: bool| flag.then_some(1);
        let pairs = [
            ("maxplaybackrate", rate),
            ("maxaveragebitrate", self.max_average_bitrate),
            ("stereo", flag(self.stereo)),
            ("cbr", flag(self.cbr)),
            ("useinbandfec", flag(self.use_inband_fec)),
            ("usedtx", flag(self.use_dtx)),
        ];
        let mut separator = "";
        for (name, value) in pairs {
            if let Some(value) = value {
                write!(f, "{separator}{name}={value}")?;
                separator = ";";
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_and_written() {
        let line = "maxplaybackrate=16000;maxaveragebitrate=20000;stereo=1;useinbandfec=1;usedtx=1";
        let parameters = Parameters::parse(line);
        assert!(parameters.stereo && parameters.use_inband_fec && !parameters.cbr);
        assert_eq!(parameters.to_string(), line);
        assert_eq!(Parameters::default().to_string(), "");
    }

    #[test]
    fn what_is_unknown_or_out_of_range_is_passed_over() {
        let line = " minptime=10; UseInbandFEC = 1 ;usedtx=yes;maxaveragebitrate=7;;=;stereo";
        let expected = Parameters {
            use_inband_fec: true,
            ..Parameters::default()
        };
        assert_eq!(Parameters::parse(line), expected);
    }
}
