//! The event stream, spoken to in the frames that clients of the product were seen to use.

use std::time::Duration;

use crate::stage::{Socket, Stage, play};
use serde_json::{Value, json};

#[test]
fn a_session_in_literal_frames() {
    play(json!({}), async |stage: Stage| {
        let token = stage.sign_in("alice").await;
        let topic = stage.direct(&token, "bob").await;
        let mut socket = stage
            .connect(&format!(
                "token={token}&tokenType=jwt&EIO=3&transport=websocket"
            ))
            .await;
        let open = socket.hears().await;
        let open: Value =
            serde_json::from_str(open.strip_prefix('0').expect("an open packet")).expect("JSON");
        assert_eq!(open["pingInterval"], json!(25_000));
        assert_eq!(socket.hears().await, "40");
        socket
            .says(&format!("40/chat?token={token}&tokenType=jwt,"))
            .await;
        assert_eq!(socket.hears().await, "40/chat,");
        let channel =
            format!(r#"{{"channel":{{"_id":"{topic}","type":"topic"}},"version":"1.1"}}"#);
        socket
            .says(&format!(r#"42/chat,["SUBSCRIBE_CHANNEL",{channel}]"#))
            .await;
        let subscribed = socket.event("CHANNEL_SUBSCRIBED").await;
        assert_eq!(
            subscribed["channel"],
            json!({ "_id": topic, "type": "topic" })
        );
        socket.says("2").await;
        assert_eq!(socket.hears().await, "3");
        let content = r#"{"bodyText":"hello","data":[]}"#;
        let created = "2018-05-01T00:00:00.000Z";
        let message = format!(
            r#"{{"category":"chat","content":{content},"topicId":"{topic}","created":"{created}","loopbackMetadata":{{"n":1}}}}"#
        );
        socket
            .says(&format!(r#"42/chat,["SEND_MESSAGE",{message}]"#))
            .await;
        let sent = socket.event("MESSAGE_SENT").await;
        assert_eq!(sent["content"]["bodyText"], json!("hello"));
        assert_eq!(sent["created"], json!(created));
        assert_eq!(sent["loopbackMetadata"], json!({ "n": 1 }));
        assert_eq!(sent["sender"]["username"], json!("alice@example.com"));
        let path = format!("/api/topics/{topic}/messages/byref?size=30");
        let (status, history) = stage.get(&path, Some(&token)).await;
        assert_eq!(status, 200);
        assert_eq!(history["data"][0]["_id"], sent["_id"]);
        assert!(
            history["data"][0].get("loopbackMetadata").is_none(),
            "it is the sending connection's alone"
        );
    });
}

#[test]
fn a_bad_token_is_refused_and_a_good_one_may_follow() {
    play(json!({}), async |stage: Stage| {
        let token = stage.sign_in("alice").await;
        let mut socket = stage.connect("EIO=3&transport=websocket").await;
        assert!(socket.hears().await.starts_with('0'));
        assert_eq!(socket.hears().await, "40");
        for (join, answer) in [
            (
                "40/chat,".to_owned(),
                r#"44/chat,{"message":"AUTHORIZATION_MISSING"}"#,
            ),
            (
                "40/chat?token=nonsense,".to_owned(),
                r#"44/chat,{"message":"TOKEN_INVALID"}"#,
            ),
            (
                "40/chat?token=nonsense&tokenType=magic,".to_owned(),
                r#"44/chat,{"message":"AUTHORIZATION_MALFORMED"}"#,
            ),
            (
                "40/other,".to_owned(),
                r#"44/other,{"message":"Invalid namespace"}"#,
            ),
            (
                format!("40/chat?token={token}&tokenType=oauth,"),
                "40/chat,",
            ),
        ] {
            socket.says(&join).await;
            assert_eq!(socket.hears().await, answer, "{join}");
        }
    });
}

#[test]
fn rubbish_ends_its_own_connection_and_nothing_else() {
    play(json!({}), async |stage: Stage| {
        let token = stage.sign_in("alice").await;
        let mut good = stage.join(&token).await;
        for rubbish in [
            "",
            "x",
            "4",
            "49",
            "42/chat,nonsense",
            "42/chat,{}",
            "42/chat,[]",
            "42/chat,[1]",
            "451-/chat,[]",
            "é",
        ] {
            let mut bad = stage.join(&token).await;
            bad.says(rubbish).await;
            assert_eq!(bad.ends().await, Duration::ZERO, "{rubbish:?}");
        }
        let mut large = stage.join(&token).await;
        let text = "y".repeat(300_000);
        // The server may be gone before all of it is sent.
        let _ = large
            .tries(&format!(r#"42/chat,["SEND_MESSAGE",{{"x":"{text}"}}]"#))
            .await;
        large.ends().await;
        for harmless in [
            r#"42/chat,["UNKNOWN",{}]"#,
            r#"42/other,["SEND_MESSAGE",{}]"#,
            "43/chat,1[]",
            r#"42/chat,["SEND_MESSAGE"]"#,
        ] {
            good.says(harmless).await;
        }
        good.event("SEND_MESSAGE_FAILED").await;
        good.says("2").await;
        assert_eq!(good.hears().await, "3");
    });
}

#[test]
fn only_this_version_over_websocket() {
    play(json!({}), async |stage: Stage| {
        for (query, status) in [
            ("EIO=4&transport=websocket", 400),
            ("EIO=3&transport=polling", 400),
            ("EIO=3", 400),
            ("", 400),
        ] {
            assert_eq!(stage.refused(query).await, status, "{query}");
        }
    });
}

#[test]
fn a_silent_connection_is_closed_after_two_minutes() {
    play(json!({}), async |stage: Stage| {
        let token = stage.sign_in("alice").await;
        let mut silent = stage.join(&token).await;
        assert_eq!(silent.ends().await.as_secs(), 120);
        let mut pinging: Socket = stage.join(&token).await;
        for _ in 0..30 {
            stage.wait(Duration::from_secs(10)).await;
            pinging.says("2").await;
            assert_eq!(pinging.hears().await, "3");
        }
    });
}
