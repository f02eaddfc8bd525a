//! Watching: the first agent subscribes to message-summary of the second, and keeps the subscription up.

use super::*;
use crate::header::Event as EventHeader;
use crate::mwi::{CONTENT_TYPE, MessageSummary, PACKAGE};

struct Play {
    net: Net,
    watch: WatchId,
    subscription: Option<SubscriptionId>,
    /// What each SUBSCRIBE is granted; the last one counts on.
    granted: Vec<u32>,
    /// Statuses that refuse the next SUBSCRIBEs.
    refusals: Vec<Reply>,
    asked: Vec<u32>,
}

fn configs() -> Vec<Config> {
    let mut watcher = Config::new("Alice/1");
    watcher.methods.push(Method::Notify);
    let mut notifier = Config::new("Bob/1");
    notifier.methods.push(Method::Subscribe);
    notifier.packages.push(PACKAGE.to_owned());
    vec![watcher, notifier]
}

impl Play {
    fn new(link: Link, seed: u64) -> Self {
        let mut net = Net::new(Transport::Udp, link, seed, configs());
        let target = net.parties[1].address;
        let watch = Watch {
            hop: Hop::new(Transport::Udp, target),
            uri: uri("sip:201@ipoffice"),
            from: name_addr("<sip:201@ipoffice>"),
            to: name_addr("<sip:201@ipoffice>"),
            event: EventHeader::new(PACKAGE),
            accept: CONTENT_TYPE.to_owned(),
            expires_s: 600,
            login: None,
        };
        let watch = net.act(0, |agent, now| agent.watch(now, watch));
        Self {
            net,
            watch,
            subscription: None,
            granted: vec![600],
            refusals: Vec::new(),
            asked: Vec::new(),
        }
    }

    fn run(&mut self, time: Duration) {
        let (granted, refusals, asked) = (&mut self.granted, &mut self.refusals, &mut self.asked);
        let subscription = &mut self.subscription;
        self.net.run(time, |agent, now, party, event| {
            let (
                1,
                Event::Request {
                    incoming,
                    hop,
                    request,
                },
            ) = (party, event)
            else {
                return;
            };
            let wanted = request.headers.expires().unwrap().unwrap();
            asked.push(wanted);
            if !refusals.is_empty() {
                agent.respond(now, *incoming, refusals.remove(0));
                return;
            }
            let most = if granted.len() > 1 {
                granted.remove(0)
            } else {
                granted[0]
            };
            let body = Some(MessageSummary { is_waiting: false }.body());
            let id = agent.accept_subscription(now, *incoming, hop.clone(), wanted.min(most), body);
            *subscription = id.or(*subscription);
        });
    }

    /// The bodies that were told, and how the watch ended.
    fn told(&self) -> (Vec<String>, Option<String>) {
        let events = &self.net.parties[0].events;
        let body = |event: &Event| match event {
            Event::Notified { request, .. } => {
                Some(String::from_utf8_lossy(&request.body).trim().to_owned())
            }
            _ => None,
        };
        let ends: Vec<String> = events
            .iter()
            .filter_map(|event| match event {
                Event::WatchEnded { end, .. } => Some(match end {
                    WatchEnd::Local => "left".to_owned(),
                    WatchEnd::Terminated(state) => state.to_string(),
                    WatchEnd::Refused(response) => response.status.to_string(),
                    WatchEnd::Failed(failure) => failure.to_string(),
                }),
                _ => None,
            })
            .collect();
        assert!(ends.len() < 2, "{ends:?}");
        (
            events.iter().filter_map(body).collect(),
            ends.into_iter().next(),
        )
    }

    fn is_idle(&self) -> bool {
        self.net.parties.iter().all(|party| party.agent.is_idle())
    }
}

#[test]
fn a_watch_is_told_of_changes_refreshed_and_left() {
    let mut play = Play::new(PERFECT, 1);
    play.granted = vec![100];
    play.run(150 * SECOND);
    // Asked for 600 s each time, granted 100 s: again 40 s before they are over.
    assert_eq!(play.asked, [600, 600, 600]);
    let id = play.subscription.unwrap();
    let lamp = Some(MessageSummary { is_waiting: true }.body());
    play.net.act(1, |agent, now| agent.notify(now, id, lamp));
    play.run(SECOND);
    let watch = play.watch;
    play.net.act(0, |agent, now| agent.unwatch(now, watch));
    play.run(70 * SECOND);
    let (bodies, end) = play.told();
    let [no, yes] = ["Messages-Waiting: no", "Messages-Waiting: yes"];
    assert_eq!(bodies, [no, no, no, yes]);
    assert_eq!(end.as_deref(), Some("left"));
    assert!(play.is_idle());
    insta::assert_snapshot!(play.net.ladder());
}

#[test]
fn a_watch_that_is_refused_ended_or_unheard_says_why() {
    let mut refused = Play::new(PERFECT, 1);
    refused.refusals = vec![Reply::new(489)];
    refused.run(40 * SECOND);
    assert_eq!(refused.told(), (Vec::new(), Some("489".to_owned())));
    assert!(refused.is_idle());

    let mut silent = Play::new(
        Link {
            loss: 100,
            ..PERFECT
        },
        1,
    );
    silent.run(40 * SECOND);
    assert_eq!(silent.told().1.as_deref(), Some("no answer within 32 s"));
    assert!(silent.is_idle());

    let mut ended = Play::new(PERFECT, 1);
    ended.run(SECOND);
    let id = ended.subscription.unwrap();
    ended.net.act(1, |agent, now| {
        agent.end_subscription(now, id, "deactivated")
    });
    ended.run(40 * SECOND);
    assert_eq!(
        ended.told().1.as_deref(),
        Some("terminated;reason=deactivated")
    );
    assert!(ended.is_idle());

    // The notifier has lost its memory: the refresh is answered 481.
    let mut forgotten = Play::new(PERFECT, 1);
    forgotten.run(SECOND);
    forgotten.refusals = vec![Reply::new(481)];
    forgotten.run(570 * SECOND);
    assert_eq!(forgotten.told().1.as_deref(), Some("481"));
}

#[test]
fn an_interval_too_brief_is_raised_and_a_watch_left_at_once_is_ended() {
    let mut play = Play::new(PERFECT, 1);
    play.refusals = vec![Reply::new(423).with_header(Name::MinExpires, "900")];
    play.granted = vec![900];
    play.run(10 * SECOND);
    assert_eq!(play.asked, [600, 900]);
    assert_eq!(play.told().0.len(), 1);

    let mut hasty = Play::new(PERFECT, 1);
    let watch = hasty.watch;
    hasty.net.act(0, |agent, now| agent.unwatch(now, watch));
    hasty.run(100 * SECOND);
    assert_eq!(hasty.asked, [600, 0]);
    assert_eq!(hasty.told(), (Vec::new(), Some("left".to_owned())));
    assert!(hasty.is_idle());

    let mut forgotten = Play::new(PERFECT, 1);
    forgotten.run(SECOND);
    let (watch, id) = (forgotten.watch, forgotten.subscription.unwrap());
    forgotten.net.act(0, |agent, _| agent.forget_watch(watch));
    forgotten
        .net
        .act(1, |agent, now| agent.notify(now, id, None));
    forgotten.run(60 * SECOND);
    // Its NOTIFY found nobody: RFC 6665 §4.2.2 ends the subscription at the notifier.
    assert_eq!(
        forgotten.told(),
        (vec!["Messages-Waiting: no".to_owned()], None)
    );
    assert!(forgotten.net.parties[1].agent.is_idle());
}

#[test]
fn on_a_bad_network_the_last_state_is_known_in_the_end() {
    for seed in 0..20 {
        let mut play = Play::new(net::BAD, seed);
        play.run(60 * SECOND);
        let Some(id) = play.subscription else {
            continue; // SUBSCRIBE itself was lost for too long.
        };
        for is_waiting in [true, false, true] {
            let body = Some(MessageSummary { is_waiting }.body());
            play.net.act(1, |agent, now| agent.notify(now, id, body));
            play.run(SECOND / 2);
        }
        play.run(100 * SECOND);
        let (bodies, end) = play.told();
        let is_known = bodies.last().is_some_and(|body| body.ends_with("yes"));
        assert!(is_known || end.is_some(), "seed {seed}: {bodies:?} {end:?}");
    }
}
