//! The twin of a run's trace in which nothing is protected: what a reader without keys wants to look at.
//!
//! ```text
//! said over TLS ────────────► segments of a plain connection      (the protected ones are left out)
//! SRTP, SRTCP ──keys of SDP─► RTP, RTCP
//! SDP with keys ────────────► the same for RTP/AVP, its keys set aside
//! all else ─────────────────► as it is
//! ```
//!
//! Media of WebRTC stays protected: its keys never cross a wire (RFC 5764). Keys of RFC 4568 are taken from the session
//! descriptions of the run, wherever they were said, and tried until one fits: the authentication tag tells.

mod keyring;

use std::collections::BTreeSet;
use std::net::SocketAddr;

use bytes::Bytes;
use net::capture::Spoken;
use net::packet::{Packet, Protocol};
use net::trace::{Entry, Trace, TraceEvent};

pub(crate) use keyring::Keyring;

/// The twin of a trace that was kept. Its hash and checkpoints are not those of the run and mean nothing.
pub fn twin(trace: &Trace) -> Trace {
    let protected = protected(trace);
    let (mut spoken, mut keys) = (Spoken::new(), Keyring::default());
    let mut entries = Vec::new();
    for Entry { at, event } in &trace.entries {
        let mut push = |event| entries.push(Entry { at: *at, event });
        match event {
            TraceEvent::Said {
                host,
                local,
                remote,
                bytes,
            } => {
                keys.learn(bytes);
                let bytes = without_keys(bytes);
                for packet in spoken.packets(*local, *remote, &bytes, u64::MAX) {
                    push(TraceEvent::Sent {
                        host: *host,
                        packet,
                    });
                }
            }
            TraceEvent::Sent { host, packet } => {
                if !protected.contains(&ends(packet)) {
                    push(TraceEvent::Sent {
                        host: *host,
                        packet: opened(packet, &mut keys),
                    });
                }
            }
            TraceEvent::Dropped { .. } | TraceEvent::Fault { .. } => push(event.clone()),
            // What arrived was sent; notes hold secrets that nobody needs here.
            TraceEvent::Arrived { .. } | TraceEvent::Note { .. } => {}
        }
    }
    Trace {
        entries,
        ..Trace::default()
    }
}

/// Both ways of every connection over which something was said in secret.
fn protected(trace: &Trace) -> BTreeSet<(SocketAddr, SocketAddr)> {
    let mut protected = BTreeSet::new();
    for entry in &trace.entries {
        if let TraceEvent::Said { local, remote, .. } = &entry.event {
            protected.extend([(*local, *remote), (*remote, *local)]);
        }
    }
    protected
}

fn ends(packet: &Packet) -> (SocketAddr, SocketAddr) {
    (packet.source, packet.target)
}

/// The packet as it would have been without protection, as far as the keys are known.
fn opened(packet: &Packet, keys: &mut Keyring) -> Packet {
    keys.learn(&packet.payload);
    let payload = match packet.protocol {
        Protocol::Udp => keys.open(ends(packet), &packet.payload),
        Protocol::Tcp => None,
    };
    Packet {
        payload: payload.unwrap_or_else(|| without_keys(&packet.payload)),
        ..packet.clone()
    }
}

/// A session description with keys, as one without: of the same length, for lengths are told elsewhere. `RTP/SAVP` becomes
/// `RTP/AVP`, and the byte so won goes into the name of the next attribute `crypto`, which a reader then passes over.
fn without_keys(bytes: &Bytes) -> Bytes {
    if !bytes.windows(SECURE.len()).any(|part| part == SECURE) {
        return bytes.clone();
    }
    let mut plain = Vec::with_capacity(bytes.len());
    let mut is_shorter = false;
    let mut rest: &[u8] = bytes;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        rest = &rest[line.len()..];
        let profile = line.windows(SECURE.len()).position(|part| part == SECURE);
        if let Some(at) = profile.filter(|_| line.starts_with(MEDIA) && has_key(rest)) {
            is_shorter = true;
            plain.extend_from_slice(&line[..at]);
            plain.extend_from_slice(b" RTP/AVP");
            plain.extend_from_slice(&line[at + SECURE.len()..]);
        } else if let Some(value) = line.strip_prefix(CRYPTO) {
            let name: &[u8] = if std::mem::take(&mut is_shorter) {
                b"a=x-crypt:"
            } else {
                b"a=xcrypt:"
            };
            plain.extend_from_slice(name);
            plain.extend_from_slice(value);
        } else {
            plain.extend_from_slice(line);
        }
    }
    plain.into()
}

/// Whether a key stands in what follows a media line, before the next.
fn has_key(rest: &[u8]) -> bool {
    rest.split_inclusive(|byte| *byte == b'\n')
        .take_while(|line| !line.starts_with(MEDIA))
        .any(|line| line.starts_with(CRYPTO))
}

/// RFC 8866 §5.14.
const MEDIA: &[u8] = b"m=";
/// RFC 4568 §4.
const CRYPTO: &[u8] = b"a=crypto:";
/// RFC 3711 §12, RFC 5124 §4; not the profile of DTLS, which has `TLS/` before it.
const SECURE: &[u8] = b" RTP/SAVP";
