//! A deployment: sites, servers and people, as data that a stage is built from.
//!
//! ```text
//! site office ── ipoffice, desks ──┐
//! site home ──── people at home ───┼── backbone ── site cloud ── spaces, meetings, settings
//! ```

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use net::faults::{Effect, FaultPlan, Target};
use net::link::LinkSpec;
use net::topology::{Site, Topology};
use sim_ipoffice::device_class::DeviceClass;
use sim_ipoffice::licence::Licence;

/// Name of the host of the IP Office.
pub const IP_OFFICE: &str = "ipoffice";
/// Name of the host of Spaces.
pub const SPACES: &str = "spaces";
/// Name of the host of Meetings Online.
pub const MEETINGS: &str = "meetings";
/// Name of the host that serves settings files written for a scenario.
pub const SETTINGS: &str = "settings";
/// Domain name under which the IP Office is reached.
pub const OFFICE_NAME: &str = "office.example";
/// Domain name under which Meetings Online is reached.
pub const MEETINGS_NAME: &str = "meetings.example";

/// A line that loses does so until then.
pub const LOSSY: Duration = Duration::from_secs(600);

/// Where somebody is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Place {
    /// In the office, on one LAN with the IP Office.
    Office,
    /// At home, behind an access line.
    Home,
}

impl Place {
    /// Name of the site.
    pub fn site(self) -> &'static str {
        match self {
            Self::Office => "office",
            Self::Home => "home",
        }
    }
}

/// How somebody's client finds its registrar.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Way {
    /// Told the registrar, SIP over UDP.
    Udp,
    /// Told the registrar, SIP over TCP.
    Tcp,
    /// Told the registrar, SIP over TLS.
    Tls,
    /// By the URL of a settings file.
    Settings(String),
    /// By e-mail address, asking Spaces.
    Email,
    /// Not at all: the play logs in itself.
    Later,
}

/// Somebody with a client on a host of their own.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// Name of the party and of its host.
    pub name: String,
    /// Extension.
    pub extension: String,
    /// Password of the extension: 9 to 13 digits.
    pub password: String,
    /// E-mail address, which is the account at Spaces and the login at Meetings Online.
    pub email: String,
    /// Where.
    pub place: Place,
    /// Class of the device, by which IP Office tells them apart.
    pub device: DeviceClass,
    /// How the client finds its registrar.
    pub way: Way,
    /// Which devices the user may register.
    pub licence: Licence,
    /// Frequency of the tone that this person's client says into calls, in Hz.
    pub voice_hz: f64,
}

/// Sites, servers and people.
#[derive(Clone)]
pub struct Deployment {
    /// Everybody, in the order of their hosts.
    pub people: Vec<Person>,
    /// Configuration of the IP Office; users are added from the people.
    pub office: sim_ipoffice::Config,
    /// Configuration of Spaces, if there is one; accounts are added from the people.
    pub spaces: Option<sim_zang::Config>,
    /// Configuration of Meetings Online, if there is one; subscribers are added from the people.
    pub meetings: Option<sim_meetings::Config>,
    /// Settings files served by a host of their own: path and text.
    pub settings: Vec<(String, String)>,
    /// What goes wrong, by seed.
    pub faults: fn(u64) -> FaultPlan,
    /// Changes to the topology: NAT, firewalls, links.
    pub shape: fn(&mut Topology),
    /// Whether hosts have IPv6 addresses, and no others.
    pub is_ipv6: bool,
    /// Whether every packet is kept for checkers, ladder and capture; not for load.
    pub keeps_trace: bool,
    /// Whether quality over time is drawn into the report; needs the packets.
    pub keeps_timeline: bool,
    /// How much of the world's time the play may take.
    pub limit: Duration,
}

impl Deployment {
    /// An IP Office and these people in the office, with extensions 201, 202 and so on.
    pub fn office(names: &[&str]) -> Self {
        let deployment = Self {
            people: Vec::new(),
            office: sim_ipoffice::Config::default(),
            spaces: None,
            meetings: None,
            settings: Vec::new(),
            faults: FaultPlan::seeded,
            shape: |_| {},
            is_ipv6: false,
            keeps_trace: true,
            keeps_timeline: false,
            limit: LIMIT,
        };
        names.iter().fold(deployment, |deployment, name| {
            deployment.person(name, Place::Office)
        })
    }

    /// One more person, with the next extension.
    #[must_use]
    pub fn person(mut self, name: &str, place: Place) -> Self {
        let number = self
            .people
            .iter()
            .map(|person| person.extension.as_str())
            .collect::<std::collections::BTreeSet<_>>()
            .len();
        self.people.push(Person {
            name: name.to_owned(),
            extension: format!("{}", 201 + number),
            // Digits that differ in each place, so that a password is not found by chance in other numbers.
            password: format!("{:010}", 7_306_918_257_u64 + 104_729 * number as u64),
            email: format!("{name}@example.com"),
            place,
            device: DeviceClass::Desktop,
            way: Way::Udp,
            licence: Licence::PowerUser,
            voice_hz: voice_hz(self.people.len()),
        });
        self
    }

    /// One more device of a person, on a host of its own.
    ///
    /// # Panics
    /// If there is nobody of that name.
    #[must_use]
    pub fn device(mut self, name: &str, owner: &str, device: DeviceClass) -> Self {
        let owner = self
            .people
            .iter()
            .find(|person| person.name == owner)
            .expect("the owner comes before the device");
        let mut twin = owner.clone();
        name.clone_into(&mut twin.name);
        twin.device = device;
        twin.voice_hz = voice_hz(self.people.len());
        self.people.push(twin);
        self
    }

    /// Everybody finds the registrar this way.
    #[must_use]
    pub fn everybody(mut self, way: &Way) -> Self {
        for person in &mut self.people {
            person.way = way.clone();
        }
        self
    }

    /// The person added last finds the registrar this way.
    #[must_use]
    pub fn by(mut self, way: Way) -> Self {
        if let Some(person) = self.people.last_mut() {
            person.way = way;
        }
        self
    }

    /// The person added last has a device of this class and this licence.
    #[must_use]
    pub fn with(mut self, device: DeviceClass, licence: Licence) -> Self {
        if let Some(person) = self.people.last_mut() {
            (person.device, person.licence) = (device, licence);
        }
        self
    }

    /// With a Spaces cloud in which everybody has a Basic account.
    #[must_use]
    pub fn with_spaces(mut self) -> Self {
        self.spaces = Some(sim_zang::Config::default());
        self
    }

    /// With a Meetings Online cloud in which everybody is a subscriber with a room: 7201 for extension 201.
    #[must_use]
    pub fn with_meetings(mut self) -> Self {
        self.meetings = Some(sim_meetings::Config::default());
        self
    }

    /// With a settings file of its own, served at `http://settings.example/<path>`.
    #[must_use]
    pub fn with_settings(mut self, path: &str, text: impl Into<String>) -> Self {
        self.settings.push((path.to_owned(), text.into()));
        self
    }

    /// With an IP Office that is set up otherwise.
    #[must_use]
    pub fn with_office(mut self, change: impl FnOnce(&mut sim_ipoffice::Config)) -> Self {
        change(&mut self.office);
        self
    }

    /// With these faults.
    #[must_use]
    pub fn with_faults(mut self, faults: fn(u64) -> FaultPlan) -> Self {
        self.faults = faults;
        self
    }

    /// With another topology.
    #[must_use]
    pub fn shaped(mut self, shape: fn(&mut Topology)) -> Self {
        self.shape = shape;
        self
    }

    /// On a network without IPv4.
    #[must_use]
    pub fn over_ipv6(mut self) -> Self {
        self.is_ipv6 = true;
        self
    }

    /// Sites, hosts and names.
    pub fn topology(&self) -> Topology {
        let mut topology = Topology::new()
            .site(Site::new("office").links(
                LinkSpec::delay(ACCESS_OFFICE),
                LinkSpec::delay(ACCESS_OFFICE),
            ))
            .site(
                Site::new("home").links(LinkSpec::delay(ACCESS_HOME), LinkSpec::delay(ACCESS_HOME)),
            )
            .site(Site::new("cloud"));
        topology = topology
            .host(IP_OFFICE, "office", &[self.address(OFFICE_NET, 10)])
            .named(OFFICE_NAME);
        if let Some(spaces) = &self.spaces {
            topology = topology.host(SPACES, "cloud", &[self.address(CLOUD_NET, 10)]);
            for name in spaces.host_names() {
                topology = topology.named(name);
            }
        }
        if self.meetings.is_some() {
            topology = topology
                .host(MEETINGS, "cloud", &[self.address(CLOUD_NET, 20)])
                .named(MEETINGS_NAME);
        }
        if !self.settings.is_empty() {
            topology = topology
                .host(SETTINGS, "cloud", &[self.address(CLOUD_NET, 30)])
                .named("settings.example");
        }
        for (index, person) in self.people.iter().enumerate() {
            let last = 20 + u8::try_from(index % 200).unwrap_or(0);
            let third = u8::try_from(index / 200).unwrap_or(0);
            let net = match person.place {
                Place::Office => OFFICE_NET,
                Place::Home => HOME_NET,
            };
            let address = self.address([net[0], net[1], net[2] + third], last);
            topology = topology.host(&person.name, person.place.site(), &[address]);
        }
        (self.shape)(&mut topology);
        topology
    }

    /// A host's address in a network, or the same numbers within the block for documentation of IPv6 (RFC 3849).
    fn address(&self, net: [u8; 3], last: u8) -> IpAddr {
        let [a, b, c] = net;
        if self.is_ipv6 {
            let [a, b, c, last] = [a, b, c, last].map(u16::from);
            IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, a, b, c, 0, 0, last))
        } else {
            IpAddr::V4(Ipv4Addr::new(a, b, c, last))
        }
    }
}

/// The line of those at home loses this share of packets each way, until [`LOSSY`].
pub fn loss_at_home(seed: u64, percent: f64) -> FaultPlan {
    FaultPlan::seeded(seed).with(
        Target::link("home"),
        Duration::ZERO,
        LOSSY,
        Effect::Lose { percent },
    )
}

/// A line at home takes only so many bit/s from the one time to the other, with the headers of IP, behind a queue of so long.
pub fn narrow_at_home(
    seed: u64,
    line: Target,
    (from, until): (Duration, Duration),
    bits_per_s: u64,
    queue: Duration,
) -> FaultPlan {
    let queue_bytes = bits_per_s * queue.as_millis() as u64 / 8_000;
    let effect = Effect::Throttle {
        bits_per_s,
        queue_bytes,
    };
    FaultPlan::seeded(seed).with(line, from, until, effect)
}

/// Voices are apart enough to be told by ear, and below the band edge of G.711.
fn voice_hz(index: usize) -> f64 {
    420.0 + 130.0 * (index % 20) as f64
}

/// Private networks of the sites (RFC 1918); the cloud has addresses for documentation (RFC 5737).
const OFFICE_NET: [u8; 3] = [10, 1, 0];
const HOME_NET: [u8; 3] = [10, 2, 0];
const CLOUD_NET: [u8; 3] = [203, 0, 113];
/// No play takes longer than this of its world's time.
const LIMIT: Duration = Duration::from_secs(6 * 3600);
/// One way between a site and the backbone: a leased line, a home line.
const ACCESS_OFFICE: Duration = Duration::from_millis(2);
const ACCESS_HOME: Duration = Duration::from_millis(8);
