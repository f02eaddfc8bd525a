//! Asks for credentials and checks them: nonces with a lifetime, each use of a nonce accepted once.
//!
//! RFC 3261 §22.1, RFC 7616 §3.3 to §3.5 and §5.4 (replay), RFC 8760 §2.3 (one challenge per algorithm, best first).
//! A nonce carries its own time of issue under a keyed hash, so asking costs no memory; only nonces in use are kept.

use super::{Algorithm, Ingredients, Qop, hex, secret};
use crate::header::{AuthParams, Challenge, Credentials, Name};
use crate::message::{Request, Response};
use rand_core::Rng;
use sha2::digest::Digest;
use std::collections::BTreeMap;
use std::time::Duration;
use subtle::ConstantTimeEq;

/// What a server asks for.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The realm, shown to the user and part of every hash.
    pub realm: String,
    /// Algorithms to offer, best first.
    pub algorithms: Vec<Algorithm>,
    /// Protections to offer; empty gives challenges of RFC 2069's kind.
    pub qops: Vec<Qop>,
    /// How long a nonce is good for.
    pub nonce_lifetime: Duration,
    /// Whether to ask as a proxy (407) rather than as the one who is addressed (401).
    pub is_proxy: bool,
}

impl Policy {
    /// MD5 with qop auth and nonces good for `nonce_lifetime`: what every phone can.
    pub fn new(realm: &str, nonce_lifetime: Duration) -> Policy {
        Policy {
            realm: realm.to_owned(),
            algorithms: vec![Algorithm::Md5],
            qops: vec![Qop::Auth],
            nonce_lifetime,
            is_proxy: false,
        }
    }
}

/// Why credentials do not let a request through. All but `Malformed` (400) are answered with a new challenge.
///
/// `Stale`, `ForeignNonce` and `Replayed` say that the password was right: only the nonce will not do.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Denied {
    /// None for our realm.
    #[error("no credentials for this realm")]
    NoCredentials,
    /// The nonce has expired, though the password may be right: ask again with `stale=true`.
    #[error("nonce expired")]
    Stale,
    /// The nonce is none of ours, such as one from before a restart.
    #[error("nonce unknown")]
    ForeignNonce,
    /// This use of the nonce was seen before.
    #[error("nonce count used before")]
    Replayed,
    /// No such user.
    #[error("user {username:?} unknown")]
    UnknownUser {
        /// The name given.
        username: String,
    },
    /// The response does not follow from the user's secret.
    #[error("wrong password for user {username:?}")]
    WrongPassword {
        /// The name given.
        username: String,
    },
    /// Credentials without the parts that they need, or for another URI or algorithm.
    #[error("credentials lack or contradict: {what}")]
    Malformed {
        /// What is missing or wrong.
        what: &'static str,
    },
}

impl Denied {
    /// Whether a fresh nonce is all that the client needs: it need not ask its user again (RFC 7616 §3.3 `stale`).
    pub fn is_stale(&self) -> bool {
        match self {
            Denied::Stale | Denied::ForeignNonce | Denied::Replayed => true,
            Denied::NoCredentials
            | Denied::UnknownUser { .. }
            | Denied::WrongPassword { .. }
            | Denied::Malformed { .. } => false,
        }
    }
}

/// One realm's keeper.
#[derive(Clone, Debug)]
pub struct Server {
    policy: Policy,
    key: [u8; 32],
    issued: u64,
    uses: BTreeMap<(Duration, String), Uses>,
}

/// Which of the last 64 nonce counts were used.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Uses {
    highest: u32,
    seen: u64,
}

/// Most nonces in use at once. Beyond it the oldest is taken for expired: its user is asked again, nothing worse.
const NONCES_MAX: usize = 65_536;

impl Server {
    /// A keeper with a key drawn from `rng`.
    pub fn new(policy: Policy, rng: &mut impl Rng) -> Server {
        let mut key = [0; 32];
        rng.fill_bytes(&mut key);
        Server {
            policy,
            key,
            issued: 0,
            uses: BTreeMap::new(),
        }
    }

    /// What is asked for.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// A 401 or 407 to `request` with fresh challenges; `denied` decides about `stale`.
    pub fn challenge(&mut self, now: Duration, request: &Request, denied: &Denied) -> Response {
        let (status, name) = if self.policy.is_proxy {
            (407, Name::ProxyAuthenticate)
        } else {
            (401, Name::WwwAuthenticate)
        };
        let mut response = request.response(status);
        for challenge in self.challenges(now, denied.is_stale()) {
            response.headers.push(name, challenge.to_string());
        }
        response
    }

    /// Fresh challenges, one per algorithm, best first, all with one nonce.
    pub fn challenges(&mut self, now: Duration, is_stale: bool) -> Vec<Challenge> {
        let nonce = self.nonce(now);
        let qops: Vec<&str> = self.policy.qops.iter().map(|qop| qop.as_str()).collect();
        let make = |algorithm: &Algorithm| {
            let mut challenge = AuthParams::new("Digest")
                .with_quoted("realm", &self.policy.realm)
                .with_quoted("nonce", &nonce)
                .with_token("algorithm", algorithm.as_str());
            if !qops.is_empty() {
                challenge = challenge.with_quoted("qop", &qops.join(","));
            }
            if is_stale {
                challenge.with_token("stale", "true")
            } else {
                challenge
            }
        };
        self.policy.algorithms.iter().map(make).collect()
    }

    /// Checks a request's credentials for our realm. `password` gives a user's password. The user's name comes back.
    pub fn check(
        &mut self,
        now: Duration,
        request: &Request,
        password: impl FnOnce(&str) -> Option<String>,
    ) -> Result<String, Denied> {
        let name = if self.policy.is_proxy {
            Name::ProxyAuthorization
        } else {
            Name::Authorization
        };
        let credentials = request
            .headers
            .credentials(name)
            .into_iter()
            .find(|credentials| {
                credentials.scheme.eq_ignore_ascii_case("Digest")
                    && credentials.get("realm") == Some(self.policy.realm.as_str())
            });
        let credentials = credentials.ok_or(Denied::NoCredentials)?;
        let answer = Answer::read(&credentials, request, &self.policy)?;
        let username = answer.username.to_owned();
        let password = password(&username).ok_or_else(|| Denied::UnknownUser {
            username: username.clone(),
        })?;
        let secret = secret(
            answer.ingredients.algorithm,
            &username,
            &self.policy.realm,
            &password,
        );
        let expected = answer.ingredients.response(&secret);
        if !bool::from(
            expected
                .as_bytes()
                .ct_eq(answer.response.to_ascii_lowercase().as_bytes()),
        ) {
            return Err(Denied::WrongPassword { username });
        }
        let issued = self.issue_time(answer.nonce).ok_or(Denied::ForeignNonce)?;
        if now > issued + self.policy.nonce_lifetime {
            return Err(Denied::Stale);
        }
        self.count(now, issued, answer.nonce, answer.count)?;
        Ok(username)
    }

    fn nonce(&mut self, now: Duration) -> String {
        self.issued += 1;
        let stamp = format!("{:016x}{:08x}", now.as_nanos() as u64, self.issued as u32);
        let seal = self.seal(&stamp);
        stamp + &seal
    }

    fn seal(&self, stamp: &str) -> String {
        let mut digest = sha2::Sha256::new();
        digest.update(self.key);
        digest.update(stamp.as_bytes());
        hex(&digest.finalize()[..12])
    }

    /// When a nonce of ours was issued.
    fn issue_time(&self, nonce: &str) -> Option<Duration> {
        let (stamp, seal) = nonce.split_at_checked(24)?;
        if !bool::from(self.seal(stamp).as_bytes().ct_eq(seal.as_bytes())) {
            return None;
        }
        u64::from_str_radix(&stamp[..16], 16)
            .ok()
            .map(Duration::from_nanos)
    }

    fn count(
        &mut self,
        now: Duration,
        issued: Duration,
        nonce: &str,
        count: u32,
    ) -> Result<(), Denied> {
        let oldest = now.saturating_sub(self.policy.nonce_lifetime);
        while let Some(entry) = self
            .uses
            .first_entry()
            .filter(|entry| entry.key().0 < oldest)
        {
            entry.remove();
        }
        let key = (issued, nonce.to_owned());
        if !self.uses.contains_key(&key) && self.uses.len() >= NONCES_MAX {
            self.uses.pop_first();
        }
        if self.uses.entry(key).or_default().take(count) {
            Ok(())
        } else {
            Err(Denied::Replayed)
        }
    }
}

impl Uses {
    /// Whether this count is new; from now on it is not.
    pub(super) fn take(&mut self, count: u32) -> bool {
        if count > self.highest {
            let ahead = count - self.highest;
            self.seen = if ahead >= 64 { 0 } else { self.seen << ahead } | 1;
            self.highest = count;
            return true;
        }
        let behind = self.highest - count;
        let is_new = behind < 64 && self.seen & (1 << behind) == 0;
        if is_new {
            self.seen |= 1 << behind;
        }
        is_new
    }
}

/// Credentials with all their parts.
struct Answer<'a> {
    username: &'a str,
    nonce: &'a str,
    response: &'a str,
    count: u32,
    ingredients: Ingredients<'a>,
}

impl<'a> Answer<'a> {
    fn read(
        credentials: &'a Credentials,
        request: &'a Request,
        policy: &Policy,
    ) -> Result<Answer<'a>, Denied> {
        let part = |name: &'static str| {
            credentials
                .get(name)
                .ok_or(Denied::Malformed { what: name })
        };
        let algorithm = Algorithm::parse(credentials.get("algorithm"))
            .filter(|algorithm| policy.algorithms.contains(algorithm))
            .ok_or(Denied::Malformed { what: "algorithm" })?;
        let (qop, count) = match credentials.get("qop") {
            // RFC 7616 §3.4: a client of RFC 2069's kind sends none; its nonce is then good for one use.
            None => (None, 1),
            Some(token) => {
                let qop = Qop::parse(token).filter(|qop| policy.qops.contains(qop));
                let count = part("nc")?;
                let number = u32::from_str_radix(count, 16)
                    .ok()
                    .filter(|number| *number > 0 && count.len() == 8);
                let qop = qop.ok_or(Denied::Malformed { what: "qop" })?;
                (
                    Some((qop, count, part("cnonce")?)),
                    number.ok_or(Denied::Malformed { what: "nc" })?,
                )
            }
        };
        let uri = part("uri")?;
        // RFC 7616 §3.4.6 wants the Request-URI here. On the way that may be rewritten (RFC 3261 §16.6), and phones exist that
        // name only the server: what they name is covered by the digest, and a nonce's count is never taken twice.
        if crate::uri::Uri::parse(uri).is_err() {
            return Err(Denied::Malformed { what: "uri" });
        }
        let nonce = part("nonce")?;
        Ok(Answer {
            username: part("username")?,
            nonce,
            response: part("response")?,
            count,
            ingredients: Ingredients {
                algorithm,
                nonce,
                qop,
                method: request.method.as_str(),
                uri,
                body: &request.body,
            },
        })
    }
}
