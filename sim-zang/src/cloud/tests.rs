use std::time::UNIX_EPOCH;

use serde_json::json;

use super::*;
use crate::connections::What;

const NOW: SystemTime = UNIX_EPOCH;

/// A cloud with Alice and Bob of one company and Carol of another.
struct Stage {
    cloud: Cloud,
    alice: ObjectId,
    bob: ObjectId,
    carol: ObjectId,
}

fn stage(flaws: &[Flaw]) -> Stage {
    let account = |name: &str, domain: &str| json!({ "email": format!("{name}@{domain}"), "password": name, "display_name": name });
    let accounts = json!([
        account("alice", "a.example"),
        account("bob", "a.example"),
        account("carol", "c.example")
    ]);
    let config: Config =
        serde_json::from_value(json!({ "accounts": accounts, "flaws": flaws })).expect("valid");
    let mut cloud = Cloud::new([1; 32], &[2; 32]);
    cloud.configure(NOW, &config);
    let id = |cloud: &Cloud, email: &str| {
        cloud
            .accounts
            .registered()
            .find(|user| user.username == email)
            .expect("configured")
            .id
    };
    let (alice, bob) = (id(&cloud, "alice@a.example"), id(&cloud, "bob@a.example"));
    let carol = id(&cloud, "carol@c.example");
    Stage {
        cloud,
        alice,
        bob,
        carol,
    }
}

impl Stage {
    fn direct(&mut self) -> ObjectId {
        let topic = self
            .cloud
            .direct(NOW, self.alice, "user", self.bob)
            .expect("colleagues");
        serde_json::from_value(topic["topic"]["_id"].clone()).expect("an id")
    }

    fn connect(&mut self, user: ObjectId) -> ConnectionId {
        let connection = self.cloud.open(NOW).expect("room");
        let (token, _) = self.cloud.issue(NOW, user, Product::Accounts);
        self.cloud
            .join(NOW, connection, "jwt", &token)
            .expect("a good token");
        connection
    }

    fn event(&mut self, connection: ConnectionId, name: &str, payload: Value) {
        self.cloud.handle_event(NOW, connection, name, &payload);
    }

    fn subscribe(&mut self, connection: ConnectionId, kind: &str, id: ObjectId) {
        self.event(
            connection,
            "SUBSCRIBE_CHANNEL",
            json!({ "channel": { "_id": id, "type": kind } }),
        );
    }

    /// Everything that waits for a connection, by event name and the text or category in it.
    fn heard(&mut self, connection: ConnectionId) -> Vec<String> {
        let mut mine = Vec::new();
        let mut others = Vec::new();
        while let Some(delivery) = self.cloud.poll() {
            if delivery.connection != connection {
                others.push(delivery);
                continue;
            }
            mine.push(match delivery.what {
                What::Close => "closed".to_owned(),
                What::Event { name, payload } => {
                    let text = payload["content"]["bodyText"]
                        .as_str()
                        .or(payload["category"].as_str());
                    let loopback = payload
                        .get("loopbackMetadata")
                        .map(|tag| format!(" {tag}"))
                        .unwrap_or_default();
                    format!("{name} {}{loopback}", text.unwrap_or_default())
                        .trim_end()
                        .to_owned()
                }
            });
        }
        for delivery in others {
            match delivery.what {
                What::Event { name, payload } => {
                    self.cloud
                        .connections
                        .send(delivery.connection, name, payload)
                }
                What::Close => self.cloud.connections.hang_up(delivery.connection),
            }
        }
        mine
    }

    fn say(&mut self, connection: ConnectionId, space: ObjectId, text: &str) {
        let content = json!({ "bodyText": text, "data": [] });
        let message = json!({ "category": "chat", "content": content, "topicId": space, "loopbackMetadata": text.len() });
        self.event(connection, "SEND_MESSAGE", message);
    }
}

#[test]
fn loopback_metadata_comes_back_to_its_sender_only() {
    let mut stage = stage(&[]);
    let (space, alice, bob) = (stage.direct(), stage.alice, stage.bob);
    let [phone, desktop, other] = [alice, alice, bob].map(|user| stage.connect(user));
    for connection in [phone, desktop, other] {
        stage.subscribe(connection, "topic", space);
        assert_eq!(stage.heard(connection), ["CHANNEL_SUBSCRIBED"]);
    }
    stage.say(phone, space, "hello");
    assert_eq!(stage.heard(phone), ["MESSAGE_SENT hello 5"]);
    assert_eq!(stage.heard(desktop), ["MESSAGE_SENT hello"]);
    assert_eq!(stage.heard(other), ["MESSAGE_SENT hello"]);
}

#[test]
fn a_message_needs_a_subscription_and_a_place_in_the_space() {
    let mut stage = stage(&[]);
    let (space, bob, carol) = (stage.direct(), stage.bob, stage.carol);
    let [bob, carol] = [bob, carol].map(|user| stage.connect(user));
    stage.say(bob, space, "hello");
    assert_eq!(
        stage.heard(bob),
        ["SEND_MESSAGE_FAILED app.event.channel.subscription.required 5"]
    );
    stage.subscribe(carol, "topic", space);
    assert_eq!(stage.heard(carol), ["SUBSCRIBE_CHANNEL_FAILED"]);
    stage.event(bob, "SEND_MESSAGE", json!({ "category": "chat" }));
    assert_eq!(stage.heard(bob), ["SEND_MESSAGE_FAILED chat"]);
    assert!(stage.cloud.messages.last(space).is_none());
}

#[test]
fn the_user_channel_carries_direct_spaces_and_no_group() {
    for (flaws, expected) in [(&[][..], 1), (&[Flaw::LeakGroupChat][..], 2)] {
        let mut stage = stage(flaws);
        let (direct, alice, bob) = (stage.direct(), stage.alice, stage.bob);
        let request = json!({ "topic": { "title": "Team" }, "invitees": [{ "invitee": "bob" }] });
        let request = serde_json::from_value(request).expect("valid");
        let made = stage
            .cloud
            .invite(NOW, alice, None, &request)
            .expect("allowed");
        let id = |name: &str| serde_json::from_value(made["data"][0][name].clone()).expect("an id");
        stage.cloud.accept(bob, id("inviteId")).expect("invited");
        let connection = stage.connect(bob);
        stage.subscribe(connection, "user", bob);
        stage.heard(connection);
        for space in [direct, id("topicId")] {
            let draft =
                serde_json::from_value(json!({ "content": { "bodyText": "x" } })).expect("valid");
            stage
                .cloud
                .post_by_rest(NOW, alice, space, draft)
                .expect("a member");
        }
        assert_eq!(stage.heard(connection).len(), expected);
    }
}

#[test]
fn presence_goes_to_the_others_or_to_the_one_addressed() {
    let mut stage = stage(&[]);
    let (space, alice, bob) = (stage.direct(), stage.alice, stage.bob);
    let [a, b] = [alice, bob].map(|user| stage.connect(user));
    for connection in [a, b] {
        stage.subscribe(connection, "topic", space);
        stage.heard(connection);
    }
    let online = "app.event.presence.party.online";
    let event =
        |receivers: Value| json!({ "category": online, "topicId": space, "receivers": receivers });
    stage.event(a, "SEND_PRESENCE_EVENT", event(json!([])));
    assert_eq!(
        stage.heard(b),
        [format!("PRESENCE_EVENT_RESPONSE {online}")]
    );
    stage.event(b, "SEND_PRESENCE_EVENT", event(json!([{ "_id": bob }])));
    assert!(stage.heard(a).is_empty(), "addressed to somebody else");
    stage.event(
        a,
        "SEND_PRESENCE_EVENT",
        json!({ "category": "nonsense", "topicId": space }),
    );
    assert_eq!(
        stage.heard(a),
        ["PRESENCE_EVENT_RESPONSE media.session.invalid"]
    );
    stage.cloud.close(a);
    assert_eq!(
        stage.heard(b),
        ["PRESENCE_EVENT_RESPONSE app.event.presence.party.leaves"]
    );
}

#[test]
fn flaws_do_what_their_names_say() {
    let mut dropping = stage(&[Flaw::DropPush, Flaw::HangUpBeforeConfirm]);
    let (space, alice, bob) = (dropping.direct(), dropping.alice, dropping.bob);
    let [a, b] = [alice, bob].map(|user| dropping.connect(user));
    dropping.subscribe(a, "topic", space);
    dropping.subscribe(b, "user", bob);
    let _ = (dropping.heard(a), dropping.heard(b));
    for text in ["1", "2", "3"] {
        dropping.say(a, space, text);
    }
    assert_eq!(dropping.heard(b), ["MESSAGE_SENT 1", "MESSAGE_SENT 2"]);
    assert_eq!(
        dropping.heard(a),
        ["MESSAGE_SENT 1 1", "MESSAGE_SENT 2 1", "closed"]
    );
    let last = dropping
        .cloud
        .messages
        .last(space)
        .expect("stored all the same");
    assert_eq!(last.content.body_text, "3");

    let mut repeating = stage(&[Flaw::DuplicatePush, Flaw::ReplayPush]);
    let (space, bob) = (repeating.direct(), repeating.bob);
    let b = repeating.connect(bob);
    repeating.subscribe(b, "topic", space);
    repeating.heard(b);
    repeating.say(b, space, "1");
    assert_eq!(repeating.heard(b), ["MESSAGE_SENT 1 1", "MESSAGE_SENT 1 1"]);
    repeating.say(b, space, "2");
    assert_eq!(
        repeating.heard(b),
        ["MESSAGE_SENT 2 1", "MESSAGE_SENT 2 1", "MESSAGE_SENT 1"]
    );
}

#[test]
fn people_are_found_within_a_company_or_a_common_space() {
    let mut stage = stage(&[]);
    let found = stage.cloud.colleagues(stage.alice, "BOB").expect("a user");
    assert_eq!(found["data"][0]["_id"], json!(stage.bob));
    let (alice, carol) = (stage.alice, stage.carol);
    assert_eq!(
        stage.cloud.colleagues(alice, "carol").expect("a user"),
        json!({ "data": [] })
    );
    assert_eq!(
        stage
            .cloud
            .direct(NOW, alice, "user", carol)
            .map_err(|refusal| refusal.status()),
        Err(403)
    );
}

#[test]
fn a_restart_keeps_messages_and_ids_and_drops_connections() {
    let mut stage = stage(&[]);
    let (space, alice) = (stage.direct(), stage.alice);
    let connection = stage.connect(alice);
    stage.subscribe(connection, "topic", space);
    stage.say(connection, space, "kept");
    let accounts =
        json!([{ "email": "ALICE@a.example", "password": "new", "display_name": "Alice" }]);
    let config =
        serde_json::from_value(json!({ "accounts": accounts, "session_s": 0 })).expect("valid");
    stage.cloud.configure(NOW, &config);
    stage.cloud.restart();
    assert!(stage.cloud.poll().is_none());
    let (token, _) = stage
        .cloud
        .sign_in(NOW, "alice@a.example", "new")
        .expect("the new password");
    assert_eq!(
        stage.cloud.caller(NOW, Some(&format!("jwt {token}"))),
        Err(Refusal::TokenExpired),
        "a session of 0 s"
    );
    assert_eq!(
        stage
            .cloud
            .accounts
            .user(alice)
            .map(|user| user.display_name.as_str()),
        Ok("Alice")
    );
    assert_eq!(
        stage
            .cloud
            .messages
            .last(space)
            .map(|m| m.content.body_text.as_str()),
        Some("kept")
    );
    assert!(stage.cloud.open(NOW).is_ok_and(|fresh| fresh != connection));
}
