//! `solstice call` with settings and arguments that are no good: what is wrong is said, what can be used is used.

use std::process::Output;
use std::time::Duration;

use serde_json::{Value, json};

use crate::lab::{Failure, Lab, free_port_pair};
use crate::solstice::Serve;
use crate::{says, solstice};

/// An IP Office that hands out this settings file.
struct Office {
    _lab: Lab,
    _server: Serve,
    http: u16,
}

impl Office {
    /// `{sip}` in the file becomes the port of plain SIP.
    fn handing_out(settings: &[u8]) -> Result<Self, Failure> {
        let lab = Lab::new()?;
        let (sip, http) = (free_port_pair()?, free_port_pair()?);
        let folder = lab.folder("files")?;
        let text = String::from_utf8_lossy(settings).replace("{sip}", &sip.to_string());
        let bytes = if text.contains('\u{fffd}') {
            settings.to_vec()
        } else {
            text.into_bytes()
        };
        std::fs::write(folder.join("46xxsettings.txt"), bytes)?;
        let config: Value = json!({
            "users": [{"extension": "201", "password": "2012012012"}],
            "ports": {"sip": sip, "sip_tls": free_port_pair()?, "http": http, "https": free_port_pair()?},
            "settings_folder": folder,
        });
        let server = Serve::start(&lab, "ipoffice", &config)?;
        Ok(Self {
            _lab: lab,
            _server: server,
            http,
        })
    }

    fn call(&self, path: &str) -> Result<Output, Failure> {
        let url = format!("http://127.0.0.1:{}{path}", self.http);
        call(&["--settings", &url])
    }
}

fn call(way: &[&str]) -> Result<Output, Failure> {
    let rest = [
        "--user",
        "201",
        "--password",
        "2012012012",
        "902",
        "--seconds",
        "1",
    ];
    solstice(&[&["call"], way, &rest].concat())
}

#[test]
fn unknown_and_invalid_settings_are_named_and_the_others_followed() -> Result<(), Failure> {
    let office = Office::handing_out(
        b"SET SIP_CONTROLLER_LIST \"127.0.0.1:{sip};transport=udp\"\nSET WEATHER sunny\n\
          SET REGISTERWAIT soon\nFROBNICATE\nIF $NO SEQ\nSET\n",
    )?;
    let output = office.call("/46xxsettings.txt")?;
    let said = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        return Err(format!("{}: {said}", String::from_utf8_lossy(&output.stderr)).into());
    }
    for word in ["WEATHER", "REGISTERWAIT", "soon", "talking"] {
        if !said.contains(word) {
            return Err(format!("expected {word:?} in: {said}").into());
        }
    }
    Ok(())
}

#[test]
fn settings_that_lead_nowhere_are_a_clear_error() -> Result<(), Failure> {
    for (file, path, words) in [
        (
            &b"SET WEATHER sunny\n"[..],
            "/46xxsettings.txt",
            &["SIP_CONTROLLER_LIST"][..],
        ),
        (
            b"\xff\xfe\x00garbage\x00",
            "/46xxsettings.txt",
            &["46xxsettings.txt", "500"],
        ),
        (b"", "/46xxsettings.txt", &["SIP_CONTROLLER_LIST"]),
        (
            b"SET WEATHER sunny\n",
            "/nowhere.txt",
            &["nowhere.txt", "404"],
        ),
    ] {
        let office = Office::handing_out(file)?;
        says(&office.call(path)?, 1, words)?;
    }
    Ok(())
}

#[test]
fn a_way_that_leads_nowhere_is_a_clear_error() -> Result<(), Failure> {
    let closed = free_port_pair()?;
    let url = format!("http://127.0.0.1:{closed}/46xxsettings.txt");
    let registrar = format!("127.0.0.1:{closed};transport=tcp");
    for (way, status, word) in [
        (["--settings", &url], 1, closed.to_string()),
        (["--settings", "ftp://127.0.0.1/x"], 1, "http://".to_owned()),
        (["--settings", "http://"], 1, "no login".to_owned()),
        (["--registrar", &registrar], 1, closed.to_string()),
        (["--registrar", "127.0.0.1:0"], 2, "65535".to_owned()),
        (
            ["--registrar", "127.0.0.1;transport=pigeon"],
            2,
            "transport".to_owned(),
        ),
    ] {
        says(&call(&way)?, status, &[&word])?;
    }
    Ok(())
}

#[test]
fn files_that_the_phone_cannot_use_are_named() -> Result<(), Failure> {
    let lab = Lab::new()?;
    let folder = lab.folder("folder")?;
    let garbage = lab.path("garbage.wav");
    std::fs::write(&garbage, b"RIFF nothing of the kind")?;
    let missing = lab.path("missing.pem");
    for (option, path) in [
        ("--play", &folder),
        ("--play", &garbage),
        ("--play", &missing),
        ("--ca", &folder),
        ("--ca", &garbage),
        ("--ca", &missing),
    ] {
        let path = path.to_string_lossy();
        let output = call(&["--registrar", "127.0.0.1:5999", option, &path])?;
        says(&output, 2, &[&path, "next:"])?;
    }
    Ok(())
}

/// A server that takes the connection and then says nothing, or breaks off in the middle of its handshake.
#[test]
fn a_server_that_breaks_off_tls_is_a_clear_error() -> Result<(), Failure> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    std::thread::spawn(move || {
        use std::io::{Read, Write};
        for stream in listener.incoming().map_while(Result::ok) {
            let mut stream = stream;
            let _ = stream.set_read_timeout(Some(Duration::from_secs(2)));
            let _ = stream.read(&mut [0; 512]);
            // A ServerHello that says it is longer than it is.
            let _ = stream.write_all(&[0x16, 3, 3, 0, 80, 2, 0, 0, 76, 3, 3, 1, 2]);
        }
    });
    let registrar = format!("127.0.0.1:{port};transport=tls");
    says(
        &call(&["--registrar", &registrar])?,
        1,
        &["no login", &port.to_string()],
    )?;
    let url = format!("https://127.0.0.1:{port}/46xxsettings.txt");
    says(
        &call(&["--settings", &url])?,
        1,
        &["no login", &port.to_string()],
    )
}
