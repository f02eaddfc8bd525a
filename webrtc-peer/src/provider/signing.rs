//! ECDSA P-256 signing key whose signatures are a function of key and message (RFC 6979).

use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey as EcdsaKey};
use rtc::crypto::{
    CryptoAlgorithm, CryptoError, PublicKey, PublicKeyEncoding, SignatureScheme, SigningKey,
};

/// The key of a connection's self-signed certificate. It is never exported.
pub(super) struct P256Key {
    private: EcdsaKey,
    public: Vec<u8>,
}

impl P256Key {
    pub(super) fn new(private: p256::SecretKey) -> P256Key {
        let private = EcdsaKey::from(private);
        let public = private
            .verifying_key()
            .to_sec1_point(false)
            .as_bytes()
            .to_vec();
        P256Key { private, public }
    }
}

impl SigningKey for P256Key {
    fn supports(&self, scheme: SignatureScheme) -> bool {
        scheme == SignatureScheme::EcdsaP256Sha256
    }

    fn public_key(&self) -> PublicKey<'_> {
        PublicKey {
            encoding: PublicKeyEncoding::EcUncompressedPoint,
            bytes: &self.public,
        }
    }

    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        if !self.supports(scheme) {
            return Err(CryptoError::UnsupportedAlgorithm(
                CryptoAlgorithm::Signature(scheme),
            ));
        }
        let signature: Signature = self
            .private
            .try_sign(message)
            .map_err(|error| CryptoError::Provider(error.to_string()))?;
        Ok(signature.to_der().as_bytes().to_vec())
    }
}
