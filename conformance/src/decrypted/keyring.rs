//! The media keys said in a run, and which of them opens what.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use bytes::Bytes;
use media::srtp::{Inbound, SdesKey, Suite};

/// All keys said so far, and a lock for each flow of media.
#[derive(Default)]
pub(crate) struct Keyring {
    keys: Vec<SdesKey>,
    flows: BTreeMap<(SocketAddr, SocketAddr), Flow>,
}

/// The packets from one socket to another.
#[derive(Default)]
struct Flow {
    /// Keys that have fitted, by their number.
    fitting: BTreeMap<usize, Inbound>,
    /// The last of them.
    last: Option<usize>,
    /// Keys before this number have been tried.
    tried: usize,
}

impl Keyring {
    /// Remembers the keys in a session description, if this is or holds one.
    pub(crate) fn learn(&mut self, bytes: &[u8]) {
        if !bytes
            .windows(super::CRYPTO.len())
            .any(|part| part == super::CRYPTO)
        {
            return;
        }
        for line in bytes.split(|byte| *byte == b'\n') {
            let key = line
                .strip_prefix(super::CRYPTO)
                .and_then(|line| std::str::from_utf8(line).ok())
                .and_then(key);
            if let Some(key) = key.filter(|_| self.keys.len() < MAX_KEYS)
                && !self.keys.contains(&key)
            {
                self.keys.push(key);
            }
        }
    }

    /// A datagram of media in plain, if some key fits.
    pub(crate) fn open(&mut self, flow: (SocketAddr, SocketAddr), bytes: &Bytes) -> Option<Bytes> {
        if self.keys.is_empty() || bytes.first()? >> 6 != RTP_VERSION {
            return None;
        }
        let flow = self.flows.entry(flow).or_default();
        // Newest first: a key said again replaces the one before.
        let known = flow
            .last
            .into_iter()
            .chain(flow.fitting.keys().rev().copied());
        for number in known.collect::<Vec<_>>() {
            if let Some(plain) = flow
                .fitting
                .get_mut(&number)
                .and_then(|key| unlock(key, bytes))
            {
                flow.last = Some(number);
                return Some(plain);
            }
        }
        // The first packet of a key may have come before the description that says it.
        let untried = flow.tried.saturating_sub(AGAIN)..self.keys.len();
        flow.tried = self.keys.len();
        for number in untried.rev() {
            let mut key = Inbound::new(&self.keys[number]);
            if let Some(plain) = unlock(&mut key, bytes) {
                flow.fitting.insert(number, key);
                flow.last = Some(number);
                return Some(plain);
            }
        }
        None
    }
}

fn unlock(key: &mut Inbound, bytes: &Bytes) -> Option<Bytes> {
    let mut packet = bytes.to_vec();
    // RFC 5761 §4.
    let is_rtcp = packet.get(1).is_some_and(|kind| (192..=223).contains(kind));
    let opened = if is_rtcp {
        key.unprotect_rtcp_vec(&mut packet)
    } else {
        key.unprotect_vec(&mut packet)
    };
    opened.ok().map(|()| packet.into())
}

/// The key of an attribute `crypto`, behind its colon.
fn key(text: &str) -> Option<SdesKey> {
    let mut fields = text.split_whitespace();
    let (_tag, suite, parameters) = (fields.next()?, fields.next()?, fields.next()?);
    SdesKey::parse(Suite::from_name(suite)?, parameters).ok()
}

/// RFC 3550 §5.1.
const RTP_VERSION: u8 = 2;
/// Keys of a run that are kept.
const MAX_KEYS: usize = 16_384;
/// Keys that are tried once more: those of one session description.
const AGAIN: usize = 8;
