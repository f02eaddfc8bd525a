//! Users: registered ones from the configuration, guests who come without an account.
//!
//! A user's id on the accounts service differs from the id on Spaces; using one for the other fails, as it does for real.

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde_json::{Value, json};

use crate::config::{Account, ServiceApp};
use crate::object_id::{Ids, ObjectId};
use crate::plan::Plan;
use crate::refusal::Refusal;
use crate::token::GUEST_LIFETIME;

/// Registered or guest.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum UserKind {
    Registered,
    Anonymous,
}

impl UserKind {
    /// The name in paths and JSON.
    pub(crate) fn name(self) -> &'static str {
        match self {
            UserKind::Registered => "user",
            UserKind::Anonymous => "anonymous",
        }
    }
}

/// A user as Spaces knows it.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: ObjectId,
    /// Id on the accounts service.
    pub(crate) account_id: String,
    pub(crate) kind: UserKind,
    pub(crate) username: String,
    pub(crate) display_name: String,
    pub(crate) picture_url: String,
    pub(crate) company: String,
    pub(crate) plan: Plan,
}

impl User {
    /// `GET users/me`, and an entry of a people search.
    pub(crate) fn view(&self) -> Value {
        json!({
            "_id": self.id,
            "aType": self.kind.name(),
            "username": self.username,
            "displayname": self.display_name,
            "picture_url": self.picture_url,
            "phone_numbers": [],
        })
    }

    /// The user as the sender of something.
    pub(crate) fn as_sender(&self) -> Value {
        json!({
            "_id": self.id,
            "type": self.kind.name(),
            "username": self.username,
            "displayname": self.display_name,
            "picture_url": self.picture_url,
        })
    }
}

/// The URL of a user without a picture ends like this (product description).
const NO_PICTURE: &str = "https://storage.googleapis.com/norevimages/noimage.jpg";
/// Guests known at a time; those whose token has expired make room.
const MAX_GUESTS: usize = 10_000;
/// Characters of a guest's names.
const MAX_NAME_CHARS: usize = 128;

/// All users and the secrets of the registered ones.
#[derive(Debug, Default)]
pub(crate) struct Accounts {
    users: BTreeMap<ObjectId, User>,
    by_email: BTreeMap<String, ObjectId>,
    passwords: BTreeMap<ObjectId, String>,
    apps: BTreeMap<String, (String, ObjectId)>,
    guests: BTreeMap<ObjectId, SystemTime>,
}

/// E-mail addresses compare without regard to case here; mail systems in use do the same.
pub(crate) fn fold(email: &str) -> String {
    email.trim().to_lowercase()
}

impl Accounts {
    /// Brings the registered users in line with the configuration; users already known keep their ids.
    pub(crate) fn configure(
        &mut self,
        utc: SystemTime,
        ids: &mut Ids,
        accounts: &[Account],
        apps: &[ServiceApp],
    ) {
        for account in accounts {
            let email = fold(&account.email);
            let id = *self
                .by_email
                .entry(email.clone())
                .or_insert_with(|| ids.next(utc));
            let domain = email.rsplit('@').next().unwrap_or_default();
            let user = User {
                id,
                account_id: format!("account-{:04}", self.passwords.len()),
                kind: UserKind::Registered,
                display_name: account.display_name.clone(),
                picture_url: account
                    .picture
                    .clone()
                    .unwrap_or_else(|| NO_PICTURE.to_owned()),
                company: account.company.clone().unwrap_or_else(|| domain.to_owned()),
                username: email,
                plan: account.plan,
            };
            let account_id = self.users.get(&id).map(|known| known.account_id.clone());
            self.users.insert(
                id,
                User {
                    account_id: account_id.unwrap_or(user.account_id.clone()),
                    ..user
                },
            );
            self.passwords.insert(id, account.password.clone());
        }
        for app in apps {
            if let Some(user) = self.by_email.get(&fold(&app.account)) {
                self.apps
                    .insert(app.id.clone(), (app.secret.clone(), *user));
            }
        }
    }

    /// Checks a password.
    pub(crate) fn sign_in(&self, username: &str, password: &str) -> Result<&User, Refusal> {
        let id = self
            .by_email
            .get(&fold(username))
            .ok_or(Refusal::CredentialsInvalid)?;
        if self.passwords.get(id).is_none_or(|known| known != password) {
            return Err(Refusal::CredentialsInvalid);
        }
        self.user(*id)
    }

    /// Checks the secret of an application; answers the user it acts for.
    pub(crate) fn sign_in_app(&self, id: &str, secret: &str) -> Result<&User, Refusal> {
        match self.apps.get(id) {
            Some((known, user)) if known == secret => self.user(*user),
            _ => Err(Refusal::CredentialsInvalid),
        }
    }

    /// A new guest. Names are optional and cut to size.
    pub(crate) fn guest(
        &mut self,
        utc: SystemTime,
        ids: &mut Ids,
        display_name: Option<&str>,
        username: Option<&str>,
        picture: Option<&str>,
    ) -> Result<ObjectId, Refusal> {
        if self.guests.len() >= MAX_GUESTS {
            self.forget_guests(utc);
        }
        if self.guests.len() >= MAX_GUESTS {
            return Err(Refusal::Limit {
                code: "LIMIT_GUESTS",
                limit: MAX_GUESTS,
            });
        }
        let cut = |text: &str| text.chars().take(MAX_NAME_CHARS).collect::<String>();
        let id = ids.next(utc);
        let user = User {
            id,
            account_id: String::new(),
            kind: UserKind::Anonymous,
            username: username.map(cut).unwrap_or_default(),
            display_name: display_name.map_or_else(|| "Guest".to_owned(), cut),
            picture_url: picture.map_or_else(|| NO_PICTURE.to_owned(), cut),
            company: String::new(),
            plan: Plan::Basic,
        };
        self.users.insert(id, user);
        self.guests.insert(id, utc);
        Ok(id)
    }

    /// The user of an id of Spaces.
    pub(crate) fn user(&self, id: ObjectId) -> Result<&User, Refusal> {
        self.users
            .get(&id)
            .ok_or(Refusal::NotFound { what: "the user" })
    }

    /// Registered users in the order of their addresses.
    pub(crate) fn registered(&self) -> impl Iterator<Item = &User> {
        self.by_email.values().filter_map(|id| self.users.get(id))
    }

    fn forget_guests(&mut self, utc: SystemTime) {
        let gone = |since: &SystemTime| {
            utc.duration_since(*since)
                .is_ok_and(|age| age >= GUEST_LIFETIME)
        };
        let expired: Vec<ObjectId> = self
            .guests
            .iter()
            .filter(|(_, since)| gone(since))
            .map(|(id, _)| *id)
            .collect();
        for id in expired {
            self.guests.remove(&id);
            self.users.remove(&id);
        }
    }
}
