//! Calls with a picture between clients.

use super::*;

/// Party 0 calls party 1 with a picture; gives the call that rings there.
fn ring_with_video(net: &mut Net) -> CallId {
    let number = net.parties[1].number.clone();
    net.tell(
        0,
        Command::Call {
            number,
            video: true,
        },
    );
    net.run(SECOND);
    last_call(net, 1)
}

/// As before, and party 1 answers with its picture or without; gives the calls of both.
fn call_with_video(net: &mut Net, takes_it: bool) -> (CallId, CallId) {
    let call = ring_with_video(net);
    net.tell(
        1,
        Command::Answer {
            call,
            video: takes_it,
        },
    );
    net.run(SECOND);
    (last_call(net, 0), call)
}

fn talking_video(net: &Net, party: usize) -> Option<String> {
    let media = net.parties[party]
        .events
        .iter()
        .rev()
        .find_map(|event| match event {
            Event::Talking { media, .. } => Some(media.clone()),
            _ => None,
        });
    media.expect("a call").video
}

fn pictures(net: &mut Net, party: usize, call: CallId) -> u64 {
    measure(net, party, call)
        .video
        .map_or(0, |video| video.seen.marked)
}

#[test]
fn pictures_go_both_ways_in_order_and_without_a_gap() {
    let mut net = Net::registered(2, &ClientConfig::default());
    let (ours, theirs) = call_with_video(&mut net, true);
    assert_eq!(
        net.count(1, |event| matches!(
            event,
            Event::IncomingCall {
                has_video: true,
                ..
            }
        )),
        1
    );
    net.run(3 * SECOND);
    for (party, call) in [(0, ours), (1, theirs)] {
        assert_eq!(talking_video(&net, party).as_deref(), Some("H264"));
        assert_eq!(
            net.count(party, |event| matches!(event, Event::VideoStarted { .. })),
            1
        );
        let video = measure(&mut net, party, call).video.expect("a picture");
        let seen = video.seen;
        assert!(seen.marked >= 40, "{seen:?}");
        assert_eq!(
            (seen.missed, seen.disorder, seen.broken, seen.undecodable),
            (0, 0, 0, 0),
            "{seen:?}"
        );
        assert!(video.reports_received > 0);
    }
    net.tell(1, Command::HangUp { call: theirs });
    net.run(SECOND);
    let last = net.parties[0]
        .events
        .iter()
        .rev()
        .find_map(|event| match event {
            Event::Ended { measurement, .. } => measurement.clone(),
            _ => None,
        });
    assert!(last.expect("a measurement").video.is_some());
    assert_eq!((net.socket_count(0), net.socket_count(1)), (1, 1));
}

#[test]
fn a_picture_that_is_not_taken_leaves_the_sound() {
    let mut net = Net::registered(2, &ClientConfig::default());
    let (ours, theirs) = call_with_video(&mut net, false);
    for (party, call) in [(0, ours), (1, theirs)] {
        assert_eq!(talking_video(&net, party), None);
        assert!(measure(&mut net, party, call).video.is_none());
        assert_eq!(
            net.socket_count(party),
            3,
            "the picture's ports are given back"
        );
        net.tell(
            party,
            Command::BlockVideo {
                call,
                blocked: true,
            },
        );
        let refused = |event: &Event| {
            matches!(
                event,
                Event::Refused {
                    error: CommandError::NoVideo,
                    ..
                }
            )
        };
        assert_eq!(net.count(party, refused), 1);
    }
    // Hold and retrieve still work, over both m-lines.
    net.tell(0, Command::Hold { call: ours });
    net.run(SECOND);
    net.tell(0, Command::Retrieve { call: ours });
    net.run(SECOND);
    assert_eq!(
        net.count(0, |event| matches!(event, Event::Retrieved { .. })),
        1
    );
}

#[test]
fn hold_stops_the_picture_and_retrieve_brings_it_back() {
    let mut net = Net::registered(2, &ClientConfig::default());
    let (ours, theirs) = call_with_video(&mut net, true);
    net.run(SECOND);
    net.tell(0, Command::Hold { call: ours });
    net.run(SECOND);
    assert_eq!(
        net.count(1, |event| matches!(event, Event::HeldByOther { .. })),
        1
    );
    let (before, sent) = (pictures(&mut net, 1, theirs), net.rtp_sent.clone());
    net.run(3 * SECOND);
    assert_eq!(net.rtp_sent, sent, "nobody sends while the call is held");
    net.tell(0, Command::Retrieve { call: ours });
    net.run(3 * SECOND);
    assert!(pictures(&mut net, 1, theirs) >= before + 30);
    assert!(pictures(&mut net, 0, ours) >= 30);
}

#[test]
fn a_blocked_camera_sends_nothing_and_no_sip_says_so() {
    let mut net = Net::registered(2, &ClientConfig::default());
    let (ours, theirs) = call_with_video(&mut net, true);
    net.run(SECOND);
    net.tell(
        0,
        Command::BlockVideo {
            call: ours,
            blocked: true,
        },
    );
    net.run(SECOND);
    let (blocked, others) = (pictures(&mut net, 1, theirs), pictures(&mut net, 0, ours));
    let heard = measure(&mut net, 1, theirs).statistics.arrived.packets;
    net.run(3 * SECOND);
    assert_eq!(pictures(&mut net, 1, theirs), blocked);
    assert!(
        pictures(&mut net, 0, ours) >= others + 40,
        "only one camera is blocked"
    );
    assert!(measure(&mut net, 1, theirs).statistics.arrived.packets >= heard + 145);
    assert_eq!(
        net.count(1, |event| matches!(event, Event::HeldByOther { .. })),
        0
    );
    net.tell(
        0,
        Command::BlockVideo {
            call: ours,
            blocked: false,
        },
    );
    net.run(3 * SECOND);
    assert!(pictures(&mut net, 1, theirs) >= blocked + 40);
}

#[test]
fn a_picture_without_ports_is_left_out() {
    let mut net = Net::registered(2, &ClientConfig::default());
    let free = ["10.0.0.1:40750", "10.0.0.1:40751"].map(|socket| socket.parse().unwrap());
    net.taken = (40_750..50_760)
        .map(|port| std::net::SocketAddr::new("10.0.0.1".parse().unwrap(), port))
        .filter(|socket| !free.contains(socket))
        .collect();
    let (ours, _) = call_with_video(&mut net, true);
    assert_eq!(talking_video(&net, 0), None);
    assert!(measure(&mut net, 0, ours).statistics.sent.packets > 0);
}

/// The exchange's answer is lost once: Bob's pictures come for half a second before Alice knows of it.
#[test]
fn pictures_that_come_before_the_answer_are_seen() {
    let mut net = Net::registered(2, &ClientConfig::default());
    // What Bob answers goes through the exchange, which says it once more to Alice.
    let call = ring_with_video(&mut net);
    net.tell(1, Command::Answer { call, video: true });
    net.run(Duration::from_millis(5));
    net.loses = Some("SIP/2.0 200 OK");
    net.run(Duration::from_millis(400));
    assert_eq!(net.loses, None);
    let talks = |event: &Event| matches!(event, Event::Talking { .. });
    assert_eq!((net.count(0, talks), net.count(1, talks)), (0, 1));
    net.run(3 * SECOND);
    assert_eq!(net.count(0, talks), 1);
    let ours = last_call(&net, 0);
    let seen = measure(&mut net, 0, ours).video.expect("a picture");
    let sent = measure(&mut net, 1, call).video.expect("a camera").sent;
    let came = seen.received.expect("packets").received;
    // The last picture is under way.
    assert!(
        (sent.packets - 8..=sent.packets).contains(&came),
        "{came} of {}",
        sent.packets
    );
    assert_eq!((seen.seen.missed, seen.seen.broken), (0, 0), "{seen:?}");
}
