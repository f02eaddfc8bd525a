//! Early media at the core: what a called device says before it answers reaches the caller, and nothing else changes.

use sip::sdp::Direction;
use sip::user_agent::{Body, Event, Reply};

use crate::town::{Town, body, three_users};

/// The statuses and descriptions that a caller was told, in their order.
fn told(town: &Town, phone: usize) -> Vec<(u16, Option<std::net::SocketAddr>)> {
    let told = |event: &Event| match event {
        Event::Progress { response, .. } | Event::Answered { response, .. } => Some((
            response.status,
            (!response.body.is_empty())
                .then(|| body(&response.body).audio().unwrap().rtp().unwrap()),
        )),
        _ => None,
    };
    town.phones[phone].events.iter().filter_map(told).collect()
}

/// The callee says 183 with a description.
fn announce(town: &mut Town, phone: usize, version: u64) {
    let session = town.ringing(phone).unwrap();
    let sdp = town.sdp(phone, Direction::SendRecv, &[], version);
    let reply = Reply::new(183).with_body(Body::sdp(sdp.write()));
    town.act(phone, |now, agent| agent.progress(now, session, reply))
        .unwrap();
    town.run(100);
}

/// A packet from the callee arrives at the caller.
fn is_heard(town: &mut Town, from: usize, to: usize) -> bool {
    let before = town.phones[to].heard.len();
    let into = town.phones[from]
        .events
        .iter()
        .find_map(|event| match event {
            Event::Incoming { request, .. } => body(&request.body).audio().unwrap().rtp(),
            _ => None,
        })
        .unwrap();
    let source = town.phones[from].rtp;
    let mut packet = vec![0x80, 8, 0, 1, 0, 0, 0, 160, 0, 0, 0, 9];
    packet.resize(172, 0xd5);
    town.send_media(source, into, &packet);
    town.run(10);
    town.phones[to].heard.len() > before
}

#[test]
fn an_announcement_is_heard_before_the_answer_and_the_answer_is_the_same() {
    let (mut town, alice, _, [bob]) = Town::calling(three_users(), ["Deskphone/1"]);
    town.ring(bob);
    assert!(!is_heard(&mut town, bob, alice), "nothing is agreed yet");
    announce(&mut town, bob, 1);
    announce(&mut town, bob, 1);
    assert!(is_heard(&mut town, bob, alice));
    town.answer(bob);
    town.run(100);
    let told = told(&town, alice);
    let statuses: Vec<u16> = told.iter().map(|(status, _)| *status).collect();
    assert_eq!(statuses, [180, 183, 200]);
    assert_eq!(told[1].1, told[2].1);
    assert!(is_heard(&mut town, bob, alice));
    assert_eq!(town.office.bridge().talking_count(), 1);
}

#[test]
fn a_device_that_answers_otherwise_than_it_announced_is_taken_at_its_last_word() {
    let (mut town, alice, _, [bob]) = Town::calling(three_users(), ["Deskphone/1"]);
    announce(&mut town, bob, 1);
    // From here on Bob's sound comes from another socket.
    town.phones[bob].rtp.set_port(7000);
    let session = town.ringing(bob).unwrap();
    let sdp = town.sdp(bob, Direction::SendRecv, &[], 2);
    town.answer_with(bob, session, &sdp);
    town.run(100);
    assert!(is_heard(&mut town, bob, alice));
    let versions: Vec<u64> = town.phones[alice]
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Progress { response, .. } | Event::Answered { response, .. } => {
                Some(body(&response.body).session().origin.sess_version)
            }
            _ => None,
        })
        .collect();
    assert!(
        versions[1] > versions[0],
        "another description is another version: {versions:?}"
    );
}

/// The first that speaks is heard, whoever rings besides; then the one that answers, and nobody else.
#[test]
fn of_several_devices_the_first_that_speaks_is_heard_until_one_answers() {
    for announcer_wins in [true, false] {
        let devices = ["Deskphone/1", "Solstice/0.1 (Android 8.0)"];
        let (mut town, alice, _, [desk, mobile]) = Town::calling(three_users(), devices);
        town.ring(mobile);
        announce(&mut town, desk, 1);
        announce(&mut town, mobile, 1);
        assert!(is_heard(&mut town, desk, alice));
        assert!(!is_heard(&mut town, mobile, alice));
        let (winner, loser) = match announcer_wins {
            true => (desk, mobile),
            false => (mobile, desk),
        };
        town.answer(winner);
        town.run(100);
        assert!(is_heard(&mut town, winner, alice));
        assert!(!is_heard(&mut town, loser, alice), "who lost is not heard");
        let told = told(&town, alice);
        let statuses: Vec<u16> = told.iter().map(|(status, _)| *status).collect();
        assert_eq!(statuses, [180, 183, 200]);
        assert_eq!(told[1].1, told[2].1, "the caller's side stays where it is");
        assert_eq!(town.office.bridge().talking_count(), 1);
    }
}

/// The device that is heard refuses: the call goes on ringing, and the one that answers is heard.
#[test]
fn a_device_that_is_heard_may_refuse() {
    let devices = ["Deskphone/1", "Solstice/0.1 (Android 8.0)"];
    let (mut town, alice, call, [desk, mobile]) = Town::calling(three_users(), devices);
    announce(&mut town, desk, 1);
    assert!(is_heard(&mut town, desk, alice));
    town.reject(desk, 486);
    town.answer(mobile);
    town.run(100);
    assert!(is_heard(&mut town, mobile, alice));
    town.act(alice, |now, agent| {
        agent.hangup(now, call, sip::Headers::new())
    })
    .unwrap();
    town.settles();
}

#[test]
fn a_call_that_is_refused_after_its_announcement_leaves_nothing_behind() {
    for senseless in [false, true] {
        let (mut town, alice, _, [bob]) = Town::calling(three_users(), ["Deskphone/1"]);
        if senseless {
            let session = town.ringing(bob).unwrap();
            let reply = Reply::new(183).with_body(Body::sdp("v=0\r\nnonsense"));
            town.act(bob, |now, agent| agent.progress(now, session, reply))
                .unwrap();
            town.run(100);
            assert_eq!(told(&town, alice), [(180, None)]);
        } else {
            announce(&mut town, bob, 1);
        }
        town.reject(bob, 486);
        town.settles();
    }
}
