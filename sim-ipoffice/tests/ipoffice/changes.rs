//! Hold, retrieve, glare and the other changes of an established call.

use crate::town::{Town, body, three_users};
use sip::event::SessionId;
use sip::sdp::Direction;
use sip::user_agent::{Body, Event, Reply, Transport};
use sip::{Headers, Method};

struct Pair {
    town: Town,
    alice: usize,
    bob: usize,
    a: SessionId,
    b: SessionId,
}

fn pair() -> Pair {
    let mut town = Town::new(three_users());
    let alice = town.registered("201", "Deskphone/1", Transport::Udp);
    let bob = town.registered("202", "Deskphone/1", Transport::Tcp);
    let (a, b) = town.talk(alice, bob);
    for phone in [alice, bob] {
        town.phones[phone].events.clear();
    }
    Pair {
        town,
        alice,
        bob,
        a,
        b,
    }
}

impl Pair {
    fn reinvite(&mut self, phone: usize, session: SessionId, direction: Direction, version: u64) {
        let sdp = self.town.sdp(phone, direction, &[], version);
        self.town
            .act(phone, |now, agent| {
                agent.reinvite(now, session, Some(Body::sdp(sdp.write())), Headers::new())
            })
            .unwrap();
        self.town.run(50);
    }

    /// The direction that a phone was last offered, which it accepts with this one.
    fn accept(
        &mut self,
        phone: usize,
        session: SessionId,
        direction: Direction,
        version: u64,
    ) -> Direction {
        let offered = self.town.phones[phone]
            .events
            .iter()
            .rev()
            .find_map(|event| match event {
                Event::Reinvited { request, .. } => {
                    Some(body(&request.body).audio().unwrap().direction())
                }
                _ => None,
            });
        let sdp = self.town.sdp(phone, direction, &[], version);
        let reply = Reply::new(200).with_body(Body::sdp(sdp.write()));
        self.town
            .act(phone, |now, agent| {
                agent.answer_reinvite(now, session, reply)
            })
            .unwrap();
        self.town.run(50);
        offered.unwrap()
    }

    fn answered(&self, phone: usize) -> Option<Direction> {
        self.town.phones[phone]
            .events
            .iter()
            .rev()
            .find_map(|event| match event {
                Event::ReinviteAnswered { response, .. } => {
                    Some(body(&response.body).audio().unwrap().direction())
                }
                _ => None,
            })
    }

    fn refused(&self, phone: usize) -> Option<u16> {
        self.town.phones[phone]
            .events
            .iter()
            .rev()
            .find_map(|event| match event {
                Event::ReinviteRefused { response, .. } => {
                    response.as_ref().map(|response| response.status)
                }
                _ => None,
            })
    }
}

#[test]
fn hold_and_retrieve_go_through_from_both_sides() {
    for from_caller in [true, false] {
        let mut pair = pair();
        let ((x, xs), (y, ys)) = if from_caller {
            ((pair.alice, pair.a), (pair.bob, pair.b))
        } else {
            ((pair.bob, pair.b), (pair.alice, pair.a))
        };
        pair.reinvite(x, xs, Direction::SendOnly, 2);
        assert_eq!(
            pair.accept(y, ys, Direction::RecvOnly, 2),
            Direction::SendOnly
        );
        assert_eq!(pair.answered(x), Some(Direction::RecvOnly));
        pair.reinvite(x, xs, Direction::SendRecv, 3);
        assert_eq!(
            pair.accept(y, ys, Direction::SendRecv, 3),
            Direction::SendRecv
        );
        assert_eq!(pair.answered(x), Some(Direction::SendRecv));
        // Held by both sides: inactive.
        pair.reinvite(y, ys, Direction::Inactive, 4);
        assert_eq!(
            pair.accept(x, xs, Direction::Inactive, 4),
            Direction::Inactive
        );
        assert_eq!(pair.town.office.bridge().talking_count(), 1);
    }
}

/// RFC 3264 §6.1: a phone that answers every hold with sendrecv does not make the system promise to send to who holds.
#[test]
fn a_hold_is_answered_as_one_whatever_the_other_phone_says() {
    for (held, wanted) in [
        (Direction::SendOnly, Direction::RecvOnly),
        (Direction::Inactive, Direction::Inactive),
    ] {
        let mut pair = pair();
        pair.reinvite(pair.alice, pair.a, held, 2);
        pair.accept(pair.bob, pair.b, Direction::SendRecv, 2);
        assert_eq!(pair.answered(pair.alice), Some(wanted), "{held:?}");
    }
}

#[test]
fn a_refused_change_leaves_the_call_as_it_was() {
    let mut pair = pair();
    pair.reinvite(pair.alice, pair.a, Direction::SendOnly, 2);
    let (bob, b) = (pair.bob, pair.b);
    pair.town
        .act(bob, |now, agent| {
            agent.answer_reinvite(now, b, Reply::new(488))
        })
        .unwrap();
    pair.town.run(100);
    assert_eq!(pair.refused(pair.alice), Some(488));
    pair.reinvite(pair.bob, pair.b, Direction::SendOnly, 3);
    assert_eq!(
        pair.accept(pair.alice, pair.a, Direction::RecvOnly, 3),
        Direction::SendOnly
    );
}

#[test]
fn crossing_changes_are_refused_491_and_succeed_when_tried_again() {
    let mut pair = pair();
    let (alice, a, bob, b) = (pair.alice, pair.a, pair.bob, pair.b);
    let offers =
        [(alice, a), (bob, b)].map(|(phone, _)| pair.town.sdp(phone, Direction::SendOnly, &[], 2));
    for ((phone, session), offer) in [(alice, a), (bob, b)].into_iter().zip(&offers) {
        let body = Some(Body::sdp(offer.write()));
        pair.town
            .act(phone, |now, agent| {
                agent.reinvite(now, session, body, Headers::new())
            })
            .unwrap();
    }
    pair.town.run(500);
    assert_eq!(
        (pair.refused(alice), pair.refused(bob)),
        (Some(491), Some(491))
    );
    // Each tries again when its agent says so; the other side answers.
    let mut held = 0;
    for _ in 0..200 {
        pair.town.run(50);
        for (phone, session) in [(alice, a), (bob, b)] {
            let events = std::mem::take(&mut pair.town.phones[phone].events);
            for event in events {
                match event {
                    Event::RetryReinvite { .. } => {
                        let sdp = pair.town.sdp(phone, Direction::SendOnly, &[], 3);
                        let body = Some(Body::sdp(sdp.write()));
                        let _ = pair.town.act(phone, |now, agent| {
                            agent.reinvite(now, session, body, Headers::new())
                        });
                    }
                    Event::Reinvited { .. } => {
                        let sdp = pair.town.sdp(phone, Direction::RecvOnly, &[], 3);
                        let reply = Reply::new(200).with_body(Body::sdp(sdp.write()));
                        let _ = pair.town.act(phone, |now, agent| {
                            agent.answer_reinvite(now, session, reply)
                        });
                    }
                    Event::ReinviteAnswered { .. } => held += 1,
                    _ => {}
                }
            }
        }
    }
    assert_eq!(held, 2);
}

#[test]
fn info_goes_through_and_other_requests_do_not() {
    let mut pair = pair();
    let (alice, a, bob) = (pair.alice, pair.a, pair.bob);
    let dtmf = Some(Body::new("application/dtmf-relay", "Signal=5\r\n"));
    pair.town
        .act(alice, |now, agent| {
            agent.request_within(now, a, Method::Info, Headers::new(), dtmf)
        })
        .unwrap();
    pair.town.run(50);
    let statuses = |pair: &Pair| -> Vec<u16> {
        let events = pair.town.phones[alice].events.iter();
        events
            .filter_map(|event| match event {
                Event::Response { response, .. } => Some(response.status),
                _ => None,
            })
            .collect()
    };
    // The phones of this town do not serve INFO themselves: their refusal comes back.
    assert_eq!(statuses(&pair), [405]);
    pair.town
        .act(alice, |now, agent| {
            agent.request_within(now, a, Method::Refer, Headers::new(), None)
        })
        .unwrap();
    pair.town.run(50);
    assert_eq!(statuses(&pair).len(), 2);
    let _ = bob;
}

#[test]
fn an_offerless_change_gets_the_offer_of_the_other_side() {
    let mut pair = pair();
    let (alice, a, bob, b) = (pair.alice, pair.a, pair.bob, pair.b);
    pair.town
        .act(alice, |now, agent| {
            agent.reinvite(now, a, None, Headers::new())
        })
        .unwrap();
    pair.town.run(50);
    let offer = pair.town.sdp(bob, Direction::SendOnly, &[], 2);
    let reply = Reply::new(200).with_body(Body::sdp(offer.write()));
    pair.town
        .act(bob, |now, agent| agent.answer_reinvite(now, b, reply))
        .unwrap();
    pair.town.run(50);
    assert_eq!(pair.answered(alice), Some(Direction::SendOnly));
    let answer = pair.town.sdp(alice, Direction::RecvOnly, &[], 2);
    pair.town
        .act(alice, |now, agent| {
            agent.acknowledge(now, a, Some(Body::sdp(answer.write())))
        })
        .unwrap();
    pair.town.run(50);
    let confirmed = pair.town.phones[bob]
        .events
        .iter()
        .rev()
        .find_map(|event| match event {
            Event::Confirmed { request, .. } => {
                Some(body(&request.body).audio().unwrap().direction())
            }
            _ => None,
        });
    assert_eq!(confirmed, Some(Direction::RecvOnly));
}
