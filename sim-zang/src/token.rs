//! Tokens: signed statements of who is calling, good on every service of the cloud (ZNG-01).
//!
//! JWT (RFC 7519) with HS256. Times are checked against the time given by the caller, never against the machine's clock.

use std::time::{Duration, SystemTime};

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::clock::seconds;
use crate::object_id::ObjectId;
use crate::refusal::Refusal;

/// How a request names its token (`Authorization: <scheme> <token>`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Scheme {
    /// A token of the accounts service.
    Jwt,
    /// The same token as OAuth2 calls it.
    Bearer,
    /// A token of an application.
    ServiceApp,
}

/// What a token was issued for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Product {
    /// Sign-in of a registered user.
    Accounts,
    /// A guest.
    Onesna,
    /// An application acting for an account.
    ServiceApp,
}

/// Claims, named as the public description of guest tokens names them.
#[derive(Debug, Deserialize, Serialize)]
struct Claims {
    #[serde(skip_serializing_if = "Option::is_none")]
    anonymous_id: Option<ObjectId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<ObjectId>,
    product_type: Product,
    iss: Vec<String>,
    iat: u64,
    #[serde(default)]
    nbf: u64,
    exp: u64,
}

/// Signs and checks.
pub(crate) struct Tokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
}

/// Lifetime of a guest's token (product description: 24 hours).
pub(crate) const GUEST_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);
/// A longer token is refused unread.
const MAX_TOKEN_BYTES: usize = 4096;

impl Tokens {
    pub(crate) fn new(secret: &[u8; 32]) -> Self {
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

    /// A token for `user`, valid from `utc + delay` for `lifetime`.
    pub(crate) fn issue(
        &self,
        utc: SystemTime,
        user: ObjectId,
        product: Product,
        delay: Duration,
        lifetime: Duration,
    ) -> String {
        let guest = product == Product::Onesna;
        let claims = Claims {
            anonymous_id: guest.then_some(user),
            user_id: (!guest).then_some(user),
            product_type: product,
            iss: vec!["spaces".to_owned()],
            iat: seconds(utc),
            nbf: seconds(utc + delay),
            exp: seconds(utc + delay + lifetime),
        };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.encoding)
            .expect("these claims are plain JSON and the key is a secret, as HS256 wants")
    }

    /// Who the token speaks for at `utc`.
    pub(crate) fn verify(
        &self,
        utc: SystemTime,
        scheme: Scheme,
        token: &str,
    ) -> Result<ObjectId, Refusal> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(Refusal::TokenInvalid);
        }
        let data = jsonwebtoken::decode::<Claims>(token, &self.decoding, &self.validation)
            .map_err(|_| Refusal::TokenInvalid)?;
        let claims = data.claims;
        if (scheme == Scheme::ServiceApp) != (claims.product_type == Product::ServiceApp) {
            return Err(Refusal::TokenInvalid);
        }
        // RFC 7519 §4.1.4: on or after `exp` the token must not be accepted.
        if seconds(utc) >= claims.exp {
            return Err(Refusal::TokenExpired);
        }
        if seconds(utc) < claims.nbf {
            return Err(Refusal::TokenNotYetValid);
        }
        claims
            .user_id
            .or(claims.anonymous_id)
            .ok_or(Refusal::TokenInvalid)
    }
}

/// Takes an `Authorization` header apart.
pub(crate) fn authorization(header: Option<&str>) -> Result<(Scheme, &str), Refusal> {
    let header = header.ok_or(Refusal::AuthorizationMissing)?;
    let (scheme, token) = header
        .trim()
        .split_once(' ')
        .ok_or(Refusal::AuthorizationMalformed)?;
    let scheme = scheme_by_name(scheme).ok_or(Refusal::AuthorizationMalformed)?;
    Ok((scheme, token.trim()))
}

/// Scheme names ignore case (RFC 9110 §11.1); `oauth` is what the socket's `tokenType` calls `bearer`.
pub(crate) fn scheme_by_name(name: &str) -> Option<Scheme> {
    match name.to_ascii_lowercase().as_str() {
        "jwt" => Some(Scheme::Jwt),
        "bearer" | "oauth" => Some(Scheme::Bearer),
        "service_app" => Some(Scheme::ServiceApp),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object_id::Ids;
    use std::time::UNIX_EPOCH;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn is_valid_from_its_start_to_its_end() {
        let utc = UNIX_EPOCH + 10_000 * HOUR;
        let user = Ids::new([7; 32]).next(utc);
        let tokens = Tokens::new(&[1; 32]);
        let token = tokens.issue(utc, user, Product::Onesna, HOUR, GUEST_LIFETIME);
        let at = |time| tokens.verify(time, Scheme::Jwt, &token);
        assert_eq!(at(utc), Err(Refusal::TokenNotYetValid));
        assert_eq!(at(utc + HOUR), Ok(user));
        assert_eq!(at(utc + 25 * HOUR - Duration::from_secs(1)), Ok(user));
        assert_eq!(at(utc + 25 * HOUR), Err(Refusal::TokenExpired));
        let forged = Tokens::new(&[2; 32]);
        assert_eq!(
            forged.verify(utc + HOUR, Scheme::Jwt, &token),
            Err(Refusal::TokenInvalid)
        );
        assert_eq!(
            tokens.verify(utc + HOUR, Scheme::ServiceApp, &token),
            Err(Refusal::TokenInvalid)
        );
        for rubbish in ["", "a.b.c", &"x".repeat(10_000)] {
            assert_eq!(
                tokens.verify(utc, Scheme::Jwt, rubbish),
                Err(Refusal::TokenInvalid)
            );
        }
    }

    #[test]
    fn the_header_needs_a_known_scheme_and_a_token() {
        assert_eq!(authorization(Some("JWT abc")), Ok((Scheme::Jwt, "abc")));
        assert_eq!(
            authorization(Some("bearer abc")),
            Ok((Scheme::Bearer, "abc"))
        );
        assert_eq!(authorization(None), Err(Refusal::AuthorizationMissing));
        for bad in ["", "jwt", "basic abc"] {
            assert_eq!(
                authorization(Some(bad)),
                Err(Refusal::AuthorizationMalformed)
            );
        }
    }
}
