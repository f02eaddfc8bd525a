//! Logins: by settings, by e-mail address, directly; what fails and what is tried again.

use super::*;
use crate::discovery::DiscoveryError;
use sip::user_agent::RegistrationFailure;

fn by_settings(url: &str) -> Command {
    Command::LogIn(LogIn::Settings {
        url: url.to_owned(),
        user: "201".to_owned(),
        password: "1234".to_owned(),
    })
}

fn file(net: &mut Net, url: &str, text: &'static str) {
    let url = url.parse().unwrap();
    net.give(
        0,
        Input::Fetched {
            url,
            body: Ok(Bytes::from_static(text.as_bytes())),
        },
    );
}

#[test]
fn the_settings_file_leads_to_the_registrar() {
    let mut net = Net::new(1, &ClientConfig::default());
    net.tell(0, by_settings("pbx.example"));
    assert_eq!(
        net.parties[0].asked,
        ["https://pbx.example/46xxsettings.txt"]
    );
    file(
        &mut net,
        "https://pbx.example/46xxsettings.txt",
        "SET ENABLE_IPOFFICE 1\nGET 46xxspecials.txt\nSET A 1\n",
    );
    assert_eq!(
        net.parties[0].asked[1],
        "https://pbx.example/46xxspecials.txt"
    );
    file(
        &mut net,
        "https://pbx.example/46xxspecials.txt",
        "SET SIP_CONTROLLER_LIST 10.0.0.100:5060;transport=udp\nSET SIPDOMAIN ipoffice\nSET ODD 1\n",
    );
    net.run(SECOND);
    assert_eq!(
        net.count(
            0,
            |event| matches!(event, Event::SettingsApplied { remarks, .. } if remarks.len() == 1)
        ),
        1
    );
    assert_eq!(
        net.count(0, |event| matches!(event, Event::LoggedIn { .. })),
        1
    );
    net.tell(0, Command::LogOut);
    net.run(SECOND);
    assert_eq!(net.count(0, |event| matches!(event, Event::LoggedOut)), 1);
    assert!(net.parties[0].client.is_idle());
}

#[test]
fn a_settings_file_that_cannot_be_had_or_names_nobody_fails_clearly() {
    let mut net = Net::new(1, &ClientConfig::default());
    net.tell(0, by_settings("http://pbx.example:8411"));
    let url: Url = "http://pbx.example:8411/46xxsettings.txt".parse().unwrap();
    net.give(
        0,
        Input::Fetched {
            url: url.clone(),
            body: Err("the server answers 404".to_owned()),
        },
    );
    let settings = |event: &Event| {
        matches!(
            event,
            Event::LoginFailed {
                error: LoginError::Settings { .. }
            }
        )
    };
    assert_eq!(net.count(0, settings), 1);
    net.tell(0, by_settings("http://pbx.example:8411"));
    file(&mut net, url.as_str(), "SET SIPDOMAIN ipoffice\n");
    let nobody = |event: &Event| {
        matches!(
            event,
            Event::LoginFailed {
                error: LoginError::NoController { .. }
            }
        )
    };
    assert_eq!(net.count(0, nobody), 1);
    net.tell(0, by_settings("ftp://pbx.example"));
    assert_eq!(net.count(0, settings), 2);
}

#[test]
fn an_email_address_leads_to_the_settings_file() {
    let config = ClientConfig {
        has_accounts: true,
        ..ClientConfig::default()
    };
    let mut net = Net::new(1, &config);
    let by_email = || {
        Command::LogIn(LogIn::Email {
            address: "a@example.com".to_owned(),
            user: "201".to_owned(),
            password: "1234".to_owned(),
        })
    };
    net.tell(0, by_email());
    let settings_url = "https://pbx.example/46xxsettings.txt".parse().unwrap();
    let profiles = Ok(vec![Profile {
        name: "Example".to_owned(),
        settings_url,
    }]);
    net.give(
        0,
        Input::Discovered {
            address: "a@example.com".to_owned(),
            profiles,
        },
    );
    assert_eq!(
        net.parties[0].asked,
        ["a@example.com", "https://pbx.example/46xxsettings.txt"]
    );
    net.tell(0, by_email());
    let profiles = Err(DiscoveryError::Unknown {
        address: "a@example.com".to_owned(),
    });
    net.give(
        0,
        Input::Discovered {
            address: "a@example.com".to_owned(),
            profiles,
        },
    );
    let unknown = |event: &Event| {
        matches!(
            event,
            Event::LoginFailed {
                error: LoginError::Discovery(_)
            }
        )
    };
    assert_eq!(net.count(0, unknown), 1);
}

#[test]
fn a_refused_password_ends_the_login_and_calls_are_refused() {
    let mut net = Net::new(1, &ClientConfig::default());
    net.pbx.verdict = 403;
    net.log_in(0);
    net.run(SECOND);
    let refused = |event: &Event| {
        let wanted = RegistrationFailure::Authentication;
        matches!(event, Event::LoginFailed { error: LoginError::Refused { failure, .. } } if *failure == wanted)
    };
    assert_eq!(net.count(0, refused), 1);
    net.tell(
        0,
        Command::Call {
            number: "202".to_owned(),
            video: false,
        },
    );
    let not_in = |event: &Event| {
        matches!(
            event,
            Event::Refused {
                error: CommandError::NotLoggedIn,
                ..
            }
        )
    };
    assert_eq!(net.count(0, not_in), 1);
    assert!(net.parties[0].client.is_idle());
}

#[test]
fn a_registrar_in_trouble_is_tried_again_after_ever_longer_waits() {
    let mut net = Net::new(1, &ClientConfig::default());
    net.pbx.verdict = 503;
    net.log_in(0);
    net.run(20 * SECOND);
    let waits: Vec<u64> = net.parties[0]
        .events
        .iter()
        .filter_map(|event| match event {
            Event::LineTrouble {
                retry_in_s,
                failure: RegistrationFailure::Server,
                ..
            } => Some(*retry_in_s),
            _ => None,
        })
        .collect();
    assert_eq!(waits, [2, 4, 8, 16]);
    net.pbx.verdict = 200;
    net.run(20 * SECOND);
    assert_eq!(
        net.count(0, |event| matches!(event, Event::LoggedIn { .. })),
        1
    );
}

#[test]
fn a_silent_controller_gives_way_to_the_next() {
    let mut net = Net::new(1, &ClientConfig::default());
    net.tell(0, by_settings("pbx.example"));
    file(
        &mut net,
        "https://pbx.example/46xxsettings.txt",
        "SET SIP_CONTROLLER_LIST nowhere;transport=udp,10.0.0.99;transport=udp,10.0.0.100;transport=udp\n",
    );
    net.run(40 * SECOND);
    let failures: Vec<_> = net.parties[0]
        .events
        .iter()
        .filter_map(|event| match event {
            Event::LineTrouble { failure, .. } => Some(*failure),
            _ => None,
        })
        .collect();
    assert_eq!(
        failures,
        [
            RegistrationFailure::Connection,
            RegistrationFailure::Silence
        ]
    );
    assert_eq!(
        net.count(0, |event| matches!(event, Event::LoggedIn { .. })),
        1
    );
}
