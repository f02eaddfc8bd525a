//! `solstice serve`: the simulated systems on real sockets, for phones, browsers and tests that are not ours.

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use net::tls::{Authority, Identity, Validity};
use net::{Host, World};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::faults::Faults;
use super::{Status, Trouble};
use crate::load::open_files;

mod call_log;

use call_log::CallLogFile;

/// What to serve and where.
#[derive(Args, Debug)]
pub struct Arguments {
    /// Which system
    #[arg(value_enum)]
    pub system: System,
    /// Address to listen on; 0.0.0.0 takes those by which the machine reaches others. With `all` on a loopback address each
    /// system has one of its own: this one, the next, the next but one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub bind: IpAddr,
    /// Configuration as JSON; of `all` an object with the parts `ipoffice`, `zang` and `meetings`
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where to write the certificate of the authority that the systems' own certificates come from
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// What goes wrong on the links of the systems, as JSON: a fault plan whose sites are `ipoffice`, `zang` and `meetings`
    #[arg(long, value_name = "FILE")]
    pub faults: Option<PathBuf>,
    /// Where to append what became of each call of the IP Office: a line of JSON for each that is over
    #[arg(long, value_name = "FILE")]
    pub call_log: Option<PathBuf>,
}

/// A system that can be served.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum System {
    /// IP Office: registrar, calls, settings file
    Ipoffice,
    /// Zang Spaces: accounts, discovery, messages
    Zang,
    /// Meetings Online: portal and rooms
    Meetings,
    /// All three
    All,
}

/// The configurations of all systems.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Configs {
    ipoffice: sim_ipoffice::Config,
    zang: sim_zang::Config,
    meetings: sim_meetings::Config,
}

/// Serves until the process is ended.
pub fn carry_out(arguments: &Arguments, say: &mut dyn FnMut(&str)) -> Result<Status, Trouble> {
    let configs = configs(arguments)?;
    open_files::allow_all();
    let faults = faults(arguments)?;
    let runtime = super::place::event_loop()?;
    let log = arguments.call_log.as_deref();
    let log = log.map(CallLogFile::open).transpose()?;
    let authority = Authority::for_browsers();
    if let Some(path) = &arguments.ca {
        std::fs::write(path, authority.certificate_pem()).map_err(|error| {
            Trouble::new(
                format!("cannot write {}: {error}", path.display()),
                "give another --ca",
            )
        })?;
    }
    runtime.block_on(async {
        let house = House {
            system: arguments.system,
            bind: arguments.bind,
            authority,
            faults,
        };
        // A system ends when nobody holds it any more.
        let open = house.start(configs, say).await?;
        for line in house.faults.iter().flat_map(Faults::lines) {
            say(&line);
        }
        say("ready");
        if let (Some(log), Some(office)) = (log, &open.ipoffice) {
            return log.keep(&house.host("ipoffice", 0)?, office).await;
        }
        // Whoever reads may have closed the other end; serving goes on all the same.
        // It ends with the process, as by Ctrl-C: nothing it holds outlives it.
        std::future::pending::<Result<Status, Trouble>>().await
    })
}

/// The systems that are open.
#[derive(Default)]
struct Open {
    ipoffice: Option<sim_ipoffice::Running>,
    zang: Option<sim_zang::Running>,
    meetings: Option<sim_meetings::Running>,
}

/// The systems of one call of `serve`.
struct House {
    system: System,
    bind: IpAddr,
    authority: Authority,
    faults: Option<Faults>,
}

impl House {
    async fn start(&self, configs: Configs, say: &mut dyn FnMut(&str)) -> Result<Open, Trouble> {
        let mut open = Open::default();
        if self.serves(System::Ipoffice) {
            let host = self.host("ipoffice", 0)?;
            let mut config = configs.ipoffice;
            config.bind = host.addresses();
            config.identity = Some(self.identity(&host, &[&config.host_name])?);
            let sip = config.sip_port();
            let running = sim_ipoffice::start(&host, config)
                .await
                .map_err(|error| Trouble::from_error(&error))?;
            open.ipoffice = Some(running);
            say(&format!("IP Office: SIP on {} port {sip}", spoken(&host)));
        }
        if self.serves(System::Zang) {
            let host = self.host("zang", 1)?;
            let mut config = configs.zang;
            config.identity = Some(self.identity(&host, &config.host_names())?);
            let port = config.ports.secure;
            let running = sim_zang::start(&host, config)
                .await
                .map_err(|error| Trouble::from_error(&error))?;
            open.zang = Some(running);
            say(&format!("Spaces: https on {} port {port}", spoken(&host)));
        }
        if self.serves(System::Meetings) {
            let host = self.host("meetings", 2)?;
            let mut config = configs.meetings;
            let names: Vec<&str> = config.names.iter().map(String::as_str).collect();
            config.identity = Some(self.identity(&host, &names)?);
            config.bind = config.bind.or_else(|| host.addresses().first().copied());
            let ports = config.ports;
            let running = sim_meetings::start(&host, config)
                .await
                .map_err(|error| Trouble::from_error(&error))?;
            let (https, plain) = (spoken_port(ports.https), spoken_port(ports.plain));
            open.meetings = Some(running);
            say(&format!(
                "Meetings: on {}, https {https}, http {plain}",
                spoken(&host)
            ));
        }
        Ok(open)
    }

    fn serves(&self, system: System) -> bool {
        self.system == system || self.system == System::All
    }

    /// The host of a system; its place counts when all share the loopback network, where ports would collide.
    fn host(&self, name: &str, place: u8) -> Result<Host, Trouble> {
        let addresses = match self.bind {
            address if address.is_unspecified() => World::machine_addresses(),
            IpAddr::V4(address) if address.is_loopback() && self.system == System::All => {
                vec![IpAddr::from(Ipv4Addr::from_bits(
                    address.to_bits().wrapping_add(place.into()),
                ))]
            }
            address => vec![address],
        };
        let world = match &self.faults {
            None => World::real_machine_at(&addresses),
            Some(faults) => faults.machine(name, &addresses)?,
        };
        Ok(world.host(name))
    }

    /// A certificate for the system's names, the machine's own names for itself, and its addresses.
    fn identity(&self, host: &Host, names: &[&str]) -> Result<Arc<Identity>, Trouble> {
        let names: Vec<&str> = names
            .iter()
            .copied()
            .chain(["localhost"])
            .filter(|name| !name.is_empty())
            .collect();
        let identity =
            self.authority
                .issue(&names, &host.addresses(), Validity::around(host.utc()));
        identity.map(Arc::new).map_err(|error| {
            Trouble::new(
                format!("no certificate for {names:?}: {error}"),
                "correct the names in the configuration",
            )
        })
    }
}

/// Reads the plan of what goes wrong; it may name what is served.
fn faults(arguments: &Arguments) -> Result<Option<Faults>, Trouble> {
    let sites: &[&str] = match arguments.system {
        System::Ipoffice => &["ipoffice"],
        System::Zang => &["zang"],
        System::Meetings => &["meetings"],
        System::All => &["ipoffice", "zang", "meetings"],
    };
    let path = arguments.faults.as_deref();
    path.map(|path| Faults::read(path, sites)).transpose()
}

/// Reads the configuration of what is served; without a file every system is as it is by default.
fn configs(arguments: &Arguments) -> Result<Configs, Trouble> {
    let mut configs = Configs::default();
    let Some(path) = &arguments.config else {
        return Ok(configs);
    };
    let text = read(path)?;
    match arguments.system {
        System::Ipoffice => configs.ipoffice = parse(path, &text)?,
        System::Zang => configs.zang = parse(path, &text)?,
        System::Meetings => configs.meetings = parse(path, &text)?,
        System::All => configs = parse(path, &text)?,
    }
    configs.ipoffice.check().map_err(|error| {
        Trouble::new(
            format!("{}: {error}", path.display()),
            "correct the file; docs/reference has all fields",
        )
    })?;
    Ok(configs)
}

fn read(path: &Path) -> Result<String, Trouble> {
    std::fs::read_to_string(path).map_err(|error| {
        Trouble::new(
            format!("cannot read {}: {error}", path.display()),
            "give the path of a readable text file",
        )
    })
}

fn parse<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T, Trouble> {
    serde_json::from_str(text).map_err(|error| {
        Trouble::new(
            format!("{}: {error}", path.display()),
            "correct the file; docs/reference has all fields",
        )
    })
}

fn spoken(host: &Host) -> String {
    let addresses: Vec<String> = host.addresses().iter().map(ToString::to_string).collect();
    addresses.join(", ")
}

fn spoken_port(port: Option<u16>) -> String {
    port.map_or_else(|| "closed".to_owned(), |port| port.to_string())
}
