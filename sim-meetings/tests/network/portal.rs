//! The portal as a browser or a script meets it.

use std::net::SocketAddr;

use http::Request;
use net::websocket::WebSocketError;
use serde_json::{Value, json};

use crate::stage::{SOON, play};

const JOIN: &str = "/ups/resources/middleware/token";
const LOGIN: &str = "/ups/resources/authentication/login";

#[test]
fn every_link_stands_in_the_directory() {
    play(json!({}), |stage| async move {
        let (status, listed) = stage.get("/ups/resources").await;
        assert_eq!(status, 200);
        let join = &listed["resources"]["middleware"]["POST"]["createConferenceToken"];
        assert_eq!(join["href"], stage.url(JOIN));
        assert_eq!(
            join["requestType"],
            "application/vnd.avaya.portal.middleware.token.v1+json"
        );
        assert_eq!(stage.get("/ups/resources/tenants/solstice/").await.0, 200);
        let (status, refused) = stage.get("/ups/resources/tenants/other/").await;
        assert_eq!((status, code(&refused)), (404, "TENANT_DOES_NOT_EXIST"));
        assert_eq!(
            stage
                .get("/ups/resources/middleware/tenant_alias?vrNumber=801")
                .await
                .1["alias"],
            "solstice"
        );
    });
}

#[test]
fn signing_in_works_by_body_and_by_header_and_makes_the_owner() {
    play(json!({}), |stage| async move {
        let right = json!({ "login": "ann", "password": "secret" });
        let (status, signed_in) = stage.post(LOGIN, &[], &right).await;
        assert_eq!(status, 200);
        // ann:secret
        let header = [("authorization", "UnifiedPortal YW5uOnNlY3JldA==")];
        assert_eq!(stage.post(LOGIN, &header, &Value::Null).await.0, 200);
        let wrong = json!({ "login": "ann", "password": "?" });
        let (status, refused) = stage.post(LOGIN, &[], &wrong).await;
        assert_eq!((status, code(&refused)), (401, "NOT_AUTHORIZED"));
        let token = format!("UPToken {}", signed_in["token"].as_str().unwrap());
        let wish = json!({ "conferenceId": 801, "userName": "" });
        let (status, _) = stage.post(JOIN, &[("authorization", &token)], &wish).await;
        assert_eq!(status, 200);
        let (status, refused) = stage
            .post(JOIN, &[("authorization", "UPToken x")], &wish)
            .await;
        assert_eq!((status, code(&refused)), (401, "ERC_AUTH_TOKEN_INVALID"));
    });
}

#[test]
fn each_reason_not_to_join_has_its_code() {
    let rooms = json!([
        { "number": "1", "disabled": true },
        { "number": "2", "pin": "12" },
        { "number": "3", "guests": false },
        { "number": "4", "starts_with_moderator": true },
        { "number": "5", "participants_max": 0 },
    ]);
    play(json!({ "rooms": rooms }), |stage| async move {
        for (number, pin, expected) in [
            ("9", None, (404, "VIRTUAL_ROOM_NOT_FOUND")),
            ("1", None, (400, "VIRTUAL_ROOM_DISABLED")),
            ("2", None, (401, "ONE_TIME_PIN_REQUIRED")),
            ("2", Some("13"), (401, "FORBIDDEN_ONE_TIME_PIN_REQUIRED")),
            ("3", None, (401, "NOT_AUTHORIZED")),
            ("4", None, (400, "ERC_MEETING_NOT_STARTED_YET")),
            ("5", None, (503, "ERC_MCU_RESOURCE_SHORTAGE")),
        ] {
            let wish = json!({ "conferenceId": number, "userName": "Bob", "passcode": pin });
            let (status, refused) = stage.post(JOIN, &[], &wish).await;
            assert_eq!((status, code(&refused)), expected, "room {number}");
        }
        let (status, refused) = stage.post(JOIN, &[], &json!("nonsense")).await;
        assert_eq!((status, code(&refused)), (400, "ERC_JC_INCORRECT_INPUT"));
    });
}

#[test]
fn the_room_has_a_page() {
    play(json!({}), |stage| async move {
        let client = net::http::Client::new(&stage.host, &stage.trust);
        let page = client
            .get(&stage.url("/portal/tenants/solstice/?ID=801***12"))
            .await
            .unwrap();
        assert_eq!(page.status(), 200);
        let text = String::from_utf8_lossy(page.body());
        assert!(text.contains("RTCPeerConnection"));
        // Self-contained: it fetches nothing from anywhere else.
        assert!(!text.contains("src=") && !text.contains("http://") && !text.contains("https://"));
        assert_eq!(stage.get("/portal/tenants/other/?ID=801").await.0, 404);
    });
}

#[test]
fn stun_tells_the_asker_their_address() {
    play(json!({}), |stage| async move {
        let local = SocketAddr::new(stage.host.addresses()[0], 0);
        let socket = stage.host.udp(local).await.unwrap();
        let request = webrtc_peer::stun::binding_request([5; 12]);
        socket
            .send_to(b"not a request", stage.cloud.stun_address())
            .await
            .unwrap();
        socket
            .send_to(&request, stage.cloud.stun_address())
            .await
            .unwrap();
        let (answer, _) = tokio::select! {
            biased;
            answer = socket.recv() => answer.unwrap(),
            () = stage.host.sleep(SOON) => panic!("no answer"),
        };
        let mapped = webrtc_peer::stun::mapped_address(&answer, [5; 12]);
        assert_eq!(mapped, Some(socket.local_addr()));
    });
}

#[test]
fn nonsense_on_the_web_is_an_error_and_no_more() {
    play(json!({}), |stage| async move {
        let request = Request::builder().uri(stage.url("/ups/resources").replace("https", "wss"));
        let opened = net::websocket::connect(&stage.host, &stage.trust, request.body(()).unwrap());
        assert!(matches!(opened.await, Err(WebSocketError::Refused { .. })));
        assert_eq!(stage.get("/conf/v1").await.0, 400);
        assert_eq!(stage.get("/nothing/here").await.0, 404);
        let long = json!("x".repeat(100_000));
        assert_eq!(stage.post(JOIN, &[], &long).await.0, 413);
        assert_eq!(stage.get("/ups/resources").await.0, 200);
    });
}

fn code(refused: &Value) -> &str {
    refused["error"]["errorMsg"].as_str().unwrap_or_default()
}
