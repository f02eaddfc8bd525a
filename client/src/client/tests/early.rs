//! Early media: what a far side says before it answers is heard, and whoever answers counts in the end. What it says before its answer
//! has come is not lost either.

use std::net::SocketAddr;

use super::net::PBX;
use super::pbx::KEPT;
use super::*;
use media::tone::{LEVEL_DBM0, Tone};
use media::{
    AudioCodec, Identity, KeyPair, SdesKey, Source, Stream, StreamConfig, StreamOutput, Suite,
};
use sip::Request;
use sip::header::{Name, NameAddr};
use sip::offer_answer::Security;
use sip::sdp::{Codec, Crypto, MediaLine, Origin, Sdp};

/// Somebody at the far side who says a tone from a port of the exchange.
struct Voice {
    stream: Stream,
    from: SocketAddr,
}

impl Voice {
    fn new(port: u16, frequency_hz: f64) -> Self {
        Self::with_keys(port, frequency_hz, KeyPair::default())
    }

    fn with_keys(port: u16, frequency_hz: f64, keys: KeyPair) -> Self {
        let identity = Identity::generate(|octets| octets.fill(port as u8));
        let mut config = StreamConfig::new(AudioCodec::Pcma, identity);
        config.source = tone(frequency_hz);
        config.keys = keys;
        Self {
            stream: Stream::new(config),
            from: format!("10.0.0.100:{port}").parse().unwrap(),
        }
    }

    /// Talks into a call for some time.
    fn says(&mut self, net: &mut Net, target: SocketAddr, time: Duration) {
        let until = net.now + time;
        while net.now < until {
            self.stream.tick(net.now);
            loop {
                match self.stream.poll() {
                    StreamOutput::Rtp(packet) => {
                        let bytes = Bytes::copy_from_slice(packet);
                        net.send(self.from, target, bytes);
                    }
                    StreamOutput::Wait(_) => break,
                    _ => {}
                }
            }
            net.run(Duration::from_millis(20));
        }
    }
}

fn tone(frequency_hz: f64) -> Source {
    Source::Tone(Tone::sine(8_000, frequency_hz, LEVEL_DBM0))
}

fn description(port: u16, cryptos: Vec<Crypto>) -> Sdp {
    let rtp = format!("10.0.0.100:{port}").parse().unwrap();
    let codecs = [Codec::pcma(), Codec::telephone_event(101)];
    let line = MediaLine {
        cryptos,
        ..MediaLine::audio(rtp, &codecs)
    };
    line.describe(&Origin {
        username: String::new(),
        session_id: port.into(),
        version: 1,
    })
}

/// A call to the exchange's own number: its INVITE, and where the caller receives sound.
fn call(net: &mut Net) -> (Request, SocketAddr) {
    net.tell(
        0,
        Command::Call {
            number: KEPT.to_owned(),
            video: false,
        },
    );
    net.run(SECOND);
    let (_, invite) = net.pbx.kept.pop().expect("the call");
    let offer = Sdp::parse(&invite.body).unwrap();
    let target = offer.audio().unwrap().rtp().unwrap();
    (invite, target)
}

/// One device behind the exchange answers the INVITE.
fn answer(net: &mut Net, invite: &Request, status: u16, tag: &str, port: Option<u16>) {
    let described = port.map(|port| description(port, Vec::new()));
    answer_with(net, invite, status, tag, described);
}

fn answer_with(net: &mut Net, invite: &Request, status: u16, tag: &str, described: Option<Sdp>) {
    let mut response = invite.response(status);
    let to: NameAddr = response.headers.to().unwrap();
    response.headers.set(Name::To, to.with_tag(tag).to_string());
    response
        .headers
        .push(Name::Contact, format!("<sip:{tag}@{PBX}>"));
    if let Some(described) = described {
        response.set_body("application/sdp", described.write());
    }
    let target = net.parties[0].sip();
    net.send(PBX.parse().unwrap(), target, response.write());
    net.run(Duration::from_millis(100));
}

/// What the ear heard in the last two seconds, in Hz.
fn heard(net: &mut Net) -> Option<f64> {
    let call = last_call(net, 0);
    measure(net, 0, call).heard.frequency_hz
}

fn is_near(heard: Option<f64>, wanted_hz: f64) -> bool {
    heard.is_some_and(|hz| (hz - wanted_hz).abs() < 1.0)
}

fn early(net: &Net) -> Vec<bool> {
    let early = |event: &Event| match event {
        Event::Ringing {
            has_early_media, ..
        } => Some(*has_early_media),
        _ => None,
    };
    net.parties[0].events.iter().filter_map(early).collect()
}

/// RFC 3960 §3.1: 180 rings, 183 with a description is heard, and the 2xx repeats it.
#[test]
fn a_tone_in_183_is_heard_before_the_answer() {
    let mut net = Net::registered(1, &ClientConfig::default());
    let (invite, target) = call(&mut net);
    answer(&mut net, &invite, 180, "bob", None);
    answer(&mut net, &invite, 183, "bob", Some(7_000));
    let mut voice = Voice::new(7_000, 425.0);
    voice.says(&mut net, target, 3 * SECOND);
    assert!(is_near(heard(&mut net), 425.0), "{:?}", heard(&mut net));
    assert_eq!(early(&net), [false, true]);
    assert_eq!(
        net.count(0, |event| matches!(event, Event::Talking { .. })),
        0
    );
    answer(&mut net, &invite, 200, "bob", Some(7_000));
    assert_eq!(
        net.count(0, |event| matches!(event, Event::Talking { .. })),
        1
    );
    voice.stream.set_source(tone(1_000.0));
    voice.says(&mut net, target, 3 * SECOND);
    assert!(is_near(heard(&mut net), 1_000.0), "{:?}", heard(&mut net));
}

/// Two devices of a fork announce themselves; a third answers with a description of its own, or one of the two does.
#[test]
fn of_several_early_answers_the_final_one_counts() {
    for (winner, port) in [("carol", 7_004), ("bob", 7_002), ("alice", 7_000)] {
        let mut net = Net::registered(1, &ClientConfig::default());
        let (invite, target) = call(&mut net);
        answer(&mut net, &invite, 183, "alice", Some(7_000));
        answer(&mut net, &invite, 183, "bob", Some(7_002));
        Voice::new(7_000, 425.0).says(&mut net, target, 3 * SECOND);
        assert!(is_near(heard(&mut net), 425.0), "{winner}");
        answer(&mut net, &invite, 200, winner, Some(port));
        let before = net.rtp_sent.values().sum::<u64>();
        Voice::new(port, 1_000.0).says(&mut net, target, 3 * SECOND);
        assert!(is_near(heard(&mut net), 1_000.0), "{winner}");
        assert!(net.rtp_sent.values().sum::<u64>() > before);
        assert_eq!(net.rtp_target.map(|target| target.port()), Some(port));
        assert_eq!(
            net.count(0, |event| matches!(event, Event::Talking { .. })),
            1
        );
    }
}

/// A call that was heard early and then refused, or given up, is over with what was heard told.
#[test]
fn early_media_ends_with_the_call() {
    for is_refused in [true, false] {
        let mut net = Net::registered(1, &ClientConfig::default());
        let (invite, target) = call(&mut net);
        answer(&mut net, &invite, 183, "bob", Some(7_000));
        Voice::new(7_000, 425.0).says(&mut net, target, SECOND);
        if is_refused {
            answer(&mut net, &invite, 486, "bob", None);
        } else {
            let call = last_call(&net, 0);
            net.tell(0, Command::HangUp { call });
            answer(&mut net, &invite, 487, "bob", None);
        }
        let over = |event: &Event| {
            matches!(
                event,
                Event::Ended {
                    measurement: Some(_),
                    ..
                }
            )
        };
        assert_eq!(net.count(0, over), 1, "refused: {is_refused}");
        assert_eq!(net.socket_count(0), 1);
    }
}

/// RFC 3264 §5.1: the 2xx is lost, and comes once more when the other side has talked for a while.
#[test]
fn what_is_said_before_the_answer_has_come_is_heard_and_counted() {
    let key = SdesKey::new(Suite::AesCm128HmacSha1_80, &[7; 30]).unwrap();
    for (is_secret, before) in [(false, SECOND), (true, SECOND), (true, 20 * SECOND)] {
        let mut net = Net::registered(1, &ClientConfig::default());
        if is_secret {
            let desk = &mut net.parties[0].client.desk;
            // This network has no TLS: let the client take its way for one.
            desk.is_secure = true;
            (desk.terms.security, desk.terms.suites) = (Security::Enforced, vec![key.suite()]);
        }
        let (invite, target) = call(&mut net);
        let keys = KeyPair {
            inbound: None,
            outbound: is_secret.then(|| key.clone()),
        };
        let mut voice = Voice::with_keys(7_000, 1_000.0, keys);
        voice.says(&mut net, target, before);
        assert_eq!(net.rtp_sent.values().sum::<u64>(), 0, "nobody has answered");
        let crypto = is_secret.then(|| Crypto::new(1, key.suite().name(), key.key_and_salt()));
        let described = description(7_000, crypto.into_iter().collect());
        answer_with(&mut net, &invite, 200, "bob", Some(described));
        voice.says(&mut net, target, 10 * SECOND);
        let call = last_call(&net, 0);
        let counted = measure(&mut net, 0, call).statistics;
        let (received, playout) = (counted.received.unwrap(), counted.playout);
        let sent = voice.stream.statistics().sent.packets;
        assert_eq!((received.received, received.lost), (sent, 0));
        assert!(received.jitter < Duration::from_millis(1), "{received:?}");
        let turns = playout.packets_in_time() + playout.packets_missed;
        assert!((sent - 4..=sent).contains(&turns), "{turns} of {sent}");
        assert_eq!(playout.packets_missed > 0, before > 2 * SECOND);
        assert!(is_near(heard(&mut net), 1_000.0));
    }
}
