//! TLS over a host: a test authority, certificates from it, and rustls configurations that repeat themselves.
//!
//! In a simulation every random byte of a handshake comes from the host's entropy, certificates are checked against the host's
//! wall clock, and resumption is off; so equal seeds give equal bytes. On real sockets rustls draws from the system, tickets
//! are on, and `SSLKEYLOGFILE` is honoured. Certificates are verified in both: name, validity and authority.
//!
//! RFC 8446, RFC 5246 §7 with the suites of `ring`; X25519 only in simulations.

mod authority;
mod provider;
mod secrets;
mod secured;

use std::fmt;
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::NoServerSessionStorage;
use rustls::time_provider::TimeProvider;
use rustls::{
    ClientConfig, DigitallySignedStruct, KeyLog, RootCertStore, ServerConfig, SignatureScheme,
};

use crate::host::{Host, Seat};
pub use authority::{Authority, Identity, TlsError, Validity};
pub use secrets::SECRET_NOTE;
pub use secured::Secured;

/// Whose certificates a client believes.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Trust {
    /// Those that lead to one of these, are valid now and name the server.
    Roots(Vec<CertificateDer<'static>>),
    /// Every certificate, checked only against the key it shows: for foreign peers with certificates of their own making.
    Unchecked,
}

impl Trust {
    /// Believes what this authority has issued.
    pub fn of(authority: &Authority) -> Self {
        Self::Roots(vec![authority.certificate().clone()])
    }

    /// Believes what the authorities in a PEM file have issued; such a file is `/etc/ssl/certs/ca-certificates.crt`.
    pub fn from_pem(text: &str) -> Result<Self, TlsError> {
        let roots: Vec<_> = CertificateDer::pem_slice_iter(text.as_bytes())
            .collect::<Result<_, _>>()
            .map_err(|error| TlsError::Pem(error.to_string()))?;
        if roots.is_empty() {
            return Err(TlsError::Pem("there is no certificate in it".to_owned()));
        }
        Ok(Self::Roots(roots))
    }
}

/// A server's configuration: shows `identity`, asks for no certificate.
pub fn server_config(host: &Host, identity: &Identity) -> Arc<ServerConfig> {
    Ground::of(host, "tls.server").server(identity)
}

/// A client's configuration: believes `trust`, shows no certificate.
pub fn client_config(host: &Host, trust: &Trust) -> Arc<ClientConfig> {
    Ground::of(host, "tls.client").client(trust)
}

/// What configurations of one host stand on.
struct Ground {
    provider: Arc<CryptoProvider>,
    time: Arc<dyn TimeProvider>,
    key_log: Arc<dyn KeyLog>,
    /// Remembers sessions, to resume them.
    resumes: bool,
}

impl Ground {
    fn of(host: &Host, purpose: &str) -> Self {
        if matches!(host.seat(), Seat::Real(_)) {
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            let time = Arc::new(provider::HostTime::new(host, None));
            return Self {
                provider,
                time,
                key_log: Arc::new(rustls::KeyLogFile::new()),
                resumes: true,
            };
        }
        let (provider, lease) = provider::seeded(host.entropy(purpose));
        let time = Arc::new(provider::HostTime::new(host, Some(lease)));
        Self {
            provider: Arc::new(provider),
            time,
            key_log: Arc::new(secrets::SecretNotes::new(host)),
            resumes: false,
        }
    }

    fn server(self, identity: &Identity) -> Arc<ServerConfig> {
        let mut config = ServerConfig::builder_with_details(self.provider, self.time)
            .with_safe_default_protocol_versions()
            .expect("ring has the suites of both versions")
            .with_no_client_auth()
            .with_single_cert(identity.chain().to_vec(), identity.key())
            .expect("an identity's key fits its certificate");
        config.key_log = self.key_log;
        if !self.resumes {
            config.session_storage = Arc::new(NoServerSessionStorage {});
            config.send_tls13_tickets = 0;
        }
        Arc::new(config)
    }

    fn client(self, trust: &Trust) -> Arc<ClientConfig> {
        let algorithms = self.provider.signature_verification_algorithms;
        let builder = ClientConfig::builder_with_details(self.provider, self.time)
            .with_safe_default_protocol_versions()
            .expect("ring has the suites of both versions");
        let mut config = match trust {
            Trust::Roots(certificates) => {
                let mut roots = RootCertStore::empty();
                // One unreadable certificate in a system's file of roots is no reason to believe none.
                roots.add_parsable_certificates(certificates.iter().cloned());
                builder.with_root_certificates(roots).with_no_client_auth()
            }
            Trust::Unchecked => builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(Unchecked(algorithms)))
                .with_no_client_auth(),
        };
        config.key_log = self.key_log;
        if !self.resumes {
            config.resumption = Resumption::disabled();
        }
        Arc::new(config)
    }
}

/// Believes any certificate, but not a handshake signed with another key.
struct Unchecked(WebPkiSupportedAlgorithms);

impl ServerCertVerifier for Unchecked {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}

impl fmt::Debug for Unchecked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unchecked")
    }
}

#[cfg(test)]
pub(crate) mod tests;
