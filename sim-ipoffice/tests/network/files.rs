//! The settings file over HTTP and HTTPS, on the usual and the preferred ports.

use std::io::Write;

use net::http::Client;
use serde_json::json;

use crate::stage::{Stage, play};

async fn fetch(stage: &Stage, url: &str) -> (u16, String) {
    let client = Client::new(&stage.world.host("alice"), &stage.trust);
    let response = client.get(url).await.expect("an answer");
    (
        response.status().as_u16(),
        String::from_utf8_lossy(response.body()).into_owned(),
    )
}

#[test]
fn the_file_is_made_for_each_request() {
    play(json!({"ports": {"preferred": true}}), |stage| async move {
        let plain = "SET SIP_CONTROLLER_LIST \"ipo.example:5060;transport=tcp\"";
        let secure = "SET SIP_CONTROLLER_LIST \"ipo.example:5061;transport=tls\"";
        for (door, line) in [
            ("http://ipo.example", plain),
            ("http://ipo.example:8411", plain),
            ("https://ipo.example", secure),
            ("https://ipo.example:411", secure),
        ] {
            let (status, text) = fetch(&stage, &format!("{door}/46xxsettings.txt")).await;
            assert_eq!(status, 200, "{door}");
            assert!(text.contains(line), "{door}: {text}");
        }
        let (_, text) = fetch(&stage, "http://10.0.0.1/46xxsettings.txt").await;
        assert!(text.contains("SET SIPDOMAIN \"10.0.0.1\""), "{text}");
        assert_eq!(
            fetch(&stage, "http://ipo.example/46xxspecials.txt").await.0,
            404
        );
        assert_eq!(
            fetch(&stage, "http://ipo.example/../etc/passwd").await.0,
            404
        );
    });
}

#[test]
fn preferred_ports_are_closed_unless_wanted() {
    play(json!({}), |stage| async move {
        let client = Client::new(&stage.world.host("alice"), &stage.trust);
        assert!(
            client
                .get("http://ipo.example:8411/46xxsettings.txt")
                .await
                .is_err()
        );
    });
}

#[test]
fn static_files_win() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("46xxsettings.txt", "SET OWN 1\n"),
        ("46xxspecials.txt", "SET SPECIAL 1\n"),
    ] {
        std::fs::File::create(folder.path().join(name))
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
    }
    play(
        json!({"settings_folder": folder.path()}),
        |stage| async move {
            assert_eq!(
                fetch(&stage, "http://ipo.example/46xxsettings.txt").await,
                (200, "SET OWN 1\n".to_owned())
            );
            assert_eq!(
                fetch(&stage, "https://ipo.example/46xxspecials.txt").await,
                (200, "SET SPECIAL 1\n".to_owned())
            );
        },
    );
}

#[test]
fn an_unreadable_static_file_is_a_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("46xxsettings.txt")).unwrap();
    play(
        json!({"settings_folder": folder.path()}),
        |stage| async move {
            let (status, text) = fetch(&stage, "http://ipo.example/46xxsettings.txt").await;
            assert_eq!(status, 500);
            assert!(
                text.starts_with("46xxsettings.txt cannot be served: "),
                "{text}"
            );
        },
    );
}
