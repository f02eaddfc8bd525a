//! A test authority and what it issues. Equal entropy gives equal certificates, byte for byte.

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use rand_core::Rng;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType,
};
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;

use crate::entropy::Entropy;

/// An authority of our own, for tests and laboratories; nobody else trusts it.
#[derive(Debug)]
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    pem: String,
    keys: Keys,
}

/// Where keys come from.
#[derive(Debug)]
enum Keys {
    /// Ed25519, whose keys and signatures follow from the entropy.
    Seeded(Box<Entropy>),
    /// ECDSA P-256 of the system's randomness, for peers that know no Ed25519.
    Browser,
}

/// From when until when a certificate holds; whole seconds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Validity {
    /// First moment.
    pub from: SystemTime,
    /// Last moment.
    pub until: SystemTime,
}

impl Validity {
    /// From a day before `now` until 397 days later, the longest that browsers accept less a day.
    pub fn around(now: SystemTime) -> Self {
        Self {
            from: now - DAY,
            until: now + 396 * DAY,
        }
    }
}

impl Authority {
    /// An authority with an Ed25519 key out of `entropy`, for simulations.
    pub fn new(entropy: Entropy) -> Self {
        Self::with(Keys::Seeded(Box::new(entropy)))
    }

    /// An authority with ECDSA keys, for real sockets: Chromium and others know no Ed25519. Its bytes differ in every run.
    pub fn for_browsers() -> Self {
        Self::with(Keys::Browser)
    }

    fn with(keys: Keys) -> Self {
        let key = keys.draw("authority");
        let mut params = CertificateParams::default();
        // Part of the name, so that a client which knows another authority of ours says "unknown" and not "forged".
        let fingerprint: String = params.key_identifier(&key)[..4]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        params.distinguished_name.push(
            DnType::CommonName,
            format!("Solstice test authority {fingerprint}"),
        );
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = params.self_signed(&key).expect("the parameters are ours");
        Self {
            pem: certificate.pem(),
            certificate: certificate.der().clone(),
            issuer: Issuer::new(params, key),
            keys,
        }
    }

    /// A certificate with its key for a server (or client) of these names and addresses. `*.example.com` is a name too. Asked twice for
    /// the same, it issues the same.
    pub fn issue(
        &self,
        names: &[&str],
        addresses: &[IpAddr],
        validity: Validity,
    ) -> Result<Identity, TlsError> {
        let key = self
            .keys
            .draw(&format!("identity {names:?} {addresses:?} {validity:?}"));
        let mut params = CertificateParams::default();
        let common_name = names.first().map_or_else(
            || {
                addresses
                    .first()
                    .map(ToString::to_string)
                    .unwrap_or_default()
            },
            ToString::to_string,
        );
        params
            .distinguished_name
            .push(DnType::CommonName, common_name);
        for name in names {
            let name = (*name)
                .try_into()
                .map_err(|_| TlsError::Name((*name).to_owned()))?;
            params.subject_alt_names.push(SanType::DnsName(name));
        }
        params
            .subject_alt_names
            .extend(addresses.iter().copied().map(SanType::IpAddress));
        params.not_before = validity.from.into();
        params.not_after = validity.until.into();
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        params.use_authority_key_identifier_extension = true;
        let certificate = params
            .signed_by(&key, &self.issuer)
            .map_err(|error| TlsError::Name(error.to_string()))?;
        Ok(Identity {
            pem: certificate.pem(),
            chain: vec![certificate.der().clone()],
            key_pem: key.serialize_pem(),
            key: key.serialize_der(),
        })
    }

    /// The certificate that a client must believe.
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// The same as PEM.
    pub fn certificate_pem(&self) -> &str {
        &self.pem
    }
}

impl Keys {
    fn draw(&self, label: &str) -> KeyPair {
        match self {
            Self::Seeded(entropy) => {
                let mut pkcs8 = PKCS8_ED25519.to_vec();
                let mut secret = [0; 32];
                entropy.fork(label).fill_bytes(&mut secret);
                pkcs8.extend_from_slice(&secret);
                let pkcs8 = PrivatePkcs8KeyDer::from(pkcs8);
                KeyPair::from_pkcs8_der_and_sign_algo(&pkcs8, &rcgen::PKCS_ED25519)
                    .expect("32 bytes of any value are a key")
            }
            Self::Browser => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)
                .expect("the system has randomness"),
        }
    }
}

/// What a server shows: its certificate, what leads to its authority, and its key.
#[derive(Debug)]
pub struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: Vec<u8>,
    pem: String,
    key_pem: String,
}

impl Identity {
    /// An identity from files: the certificate and what leads to its authority, and the key as PKCS #8.
    pub fn from_pem(certificates: &str, key: &str) -> Result<Self, TlsError> {
        let wrong = |error: rustls::pki_types::pem::Error| TlsError::Pem(error.to_string());
        let chain: Vec<_> = CertificateDer::pem_slice_iter(certificates.as_bytes())
            .collect::<Result<_, _>>()
            .map_err(wrong)?;
        let der = PrivatePkcs8KeyDer::from_pem_slice(key.as_bytes()).map_err(wrong)?;
        let signer = any_supported_type(&PrivateKeyDer::Pkcs8(der.clone_key()))
            .map_err(|error| TlsError::Pem(error.to_string()))?;
        if chain.is_empty() {
            return Err(TlsError::Pem("there is no certificate in it".to_owned()));
        }
        CertifiedKey::new(chain.clone(), signer)
            .keys_match()
            .map_err(|_| TlsError::KeyOfAnother)?;
        Ok(Self {
            chain,
            key: der.secret_pkcs8_der().to_vec(),
            pem: certificates.to_owned(),
            key_pem: key.to_owned(),
        })
    }

    /// The certificate first, then what leads to its authority.
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.chain
    }

    /// The key.
    pub fn key(&self) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.key.clone()).into()
    }

    /// The certificates as PEM.
    pub fn certificate_pem(&self) -> &str {
        &self.pem
    }

    /// The key as PEM.
    pub fn key_pem(&self) -> &str {
        &self.key_pem
    }
}

/// No identity or trust can be made of this.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A certificate can't carry such a name.
    #[error("'{0}' is no name for a certificate")]
    Name(String),
    /// A file is not what it should be.
    #[error("the PEM file can't be used: {0}")]
    Pem(String),
    /// Key and certificate are of different owners.
    #[error("the key doesn't belong to the certificate")]
    KeyOfAnother,
}

const DAY: Duration = Duration::from_secs(86_400);
/// RFC 8410 §7: the DER of a private key up to its 32 bytes.
const PKCS8_ED25519: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];
