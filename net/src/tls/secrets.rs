//! The secrets of TLS connections, told to the trace, so that a capture can be read.

use std::fmt;
use std::fmt::Write as _;

use rustls::KeyLog;

use crate::host::Host;
use crate::trace::Note;

/// Kind of the note that carries one line of a key log (`SSLKEYLOGFILE` format), as a capture wants it.
pub const SECRET_NOTE: &str = "tls.secret";

/// Notes each secret on its host. Only in simulations, whose secrets are worth nothing.
pub(super) struct SecretNotes {
    host: Host,
}

impl SecretNotes {
    pub(super) fn new(host: &Host) -> Self {
        Self { host: host.clone() }
    }
}

impl KeyLog for SecretNotes {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        self.host.note(Note {
            kind: SECRET_NOTE,
            text: line(label, client_random, secret),
        });
    }
}

impl fmt::Debug for SecretNotes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretNotes")
    }
}

/// One line of a key log, without its end.
pub(super) fn line(label: &str, client_random: &[u8], secret: &[u8]) -> String {
    let mut line =
        String::with_capacity(label.len() + 2 * (client_random.len() + secret.len()) + 2);
    line.push_str(label);
    for bytes in [client_random, secret] {
        line.push(' ');
        for byte in bytes {
            write!(line, "{byte:02x}").expect("a string takes everything");
        }
    }
    line
}
