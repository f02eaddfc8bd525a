//! Whatever the link does to packets, both ends come to the same view in the end and forget everything.

use proptest::prelude::*;

use super::*;

/// What the two people do, in this order, at these times.
#[derive(Clone, Debug)]
enum Act {
    Hold { party: usize },
    HangUp { party: usize },
}

fn act() -> impl Strategy<Value = (u64, Act)> {
    let what = prop_oneof![
        3 => (0..2usize).prop_map(|party| Act::Hold { party }),
        1 => (0..2usize).prop_map(|party| Act::HangUp { party }),
    ];
    (0..20_000u64, what)
}

fn link() -> impl Strategy<Value = Link> {
    (0..40u64, 0..30u64, 0..3_000u64).prop_map(|(loss, duplicate, jitter_ms)| Link {
        loss,
        duplicate,
        jitter_ms,
        mangle: 0,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_call_over_a_bad_link_converges(
        link in link(),
        seed in 0..u64::from(u8::MAX),
        answer_ms in 0..5_000u64,
        acts in prop::collection::vec(act(), 0..8),
    ) {
        let mut net = Net::pair(Transport::Udp, link, seed);
        let mut ids = [Some(call(&mut net, Some("offer"))), None];
        let mut acts = acts;
        acts.sort_by_key(|(at, _)| *at);
        acts.push((60_000, Act::HangUp { party: 0 }));
        let mut ringing = None;
        let mut answered = false;
        let mut react = |agent: &mut UserAgent, now: Duration, party: usize, event: &Event| match event {
            Event::Incoming { session, .. } => {
                let _ = agent.progress(now, *session, Reply::new(180));
                ringing = Some(*session);
                let _ = party;
            }
            Event::RetryReinvite { session } => {
                let _ = agent.reinvite(now, *session, Some(Body::sdp("again")), Headers::new());
            }
            other => polite(agent, now, other),
        };
        for (at, act) in acts {
            if !answered && at >= answer_ms {
                net.run(Duration::from_millis(answer_ms).saturating_sub(net.now), &mut react);
                answered = true;
                if let Some(Event::Incoming { session, .. }) = net.parties[1].events.first() {
                    let session = *session;
                    ids[1] = Some(session);
                    let reply = Reply::new(200).with_body(Body::sdp("answer"));
                    let _ = net.act(1, |agent, now| agent.accept(now, session, reply));
                }
            }
            net.run(Duration::from_millis(at).saturating_sub(net.now), &mut react);
            let (party, is_hold) = match act {
                Act::Hold { party } => (party, true),
                Act::HangUp { party } => (party, false),
            };
            let Some(id) = ids[party] else { continue };
            let _ = match is_hold {
                true => net.act(party, |a, now| a.reinvite(now, id, Some(Body::sdp("hold")), Headers::new())),
                false => net.act(party, |a, now| a.hangup(now, id, Headers::new())),
            };
        }
        net.settle(&mut react);
        for party in 0..2 {
            prop_assert!(net.parties[party].agent.is_idle(), "party {party} is left with something\n{}", net.ladder());
        }
        // Exactly one last word for the caller, at most one for the callee.
        let last = |event: &Event| {
            matches!(event, Event::Ended { .. } | Event::Refused { .. } | Event::Cancelled { .. })
        };
        prop_assert_eq!(net.count(0, last), 1);
        let incoming = net.count(1, |event| matches!(event, Event::Incoming { .. }));
        prop_assert!(net.count(1, last) <= incoming);
    }

    /// Changed bytes may end a call or keep it from coming about; they never make an agent fail, nor lose count of its calls.
    #[test]
    fn changed_bytes_harm_nobody(seed in 0..u64::from(u8::MAX), mangle in 1..100u64, holds in 0..6u64) {
        let link = Link { loss: 5, duplicate: 10, jitter_ms: 200, mangle };
        let mut net = Net::pair(Transport::Udp, link, seed);
        let id = call(&mut net, Some("offer"));
        for _ in 0..holds {
            net.run(2 * SECOND, |agent, now, _, event| polite(agent, now, event));
            let hold = Some(Body::sdp("hold"));
            let _ = net.act(0, |agent, now| agent.reinvite(now, id, hold, Headers::new()));
        }
        let _ = net.act(0, |agent, now| agent.hangup(now, id, Headers::new()));
        net.run(60 * SECOND, |agent, now, _, event| polite(agent, now, event));
        // Whatever is left at the callee, a person can still end it.
        net.link = PERFECT;
        let is_incoming = |event: &Event| match event {
            Event::Incoming { session, .. } => Some(*session),
            _ => None,
        };
        let sessions: Vec<_> = net.parties[1].events.iter().filter_map(is_incoming).collect();
        for session in sessions {
            let _ = net.act(1, |agent, now| agent.hangup(now, session, Headers::new()));
        }
        net.settle(|agent, now, _, event| polite(agent, now, event));
        for party in 0..2 {
            prop_assert!(net.parties[party].agent.is_idle(), "party {party} is left with something\n{}", net.ladder());
        }
    }
}
