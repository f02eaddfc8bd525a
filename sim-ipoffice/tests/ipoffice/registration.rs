//! REG-01 to REG-04 at the core: digest, lifetimes, device classes.

use crate::town::{Town, config, three_users};
use sim_ipoffice::device_class::DeviceClass;
use sip::user_agent::{Event, RegistrationFailure, Transport};

fn classes(town: &Town, extension: &str) -> Vec<DeviceClass> {
    town.office
        .registrar()
        .bindings(town.now, extension)
        .map(|binding| binding.class)
        .collect()
}

#[test]
fn a_phone_registers_over_every_transport_and_stays() {
    for transport in Transport::ALL {
        let mut town = Town::new(three_users());
        let phone = town.registered("201", "Deskphone/1", transport);
        assert_eq!(classes(&town, "201"), [DeviceClass::Desk]);
        // Ten lifetimes later it is still there, each time with a fresh nonce.
        town.run(3_000_000);
        assert_eq!(classes(&town, "201"), [DeviceClass::Desk], "{transport:?}");
        let refreshed = town.phones[phone]
            .events
            .iter()
            .filter(|event| matches!(event, Event::Registered { .. }))
            .count();
        assert!(refreshed >= 10, "{refreshed}");
        town.phones[phone].is_cut_off = true;
        town.run(301_000);
        assert_eq!(classes(&town, "201"), []);
        assert!(
            town.notes.last().unwrap().ends_with("expired"),
            "{:?}",
            town.notes
        );
    }
}

#[test]
fn every_algorithm_with_and_without_the_body_serves_registrations_and_calls() {
    for algorithms in [
        r#""MD5""#,
        r#""SHA-256""#,
        r#""SHA-512-256","SHA-256","MD5""#,
    ] {
        for protects_bodies in [false, true] {
            let digest =
                format!(r#"{{"algorithms":[{algorithms}],"protects_bodies":{protects_bodies}}}"#);
            let mut config = three_users();
            config.digest = serde_json::from_str(&digest).unwrap();
            let mut town = Town::new(config);
            let alice = town.registered("201", "Deskphone/1", Transport::Udp);
            let bob = town.registered("202", "Deskphone/1", Transport::Tcp);
            let (_, b) = town.talk(alice, bob);
            assert_eq!(town.office.bridge().talking_count(), 1, "{digest}");
            town.act(bob, |now, agent| agent.hangup(now, b, sip::Headers::new()))
                .unwrap();
            town.settles();
        }
    }
}

#[test]
fn a_wrong_password_ends_with_an_authentication_error() {
    let mut town = Town::new(three_users());
    let phone = town.phone("201", "Deskphone/1", Transport::Udp);
    town.phones[phone].password = "0000000000".to_owned();
    town.register(phone, 300);
    town.run(2_000);
    let failure = town.phones[phone]
        .events
        .iter()
        .find_map(|event| match event {
            Event::RegistrationFailed { failure, .. } => Some(*failure),
            _ => None,
        });
    assert_eq!(failure, Some(RegistrationFailure::Authentication));
    assert_eq!(classes(&town, "201"), []);
}

#[test]
fn one_device_of_each_class_the_newest_wins() {
    let mut town = Town::new(three_users());
    for agent in [
        "Deskphone/1",
        "Solstice/0.1 (Windows 10)",
        "Solstice/0.1 (Android 8.0)",
        "WebRTC/1",
    ] {
        town.registered("201", agent, Transport::Udp);
    }
    assert_eq!(
        classes(&town, "201"),
        [
            DeviceClass::Desk,
            DeviceClass::Desktop,
            DeviceClass::Mobile,
            DeviceClass::WebRtc
        ]
    );
    let newest = town.registered("201", "Solstice/0.1 (macOS 10.13)", Transport::Udp);
    assert_eq!(classes(&town, "201").len(), 4);
    let desktop = town
        .office
        .registrar()
        .bindings(town.now, "201")
        .nth(1)
        .unwrap()
        .hop
        .remote;
    assert_eq!(desktop, town.phones[newest].sip);
    assert!(
        town.notes
            .iter()
            .any(|note| note == "201: Desktop deactivated"),
        "{:?}",
        town.notes
    );
}

#[test]
fn too_short_is_423_and_too_long_is_cut() {
    let mut town = Town::new(three_users());
    let phone = town.phone("201", "Deskphone/1", Transport::Udp);
    town.register(phone, 10);
    town.run(1_000);
    let granted = |town: &Town| {
        town.phones[phone]
            .events
            .iter()
            .rev()
            .find_map(|event| match event {
                Event::Registered { expires_s, .. } => Some(*expires_s),
                _ => None,
            })
    };
    assert_eq!(granted(&town), Some(60), "the phone obeys Min-Expires");
    town.register(phone, 100_000);
    town.run(1_000);
    assert_eq!(granted(&town), Some(3_600));
}

#[test]
fn a_licence_decides_about_devices_and_unregistering_frees() {
    let mut town = Town::new(config(
        r#"{"users":[{"extension":"201","password":"2012012012","licence":"office_worker"}]}"#,
    ));
    let mobile = town.phone("201", "Solstice/0.1 (iPhone; iOS 11)", Transport::Udp);
    town.register(mobile, 300);
    town.run(1_000);
    assert_eq!(classes(&town, "201"), []);
    let desktop = town.phone("201", "Solstice/0.1 (iPad; iOS 11)", Transport::Udp);
    let registration = town.register(desktop, 300);
    town.run(1_000);
    assert_eq!(classes(&town, "201"), [DeviceClass::Desktop]);
    town.act(desktop, |now, agent| agent.unregister(now, registration));
    town.run(1_000);
    assert_eq!(classes(&town, "201"), []);
}
