//! Where the settings file is looked for: redirections, and servers that are not who they say they are.

use super::*;

/// Logs in by this address at an exchange whose certificate bears this name: what the user is told of a failure.
fn log_in(url: &'static str, name: &'static [&'static str]) -> Result<(), String> {
    let run = setup().run(move |world| async move {
        let host = world.host(EXCHANGE);
        let text = settings("udp", "9");
        host.spawn(exchange::run(host.clone(), authority(), name, text));
        let mut alice = Phone::start(&world.host("alice"), "201").await;
        host.sleep(SECOND).await;
        alice.log_in(url).await;
        alice
            .sees(|event| match event {
                Event::LoggedIn { .. } => Some(Ok(())),
                Event::LoginFailed { error } => Some(Err(error.to_string())),
                _ => None,
            })
            .await
    });
    run.expect("a world").value.expect("played to the end")
}

#[test]
fn a_file_that_has_moved_is_followed_but_not_out_into_the_open() {
    assert_eq!(log_in("http://pbx.example/moved.txt", &[EXCHANGE]), Ok(()));
    assert_eq!(log_in("https://pbx.example/moved.txt", &[EXCHANGE]), Ok(()));
    assert_eq!(log_in("http://pbx.example/open.txt", &[EXCHANGE]), Ok(()));
    for (url, part) in [
        (
            "https://pbx.example/open.txt",
            "from a protected address to an open one",
        ),
        ("http://pbx.example/loop.txt", "more than 5 times"),
        ("http://pbx.example/absent.txt", "404"),
    ] {
        let why = log_in(url, &[EXCHANGE]).unwrap_err();
        assert!(why.contains(part), "{url}: {why}");
        assert!(why.contains(url), "which file: {why}");
    }
}

#[test]
fn a_server_with_a_strange_certificate_gives_no_settings() {
    for url in ["https://pbx.example", "http://pbx.example/moved.txt"] {
        let why = log_in(url, &["other.example"]).unwrap_err();
        assert!(why.contains("certificate"), "{why}");
    }
}
