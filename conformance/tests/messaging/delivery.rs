//! What arrives: once, in order, in both directions, whether or not anybody is there (MSG-03, MSG-04, MSG-05, MSG-07).

use std::time::Duration;

use client::messaging::{Event, SendError};
use net::faults::{FaultPlan, Ground};
use net::http::Client;
use serde_json::{Value, json};
use sim_zang::Flaw;

use crate::stage::{Stage, play, run};

fn numbered(prefix: &str, count: usize) -> Vec<String> {
    (0..count)
        .map(|number| format!("{prefix}{number}"))
        .collect()
}

#[test]
fn a_message_waits_for_its_recipient() {
    play(json!({}), async |stage: Stage| {
        let mut alice = stage.user("alice");
        for text in numbered("hello ", 3) {
            alice.writes("bob", &text);
        }
        assert_eq!(alice.reads_texts(3).await, numbered("hello ", 3));
        stage.wait(Duration::from_secs(3600)).await;
        let mut bob = stage.user("bob");
        let first = bob.reads().await;
        assert_eq!(
            (first.text.as_str(), first.own, first.reference),
            ("hello 0", false, None)
        );
        assert_eq!(first.colleague.address, "alice@example.com");
        assert_eq!(bob.reads_texts(2).await, ["hello 1", "hello 2"]);
        bob.is_online().await;
        bob.writes("alice", "good morning");
        let own = bob.reads().await;
        assert_eq!((own.own, own.reference), (true, Some(0)));
        assert_eq!(alice.reads().await.text, "good morning");
    });
}

#[test]
fn all_devices_of_a_user_show_the_same() {
    play(json!({}), async |stage: Stage| {
        let [mut alice, mut bob] = ["alice", "bob"].map(|name| stage.user(name));
        let mut other = stage.user_at("bob", "bobs-other", "bob");
        for user in [&mut alice, &mut bob, &mut other] {
            user.is_online().await;
        }
        bob.writes("alice", "one");
        assert_eq!(alice.reads().await.text, "one");
        let seen = other.reads().await;
        assert_eq!(
            (seen.text.as_str(), seen.own, seen.reference),
            ("one", true, None)
        );
        alice.writes("bob", "two");
        assert_eq!(bob.reads_texts(2).await, ["one", "two"]);
        assert_eq!(other.reads().await.text, "two");
    });
}

#[test]
fn several_conversations_do_not_hinder_each_other() {
    play(json!({}), async |stage: Stage| {
        let mut alice = stage.user("alice");
        for number in 0..40 {
            alice.writes(
                if number % 2 == 0 { "bob" } else { "carol" },
                &number.to_string(),
            );
        }
        alice.reads_texts(40).await;
        let even: Vec<String> = (0..40)
            .step_by(2)
            .map(|number| number.to_string())
            .collect();
        let odd: Vec<String> = (0..40)
            .skip(1)
            .step_by(2)
            .map(|number| number.to_string())
            .collect();
        assert_eq!(stage.user("bob").reads_texts(20).await, even);
        assert_eq!(stage.user("carol").reads_texts(20).await, odd);
    });
}

#[test]
fn what_cannot_be_sent_is_said() {
    play(json!({}), async |stage: Stage| {
        let mut alice = stage.user("alice");
        for (to, text, error) in [
            ("nobody", "hello".to_owned(), SendError::NoSuchColleague),
            ("alice", "to myself".to_owned(), SendError::NoSuchColleague),
            ("bob", String::new(), SendError::Empty),
            ("bob", "x".repeat(65_537), SendError::TooLong),
        ] {
            let reference = alice.writes(to, &text);
            let failed = loop {
                if let failed @ Event::Failed { .. } = alice.sees().await {
                    break failed;
                }
            };
            assert_eq!(failed, Event::Failed { reference, error });
        }
        alice.writes("bob", &"x".repeat(65_536));
        assert_eq!(alice.reads().await.text.len(), 65_536);
    });
}

#[test]
fn group_chat_is_not_shown_even_if_it_is_pushed() {
    play(
        json!({ "flaws": ["leak-group-chat"] }),
        async |stage: Stage| {
            let mut bob = stage.user("bob");
            bob.is_online().await;
            let http = Client::new(&stage.world.host("alice"), &stage.trust);
            let [alices, bobs] = [sign_in(&http, "alice").await, sign_in(&http, "bob").await];
            let group = json!({ "topic": { "title": "Team" }, "invitees": [{ "inviteeType": "email", "invitee": "bob" }] });
            let made = request(&http, &alices, "spaces/invite", Some(group)).await;
            let [group, invitation] = ["topicId", "inviteId"]
                .map(|name| made["data"][0][name].as_str().expect("an id").to_owned());
            request(
                &http,
                &bobs,
                &format!("spaces/invites/{invitation}/join"),
                None,
            )
            .await;
            for text in numbered("to all ", 3) {
                let message = json!({ "content": { "bodyText": text } });
                request(
                    &http,
                    &alices,
                    &format!("spaces/{group}/chats"),
                    Some(message),
                )
                .await;
            }
            assert!(bob.reads_within(Duration::from_secs(1800)).await.is_empty());
            let mut alice = stage.user("alice");
            alice.writes("bob", "to you");
            assert_eq!(bob.reads().await.text, "to you");
        },
    );
}

async fn sign_in(http: &Client, name: &str) -> String {
    let form = format!("grant_type=password&username={name}%40example.com&password={name}");
    let request =
        http::Request::post("https://accounts.zang.io/oauth2/access_token").body(form.into());
    let answer = http
        .send(request.expect("a good request"))
        .await
        .expect("an answer");
    let answer: Value = serde_json::from_slice(answer.body()).expect("JSON");
    answer["access_token"].as_str().expect("a token").to_owned()
}

async fn request(http: &Client, token: &str, path: &str, body: Option<Value>) -> Value {
    let url = format!("https://spacesapis.zang.io/api/{path}");
    let request = match &body {
        Some(_) => http::Request::post(url),
        None => http::Request::get(url),
    };
    let request = request.header("authorization", format!("jwt {token}"));
    let body = body.map(|body| body.to_string()).unwrap_or_default();
    let answer = http
        .send(request.body(body.into()).expect("a good request"))
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 200, "{path}");
    serde_json::from_slice(answer.body()).expect("JSON")
}

/// Both write to each other for a time, in which anything may go wrong, and wait until it must have arrived. What each has seen:
/// the ids and texts.
async fn conversation(stage: Stage, span: Duration) -> [Vec<(String, String)>; 2] {
    let [mut alice, mut bob] = ["alice", "bob"].map(|name| stage.user(name));
    let seen = [alice.watched(), bob.watched()];
    for number in 0..COUNT {
        alice.writes("bob", &format!("a{number}"));
        bob.writes("alice", &format!("b{number}"));
        stage.wait(span / COUNT as u32).await;
    }
    stage.wait(Duration::from_secs(2 * 3600)).await;
    seen.map(|seen| {
        let seen = seen.lock().expect("nobody panics with it");
        seen.iter()
            .map(|message| (message.id.clone(), message.text.clone()))
            .collect()
    })
}

/// Each side's messages are all there, once, in order; and both sides saw the same sequence.
fn assert_complete([alice, bob]: &[Vec<(String, String)>; 2]) {
    for prefix in ["a", "b"] {
        let texts = alice
            .iter()
            .map(|(_, text)| text)
            .filter(|text| text.starts_with(prefix));
        assert_eq!(texts.cloned().collect::<Vec<_>>(), numbered(prefix, COUNT));
    }
    assert_eq!(alice, bob);
}

#[test]
fn every_message_arrives_once_and_in_order_whatever_the_network_does() {
    for seed in 0..SEEDS {
        let flaws = match seed % 3 {
            0 => json!([]),
            1 => json!(["duplicate-push", "replay-push"]),
            _ => json!(["hang-up-before-confirm", "short-token"]),
        };
        let span = Duration::from_secs(600);
        let ground = Ground {
            sites: ["cloud", "office", "home"].map(str::to_owned).to_vec(),
            hosts: ["alice", "bob"].map(str::to_owned).to_vec(),
            mortal_hosts: vec!["cloud".to_owned()],
            span,
            ..Ground::default()
        };
        let plan = FaultPlan::swarm(seed, &ground);
        let text = plan.to_json();
        let outcome = run(
            seed,
            plan,
            json!({ "flaws": flaws }),
            async move |stage: Stage| assert_complete(&conversation(stage, span).await),
        );
        outcome
            .value
            .unwrap_or_else(|error| panic!("seed {seed}: {error}\n{text}"));
    }
}

#[test]
fn a_bad_server_loses_and_repeats_nothing_for_good() {
    for flaws in [
        &[Flaw::DuplicatePush, Flaw::ReplayPush][..],
        &[Flaw::HangUpBeforeConfirm],
        &[Flaw::ShortToken, Flaw::HangUpBeforeConfirm],
        &[Flaw::LateToken],
    ] {
        play(json!({ "flaws": flaws }), async |stage: Stage| {
            assert_complete(&conversation(stage, Duration::from_secs(120)).await)
        });
    }
}

#[test]
fn a_lost_push_is_found_later() {
    play(json!({ "flaws": ["drop-push"] }), async |stage: Stage| {
        let seen = conversation(stage, Duration::from_secs(120)).await;
        for mut seen in seen {
            seen.sort();
            seen.dedup();
            assert_eq!(seen.len(), 2 * COUNT);
        }
    });
}

/// Messages each way in a conversation.
const COUNT: usize = 40;
/// Networks the property is tried on.
const SEEDS: u64 = 20;
