//! Ephemeral key exchange with a private key given from outside (RFC 8422 §5.10 and §5.11).

use p256::elliptic_curve::sec1::ToSec1Point;
use rtc::crypto::{ActiveKeyExchange, CryptoError, KeyExchangeAlgorithm, SecretVec};

/// ECDH over P-256; the public key travels as an uncompressed point.
pub(super) struct P256Exchange {
    private: p256::SecretKey,
    public: Vec<u8>,
}

impl P256Exchange {
    pub(super) fn new(private: p256::SecretKey) -> P256Exchange {
        let public = private
            .public_key()
            .to_sec1_point(false)
            .as_bytes()
            .to_vec();
        P256Exchange { private, public }
    }
}

impl ActiveKeyExchange for P256Exchange {
    fn algorithm(&self) -> KeyExchangeAlgorithm {
        KeyExchangeAlgorithm::P256
    }

    fn public_key(&self) -> &[u8] {
        &self.public
    }

    fn complete(self: Box<Self>, peer_public_key: &[u8]) -> Result<SecretVec, CryptoError> {
        let peer = p256::PublicKey::from_sec1_bytes(peer_public_key)
            .map_err(|_| CryptoError::InvalidPublicKey)?;
        let secret = self.private.diffie_hellman(&peer);
        Ok(SecretVec::new(secret.raw_secret_bytes().to_vec()))
    }
}

/// X25519 (RFC 7748 §6.1).
pub(super) struct X25519Exchange {
    private: x25519_dalek::StaticSecret,
    public: [u8; 32],
}

impl X25519Exchange {
    pub(super) fn new(private: [u8; 32]) -> X25519Exchange {
        let private = x25519_dalek::StaticSecret::from(private);
        let public = x25519_dalek::PublicKey::from(&private).to_bytes();
        X25519Exchange { private, public }
    }
}

impl ActiveKeyExchange for X25519Exchange {
    fn algorithm(&self) -> KeyExchangeAlgorithm {
        KeyExchangeAlgorithm::X25519
    }

    fn public_key(&self) -> &[u8] {
        &self.public
    }

    fn complete(self: Box<Self>, peer_public_key: &[u8]) -> Result<SecretVec, CryptoError> {
        let peer: [u8; 32] = peer_public_key
            .try_into()
            .map_err(|_| CryptoError::InvalidPublicKey)?;
        let secret = self.private.diffie_hellman(&peer.into());
        // RFC 8422 §5.11: an all-zero secret means a peer key of small order.
        if secret.was_contributory() {
            Ok(SecretVec::new(secret.as_bytes().to_vec()))
        } else {
            Err(CryptoError::InvalidPublicKey)
        }
    }
}
