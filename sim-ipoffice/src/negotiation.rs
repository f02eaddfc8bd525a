//! Offer and answer on one leg of a call: which line, which keys, in the clear or not. No transcoding, audio only.
//!
//! A call has two legs, each with an SDP dialogue of its own: our address, our keys, our session id. What one leg says of
//! its audio ([`Audio`]) is said again on the other.
//!
//! RFC 3264; RFC 4568 (SDES keys); TEL-11 and TEL-12 for what is allowed.

use std::net::SocketAddr;

use media::srtp::{KeyPair, SdesKey, Suite};
use net::Entropy;
use rand_core::Rng;
use sip::sdp::{Codec, Crypto, Direction, MediaView, Origin, Sdp};

mod terms;

pub use terms::{Refusal, Security};

/// What a leg says of its audio, apart from addresses and keys.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Audio {
    /// Codecs with the numbers that this leg gives them, best first.
    pub codecs: Vec<Codec>,
    /// Who sends.
    pub direction: Direction,
    /// Packet time, in milliseconds.
    pub ptime_ms: Option<u32>,
}

/// The other side's sockets; `None` while it is on a hold of the old kind.
pub type Remote = Option<(SocketAddr, Option<SocketAddr>)>;

/// One leg's negotiation.
#[derive(Clone, Debug)]
pub struct Leg {
    security: Security,
    rtp: SocketAddr,
    origin: Origin,
    /// The lines of the last description in either direction: their number and order never change (RFC 3264 §8).
    lines: Vec<sip::sdp::Line>,
    audio: usize,
    /// Keys of our offer that is not answered yet, by tag.
    offered: Vec<(u32, SdesKey)>,
    /// The other side's offer that is not answered yet.
    heard: Option<Heard>,
    keys: KeyPair,
    remote: Remote,
}

/// An offer of the other side.
#[derive(Clone, Debug)]
struct Heard {
    lines: Vec<sip::sdp::Line>,
    audio: usize,
    crypto: Option<(u32, SdesKey)>,
    codecs: Vec<Codec>,
    remote: Remote,
}

impl Leg {
    /// A leg that receives at `rtp`.
    pub fn new(security: Security, rtp: SocketAddr, entropy: &mut Entropy) -> Leg {
        // Session ids of SDP are numbers that a 64-bit signed type holds in every implementation.
        let session_id = entropy.next_u64() >> 2;
        Leg {
            security,
            rtp,
            origin: Origin {
                username: String::new(),
                session_id,
                version: 0,
            },
            lines: Vec::new(),
            audio: 0,
            offered: Vec::new(),
            heard: None,
            keys: KeyPair::default(),
            remote: None,
        }
    }

    /// The leg's own socket, before anything was said.
    pub fn set_rtp(&mut self, rtp: SocketAddr) {
        self.rtp = rtp;
    }

    /// Where the other side receives, as last agreed.
    pub fn remote(&self) -> Remote {
        self.remote
    }

    /// The keys, as last agreed.
    pub fn keys(&self) -> &KeyPair {
        &self.keys
    }

    /// Takes the other side's offer; nothing changes until it is answered.
    pub fn hear_offer(&mut self, body: &[u8]) -> Result<Audio, Refusal> {
        if !self.security.plain && !self.security.srtp {
            return Err(Refusal::PathNotSecure);
        }
        let sdp = Sdp::parse(body).map_err(|error| Refusal::Unreadable(error.to_string()))?;
        let (index, crypto) = self.choose(&sdp)?;
        let line = sdp.media_at(index).ok_or(Refusal::NoAudio)?;
        let audio = read(&line)?;
        self.heard = Some(Heard {
            lines: sdp.media().map(|line| line.lines().clone()).collect(),
            audio: index,
            crypto,
            codecs: audio.codecs.clone(),
            remote: line.rtp().map(|rtp| (rtp, line.rtcp())),
        });
        Ok(audio)
    }

    /// Answers the offer that was heard. `audio` is what the other leg said; its codecs get this leg's numbers.
    ///
    /// Gives the text, and where a number of this leg has to become another one on the other leg.
    pub fn answer(
        &mut self,
        audio: &Audio,
        entropy: &mut Entropy,
    ) -> Result<(Sdp, Vec<(u8, u8)>), Refusal> {
        let heard = self.heard.take().ok_or(Refusal::NoAudio)?;
        let mut renumbered = Vec::new();
        let mut codecs: Vec<Codec> = Vec::new();
        for codec in &audio.codecs {
            let Some(own) = heard.codecs.iter().find(|own| own.is_same_encoding(codec)) else {
                continue;
            };
            if own.payload_type != codec.payload_type {
                renumbered.push((own.payload_type, codec.payload_type));
            }
            codecs.push(Codec {
                payload_type: own.payload_type,
                ..codec.clone()
            });
        }
        if codecs.iter().all(Codec::is_telephone_event) {
            return Err(Refusal::NoCodec);
        }
        let cryptos = self.agree(heard.crypto, entropy);
        self.remote = heard.remote;
        self.lines = heard.lines;
        self.audio = heard.audio;
        Ok((
            self.describe(
                &Audio {
                    codecs,
                    ..audio.clone()
                },
                &cryptos,
            ),
            renumbered,
        ))
    }

    /// Offers what the other leg said.
    pub fn offer(&mut self, audio: &Audio, entropy: &mut Entropy) -> Result<Sdp, Refusal> {
        if !self.security.plain && !self.security.srtp {
            return Err(Refusal::PathNotSecure);
        }
        self.offered = match &self.keys.outbound {
            // A key that stays keeps its packet counters (RFC 3711 §9.1).
            Some(key) => vec![(1, key.clone())],
            None if self.security.srtp && self.lines.is_empty() => (1..)
                .zip(SUITES.map(|suite| fresh(suite, entropy)))
                .collect(),
            None => Vec::new(),
        };
        let cryptos: Vec<Crypto> = self
            .offered
            .iter()
            .map(|(tag, key)| crypto(*tag, key))
            .collect();
        if self.lines.is_empty() {
            // Where plain RTP will do as well, the keys stand on a plain line: who knows none ignores them.
            let protocol = if self.security.plain {
                "RTP/AVP"
            } else {
                "RTP/SAVP"
            };
            self.lines = vec![sip::sdp::Line {
                proto: protocol.to_owned(),
                ..sip::sdp::Audio::new(self.rtp, &[]).media()
            }];
        }
        Ok(self.describe(audio, &cryptos))
    }

    /// Takes the answer to our offer.
    pub fn hear_answer(&mut self, body: &[u8]) -> Result<Audio, Refusal> {
        let sdp = Sdp::parse(body).map_err(|error| Refusal::Unreadable(error.to_string()))?;
        let line = sdp
            .media_at(self.audio)
            .filter(|line| line.kind() == "audio" && !line.is_rejected());
        let line = line.ok_or(Refusal::NoAudio)?;
        let audio = read(&line)?;
        let chosen = line
            .cryptos()
            .map_err(|error| Refusal::Unreadable(error.to_string()))?;
        let offered = std::mem::take(&mut self.offered);
        let keys = chosen.iter().find_map(|theirs| {
            let (_, ours) = offered
                .iter()
                .find(|(tag, key)| *tag == theirs.tag && key.suite().name() == theirs.suite)?;
            Some(KeyPair {
                inbound: Some(master_key(theirs)?),
                outbound: Some(ours.clone()),
            })
        });
        self.keys = match keys {
            Some(keys) => keys,
            None if self.security.plain && !line.is_secure() => KeyPair::default(),
            None => return Err(Refusal::EncryptionEnforced),
        };
        self.remote = line.rtp().map(|rtp| (rtp, line.rtcp()));
        Ok(audio)
    }

    /// The line to talk on: an encrypted one where that is allowed and offered, else a plain one.
    fn choose(&self, sdp: &Sdp) -> Result<(usize, Option<(u32, SdesKey)>), Refusal> {
        let (mut plain, mut refusal) = (None, Refusal::NoAudio);
        for (index, line) in sdp.media().enumerate() {
            if line.kind() != "audio" || line.is_rejected() {
                continue;
            }
            let cryptos = line
                .cryptos()
                .map_err(|error| Refusal::Unreadable(error.to_string()))?;
            let usable = cryptos
                .iter()
                .find_map(|crypto| Some((crypto.tag, master_key(crypto)?)));
            match usable.filter(|_| self.security.srtp) {
                Some(key) => return Ok((index, Some(key))),
                None if line.is_secure() => refusal = Refusal::EncryptionNotAllowed,
                None if self.security.plain => plain = plain.or(Some(index)),
                None => refusal = Refusal::EncryptionEnforced,
            }
        }
        plain.map(|index| (index, None)).ok_or(refusal)
    }

    /// Settles the keys of an offer that is being answered.
    fn agree(&mut self, theirs: Option<(u32, SdesKey)>, entropy: &mut Entropy) -> Vec<Crypto> {
        let Some((tag, theirs)) = theirs else {
            self.keys = KeyPair::default();
            return Vec::new();
        };
        let kept = self
            .keys
            .outbound
            .take()
            .filter(|ours| ours.suite() == theirs.suite());
        let ours = kept.unwrap_or_else(|| fresh(theirs.suite(), entropy));
        let cryptos = vec![crypto(tag, &ours)];
        self.keys = KeyPair {
            inbound: Some(theirs),
            outbound: Some(ours),
        };
        cryptos
    }

    /// A description with this leg's lines: ours is the audio line, the others are rejected.
    fn describe(&mut self, audio: &Audio, cryptos: &[Crypto]) -> Sdp {
        self.origin.version += 1;
        let mut line = sip::sdp::Audio::new(self.rtp, &audio.codecs);
        (line.direction, line.ptime_ms) = (audio.direction, audio.ptime_ms);
        line.cryptos = cryptos.to_vec();
        let mut sdp = line.describe(&self.origin);
        if let Some(old) = self.lines.get(self.audio) {
            // An answer repeats the profile of the offer (RFC 3264 §6).
            sdp.set_protocol(0, &old.proto);
        }
        let audio_line = sdp.session().medias.first().cloned();
        let others = self.lines.iter().enumerate().map(|(index, line)| {
            match (index == self.audio, &audio_line) {
                (true, Some(audio_line)) => audio_line.clone(),
                _ => sip::sdp::Line {
                    port: 0,
                    attributes: Vec::new(),
                    connections: Vec::new(),
                    ..line.clone()
                },
            }
        });
        let lines: Vec<sip::sdp::Line> = others.collect();
        sdp.session_mut().medias = lines;
        sdp
    }
}

/// What a line says of its audio; codecs that the system does not know are left out.
fn read(line: &MediaView<'_>) -> Result<Audio, Refusal> {
    let mut codecs = line.codecs();
    codecs.retain(|codec| {
        CODECS
            .iter()
            .any(|known| codec.name.eq_ignore_ascii_case(known))
    });
    if codecs.iter().all(Codec::is_telephone_event) {
        return Err(Refusal::NoCodec);
    }
    let mut direction = line.direction();
    if line.is_address_unspecified() {
        // RFC 3264 §8.4: the address 0.0.0.0 is how RFC 2543 said hold.
        direction = direction.and(Direction::SendOnly);
    }
    Ok(Audio {
        codecs,
        direction,
        ptime_ms: line.ptime_ms(),
    })
}

/// The key of a crypto line whose suite and parameters are known.
fn master_key(crypto: &Crypto) -> Option<SdesKey> {
    let suite = Suite::from_name(&crypto.suite)?;
    match (&crypto.keys[..], crypto.session_params.is_empty()) {
        ([key], true) if key.mki.is_none() => SdesKey::new(suite, &key.key_and_salt).ok(),
        _ => None,
    }
}

fn fresh(suite: Suite, entropy: &mut Entropy) -> SdesKey {
    SdesKey::generate(suite, |octets| entropy.fill_bytes(octets))
}

fn crypto(tag: u32, key: &SdesKey) -> Crypto {
    Crypto::new(tag, key.suite().name(), key.key_and_salt())
}

/// What the system offers, its preferred suite first: the documented list has AES-128 with both tags.
const SUITES: [Suite; 2] = [Suite::AesCm128HmacSha1_80, Suite::AesCm128HmacSha1_32];

/// Codecs of an IP500 V2 system (TEL-11), and what goes along with them.
const CODECS: [&str; 7] = [
    "PCMA",
    "PCMU",
    "G729",
    "G722",
    "G723",
    "telephone-event",
    "CN",
];

#[cfg(test)]
mod tests;
