//! The style of the house as a test: it reads the tree and names every file and line that departs from it.
//!
//! A departure that is right stands in the lists below with its reason, so that the next reader need not guess.

#[path = "tidy/source.rs"]
mod source;

use source::{File, all_files};

/// Longest file, without its tests.
const FILE_LINES_MAX: usize = 400;
/// Longest function.
const FUNCTION_LINES_MAX: usize = 60;

/// Files that still owe a cut, with the length that they may not exceed; none may be added.
const LONG_FILES: &[(&str, usize)] = &[];

/// Functions that still owe a cut, by file and name, with the length that they may not exceed; none may be added.
const LONG_FUNCTIONS: &[(&str, &str, usize)] = &[];

/// A word that must not stand in the code of some places, and why.
struct Ban {
    /// What is looked for, outside comments and texts.
    word: &'static str,
    /// Beginnings of the paths it is looked for in; empty for all.
    within: &'static [&'static str],
    /// Beginnings of the paths where it is right.
    except: &'static [&'static str],
    /// Why.
    reason: &'static str,
}

/// Where the machine itself is met: real sockets and clocks, measurements, benchmarks, the tests of those.
const MACHINE: &[&str] = &[
    // The paused clock of the simulated runtime, not the machine's.
    "net/src/wire/driver.rs",
    "net/src/real",
    "net/src/turmoil",
    "net/tests/",
    "webrtc-peer/src/clock.rs",
    "conformance/src/stopwatch.rs",
    "conformance/src/ambient/tests.rs",
    "conformance/tests/",
    "benches/",
];

/// Functions that are one table and may be as long as it.
const TABLES: &[(&str, &str)] = &[("sip/src/message/write.rs", "reason_phrase")];

const PRODUCTS: &[&str] = &[
    "client/src/",
    "sim-ipoffice/src/",
    "sim-zang/src/",
    "sim-meetings/src/",
];
const LIBRARIES: &[&str] = &[
    "sip/src/",
    "media/src/",
    "webrtc-peer/src/",
    "net/src/",
    "client/src/",
    "sim-ipoffice/src/",
    "sim-zang/src/",
    "sim-meetings/src/",
];

const BANS: &[Ban] = &[
    ban(
        "Instant::now",
        &[],
        MACHINE,
        "time comes in as `now` or from a Host",
    ),
    ban(
        "SystemTime::now",
        &[],
        MACHINE,
        "the wall clock comes from Host::utc",
    ),
    ban(
        "Timestamp::now",
        &[],
        MACHINE,
        "the wall clock comes from Host::utc",
    ),
    ban(
        "thread_rng",
        &[],
        &["benches/"],
        "randomness comes from Host::entropy",
    ),
    ban(
        "rand::rng",
        &[],
        &["benches/"],
        "randomness comes from Host::entropy",
    ),
    ban(
        "rand::random",
        &[],
        &["benches/"],
        "randomness comes from Host::entropy",
    ),
    ban(
        "Uuid::new_v4",
        &[],
        &[],
        "randomness comes from Host::entropy",
    ),
    ban(
        "spawn_blocking",
        &[],
        &["conformance/tests/"],
        "its results come back in an order that no seed decides",
    ),
    ban("unbounded_channel", &[], &[], "every queue has a bound"),
    ban(
        "tokio::",
        &["sip/src/", "media/src/"],
        &[],
        "a protocol core knows no runtime",
    ),
    ban("tokio::net", PRODUCTS, &[], "sockets come from a Host"),
    ban(
        "std::net::UdpSocket",
        LIBRARIES,
        &["net/src/real"],
        "sockets come from a Host",
    ),
    ban(
        "std::net::TcpStream",
        LIBRARIES,
        &["net/src/real"],
        "sockets come from a Host",
    ),
    ban(
        "println!",
        LIBRARIES,
        &[],
        "a library says things by return values and notes",
    ),
    ban("todo!", &[], &[], "what is not there is not there"),
    ban("unimplemented!", &[], &[], "what is not there is not there"),
    ban("dbg!", &[], &[], "left over"),
    ban("macro_rules!", &[], &[], "no macros of our own"),
];

const fn ban(
    word: &'static str,
    within: &'static [&'static str],
    except: &'static [&'static str],
    reason: &'static str,
) -> Ban {
    Ban {
        word,
        within,
        except,
        reason,
    }
}

fn begins_with_one_of(path: &str, beginnings: &[&str]) -> bool {
    beginnings
        .iter()
        .any(|beginning| path.starts_with(beginning))
}

fn assert_none(what: &str, departures: &[String]) {
    assert!(
        departures.is_empty(),
        "{what}:\n  {}",
        departures.join("\n  ")
    );
}

#[test]
fn no_file_is_longer_than_400_lines_without_its_tests() {
    let long = |file: &File| {
        let lines = file.lines_without_tests();
        let owes = LONG_FILES
            .iter()
            .any(|(path, most)| file.path == *path && lines <= *most);
        (lines > FILE_LINES_MAX && !owes).then(|| {
            format!(
                "{}: {lines} lines; give away a part with its own state",
                file.path
            )
        })
    };
    let departures: Vec<_> = all_files()
        .iter()
        .filter(|file| !file.is_test())
        .filter_map(long)
        .collect();
    assert_none("files that are too long", &departures);
}

#[test]
fn no_function_is_longer_than_60_lines() {
    let mut departures = Vec::new();
    for file in all_files().iter().filter(|file| !file.is_test()) {
        for function in file
            .functions()
            .iter()
            .filter(|function| function.lines > FUNCTION_LINES_MAX)
            .filter(|function| {
                !LONG_FUNCTIONS.iter().any(|(path, name, most)| {
                    file.path == *path && function.name == *name && function.lines <= *most
                })
            })
            .filter(|function| !TABLES.contains(&(file.path.as_str(), function.name.as_str())))
        {
            departures.push(format!(
                "{}:{} {}: {} lines",
                file.path, function.line, function.name, function.lines
            ));
        }
    }
    assert_none("functions that are too long", &departures);
}

#[test]
fn what_is_banned_is_not_used() {
    let mut departures = Vec::new();
    for file in all_files() {
        for ban in BANS {
            let inside = ban.within.is_empty() || begins_with_one_of(&file.path, ban.within);
            if inside && !begins_with_one_of(&file.path, ban.except) {
                for line in file.lines_with(ban.word) {
                    departures.push(format!(
                        "{}:{line} uses {}: {}",
                        file.path, ban.word, ban.reason
                    ));
                }
            }
        }
    }
    assert_none("what must not be used", &departures);
}

#[test]
fn unordered_maps_are_not_walked() {
    let mut departures = Vec::new();
    for file in all_files().iter().filter(|file| !file.is_test()) {
        for line in file.walks_of_unordered_maps() {
            departures.push(format!(
                "{}:{line} walks a HashMap or HashSet: its order differs from run to run",
                file.path
            ));
        }
    }
    assert_none("walks without order", &departures);
}

#[test]
fn every_choice_between_futures_has_an_order() {
    let mut departures = Vec::new();
    for file in all_files() {
        for line in file.unordered_selects() {
            departures.push(format!(
                "{}:{line} select! without `biased;`: no seed decides which branch is taken",
                file.path
            ));
        }
    }
    assert_none("choices without order", &departures);
}

#[test]
fn modules_live_in_files_named_for_them() {
    let named_mod = |file: &&File| file.path.ends_with("/mod.rs") && !file.is_test();
    let departures: Vec<_> = all_files()
        .iter()
        .filter(named_mod)
        .map(|file| file.path.clone())
        .collect();
    assert_none("mod.rs files; use foo.rs beside foo/", &departures);
    let scripts: Vec<_> = all_files()
        .iter()
        .filter(|file| file.path.matches('/').count() == 1 && file.path.ends_with("/build.rs"))
        .collect();
    assert!(scripts.is_empty(), "build scripts are not wanted");
}

#[test]
fn every_file_says_what_it_is() {
    let silent = |file: &&File| !file.is_test() && !file.text.trim_start().starts_with("//!");
    let departures: Vec<_> = all_files()
        .iter()
        .filter(silent)
        .map(|file| file.path.clone())
        .collect();
    assert_none("files without a module doc", &departures);
}
