//! Calls over a perfect link, and with single losses in places that matter.

use super::*;

fn ended(event: &Event, how: Ended) -> bool {
    matches!(event, Event::Ended { ended, .. } if *ended == how)
}

#[test]
fn a_call_is_made_answered_and_ended() {
    for transport in [Transport::Udp, Transport::Tcp, Transport::Tls] {
        let mut net = Net::pair(transport, PERFECT, 1);
        let id = call(&mut net, Some("offer"));
        net.run(3 * SECOND, |agent, now, _, event| polite(agent, now, event));
        assert_eq!(
            net.count(0, |event| matches!(event, Event::Answered { .. })),
            1
        );
        assert_eq!(
            net.count(1, |event| matches!(event, Event::Confirmed { .. })),
            1
        );
        net.act(0, |agent, now| agent.hangup(now, id, Headers::new()))
            .unwrap();
        net.settle(|_, _, _, _| {});
        assert_eq!(net.count(0, |event| ended(event, Ended::Local)), 1);
        assert_eq!(net.count(1, |event| ended(event, Ended::Remote)), 1);
        assert!(
            net.parties.iter().all(|party| party.agent.is_idle()),
            "{transport:?}"
        );
        if transport == Transport::Udp {
            insta::assert_snapshot!(net.ladder());
        }
    }
}

#[test]
fn the_callee_hangs_up() {
    let mut net = Net::pair(Transport::Udp, PERFECT, 1);
    call(&mut net, Some("offer"));
    let mut theirs = None;
    net.run(3 * SECOND, |agent, now, party, event| {
        polite(agent, now, event);
        if let (1, Event::Incoming { session, .. }) = (party, event) {
            theirs = Some(*session);
        }
    });
    net.act(1, |agent, now| {
        agent.hangup(now, theirs.unwrap(), Headers::new())
    })
    .unwrap();
    net.settle(|_, _, _, _| {});
    assert_eq!(net.count(0, |event| ended(event, Ended::Remote)), 1);
    assert!(net.parties.iter().all(|party| party.agent.is_idle()));
}

#[test]
fn a_call_without_offer_waits_for_the_users_acknowledgement() {
    let mut net = Net::pair(Transport::Udp, PERFECT, 1);
    let id = call(&mut net, None);
    net.run(3 * SECOND, |agent, now, _, event| polite(agent, now, event));
    assert_eq!(
        net.count(1, |event| matches!(event, Event::Confirmed { .. })),
        0
    );
    net.act(0, |agent, now| {
        agent.acknowledge(now, id, Some(Body::sdp("late answer")))
    })
    .unwrap();
    net.run(SECOND, |_, _, _, _| {});
    let body = |event: &Event| matches!(event, Event::Confirmed { request, .. } if request.body == "late answer");
    assert_eq!(net.count(1, body), 1);
}

#[test]
fn a_ringing_call_is_cancelled_with_its_reason() {
    let mut net = Net::pair(Transport::Udp, PERFECT, 1);
    let id = call(&mut net, Some("offer"));
    net.run(SECOND, |agent, now, _, event| {
        if let Event::Incoming { session, .. } = event {
            agent.progress(now, *session, Reply::new(180)).unwrap();
        }
    });
    let mut headers = Headers::new();
    headers.push(
        Name::Reason,
        "SIP;cause=200;text=\"Call completed elsewhere\"",
    );
    net.act(0, |agent, now| agent.hangup(now, id, headers))
        .unwrap();
    net.settle(|_, _, _, _| {});
    let with_reason = |event: &Event| matches!(event, Event::Cancelled { request: Some(request), .. } if request.headers.contains(Name::Reason));
    assert_eq!(net.count(1, with_reason), 1);
    let refused = |event: &Event| matches!(event, Event::Refused { response: Some(response), .. } if response.status == 487);
    assert_eq!(net.count(0, refused), 1);
    assert!(net.parties.iter().all(|party| party.agent.is_idle()));
    insta::assert_snapshot!(net.ladder());
}

#[test]
fn a_call_given_up_before_anything_was_heard_is_cancelled_at_the_first_answer() {
    let mut net = Net::pair(Transport::Udp, PERFECT, 1);
    let id = call(&mut net, Some("offer"));
    net.act(0, |agent, now| agent.hangup(now, id, Headers::new()))
        .unwrap();
    net.settle(|_, _, _, _| {});
    assert_eq!(
        net.count(1, |event| matches!(event, Event::Cancelled { .. })),
        1
    );
    assert!(net.parties.iter().all(|party| party.agent.is_idle()));
}

#[test]
fn an_answer_that_crosses_the_cancel_is_acknowledged_and_ended() {
    let mut net = Net::pair(Transport::Udp, PERFECT, 1);
    let id = call(&mut net, Some("offer"));
    let mut ringing = None;
    net.run(SECOND, |agent, now, _, event| {
        if let Event::Incoming { session, .. } = event {
            agent.progress(now, *session, Reply::new(180)).unwrap();
            ringing = Some(*session);
        }
    });
    net.act(1, |agent, now| {
        agent.accept(now, ringing.unwrap(), Reply::new(200))
    })
    .unwrap();
    net.act(0, |agent, now| agent.hangup(now, id, Headers::new()))
        .unwrap();
    net.settle(|_, _, _, _| {});
    assert_eq!(net.count(0, |event| ended(event, Ended::Local)), 1);
    assert_eq!(
        net.count(0, |event| matches!(event, Event::Answered { .. })),
        0
    );
    assert_eq!(net.count(1, |event| ended(event, Ended::Remote)), 1);
    assert!(net.parties.iter().all(|party| party.agent.is_idle()));
    insta::assert_snapshot!(net.ladder());
}

#[test]
fn a_lost_ack_is_sent_again_for_each_repeat_of_the_answer() {
    let mut net = Net::pair(Transport::Udp, PERFECT, 1);
    // INVITE, 180, 200, ACK: the fourth packet, and the seventh, which repeats it.
    net.lost = vec![4, 6];
    call(&mut net, Some("offer"));
    net.run(10 * SECOND, |agent, now, _, event| {
        polite(agent, now, event)
    });
    assert_eq!(
        net.count(1, |event| matches!(event, Event::Confirmed { .. })),
        1
    );
    insta::assert_snapshot!(net.ladder());
}

#[test]
fn an_answer_that_nobody_acknowledges_ends_the_session() {
    let mut net = Net::pair(Transport::Udp, PERFECT, 1);
    call(&mut net, None);
    net.settle(|agent, now, party, event| {
        if party == 1 {
            polite(agent, now, event);
        }
    });
    assert_eq!(
        net.count(1, |event| ended(event, Ended::NotAcknowledged)),
        1
    );
    assert_eq!(net.count(0, |event| ended(event, Ended::Remote)), 1);
    assert!(net.parties.iter().all(|party| party.agent.is_idle()));
}

#[test]
fn a_silent_callee_is_given_up_after_32_seconds() {
    let mut net = Net::pair(
        Transport::Udp,
        Link {
            loss: 100,
            ..PERFECT
        },
        1,
    );
    call(&mut net, Some("offer"));
    net.run(40 * SECOND, |_, _, _, _| {});
    let silence = |event: &Event| {
        matches!(
            event,
            Event::Refused {
                failure: Some(crate::transaction::Failure::Silence),
                ..
            }
        )
    };
    assert_eq!(net.count(0, silence), 1);
    assert_eq!(net.ladder.len(), 7);
    assert!(net.parties[0].agent.is_idle());
}

#[test]
fn a_refusal_is_told_and_leaves_nothing() {
    let mut net = Net::pair(Transport::Udp, PERFECT, 1);
    call(&mut net, Some("offer"));
    net.settle(|agent, now, _, event| {
        if let Event::Incoming { session, .. } = event {
            agent.reject(now, *session, Reply::new(486)).unwrap();
        }
    });
    let busy = |event: &Event| matches!(event, Event::Refused { response: Some(response), .. } if response.status == 486);
    assert_eq!(net.count(0, busy), 1);
    assert!(net.parties.iter().all(|party| party.agent.is_idle()));
}

/// A call that stands; the ids at both ends.
fn standing(net: &mut Net) -> (SessionId, SessionId) {
    let near = call(net, Some("offer"));
    let mut far = None;
    net.run(3 * SECOND, |agent, now, _, event| {
        polite(agent, now, event);
        if let Event::Incoming { session, .. } = event {
            far = Some(*session);
        }
    });
    (near, far.unwrap())
}

#[test]
fn reinvites_that_cross_get_491_and_both_succeed_later() {
    let mut net = Net::pair(Transport::Udp, PERFECT, 1);
    let (near, far) = standing(&mut net);
    net.act(0, |agent, now| {
        agent.reinvite(now, near, Some(Body::sdp("hold")), Headers::new())
    })
    .unwrap();
    net.act(1, |agent, now| {
        agent.reinvite(now, far, Some(Body::sdp("hold")), Headers::new())
    })
    .unwrap();
    net.run(20 * SECOND, |agent, now, _, event| {
        polite(agent, now, event);
        if let Event::RetryReinvite { session } = event {
            let _ = agent.reinvite(now, *session, Some(Body::sdp("hold again")), Headers::new());
        }
    });
    for party in 0..2 {
        assert_eq!(
            net.count(party, |event| matches!(
                event,
                Event::ReinviteAnswered { .. }
            )),
            1
        );
        assert_eq!(
            net.count(party, |event| matches!(
                event,
                Event::ReinviteRefused { .. }
            )),
            1
        );
    }
    insta::assert_snapshot!(net.ladder());
}

#[test]
fn a_second_offer_while_one_is_out_is_refused_here_and_may_be_made_later() {
    let mut net = Net::pair(Transport::Udp, PERFECT, 1);
    let (near, _) = standing(&mut net);
    let offer = |net: &mut Net| {
        net.act(0, |agent, now| {
            agent.reinvite(now, near, Some(Body::sdp("hold")), Headers::new())
        })
    };
    offer(&mut net).unwrap();
    assert_eq!(offer(&mut net), Err(SessionError::Busy));
    net.run(3 * SECOND, |agent, now, _, event| polite(agent, now, event));
    assert_eq!(
        net.count(0, |event| matches!(event, Event::RetryReinvite { .. })),
        1
    );
    offer(&mut net).unwrap();
}

#[test]
fn a_request_within_is_answered_by_the_user() {
    let mut net = Net::pair(Transport::Udp, PERFECT, 1);
    net.parties[1].agent = {
        let mut config = Config::new("Bob/1");
        config.methods.push(Method::Info);
        let mut agent = UserAgent::new(config, [9; 32]);
        agent.handle(
            Duration::ZERO,
            Input::Bound {
                flow: FlowId(1),
                local: net.parties[1].address,
            },
        );
        agent
    };
    let (near, _) = standing(&mut net);
    let sent = net
        .act(0, |agent, now| {
            agent.request_within(now, near, Method::Info, Headers::new(), None)
        })
        .unwrap();
    net.run(3 * SECOND, |agent, now, _, event| polite(agent, now, event));
    let ok = |event: &Event| matches!(event, Event::Response { request, response } if *request == sent && response.status == 200);
    assert_eq!(net.count(0, ok), 1);
}

#[test]
fn a_lost_dialog_ends_the_session_at_the_next_reinvite() {
    let mut net = Net::pair(Transport::Udp, PERFECT, 1);
    let (near, _) = standing(&mut net);
    let mut fresh = UserAgent::new(Config::new("Bob/2"), [7; 32]);
    fresh.handle(
        net.now,
        Input::Bound {
            flow: FlowId(1),
            local: net.parties[1].address,
        },
    );
    net.parties[1].agent = fresh;
    net.act(0, |agent, now| {
        agent.reinvite(now, near, Some(Body::sdp("hold")), Headers::new())
    })
    .unwrap();
    net.settle(|_, _, _, _| {});
    assert_eq!(net.count(0, |event| ended(event, Ended::Gone)), 1);
    assert!(net.parties[0].agent.is_idle());
}

#[test]
fn both_hang_up_at_once() {
    let mut net = Net::pair(Transport::Udp, PERFECT, 1);
    let (near, far) = standing(&mut net);
    net.act(0, |agent, now| agent.hangup(now, near, Headers::new()))
        .unwrap();
    net.act(1, |agent, now| agent.hangup(now, far, Headers::new()))
        .unwrap();
    net.settle(|_, _, _, _| {});
    for party in 0..2 {
        assert_eq!(
            net.count(party, |event| matches!(event, Event::Ended { .. })),
            1
        );
    }
    assert!(net.parties.iter().all(|party| party.agent.is_idle()));
}

#[test]
fn a_reinvite_that_gets_no_further_than_trying_ends_the_session_at_last() {
    let mut net = Net::pair(Transport::Udp, PERFECT, 1);
    let (near, _) = standing(&mut net);
    let hold = Some(Body::sdp("hold"));
    net.act(0, |agent, now| {
        agent.reinvite(now, near, hold, Headers::new())
    })
    .unwrap();
    // The other side says 100 by itself; its user never answers, and then it is gone.
    net.run(SECOND, |_, _, _, _| {});
    net.link.loss = 100;
    net.settle(|_, _, _, _| {});
    let silence = Ended::Failed(crate::transaction::Failure::Silence);
    assert_eq!(net.count(0, |event| ended(event, silence)), 1);
    assert!(net.parties[0].agent.is_idle());
}

#[test]
fn a_reinvite_still_out_at_the_end_is_acknowledged_and_forgotten() {
    let mut net = Net::pair(Transport::Udp, PERFECT, 1);
    let (near, _) = standing(&mut net);
    let hold = Some(Body::sdp("hold"));
    net.act(0, |agent, now| {
        agent.reinvite(now, near, hold, Headers::new())
    })
    .unwrap();
    net.run(SECOND, |_, _, _, _| {});
    net.act(0, |agent, now| agent.hangup(now, near, Headers::new()))
        .unwrap();
    net.settle(|_, _, _, _| {});
    assert!(net.parties.iter().all(|party| party.agent.is_idle()));
    insta::assert_snapshot!(net.ladder());
}
