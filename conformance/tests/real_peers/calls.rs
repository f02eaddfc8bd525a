//! Calls between our softphone or our IP Office and phones that we did not write.

use serde_json::{Value, json};

use crate::baresip::{Account, Baresip, G711};
use crate::kamailio::Kamailio;
use crate::lab::{Failure, Lab, free_port_pair};
use crate::solstice::{self, Serve};
use crate::{sipp, wav};

/// An IP Office on free ports, with two users.
pub(crate) struct Office {
    pub(crate) config: Value,
    pub(crate) sip: u16,
    sip_tls: u16,
}

impl Office {
    pub(crate) fn new(srtp: &str) -> Result<Self, Failure> {
        let sip = free_port_pair()?;
        let sip_tls = free_port_pair()?;
        let (http, https) = (free_port_pair()?, free_port_pair()?);
        let config = json!({
            "users": [
                {"extension": "201", "password": "2012012012", "name": "Alice"},
                {"extension": "202", "password": "2022022022", "name": "Bob"},
            ],
            "ports": {"sip": sip, "sip_tls": sip_tls, "http": http, "https": https},
            "srtp": srtp,
        });
        Ok(Self {
            config,
            sip,
            sip_tls,
        })
    }
}

/// REG-01 and TEL-01 against a foreign phone: it registers with digest, calls the tone number and hears 1000 Hz.
pub(crate) fn baresip_hears_the_tone_over_udp() -> Result<(), Failure> {
    let office = Office::new("disabled")?;
    hear_the_tone(&office, "udp", office.sip, false)
}

/// The same over TLS with SDES-SRTP demanded by the phone.
pub(crate) fn baresip_hears_the_tone_over_tls_and_srtp() -> Result<(), Failure> {
    let office = Office::new("preferred")?;
    hear_the_tone(&office, "tls", office.sip_tls, true)
}

fn hear_the_tone(office: &Office, transport: &str, port: u16, srtp: bool) -> Result<(), Failure> {
    let lab = Lab::new()?;
    let _server = Serve::start(&lab, "ipoffice", &office.config)?;
    let registrar = format!("127.0.0.1:{port}");
    let mut phone = Baresip::start(
        &lab,
        &Account {
            user: "201",
            password: "2012012012",
            registrar: &registrar,
            transport,
            srtp,
            says_hz: 600.0,
            codecs: G711.0,
            file: G711.1,
        },
    )?;
    phone.dial(&format!("sip:902@{registrar};transport={transport}"))?;
    phone.wait("CALL_ESTABLISHED")?;
    phone.hears(4)?;
    phone.hang_up()?;
    phone.wait("CALL_CLOSED")?;
    expect_tone(&wav::measure(&phone.heard()?)?, 1000.0, 3.0)
}

pub(crate) fn expect_tone(
    heard: &wav::Heard,
    frequency_hz: f64,
    at_least_s: f64,
) -> Result<(), Failure> {
    if (heard.frequency_hz - frequency_hz).abs() > 5.0 || heard.sounding_s < at_least_s {
        return Err(format!(
            "expected {frequency_hz} Hz for at least {at_least_s} s, heard {heard:?}"
        )
        .into());
    }
    Ok(())
}

/// A traffic generator makes many calls in a row, each challenged; none fails.
pub(crate) fn sipp_makes_100_digest_calls() -> Result<(), Failure> {
    let lab = Lab::new()?;
    let office = Office::new("disabled")?;
    let _server = Serve::start(&lab, "ipoffice", &office.config)?;
    let target = format!("127.0.0.1:{}", office.sip);
    let tally = sipp::calls(&lab, &target, "201", "2012012012", "902", 100, 20)?;
    if tally.successful != 100 {
        return Err(format!("expected 100 calls, {tally:?}").into());
    }
    Ok(())
}

/// Our client as a phone at a registrar that we did not write, in a call with a phone that we did not write; both ears are measured.
pub(crate) fn our_phone_and_baresip_meet_at_kamailio() -> Result<(), Failure> {
    let lab = Lab::new()?;
    let server = Kamailio::start(&lab, &[("alice", "secret-a"), ("bob", "secret-b")])?;
    let mut bob = Baresip::start(
        &lab,
        &Account {
            user: "bob",
            password: "secret-b",
            registrar: &server.address,
            transport: "udp",
            srtp: false,
            says_hz: 600.0,
            codecs: G711.0,
            file: G711.1,
        },
    )?;
    let (play, record) = (lab.path("play.wav"), lab.path("record.wav"));
    wav::write_tone(&play, 440.0, 10)?;
    let registrar = format!("{};transport=udp", server.address);
    solstice::call(&[
        "--registrar",
        &registrar,
        "--user",
        "alice",
        "--password",
        "secret-a",
        "bob",
        "--play",
        &play.to_string_lossy(),
        "--record",
        &record.to_string_lossy(),
        "--seconds",
        "5",
    ])?;
    bob.wait("CALL_CLOSED")?;
    expect_tone(&wav::measure(&record)?, 600.0, 3.0)?;
    expect_tone(&wav::measure(&bob.heard()?)?, 440.0, 3.0)
}
