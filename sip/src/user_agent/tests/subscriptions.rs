//! Subscriptions between two agents: the second serves message-summary to the first.

use super::*;
use crate::event::SubscriptionId;
use crate::mwi::{MessageSummary, PACKAGE};

/// What the subscriber has been told: the state of the subscription and the body, NOTIFY by NOTIFY.
fn told(net: &Net) -> Vec<String> {
    let notify = |event: &Event| match event {
        Event::Request { request, .. } if request.method == Method::Notify => {
            let state = request.headers.subscription_state().unwrap();
            let body = String::from_utf8_lossy(&request.body).trim().to_owned();
            Some(format!("{state} {body}"))
        }
        _ => None,
    };
    net.parties[0].events.iter().filter_map(notify).collect()
}

fn ended(net: &Net) -> usize {
    net.count(1, |event| matches!(event, Event::SubscriptionEnded { .. }))
}

struct Play {
    net: Net,
    subscriptions: Vec<SubscriptionId>,
}

impl Play {
    fn new(link: Link, seed: u64) -> Self {
        let mut subscriber = Config::new("Alice/1");
        subscriber.methods.push(Method::Notify);
        let mut notifier = Config::new("Bob/1");
        notifier.methods.push(Method::Subscribe);
        notifier.packages.push(PACKAGE.to_owned());
        notifier.subscriptions_max = 2;
        Self {
            net: Net::new(Transport::Udp, link, seed, vec![subscriber, notifier]),
            subscriptions: Vec::new(),
        }
    }

    /// Sends a SUBSCRIBE; with the tag of the notifier it belongs to the dialog.
    fn subscribe(
        &mut self,
        call_id: &str,
        number: u32,
        expires_s: &str,
        event: &str,
        tag: Option<&str>,
    ) {
        let target = self.net.parties[1].address;
        let mut to = name_addr("<sip:201@ipoffice>");
        if let Some(tag) = tag {
            to = to.with_tag(tag);
        }
        let mut headers = Headers::new();
        headers.push(Name::Event, event);
        headers.push(Name::Expires, expires_s);
        let outgoing = Outgoing {
            hop: Hop::new(Transport::Udp, target),
            method: Method::Subscribe,
            uri: uri(&format!("sip:201@{target}")),
            from: name_addr("<sip:201@ipoffice>;tag=alice"),
            to,
            call_id: Some(call_id.to_owned()),
            number,
            has_contact: true,
            headers,
            body: None,
            login: None,
        };
        self.net.act(0, |agent, now| agent.request(now, outgoing));
    }

    /// Lets time pass; the notifier grants what is asked for.
    fn run(&mut self, time: Duration) {
        let subscriptions = &mut self.subscriptions;
        self.net.run(time, |agent, now, party, event| match event {
            Event::Request {
                incoming,
                hop,
                request,
            } if party == 1 => {
                let asked = request.headers.expires().unwrap().unwrap_or(3600);
                let body = Some(MessageSummary { is_waiting: false }.body());
                let id = agent.accept_subscription(now, *incoming, hop.clone(), asked, body);
                subscriptions.extend(id);
            }
            Event::Request { incoming, .. } => {
                agent.respond(now, *incoming, Reply::new(200));
            }
            _ => {}
        });
    }

    /// The statuses that the subscriber's requests were answered with.
    fn statuses(&self) -> Vec<u16> {
        let status = |event: &Event| match event {
            Event::Response { response, .. } => Some(response.status),
            _ => None,
        };
        self.net.parties[0]
            .events
            .iter()
            .filter_map(status)
            .collect()
    }

    /// The notifier's tag.
    fn tag(&self) -> String {
        let tag = |event: &Event| match event {
            Event::Response { response, .. } => {
                response.headers.to().unwrap().tag().map(str::to_owned)
            }
            _ => None,
        };
        self.net.parties[0].events.iter().find_map(tag).unwrap()
    }
}

#[test]
fn a_subscription_is_told_at_once_and_at_each_change_until_it_is_given_up() {
    let mut play = Play::new(PERFECT, 1);
    play.subscribe("s", 1, "600", PACKAGE, None);
    play.run(SECOND);
    let (id, tag) = (play.subscriptions[0], play.tag());
    let lamp = |is_waiting| Some(MessageSummary { is_waiting }.body());
    play.net.act(1, |agent, now| {
        // Two changes while a NOTIFY is out are told as one.
        for is_waiting in [true, false, true] {
            assert!(agent.notify(now, id, lamp(is_waiting)));
        }
    });
    play.run(99 * SECOND);
    play.subscribe("s", 2, "600", PACKAGE, Some(&tag));
    play.run(SECOND);
    play.subscribe("s", 3, "0", PACKAGE, Some(&tag));
    play.run(40 * SECOND);
    assert_eq!(play.statuses(), [200, 200, 200]);
    insta::assert_snapshot!(told(&play.net).join("\n"), @r"
    active;expires=600 Messages-Waiting: no
    active;expires=599 Messages-Waiting: yes
    active;expires=598 Messages-Waiting: yes
    active;expires=600 Messages-Waiting: no
    terminated;reason=timeout Messages-Waiting: no
    ");
    assert_eq!(ended(&play.net), 1);
    play.net
        .act(1, |agent, now| assert!(!agent.notify(now, id, None)));
    assert!(play.net.parties[1].agent.is_idle());
}

#[test]
fn a_subscription_that_is_not_refreshed_runs_out() {
    let mut play = Play::new(PERFECT, 1);
    play.subscribe("s", 1, "60", PACKAGE, None);
    play.run(59 * SECOND);
    assert_eq!((told(&play.net).len(), ended(&play.net)), (1, 0));
    play.run(40 * SECOND);
    assert_eq!(
        told(&play.net)[1],
        "terminated;reason=timeout Messages-Waiting: no"
    );
    assert_eq!(ended(&play.net), 1);
    // Whoever refreshes it too late is told that it is gone.
    let tag = play.tag();
    play.subscribe("s", 2, "60", PACKAGE, Some(&tag));
    play.run(40 * SECOND);
    assert_eq!(play.statuses(), [200, 481]);
    assert!(play.net.parties[1].agent.is_idle());
}

#[test]
fn a_look_at_the_state_is_told_once() {
    let mut play = Play::new(PERFECT, 1);
    play.subscribe("s", 1, "0", PACKAGE, None);
    play.run(40 * SECOND);
    assert_eq!(
        told(&play.net),
        ["terminated;reason=timeout Messages-Waiting: no"]
    );
    assert!(play.net.parties[1].agent.is_idle());
}

#[test]
fn other_packages_are_refused_with_those_that_are_known() {
    for event in ["presence", "", "dialog;sla"] {
        let mut play = Play::new(PERFECT, 1);
        play.subscribe("s", 1, "600", event, None);
        play.run(40 * SECOND);
        assert_eq!(play.statuses(), [489], "{event}");
        let Some(Event::Response { response, .. }) = play.net.parties[0].events.first() else {
            panic!("no answer");
        };
        assert_eq!(response.headers.get(Name::AllowEvents), Some(PACKAGE));
        assert!(play.net.parties[1].agent.is_idle());
    }
}

#[test]
fn late_foreign_and_surplus_subscriptions_are_refused() {
    let mut play = Play::new(PERFECT, 1);
    play.subscribe("s", 5, "600", PACKAGE, None);
    play.run(SECOND);
    let tag = play.tag();
    play.subscribe("s", 4, "600", PACKAGE, Some(&tag));
    play.run(SECOND);
    play.subscribe("s", 6, "600", "message-summary;id=2", Some(&tag));
    play.run(SECOND);
    play.subscribe("other", 1, "600", PACKAGE, Some(&tag));
    play.run(SECOND);
    play.subscribe("t", 1, "600", PACKAGE, None);
    play.run(SECOND);
    play.subscribe("u", 1, "600", PACKAGE, None);
    play.run(SECOND);
    assert_eq!(play.statuses(), [200, 500, 481, 481, 200, 503]);
}

#[test]
fn a_subscriber_that_is_gone_is_forgotten() {
    let mut play = Play::new(PERFECT, 1);
    play.subscribe("s", 1, "3600", PACKAGE, None);
    play.run(SECOND);
    let id = play.subscriptions[0];
    play.net.link.loss = 100;
    play.net.act(1, |agent, now| agent.notify(now, id, None));
    play.run(40 * SECOND);
    assert_eq!(ended(&play.net), 1);
    assert!(play.net.parties[1].agent.is_idle());
}

#[test]
fn on_a_bad_network_the_last_state_is_the_one_that_is_known() {
    for seed in 0..20 {
        let mut play = Play::new(net::BAD, seed);
        play.subscribe("s", 1, "3600", PACKAGE, None);
        play.run(40 * SECOND);
        let Some(id) = play.subscriptions.first().copied() else {
            continue; // SUBSCRIBE itself was lost for too long.
        };
        for round in 0..6 {
            let body = Some(
                MessageSummary {
                    is_waiting: round % 2 == 0,
                }
                .body(),
            );
            play.net.act(1, |agent, now| agent.notify(now, id, body));
            play.run(SECOND / 2);
        }
        play.run(120 * SECOND);
        if ended(&play.net) == 0 {
            assert!(
                told(&play.net).last().unwrap().ends_with("Waiting: no"),
                "seed {seed}"
            );
        }
    }
}
