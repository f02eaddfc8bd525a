//! What participants of one room hear and see of each other.

use std::time::Duration;

use serde_json::json;
use webrtc_peer::AudioCodec::{Opus, Pcmu};

use crate::participant::Participant;
use crate::stage::{Stage, play};

const LISTEN: Duration = Duration::from_millis(2_500);

/// Level above which a tone is there, and below which it is not, in dBm0; tones are said at -16.
const PRESENT: f64 = -22.0;
const ABSENT: f64 = -45.0;

async fn three(stage: &Stage) -> [Participant; 3] {
    let mut ann = Participant::join(stage, "Ann", Opus, 600.0).await;
    let mut bob = Participant::join(stage, "Bob", Opus, 1_000.0).await;
    let mut cat = Participant::join(stage, "Cat", Pcmu, 1_700.0).await;
    for one in [&mut ann, &mut bob, &mut cat] {
        one.offer().await;
    }
    tokio::join!(
        ann.until("path", Participant::is_connected),
        bob.until("path", Participant::is_connected),
        cat.until("path", Participant::is_connected),
    );
    let everybody_is_connected = |one: &Participant| {
        let list = one.roster["participants"].as_array();
        list.is_some_and(|list| {
            list.len() == 3 && list.iter().all(|one| one["audio"] == "connected")
        })
    };
    tokio::join!(
        ann.until("roster", everybody_is_connected),
        bob.until("roster", everybody_is_connected),
        cat.until("roster", everybody_is_connected),
    );
    [ann, bob, cat]
}

async fn listen(all: &mut [Participant; 3]) {
    let [ann, bob, cat] = all;
    // What is on its way still tells of before.
    let settle = Duration::from_millis(300);
    tokio::join!(ann.live(settle), bob.live(settle), cat.live(settle));
    for one in [&mut *ann, bob, cat] {
        one.listen(&[600.0, 1_000.0, 1_700.0]);
    }
    tokio::join!(ann.live(LISTEN), bob.live(LISTEN), cat.live(LISTEN));
}

#[test]
fn each_hears_the_others_and_not_themselves() {
    play(json!({}), |stage| async move {
        let mut all = three(&stage).await;
        listen(&mut all).await;
        let tones = [600.0, 1_000.0, 1_700.0];
        for (ear, one) in all.iter().enumerate() {
            for (mouth, tone) in tones.into_iter().enumerate() {
                let level = one.level(tone);
                let fits = if ear == mouth {
                    level < ABSENT
                } else {
                    level > PRESENT
                };
                assert!(fits, "{mouth} at the ear of {ear}: {level} dBm0");
            }
        }
    });
}

#[test]
fn a_muted_one_is_silent_and_the_roster_says_so() {
    play(json!({}), |stage| async move {
        let mut all = three(&stage).await;
        all[0].say(&json!({ "type": "mute", "muted": true })).await;
        listen(&mut all).await;
        assert!(all[1].level(600.0) < ABSENT, "{:?}", all[1].heard());
        assert!(all[1].level(1_700.0) > PRESENT, "{:?}", all[1].heard());
        assert_eq!(all[2].roster["participants"][0]["muted"], true);
    });
}

#[test]
fn one_who_leaves_is_heard_and_seen_no_more() {
    play(json!({}), |stage| async move {
        let mut all = three(&stage).await;
        all[1].say(&json!({ "type": "leave" })).await;
        listen(&mut all).await;
        assert!(all[0].level(1_000.0) < ABSENT);
        assert!(all[0].level(1_700.0) > PRESENT);
        assert_eq!(all[0].roster["participants"].as_array().unwrap().len(), 2);
        assert!(all[1].said.iter().any(|said| said["type"] == "left"));
    });
}

#[test]
fn flaws_are_heard() {
    play(
        json!({ "flaws": ["own-voice", "ignore-mute"] }),
        |stage| async move {
            let mut all = three(&stage).await;
            all[0].say(&json!({ "type": "mute", "muted": true })).await;
            listen(&mut all).await;
            assert!(all[0].level(600.0) > PRESENT);
            assert!(all[1].level(600.0) > PRESENT);
        },
    );
}

#[test]
fn the_bridge_tells_a_participant_what_it_has_counted() {
    play(json!({}), |stage| async move {
        let mut all = three(&stage).await;
        // Long enough for a report to come and be answered.
        for _ in 0..3 {
            listen(&mut all).await;
        }
        let [ann, ..] = &mut all;
        ann.say(&json!({ "type": "measure" })).await;
        ann.until("measured", |one| measured(one).is_some()).await;
        let measured = measured(ann).unwrap();
        let (inbound, outbound) = (&measured["inbound"], &measured["outbound"]);
        let [came, sent] = [&inbound["packetsReceived"], &outbound["packetsSent"]];
        let [came, sent] = [came, sent].map(|count| count.as_u64().unwrap());
        assert!(came >= 400 && came.abs_diff(sent) <= 5, "{measured}");
        assert!(outbound["bytesSent"].as_u64().unwrap() > sent, "{measured}");
        let remote = &measured["remoteInbound"];
        for part in [inbound, remote] {
            assert_eq!(part["packetsLost"], 0, "{measured}");
        }
        // The cloud is 10 ms away.
        let trip = remote["roundTripTime"].as_f64().unwrap();
        assert!((0.019..0.022).contains(&trip), "{measured}");
        assert_eq!(measured["camera"], json!(null));
    });
}

fn measured(one: &Participant) -> Option<&serde_json::Value> {
    one.said.iter().find(|said| said["type"] == "measured")
}
