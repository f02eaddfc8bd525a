//! Where a party of the command line is: the host a phone calls from, and the event loop all live in.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use net::{Host, World};

use super::Trouble;
use super::faults::Faults;

/// The phone's host, and its site in a fault plan.
const PHONE: &str = "phone";

/// The host from which a name is reached: one on this machine is called from loopback. Faults are those of a plan's file.
pub(super) async fn host_towards(name: &str, faults: Option<&Path>) -> Result<Host, Trouble> {
    let addresses = addresses(loopback(name).await);
    let world = match faults {
        None => World::real_machine_at(&addresses),
        Some(path) => Faults::read(path, &[PHONE])?.machine(PHONE, &addresses)?,
    };
    Ok(world.host(PHONE))
}

/// The same for many phones: one on this machine is called from the next loopback address, so that the ports for sound of both
/// do not meet.
pub(super) async fn host_beside(name: &str) -> Host {
    let next = loopback(name).await.map(|address| match address {
        IpAddr::V4(address) if cfg!(target_os = "linux") => {
            Ipv4Addr::from_bits(address.to_bits() ^ 3).into()
        }
        address => address,
    });
    World::real_machine_at(&addresses(next)).host(PHONE)
}

/// The loopback address that a name has, if it is this machine's.
async fn loopback(name: &str) -> Option<IpAddr> {
    let anywhere = World::real_machine().host(PHONE);
    // If it is not known, whoever connects will say so, and better.
    let known = anywhere.resolve(name).await.unwrap_or_default();
    known.into_iter().find(IpAddr::is_loopback)
}

fn addresses(loopback: Option<IpAddr>) -> Vec<IpAddr> {
    loopback.map_or_else(World::machine_addresses, |address| vec![address])
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
