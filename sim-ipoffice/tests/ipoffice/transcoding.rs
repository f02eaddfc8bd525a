//! Phones without a codec in common: the system speaks to each by its own.

use std::net::SocketAddr;
use std::time::Duration;

use crate::media::told;
use crate::town::{Town, three_users};
use media::ear::Ear;
use media::tone::Tone;
use media::{AudioCodec, Identity, Source, Stream, StreamConfig, StreamOutput};
use sim_ipoffice::config::Platform;
use sip::sdp::{Codec, Sdp};
use sip::user_agent::{Event, Transport};

/// A phone that has one codec alone.
struct Speaker {
    phone: usize,
    stream: Stream,
    target: SocketAddr,
    heard: usize,
}

impl Speaker {
    fn new(town: &Town, phone: usize, frequency_hz: f64) -> Speaker {
        let line = told(town, phone);
        let line = line.audio().unwrap();
        let codecs = line.codecs();
        let codec = AudioCodec::from_name(&codecs[0].name, codecs[0].clock_rate_hz).unwrap();
        let identity = Identity::generate(|octets| octets.fill(phone as u8 + 1));
        let mut config = StreamConfig::new(codec, identity);
        config.payload_type = codecs[0].payload_type;
        config.telephone_event = codecs
            .iter()
            .find(|codec| codec.is_telephone_event())
            .map(|codec| codec.payload_type);
        config.source = Source::Tone(Tone::sine(codec.sample_rate_hz(), frequency_hz, -10.0));
        Speaker {
            phone,
            stream: Stream::new(config),
            target: line.rtp().unwrap(),
            heard: 0,
        }
    }

    /// Takes what came to the phone, says what is due; gives the digits that it heard.
    fn act(&mut self, town: &mut Town) -> Vec<char> {
        let office_rtp = self.target;
        let came: Vec<Vec<u8>> = town.phones[self.phone].heard[self.heard..]
            .iter()
            .filter(|(from, _)| *from == office_rtp)
            .map(|(_, bytes)| bytes.to_vec())
            .collect();
        self.heard = town.phones[self.phone].heard.len();
        for mut packet in came {
            self.stream.handle_rtp(town.now, &mut packet);
        }
        self.stream.tick(town.now);
        let mut digits = Vec::new();
        loop {
            match self.stream.poll() {
                StreamOutput::Rtp(packet) => {
                    let (source, packet) = (town.phones[self.phone].rtp, packet.to_vec());
                    town.send_media(source, office_rtp, &packet);
                }
                StreamOutput::Dtmf(media::dtmf::DtmfEvent::Pressed(key)) => {
                    digits.push(key.as_char())
                }
                StreamOutput::Rtcp(_) | StreamOutput::Dtmf(_) => {}
                StreamOutput::Wait(_) => return digits,
            }
        }
    }

    fn hears(&mut self) -> Option<f64> {
        self.stream
            .ear_mut()
            .map(|ear: &mut Ear| ear.heard())?
            .frequency_hz
    }
}

fn only(town: &Town, phone: usize, codecs: &[Codec]) -> Sdp {
    let mut sdp = town.offer(phone);
    let events = codecs.iter().map(|codec| Codec {
        clock_rate_hz: codec.clock_rate_hz,
        ..Codec::telephone_event(101)
    });
    let all: Vec<Codec> = codecs.iter().cloned().chain(events).collect();
    sdp.set_codecs(0, &all);
    sdp
}

/// A call between two phones that have these codecs; the names of what each was told.
fn call(platform: Platform, near: &[Codec], far: &[Codec]) -> (Town, usize, usize) {
    let mut config = three_users();
    config.platform = platform;
    let mut town = Town::new(config);
    let alice = town.registered("201", "Deskphone/1", Transport::Udp);
    let bob = town.registered("202", "Deskphone/1", Transport::Udp);
    let offer = only(&town, alice, near);
    town.call(alice, "202", Some(offer));
    town.run(100);
    if let Some(session) = town.ringing(bob) {
        let offered = told(&town, bob).audio().unwrap().codecs();
        let answer = sip::offer_answer::format::answers(
            &offered,
            &only(&town, bob, far).audio().unwrap().codecs(),
        );
        let mut sdp = town.offer(bob);
        sdp.set_codecs(0, &answer);
        town.answer_with(bob, session, &sdp);
        town.run(100);
    }
    (town, alice, bob)
}

#[test]
fn two_laws_hear_each_other_and_their_digits() {
    let (mut town, alice, bob) = call(Platform::Ip500V2, &[Codec::pcmu()], &[Codec::pcma()]);
    let answered = told(&town, alice).audio().unwrap().codecs();
    assert_eq!(answered[0].name, "PCMU");
    let mut a = Speaker::new(&town, alice, 440.0);
    let mut b = Speaker::new(&town, bob, 600.0);
    // Bob speaks by the codec of his answer, which stands behind Alice's in the offer.
    let mut config = StreamConfig::new(
        AudioCodec::Pcma,
        Identity::generate(|octets| octets.fill(9)),
    );
    config.telephone_event = Some(101);
    config.source = Source::Tone(Tone::sine(8_000, 600.0, -10.0));
    b.stream = Stream::new(config);
    let mut digits = [String::new(), String::new()];
    for step in 0..200 {
        if step == 100 {
            a.stream
                .press(
                    media::dtmf::Key::from_char('5').unwrap(),
                    Duration::from_millis(100),
                )
                .unwrap();
        }
        digits[0].extend(a.act(&mut town));
        digits[1].extend(b.act(&mut town));
        town.run(20);
    }
    assert!((a.hears().unwrap() - 600.0).abs() < 2.0);
    assert!((b.hears().unwrap() - 440.0).abs() < 2.0);
    assert_eq!(digits, [String::new(), "5".to_owned()]);
    assert!(
        town.phones[bob]
            .heard
            .iter()
            .any(|(_, bytes)| bytes[1] & 0x7f == 8)
    );
    assert!(
        town.phones[alice]
            .heard
            .iter()
            .all(|(_, bytes)| bytes[1] & 0x7f != 8)
    );
    let session = town.phones[alice]
        .events
        .iter()
        .find_map(|event| match event {
            Event::Answered { session, .. } => Some(*session),
            _ => None,
        });
    town.act(alice, |now, agent| {
        agent.hangup(now, session.unwrap(), sip::Headers::new())
    })
    .unwrap();
    town.run(1_000);
    let record = town.office.call_log().records().next().unwrap().clone();
    assert_eq!(record.codecs, ["PCMU", "PCMA"]);
    assert!(
        record.media.audio.iter().all(|leg| leg.packets > 150),
        "{:?}",
        record.media
    );
    assert_eq!(
        town.office.house().deadline(),
        None,
        "nobody speaks after the end"
    );
}

#[test]
fn g729_is_spoken_to_a_phone_that_has_nothing_else() {
    let (near, far) = ([Codec::g729()], [Codec::pcma()]);
    let (mut town, alice, bob) = call(Platform::Ip500V2, &near, &far);
    let answered = told(&town, alice).audio().unwrap().codecs();
    assert_eq!(answered[0].to_string(), "18 G729/8000");
    assert_eq!(answered[0].fmtp.as_deref(), Some("annexb=no"));
    let mut a = Speaker::new(&town, alice, 440.0);
    let mut b = Speaker::new(&town, bob, 600.0);
    let mut config = StreamConfig::new(AudioCodec::Pcma, Identity::generate(|o| o.fill(9)));
    config.source = Source::Tone(Tone::sine(8_000, 600.0, -10.0));
    b.stream = Stream::new(config);
    for _ in 0..200 {
        a.act(&mut town);
        b.act(&mut town);
        town.run(20);
    }
    assert!((a.hears().unwrap() - 600.0).abs() < 6.0);
    assert!((b.hears().unwrap() - 440.0).abs() < 6.0);
    let is_g729 = |bytes: &[u8]| bytes[1] & 0x7f == 18 && bytes.len() == 12 + 20;
    let heard = &town.phones[alice].heard;
    assert!(heard.iter().filter(|(_, bytes)| is_g729(bytes)).count() > 150);
}

#[test]
fn opus_is_spoken_by_the_linux_platform_alone() {
    let (opus, pcma) = (Codec::opus(111), Codec::pcma());
    let alone = std::slice::from_ref(&opus);
    let (town, alice, _) = call(Platform::Linux, alone, std::slice::from_ref(&pcma));
    assert_eq!(
        told(&town, alice).audio().unwrap().codecs()[0].to_string(),
        "111 opus/48000/2"
    );
    let (town, alice, bob) = call(Platform::Ip500V2, alone, std::slice::from_ref(&pcma));
    assert!(town.ringing(bob).is_none());
    let status = town.phones[alice]
        .events
        .iter()
        .find_map(|event| match event {
            Event::Refused { response, .. } => response.as_ref().map(|response| response.status),
            _ => None,
        });
    assert_eq!(status, Some(488));
    let (town, _, bob) = call(
        Platform::Ip500V2,
        &[opus, pcma.clone()],
        std::slice::from_ref(&pcma),
    );
    let offered = told(&town, bob).audio().unwrap().codecs();
    assert!(
        offered.iter().all(|codec| codec.name != "opus"),
        "{offered:?}"
    );
}

#[test]
fn a_codec_that_the_system_does_not_code_is_passed_on() {
    let g723 = Codec::new(4, "G723", 8_000);
    let alone = std::slice::from_ref(&g723);
    let (town, alice, bob) = call(Platform::Ip500V2, alone, alone);
    for phone in [alice, bob] {
        let codecs = told(&town, phone).audio().unwrap().codecs();
        assert_eq!(
            (codecs[0].name.as_str(), codecs[0].payload_type),
            ("G723", 4)
        );
    }
}

#[test]
fn digits_cross_from_the_clock_of_opus_to_that_of_a_law_and_back() {
    let (near, far) = ([Codec::opus(111)], [Codec::pcma()]);
    let (mut town, alice, bob) = call(Platform::Linux, &near, &far);
    let mut speakers = [
        (alice, AudioCodec::Opus, 111, 48_000),
        (bob, AudioCodec::Pcma, 8, 8_000),
    ]
    .map(|(phone, codec, payload_type, clock_hz)| {
        let line = told(&town, phone);
        let codecs = line.audio().unwrap().codecs();
        let events = |codec: &&Codec| codec.is_telephone_event() && codec.clock_rate_hz == clock_hz;
        let mut config = StreamConfig::new(codec, Identity::generate(|o| o.fill(phone as u8 + 1)));
        config.payload_type = payload_type;
        config.telephone_event = codecs.iter().find(events).map(|codec| codec.payload_type);
        assert!(config.telephone_event.is_some(), "{codecs:?}");
        let mut speaker = Speaker::new(&town, phone, 440.0);
        speaker.stream = Stream::new(config);
        speaker
    });
    let mut digits = [String::new(), String::new()];
    for step in 0..100 {
        for (speaker, digits) in speakers.iter_mut().zip(&mut digits) {
            if step == 20 {
                let key = media::dtmf::Key::from_char('5').unwrap();
                let pressed = speaker.stream.press(key, Duration::from_millis(100));
                pressed.unwrap();
            }
            digits.extend(speaker.act(&mut town));
        }
        town.run(20);
    }
    assert_eq!(digits, ["5", "5"]);
}
