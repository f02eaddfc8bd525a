//! Calls at the core: to whom, who wins, how each kind of end comes through.

use crate::town::{Town, body, config, three_users};
use sim_ipoffice::call_log::Outcome;
use sim_ipoffice::device_class::DeviceClass;
use sip::event::SessionId;
use sip::user_agent::{Ended, Event, Transport};
use sip::{Headers, Name};

/// The status that a caller was refused with.
fn refused(town: &Town, phone: usize) -> Option<u16> {
    town.phones[phone]
        .events
        .iter()
        .find_map(|event| match event {
            Event::Refused { response, .. } => {
                Some(response.as_ref().map_or(0, |response| response.status))
            }
            _ => None,
        })
}

/// The Reason of the CANCEL or BYE that ended a phone's part.
fn told(town: &Town, phone: usize) -> Option<String> {
    town.phones[phone]
        .events
        .iter()
        .find_map(|event| match event {
            Event::Cancelled { request, .. } | Event::Ended { request, .. } => Some(
                request
                    .as_ref()
                    .and_then(|request| request.headers.get(Name::Reason))
                    .unwrap_or("")
                    .to_owned(),
            ),
            _ => None,
        })
}

fn ended(town: &Town, phone: usize) -> Option<Ended> {
    town.phones[phone]
        .events
        .iter()
        .find_map(|event| match event {
            Event::Ended { ended, .. } => Some(*ended),
            _ => None,
        })
}

fn outcomes(town: &Town) -> Vec<(Outcome, Option<DeviceClass>)> {
    town.office
        .call_log()
        .records()
        .map(|record| (record.outcome, record.winner))
        .collect()
}

fn hang_up(town: &mut Town, phone: usize, session: SessionId) {
    town.act(phone, |now, agent| {
        agent.hangup(now, session, Headers::new())
    })
    .unwrap();
    town.run(1_000);
}

#[test]
fn a_call_is_made_answered_and_ended_by_either_side() {
    for caller_ends in [true, false] {
        let mut town = Town::new(three_users());
        let alice = town.registered("201", "Deskphone/1", Transport::Udp);
        let bob = town.registered("202", "Deskphone/1", Transport::Tcp);
        let (a, b) = town.talk(alice, bob);
        let Some(Event::Incoming { request, .. }) = town.phones[bob].events.first() else {
            panic!()
        };
        let from = request.headers.from().unwrap();
        assert_eq!(
            (from.display.as_deref(), from.uri.as_str()),
            (Some("Alice"), "sip:201@10.0.0.1")
        );
        assert_eq!(request.headers.max_forwards(), Ok(Some(69)));
        town.run(5_000);
        let (who, other, session) = if caller_ends {
            (alice, bob, a)
        } else {
            (bob, alice, b)
        };
        hang_up(&mut town, who, session);
        assert_eq!(ended(&town, other), Some(Ended::Remote));
        assert_eq!(
            outcomes(&town),
            [(Outcome::Completed, Some(DeviceClass::Desk))]
        );
        let talked = town.office.call_log().records().next().unwrap().talked();
        assert!((5.0..5.3).contains(&talked.as_secs_f64()), "{talked:?}");
        town.settles();
    }
}

#[test]
fn the_first_device_wins_and_the_others_are_told() {
    let devices = [
        "Deskphone/1",
        "Solstice/0.1 (Windows 10)",
        "Solstice/0.1 (Android 8.0)",
        "WebRTC/1",
    ];
    let (mut town, alice, _, bobs) = Town::calling(three_users(), devices);
    for bob in bobs {
        town.ring(bob);
    }
    let rings = town.phones[alice]
        .events
        .iter()
        .filter(|event| matches!(event, Event::Progress { .. }))
        .count();
    assert_eq!(rings, 1);
    town.answer(bobs[1]);
    town.run(1_000);
    for loser in [bobs[0], bobs[2], bobs[3]] {
        assert_eq!(
            told(&town, loser).as_deref(),
            Some("SIP;cause=200;text=\"Call completed elsewhere\"")
        );
    }
    assert_eq!(told(&town, bobs[1]), None);
    town.run(60_000);
    assert_eq!(town.office.bridge().talking_count(), 1);
}

#[test]
fn two_answers_at_the_same_instant_have_one_winner() {
    let mut town = Town::new(three_users());
    let alice = town.registered("201", "Deskphone/1", Transport::Udp);
    let bobs = [
        town.registered("202", "Deskphone/1", Transport::Udp),
        town.registered("202", "Softphone", Transport::Tcp),
    ];
    let offer = town.offer(alice);
    let a = town.call(alice, "202", Some(offer));
    town.run(100);
    for bob in bobs {
        town.answer(bob);
    }
    town.run(2_000);
    let lost: Vec<bool> = bobs
        .iter()
        .map(|bob| ended(&town, *bob).is_some())
        .collect();
    assert_eq!(lost.iter().filter(|lost| **lost).count(), 1, "{lost:?}");
    let answered = town.phones[alice]
        .events
        .iter()
        .filter(|event| matches!(event, Event::Answered { .. }))
        .count();
    assert_eq!(answered, 1);
    hang_up(&mut town, alice, a);
    town.settles();
}

#[test]
fn a_cancelled_call_stops_ringing_with_the_callers_reason() {
    let (mut town, alice, a, [bob]) = Town::calling(three_users(), ["Deskphone/1"]);
    town.run(2_000);
    let mut why = Headers::new();
    why.push(Name::Reason, "SIP;cause=600");
    town.act(alice, |now, agent| agent.hangup(now, a, why))
        .unwrap();
    town.run(1_000);
    assert_eq!(told(&town, bob).as_deref(), Some("SIP;cause=600"));
    assert_eq!(refused(&town, alice), Some(487));
    assert_eq!(outcomes(&town), [(Outcome::Abandoned, None)]);
    town.settles();
}

#[test]
fn refusals_come_through_as_they_mean() {
    for (status, told) in [
        (486, 486),
        (603, 603),
        (488, 488),
        (408, 480),
        (302, 480),
        (500, 500),
    ] {
        let (mut town, alice, _, [bob]) = Town::calling(three_users(), ["Deskphone/1"]);
        town.reject(bob, status);
        assert_eq!(refused(&town, alice), Some(told), "{status}");
        assert_eq!(outcomes(&town), [(Outcome::Refused(told), None)]);
        town.settles();
    }
}

#[test]
fn a_decline_on_one_device_stops_the_others_and_busy_does_not() {
    let (mut town, alice, _, [desk, soft]) =
        Town::calling(three_users(), ["Deskphone/1", "Softphone"]);
    town.reject(desk, 486);
    assert_eq!(refused(&town, alice), None);
    town.reject(soft, 480);
    assert_eq!(
        refused(&town, alice),
        Some(486),
        "busy says more than not available"
    );
    town.phones[alice].events.clear();
    let offer = town.offer(alice);
    town.call(alice, "202", Some(offer));
    town.run(100);
    town.reject(desk, 603);
    assert_eq!(refused(&town, alice), Some(603));
    assert!(told(&town, soft).is_some());
}

#[test]
fn numbers_without_an_end_are_refused() {
    let mut town = Town::new(config(
        r#"{"users":[{"extension":"201","password":"2012012012"},
            {"extension":"202","password":"2022022022","most_calls":1},{"extension":"203","password":"2032032032"}],
            "no_answer_s":15}"#,
    ));
    let alice = town.registered("201", "Deskphone/1", Transport::Udp);
    let bob = town.registered("202", "Deskphone/1", Transport::Udp);
    let offer = town.offer(alice);
    for (number, status) in [("999", 404), ("203", 480)] {
        town.call(alice, number, Some(offer.clone()));
        town.run(1_000);
        assert_eq!(refused(&town, alice), Some(status), "{number}");
        town.phones[alice].events.clear();
    }
    let first = town.call(alice, "202", Some(offer.clone()));
    town.run(100);
    town.call(alice, "202", Some(offer.clone()));
    town.run(1_000);
    assert_eq!(
        refused(&town, alice),
        Some(486),
        "one call is all that 202 may have"
    );
    town.phones[alice].events.clear();
    town.run(15_000);
    assert_eq!(refused(&town, alice), Some(480), "nobody answers {first:?}");
    assert!(told(&town, bob).is_some());
    assert_eq!(outcomes(&town).last(), Some(&(Outcome::NotAnswered, None)));
    town.settles();
}

#[test]
fn only_the_right_user_may_call() {
    let mut town = Town::new(three_users());
    town.registered("202", "Deskphone/1", Transport::Udp);
    let thief = town.phone("201", "Deskphone/1", Transport::Udp);
    town.phones[thief].password = "0000000000".to_owned();
    let offer = town.offer(thief);
    town.call(thief, "202", Some(offer.clone()));
    town.run(1_000);
    assert_eq!(refused(&town, thief), Some(401));
    // Right password, but under somebody else's number.
    town.phones[thief].events.clear();
    let mut invite_as = |user: &str, from: &str| {
        let hop = town.hop(thief);
        let invite = sip::user_agent::Invite {
            hop,
            uri: crate::town::address("202").uri,
            from: crate::town::address(from),
            to: crate::town::address("202"),
            headers: Headers::new(),
            body: Some(sip::user_agent::Body::sdp(offer.write())),
            login: Some(sip::user_agent::Login::new(user, "2032032032")),
        };
        town.act(thief, |now, agent| agent.invite(now, invite));
        town.run(1_000);
    };
    invite_as("203", "201");
    assert_eq!(refused(&town, thief), Some(403));
}

#[test]
fn a_vanished_party_ends_the_call_for_the_other() {
    let mut town = Town::new(three_users());
    let alice = town.registered("201", "Deskphone/1", Transport::Udp);
    let bob = town.registered("202", "Deskphone/1", Transport::Udp);
    let (a, _) = town.talk(alice, bob);
    town.phones[bob].is_cut_off = true;
    hang_up(&mut town, alice, a);
    town.settles();
    assert_eq!(
        outcomes(&town),
        [(Outcome::Completed, Some(DeviceClass::Desk))]
    );
}

#[test]
fn the_offer_may_come_with_the_answer() {
    let mut town = Town::new(three_users());
    let alice = town.registered("201", "Deskphone/1", Transport::Udp);
    let bob = town.registered("202", "Deskphone/1", Transport::Udp);
    let a = town.call(alice, "202", None);
    town.run(100);
    let session = town.ringing(bob).unwrap();
    let offer = town.offer(bob);
    town.answer_with(bob, session, &offer);
    town.run(100);
    let offered = town.phones[alice]
        .events
        .iter()
        .find_map(|event| match event {
            Event::Answered { response, .. } => Some(body(&response.body)),
            _ => None,
        });
    let codecs = offered.unwrap().audio().unwrap().codecs();
    let numbers: Vec<u8> = codecs.iter().map(|codec| codec.payload_type).collect();
    assert_eq!(
        numbers[..3],
        [8, 0, 101],
        "what the device offers, then the system's own"
    );
    let answer = town.sdp(alice, Default::default(), &[], 1);
    town.act(alice, |now, agent| {
        agent.acknowledge(now, a, Some(sip::user_agent::Body::sdp(answer.write())))
    })
    .unwrap();
    town.run(100);
    let confirmed = town.phones[bob]
        .events
        .iter()
        .find_map(|event| match event {
            Event::Confirmed { request, .. } => Some(body(&request.body)),
            _ => None,
        });
    assert_eq!(confirmed.unwrap().audio().unwrap().codecs()[0].name, "PCMA");
    hang_up(&mut town, alice, a);
    town.settles();
}

#[test]
fn flaws_show() {
    let flawed = |flaw: &str| {
        let mut config = three_users();
        config.flaws = serde_json::from_str(&format!("[\"{flaw}\"]")).unwrap();
        let (town, alice, a, [desk, soft]) = Town::calling(config, ["Deskphone/1", "Softphone"]);
        (town, alice, desk, soft, a)
    };
    let (mut town, _, desk, soft, _) = flawed("no_reason_on_cancel");
    town.answer(desk);
    town.run(1_000);
    assert_eq!(told(&town, soft).as_deref(), Some(""));

    let (mut town, alice, desk, _, a) = flawed("ignores_cancel");
    hang_up(&mut town, alice, a);
    assert_eq!(told(&town, desk), None);
    town.answer(desk);
    town.run(1_000);
    assert_eq!(ended(&town, desk), Some(Ended::Remote));

    let (mut town, _, desk, soft, _) = flawed("many_winners");
    town.answer(desk);
    town.run(1_000);
    town.answer(soft);
    town.run(1_000);
    assert_eq!((ended(&town, desk), ended(&town, soft)), (None, None));

    let (town, ..) = flawed("ports_outside_range");
    assert!(
        town.media_sockets()
            .iter()
            .all(|socket| socket.port() < 40_750)
    );
}
