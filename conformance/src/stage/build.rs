//! Putting servers and people onto the hosts of a world.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use client::{ClientConfig, Config, Voice};
use net::tls::{Authority, Identity, Trust, Validity};
use net::{Host, World};
use sim_ipoffice::device_class::DeviceClass;

use super::Stage;
use super::party::{Log, Party};
use crate::deployment::{Deployment, IP_OFFICE, MEETINGS, Person, SETTINGS, SPACES};

/// How much of each call is recorded, for the capsule of a failing run.
const RECORDED: Duration = Duration::from_secs(20);
/// Calls a user may have at once; more than any scenario makes.
const CALLS_MAX: u32 = 8;
/// Port of settings files written for a scenario.
const SETTINGS_PORT: u16 = 80;

/// The servers of a stage. Dropping one ends what ends by dropping.
#[derive(Default)]
pub struct Servers {
    /// IP Office.
    pub office: Option<sim_ipoffice::Running>,
    /// Spaces.
    pub spaces: Option<sim_zang::Running>,
    /// Meetings Online.
    pub meetings: Option<sim_meetings::Running>,
    settings: Option<net::http::Serving>,
}

impl Stage {
    /// Starts servers and clients; an error is the harness's or a server's, in words.
    pub(super) async fn build(
        world: World,
        deployment: Deployment,
        is_real: bool,
    ) -> Result<Self, String> {
        let authority = Authority::new(world.host(IP_OFFICE).entropy("stage authority"));
        let trust = Trust::of(&authority);
        let servers = start_servers(&world, &deployment, &authority).await?;
        let mut stage = Self {
            world,
            trust,
            servers,
            parties: BTreeMap::new(),
            logs: Vec::new(),
            clients: Vec::new(),
            measures: Arc::new(Mutex::default()),
            is_real,
            deployment,
        };
        for person in stage.deployment.people.clone() {
            stage.start_client(person).await?;
        }
        Ok(stage)
    }

    async fn start_client(&mut self, person: Person) -> Result<(), String> {
        let host = self.world.host(&person.name);
        let mut config = Config::new(self.trust.clone());
        config.client = ClientConfig {
            product: product(person.device).to_owned(),
            voice: Voice::Tone {
                frequency_hz: person.voice_hz,
                level_dbm0: -10.0,
            },
            record: if self.deployment.keeps_trace {
                RECORDED
            } else {
                Duration::ZERO
            },
            ..ClientConfig::default()
        };
        if let Some(spaces) = &self.deployment.spaces {
            let url = format!("https://{}", spaces.names.accounts);
            config.accounts = Some(url.parse().map_err(|error| format!("{url}: {error}"))?);
        }
        let softphone = client::start(&host, config).await;
        let log = Arc::new(Log::default());
        host.spawn(log.clone().keep(host.clone(), softphone.events));
        self.logs.push((person.name.clone(), log.clone()));
        self.clients.push((host.clone(), softphone.task));
        let party = Party::new(person, host, softphone.commands, log);
        self.parties.insert(party.name().to_owned(), party);
        Ok(())
    }
}

/// What a client of that class calls itself.
fn product(device: DeviceClass) -> &'static str {
    match device {
        DeviceClass::Desk => concat!("Deskset/", env!("CARGO_PKG_VERSION")),
        DeviceClass::Desktop => concat!("Solstice/", env!("CARGO_PKG_VERSION"), " (Windows 10)"),
        DeviceClass::Mobile => concat!("Solstice/", env!("CARGO_PKG_VERSION"), " (Android 8.0)"),
        DeviceClass::WebRtc => concat!("Solstice/", env!("CARGO_PKG_VERSION"), " (WebRTC)"),
    }
}

async fn start_servers(
    world: &World,
    deployment: &Deployment,
    authority: &Authority,
) -> Result<Servers, String> {
    let mut servers = Servers::default();
    let office = world.host(IP_OFFICE);
    let identity = issue(
        authority,
        &office,
        &[crate::deployment::OFFICE_NAME, IP_OFFICE],
    )?;
    servers.office = Some(start_office(&office, deployment, identity).await?);
    if let Some(config) = &deployment.spaces {
        let host = world.host(SPACES);
        let mut config = config.clone();
        config.accounts.extend(accounts(deployment));
        config.identity = Some(Arc::new(issue(authority, &host, &config.host_names())?));
        servers.spaces = Some(
            sim_zang::start(&host, config)
                .await
                .map_err(|error| error.to_string())?,
        );
    }
    if let Some(config) = &deployment.meetings {
        let host = world.host(MEETINGS);
        let mut config = config.clone();
        subscribe(&mut config, deployment);
        let names: Vec<&str> = config.names.iter().map(String::as_str).collect();
        config.identity = Some(Arc::new(issue(authority, &host, &names)?));
        servers.meetings = Some(
            sim_meetings::start(&host, config)
                .await
                .map_err(|error| error.to_string())?,
        );
    }
    if !deployment.settings.is_empty() {
        servers.settings = Some(serve_settings(&world.host(SETTINGS), deployment).await?);
    }
    Ok(servers)
}

fn issue(authority: &Authority, host: &Host, names: &[&str]) -> Result<Identity, String> {
    let validity = Validity::around(host.utc());
    authority
        .issue(names, &host.addresses(), validity)
        .map_err(|error| error.to_string())
}

async fn start_office(
    host: &Host,
    deployment: &Deployment,
    identity: Identity,
) -> Result<sim_ipoffice::Running, String> {
    let mut config = deployment.office.clone();
    for person in &deployment.people {
        if config.user(&person.extension).is_none() {
            config.users.push(sim_ipoffice::config::User {
                extension: person.extension.clone(),
                password: person.password.clone(),
                name: person.name.clone(),
                licence: person.licence,
                most_calls: CALLS_MAX,
            });
        }
    }
    config.identity = Some(Arc::new(identity));
    sim_ipoffice::start(host, config)
        .await
        .map_err(|error| error.to_string())
}

/// An account for each owner of an extension.
fn accounts(deployment: &Deployment) -> Vec<sim_zang::Account> {
    let mut accounts: Vec<sim_zang::Account> = Vec::new();
    for person in &deployment.people {
        if accounts.iter().all(|account| account.email != person.email) {
            accounts.push(sim_zang::Account {
                email: person.email.clone(),
                password: person.password.clone(),
                display_name: person.name.clone(),
                picture: None,
                company: None,
                settings_url: Some(format!(
                    "https://{}/46xxsettings.txt",
                    crate::deployment::OFFICE_NAME
                )),
                profile_name: Some("office".to_owned()),
                plan: sim_zang::Plan::default(),
            });
        }
    }
    accounts
}

/// A subscription and a room for each owner of an extension.
fn subscribe(config: &mut sim_meetings::Config, deployment: &Deployment) {
    for person in &deployment.people {
        if config
            .subscribers
            .iter()
            .all(|subscriber| subscriber.login != person.email)
        {
            config.subscribers.push(sim_meetings::Subscriber {
                login: person.email.clone(),
                password: person.password.clone(),
                name: person.name.clone(),
            });
            config.rooms.push(sim_meetings::Room {
                number: format!("7{}", person.extension),
                title: format!("Room of {}", person.name),
                owner: person.email.clone(),
                ..sim_meetings::Room::default()
            });
        }
    }
}

async fn serve_settings(
    host: &Host,
    deployment: &Deployment,
) -> Result<net::http::Serving, String> {
    let mut router = axum::Router::new();
    for (path, text) in &deployment.settings {
        let text = text.clone();
        router = router.route(
            &format!("/{path}"),
            axum::routing::get(move || std::future::ready(text.clone())),
        );
    }
    let address = host
        .addresses()
        .first()
        .copied()
        .ok_or("the settings host has no address")?;
    let local = std::net::SocketAddr::new(address, SETTINGS_PORT);
    net::http::serve(host, local, router, None)
        .await
        .map_err(|error| error.to_string())
}
