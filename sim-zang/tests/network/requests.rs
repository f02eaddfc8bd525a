//! REST over the network: doors, authorization, guests, discovery, bad input.

use std::time::Duration;

use crate::stage::{Stage, play};
use serde_json::json;

#[test]
fn discovery_needs_no_account_and_knows_its_addresses() {
    play(json!({}), async |stage: Stage| {
        let host = "https://accounts.zang.io";
        let (status, answer) = stage
            .get(
                &format!("{host}/api/1.0/discovery?email=alice%40example.com"),
                None,
            )
            .await;
        assert_eq!(status, 200);
        assert_eq!(
            answer["data"][0]["settingsFileUrl"],
            json!("https://pbx.example.com/46xxsettings.txt")
        );
        let (status, answer) = stage
            .get(
                &format!("{host}/api/1.0/discovery?email=nobody%40example.com"),
                None,
            )
            .await;
        assert_eq!((status, answer), (200, json!({ "data": [] })));
        let (status, answer) = stage.get(&format!("{host}/api/1.0/discovery"), None).await;
        assert_eq!(
            (status, &answer["error"]["code"]),
            (400, &json!("MALFORMED"))
        );
    });
}

#[test]
fn each_name_has_its_own_paths() {
    play(json!({}), async |stage: Stage| {
        let token = stage.sign_in("alice").await;
        let here = |name: &str| format!("https://{name}/api/users/me");
        for (name, status) in [
            ("spacesapis.zang.io", 200),
            ("accounts.zang.io", 404),
            ("spacesapis-socket.zang.io", 404),
            ("10.0.0.1", 200),
        ] {
            assert_eq!(
                stage.get(&here(name), Some(&token)).await.0,
                status,
                "{name}"
            );
        }
    });
}

#[test]
fn the_plain_port_leads_to_the_secure_one_or_nowhere() {
    for (strict, status) in [(false, 308), (true, 403)] {
        play(json!({ "strict": strict }), async move |stage: Stage| {
            let answer = stage
                .answer("http://spacesapis.zang.io/api/users/me?x=1", None)
                .await;
            assert_eq!(answer.status(), status);
            let target = answer
                .headers()
                .get("location")
                .and_then(|value| value.to_str().ok());
            assert_eq!(
                target,
                (!strict).then_some("https://spacesapis.zang.io/api/users/me?x=1")
            );
        });
    }
}

#[test]
fn every_request_needs_its_authorization() {
    play(json!({ "flaws": [] }), async |stage: Stage| {
        let token = stage.sign_in("alice").await;
        for path in [
            "users/me",
            "users/me/spaces",
            "users/me/colleagues/?search=x",
            "topics/5a0000000000000000000000/join",
        ] {
            let (status, answer) = stage.get(&format!("/api/{path}"), None).await;
            assert_eq!(
                (status, &answer["error"]["code"]),
                (401, &json!("AUTHORIZATION_MISSING")),
                "{path}"
            );
        }
        assert_eq!(stage.get("/api/users/me", Some(&token)).await.0, 200);
        stage.cloud.set_flaws([sim_zang::Flaw::StripAuthorization]);
        assert_eq!(stage.get("/api/users/me", Some(&token)).await.0, 401);
    });
}

#[test]
fn a_guest_is_somebody_for_24_hours() {
    play(json!({}), async |stage: Stage| {
        let (status, answer) = stage
            .post(
                "/api/anonymous/auth",
                r#"{"displayname":"Guest of Alice"}"#,
                None,
            )
            .await;
        assert_eq!(status, 200);
        let token = answer["token"].as_str().expect("a token").to_owned();
        let (status, me) = stage.get("/api/users/me", Some(&token)).await;
        assert_eq!(
            (status, &me["aType"], &me["displayname"]),
            (200, &json!("anonymous"), &json!("Guest of Alice"))
        );
        let group = r#"{"topic":{"title":"Mine"}}"#;
        assert_eq!(
            stage
                .post("/api/spaces/invite", group, Some(&token))
                .await
                .0,
            403
        );
        stage.wait(Duration::from_secs(24 * 3600 - 60)).await;
        assert_eq!(stage.get("/api/users/me", Some(&token)).await.0, 200);
        stage.wait(Duration::from_secs(61)).await;
        let (status, answer) = stage.get("/api/users/me", Some(&token)).await;
        assert_eq!(
            (status, &answer["error"]["code"]),
            (401, &json!("TOKEN_EXPIRED"))
        );
    });
}

#[test]
fn bad_bodies_get_clear_answers() {
    play(json!({}), async |stage: Stage| {
        let token = stage.sign_in("alice").await;
        let topic = stage.direct(&token, "bob").await;
        let chats = format!("/api/spaces/{topic}/chats");
        let long = format!(r#"{{"content":{{"bodyText":"{}"}}}}"#, "x".repeat(65_537));
        for (path, body, status) in [
            (chats.as_str(), "", 400),
            (&chats, "nonsense", 400),
            (&chats, "{}", 400),
            (&chats, r#"{"content":{"bodyText":""}}"#, 400),
            (&chats, long.as_str(), 403),
            (&chats, &"x".repeat(300_000), 413),
            (
                "/api/spaces/nonsense/chats",
                r#"{"content":{"bodyText":"x"}}"#,
                400,
            ),
            (
                "/api/spaces/5a0000000000000000000000/chats",
                r#"{"content":{"bodyText":"x"}}"#,
                404,
            ),
            ("/api/spaces/invite", "{}", 400),
            ("/api/nowhere", "{}", 404),
        ] {
            let (answered, answer) = stage.post(path, body, Some(&token)).await;
            assert_eq!(
                answered,
                status,
                "{path} {}",
                body.get(..40).unwrap_or(body)
            );
            assert!(
                status == 413 || answer["error"]["message"].is_string(),
                "{answer}"
            );
        }
        assert_eq!(
            stage
                .post(&chats, r#"{"content":{"bodyText":"x"}}"#, Some(&token))
                .await
                .0,
            200
        );
    });
}
