//! One IP Office and many phones, each on a host of its own: what the benchmarks of whole systems run.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use client::{Command, Event, LogIn, Softphone, Voice};
use net::World;
use net::tls::{Authority, Trust, Validity};
use net::topology::{Site, Topology};
use sim_ipoffice::Running;

/// Name of the host of the IP Office.
pub const IP_OFFICE: &str = "ipoffice";

/// An IP Office with its phones, all logged in.
#[derive(Debug)]
pub struct Office {
    /// The server.
    pub server: Running,
    /// The phones, by number.
    pub phones: Vec<Softphone>,
}

/// The IP Office on its LAN and each phone in the next site, 10 ms away.
pub fn topology(phones: u16) -> Topology {
    let mut topology = Topology::new()
        .site(Site::new("office"))
        .site(Site::new("phones"))
        .host(IP_OFFICE, "office", &[Ipv4Addr::new(10, 1, 0, 10).into()]);
    for number in 0..phones {
        topology = topology.host(&phone_name(number), "phones", &[phone_address(number)]);
    }
    topology
}

impl Office {
    /// Starts the server and the phones, and logs all phones in by `login`, which is given extension and password.
    ///
    /// # Panics
    /// If the server does not start, or a phone is not let in.
    pub async fn open(
        world: &World,
        phones: u16,
        mut config: sim_ipoffice::Config,
        login: impl Fn(String, String) -> LogIn,
    ) -> Office {
        let host = world.host(IP_OFFICE);
        let authority = Authority::new(host.entropy("authority"));
        let validity = Validity::around(host.utc());
        let identity = authority
            .issue(&[IP_OFFICE], &host.addresses(), validity)
            .expect("names that a certificate can hold");
        config.identity = Some(Arc::new(identity));
        config.users = (0..phones).map(user).collect();
        let server = sim_ipoffice::start(&host, config)
            .await
            .expect("a fresh host has all ports free");
        let mut office = Office {
            server,
            phones: Vec::new(),
        };
        for number in 0..phones {
            let host = world.host(&phone_name(number));
            let mut config = client::Config::new(Trust::of(&authority));
            config.client.voice = Voice::Tone {
                frequency_hz: VOICE_HZ,
                level_dbm0: -10.0,
            };
            let phone = client::start(&host, config).await;
            let login = login(extension(number), password(number));
            phone
                .commands
                .send(Command::LogIn(login))
                .await
                .expect("the phone runs");
            office.phones.push(phone);
        }
        for phone in &mut office.phones {
            sees(phone, |event| matches!(event, Event::LoggedIn { .. })).await;
        }
        office
    }
}

/// Waits until a phone tells something that fits, and gives it.
///
/// # Panics
/// If the phone tells of a failure before.
pub async fn sees(phone: &mut Softphone, fits: impl Fn(&Event) -> bool) -> Event {
    loop {
        let event = phone.events.recv().await.expect("the phone runs");
        if fits(&event) {
            return event;
        }
        let is_trouble = matches!(
            event,
            Event::LoginFailed { .. }
                | Event::LineTrouble { .. }
                | Event::Refused { .. }
                | Event::Ended { .. }
        );
        assert!(!is_trouble, "{event:?}");
    }
}

/// The extension of a phone.
pub fn extension(number: u16) -> String {
    (1_000 + number).to_string()
}

fn password(number: u16) -> String {
    (7_306_918_257_u64 + 104_729 * u64::from(number)).to_string()
}

fn user(number: u16) -> sim_ipoffice::config::User {
    sim_ipoffice::config::User {
        extension: extension(number),
        password: password(number),
        name: phone_name(number),
        licence: sim_ipoffice::licence::Licence::PowerUser,
        most_calls: 2,
    }
}

fn phone_name(number: u16) -> String {
    format!("phone{number}")
}

fn phone_address(number: u16) -> IpAddr {
    let [high, low] = (number + 1).to_be_bytes();
    Ipv4Addr::new(10, 2, high, low).into()
}

/// What every phone says into its calls.
pub const VOICE_HZ: f64 = 1_020.0;

/// Beyond the longest of the benchmarks.
pub const LONG: Duration = Duration::from_secs(30 * 24 * 3600);
