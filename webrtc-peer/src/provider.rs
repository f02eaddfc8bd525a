//! Crypto provider whose every random choice comes from a seed: equal seeds give equal handshake bytes.
//!
//! Ciphers, hashes and signature checks are those of `rtc`'s `ring` provider, which take no
//! randomness. What the provider draws itself is replaced: random bytes by a ChaCha20 stream,
//! ephemeral keys by scalars from that stream, ECDSA by RFC 6979 (no random nonce), so that not even
//! the length of a DER signature differs between two runs.
//!
//! Outside a simulation the seed comes from the operating system, and the provider is as strong as
//! its ChaCha20 stream.

mod key_exchange;
mod signing;

use std::sync::{Arc, Mutex, PoisonError};

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use rtc::crypto::providers::RingProvider;
use rtc::crypto::{
    ActiveKeyExchange, AeadAlgorithm, AeadCipher, BlockCipherAlgorithm, CbcAlgorithm, CbcCipher,
    CryptoAlgorithm, CryptoError, HashAlgorithm, HmacAlgorithm, KeyExchangeAlgorithm, Mac,
    PublicKey, RTCCrypto, RTCCryptoProvider, RTCRandom, SignatureScheme, SigningKey, StreamCipher,
    StreamCipherAlgorithm,
};

use key_exchange::{P256Exchange, X25519Exchange};
use signing::P256Key;

/// The provider; one per peer connection, shared by its ICE, DTLS and SRTP layers.
pub(crate) struct SeededProvider {
    stream: Mutex<ChaCha20Rng>,
    ring: RingProvider,
}

impl SeededProvider {
    /// A provider that draws from the ChaCha20 stream of `seed`.
    pub(crate) fn new(seed: [u8; 32]) -> SeededProvider {
        SeededProvider {
            stream: Mutex::new(ChaCha20Rng::from_seed(seed)),
            ring: RingProvider::new(),
        }
    }

    /// The next bytes of the stream.
    pub(crate) fn draw<const LENGTH: usize>(&self) -> [u8; LENGTH] {
        let mut bytes = [0; LENGTH];
        self.fill_bytes(&mut bytes);
        bytes
    }

    fn fill_bytes(&self, bytes: &mut [u8]) {
        // A stream cannot be left half-updated by a panic elsewhere, so poison says nothing here.
        let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        stream.fill_bytes(bytes);
    }

    /// A P-256 scalar: drawn again in the one case in 2³² that the bytes are none.
    fn draw_p256(&self) -> p256::SecretKey {
        loop {
            if let Ok(key) = p256::SecretKey::from_slice(&self.draw::<32>()) {
                return key;
            }
        }
    }
}

impl RTCCryptoProvider for SeededProvider {
    fn name(&self) -> &'static str {
        "seeded"
    }

    fn crypto(&self) -> &dyn RTCCrypto {
        self
    }

    fn random(&self) -> &dyn RTCRandom {
        self
    }
}

impl RTCRandom for SeededProvider {
    fn fill(&self, output: &mut [u8]) -> Result<(), CryptoError> {
        self.fill_bytes(output);
        Ok(())
    }
}

impl RTCCrypto for SeededProvider {
    fn supports(&self, algorithm: CryptoAlgorithm) -> bool {
        match (algorithm,) {
            // What would draw from `ring`'s own randomness is not offered at all.
            (CryptoAlgorithm::KeyExchange(exchange),) => matches!(
                exchange,
                KeyExchangeAlgorithm::P256 | KeyExchangeAlgorithm::X25519
            ),
            (CryptoAlgorithm::SigningKeyGeneration(scheme),) => {
                scheme == SignatureScheme::EcdsaP256Sha256
            }
            (CryptoAlgorithm::SigningKeyImport(_),) => false,
            _ => self.ring.crypto().supports(algorithm),
        }
    }

    fn hash(&self, algorithm: HashAlgorithm, data: &[u8]) -> Result<Vec<u8>, CryptoError> {
        self.ring.crypto().hash(algorithm, data)
    }

    fn block_encrypt(
        &self,
        algorithm: BlockCipherAlgorithm,
        key: &[u8],
        block: &mut [u8],
    ) -> Result<(), CryptoError> {
        self.ring.crypto().block_encrypt(algorithm, key, block)
    }

    fn new_hmac(&self, algorithm: HmacAlgorithm, key: &[u8]) -> Result<Box<dyn Mac>, CryptoError> {
        self.ring.crypto().new_hmac(algorithm, key)
    }

    fn new_stream_cipher(
        &self,
        algorithm: StreamCipherAlgorithm,
        key: &[u8],
    ) -> Result<Box<dyn StreamCipher>, CryptoError> {
        self.ring.crypto().new_stream_cipher(algorithm, key)
    }

    fn new_aead(
        &self,
        algorithm: AeadAlgorithm,
        key: &[u8],
    ) -> Result<Box<dyn AeadCipher>, CryptoError> {
        self.ring.crypto().new_aead(algorithm, key)
    }

    fn new_cbc(
        &self,
        algorithm: CbcAlgorithm,
        key: &[u8],
    ) -> Result<Box<dyn CbcCipher>, CryptoError> {
        self.ring.crypto().new_cbc(algorithm, key)
    }

    fn start_key_exchange(
        &self,
        algorithm: KeyExchangeAlgorithm,
    ) -> Result<Box<dyn ActiveKeyExchange>, CryptoError> {
        match (algorithm,) {
            (KeyExchangeAlgorithm::X25519,) => Ok(Box::new(X25519Exchange::new(self.draw()))),
            (KeyExchangeAlgorithm::P256,) => Ok(Box::new(P256Exchange::new(self.draw_p256()))),
            _ => Err(CryptoError::UnsupportedAlgorithm(
                CryptoAlgorithm::KeyExchange(algorithm),
            )),
        }
    }

    fn generate_signing_key(
        &self,
        scheme: SignatureScheme,
    ) -> Result<Arc<dyn SigningKey>, CryptoError> {
        if scheme == SignatureScheme::EcdsaP256Sha256 {
            return Ok(Arc::new(P256Key::new(self.draw_p256())));
        }
        Err(CryptoError::UnsupportedAlgorithm(
            CryptoAlgorithm::SigningKeyGeneration(scheme),
        ))
    }

    fn import_signing_key(
        &self,
        scheme: SignatureScheme,
        _pkcs8_der: &[u8],
    ) -> Result<Arc<dyn SigningKey>, CryptoError> {
        // Certificates are made per connection and never stored, so there is nothing to import.
        Err(CryptoError::UnsupportedAlgorithm(
            CryptoAlgorithm::SigningKeyImport(scheme),
        ))
    }

    fn verify_signature(
        &self,
        scheme: SignatureScheme,
        public_key: PublicKey<'_>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        self.ring
            .crypto()
            .verify_signature(scheme, public_key, message, signature)
    }
}

#[cfg(test)]
mod tests;
