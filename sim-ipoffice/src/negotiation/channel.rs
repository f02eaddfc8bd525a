//! One m-line of a leg: its place, our socket, the keys of both sides, and where the other side is.

use std::net::SocketAddr;

use media::AudioCodec;
use media::srtp::{KeyPair, SdesKey, Suite};
use net::Entropy;
use rand_core::Rng;
use sip::offer_answer::format;
use sip::sdp::{
    Codec, Crypto, Direction, ExtendedReports, Line, MediaKind, MediaLine, MediaView, Sdp,
};

use super::said::{Stream, coded_as, without_replays};
use super::{Policy, Refusal};

/// The other side's sockets; `None` while it is on a hold of the old kind.
pub type Remote = Option<(SocketAddr, Option<SocketAddr>)>;

/// How speech travels on a leg where the system itself codes it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Speech {
    /// The codec.
    pub codec: AudioCodec,
    /// What the party wants of it: its fmtp, empty if there is none.
    pub format: String,
    /// The number by which the party receives it.
    pub send: u8,
    /// The number by which we receive it.
    pub receive: u8,
    /// The same two numbers for telephone events of the codec's clock; `None` where one side has none.
    pub events: Option<(u8, u8)>,
    /// Extended reports that the system sends to the party.
    pub extended_reports: ExtendedReports,
}

/// One m-line of a leg.
#[derive(Clone, Debug)]
pub(super) struct Channel {
    pub(super) kind: MediaKind,
    /// Where we receive; none before the sockets are bound.
    pub(super) rtp: Option<SocketAddr>,
    /// The place of its m-line, once there is one.
    pub(super) place: Option<usize>,
    pub(super) keys: KeyPair,
    pub(super) remote: Remote,
    /// What the other side last said of who sends.
    pub(super) direction: Direction,
    /// The other side's offer that is not answered yet.
    heard: Option<Heard>,
    /// Keys of our offer that is not answered yet, by tag.
    offered_keys: Vec<(u32, SdesKey)>,
    /// Codecs of our last description, and of theirs.
    ours: Vec<Codec>,
    theirs: Vec<Codec>,
    /// Extended reports that our last description asks for, and those of theirs.
    our_reports: Option<ExtendedReports>,
    their_reports: Option<ExtendedReports>,
    /// The codec that was agreed on: the first of the last answer.
    agreed: Option<Codec>,
}

/// An offer of the other side.
#[derive(Clone, Debug)]
struct Heard {
    place: usize,
    crypto: Option<(u32, SdesKey)>,
    codecs: Vec<Codec>,
    direction: Direction,
    remote: Remote,
    extended_reports: Option<ExtendedReports>,
}

impl Channel {
    pub(super) fn new(kind: MediaKind) -> Channel {
        Channel {
            kind,
            rtp: None,
            place: None,
            keys: KeyPair::default(),
            remote: None,
            direction: Direction::SendRecv,
            heard: None,
            offered_keys: Vec::new(),
            ours: Vec::new(),
            theirs: Vec::new(),
            our_reports: None,
            their_reports: None,
            agreed: None,
        }
    }

    /// Takes the line of an offer that suits the policy; nothing changes until it is answered.
    pub(super) fn hear_offer(&mut self, sdp: &Sdp, policy: Policy) -> Result<Stream, Refusal> {
        self.heard = None;
        let (place, crypto) = self.choose(sdp, policy)?;
        let line = sdp.media_at(place).ok_or(Refusal::NoAudio)?;
        let mut stream = Stream::read(self.kind, &line, policy.platform)?;
        if crypto.is_some() {
            stream.codecs.iter_mut().for_each(without_replays);
        }
        self.heard = Some(Heard {
            place,
            crypto,
            codecs: stream.codecs.clone(),
            direction: stream.direction,
            remote: remote_of(&line),
            extended_reports: stream.extended_reports,
        });
        Ok(stream)
    }

    /// Forgets an offer: its line will be rejected.
    pub(super) fn forget(&mut self) {
        self.heard = None;
    }

    /// The place of the line that was offered and waits to be answered.
    pub(super) fn offered_place(&self) -> Option<usize> {
        self.heard.as_ref().map(|heard| heard.place)
    }

    /// What the other side offered and waits to have answered.
    pub(super) fn offer(&self) -> Option<&[Codec]> {
        self.heard.as_ref().map(|heard| &heard.codecs[..])
    }

    /// Our line in answer to the offer that was heard, with these codecs in the offer's numbers.
    pub(super) fn answer(
        &mut self,
        stream: &Stream,
        offered: &Line,
        entropy: &mut Entropy,
    ) -> Option<Line> {
        let (heard, rtp) = (self.heard.take()?, self.rtp?);
        let cryptos = self.agree(heard.crypto, entropy);
        (self.remote, self.direction) = (heard.remote, heard.direction);
        (self.theirs, self.place) = (heard.codecs, Some(heard.place));
        self.their_reports = heard.extended_reports;
        self.agreed = stream.speech().cloned();
        // Phones exist that answer every hold with sendrecv: ours must not send what the offer does not want (RFC 3264 §6.1).
        let stream = Stream {
            direction: stream.direction.and(heard.direction.reversed()),
            extended_reports: stream
                .extended_reports
                .zip(heard.extended_reports)
                .map(|(wished, offered)| wished.answered(offered)),
            ..stream.clone()
        };
        // An answer repeats the profile of the offer (RFC 3264 §6).
        Some(self.line(rtp, &stream, cryptos, &offered.proto))
    }

    /// Our line of an offer that says what the other leg said.
    pub(super) fn offer_line(
        &mut self,
        stream: &Stream,
        before: Option<&Line>,
        policy: Policy,
        entropy: &mut Entropy,
    ) -> Option<Line> {
        let rtp = self.rtp?;
        self.offered_keys = match (&self.keys.outbound, before) {
            // A key that stays keeps its packet counters (RFC 3711 §9.1).
            (Some(key), _) => vec![(1, key.clone())],
            (None, None) if policy.security.srtp => (1..)
                .zip(SUITES.map(|suite| fresh(suite, entropy)))
                .collect(),
            (None, _) => Vec::new(),
        };
        let keys = self.offered_keys.iter();
        let cryptos = keys.map(|(tag, key)| crypto(*tag, key)).collect();
        // Where plain RTP will do as well, the keys stand on a plain line: who knows none ignores them.
        let fallback = if policy.security.plain {
            "RTP/AVP"
        } else {
            "RTP/SAVP"
        };
        let protocol = before.map_or(fallback, |line| &line.proto).to_owned();
        Some(self.line(rtp, stream, cryptos, &protocol))
    }

    /// Takes their line in answer to our offer.
    pub(super) fn hear_answer(
        &mut self,
        line: &MediaView<'_>,
        policy: Policy,
    ) -> Result<Stream, Refusal> {
        let mut stream = Stream::read(self.kind, line, policy.platform)?;
        let chosen = line
            .cryptos()
            .map_err(|error| Refusal::Unreadable(error.to_string()))?;
        let offered = std::mem::take(&mut self.offered_keys);
        let keys = chosen.iter().find_map(|theirs| {
            let is_it = |(tag, key): &&(u32, SdesKey)| {
                *tag == theirs.tag && key.suite().name() == theirs.suite
            };
            Some(KeyPair {
                inbound: Some(master_key(theirs)?),
                outbound: Some(offered.iter().find(is_it)?.1.clone()),
            })
        });
        self.keys = match keys {
            Some(keys) => keys,
            None if policy.security.plain && !line.is_secure() => KeyPair::default(),
            None => return Err(Refusal::EncryptionEnforced),
        };
        if self.keys.inbound.is_some() {
            stream.codecs.iter_mut().for_each(without_replays);
        }
        self.remote = remote_of(line);
        self.direction = stream.direction;
        self.theirs.clone_from(&stream.codecs);
        self.their_reports = stream.extended_reports;
        self.agreed = stream.speech().cloned();
        Ok(stream)
    }

    /// How speech travels on this line, if it does by a codec that the system codes.
    pub(super) fn speech(&self) -> Option<Speech> {
        let codec = self.agreed()?;
        let theirs = format::find(&self.theirs, codec)?;
        let event = |codecs: &[Codec]| {
            let is_it = |event: &&Codec| {
                event.is_telephone_event() && event.clock_rate_hz == codec.clock_rate_hz
            };
            codecs.iter().find(is_it).map(|event| event.payload_type)
        };
        Some(Speech {
            codec: coded_as(codec)?,
            format: theirs.fmtp.clone().unwrap_or_default(),
            send: theirs.payload_type,
            receive: format::find(&self.ours, codec)?.payload_type,
            events: event(&self.theirs).zip(event(&self.ours)),
            extended_reports: self
                .our_reports
                .unwrap_or_default()
                .owed_to(self.their_reports.unwrap_or_default()),
        })
    }

    /// The codec that was agreed on.
    pub(super) fn agreed(&self) -> Option<&Codec> {
        self.agreed.as_ref()
    }

    fn line(
        &mut self,
        rtp: SocketAddr,
        stream: &Stream,
        cryptos: Vec<Crypto>,
        protocol: &str,
    ) -> Line {
        self.ours.clone_from(&stream.codecs);
        self.our_reports = stream.extended_reports;
        let mut codecs = stream.codecs.clone();
        if !cryptos.is_empty() {
            codecs.iter_mut().for_each(without_replays);
        }
        let line = MediaLine {
            kind: self.kind,
            rtp,
            codecs,
            direction: stream.direction,
            cryptos,
            ptime_ms: stream.ptime_ms,
            extended_reports: stream.extended_reports,
            bandwidth: stream.bandwidth,
        };
        Line {
            proto: protocol.to_owned(),
            ..line.line()
        }
    }

    /// The line to talk on: an encrypted one where that is allowed and offered, else a plain one.
    fn choose(
        &self,
        sdp: &Sdp,
        policy: Policy,
    ) -> Result<(usize, Option<(u32, SdesKey)>), Refusal> {
        let (mut plain, mut refusal) = (None, Refusal::NoAudio);
        for (place, line) in sdp.media().enumerate() {
            if line.kind() != self.kind.as_str() || line.is_rejected() {
                continue;
            }
            let cryptos = line
                .cryptos()
                .map_err(|error| Refusal::Unreadable(error.to_string()))?;
            let usable = cryptos
                .iter()
                .find_map(|crypto| Some((crypto.tag, master_key(crypto)?)));
            match usable.filter(|_| policy.security.srtp) {
                Some(key) => return Ok((place, Some(key))),
                None if line.is_secure() => refusal = Refusal::EncryptionNotAllowed,
                None if policy.security.plain => plain = plain.or(Some(place)),
                None => refusal = Refusal::EncryptionEnforced,
            }
        }
        plain.map(|place| (place, None)).ok_or(refusal)
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
}

fn remote_of(line: &MediaView<'_>) -> Remote {
    line.rtp().map(|rtp| (rtp, line.rtcp()))
}

/// The key of a crypto line whose suite and parameters are known.
fn master_key(crypto: &Crypto) -> Option<SdesKey> {
    let suite = Suite::from_name(&crypto.suite)?;
    let key = crypto.keys.first().filter(|_| crypto.is_plain())?;
    SdesKey::new(suite, &key.key_and_salt).ok()
}

fn fresh(suite: Suite, entropy: &mut Entropy) -> SdesKey {
    SdesKey::generate(suite, |octets| entropy.fill_bytes(octets))
}

fn crypto(tag: u32, key: &SdesKey) -> Crypto {
    Crypto::new(tag, key.suite().name(), key.key_and_salt())
}

/// What the system offers, its preferred suite first: the documented list has AES-128 with both tags.
const SUITES: [Suite; 2] = [Suite::AesCm128HmacSha1_80, Suite::AesCm128HmacSha1_32];
