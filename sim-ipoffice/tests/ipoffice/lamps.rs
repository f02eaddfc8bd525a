//! Message waiting at the core: who may watch a lamp, what they are told, and that it is on or off and nothing more (HIS-05).

use sip::event::RequestId;
use sip::message::Method;
use sip::mwi::PACKAGE;
use sip::user_agent::{Event, Login, Outgoing, Reply, Transport};
use sip::{Headers, Name};

use crate::town::{Town, address, three_users};

/// A phone subscribes to the lamp of an extension, with its own credentials.
fn subscribe(
    town: &mut Town,
    phone: usize,
    extension: &str,
    event: &str,
    expires_s: u32,
) -> RequestId {
    let mut headers = Headers::new();
    headers.push(Name::Event, event);
    headers.push(Name::Expires, expires_s.to_string());
    let own = town.phones[phone].extension.clone();
    let outgoing = Outgoing {
        hop: town.hop(phone),
        method: Method::Subscribe,
        uri: address(extension).uri,
        from: address(&own),
        to: address(extension),
        call_id: None,
        number: 1,
        has_contact: true,
        headers,
        body: None,
        login: Some(Login::new(own, town.phones[phone].password.clone())),
    };
    let request = town.act(phone, |now, agent| agent.request(now, outgoing));
    listen(town, phone);
    request
}

/// Lets a second pass in which the phone answers what it is told.
fn listen(town: &mut Town, phone: usize) {
    for _ in 0..10 {
        town.run(100);
        let untold: Vec<_> = town.phones[phone]
            .events
            .iter()
            .filter_map(|event| match event {
                Event::Request { incoming, .. } => Some(*incoming),
                _ => None,
            })
            .collect();
        for incoming in untold {
            town.act(phone, |now, agent| {
                agent.respond(now, incoming, Reply::new(200))
            });
        }
    }
}

/// State and body of each NOTIFY that a phone got.
fn told(town: &Town, phone: usize) -> Vec<(String, String)> {
    let told = |event: &Event| match event {
        Event::Request { request, .. } if request.method == Method::Notify => {
            let state = request.headers.subscription_state().unwrap();
            Some((
                state.state,
                String::from_utf8(request.body.to_vec()).unwrap(),
            ))
        }
        _ => None,
    };
    town.phones[phone].events.iter().filter_map(told).collect()
}

fn status(town: &Town, phone: usize, asked: RequestId) -> u16 {
    let status = |event: &Event| match event {
        Event::Response { request, response } if *request == asked => Some(response.status),
        _ => None,
    };
    town.phones[phone].events.iter().find_map(status).unwrap()
}

fn watcher(town: &mut Town, transport: Transport) -> usize {
    let phone = town.registered("201", "Deskphone/1", transport);
    town.phones[phone].events.clear();
    phone
}

#[test]
fn a_lamp_is_told_on_and_off_and_clears() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let mut town = Town::new(three_users());
        let phone = watcher(&mut town, transport);
        let asked = subscribe(&mut town, phone, "201", PACKAGE, 600);
        assert_eq!(status(&town, phone, asked), 200);
        for is_waiting in [true, true, false] {
            town.office.set_message_waiting("201", is_waiting);
            town.office.set_message_waiting("202", is_waiting);
            town.office_hears(sim_ipoffice::server::Input::Timeout);
            listen(&mut town, phone);
        }
        let bodies: Vec<_> = told(&town, phone)
            .into_iter()
            .map(|(_, body)| body)
            .collect();
        let [no, yes] = ["Messages-Waiting: no\r\n", "Messages-Waiting: yes\r\n"];
        assert_eq!(bodies, [no, yes, no], "each change once, and no counts");
        town.run(700_000);
        assert_eq!(told(&town, phone).last().unwrap().0, "terminated");
        assert_eq!(town.office.lamps().watcher_count(), 0);
        assert!(town.office.is_idle());
    }
}

#[test]
fn nobody_watches_the_lamp_of_another() {
    let mut town = Town::new(three_users());
    let phone = watcher(&mut town, Transport::Udp);
    let asked = subscribe(&mut town, phone, "202", PACKAGE, 600);
    assert_eq!(status(&town, phone, asked), 403);
    town.phones[phone].password = "wrong".to_owned();
    let asked = subscribe(&mut town, phone, "201", PACKAGE, 600);
    assert_eq!(status(&town, phone, asked), 401);
    assert_eq!(told(&town, phone), []);
    assert_eq!(town.office.lamps().watcher_count(), 0);
}

#[test]
fn other_event_packages_are_refused() {
    let mut town = Town::new(three_users());
    let phone = watcher(&mut town, Transport::Udp);
    let asked = subscribe(&mut town, phone, "201", "conference", 600);
    assert_eq!(status(&town, phone, asked), 489);
    let allowed = town.phones[phone]
        .events
        .iter()
        .find_map(|event| match event {
            Event::Response { response, .. } => response.headers.get(Name::AllowEvents),
            _ => None,
        });
    assert_eq!(allowed, Some(PACKAGE));
}

#[test]
fn an_hour_is_the_longest_that_is_granted() {
    let mut town = Town::new(three_users());
    let phone = watcher(&mut town, Transport::Udp);
    subscribe(&mut town, phone, "201", PACKAGE, 100_000);
    let granted = town.phones[phone]
        .events
        .iter()
        .find_map(|event| match event {
            Event::Response { response, .. } => response.headers.expires().unwrap(),
            _ => None,
        });
    assert_eq!(granted, Some(3_600));
}
