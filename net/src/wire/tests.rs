//! The simulated world seen by its parties.

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "a test names what it expects; all else fails it"
)]

mod breaking;
mod names;
mod tcp;
mod time;
mod udp;

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::topology::{Site, Topology};
use crate::world::{Kind, Run, Setup, World};

const MS: Duration = Duration::from_millis(1);

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

fn at(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

/// Two hosts on one LAN, 5 ms apart.
fn pair() -> Topology {
    Topology::lan(&["alice", "bob"], 5 * MS)
}

/// A home behind a NAT and a server in the cloud.
fn home_and_cloud() -> Topology {
    Topology::new()
        .site(Site::new("home").nat(ip("198.51.100.1"), crate::nat::NatSpec::default()))
        .site(Site::new("cloud"))
        .host("alice", "home", &[ip("192.168.1.2")])
        .host("carol", "home", &[ip("192.168.1.3")])
        .host("server", "cloud", &[ip("203.0.113.5"), ip("2001:db8::5")])
}

fn run<T, F>(topology: Topology, play: impl FnOnce(World) -> F + Send + 'static) -> Run<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let setup = Setup::new(Kind::Wire, topology).limit(Duration::from_secs(3600));
    setup.keep_entries().run(play).expect("the setup is sound")
}

/// The value of a run that came to its end.
fn play<T, F>(topology: Topology, play: impl FnOnce(World) -> F + Send + 'static) -> T
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    run(topology, play).value.expect("the play ends")
}
