//! G.729 against ffmpeg: it hears in our packets what we say, and the same as we do.

use std::process::Command;
use std::time::Duration;

use media::codec::{Codec, G729};
use media::rtp::Packet;
use media::tone::Tone;
use media::{AudioCodec, Identity, Source, Speech, Stream, StreamConfig, StreamOutput, Talker};

use crate::calls::expect_tone;
use crate::lab::{Failure, Lab};
use crate::wav;

/// Time of a packet.
const FRAME: Duration = Duration::from_millis(20);
/// Packets of a stream: five seconds.
const PACKETS: u32 = 250;

/// A tone, and speech, whose samples agree with those of our own decoder.
pub(crate) fn ffmpeg_decodes_our_g729() -> Result<(), Failure> {
    let lab = Lab::new()?;
    let tone = Source::Tone(Tone::sine(8_000, 440.0, -10.0));
    let heard = by_ffmpeg(&lab, &payloads(tone)?.concat())?;
    expect_tone(&wav::measure(&heard)?, 440.0, 4.5)?;

    let speech = Source::Speech(Box::new(Speech::new(8_000, Talker::ALL[0], 1)));
    let payloads = payloads(speech)?;
    let heard = by_ffmpeg(&lab, &payloads.concat())?;
    let theirs = hound::WavReader::open(heard)?
        .samples::<i16>()
        .collect::<Result<Vec<_>, _>>()?;
    let mut ours = vec![0; 160 * payloads.len()];
    let mut codec = G729::new();
    for (payload, frame) in payloads.iter().zip(ours.chunks_mut(160)) {
        codec.decode(payload, frame)?;
    }
    let energy = |samples: &mut dyn Iterator<Item = f64>| samples.map(|x| x * x).sum::<f64>();
    let loud = energy(&mut ours.iter().map(|&x| f64::from(x)));
    let pairs = ours.iter().zip(&theirs);
    let off = energy(&mut pairs.map(|(&a, &b)| f64::from(a) - f64::from(b)));
    let agreement_db = 10.0 * (loud / off).log10();
    if theirs.len() != ours.len() || agreement_db < 15.0 {
        let lengths = (ours.len(), theirs.len());
        return Err(format!("{lengths:?} samples agree to {agreement_db:.1} dB").into());
    }
    Ok(())
}

/// What our stream sends of a source, packet by packet.
fn payloads(source: Source) -> Result<Vec<Vec<u8>>, Failure> {
    let identity = Identity::generate(|octets| octets.fill(29));
    let mut config = StreamConfig::new(AudioCodec::G729, identity);
    config.source = source;
    let mut stream = Stream::new(config);
    let mut payloads = Vec::new();
    for number in 0..PACKETS {
        stream.tick(FRAME * number);
        loop {
            match stream.poll() {
                StreamOutput::Rtp(packet) => {
                    let packet = Packet::parse(packet)?;
                    if packet.payload_type() != 18 {
                        return Err(format!("payload type {}", packet.payload_type()).into());
                    }
                    payloads.push(packet.payload().to_vec());
                }
                StreamOutput::Rtcp(_) | StreamOutput::Dtmf(_) => {}
                StreamOutput::Wait(_) => break,
            }
        }
    }
    Ok(payloads)
}

fn by_ffmpeg(lab: &Lab, octets: &[u8]) -> Result<std::path::PathBuf, Failure> {
    let (coded, heard) = (lab.path("ours.g729"), lab.path("heard.wav"));
    std::fs::write(&coded, octets)?;
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg
        .args(["-v", "error", "-y", "-f", "g729", "-i"])
        .arg(&coded);
    let status = ffmpeg.arg(&heard).status()?;
    if !status.success() {
        return Err(format!("ffmpeg ended with {status}").into());
    }
    Ok(heard)
}
