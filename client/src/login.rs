//! Finding the settings: e-mail address → Zang Spaces → URL → settings file → settings; or the URL typed in (CFG-01, CFG-02).
//!
//! ```text
//! Idle ──e-mail──► Discovering ──URL──► Fetching ──file──► Idle (settings are known)
//!    └────URL──────────────────────────────▲  └─GET─┘
//! ```

use bytes::Bytes;
use url::Url;

use crate::client::Output;
use crate::command::LogIn;
use crate::desk::Desk;
use crate::discovery::{DiscoveryError, Profile};
use crate::event::{Event, LoginError};
use crate::settings::{Controller, Device, Interpreter, Removed, Settings, SettingsFile, Step};

/// Name and password for the extension.
#[derive(Clone)]
pub(crate) struct Identity {
    pub(crate) user: String,
    pub(crate) password: String,
}

/// Where to register, and as whom.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) identity: Identity,
    pub(crate) controllers: Vec<Controller>,
    /// Domain of the user's address; empty: the controller's own host.
    pub(crate) domain: String,
    pub(crate) expires_s: u32,
}

/// The way to the settings.
#[derive(Debug)]
pub(crate) struct Login {
    state: State,
    device: Device,
    has_accounts: bool,
    settings: Settings,
}

#[derive(Debug)]
enum State {
    Idle,
    Discovering {
        address: String,
        identity: Identity,
    },
    Fetching {
        root: Url,
        wanted: Url,
        identity: Identity,
        interpreter: Option<Box<Interpreter>>,
    },
}

/// What a settings file is called where only the host is known.
const FILE_NAME: &str = "46xxsettings.txt";

impl Login {
    /// Nobody is logged in. `has_accounts`: whether e-mail addresses can be asked about.
    pub(crate) fn new(device: Device, has_accounts: bool) -> Self {
        Self {
            state: State::Idle,
            device,
            has_accounts,
            settings: Settings::default(),
        }
    }

    /// Starts on the way; a direct login is there at once.
    pub(crate) fn start(&mut self, desk: &mut Desk, log_in: LogIn) -> Option<Account> {
        self.state = State::Idle;
        match log_in {
            LogIn::Settings {
                url,
                user,
                password,
            } => self.fetch_root(desk, &url, Identity { user, password }),
            LogIn::Email {
                address,
                user,
                password,
            } if self.has_accounts => {
                desk.outputs.push_back(Output::Discover {
                    address: address.clone(),
                });
                self.state = State::Discovering {
                    address,
                    identity: Identity { user, password },
                };
            }
            LogIn::Email { .. } => fail(desk, LoginError::NoAccounts),
            LogIn::Direct {
                host,
                port,
                transport,
                domain,
                user,
                password,
            } => {
                let host = host.trim_matches(['[', ']']).to_owned();
                return Some(Account {
                    identity: Identity { user, password },
                    controllers: vec![Controller {
                        host,
                        port,
                        transport,
                    }],
                    domain: domain.unwrap_or_default(),
                    expires_s: self.settings.register_wait_s,
                });
            }
        }
        None
    }

    /// Leaves the way.
    pub(crate) fn stop(&mut self) {
        self.state = State::Idle;
    }

    /// Spaces has answered about an e-mail address.
    pub(crate) fn handle_discovered(
        &mut self,
        desk: &mut Desk,
        asked: &str,
        found: Result<Vec<Profile>, DiscoveryError>,
    ) {
        let State::Discovering { address, identity } = &self.state else {
            return;
        };
        if address != asked {
            return; // The answer to an earlier login.
        }
        let identity = identity.clone();
        self.state = State::Idle;
        match found.map(|profiles| profiles.into_iter().next()) {
            Ok(Some(profile)) => self.fetch_root(desk, profile.settings_url.as_str(), identity),
            Ok(None) => fail(
                desk,
                LoginError::Discovery(DiscoveryError::Unknown {
                    address: asked.to_owned(),
                }),
            ),
            Err(error) => fail(desk, LoginError::Discovery(error)),
        }
    }

    /// A file was fetched, or could not be.
    pub(crate) fn handle_fetched(
        &mut self,
        desk: &mut Desk,
        url: &Url,
        body: Result<Bytes, String>,
    ) -> Option<Account> {
        let State::Fetching {
            root,
            wanted,
            interpreter,
            ..
        } = &mut self.state
        else {
            return None;
        };
        if wanted != url {
            return None; // A file of an earlier login.
        }
        let file = body.map(|body| SettingsFile::read(&String::from_utf8_lossy(&body)));
        match (interpreter.as_mut(), file) {
            (Some(interpreter), file) => interpreter.fetched(file.ok()),
            (None, Ok(file)) => {
                *interpreter = Some(Box::new(Interpreter::new(file, self.device.clone())))
            }
            (None, Err(reason)) => {
                let url = root.to_string();
                self.state = State::Idle;
                fail(desk, LoginError::Settings { url, reason });
                return None;
            }
        }
        self.run(desk)
    }

    /// The settings as they are now.
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    fn fetch_root(&mut self, desk: &mut Desk, url: &str, identity: Identity) {
        match root_url(url) {
            Ok(root) => {
                desk.outputs.push_back(Output::Fetch { url: root.clone() });
                self.state = State::Fetching {
                    wanted: root.clone(),
                    root,
                    identity,
                    interpreter: None,
                };
            }
            Err(reason) => fail(
                desk,
                LoginError::Settings {
                    url: url.to_owned(),
                    reason,
                },
            ),
        }
    }

    /// Runs the file until it wants another one or is done.
    fn run(&mut self, desk: &mut Desk) -> Option<Account> {
        let State::Fetching {
            root,
            wanted,
            identity,
            interpreter,
        } = &mut self.state
        else {
            return None;
        };
        let interpreter = interpreter.as_mut()?;
        loop {
            match interpreter.run() {
                Step::Get(name) => match root.join(&name) {
                    Ok(url) => {
                        desk.outputs.push_back(Output::Fetch { url: url.clone() });
                        *wanted = url;
                        return None;
                    }
                    Err(_) => interpreter.fetched(None),
                },
                Step::Done(set) => {
                    let (url, identity) = (root.to_string(), identity.clone());
                    self.state = State::Idle;
                    // A client keeps what the new file no longer has (CFG-04).
                    let remarks = self.settings.apply(set, Removed::Keep);
                    desk.apply(&self.settings);
                    desk.tell(Event::SettingsApplied {
                        url: url.clone(),
                        remarks,
                    });
                    if self.settings.controllers.is_empty() {
                        fail(desk, LoginError::NoController { url });
                        return None;
                    }
                    return Some(self.account(identity));
                }
            }
        }
    }

    fn account(&self, identity: Identity) -> Account {
        Account {
            identity,
            controllers: self.settings.controllers.clone(),
            domain: self.settings.domain.clone(),
            expires_s: self.settings.register_wait_s,
        }
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The password never gets into a log.
        f.debug_struct("Identity")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

fn fail(desk: &mut Desk, error: LoginError) {
    desk.tell(Event::LoginFailed { error });
}

/// What a user types as the address of the settings file.
fn root_url(text: &str) -> Result<Url, String> {
    let text = text.trim();
    let whole = if text.contains("://") {
        text.to_owned()
    } else {
        format!("https://{text}")
    };
    let mut url = Url::parse(&whole).map_err(|error| format!("not a URL: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err("the address of a settings file starts with http:// or https://".to_owned());
    }
    if matches!(url.path(), "" | "/") {
        url.set_path(FILE_NAME);
    }
    Ok(url)
}
