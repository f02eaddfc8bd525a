//! Media at the core: who hears whom, with which keys, from which ports.

use std::net::SocketAddr;

use crate::town::{Town, body, config, three_users};
use media::rtp::{Header, Packet, Writer};
use media::srtp::{Inbound, Outbound, SdesKey, Suite};
use proptest::prelude::*;
use sim_ipoffice::Config;
use sip::sdp::{Codec, Crypto, Direction, Sdp};
use sip::user_agent::{Event, Transport};

const SUITE: Suite = Suite::AesCm128HmacSha1_80;

pub(crate) fn rtp(sequence: u16, payload_type: u8) -> Vec<u8> {
    let mut buffer = vec![0; 300];
    let header = Header {
        payload_type,
        sequence,
        timestamp: u32::from(sequence) * 160,
        ..Header::default()
    };
    let len = Writer::new(&mut buffer, header)
        .unwrap()
        .payload(&[0xd5; 160])
        .unwrap();
    buffer.truncate(len);
    buffer
}

fn key(fill: u8) -> SdesKey {
    SdesKey::generate(SUITE, |octets| octets.fill(fill))
}

fn crypto(key: &SdesKey) -> Crypto {
    Crypto::new(1, key.suite().name(), key.key_and_salt())
}

/// What a phone was told in the answer to its call, or in the call that it got.
pub(crate) fn told(town: &Town, phone: usize) -> Sdp {
    let events = town.phones[phone].events.iter();
    let bodies = events.filter_map(|event| match event {
        Event::Answered { response, .. } => Some(&response.body),
        Event::Incoming { request, .. } => Some(&request.body),
        _ => None,
    });
    body(bodies.last().unwrap())
}

fn target(town: &Town, phone: usize) -> SocketAddr {
    told(town, phone).audio().unwrap().rtp().unwrap()
}

fn with_srtp(policy: &str) -> Config {
    let mut config = three_users();
    config.srtp = serde_json::from_str(&format!("\"{policy}\"")).unwrap();
    config
}

#[test]
fn plain_parties_hear_each_other_through_ports_of_the_range() {
    let mut town = Town::new(three_users());
    let alice = town.registered("201", "Deskphone/1", Transport::Udp);
    let bob = town.registered("202", "Deskphone/1", Transport::Udp);
    town.talk(alice, bob);
    for socket in town.media_sockets() {
        assert!((40_750..=50_750).contains(&socket.port()), "{socket}");
    }
    for (from, to) in [(alice, bob), (bob, alice)] {
        let (source, into) = (town.phones[from].rtp, target(&town, from));
        assert_eq!(into.port() % 2, 0);
        town.send_media(source, into, &rtp(1, 8));
        town.send_media(
            SocketAddr::new(source.ip(), source.port() + 1),
            SocketAddr::new(into.ip(), into.port() + 1),
            &[0x80, 201, 0, 1, 0, 0, 0, 1],
        );
        town.run(10);
        let heard = &town.phones[to].heard;
        assert_eq!(heard.len(), 2);
        assert_eq!(heard[0], (target(&town, to), rtp(1, 8).into()));
    }
    assert_eq!(town.office.house().stray_count(), 0);
}

#[test]
fn a_party_behind_a_nat_is_answered_where_it_sends_from_and_strangers_are_not() {
    let mut town = Town::new(three_users());
    let alice = town.registered("201", "Deskphone/1", Transport::Udp);
    let bob = town.registered("202", "Deskphone/1", Transport::Udp);
    town.talk(alice, bob);
    let (into, real) = (
        target(&town, alice),
        SocketAddr::new(town.phones[alice].rtp.ip(), 33_333),
    );
    town.send_media(real, into, &rtp(1, 8));
    let stranger: SocketAddr = "10.9.9.9:1000".parse().unwrap();
    town.send_media(stranger, into, &rtp(2, 8));
    town.send_media(stranger, into, b"garbage");
    town.run(10);
    assert_eq!(town.phones[bob].heard.len(), 1);
    assert_eq!(town.office.house().stray_count(), 2);
    // The NAT gives a new port after a silence.
    town.run(5_000);
    town.send_media(SocketAddr::new(real.ip(), 44_444), into, &rtp(3, 8));
    town.run(10);
    assert_eq!(town.phones[bob].heard.len(), 2);
}

#[test]
fn encrypted_and_plain_legs_are_joined() {
    let mut town = Town::new(with_srtp("preferred"));
    let alice = town.registered("201", "Deskphone/1", Transport::Tls);
    let bob = town.registered("202", "Deskphone/1", Transport::Udp);
    let ours = key(1);
    let offer = town.sdp(alice, Direction::SendRecv, &[crypto(&ours)], 1);
    town.call(alice, "202", Some(offer));
    town.run(100);
    town.answer(bob);
    town.run(100);
    assert!(
        told(&town, bob)
            .audio()
            .unwrap()
            .cryptos()
            .unwrap()
            .is_empty(),
        "no keys over UDP"
    );
    let answer = told(&town, alice);
    assert!(answer.audio().unwrap().is_secure());
    let theirs = answer.audio().unwrap().cryptos().unwrap().remove(0);
    let theirs = SdesKey::new(SUITE, &theirs.keys[0].key_and_salt).unwrap();
    assert_ne!(theirs, ours);

    let (mut to_office, mut from_office) = (Outbound::new(&ours), Inbound::new(&theirs));
    let mut packet = rtp(1, 8);
    to_office.protect_vec(&mut packet).unwrap();
    town.send_media(town.phones[alice].rtp, target(&town, alice), &packet);
    town.send_media(town.phones[alice].rtp, target(&town, alice), &rtp(2, 8));
    town.send_media(town.phones[bob].rtp, target(&town, bob), &rtp(9, 8));
    town.run(10);
    assert_eq!(
        town.phones[bob].heard.len(),
        1,
        "what is not authentic does not go on"
    );
    assert_eq!(&town.phones[bob].heard[0].1[..], &rtp(1, 8)[..]);
    let mut heard = town.phones[alice].heard[0].1.to_vec();
    from_office.unprotect_vec(&mut heard).unwrap();
    assert_eq!(heard, rtp(9, 8));
}

/// TEL-12: what the caller offers against what the system's policy is, both legs over TLS, the called phone as able.
#[test]
fn security_matrix() {
    let mut table = String::new();
    for policy in ["disabled", "preferred", "enforced"] {
        for (transport, name) in [(Transport::Tls, "tls"), (Transport::Tcp, "tcp")] {
            for offered in ["plain", "both", "srtp"] {
                let mut town = Town::new(with_srtp(policy));
                let alice = town.registered("201", "Deskphone/1", transport);
                let bob = town.registered("202", "Deskphone/1", Transport::Tls);
                let mut offer = town.sdp(alice, Direction::SendRecv, &[crypto(&key(1))], 1);
                match offered {
                    "plain" => offer.set_cryptos(0, &[]),
                    "both" => offer.set_protocol(0, "RTP/AVP"),
                    _ => {}
                }
                town.call(alice, "202", Some(offer));
                town.run(100);
                let far = answer_as_offered(&mut town, bob);
                town.run(100);
                let near = town.phones[alice]
                    .events
                    .iter()
                    .find_map(|event| match event {
                        Event::Answered { response, .. } => Some(describe(&body(&response.body))),
                        Event::Refused { response, .. } => response
                            .as_ref()
                            .map(|response| response.status.to_string()),
                        _ => None,
                    });
                table += &format!(
                    "{policy:<9} {name} offers {offered:<5} -> {} | {far}\n",
                    near.unwrap_or_default()
                );
            }
        }
    }
    insta::assert_snapshot!(table);
}

/// Answers with a key if one was offered; says what was offered.
fn answer_as_offered(town: &mut Town, phone: usize) -> String {
    let Some(session) = town.ringing(phone) else {
        return "not called".to_owned();
    };
    let offer = told(town, phone);
    let cryptos = offer.audio().unwrap().cryptos().unwrap();
    let keys: Vec<Crypto> = cryptos
        .first()
        .map(|offered| Crypto {
            tag: offered.tag,
            ..crypto(&key(2))
        })
        .into_iter()
        .collect();
    let mut answer = town.sdp(phone, Direction::SendRecv, &keys, 1);
    answer.set_protocol(0, offer.audio().unwrap().protocol());
    town.answer_with(phone, session, &answer);
    format!("called with {}", describe(&offer))
}

fn describe(sdp: &Sdp) -> String {
    let audio = sdp.audio().unwrap();
    format!(
        "{} with {} keys",
        audio.protocol(),
        audio.cryptos().unwrap().len()
    )
}

#[test]
fn lines_and_codecs_that_the_system_does_not_have_are_left_out() {
    let mut town = Town::new(three_users());
    let alice = town.registered("201", "Deskphone/1", Transport::Udp);
    let bob = town.registered("202", "Deskphone/1", Transport::Udp);
    let offer = town.offer(alice).to_string().replace(
        "m=audio",
        "m=video 7000 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\nm=audio",
    );
    let mut offer = Sdp::parse(offer.as_bytes()).unwrap();
    let opus = Codec {
        channels: 2,
        ..Codec::new(111, "opus", 48_000)
    };
    offer.set_codecs(1, &[opus, Codec::pcma(), Codec::telephone_event(96)]);
    town.call(alice, "202", Some(offer));
    town.run(100);
    let offered = told(&town, bob);
    assert_eq!(offered.media().count(), 1);
    let names: Vec<String> = offered
        .audio()
        .unwrap()
        .codecs()
        .iter()
        .map(ToString::to_string)
        .collect();
    // Behind the caller's codecs stand the system's own, for a phone that has none of them.
    assert_eq!(
        names[..3],
        ["8 PCMA/8000", "96 telephone-event/8000", "0 PCMU/8000"]
    );
    assert!(!names.iter().any(|name| name.contains("opus")), "{names:?}");
    // Bob numbers DTMF his own way; each leg keeps its numbers.
    let session = town.ringing(bob).unwrap();
    let mut answer = town.sdp(bob, Direction::SendRecv, &[], 1);
    answer.set_codecs(0, &[Codec::pcma(), Codec::telephone_event(101)]);
    town.answer_with(bob, session, &answer);
    town.run(100);
    let answer = told(&town, alice);
    let lines: Vec<(String, bool)> = answer
        .media()
        .map(|line| (line.kind().to_owned(), line.is_rejected()))
        .collect();
    assert_eq!(
        lines,
        [("video".to_owned(), true), ("audio".to_owned(), false)]
    );
    assert_eq!(answer.audio().unwrap().codecs()[1].payload_type, 96);
    town.send_media(town.phones[alice].rtp, target(&town, alice), &rtp(1, 96));
    town.send_media(town.phones[bob].rtp, target(&town, bob), &rtp(1, 96));
    town.run(10);
    assert_eq!(
        Packet::parse(&town.phones[bob].heard[0].1)
            .unwrap()
            .payload_type(),
        101
    );
    assert_eq!(
        Packet::parse(&town.phones[alice].heard[0].1)
            .unwrap()
            .payload_type(),
        96
    );
}

#[test]
fn without_a_codec_in_common_the_call_is_refused() {
    let mut town = Town::new(three_users());
    let alice = town.registered("201", "Deskphone/1", Transport::Udp);
    town.registered("202", "Deskphone/1", Transport::Udp);
    let mut offer = town.offer(alice);
    offer.set_codecs(
        0,
        &[Codec::new(97, "iLBC", 8000), Codec::telephone_event(101)],
    );
    town.call(alice, "202", Some(offer));
    town.run(1_000);
    let Some(Event::Refused {
        response: Some(response),
        ..
    }) = town.phones[alice].events.last()
    else {
        panic!()
    };
    assert_eq!(
        (response.status, response.headers.get("Warning")),
        (488, Some("305 ipoffice \"no codec in common\""))
    );
    assert_eq!(town.media_sockets(), []);
}

#[test]
fn the_tone_number_talks_and_the_echo_number_answers() {
    for (policy, transport) in [("disabled", Transport::Udp), ("preferred", Transport::Tls)] {
        let mut town = Town::new(with_srtp(policy));
        let alice = town.registered("201", "Deskphone/1", transport);
        let ours = key(1);
        let keys: Vec<Crypto> = (policy == "preferred")
            .then(|| crypto(&ours))
            .into_iter()
            .collect();
        let offer = town.sdp(alice, Direction::SendRecv, &keys, 1);
        let a = town.call(alice, "902", Some(offer.clone()));
        town.run(2_100);
        let mut office = told(&town, alice)
            .audio()
            .unwrap()
            .cryptos()
            .unwrap()
            .first()
            .map(|crypto| {
                Inbound::new(&SdesKey::new(SUITE, &crypto.keys[0].key_and_salt).unwrap())
            });
        let heard = std::mem::take(&mut town.phones[alice].heard);
        assert!((100..=105).contains(&heard.len()), "{}", heard.len());
        let mut samples = vec![0i16; 0];
        for (_, packet) in heard {
            let mut packet = packet.to_vec();
            if let Some(office) = &mut office {
                office.unprotect_vec(&mut packet).unwrap();
            }
            let payload = Packet::parse(&packet).unwrap().payload().to_vec();
            let mut frame = vec![0; payload.len()];
            media::codec::g711::decode_a_law(&payload, &mut frame);
            samples.extend(frame);
        }
        let crossings = samples
            .windows(2)
            .filter(|pair| pair[0] < 0 && pair[1] >= 0)
            .count();
        let hz = crossings as f64 * 8000.0 / samples.len() as f64;
        assert!((hz - 1000.0).abs() < 5.0, "{hz}");
        town.act(alice, |now, agent| {
            agent.hangup(now, a, sip::Headers::new())
        })
        .unwrap();
        town.run(1_000);
        town.phones[alice].heard.clear();
        town.run(1_000);
        assert_eq!(town.phones[alice].heard.len(), 0, "no tone after BYE");

        town.call(alice, "901", Some(offer));
        town.run(100);
        let (source, into) = (town.phones[alice].rtp, target(&town, alice));
        let mut packet = rtp(1, 8);
        if policy == "preferred" {
            Outbound::new(&ours).protect_vec(&mut packet).unwrap();
        }
        town.send_media(source, into, &packet);
        town.run(10);
        assert_eq!(town.phones[alice].heard.len(), 1);
    }
}

#[test]
fn ports_used_up_refuse_the_call_and_come_back() {
    let mut town = Town::new(config(
        r#"{"users":[{"extension":"201","password":"2012012012"}],"rtp":{"low":40750,"high":41004}}"#,
    ));
    let alice = town.registered("201", "Deskphone/1", Transport::Udp);
    let offer = town.offer(alice);
    let calls: Vec<_> = (0..127)
        .map(|_| town.call(alice, "902", Some(offer.clone())))
        .collect();
    town.run(500);
    assert_eq!(town.office.bridge().talking_count(), 127);
    town.phones[alice].events.clear();
    town.call(alice, "902", Some(offer.clone()));
    town.run(100);
    let refused = |town: &Town| {
        town.phones[alice].events.iter().any(|event| {
        matches!(event, Event::Refused { response: Some(response), .. } if response.status == 503)
    })
    };
    assert!(refused(&town));
    for call in calls {
        town.act(alice, |now, agent| {
            agent.hangup(now, call, sip::Headers::new())
        })
        .unwrap();
    }
    town.run(100);
    town.phones[alice].events.clear();
    town.call(alice, "902", Some(offer));
    town.run(100);
    assert!(!refused(&town));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Whatever happens to a call and in whatever order: all is given back in the end.
    #[test]
    fn nothing_is_left_after_any_play(steps in proptest::collection::vec((0u8..7, 0u64..3_000), 1..12)) {
        let mut town = Town::new(three_users());
        let phones = [
            town.registered("201", "Deskphone/1", Transport::Udp),
            town.registered("202", "Deskphone/1", Transport::Udp),
            town.registered("202", "Softphone", Transport::Tcp),
        ];
        let mut calls = Vec::new();
        for (step, ms) in steps {
            let offer = town.offer(phones[0]);
            match step {
                0 => calls.push((phones[0], town.call(phones[0], "202", Some(offer)))),
                1 | 2 => {
                    let phone = phones[usize::from(step)];
                    if let Some(session) = town.ringing(phone) {
                        let sdp = town.offer(phone);
                        let reply = sip::user_agent::Reply::new(200).with_body(sip::user_agent::Body::sdp(sdp.write()));
                        let _ = town.act(phone, |now, agent| agent.accept(now, session, reply));
                        calls.push((phone, session));
                    }
                }
                3 => if let Some((phone, call)) = calls.pop() {
                    let _ = town.act(phone, |now, agent| agent.hangup(now, call, sip::Headers::new()));
                },
                4 => calls.push((phones[0], town.call(phones[0], "901", Some(offer)))),
                5 => if let Some(session) = town.ringing(phones[1]) {
                    let _ = town.act(phones[1], |now, agent| agent.reject(now, session, sip::user_agent::Reply::new(486)));
                },
                _ => if let Some((phone, call)) = calls.last().copied() {
                    let sdp = town.sdp(phone, Direction::SendOnly, &[], 5);
                    let body = Some(sip::user_agent::Body::sdp(sdp.write()));
                    let _ = town.act(phone, |now, agent| agent.reinvite(now, call, body, sip::Headers::new()));
                },
            }
            town.run(ms);
        }
        for (phone, call) in calls {
            let _ = town.act(phone, |now, agent| agent.hangup(now, call, sip::Headers::new()));
        }
        town.run(200_000);
        prop_assert!(town.office.is_idle(), "{:?}", town.office.bridge());
        prop_assert_eq!(town.media_sockets(), []);
    }
}
