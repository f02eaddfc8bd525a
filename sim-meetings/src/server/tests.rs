//! The conference channel as a dialogue: what is said in, what is said out.

use super::portal::Pass;
use super::*;
use crate::config;
use serde_json::Value;

const NOW: Duration = Duration::from_secs(1);

fn server(change: impl FnOnce(&mut Config)) -> Server {
    let room = config::Room {
        number: "801".to_owned(),
        title: "Ann's room".to_owned(),
        owner: "ann".to_owned(),
        moderator_pin: Some("99".to_owned()),
        ..config::Room::default()
    };
    let subscriber = Subscriber {
        login: "ann".to_owned(),
        password: "secret".to_owned(),
        name: "Ann".to_owned(),
    };
    let mut config = Config {
        rooms: vec![room],
        subscribers: vec![subscriber],
        ..Config::default()
    };
    change(&mut config);
    let address = "192.0.2.1".parse().unwrap();
    Server::new(&config, address, utc(), [5; 32])
}

fn utc() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_525_132_800)
}

fn pass(server: &Server, name: &str, pin: Option<&str>) -> Result<Pass, Refusal> {
    let request = JoinRequest {
        conference_id: "801".to_owned(),
        user_name: name.to_owned(),
        passcode: pin.map(str::to_owned),
    };
    server.join_token(utc(), None, &request)
}

fn say(server: &mut Server, link: u64, text: &str) {
    let link = LinkId(link);
    let text = text.to_owned();
    server.handle(NOW, utc(), Input::Said { link, text });
}

fn join(server: &mut Server, link: u64, name: &str, pin: Option<&str>) {
    let token = pass(server, name, pin).unwrap().token;
    server.handle(NOW, utc(), Input::Opened { link: LinkId(link) });
    say(
        server,
        link,
        &format!(r#"{{"type":"join","token":"{token}"}}"#),
    );
}

/// Everything said until the next wait: link and message, or that the link ends.
fn heard(server: &mut Server) -> Vec<(u64, Value)> {
    let mut heard = Vec::new();
    loop {
        match server.poll() {
            Output::Say { link, text } => {
                heard.push((link.0, serde_json::from_str(&text).unwrap()));
            }
            Output::HangUp { link } => heard.push((link.0, Value::Null)),
            Output::Wait(_) => return heard,
            Output::Bind { .. } | Output::Unbind { .. } | Output::Send { .. } => {}
        }
    }
}

fn codes(heard: &[(u64, Value)]) -> Vec<&str> {
    heard
        .iter()
        .filter_map(|(_, said)| said["code"].as_str())
        .collect()
}

#[test]
fn the_roster_follows_who_comes_and_goes() {
    let mut server = server(|_| {});
    join(&mut server, 1, "Ann", Some("99"));
    let said = heard(&mut server);
    assert_eq!(said[0].1["type"], "joined");
    assert_eq!(said[0].1["role"], "moderator");
    assert_eq!(said[1].1["participants"][0]["name"], "Ann");
    join(&mut server, 2, "Bob", None);
    let rosters = heard(&mut server)
        .into_iter()
        .filter(|(_, said)| said["type"] == "roster");
    let rosters: Vec<_> = rosters.collect();
    assert_eq!(rosters.len(), 2);
    assert!(
        rosters
            .iter()
            .all(|(_, said)| said["participants"].as_array().unwrap().len() == 2)
    );
    server.handle(NOW, utc(), Input::Gone { link: LinkId(2) });
    let said = heard(&mut server);
    assert_eq!(said.len(), 1);
    assert_eq!(said[0].1["participants"].as_array().unwrap().len(), 1);
}

#[test]
fn moderation_is_for_moderators() {
    let mut server = server(|_| {});
    join(&mut server, 1, "Ann", Some("99"));
    join(&mut server, 2, "Bob", None);
    heard(&mut server);
    for request in [r#"{"type":"mute_all","muted":true}"#, r#"{"type":"end"}"#] {
        say(&mut server, 2, request);
        assert_eq!(codes(&heard(&mut server)), ["NOT_AUTHORIZED"]);
    }
    say(&mut server, 1, r#"{"type":"mute_all","muted":true}"#);
    let said = heard(&mut server);
    assert_eq!(said[0].1["participants"][1]["muted"], true);
    assert_eq!(said[0].1["participants"][0]["muted"], false);
    say(&mut server, 1, r#"{"type":"lock","locked":true}"#);
    assert_eq!(heard(&mut server)[0].1["locked"], true);
    assert_eq!(pass(&server, "Cat", None), Err(Refusal::Locked));
    say(&mut server, 1, r#"{"type":"drop","participant":2}"#);
    let said = heard(&mut server);
    assert_eq!(
        (said[0].0, &said[0].1["reason"]),
        (2, &Value::from("dropped"))
    );
    assert_eq!(said[1], (2, Value::Null));
    say(&mut server, 1, r#"{"type":"end"}"#);
    assert_eq!(heard(&mut server)[0].1["reason"], "ended");
    assert!(pass(&server, "Cat", None).is_ok());
}

#[test]
fn a_waiting_guest_is_let_in_by_a_moderator() {
    let mut server = server(|config| config.rooms[0].waiting_room = true);
    join(&mut server, 1, "Ann", Some("99"));
    join(&mut server, 2, "Bob", None);
    let said = heard(&mut server);
    let joined = said
        .iter()
        .find(|(link, said)| *link == 2 && said["type"] == "joined");
    assert_eq!(joined.unwrap().1["waiting"], true);
    say(&mut server, 2, r#"{"type":"offer","sdp":"v=0"}"#);
    assert_eq!(codes(&heard(&mut server)), ["ERC_JC_INCORRECT_INPUT"]);
    say(&mut server, 1, r#"{"type":"admit","participant":2}"#);
    assert_eq!(
        heard(&mut server)
            .iter()
            .filter(|(_, said)| said["type"] == "roster")
            .count(),
        2
    );
}

#[test]
fn each_refusal_has_its_code() {
    let mut server = server(|config| config.rooms[0].pin = Some("12".to_owned()));
    assert_eq!(pass(&server, "Bob", None), Err(Refusal::PinRequired));
    assert_eq!(pass(&server, "Bob", Some("13")), Err(Refusal::PinWrong));
    let token = pass(&server, "Bob", Some("12")).unwrap().token;
    server.handle(NOW, utc(), Input::Opened { link: LinkId(1) });
    say(&mut server, 1, r#"{"type":"mute","muted":true}"#);
    say(&mut server, 1, "nonsense");
    let expected = ["ERC_JC_INCORRECT_INPUT"; 2];
    assert_eq!(codes(&heard(&mut server)), expected);
    let late = utc() + Duration::from_secs(300);
    let text = format!(r#"{{"type":"join","token":"{token}"}}"#);
    server.handle(
        NOW,
        late,
        Input::Said {
            link: LinkId(1),
            text,
        },
    );
    let said = heard(&mut server);
    assert_eq!(codes(&said), ["ERC_AUTH_TOKEN_EXPIRED"]);
    assert_eq!(said[1], (1, Value::Null));
}

#[test]
fn a_subscriber_signs_in_and_owns_their_room() {
    let server = server(|_| {});
    assert_eq!(
        server.sign_in(utc(), "ann", "wrong"),
        Err(Refusal::CredentialsWrong)
    );
    let token = server.sign_in(utc(), "ann", "secret").unwrap();
    let request = JoinRequest {
        conference_id: "801".to_owned(),
        ..JoinRequest::default()
    };
    let pass = server.join_token(utc(), Some(&token), &request).unwrap();
    let ticket: Ticket = server.tokens.verify(utc(), &pass.token).unwrap();
    assert_eq!(
        (ticket.name.as_str(), ticket.role),
        ("Ann", Role::Moderator)
    );
}

#[test]
fn a_silent_channel_is_closed() {
    let mut server = server(|_| {});
    server.handle(NOW, utc(), Input::Opened { link: LinkId(1) });
    let Output::Wait(Some(deadline)) = server.poll() else {
        panic!("a deadline is due");
    };
    server.handle(deadline, utc(), Input::Timeout);
    assert_eq!(heard(&mut server), [(1, Value::Null)]);
}
