//! `--ca FILE` and `--insecure`: whose certificates a phone on real sockets believes.

use std::path::PathBuf;

use clap::Args;
use net::tls::Trust;

use super::Trouble;

/// Whose certificates are believed.
#[derive(Args, Clone, Debug)]
pub struct Believed {
    /// Certificate of the authority to believe, PEM
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Believe any certificate
    #[arg(long, conflicts_with = "ca")]
    pub insecure: bool,
}

impl Believed {
    /// Those of `--ca`, or those that the machine believes.
    pub fn trust(&self) -> Result<Trust, Trouble> {
        if self.insecure {
            return Ok(Trust::Unchecked);
        }
        let Some(path) = &self.ca else {
            return Ok(Trust::Roots(rustls_native_certs::load_native_certs().certs));
        };
        let wrong = |error: String| {
            Trouble::new(
                format!("{}: {error}", path.display()),
                "give a PEM file as --ca",
            )
        };
        let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        Trust::from_pem(&text).map_err(|error| wrong(error.to_string()))
    }
}
