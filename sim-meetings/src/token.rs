//! Tokens: signed statements of who has signed in, and of who may join which room.
//!
//! JWT (RFC 7519) with HS256. Times are checked against the time given by the caller, never against the machine's clock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::refusal::Refusal;
use crate::room::Role;

/// Claims of a sign-in at the portal (`Authorization: UPToken …`).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct SignIn {
    /// Login of the subscriber.
    pub(crate) sub: String,
}

/// Claims of a join token: everything that the conference channel has to know of its bearer.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Ticket {
    /// Number of the room.
    pub(crate) room: String,
    /// Name shown to others.
    pub(crate) name: String,
    /// What the bearer may do.
    pub(crate) role: Role,
}

#[derive(Debug, Deserialize, Serialize)]
struct Claims<T> {
    #[serde(flatten)]
    what: T,
    /// What the token is good for, so that one kind never passes for the other.
    aud: String,
    iat: u64,
    exp: u64,
}

/// A kind of token.
pub(crate) trait Kind: Serialize + DeserializeOwned {
    /// Its audience.
    const AUDIENCE: &'static str;
}

impl Kind for SignIn {
    const AUDIENCE: &'static str = "portal";
}

impl Kind for Ticket {
    const AUDIENCE: &'static str = "conference";
}

/// Signs and checks.
pub(crate) struct Tokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
}

impl Tokens {
    pub(crate) fn new(secret: &[u8; 32]) -> Tokens {
        let mut validation = Validation::new(Algorithm::HS256);
        // The crate would compare with the machine's clock.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.validate_aud = false;
        Tokens {
            encoding: EncodingKey::from_secret(secret),
            decoding: DecodingKey::from_secret(secret),
            validation,
        }
    }

    /// A token valid from now for `lifetime`.
    pub(crate) fn issue<T: Kind>(&self, utc: SystemTime, what: T, lifetime: Duration) -> String {
        let claims = Claims {
            what,
            aud: T::AUDIENCE.to_owned(),
            iat: seconds(utc),
            exp: seconds(utc + lifetime),
        };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.encoding)
            .expect("these claims are plain JSON and the key is a secret, as HS256 wants")
    }

    /// What the token says at `utc`.
    pub(crate) fn verify<T: Kind>(&self, utc: SystemTime, token: &str) -> Result<T, Refusal> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(Refusal::TokenInvalid);
        }
        let data = jsonwebtoken::decode::<Claims<T>>(token, &self.decoding, &self.validation)
            .map_err(|_| Refusal::TokenInvalid)?;
        if data.claims.aud != T::AUDIENCE {
            return Err(Refusal::TokenInvalid);
        }
        // RFC 7519 §4.1.4: on or after `exp` the token must not be accepted.
        if seconds(utc) >= data.claims.exp {
            return Err(Refusal::TokenExpired);
        }
        Ok(data.claims.what)
    }
}

/// Whole seconds since 1970 (RFC 7519 §2, NumericDate).
fn seconds(utc: SystemTime) -> u64 {
    utc.duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// A longer token is refused unread.
const TOKEN_BYTES_MAX: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn is_good_until_it_expires_and_only_for_its_purpose() {
        let utc = UNIX_EPOCH + 10_000 * HOUR;
        let tokens = Tokens::new(&[1; 32]);
        let ticket = Ticket {
            room: "801".to_owned(),
            name: "Ann".to_owned(),
            role: Role::Guest,
        };
        let token = tokens.issue(utc, ticket.clone(), HOUR);
        assert_eq!(tokens.verify(utc, &token), Ok(ticket));
        assert_eq!(
            tokens.verify::<Ticket>(utc + HOUR, &token),
            Err(Refusal::TokenExpired)
        );
        assert_eq!(
            tokens.verify::<SignIn>(utc, &token),
            Err(Refusal::TokenInvalid)
        );
        let forged = Tokens::new(&[2; 32]);
        assert_eq!(
            forged.verify::<Ticket>(utc, &token),
            Err(Refusal::TokenInvalid)
        );
        for rubbish in ["", "a.b.c", &"x".repeat(10_000)] {
            assert_eq!(
                tokens.verify::<Ticket>(utc, rubbish),
                Err(Refusal::TokenInvalid)
            );
        }
    }
}
