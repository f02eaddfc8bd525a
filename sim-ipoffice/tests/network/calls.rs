//! Registration and calls over real transports of the simulated network.

use std::time::Duration;

use serde_json::json;
use sim_ipoffice::call_log::Outcome;
use sip::user_agent::Transport;

use crate::phone::Phone;
use crate::stage::{Stage, play};

const SECOND: Duration = Duration::from_secs(1);

/// Two phones talk for five seconds through the relay, each heard by the other.
fn talk(config: serde_json::Value, transports: [Transport; 2], encrypted: bool) -> String {
    play(config, move |stage: Stage| async move {
        let (alice, bob) = (stage.world.host("alice"), stage.world.host("bob"));
        let mut alice = Phone::new(&alice, "201", transports[0], &stage.trust).await;
        let mut bob = Phone::new(&bob, "202", transports[1], &stage.trust).await;
        if encrypted {
            (alice, bob) = (alice.encrypt(), bob.encrypt());
        }
        let (mut alice, mut bob) = (alice.register().await, bob.register().await);
        let call = alice.call("202");
        let bobs = async {
            bob.answer().await;
            bob.talk(5 * SECOND, 2).await;
            bob.expect("end", |event| {
                matches!(event, sip::user_agent::Event::Ended { .. })
            })
            .await;
            bob
        };
        let alices = async {
            alice.answered().await;
            alice.talk(5 * SECOND, 1).await;
            alice.hang_up(call).await;
            alice
        };
        let (alice, bob) = tokio::join!(alices, bobs);
        for (phone, octet) in [(&alice, 2), (&bob, 1)] {
            assert!(
                (245..=251).contains(&phone.heard.len()),
                "{}",
                phone.heard.len()
            );
            assert!(phone.heard.iter().all(|payload| payload == &[octet; 160]));
            assert_eq!(phone.refused, 0);
        }
        let record = stage
            .office
            .ask(|office| office.call_log().records().next().cloned())
            .await
            .flatten()
            .unwrap();
        assert_eq!(
            (
                record.caller.as_str(),
                record.number.as_str(),
                record.outcome
            ),
            ("201", "202", Outcome::Completed)
        );
        assert!(
            record
                .media
                .audio
                .iter()
                .all(|leg| leg.packets >= 245 && leg.refused == 0),
            "{:?}",
            record.media
        );
        bob_and_alice_rest(&stage).await;
    })
}

async fn bob_and_alice_rest(stage: &Stage) {
    stage.world.host("alice").sleep(60 * SECOND).await;
    assert_eq!(
        stage.office.ask(|office| office.is_idle()).await,
        Some(true)
    );
}

#[test]
fn two_phones_talk_over_udp_and_tcp() {
    talk(json!({}), [Transport::Udp, Transport::Tcp], false);
}

#[test]
fn two_phones_talk_encrypted_over_tls_and_each_run_is_the_same() {
    let hash = || {
        talk(
            json!({"srtp": "enforced"}),
            [Transport::Tls, Transport::Tls],
            true,
        )
    };
    assert_eq!(hash(), hash());
}

#[test]
fn the_tone_number_is_heard_over_tls() {
    play(json!({"srtp": "preferred"}), |stage| async move {
        let alice = stage.world.host("alice");
        let alice = Phone::new(&alice, "201", Transport::Tls, &stage.trust).await;
        let mut alice = alice.encrypt().register().await;
        let call = alice.call("902");
        alice.answered().await;
        alice.talk(2 * SECOND, 1).await;
        assert!(
            (98..=102).contains(&alice.heard.len()),
            "{}",
            alice.heard.len()
        );
        alice.hang_up(call).await;
    });
}

/// Bob announces himself for two seconds, then answers; Alice hears both, in the clear and encrypted.
#[test]
fn an_announcement_is_heard_before_the_answer() {
    for (config, transport) in [
        (json!({}), Transport::Udp),
        (json!({"srtp": "enforced"}), Transport::Tls),
    ] {
        let is_encrypted = transport == Transport::Tls;
        play(config, move |stage: Stage| async move {
            let (alice, bob) = (stage.world.host("alice"), stage.world.host("bob"));
            let mut alice = Phone::new(&alice, "201", transport, &stage.trust).await;
            let mut bob = Phone::new(&bob, "202", transport, &stage.trust).await;
            if is_encrypted {
                (alice, bob) = (alice.encrypt(), bob.encrypt());
            }
            let (mut alice, mut bob) = (alice.register().await, bob.register().await);
            let call = alice.call("202");
            let bobs = async {
                let (session, body) = bob.announce().await;
                bob.talk(2 * SECOND, 7).await;
                bob.answer_announced(session, body).await;
                bob.talk(2 * SECOND, 2).await;
            };
            let alices = async {
                alice.announced().await;
                alice.talk(SECOND, 1).await;
                let early = alice.heard.len();
                assert!((45..=51).contains(&early), "{early}");
                assert!(alice.heard.iter().all(|payload| payload == &[7; 160]));
                alice.answered().await;
                alice.talk(SECOND, 1).await;
                assert!(alice.heard.iter().any(|payload| payload == &[2; 160]));
                assert_eq!(alice.refused, 0);
                alice.hang_up(call).await;
            };
            tokio::join!(alices, bobs);
        });
    }
}
