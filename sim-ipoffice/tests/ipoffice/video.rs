//! Pictures at the core: passed on as they are, each through ports of its own, or refused while the sound goes on.

use std::net::SocketAddr;

use crate::media::{rtp, told};
use crate::town::{Town, body, three_users};
use media::rtp::Packet;
use sip::sdp::{Codec, Direction, H264Format, MediaKind, MediaLine, Sdp};
use sip::user_agent::{Body, Event, Reply, Transport};

fn h264(payload_type: u8) -> Codec {
    let codec = Codec::h264(payload_type, &H264Format::constrained_baseline(31));
    codec.with_retransmission(payload_type + 1)
}

/// A phone's sound and picture.
fn with_video(town: &Town, phone: usize, codec: Codec, direction: Direction) -> Sdp {
    let mut sdp = town.sdp(phone, direction, &[], 1);
    let mut line = MediaLine::new(MediaKind::Video, picture_socket(town, phone), &[codec]);
    line.direction = direction;
    sdp.session_mut().medias.push(line.line());
    sdp
}

fn picture_socket(town: &Town, phone: usize) -> SocketAddr {
    let rtp = town.phones[phone].rtp;
    SocketAddr::new(rtp.ip(), rtp.port() + 2)
}

fn two_phones() -> (Town, usize, usize) {
    let mut town = Town::new(three_users());
    let alice = town.registered("201", "Deskphone/1", Transport::Udp);
    let bob = town.registered("202", "Deskphone/1", Transport::Udp);
    (town, alice, bob)
}

/// Alice calls Bob with a picture by number 97, Bob takes it by 99.
fn talk_with_video() -> (Town, usize, usize) {
    let (mut town, alice, bob) = two_phones();
    let offer = with_video(&town, alice, h264(97), Direction::SendRecv);
    town.call(alice, "202", Some(offer));
    town.run(100);
    let answer = with_video(&town, bob, h264(99), Direction::SendRecv);
    let session = town.ringing(bob).unwrap();
    town.answer_with(bob, session, &answer);
    town.run(100);
    (town, alice, bob)
}

fn picture_target(town: &Town, phone: usize) -> SocketAddr {
    told(town, phone).video().unwrap().rtp().unwrap()
}

#[test]
fn a_picture_is_passed_on_through_ports_of_its_own() {
    let (mut town, alice, bob) = talk_with_video();
    let offered = told(&town, bob);
    let lines: Vec<&str> = offered.media().map(|line| line.kind()).collect();
    assert_eq!(lines, ["audio", "video"]);
    let codec = offered.video().unwrap().codecs().remove(0);
    assert_eq!(codec, h264(97), "fmtp and feedback pass too");
    let ports: Vec<u16> = town.media_sockets().iter().map(SocketAddr::port).collect();
    assert_eq!(ports.len(), 8, "two legs, two lines, RTP and RTCP");
    assert!(ports.iter().all(|port| (40_750..=50_750).contains(port)));
    for (from, to, said, heard) in [
        (alice, bob, 97, 99),
        (bob, alice, 97, 97),
        (alice, bob, 98, 100),
    ] {
        let (source, target) = (picture_socket(&town, from), picture_target(&town, from));
        town.phones[to].heard.clear();
        town.send_media(source, target, &rtp(1, said));
        let pli = [0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2];
        let odd = |socket: SocketAddr| SocketAddr::new(socket.ip(), socket.port() + 1);
        town.send_media(odd(source), odd(target), &pli);
        town.run(10);
        let came = &town.phones[to].heard;
        assert_eq!(came.len(), 2);
        assert_eq!(
            came[0].0,
            picture_target(&town, to),
            "from the picture's port"
        );
        assert_eq!(Packet::parse(&came[0].1).unwrap().payload_type(), heard);
        assert_eq!(
            (came[1].0, &came[1].1[..]),
            (odd(picture_target(&town, to)), &pli[..])
        );
    }
    assert_eq!(town.office.house().stray_count(), 0);
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
    assert_eq!(town.media_sockets(), []);
    let record = town.office.call_log().records().next().unwrap().clone();
    assert!(record.has_video);
    assert_eq!(record.codecs, ["PCMA", "PCMA"]);
    assert_eq!(
        record.media.video.map(|leg| (leg.packets, leg.reports)),
        [(2, 2), (1, 1)]
    );
}

#[test]
fn a_picture_that_nobody_takes_is_rejected_and_the_sound_goes_on() {
    let vp8 = Codec::new(96, "VP8", 90_000);
    for (codec, bob_takes_it) in [(vp8, true), (h264(97), false)] {
        let (mut town, alice, bob) = two_phones();
        let offer = with_video(&town, alice, codec.clone(), Direction::SendRecv);
        town.call(alice, "202", Some(offer));
        town.run(100);
        assert_eq!(
            told(&town, bob).media().count(),
            if codec.is_h264() { 2 } else { 1 }
        );
        let mut answer = told(&town, bob);
        answer.set_rtp(0, town.phones[bob].rtp);
        if !bob_takes_it {
            answer.reject(1);
        }
        let session = town.ringing(bob).unwrap();
        town.answer_with(bob, session, &answer);
        town.run(100);
        let answer = told(&town, alice);
        let rejected: Vec<bool> = answer.media().map(|line| line.is_rejected()).collect();
        assert_eq!(rejected, [false, true]);
        let target = answer.audio().unwrap().rtp().unwrap();
        town.send_media(town.phones[alice].rtp, target, &rtp(1, 8));
        town.run(10);
        assert_eq!(town.phones[bob].heard.len(), 1);
    }
}

#[test]
fn hold_reaches_every_line_of_the_other_side() {
    let (mut town, alice, bob) = talk_with_video();
    let session = town.phones[alice]
        .events
        .iter()
        .find_map(|event| match event {
            Event::Answered { session, .. } => Some(*session),
            _ => None,
        });
    for (wished, seen) in [
        (Direction::SendOnly, Direction::RecvOnly),
        (Direction::SendRecv, Direction::SendRecv),
    ] {
        let offer = with_video(&town, alice, h264(97), wished);
        town.act(alice, |now, agent| {
            agent.reinvite(
                now,
                session.unwrap(),
                Some(Body::sdp(offer.write())),
                sip::Headers::new(),
            )
        })
        .unwrap();
        town.run(100);
        let (asked, request) = town.phones[bob]
            .events
            .iter()
            .rev()
            .find_map(|event| match event {
                Event::Reinvited { session, request } => Some((*session, body(&request.body))),
                _ => None,
            })
            .unwrap();
        let directions: Vec<Direction> = request.media().map(|line| line.direction()).collect();
        assert_eq!(directions, [wished, wished]);
        let answer = with_video(&town, bob, h264(99), seen);
        town.act(bob, |now, agent| {
            agent.answer_reinvite(
                now,
                asked,
                Reply::new(200).with_body(Body::sdp(answer.write())),
            )
        })
        .unwrap();
        town.run(100);
        let answered = town.phones[alice]
            .events
            .iter()
            .rev()
            .find_map(|event| match event {
                Event::ReinviteAnswered { response, .. } => Some(body(&response.body)),
                _ => None,
            });
        let answered = answered.unwrap();
        let directions: Vec<Direction> = answered.media().map(|line| line.direction()).collect();
        assert_eq!(directions, [seen, seen]);
    }
}

#[test]
fn the_echo_shows_the_picture_back_and_the_tone_has_none() {
    for (number, has_picture) in [("901", true), ("902", false)] {
        let (mut town, alice, _) = two_phones();
        let offer = with_video(&town, alice, h264(97), Direction::SendRecv);
        town.call(alice, number, Some(offer));
        town.run(100);
        let answer = told(&town, alice);
        assert_eq!(answer.video().is_some(), has_picture, "{number}");
        if has_picture {
            town.send_media(
                picture_socket(&town, alice),
                picture_target(&town, alice),
                &rtp(7, 97),
            );
            town.run(10);
            let came = town.phones[alice].heard.last().unwrap();
            let packet = Packet::parse(&came.1).unwrap();
            assert_eq!(
                (came.0, packet.payload_type(), packet.sequence()),
                (picture_target(&town, alice), 97, 7)
            );
        }
    }
}
