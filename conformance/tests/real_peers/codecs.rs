//! Calls by each codec between a foreign phone, our phone and our IP Office; every ear is measured by a tone.

use serde_json::json;

use crate::baresip::{Account, Baresip};
use crate::calls::{Office, expect_tone};
use crate::lab::{Failure, Lab};
use crate::solstice::{self, Serve};
use crate::wav;

/// The tone number, then calls between the two phones, by G.711 of either law.
pub(crate) fn baresip_and_our_phone_talk_g711() -> Result<(), Failure> {
    talk("ip500_v2", "PCMA/8000/1", (8_000, 1), &["pcma", "g722"])?;
    talk("ip500_v2", "PCMU/8000/1", (8_000, 1), &["pcmu", "pcma"])
}

/// The same by G.722.
pub(crate) fn baresip_and_our_phone_talk_g722() -> Result<(), Failure> {
    talk("ip500_v2", "g722/16000/1", (16_000, 1), &["g722", "pcma"])
}

/// The same by Opus, which the Linux platform alone has.
pub(crate) fn baresip_and_our_phone_talk_opus() -> Result<(), Failure> {
    talk(
        "linux",
        "opus/48000/2",
        (48_000, 2),
        &["opus", "g722", "pcmu"],
    )
}

/// The foreign phone has one codec alone. Ours calls it by each of `ours`: where the two differ, the system transcodes.
fn talk(platform: &str, codec: &str, file: wav::Form, ours: &[&str]) -> Result<(), Failure> {
    let lab = Lab::new()?;
    let mut office = Office::new("disabled")?;
    office.config["platform"] = json!(platform);
    let _server = Serve::start(&lab, "ipoffice", &office.config)?;
    let registrar = format!("127.0.0.1:{}", office.sip);
    let account = Account {
        user: "202",
        password: "2022022022",
        registrar: &registrar,
        transport: "udp",
        srtp: false,
        says_hz: 600.0,
        codecs: codec,
        file,
    };
    let mut phone = Baresip::start(&lab, &account)?;
    phone.dial(&format!("sip:902@{registrar}"))?;
    phone.wait("CALL_ESTABLISHED")?;
    phone.hears(4)?;
    phone.hang_up()?;
    phone.wait("CALL_CLOSED")?;
    expect_tone(&wav::measure(&phone.heard()?)?, 1000.0, 3.0)?;
    drop(phone);
    for own in ours {
        // A folder of its own: its recordings are of this call alone.
        let home = Lab::new()?;
        let mut phone = Baresip::start(&home, &account)?;
        let (play, record) = (lab.path("play.wav"), lab.path("record.wav"));
        wav::write_tone(&play, 440.0, 10)?;
        let registrar = format!("{registrar};transport=udp");
        let output = solstice::call(&[
            "--registrar",
            &registrar,
            "--user",
            "201",
            "--password",
            "2012012012",
            "202",
            "--codec",
            own,
            "--play",
            &play.to_string_lossy(),
            "--record",
            &record.to_string_lossy(),
            "--seconds",
            "5",
        ])?;
        let said = String::from_utf8_lossy(&output.stdout).to_ascii_lowercase();
        if !said.contains(&format!("talking: {own} ")) {
            return Err(format!("our phone does not talk by {own}: {said}").into());
        }
        phone.wait("CALL_CLOSED")?;
        expect_tone(&wav::measure(&record)?, 600.0, 3.0)?;
        expect_tone(&wav::measure(&phone.heard()?)?, 440.0, 3.0)?;
    }
    Ok(())
}
