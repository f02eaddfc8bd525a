//! Where a party of the command line is: the host a phone calls from, and the event loop all live in.

use std::net::IpAddr;
use std::path::Path;

use net::{Host, World};

use super::Trouble;
use super::faults::Faults;

/// The phone's host, and its site in a fault plan.
const PHONE: &str = "phone";

/// The host from which a name is reached: one on this machine is called from loopback. Faults are those of a plan's file.
pub(super) async fn host_towards(name: &str, faults: Option<&Path>) -> Result<Host, Trouble> {
    let anywhere = World::real_machine().host(PHONE);
    let mut addresses: Vec<IpAddr> = match anywhere.resolve(name).await {
        Ok(addresses) => addresses
            .into_iter()
            .filter(IpAddr::is_loopback)
            .take(1)
            .collect(),
        // Whoever connects will say that the name is unknown, and better.
        Err(_) => Vec::new(),
    };
    if addresses.is_empty() {
        addresses = World::machine_addresses();
    }
    let world = match faults {
        None => World::real_machine_at(&addresses),
        Some(path) => Faults::read(path, &[PHONE])?.machine(PHONE, &addresses)?,
    };
    Ok(world.host(PHONE))
}

/// The event loop that phones and servers of a command live in.
pub(super) fn event_loop() -> Result<tokio::runtime::Runtime, Trouble> {
    let built = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    built.map_err(|error| {
        Trouble::new(
            format!("the machine gives no event loop: {error}"),
            "free some of its files or memory",
        )
    })
}

/// The phone's task is gone.
pub(super) fn stuck() -> Trouble {
    Trouble::new(
        "the phone has stopped answering",
        "report this with the command line",
    )
}

/// Says what went wrong.
pub(super) fn eprint(text: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "solstice: {text}");
}
