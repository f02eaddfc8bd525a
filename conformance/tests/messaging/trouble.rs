//! What is said when Spaces cannot be used, and the way back.

use std::time::Duration;

use client::messaging::{Command, Event, Trouble};
use serde_json::json;
use sim_zang::Flaw;

use crate::stage::{Stage, User, play};

/// The next trouble, and when the next attempt comes.
async fn trouble(user: &mut User) -> (Trouble, Duration) {
    loop {
        if let Event::Offline { trouble, retry_in } = user.sees().await {
            return (trouble, retry_in);
        }
    }
}

#[test]
fn a_wrong_password_is_final() {
    play(json!({}), async |stage: Stage| {
        let mut alice = stage.user_at("alice", "alice", "wrong");
        assert_eq!(
            alice.sees().await,
            Event::Unavailable {
                trouble: Trouble::SignInRefused
            }
        );
        stage.wait(Duration::from_secs(1)).await;
        assert!(alice.messaging.has_ended() && !alice.messaging.command(Command::SignOut));
    });
}

#[test]
fn a_proxy_that_takes_the_authorization_away_is_named() {
    play(
        json!({ "flaws": ["strip-authorization"] }),
        async |stage: Stage| {
            let mut alice = stage.user("alice");
            let (named, _) = trouble(&mut alice).await;
            assert_eq!(
                named,
                Trouble::Unauthorized {
                    code: "AUTHORIZATION_MISSING".to_owned()
                }
            );
            stage.set_flaws(&[]);
            alice.is_online().await;
        },
    );
}

#[test]
fn a_proxy_that_knows_no_websocket_is_named() {
    play(json!({ "flaws": ["no-upgrade"] }), async |stage: Stage| {
        let mut alice = stage.user("alice");
        let (named, _) = trouble(&mut alice).await;
        assert!(matches!(named, Trouble::NoWebSocket { .. }), "{named}");
        stage.set_flaws(&[]);
        alice.is_online().await;
    });
}

#[test]
fn a_token_that_is_good_only_later_is_waited_for() {
    play(json!({}), async |stage: Stage| {
        stage.wait(Duration::from_secs(1)).await;
        stage.set_flaws(&[Flaw::LateToken]);
        let mut alice = stage.user("alice");
        let (named, _) = trouble(&mut alice).await;
        assert_eq!(
            named,
            Trouble::Unauthorized {
                code: "TOKEN_NOT_YET_VALID".to_owned()
            }
        );
        alice.is_online().await;
    });
}

#[test]
fn a_session_is_renewed_when_it_has_expired() {
    play(json!({ "session_s": 3600 }), async |stage: Stage| {
        let mut alice = stage.user("alice");
        alice.is_online().await;
        stage.wait(Duration::from_secs(5 * 3600)).await;
        alice.writes("bob", "still here");
        assert_eq!(alice.reads().await.text, "still here");
    });
}

#[test]
fn attempts_to_come_back_are_2_s_to_1800_s_apart() {
    play(json!({}), async |stage: Stage| {
        let mut alice = stage.user("alice");
        alice.is_online().await;
        stage.world.crash("cloud");
        alice.writes("bob", "into the dark");
        let mut waits = Vec::new();
        for _ in 0..13 {
            let (named, retry_in) = trouble(&mut alice).await;
            assert!(
                matches!(
                    named,
                    Trouble::Unreachable { .. } | Trouble::Closed | Trouble::Silent
                ),
                "{named}"
            );
            waits.push(retry_in.as_secs());
        }
        assert_eq!(
            waits,
            [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1800, 1800, 1800]
        );
        stage.world.restart("cloud");
        assert_eq!(alice.reads().await.text, "into the dark");
        stage.world.crash("cloud");
        assert_eq!(
            trouble(&mut alice).await.1,
            Duration::from_secs(2),
            "starts over once it was back"
        );
    });
}

#[test]
fn messaging_ends_when_signed_out() {
    play(json!({}), async |stage: Stage| {
        let mut alice = stage.user("alice");
        alice.is_online().await;
        assert!(alice.messaging.command(Command::SignOut));
        stage.wait(Duration::from_secs(1)).await;
        assert!(alice.messaging.has_ended());
    });
}
