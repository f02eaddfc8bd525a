//! Answers challenges: remembers each realm's nonce, counts its uses, and sees a wrong password for what it is.
//!
//! RFC 3261 §22.2, §22.3; RFC 8760 §2.4 (of several challenges for one realm the first that we understand).

use super::{Algorithm, Ingredients, Qop, hex, secret};
use crate::header::{AuthParams, Challenge, Name};
use crate::message::{Request, Response};
use rand_core::Rng;

/// Why a challenge cannot be answered.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// A 401 or 407 without a challenge that we understand. The peer's fault, or its demands exceed us.
    #[error("no Digest challenge that is understood")]
    NothingUnderstood,
    /// The server refused what it was given for this realm: user name or password are wrong.
    #[error("user name or password refused by realm {realm:?}")]
    Refused {
        /// The realm.
        realm: String,
    },
}

/// One user's way of answering challenges.
#[derive(Clone, Debug)]
pub struct Client {
    username: String,
    password: String,
    sessions: Vec<Session>,
}

/// The current challenge of one realm.
#[derive(Clone, Debug)]
struct Session {
    name: Name,
    realm: String,
    nonce: String,
    opaque: Option<String>,
    algorithm: Algorithm,
    says_algorithm: bool,
    qop: Option<Qop>,
    uses: u32,
}

/// Most realms that one client keeps; ours: a peer and the proxies before it.
const SESSIONS_MAX: usize = 8;

impl Client {
    /// A client that knows its name and password.
    pub fn new(username: &str, password: &str) -> Client {
        Client {
            username: username.to_owned(),
            password: password.to_owned(),
            sessions: Vec::new(),
        }
    }

    /// Takes the challenges of a 401 or 407. `Ok` means that the request is worth sending again.
    pub fn hear(&mut self, response: &Response) -> Result<(), ClientError> {
        let name = if response.status == 407 {
            Name::ProxyAuthenticate
        } else {
            Name::WwwAuthenticate
        };
        let answer = if response.status == 407 {
            Name::ProxyAuthorization
        } else {
            Name::Authorization
        };
        let mut heard: Vec<Session> = Vec::new();
        for session in response
            .headers
            .challenges(name)
            .iter()
            .filter_map(|challenge| understand(challenge, answer))
        {
            if heard.iter().all(|other| other.realm != session.0.realm) {
                self.check_refusal(&session.0, session.1)?;
                heard.push(session.0);
            }
        }
        if heard.is_empty() {
            return Err(ClientError::NothingUnderstood);
        }
        self.sessions.retain(|old| {
            heard
                .iter()
                .all(|new| (old.name, &old.realm) != (new.name, &new.realm))
        });
        self.sessions.extend(heard);
        let excess = self.sessions.len().saturating_sub(SESSIONS_MAX);
        self.sessions.drain(..excess);
        Ok(())
    }

    /// A second challenge that is not `stale`, after credentials were sent, means that they are wrong
    /// (RFC 7616 §3.3). A nonce that was used before may have expired without the server saying so, once.
    fn check_refusal(&self, fresh: &Session, is_stale: bool) -> Result<(), ClientError> {
        let old = self
            .sessions
            .iter()
            .find(|old| (old.name, &old.realm) == (fresh.name, &fresh.realm));
        match old {
            Some(old) if old.uses == 1 && !is_stale => Err(ClientError::Refused {
                realm: fresh.realm.clone(),
            }),
            _ => Ok(()),
        }
    }

    /// Forgets all challenges, as for a new password.
    pub fn forget(&mut self) {
        self.sessions.clear();
    }

    /// Whether there is a challenge to answer.
    pub fn is_challenged(&self) -> bool {
        !self.sessions.is_empty()
    }

    /// Puts credentials for all known realms on a request, in place of older ones. Sent again, the same request needs new
    /// ones: each use counts.
    pub fn authorize(&mut self, request: &mut Request, rng: &mut impl Rng) {
        request.headers.remove(Name::Authorization);
        request.headers.remove(Name::ProxyAuthorization);
        for session in &mut self.sessions {
            let credentials = session.answer(&self.username, &self.password, request, rng);
            request.headers.push(session.name, credentials.to_string());
        }
    }
}

impl Session {
    fn answer(
        &mut self,
        username: &str,
        password: &str,
        request: &Request,
        rng: &mut impl Rng,
    ) -> AuthParams {
        self.uses = self.uses.saturating_add(1);
        let uri = request.uri.as_str();
        let (count, cnonce) = (
            format!("{:08x}", self.uses),
            hex(&rng.next_u64().to_be_bytes()),
        );
        let ingredients = Ingredients {
            algorithm: self.algorithm,
            nonce: &self.nonce,
            qop: self.qop.map(|qop| (qop, count.as_str(), cnonce.as_str())),
            method: request.method.as_str(),
            uri,
            body: &request.body,
        };
        let response =
            ingredients.response(&secret(self.algorithm, username, &self.realm, password));
        let mut credentials = AuthParams::new("Digest")
            .with_quoted("username", username)
            .with_quoted("realm", &self.realm)
            .with_quoted("nonce", &self.nonce)
            .with_quoted("uri", uri)
            .with_quoted("response", &response);
        if self.says_algorithm {
            credentials = credentials.with_token("algorithm", self.algorithm.as_str());
        }
        if let Some(qop) = self.qop {
            credentials = credentials
                .with_quoted("cnonce", &cnonce)
                .with_token("qop", qop.as_str())
                .with_token("nc", &count);
        }
        match &self.opaque {
            Some(opaque) => credentials.with_quoted("opaque", opaque),
            None => credentials,
        }
    }
}

/// The session that a challenge opens, and whether it says that only the nonce was stale.
fn understand(challenge: &Challenge, name: Name) -> Option<(Session, bool)> {
    if !challenge.scheme.eq_ignore_ascii_case("Digest") {
        return None;
    }
    let algorithm = Algorithm::parse(challenge.get("algorithm"))?;
    let qop = match challenge.get("qop") {
        None => None,
        Some(list) => {
            let offered: Vec<Qop> = list
                .split(',')
                .filter_map(|token| Qop::parse(token.trim()))
                .collect();
            // auth suffices where both are offered: proxies may change a body's headers, never the method and URI.
            Some(if offered.contains(&Qop::Auth) {
                Qop::Auth
            } else {
                *offered.first()?
            })
        }
    };
    // A -sess key is made with a client nonce, which only goes along with qop.
    if algorithm.is_session() && qop.is_none() {
        return None;
    }
    let session = Session {
        name,
        realm: challenge.get("realm")?.to_owned(),
        nonce: challenge.get("nonce")?.to_owned(),
        opaque: challenge.get("opaque").map(str::to_owned),
        algorithm,
        says_algorithm: challenge.get("algorithm").is_some(),
        qop,
        uses: 0,
    };
    let is_stale = challenge
        .get("stale")
        .is_some_and(|stale| stale.eq_ignore_ascii_case("true"));
    Some((session, is_stale))
}
