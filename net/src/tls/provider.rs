//! rustls with a host's randomness and clock.
//!
//! rustls wants its source of randomness for the whole life of the program (`&'static`). So each is a slot that is never freed;
//! a slot whose configuration is gone serves the next one, and a program that runs a million simulations holds only as many slots
//! as were ever in use at once.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::UNIX_EPOCH;

use rand_core::Rng;
use rustls::crypto::{
    ActiveKeyExchange, CryptoProvider, GetRandomFailed, SecureRandom, SharedSecret,
    SupportedKxGroup,
};
use rustls::pki_types::UnixTime;
use rustls::time_provider::TimeProvider;
use rustls::{Error, NamedGroup, PeerMisbehaved};
use x25519_dalek::{PublicKey, StaticSecret};

use crate::entropy::Entropy;
use crate::host::Host;

/// A provider that draws every byte from `entropy`, as long as the lease is held.
pub(super) fn seeded(entropy: Entropy) -> (CryptoProvider, Lease) {
    let free = lock(&FREE).pop();
    let slot: &'static Slot = free.unwrap_or_else(|| Box::leak(Box::default()));
    *lock(&slot.entropy) = Some(entropy);
    let provider = CryptoProvider {
        kx_groups: vec![slot],
        secure_random: slot,
        ..rustls::crypto::ring::default_provider()
    };
    (provider, Lease(slot))
}

/// A source of randomness for one configuration at a time.
#[derive(Default)]
struct Slot {
    entropy: Mutex<Option<Entropy>>,
}

/// Holds a slot; when dropped, the slot may serve another configuration.
#[derive(Debug)]
pub(super) struct Lease(&'static Slot);

impl Drop for Lease {
    fn drop(&mut self) {
        *lock(&self.0.entropy) = None;
        lock(&FREE).push(self.0);
    }
}

static FREE: Mutex<Vec<&'static Slot>> = Mutex::new(Vec::new());

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl SecureRandom for Slot {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), GetRandomFailed> {
        lock(&self.entropy)
            .as_mut()
            .ok_or(GetRandomFailed)?
            .fill_bytes(buffer);
        Ok(())
    }
}

impl SupportedKxGroup for Slot {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        let mut bytes = [0; 32];
        self.fill(&mut bytes)?;
        let secret = StaticSecret::from(bytes);
        let public = PublicKey::from(&secret).to_bytes();
        Ok(Box::new(Exchange { secret, public }))
    }

    fn name(&self) -> NamedGroup {
        NamedGroup::X25519
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Slot")
    }
}

/// One side's half of a key exchange (RFC 7748 §6.1).
struct Exchange {
    secret: StaticSecret,
    public: [u8; 32],
}

impl ActiveKeyExchange for Exchange {
    fn complete(self: Box<Self>, peer: &[u8]) -> Result<SharedSecret, Error> {
        let invalid = || Error::from(PeerMisbehaved::InvalidKeyShare);
        let peer: [u8; 32] = peer.try_into().map_err(|_| invalid())?;
        let shared = self.secret.diffie_hellman(&PublicKey::from(peer));
        // RFC 8446 §7.4.2: a key that makes the secret zero is refused.
        if shared.was_contributory() {
            Ok(SharedSecret::from(&shared.as_bytes()[..]))
        } else {
            Err(invalid())
        }
    }

    fn pub_key(&self) -> &[u8] {
        &self.public
    }

    fn group(&self) -> NamedGroup {
        NamedGroup::X25519
    }
}

/// A host's wall clock, for the validity of certificates. Also holds the slot of its configuration, which it outlives.
#[derive(Debug)]
pub(super) struct HostTime {
    host: Host,
    _lease: Option<Lease>,
}

impl HostTime {
    pub(super) fn new(host: &Host, lease: Option<Lease>) -> Self {
        Self {
            host: host.clone(),
            _lease: lease,
        }
    }
}

impl TimeProvider for HostTime {
    fn current_time(&self) -> Option<UnixTime> {
        self.host
            .utc()
            .duration_since(UNIX_EPOCH)
            .ok()
            .map(UnixTime::since_unix_epoch)
    }
}
