//! Answering 401 and 407: the request again with credentials, the next number, and a bound on how often.
//!
//! RFC 3261 §22.2, §22.3.

use crate::digest;
use crate::endpoint::Entropy;
use crate::header::Name;
use crate::message::{Request, Response};

/// A user's name and password, for whatever realm asks.
#[derive(Clone, Eq, PartialEq)]
pub struct Login {
    /// User name.
    pub username: String,
    /// Password.
    pub password: String,
}

/// What has been tried for one request.
#[derive(Clone, Debug, Default)]
pub struct Attempts {
    client: Option<digest::Client>,
    count: u8,
}

/// Most challenges answered for one request; ours: two proxies and a registrar, each stale once, and one more.
const ATTEMPTS_MAX: u8 = 7;

impl Login {
    /// A login.
    pub fn new(username: impl Into<String>, password: impl Into<String>) -> Self {
        Self {
            username: username.into(),
            password: password.into(),
        }
    }

    /// The request to be sent again, if `response` is a challenge that can be answered (once more).
    pub fn answer(
        &self,
        request: &Request,
        response: &Response,
        attempts: &mut Attempts,
        entropy: &mut Entropy,
    ) -> Option<Request> {
        if !matches!(response.status, 401 | 407) || attempts.count >= ATTEMPTS_MAX {
            return None;
        }
        attempts.count += 1;
        let client = attempts
            .client
            .get_or_insert_with(|| digest::Client::new(&self.username, &self.password));
        client.hear(response).ok()?;
        let number = request.headers.cseq().ok()?.number + 1;
        let mut again = request.clone();
        again
            .headers
            .set(Name::CSeq, format!("{number} {}", again.method));
        client.authorize(&mut again, entropy.source());
        Some(again)
    }
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The password never gets into a log.
        f.debug_struct("Login")
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}
