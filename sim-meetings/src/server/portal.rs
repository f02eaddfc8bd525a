//! What the portal asks of the cloud: signing in, and a token to join a room with.

use std::time::{Duration, SystemTime};

use serde::Deserialize;

use super::Server;
use crate::flaws::Flaw;
use crate::refusal::Refusal;
use crate::room::Role;
use crate::token::{SignIn, Ticket};

/// Body of a join request (`middleware/token`).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JoinRequest {
    /// Number of the room, as text or as a number.
    #[serde(deserialize_with = "text_or_number")]
    pub(crate) conference_id: String,
    /// Name to be shown to others.
    #[serde(default)]
    pub(crate) user_name: String,
    /// PIN of the room or of its moderators.
    #[serde(default)]
    pub(crate) passcode: Option<String>,
}

/// The answer to a join request that was granted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Pass {
    /// Join token for the conference channel.
    pub(crate) token: String,
    /// What the room is called.
    pub(crate) title: String,
}

impl Server {
    /// A portal token for a subscriber.
    pub(crate) fn sign_in(
        &self,
        utc: SystemTime,
        login: &str,
        password: &str,
    ) -> Result<String, Refusal> {
        let subscriber = self.subscribers.get(login);
        if subscriber.is_none_or(|subscriber| subscriber.password != password) {
            return Err(Refusal::CredentialsWrong);
        }
        let sub = login.to_owned();
        Ok(self.tokens.issue(utc, SignIn { sub }, self.session))
    }

    /// Login of the bearer of a portal token.
    pub(crate) fn signed_in(&self, utc: SystemTime, token: &str) -> Result<String, Refusal> {
        let sign_in: SignIn = self.tokens.verify(utc, token)?;
        Ok(sign_in.sub)
    }

    /// A join token; `portal_token` is the caller's, if they have signed in.
    pub(crate) fn join_token(
        &self,
        utc: SystemTime,
        portal_token: Option<&str>,
        request: &JoinRequest,
    ) -> Result<Pass, Refusal> {
        let login = portal_token
            .map(|token| self.signed_in(utc, token))
            .transpose()?;
        let room = self
            .rooms
            .get(&request.conference_id)
            .ok_or(Refusal::RoomUnknown)?;
        let role = room.role(login.as_deref(), request.passcode.as_deref())?;
        room.admits(role)?;
        let known = login
            .as_deref()
            .and_then(|login| self.subscribers.get(login));
        let name = match (request.user_name.trim(), known) {
            ("", Some(subscriber)) => subscriber.name.as_str(),
            ("", None) => "Guest",
            (name, _) => name,
        };
        let ticket = Ticket {
            room: request.conference_id.clone(),
            name: name.chars().take(NAME_CHARS_MAX).collect(),
            role,
        };
        let lifetime = if self.flaws.contains(&Flaw::ExpiredToken) {
            Duration::ZERO
        } else {
            self.join_token
        };
        Ok(Pass {
            token: self.tokens.issue(utc, ticket, lifetime),
            title: room.settings.title.clone(),
        })
    }

    /// The tenant's alias, if the room is theirs.
    pub(crate) fn tenant_of(&self, room: &str) -> Result<&str, Refusal> {
        if self.rooms.contains_key(room) {
            Ok(&self.tenant)
        } else {
            Err(Refusal::RoomUnknown)
        }
    }

    /// Whether this is the tenant.
    pub(crate) fn check_tenant(&self, alias: &str) -> Result<(), Refusal> {
        if alias == self.tenant {
            Ok(())
        } else {
            Err(Refusal::TenantUnknown)
        }
    }

    /// Whether this login is a subscriber's or anybody else's (`getUserType`).
    pub(crate) fn user_type(&self, login: &str) -> Role {
        if self.subscribers.contains_key(login) {
            Role::Participant
        } else {
            Role::Guest
        }
    }
}

fn text_or_number<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Text(String),
        Number(u64),
    }
    Ok(match Either::deserialize(deserializer)? {
        Either::Text(text) => text,
        Either::Number(number) => number.to_string(),
    })
}

/// Longer names are cut.
const NAME_CHARS_MAX: usize = 64;
