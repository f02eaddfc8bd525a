//! Calls between clients.

use super::*;
use crate::command::Voice;
use media::tone::LEVEL_DBM0;

fn with_tones() -> ClientConfig {
    ClientConfig {
        voice: Voice::MarkedTone {
            frequency_hz: 1_000.0,
        },
        ..ClientConfig::default()
    }
}

#[test]
fn a_call_is_made_heard_and_ended() {
    let mut net = Net::registered(2, &with_tones());
    let (ours, theirs) = talk(&mut net, 0, 1);
    net.run(10 * SECOND);
    for (party, call) in [(0, ours), (1, theirs)] {
        net.tell(party, Command::Measure { call });
        let measured = net.parties[party]
            .events
            .iter()
            .find_map(|event| match event {
                Event::Measured { measurement, .. } => Some(measurement.clone()),
                _ => None,
            });
        let measured = measured.expect("a measurement");
        let frequency = measured.heard.frequency_hz.expect("a tone");
        assert!((frequency - 1_000.0).abs() < 1.0, "{frequency}");
        assert!((measured.heard.level_dbm0.unwrap() - LEVEL_DBM0).abs() < 1.0);
        assert_eq!(measured.loss(), 0.0);
        assert!(measured.mos().unwrap() > 4.0);
        let delay = measured.delay_ms().expect("a marked tone");
        assert!((30.0..200.0).contains(&delay), "{delay}");
    }
    net.tell(0, Command::HangUp { call: ours });
    let before = net.rtp_sent.clone();
    net.run(40 * SECOND);
    assert_eq!(net.count(0, |event| ended(event, &EndReason::Local)), 1);
    assert_eq!(net.count(1, |event| ended(event, &EndReason::Remote)), 1);
    // Whoever hangs up is silent at once, the other side as soon as it knows.
    let grown = |party: u8| {
        let by = |sent: &std::collections::BTreeMap<std::net::SocketAddr, u64>| -> u64 {
            sent.iter()
                .filter(|(source, _)| source.ip().to_string() == format!("10.0.0.{party}"))
                .map(|(_, n)| n)
                .sum()
        };
        by(&net.rtp_sent) - by(&before)
    };
    assert_eq!(grown(1), 0);
    assert!(grown(2) <= 3, "{}", grown(2));
    assert_eq!((net.socket_count(0), net.socket_count(1)), (1, 1));
    assert!(net.pbx.agent.is_idle());
}

#[test]
fn hold_silences_and_retrieve_brings_back() {
    let mut net = Net::registered(2, &with_tones());
    let (ours, _) = talk(&mut net, 0, 1);
    net.run(3 * SECOND);
    net.tell(0, Command::Hold { call: ours });
    net.run(SECOND);
    assert_eq!(net.count(0, |event| matches!(event, Event::Held { .. })), 1);
    assert_eq!(
        net.count(1, |event| matches!(event, Event::HeldByOther { .. })),
        1
    );
    let before = net.rtp_sent.clone();
    net.run(3 * SECOND);
    assert_eq!(net.rtp_sent, before, "nobody speaks while the call is held");
    net.tell(0, Command::Retrieve { call: ours });
    net.run(SECOND);
    assert_eq!(
        net.count(0, |event| matches!(event, Event::Retrieved { .. })),
        1
    );
    assert_eq!(
        net.count(1, |event| matches!(event, Event::RetrievedByOther { .. })),
        1
    );
    net.run(3 * SECOND);
    for (source, count) in &net.rtp_sent {
        let grown = count - before.get(source).copied().unwrap_or_default();
        assert!(grown > 150, "{source} sent {grown}");
    }
}

#[test]
fn both_hold_each_other_and_retrieve() {
    let mut net = Net::registered(2, &with_tones());
    let (ours, theirs) = talk(&mut net, 0, 1);
    net.tell(0, Command::Hold { call: ours });
    net.tell(1, Command::Hold { call: theirs });
    net.run(20 * SECOND);
    for party in 0..2 {
        assert_eq!(
            net.count(party, |event| matches!(event, Event::Held { .. })),
            1,
            "{party}"
        );
        assert_eq!(
            net.count(party, |event| matches!(event, Event::HeldByOther { .. })),
            1,
            "{party}"
        );
    }
    net.tell(0, Command::Retrieve { call: ours });
    net.tell(1, Command::Retrieve { call: theirs });
    net.run(20 * SECOND);
    for party in 0..2 {
        assert_eq!(
            net.count(party, |event| matches!(event, Event::Retrieved { .. })),
            1,
            "{party}"
        );
        assert_eq!(
            net.count(party, |event| matches!(
                event,
                Event::RetrievedByOther { .. }
            )),
            1,
            "{party}"
        );
    }
}

#[test]
fn a_second_call_holds_the_first_and_there_are_never_two_active() {
    let mut net = Net::registered(4, &with_tones());
    let (first, _) = talk(&mut net, 0, 1);
    let (_, second) = talk(&mut net, 2, 0);
    assert_eq!(net.parties[0].client.calls.active_count(), 1);
    assert_eq!(
        net.count(
            0,
            |event| matches!(event, Event::Held { call } if *call == first)
        ),
        1
    );
    let (third, _) = talk(&mut net, 0, 3);
    assert_eq!(net.parties[0].client.calls.active_count(), 1);
    assert_eq!(
        net.count(
            0,
            |event| matches!(event, Event::Held { call } if *call == second)
        ),
        1
    );
    net.tell(0, Command::Retrieve { call: first });
    net.run(SECOND);
    assert_eq!(net.parties[0].client.calls.active_count(), 1);
    assert_eq!(
        net.count(
            0,
            |event| matches!(event, Event::Held { call } if *call == third)
        ),
        1
    );
    for call in [first, second, third] {
        net.tell(0, Command::HangUp { call });
    }
    net.run(40 * SECOND);
    assert_eq!(net.count(0, |event| ended(event, &EndReason::Local)), 3);
    assert!(net.pbx.agent.is_idle());
}

#[test]
fn muting_is_silence_without_sip() {
    let mut net = Net::registered(2, &with_tones());
    let (ours, theirs) = talk(&mut net, 0, 1);
    net.tell(
        0,
        Command::Mute {
            call: ours,
            muted: true,
        },
    );
    let sent = net.rtp_sent.values().sum::<u64>();
    net.run(5 * SECOND);
    net.tell(1, Command::Measure { call: theirs });
    let heard = net.parties[1].events.iter().find_map(|event| match event {
        Event::Measured { measurement, .. } => Some(measurement.heard.clone()),
        _ => None,
    });
    assert_eq!(heard.unwrap().frequency_hz, None);
    assert!(
        net.rtp_sent.values().sum::<u64>() - sent > 400,
        "packets go on"
    );
    assert_eq!(
        net.count(1, |event| matches!(event, Event::HeldByOther { .. })),
        0
    );
}

#[test]
fn digits_arrive_in_their_order() {
    let mut net = Net::registered(2, &ClientConfig::default());
    let (ours, _) = talk(&mut net, 0, 1);
    net.tell(
        0,
        Command::Digits {
            call: ours,
            digits: "1470*#A".to_owned(),
        },
    );
    net.run(5 * SECOND);
    let heard: String = net.parties[1]
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Digit { digit, .. } => Some(*digit),
            _ => None,
        })
        .collect();
    assert_eq!(heard, "1470*#A");
    net.tell(
        0,
        Command::Digits {
            call: ours,
            digits: "1x".to_owned(),
        },
    );
    let refused = |event: &Event| {
        matches!(
            event,
            Event::Refused {
                error: CommandError::Digits(_),
                ..
            }
        )
    };
    assert_eq!(net.count(0, refused), 1);
}

#[test]
fn a_ringing_call_is_given_up_rejected_or_unknown() {
    let mut net = Net::registered(2, &ClientConfig::default());
    net.tell(
        0,
        Command::Call {
            number: "2 0-2".to_owned(),
            video: false,
        },
    );
    net.run(SECOND);
    assert_eq!(
        net.count(0, |event| matches!(event, Event::Ringing { .. })),
        1
    );
    let call = last_call(&net, 0);
    net.tell(0, Command::HangUp { call });
    net.run(SECOND);
    assert_eq!(
        net.count(1, |event| ended(event, &EndReason::CallerGaveUp)),
        1
    );
    assert_eq!(net.count(0, |event| ended(event, &EndReason::Local)), 1);

    net.tell(
        0,
        Command::Call {
            number: "202".to_owned(),
            video: false,
        },
    );
    net.run(SECOND);
    let call = last_call(&net, 1);
    net.tell(1, Command::HangUp { call });
    net.run(SECOND);
    let busy = EndReason::Rejected {
        status: 486,
        text: "Busy Here".to_owned(),
    };
    assert_eq!(net.count(0, |event| ended(event, &busy)), 1);

    net.tell(
        0,
        Command::Call {
            number: "999".to_owned(),
            video: false,
        },
    );
    net.run(SECOND);
    let unknown = EndReason::Rejected {
        status: 404,
        text: "Not Found".to_owned(),
    };
    assert_eq!(net.count(0, |event| ended(event, &unknown)), 1);
    net.run(40 * SECOND);
    assert!(net.pbx.agent.is_idle());
    assert_eq!((net.socket_count(0), net.socket_count(1)), (1, 1));
}

#[test]
fn ports_that_others_have_are_passed_over() {
    let mut net = Net::new(2, &ClientConfig::default());
    net.taken = ["10.0.0.1:40750", "10.0.0.1:40753"]
        .iter()
        .map(|text| text.parse().unwrap())
        .collect();
    net.log_in(0);
    net.log_in(1);
    net.run(SECOND);
    talk(&mut net, 0, 1);
    assert_eq!(
        net.count(0, |event| matches!(event, Event::Talking { .. })),
        1
    );
    assert!(
        net.rtp_sent
            .contains_key(&"10.0.0.1:40754".parse().unwrap())
    );
}

#[test]
fn what_is_said_and_heard_is_recorded() {
    let config = ClientConfig {
        record: 2 * SECOND,
        ..with_tones()
    };
    let mut net = Net::registered(2, &config);
    let (ours, _) = talk(&mut net, 0, 1);
    net.run(5 * SECOND);
    net.tell(0, Command::HangUp { call: ours });
    net.run(SECOND);
    let recording = net.parties[0].events.iter().find_map(|event| match event {
        Event::Ended { recording, .. } => recording.clone(),
        _ => None,
    });
    let recording = recording.expect("a recording");
    assert_eq!(
        (recording.heard.len(), recording.said.len()),
        (16_000, 16_000)
    );
    assert!(
        recording
            .heard
            .iter()
            .any(|sample| sample.unsigned_abs() > 5_000)
    );
}

/// The exchange could tell nobody that a call was over while the line was lost: who is back asks.
#[test]
fn a_call_that_the_exchange_has_forgotten_ends_when_the_line_is_back() {
    for is_forgotten in [false, true] {
        let mut net = Net::registered(2, &with_tones());
        talk(&mut net, 0, 1);
        net.pbx.verdict = 503;
        net.run(300 * SECOND);
        if is_forgotten {
            let flow = sip::flow::FlowId(0);
            net.pbx = super::pbx::Pbx::at(flow, super::net::PBX.parse().unwrap());
        }
        net.pbx.verdict = 200;
        net.run(600 * SECOND);
        for party in [0, 1] {
            let logins = net.count(party, |event| matches!(event, Event::LoggedIn { .. }));
            let ends = net.count(party, |event| ended(event, &EndReason::Remote));
            assert_eq!((logins, ends), (2, usize::from(is_forgotten)));
        }
    }
}
