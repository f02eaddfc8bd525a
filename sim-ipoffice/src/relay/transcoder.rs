//! Two legs without a codec in common: what comes from one is decoded, and coded anew for the other.
//!
//! ```text
//! A ─► stream A ─► samples ─► another rate ─► stream B ─► B        digits pass as telephone events of either clock
//!        ▲                                       │
//!        └────────── another rate ◄── samples ◄──┘
//! ```
//!
//! Each leg has a stream of its own, so loss on one is concealed before the other hears it, and reports end here.

use std::time::Duration;

use media::dtmf::DtmfEvent;
use media::relay::{LegStatistics, Side};
use media::resample::Resampler;
use media::stream::{Direction as StreamDirection, FRAME};
use media::{Identity, KeyPair, Stream, StreamConfig, StreamOutput};
use net::Entropy;
use rand_core::Rng;
use sip::sdp::{Answers, Direction, ExtendedReports};

use super::Kind;
use crate::negotiation::Speech;

/// Both legs' streams.
#[derive(Debug)]
pub(super) struct Transcoder {
    ends: [End; 2],
}

#[derive(Debug)]
struct End {
    speech: Speech,
    stream: Stream,
    /// From this leg's rate to the other's.
    resampler: Resampler,
    /// One frame at the other's rate.
    frame: Box<[i16]>,
    due: Duration,
}

/// How long a digit is said again; ours, twice the least that exchanges are sure to hear.
const DIGIT: Duration = Duration::from_millis(100);

impl Transcoder {
    /// Between a leg A and a leg B that speak so.
    pub(super) fn new(speeches: [Speech; 2], entropy: &mut Entropy) -> Transcoder {
        let rates = [0, 1].map(|own: usize| speeches[own].codec.sample_rate_hz());
        let mut end =
            |own: usize| End::new(speeches[own].clone(), rates[own], rates[1 - own], entropy);
        Transcoder {
            ends: [end(0), end(1)],
        }
    }

    /// How both legs speak.
    pub(super) fn speeches(&self) -> [&Speech; 2] {
        [&self.ends[0].speech, &self.ends[1].speech]
    }

    /// Takes a leg's keys and what its party said of who sends.
    pub(super) fn connect(&mut self, side: Side, keys: &KeyPair, theirs: Direction) {
        let stream = &mut self.ends[side as usize].stream;
        stream.rekey(keys.clone());
        stream.set_direction(match (theirs.receives(), theirs.sends()) {
            (true, true) => StreamDirection::SendReceive,
            (true, false) => StreamDirection::SendOnly,
            (false, true) => StreamDirection::ReceiveOnly,
            (false, false) => StreamDirection::Inactive,
        });
    }

    /// Takes a packet of a leg; says whether it was authentic and well formed.
    pub(super) fn hear(
        &mut self,
        now: Duration,
        side: Side,
        kind: Kind,
        packet: &mut [u8],
    ) -> bool {
        let stream = &mut self.ends[side as usize].stream;
        match kind {
            Kind::Rtp => {
                let before = stream.arrived().packets;
                stream.handle_rtp(now, packet);
                stream.arrived().packets > before
            }
            Kind::Rtcp => {
                stream.handle_rtcp(now, packet);
                true
            }
        }
    }

    /// Writes the next packet that is due; gives for which leg, for which socket, and its length.
    pub(super) fn speak(
        &mut self,
        now: Duration,
        buffer: &mut [u8],
    ) -> Option<(Side, Kind, usize)> {
        for (side, other) in [(Side::A, Side::B), (Side::B, Side::A)] {
            if let Some(packet) = self.drain(side, buffer) {
                return Some(packet);
            }
            if now >= self.ends[side as usize].due {
                self.carry(now, side, other);
                // What the other leg says now, and the report of this one.
                if let Some(packet) = self
                    .drain(other, buffer)
                    .or_else(|| self.drain(side, buffer))
                {
                    return Some(packet);
                }
            }
        }
        None
    }

    /// When [`Transcoder::speak`] is wanted.
    pub(super) fn deadline(&self) -> Duration {
        self.ends[0].due.min(self.ends[1].due)
    }

    /// What came from each leg.
    pub(super) fn statistics(&self) -> [LegStatistics; 2] {
        [0, 1].map(|end| {
            let counted = self.ends[end].stream.statistics();
            LegStatistics {
                packets: counted.arrived.packets,
                octets: counted.arrived.octets,
                reports: counted.reports_received,
                refused: counted.arrived.refused + counted.arrived.malformed,
            }
        })
    }

    /// One frame from a leg to the other.
    fn carry(&mut self, now: Duration, from: Side, to: Side) {
        let [a, b] = &mut self.ends;
        let (source, target) = match (from, to) {
            (Side::A, _) => (a, b),
            (Side::B, _) => (b, a),
        };
        if let Some(samples) = source.stream.pull(now) {
            source.resampler.process(samples, &mut source.frame);
            target.stream.push(&source.frame);
        }
    }

    /// The next packet that a leg's stream has ready.
    fn drain(&mut self, side: Side, buffer: &mut [u8]) -> Option<(Side, Kind, usize)> {
        loop {
            let [a, b] = &mut self.ends;
            let (end, other) = match side {
                Side::A => (a, b),
                Side::B => (b, a),
            };
            let (kind, packet) = match end.stream.poll() {
                StreamOutput::Rtp(packet) => (Kind::Rtp, packet),
                StreamOutput::Rtcp(packet) => (Kind::Rtcp, packet),
                StreamOutput::Dtmf(DtmfEvent::Pressed(key)) => {
                    // A leg without telephone events cannot hear them; too many at once are let go.
                    let _ = other.stream.press(key, DIGIT);
                    continue;
                }
                StreamOutput::Dtmf(DtmfEvent::Released { .. }) => continue,
                StreamOutput::Wait(due) => {
                    end.due = due;
                    return None;
                }
            };
            let room = buffer.get_mut(..packet.len())?;
            room.copy_from_slice(packet);
            return Some((side, kind, packet.len()));
        }
    }
}

impl End {
    fn new(speech: Speech, rate_hz: u32, other_rate_hz: u32, entropy: &mut Entropy) -> End {
        let identity = Identity::generate(|octets| entropy.fill_bytes(octets));
        let mut config = StreamConfig::new(speech.codec, identity);
        config.payload_type = speech.send;
        config.format.clone_from(&speech.format);
        config.telephone_event = speech.events.map(|(send, _)| send);
        config.receive = Some((speech.receive, speech.events.map(|(_, receive)| receive)));
        config.listen = false;
        config.extended_reports = extended_reports(&speech.extended_reports);
        let frame_len = u128::from(other_rate_hz) * FRAME.as_millis() / 1_000;
        End {
            speech,
            stream: Stream::new(config),
            resampler: Resampler::new(rate_hz, other_rate_hz),
            frame: vec![0; frame_len as usize].into(),
            due: Duration::ZERO,
        }
    }
}

/// What the system tells a leg's party beyond the usual.
fn extended_reports(asked: &ExtendedReports) -> media::stream::ExtendedReports {
    let answers = asked.receiver_round_trip.map(|asked| match asked.answers {
        Answers::All => media::stream::Answers::All,
        Answers::Sender => media::stream::Answers::Senders,
    });
    media::stream::ExtendedReports {
        voice_metrics: asked.voip_metrics,
        receiver_round_trip: answers,
    }
}
