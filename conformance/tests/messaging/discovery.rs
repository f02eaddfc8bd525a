//! From an e-mail address to the settings file (CFG-01).

use client::discovery::{DiscoveryError, discover};
use net::http::Client;
use serde_json::json;

use crate::stage::{Stage, accounts, play};

#[test]
fn a_known_address_leads_to_its_settings_file() {
    play(json!({}), async |stage: Stage| {
        let client = Client::new(&stage.world.host("bob"), &stage.trust);
        let found = discover(&client, &accounts(), " Bob@Example.com ")
            .await
            .expect("a known address");
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].settings_url.as_str(),
            "https://pbx.example.com/46xxsettings.txt"
        );
        assert_eq!(found[0].name, "example.com");
    });
}

#[test]
fn an_unknown_address_a_wrong_host_and_no_host_are_told_apart() {
    play(json!({}), async |stage: Stage| {
        let client = Client::new(&stage.world.host("bob"), &stage.trust);
        let ask = async |host: &str, address: &str| {
            let host = format!("https://{host}").parse().expect("a URL");
            discover(&client, &host, address)
                .await
                .expect_err("nothing to find")
        };
        let address = "nobody@example.com".to_owned();
        assert_eq!(
            ask("accounts.zang.io", &address).await,
            DiscoveryError::Unknown { address }
        );
        assert_eq!(
            ask("spacesapis.zang.io", "bob@example.com").await,
            DiscoveryError::Refused { status: 404 }
        );
        let unreachable = ask("nowhere.zang.io", "bob@example.com").await;
        assert!(
            matches!(unreachable, DiscoveryError::Unreachable { .. }),
            "{unreachable}"
        );
        stage.world.crash("cloud");
        let unreachable = ask("accounts.zang.io", "bob@example.com").await;
        assert!(
            matches!(unreachable, DiscoveryError::Unreachable { .. }),
            "{unreachable}"
        );
    });
}
