//! The provider against `ring`, and its promise: the seed decides.

use super::*;

const SEED: [u8; 32] = [7; 32];

#[test]
fn equal_seeds_draw_equal_bytes_and_keys() {
    let (one, two) = (SeededProvider::new(SEED), SeededProvider::new(SEED));
    assert_eq!(one.draw::<48>(), two.draw::<48>());
    for algorithm in [KeyExchangeAlgorithm::X25519, KeyExchangeAlgorithm::P256] {
        let public = |provider: &SeededProvider| {
            let exchange = provider.start_key_exchange(algorithm).unwrap();
            exchange.public_key().to_vec()
        };
        assert_eq!(public(&one), public(&two));
    }
    assert_ne!(SeededProvider::new([8; 32]).draw::<48>(), one.draw::<48>());
}

#[test]
fn both_ends_of_an_exchange_reach_one_secret() {
    let provider = SeededProvider::new(SEED);
    for algorithm in [KeyExchangeAlgorithm::X25519, KeyExchangeAlgorithm::P256] {
        let one = provider.start_key_exchange(algorithm).unwrap();
        let two = provider.start_key_exchange(algorithm).unwrap();
        let (from_one, from_two) = (one.public_key().to_vec(), two.public_key().to_vec());
        let secret_one = one.complete(&from_two).unwrap().into_bytes();
        let secret_two = two.complete(&from_one).unwrap().into_bytes();
        assert_eq!(secret_one, secret_two);
    }
}

#[test]
fn exchanges_with_ring() {
    let (ours, theirs) = (SeededProvider::new(SEED), RingProvider::new());
    for algorithm in [KeyExchangeAlgorithm::X25519, KeyExchangeAlgorithm::P256] {
        let one = ours.start_key_exchange(algorithm).unwrap();
        let two = theirs.crypto().start_key_exchange(algorithm).unwrap();
        let (from_one, from_two) = (one.public_key().to_vec(), two.public_key().to_vec());
        let secret_one = one.complete(&from_two).unwrap().into_bytes();
        let secret_two = two.complete(&from_one).unwrap().into_bytes();
        assert_eq!(secret_one, secret_two);
    }
}

#[test]
fn refuses_a_bad_peer_key_without_panic() {
    let provider = SeededProvider::new(SEED);
    for (algorithm, key) in [
        (KeyExchangeAlgorithm::X25519, vec![0; 32]),
        (KeyExchangeAlgorithm::X25519, vec![9; 31]),
        (KeyExchangeAlgorithm::P256, vec![4; 65]),
        (KeyExchangeAlgorithm::P256, Vec::new()),
    ] {
        let exchange = provider.start_key_exchange(algorithm).unwrap();
        assert!(exchange.complete(&key).is_err(), "{algorithm:?} {key:?}");
    }
    assert!(
        provider
            .start_key_exchange(KeyExchangeAlgorithm::P384)
            .is_err()
    );
}

#[test]
fn signs_the_same_message_the_same_way_and_ring_agrees() {
    let scheme = SignatureScheme::EcdsaP256Sha256;
    let provider = SeededProvider::new(SEED);
    let key = provider.generate_signing_key(scheme).unwrap();
    let signature = key.sign(scheme, b"solstice").unwrap();
    assert_eq!(signature, key.sign(scheme, b"solstice").unwrap());
    provider
        .verify_signature(scheme, key.public_key(), b"solstice", &signature)
        .unwrap();
    assert!(
        provider
            .verify_signature(scheme, key.public_key(), b"equinox", &signature)
            .is_err()
    );
}
