//! The stage: servers and people on hosts of a world, for a play to happen on.
//!
//! [`perform`] builds the world, starts the servers, logs everybody in, lets the play happen, lets everybody go home, and then
//! asks the checkers.

mod build;
pub mod camera;
mod cloud;
mod diary;
mod gallery;
mod party;
mod perform;
mod probe;
mod seen;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use client::LogIn;
use client::settings::ControllerTransport;
use net::tls::Trust;
use net::{Host, Note, World};

pub use party::{IN_TIME, Party, SOON};
pub use perform::{Interrupted, Performance, perform};
pub use probe::Probe;
pub use seen::Seen;

use crate::deployment::{Deployment, IP_OFFICE, OFFICE_NAME, Person, Way};
use crate::outcome::{Fault, Finding};
use build::Servers;
use diary::Shown;
use party::Log;

/// How long clients may take to say goodbye when the play is over.
const GOING_HOME: Duration = Duration::from_secs(45);
/// After that, retransmissions of the last answers end (RFC 3261 §17.2.2: timer J, 64 times T1).
const CURTAIN: Duration = Duration::from_secs(34);
/// In real time nobody waits for timers that only absorb what the network repeats.
const CURTAIN_REAL: Duration = Duration::from_millis(300);

/// Servers and people on hosts of a world.
pub struct Stage {
    /// The world, to break it by hand.
    pub world: World,
    deployment: Deployment,
    trust: Trust,
    servers: Servers,
    parties: BTreeMap<String, Party>,
    logs: Vec<(String, Arc<Log>)>,
    clients: Vec<(Host, net::Task)>,
    measures: Arc<Mutex<BTreeMap<String, f64>>>,
    is_real: bool,
}

impl Stage {
    /// The party of that name; each can be had once.
    ///
    /// # Panics
    /// If the deployment has nobody of that name, or the party was taken already: a mistake of the scenario.
    pub fn party(&mut self, name: &str) -> Party {
        self.parties.remove(name).unwrap_or_else(|| {
            panic!("there is nobody called {name} on the stage, or they were taken before")
        })
    }

    /// The host of that name.
    pub fn host(&self, name: &str) -> Host {
        self.world.host(name)
    }

    /// Whose certificates are believed on this stage.
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// Whether time is real here, and so better not wasted.
    pub fn is_real(&self) -> bool {
        self.is_real
    }

    /// Lets time pass.
    pub async fn wait(&self, time: Duration) {
        self.host(IP_OFFICE).sleep(time).await;
    }

    /// Lets time pass until a moment, if it has not come yet.
    pub async fn wait_until(&self, moment: Duration) {
        self.wait(moment.saturating_sub(self.now())).await;
    }

    /// Time since the world began.
    pub fn now(&self) -> Duration {
        self.world.now()
    }

    /// Keeps a figure for the report; the name ends in its unit.
    pub fn measure(&self, name: &str, value: f64) {
        self.measures
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name.to_owned(), value);
    }

    /// Writes a remark of the play into the trace.
    pub fn remark(&self, text: impl Into<String>) {
        self.host(IP_OFFICE).note(Note {
            kind: "play",
            text: text.into(),
        });
    }

    /// A finding of the play unless something holds.
    pub fn demand(
        &self,
        holds: bool,
        fault: Fault,
        expected: &str,
        came: impl Into<String>,
    ) -> Result<(), Finding> {
        if holds {
            Ok(())
        } else {
            Err(Finding::new(fault, expected, came).at(self.now()))
        }
    }

    /// The servers, to change what they do or to end them.
    pub fn servers(&mut self) -> &mut Servers {
        &mut self.servers
    }

    /// How a person logs in the given way; nothing for [`Way::Later`].
    pub fn login(&self, person: &Person, way: &Way) -> Option<LogIn> {
        let (user, password) = (person.extension.clone(), person.password.clone());
        let direct = |transport| LogIn::Direct {
            host: OFFICE_NAME.to_owned(),
            port: Some(self.deployment.office.sip_port())
                .filter(|_| transport != ControllerTransport::Tls),
            transport,
            domain: None,
            user: user.clone(),
            password: password.clone(),
        };
        Some(match way {
            Way::Udp => direct(ControllerTransport::Udp),
            Way::Tcp => direct(ControllerTransport::Tcp),
            Way::Tls => direct(ControllerTransport::Tls),
            Way::Settings(url) => LogIn::Settings {
                url: url.clone(),
                user,
                password,
            },
            Way::Email => LogIn::Email {
                address: person.email.clone(),
                user,
                password,
            },
            Way::Later => return None,
        })
    }

    /// Logs in everybody whose way is known, and waits until all are.
    async fn log_everybody_in(&mut self) -> Result<(), Finding> {
        for party in self.parties.values() {
            if let Some(login) = self.login(&party.person, &party.person.way) {
                party.log_in(login).await;
            }
        }
        for party in self
            .parties
            .values_mut()
            .filter(|party| party.person.way != Way::Later)
        {
            party.sees(Seen::Registered, IN_TIME).await?;
        }
        Ok(())
    }

    /// Waits until all clients are gone and the last answers are through.
    async fn everybody_goes_home(&mut self) {
        self.parties.clear();
        let host = self.host(IP_OFFICE);
        let deadline = host.now() + GOING_HOME;
        while host.now() < deadline && self.clients.iter().any(|(_, task)| !task.is_finished()) {
            host.sleep(Duration::from_millis(100)).await;
        }
        host.sleep(if self.is_real { CURTAIN_REAL } else { CURTAIN })
            .await;
    }

    /// What each party said and heard, call by call.
    fn recordings(&self) -> BTreeMap<String, Vec<client::Recording>> {
        self.logs
            .iter()
            .map(|(name, log)| (name.clone(), log.diary().recordings()))
            .collect()
    }

    /// What clients showed of the quality of calls, with the hosts' names.
    fn shown(&self) -> Vec<(String, Shown)> {
        let mut shown = Vec::new();
        for (name, log) in &self.logs {
            shown.extend(log.diary().shown().map(|shown| (name.clone(), shown)));
        }
        shown.sort_by_key(|(_, shown)| shown.at);
        shown
    }

    fn call_seconds(&self) -> f64 {
        self.logs
            .iter()
            .map(|(_, log)| log.diary().call_time().as_secs_f64())
            .sum()
    }
}

impl std::fmt::Debug for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stage")
            .field("people", &self.deployment.people)
            .finish_non_exhaustive()
    }
}
