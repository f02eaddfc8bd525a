//! `SIP_CONTROLLER_LIST`: the systems to register with, the first preferred (REG-09).

use std::fmt;

/// How SIP travels to a controller.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ControllerTransport {
    /// TLS over TCP.
    Tls,
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// What the name system says, else the client's own choice.
    Auto,
}

/// One entry of the list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Controller {
    /// Name or address; an IPv6 address without brackets.
    pub host: String,
    /// TCP or UDP port. Without one the name system is asked for the services of the domain (RFC 3263), and where it knows
    /// of none the transport's default port is taken.
    pub port: Option<u16>,
    /// How SIP travels.
    pub transport: ControllerTransport,
}

/// Why a list was refused. Such a list is ignored whole: the previous value stays (product rule for invalid values).
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ControllerListError {
    /// Longer than the 255 characters that the setting may have.
    #[error("controller list has {length} characters, at most 255 are allowed")]
    TooLong {
        /// Characters of the list.
        length: usize,
    },
    /// A blank somewhere.
    #[error("controller list holds a blank; entries are separated by commas alone")]
    Blank,
    /// An entry that is not `host[:port][;transport=tls|tcp|udp|auto]`.
    #[error("controller entry {entry:?}: {why}; expected host[:port][;transport=tls|tcp|udp|auto]")]
    Entry {
        /// The entry as written.
        entry: String,
        /// What is wrong with it.
        why: &'static str,
    },
}

/// Reads the list in its order; an empty text is an empty list.
pub fn read_controllers(text: &str) -> Result<Vec<Controller>, ControllerListError> {
    let length = text.chars().count();
    if length > MAX_LENGTH {
        return Err(ControllerListError::TooLong { length });
    }
    if text.contains(char::is_whitespace) {
        return Err(ControllerListError::Blank);
    }
    if text.is_empty() {
        return Ok(Vec::new());
    }
    text.split(',').map(Controller::read).collect()
}

impl Controller {
    /// Reads one entry. The semicolon before `transport=` may be missing: published examples have it both ways.
    pub fn read(entry: &str) -> Result<Self, ControllerListError> {
        let wrong = |why| ControllerListError::Entry {
            entry: entry.to_owned(),
            why,
        };
        let (address, transport) = match entry.split_once("transport=") {
            None => (entry, ControllerTransport::Auto),
            Some((address, name)) => (
                address.strip_suffix(';').unwrap_or(address),
                ControllerTransport::read(name).ok_or_else(|| wrong("unknown transport"))?,
            ),
        };
        let (host, port) = split_port(address).map_err(wrong)?;
        if host.is_empty() || host.contains([';', '/', '@', '=', '"']) {
            return Err(wrong("no host name or address"));
        }
        Ok(Self {
            host: host.to_owned(),
            port,
            transport,
        })
    }
}

impl fmt::Display for Controller {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            host,
            port,
            transport,
        } = self;
        let host = if host.contains(':') {
            format!("[{host}]")
        } else {
            host.clone()
        };
        match port {
            Some(port) => write!(out, "{host}:{port};transport={transport}"),
            None => write!(out, "{host};transport={transport}"),
        }
    }
}

impl ControllerTransport {
    /// By its name, in any case.
    fn read(name: &str) -> Option<Self> {
        [Self::Tls, Self::Tcp, Self::Udp, Self::Auto]
            .into_iter()
            .find(|transport| transport.name().eq_ignore_ascii_case(name))
    }

    fn name(self) -> &'static str {
        match self {
            Self::Tls => "tls",
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Auto => "auto",
        }
    }

    /// The SIP stack's word for it; `None` where it is left to the name system and to us.
    pub fn sip(self) -> Option<sip::flow::Transport> {
        match self {
            Self::Udp => Some(sip::flow::Transport::Udp),
            Self::Tcp => Some(sip::flow::Transport::Tcp),
            Self::Tls => Some(sip::flow::Transport::Tls),
            Self::Auto => None,
        }
    }
}

impl fmt::Display for ControllerTransport {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// `host`, `host:port`, `[v6]` or `[v6]:port`.
fn split_port(address: &str) -> Result<(&str, Option<u16>), &'static str> {
    let (host, rest) = match address.strip_prefix('[') {
        Some(inner) => {
            let (host, rest) = inner.split_once(']').ok_or("bracket without its end")?;
            if host.parse::<std::net::Ipv6Addr>().is_err() {
                return Err("brackets hold no IPv6 address");
            }
            (host, rest)
        }
        None => match address.find(':') {
            Some(colon) => address.split_at(colon),
            None => (address, ""),
        },
    };
    match rest.strip_prefix(':') {
        None if rest.is_empty() => Ok((host, None)),
        None => Err("text after the address"),
        Some(port) => match port.parse::<u16>() {
            Ok(port) if port > 0 => Ok((host, Some(port))),
            Ok(_) | Err(_) => Err("port is not 1 to 65535"),
        },
    }
}

/// The setting's limit in characters.
const MAX_LENGTH: usize = 255;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_port_is_taken_as_written_and_not_made_up() {
        for (text, port) in [
            ("pbx", None),
            ("pbx;transport=tls", None),
            ("pbxtransport=udp", None),
            ("pbx:5070;transport=TLS", Some(5070)),
        ] {
            let list = read_controllers(text).unwrap();
            assert_eq!(
                (list[0].host.as_str(), list[0].port),
                ("pbx", port),
                "{text}"
            );
        }
    }

    #[test]
    fn malformed_entries_are_refused() {
        for text in [
            "a b",
            "a,",
            ",",
            ":5060",
            "a:0",
            "a:65536",
            "a:x",
            "a;transport=sctp",
            "[::1",
            "[pbx]:1",
            "[::1]x",
            "a;lr",
            &"a".repeat(256),
        ] {
            assert!(read_controllers(text).is_err(), "{text}");
        }
        assert_eq!(read_controllers(""), Ok(Vec::new()));
    }

    proptest! {
        #[test]
        fn printing_and_reading_agree(hosts in proptest::collection::vec(("[a-z][a-z0-9.-]{0,10}", proptest::option::of(1..=u16::MAX), 0..4usize), 1..5)) {
            let transports = [ControllerTransport::Tls, ControllerTransport::Tcp, ControllerTransport::Udp, ControllerTransport::Auto];
            let list: Vec<_> = hosts.into_iter().map(|(host, port, kind)| Controller { host, port, transport: transports[kind] }).collect();
            prop_assume!(list.iter().all(|one| !one.host.contains("transport")));
            let text = list.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
            prop_assume!(text.len() <= 255);
            prop_assert_eq!(read_controllers(&text), Ok(list));
        }

        #[test]
        fn nothing_panics(text in ".{0,60}") {
            let _ = read_controllers(&text);
        }
    }
}
