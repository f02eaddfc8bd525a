//! Challenge and answer: HTTP digest as SIP uses it, for both sides.
//!
//! RFC 3261 §22, RFC 7616, RFC 8760. MD5, SHA-256, SHA-512-256 and their -sess forms; qop auth and auth-int; nonce
//! counts; stale nonces. [`Client`] answers, [`Server`] asks and checks.

mod client;
mod server;

pub use client::{Client, ClientError};
pub use server::{Denied, Policy, Server};

use md5::Md5;
use sha2::digest::Digest;
use sha2::{Sha256, Sha512_256};
use std::fmt;
use std::fmt::Write;

/// Which hash, and whether its key depends on the nonce.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Algorithm {
    /// MD5 (RFC 2617)
    Md5,
    /// MD5-sess (RFC 2617)
    Md5Sess,
    /// SHA-256 (RFC 7616, RFC 8760)
    Sha256,
    /// SHA-256-sess (RFC 7616)
    Sha256Sess,
    /// SHA-512-256 (RFC 7616, RFC 8760)
    Sha512_256,
    /// SHA-512-256-sess (RFC 7616)
    Sha512_256Sess,
}

impl Algorithm {
    /// The algorithm of a token, compared without case; absent means MD5.
    pub fn parse(token: Option<&str>) -> Option<Algorithm> {
        let token = token.unwrap_or("MD5");
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.as_str().eq_ignore_ascii_case(token))
    }

    /// The token.
    pub fn as_str(self) -> &'static str {
        match self {
            Algorithm::Md5 => "MD5",
            Algorithm::Md5Sess => "MD5-sess",
            Algorithm::Sha256 => "SHA-256",
            Algorithm::Sha256Sess => "SHA-256-sess",
            Algorithm::Sha512_256 => "SHA-512-256",
            Algorithm::Sha512_256Sess => "SHA-512-256-sess",
        }
    }

    /// All of them.
    pub const ALL: [Algorithm; 6] = [
        Algorithm::Md5,
        Algorithm::Md5Sess,
        Algorithm::Sha256,
        Algorithm::Sha256Sess,
        Algorithm::Sha512_256,
        Algorithm::Sha512_256Sess,
    ];

    fn is_session(self) -> bool {
        matches!(
            self,
            Algorithm::Md5Sess | Algorithm::Sha256Sess | Algorithm::Sha512_256Sess
        )
    }

    /// Hash of the parts with colons between them, in lower-case hexadecimal.
    fn hash(self, parts: &[&[u8]]) -> String {
        match self {
            Algorithm::Md5 | Algorithm::Md5Sess => hash::<Md5>(parts),
            Algorithm::Sha256 | Algorithm::Sha256Sess => hash::<Sha256>(parts),
            Algorithm::Sha512_256 | Algorithm::Sha512_256Sess => hash::<Sha512_256>(parts),
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What an answer protects.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Qop {
    /// Method and URI.
    Auth,
    /// Method, URI and body.
    AuthInt,
}

impl Qop {
    /// The token.
    pub fn as_str(self) -> &'static str {
        match self {
            Qop::Auth => "auth",
            Qop::AuthInt => "auth-int",
        }
    }

    /// The qop of a token, compared without case.
    pub fn parse(token: &str) -> Option<Qop> {
        [Qop::Auth, Qop::AuthInt]
            .into_iter()
            .find(|qop| qop.as_str().eq_ignore_ascii_case(token))
    }
}

/// Everything that goes into a response besides the secret (RFC 7616 §3.4.1).
#[derive(Clone, Copy, Debug)]
pub struct Ingredients<'a> {
    /// Which hash.
    pub algorithm: Algorithm,
    /// The server's nonce.
    pub nonce: &'a str,
    /// With qop: which, nonce count as eight hexadecimal digits, client nonce.
    pub qop: Option<(Qop, &'a str, &'a str)>,
    /// The request's method.
    pub method: &'a str,
    /// The digest-uri, as in the credentials.
    pub uri: &'a str,
    /// The request's body.
    pub body: &'a [u8],
}

impl Ingredients<'_> {
    /// The response to a challenge, from H(username:realm:password).
    pub fn response(&self, secret: &str) -> String {
        let algorithm = self.algorithm;
        let cnonce = self.qop.map_or("", |(_, _, cnonce)| cnonce);
        let session_key;
        let key = if algorithm.is_session() {
            session_key =
                algorithm.hash(&[secret.as_bytes(), self.nonce.as_bytes(), cnonce.as_bytes()]);
            &session_key
        } else {
            secret
        };
        let (method, uri) = (self.method.as_bytes(), self.uri.as_bytes());
        let what = match self.qop {
            Some((Qop::AuthInt, _, _)) => {
                algorithm.hash(&[method, uri, algorithm.hash(&[self.body]).as_bytes()])
            }
            Some((Qop::Auth, _, _)) | None => algorithm.hash(&[method, uri]),
        };
        match self.qop {
            Some((qop, count, cnonce)) => algorithm.hash(&[
                key.as_bytes(),
                self.nonce.as_bytes(),
                count.as_bytes(),
                cnonce.as_bytes(),
                qop.as_str().as_bytes(),
                what.as_bytes(),
            ]),
            None => algorithm.hash(&[key.as_bytes(), self.nonce.as_bytes(), what.as_bytes()]),
        }
    }
}

/// H(username:realm:password): what a server needs to keep of a password.
pub fn secret(algorithm: Algorithm, username: &str, realm: &str, password: &str) -> String {
    algorithm.hash(&[username.as_bytes(), realm.as_bytes(), password.as_bytes()])
}

fn hash<D: Digest>(parts: &[&[u8]]) -> String {
    let mut digest = D::new();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            digest.update(b":");
        }
        digest.update(part);
    }
    hex(&digest.finalize())
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests;
