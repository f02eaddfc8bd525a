//! A folder, free ports and running programs for one test; all of it goes when the test ends.

use std::net::{TcpListener, UdpSocket};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

/// How long an event is waited for that should come at once: the machine may be busy with much else. Whoever waits stops at the event.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// What went wrong, in words.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The temporary folder of one test.
pub(crate) struct Lab {
    folder: tempfile::TempDir,
}

impl Lab {
    /// An empty laboratory.
    pub(crate) fn new() -> Result<Self, Failure> {
        Ok(Self {
            folder: tempfile::Builder::new()
                .prefix("solstice-peers-")
                .tempdir()?,
        })
    }

    /// A new folder in it.
    pub(crate) fn folder(&self, name: &str) -> Result<PathBuf, Failure> {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(&path)?;
        Ok(path)
    }

    /// A path in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// An even port that is free for UDP and TCP together with the odd one after it (a SIP phone takes its TLS port there).
///
/// Every call in this process gives another one, so tests that run side by side do not meet.
pub(crate) fn free_port_pair() -> Result<u16, Failure> {
    free_ports(2)
}

/// The first, even, of so many ports in a row that are free for UDP and TCP; every call gives others.
pub(crate) fn free_ports(count: u16) -> Result<u16, Failure> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Processes start at different places, so that two test runs on one machine seldom try the same ports.
    let start = (std::process::id() % 1000) as u16 * 8;
    for _ in 0..2000 {
        let step = NEXT.fetch_add(count.next_multiple_of(2), Ordering::Relaxed);
        let port = 20_000 + (start.wrapping_add(step)) % 12_000 / 2 * 2;
        if (port..port + count).all(is_free) {
            return Ok(port);
        }
    }
    Err(format!("no {count} free ports in a row between 20000 and 32000").into())
}

fn is_free(port: u16) -> bool {
    TcpListener::bind(("0.0.0.0", port)).is_ok() && UdpSocket::bind(("0.0.0.0", port)).is_ok()
}
