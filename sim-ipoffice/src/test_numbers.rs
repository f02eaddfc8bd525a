//! Numbers answered by the system itself: one says back what it hears, one says a steady tone.

use std::time::Duration;

use media::codec::AudioCodec;
use media::relay::LegStatistics;
use media::rtp::{Header, Packet, PacketMut, Writer};
use media::srtp::{Inbound, KeyPair, Outbound};
use media::tone::{LEVEL_DBM0, Tone};
use media::{Codec, Ssrc};

/// What a test number says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Saying {
    /// What it hears.
    Echo,
    /// A sine of [`TONE_HZ`].
    Tone,
}

/// Frequency of the tone number.
pub const TONE_HZ: f64 = 1000.0;

/// Time between two packets of the tone.
const FRAME: Duration = Duration::from_millis(20);

/// The system's end of a call to a test number.
pub struct Prompt {
    ssrc: Ssrc,
    /// What says the tone; an echo has nothing to say itself.
    voice: Option<Voice>,
    keys: KeyPair,
    inbound: Option<Inbound>,
    outbound: Option<Outbound>,
    statistics: LegStatistics,
}

/// The tone, coded packet by packet.
struct Voice {
    codec: Box<dyn Codec>,
    tone: Tone,
    header: Header,
    /// Timestamps that one packet lasts.
    ticks: u32,
    samples: Box<[i16]>,
    payload: Box<[u8]>,
    /// When the next packet is due.
    due: Duration,
}

impl Prompt {
    /// An end that says back what it hears, whatever the codec.
    pub fn echo(ssrc: Ssrc) -> Prompt {
        Prompt {
            ssrc,
            voice: None,
            keys: KeyPair::default(),
            inbound: None,
            outbound: None,
            statistics: LegStatistics::default(),
        }
    }

    /// An end that begins to say the tone at `now`, by a codec and payload type.
    pub fn tone(now: Duration, codec: AudioCodec, payload_type: u8, ssrc: Ssrc) -> Prompt {
        Prompt {
            voice: Some(Voice::new(now, codec, payload_type, ssrc)),
            ..Prompt::echo(ssrc)
        }
    }

    /// Takes the leg's keys; one that stays keeps its counters.
    pub fn set_keys(&mut self, keys: &KeyPair) {
        if self.keys.inbound != keys.inbound {
            self.inbound = keys.inbound.as_ref().map(Inbound::new);
        }
        if self.keys.outbound != keys.outbound {
            self.outbound = keys.outbound.as_ref().map(Outbound::new);
        }
        self.keys = keys.clone();
    }

    /// When [`Prompt::speak`] is wanted.
    pub fn deadline(&self) -> Option<Duration> {
        self.voice.as_ref().map(|voice| voice.due)
    }

    /// Writes the packet that is due, if one is; gives its length.
    pub fn speak(&mut self, now: Duration, buffer: &mut [u8]) -> Option<usize> {
        let len = self.voice.as_mut()?.speak(now, buffer)?;
        self.protect(buffer, len)
    }

    /// Takes the RTP packet in `buffer[..len]`; gives the length of the answer that stands there now, if there is one.
    pub fn hear(&mut self, buffer: &mut [u8], len: usize) -> Option<usize> {
        let answer = self.listen(buffer, len);
        match answer {
            Some(len) => {
                self.statistics.packets += 1;
                self.statistics.octets += len as u64;
            }
            None => self.statistics.refused += 1,
        }
        let len = answer.filter(|_| self.voice.is_none())?;
        let mut packet = PacketMut::parse(&mut buffer[..len]).ok()?;
        // An echo is a source of its own: under the caller's SSRC it would look like a loop (RFC 3550 §8.2).
        packet.set_ssrc(self.ssrc);
        self.protect(buffer, len)
    }

    /// What was heard.
    pub fn statistics(&self) -> LegStatistics {
        self.statistics
    }

    fn listen(&mut self, buffer: &mut [u8], len: usize) -> Option<usize> {
        let packet = buffer.get_mut(..len)?;
        let len = match &mut self.inbound {
            Some(inbound) => inbound.unprotect(packet).ok()?,
            None => len,
        };
        Packet::parse(&buffer[..len]).ok().map(|_| len)
    }

    fn protect(&mut self, buffer: &mut [u8], len: usize) -> Option<usize> {
        match &mut self.outbound {
            Some(outbound) => outbound.protect(buffer, len).ok(),
            None => Some(len),
        }
    }
}

impl Voice {
    fn new(now: Duration, codec: AudioCodec, payload_type: u8, ssrc: Ssrc) -> Voice {
        let rate_hz = codec.sample_rate_hz();
        let in_frame = |rate_hz: u32| u128::from(rate_hz) * FRAME.as_millis() / 1_000;
        let header = Header {
            marker: true,
            payload_type,
            sequence: 0,
            timestamp: 0,
            ssrc,
        };
        Voice {
            tone: Tone::sine(rate_hz, TONE_HZ, LEVEL_DBM0),
            header,
            ticks: in_frame(codec.clock_rate_hz()) as u32,
            samples: vec![0; in_frame(rate_hz) as usize].into(),
            payload: vec![0; codec.payload_max()].into(),
            codec: codec.build(),
            due: now,
        }
    }

    fn speak(&mut self, now: Duration, buffer: &mut [u8]) -> Option<usize> {
        if now < self.due {
            return None;
        }
        if now > self.due + FRAME * 50 {
            // The host was suspended: what was missed is not said later all at once.
            self.due = now;
        }
        self.tone.fill(self.due, &mut self.samples);
        self.due += FRAME;
        let len = self.codec.encode(&self.samples, &mut self.payload).ok()?;
        let header = self.header;
        self.header.timestamp = self.header.timestamp.wrapping_add(self.ticks);
        if len == 0 {
            // The codec takes it for a pause that need not be sent.
            return None;
        }
        self.header.marker = false;
        self.header.sequence = self.header.sequence.wrapping_add(1);
        Writer::new(buffer, header)
            .ok()?
            .payload(&self.payload[..len])
            .ok()
    }
}

impl std::fmt::Debug for Prompt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prompt")
            .field("ssrc", &self.ssrc)
            .field("due", &self.deadline())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tone_comes_every_20_ms() {
        let mut tone = Prompt::tone(Duration::from_secs(1), AudioCodec::Pcma, 8, Ssrc(7));
        let mut buffer = [0; 300];
        let mut times = Vec::new();
        while let Some(at) = tone
            .deadline()
            .filter(|at| *at < Duration::from_millis(1_060))
        {
            assert_eq!(tone.speak(at - Duration::from_nanos(1), &mut buffer), None);
            let len = tone.speak(at, &mut buffer).unwrap();
            let packet = Packet::parse(&buffer[..len]).unwrap();
            times.push((
                at.as_millis(),
                packet.sequence(),
                packet.timestamp(),
                packet.payload().len(),
            ));
        }
        assert_eq!(
            times,
            [(1000, 0, 0, 160), (1020, 1, 160, 160), (1040, 2, 320, 160)]
        );
        tone.speak(Duration::from_secs(60), &mut buffer).unwrap();
        assert_eq!(tone.speak(Duration::from_secs(60), &mut buffer), None);
    }

    #[test]
    fn the_echo_says_back_under_its_own_name() {
        let mut echo = Prompt::echo(Ssrc(7));
        assert_eq!(echo.deadline(), None);
        let mut buffer = [0; 300];
        let header = Header {
            payload_type: 8,
            sequence: 99,
            timestamp: 5,
            ..Header::default()
        };
        let len = Writer::new(&mut buffer, header)
            .unwrap()
            .payload(b"hello")
            .unwrap();
        let len = echo.hear(&mut buffer, len).unwrap();
        let packet = Packet::parse(&buffer[..len]).unwrap();
        assert_eq!(
            (packet.ssrc(), packet.sequence(), packet.payload()),
            (Ssrc(7), 99, &b"hello"[..])
        );
        assert_eq!(echo.hear(&mut [0; 40], 40), None);
        assert_eq!(
            (echo.statistics().packets, echo.statistics().refused),
            (1, 1)
        );
    }
}
