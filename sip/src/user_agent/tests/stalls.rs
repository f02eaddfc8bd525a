//! Connections that stall: what was written waits in them for longer than anybody waits for its answer.

use super::*;

/// A call over a connection that is open already.
fn connected(transport: Transport) -> Net {
    let mut net = Net::pair(transport, PERFECT, 7);
    let target = net.parties[1].address;
    ask(&mut net, target);
    run(&mut net, SECOND);
    assert_eq!(answers(&net), 1, "the connection is open");
    net
}

fn run(net: &mut Net, time: Duration) {
    net.run(time, |agent, now, _, event| polite(agent, now, event));
}

fn ask(net: &mut Net, target: std::net::SocketAddr) {
    let outgoing = Outgoing {
        method: Method::Options,
        hop: Hop::new(net.transport, target),
        uri: uri(&format!("sip:{target}")),
        from: name_addr("<sip:201@ipoffice>"),
        to: name_addr("<sip:202@ipoffice>"),
        call_id: None,
        number: 1,
        has_contact: false,
        headers: Headers::new(),
        body: None,
        login: None,
    };
    net.act(0, |agent, now| agent.request(now, outgoing));
}

fn answers(net: &Net) -> usize {
    net.count(0, |event| matches!(event, Event::Response { .. }))
}

fn calls(net: &Net) -> usize {
    net.count(1, |event| matches!(event, Event::Incoming { .. }))
}

#[test]
fn a_call_that_nobody_heard_in_time_does_not_come_out_of_its_connection_later() {
    for transport in [Transport::Tcp, Transport::Tls] {
        let mut net = connected(transport);
        net.stall_connections();
        let session = call(&mut net, Some("offer"));
        run(&mut net, 5 * SECOND);
        net.act(0, |agent, now| agent.hangup(now, session, Headers::new()))
            .unwrap();
        run(&mut net, 60 * SECOND);
        let refused = |event: &Event| matches!(event, Event::Refused { .. });
        assert_eq!(net.count(0, refused), 1, "the call is over");
        net.release_connections();
        run(&mut net, SECOND);
        assert_eq!(calls(&net), 0, "and rings for nobody");
        call(&mut net, Some("offer"));
        run(&mut net, SECOND);
        assert_eq!(calls(&net), 1, "the next one finds a way");
    }
}

#[test]
fn a_call_that_did_arrive_but_whose_answers_did_not_ends_with_its_connection() {
    let mut net = connected(Transport::Tcp);
    call(&mut net, Some("offer"));
    net.stall_connections();
    let ring = |agent: &mut UserAgent, now: Duration, _: usize, event: &Event| {
        if let Event::Incoming { session, .. } = event {
            agent.progress(now, *session, Reply::new(180)).unwrap();
        }
    };
    net.run(60 * SECOND, ring);
    assert_eq!(calls(&net), 1, "it rings");
    net.release_connections();
    net.run(SECOND, ring);
    let cancelled = |event: &Event| matches!(event, Event::Cancelled { .. });
    assert_eq!(net.count(1, cancelled), 1, "but not on and on");
    net.settle(ring);
    assert!(net.parties.iter().all(|party| party.agent.is_idle()));
}

#[test]
fn a_request_that_somebody_far_away_leaves_unanswered_costs_no_connection() {
    let mut net = connected(Transport::Tcp);
    let open = net.connections();
    let target = net.parties[1].address;
    ask(&mut net, target);
    net.run(40 * SECOND, |_, _, _, _| {});
    let failed = |event: &Event| matches!(event, Event::RequestFailed { .. });
    assert_eq!(net.count(0, failed), 1);
    assert_eq!(net.connections(), open);
}

/// A call from a phone to a server that reaches it only by the connection that the phone has opened; which is lost.
fn cut_off() -> (Net, SessionId) {
    let mut server = Config::new("Server/1");
    server.follows_contact = false;
    let configs = vec![Config::new("Phone/1"), server];
    let mut net = Net::new(Transport::Tcp, PERFECT, 7, configs);
    let session = call(&mut net, Some("offer"));
    run(&mut net, 5 * SECOND);
    net.cut_connections();
    (net, session)
}

fn theirs(net: &Net) -> SessionId {
    let incoming = |event: &Event| match event {
        Event::Incoming { session, .. } => Some(*session),
        _ => None,
    };
    net.parties[1].events.iter().find_map(incoming).unwrap()
}

/// The phone says where it is now.
fn refresh(net: &mut Net, session: SessionId) {
    net.act(0, |agent, now| {
        agent.request_within(now, session, Method::Update, Headers::new(), None)
    })
    .unwrap();
    run(net, SECOND);
}

fn ends(net: &Net, wanted: Ended) -> usize {
    net.count(
        0,
        |event| matches!(event, Event::Ended { ended, .. } if *ended == wanted),
    )
}

fn hang_up(net: &mut Net) {
    let session = theirs(net);
    net.act(1, |agent, now| agent.hangup(now, session, Headers::new()))
        .unwrap();
    run(net, SECOND);
}

#[test]
fn a_phone_that_says_where_it_is_now_is_found_there() {
    let (mut net, session) = cut_off();
    refresh(&mut net, session);
    hang_up(&mut net);
    assert_eq!(ends(&net, Ended::Remote), 1);
    net.settle(|_, _, _, _| {});
    assert!(net.parties.iter().all(|party| party.agent.is_idle()));
}

/// A phone asks for a change by another way, which gets `status`; the server hangs up. Whether the phone hears of it there, or where it
/// was before.
fn found_after_asking(status: u16) -> [bool; 2] {
    [false, true].map(|is_there| {
        let mut server = Config::new("Server/1");
        server.follows_contact = false;
        let configs = vec![Config::new("Phone/1"), server];
        let mut net = Net::new(Transport::Udp, PERFECT, 7, configs);
        let session = call(&mut net, Some("offer"));
        run(&mut net, 5 * SECOND);
        let known = net.parties[0].address;
        let other = "10.9.9.9:40000".parse().unwrap();
        net.parties[0].address = other;
        net.act(0, |agent, now| {
            agent.reinvite(now, session, Some(Body::sdp("offer")), Headers::new())
        })
        .unwrap();
        net.run(SECOND, |agent, now, _, event| {
            if let Event::Reinvited { session, .. } = event {
                let reply = Reply::new(status).with_body(Body::sdp("answer"));
                agent.answer_reinvite(now, *session, reply).unwrap();
            }
        });
        net.parties[0].address = if is_there { other } else { known };
        hang_up(&mut net);
        ends(&net, Ended::Remote) == 1
    })
}

#[test]
fn a_phone_is_followed_when_its_request_is_accepted_and_not_before() {
    assert_eq!(found_after_asking(200), [false, true]);
    assert_eq!(found_after_asking(488), [true, false]);
}

#[test]
fn a_call_that_the_other_side_knows_no_more_is_over() {
    let (mut net, session) = cut_off();
    hang_up(&mut net);
    net.run(60 * SECOND, |_, _, _, _| {});
    assert_eq!(ends(&net, Ended::Remote), 0, "nobody could tell the phone");
    refresh(&mut net, session);
    assert_eq!(ends(&net, Ended::Gone), 1);
    net.settle(|_, _, _, _| {});
    assert!(net.parties.iter().all(|party| party.agent.is_idle()));
}

#[test]
fn a_bye_that_may_have_come_damaged_is_said_again_and_not_for_ever() {
    let mut net = Net::pair(Transport::Udp, PERFECT, 7);
    let session = call(&mut net, Some("offer"));
    run(&mut net, SECOND);
    net.forget(1);
    net.act(0, |agent, now| agent.hangup(now, session, Headers::new()))
        .unwrap();
    run(&mut net, SECOND);
    assert_eq!(ends(&net, Ended::Local), 1);
    assert_eq!(net.ladder().matches("BYE (").count(), 3);
    assert_eq!(net.ladder().matches("481").count(), 3);
}
