//! The arrows of the workspace as a test: who may import whom, read from the manifests.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Every crate with the crates of the workspace it may import. Tests of a crate may import no more.
const ARROWS: &[(&str, &[&str])] = &[
    ("sip", &[]),
    ("media", &[]),
    ("webrtc-peer", &[]),
    ("net", &[]),
    ("client", &["sip", "media", "webrtc-peer", "net"]),
    ("sim-ipoffice", &["sip", "media", "webrtc-peer", "net"]),
    ("sim-zang", &["sip", "media", "webrtc-peer", "net"]),
    ("sim-meetings", &["sip", "media", "webrtc-peer", "net"]),
    (
        "conformance",
        &[
            "sip",
            "media",
            "webrtc-peer",
            "net",
            "client",
            "sim-ipoffice",
            "sim-zang",
            "sim-meetings",
        ],
    ),
    ("fuzz", &["media"]),
    (
        "benches",
        &[
            "sip",
            "media",
            "webrtc-peer",
            "net",
            "client",
            "sim-ipoffice",
            "sim-zang",
            "sim-meetings",
            "conformance",
        ],
    ),
];

/// Foreign crates that only some may import, and why.
const RESERVED: &[(&str, &[&str], &str)] = &[
    (
        "rtc",
        &["webrtc-peer", "benches"],
        "one crate knows the WebRTC core",
    ),
    ("smoltcp", &["net"], "one crate knows how packets are made"),
    ("turmoil", &["net", "benches"], "one crate knows the worlds"),
    ("hickory-resolver", &["net"], "names are resolved by a Host"),
    ("socket2", &["net"], "sockets come from a Host"),
    (
        "rsip",
        &["sip", "benches", "conformance"],
        "a vocabulary at the edge, never inside",
    ),
    (
        "anyhow",
        &["conformance"],
        "errors say whose fault they are, except in a main function",
    ),
];

/// Foreign crates that a protocol core must not know.
const NOT_IN_CORES: &[&str] = &[
    "tokio",
    "axum",
    "hyper",
    "rustls",
    "tokio-rustls",
    "tokio-tungstenite",
    "net",
];

#[derive(Default)]
struct Manifest {
    normal: BTreeSet<String>,
    tests: BTreeSet<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the crate lies in the workspace")
        .to_owned()
}

fn manifests() -> BTreeMap<String, Manifest> {
    let mut manifests = BTreeMap::new();
    for entry in fs::read_dir(root()).expect("the workspace can be read") {
        let directory = entry.expect("the workspace can be read").path();
        if let Ok(text) = fs::read_to_string(directory.join("Cargo.toml")) {
            let name = directory
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            manifests.insert(name, parse(&text));
        }
    }
    manifests
}

/// Reads the names of dependencies: a line `name.workspace = true` or `name = ...` under a heading of dependencies.
fn parse(text: &str) -> Manifest {
    let mut manifest = Manifest::default();
    let mut heading = "";
    for line in text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        if let Some(inside) = line.strip_prefix('[') {
            heading = inside.trim_end_matches(']');
            continue;
        }
        let name: String = line
            .chars()
            .take_while(|letter| !matches!(letter, '.' | ' ' | '='))
            .collect();
        let name = name.trim_matches('"').to_owned();
        if heading.ends_with("dev-dependencies") {
            manifest.tests.insert(name);
        } else if heading.ends_with("dependencies") && heading != "workspace.dependencies" {
            manifest.normal.insert(name);
        }
    }
    manifest
}

#[test]
fn every_crate_is_on_the_map() {
    let expected: BTreeSet<String> = ARROWS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let found: BTreeSet<String> = manifests().into_keys().collect();
    assert_eq!(
        found, expected,
        "a crate is missing on the map or in the tree"
    );
}

#[test]
fn no_arrow_points_up_or_sideways() {
    let manifests = manifests();
    let mut departures = Vec::new();
    for (name, allowed) in ARROWS {
        let manifest = &manifests[*name];
        for used in manifest
            .normal
            .union(&manifest.tests)
            .filter(|used| manifests.contains_key(*used))
        {
            if !allowed.contains(&used.as_str()) && used != name {
                departures.push(format!("{name} imports {used}"));
            }
        }
    }
    assert!(
        departures.is_empty(),
        "arrows that are not on the map: {departures:?}"
    );
}

#[test]
fn there_is_no_circle() {
    let manifests = manifests();
    let mut left: BTreeSet<&str> = ARROWS.iter().map(|(name, _)| *name).collect();
    while !left.is_empty() {
        let free = |name: &&&str| {
            !manifests[**name]
                .normal
                .iter()
                .any(|used| left.contains(used.as_str()))
        };
        let Some(next) = left.iter().find(free).copied() else {
            panic!("these import each other in a circle: {left:?}")
        };
        left.remove(next);
    }
}

#[test]
fn protocol_cores_know_no_runtime() {
    let manifests = manifests();
    for core in ["sip", "media"] {
        for banned in NOT_IN_CORES {
            assert!(
                !manifests[core].normal.contains(*banned),
                "{core} imports {banned}"
            );
        }
    }
}

#[test]
fn reserved_crates_stay_where_they_belong() {
    let manifests = manifests();
    for (foreign, owners, reason) in RESERVED {
        for (name, manifest) in &manifests {
            let uses = manifest.normal.contains(*foreign);
            assert!(
                !uses || owners.contains(&name.as_str()),
                "{name} imports {foreign}: {reason}"
            );
        }
    }
}
