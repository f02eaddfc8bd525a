//! Message waiting: watched where the settings say so, told as on and off and nothing more (HIS-05).

use super::*;

const URL: &str = "https://pbx.example/46xxsettings.txt";

/// A client that logs in by a settings file with this list of packages.
fn logged_in(packages: &str) -> Net {
    let mut net = Net::new(1, &ClientConfig::default());
    log_in(&mut net, packages);
    net
}

fn log_in(net: &mut Net, packages: &str) {
    net.tell(
        0,
        Command::LogIn(LogIn::Settings {
            url: URL.to_owned(),
            user: "201".to_owned(),
            password: "1234".to_owned(),
        }),
    );
    let text = format!(
        "SET SIP_CONTROLLER_LIST 10.0.0.100:5060;transport=udp\nSET SIPDOMAIN ipoffice\n\
         SET SUBSCRIBE_LIST_NON_AVAYA {packages}\n"
    );
    net.give(
        0,
        Input::Fetched {
            url: URL.parse().unwrap(),
            body: Ok(text.into()),
        },
    );
    net.run(SECOND);
}

/// The lamp as the user saw it.
fn seen(net: &Net) -> Vec<bool> {
    let seen = |event: &Event| match event {
        Event::MessageWaiting { is_waiting } => Some(*is_waiting),
        _ => None,
    };
    net.parties[0].events.iter().filter_map(seen).collect()
}

fn switch(net: &mut Net, is_waiting: bool) {
    net.pbx.is_waiting = is_waiting;
    net.drain_pbx();
    net.run(SECOND);
}

#[test]
fn the_lamp_is_seen_on_and_off_over_refreshes_until_the_logout() {
    for packages in ["message-summary", "\"reg,MWI\""] {
        let mut net = logged_in(packages);
        assert_eq!(seen(&net), [false], "{packages}");
        switch(&mut net, true);
        // Refreshed often, each time told again, and seen once.
        net.run(2_000 * SECOND);
        switch(&mut net, false);
        assert_eq!(seen(&net), [false, true, false], "{packages}");
        net.tell(0, Command::LogOut);
        net.run(80 * SECOND);
        assert!(net.parties[0].client.is_idle());
        switch(&mut net, true);
        assert_eq!(seen(&net), [false, true, false], "{packages}");
        assert!(net.pbx.agent.is_idle(), "the exchange knows of it too");
        log_in(&mut net, packages);
        assert_eq!(seen(&net), [false, true, false, true], "{packages}");
    }
}

#[test]
fn nobody_watches_where_the_settings_do_not_say_so() {
    for packages in ["0", "\"\"", "reg"] {
        let mut net = logged_in(packages);
        switch(&mut net, true);
        assert!(seen(&net).is_empty(), "{packages}");
    }
}

#[test]
fn a_refusal_is_taken_at_its_word_and_trouble_is_tried_again() {
    let mut net = Net::new(1, &ClientConfig::default());
    net.pbx.lamp_verdict = 489;
    log_in(&mut net, "message-summary");
    net.pbx.lamp_verdict = 200;
    net.run(600 * SECOND);
    assert!(seen(&net).is_empty());

    let mut net = Net::new(1, &ClientConfig::default());
    net.pbx.lamp_verdict = 503;
    log_in(&mut net, "message-summary");
    net.run(20 * SECOND);
    net.pbx.lamp_verdict = 200;
    net.run(20 * SECOND);
    assert_eq!(seen(&net), [false]);
}

/// A registration that is lost takes the watch along; the next one brings it back, and the user hears only of what changed.
#[test]
fn the_lamp_is_watched_anew_after_a_lost_registration() {
    let mut net = logged_in("message-summary");
    net.pbx.verdict = 503;
    net.run(300 * SECOND);
    let asked = net.pbx.lamps.len();
    net.run(1_500 * SECOND);
    assert_eq!(net.pbx.lamps.len(), asked, "without a line nobody watches");
    net.pbx.is_waiting = true;
    net.pbx.verdict = 200;
    net.run(2_000 * SECOND);
    let logins = net.count(0, |event| matches!(event, Event::LoggedIn { .. }));
    assert_eq!((logins, seen(&net)), (2, vec![false, true]));
}
