//! A browser that we did not write in a room of ours, with our softphone.

use client::meeting::{self, Invitation};
use client::{Command, Event, Voice};
use net::World;
use net::tls::Trust;
use serde_json::json;

use crate::chromium::Chromium;
use crate::lab::{Failure, Lab, PATIENCE, free_port_pair};
use crate::solstice::Serve;

/// The tone that the softphone says, in hertz.
const TONE_HZ: f64 = 1000.0;

/// MTG-01 and MTG-05 against a foreign browser: it joins from the portal's page by WebRTC and hears the softphone's tone, and
/// the softphone hears the browser's microphone.
pub(crate) fn chromium_hears_our_phone_in_a_room() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let lab = Lab::new()?;
        let (plain, stun) = (free_port_pair()?, free_port_pair()?);
        let config = json!({
            "ports": {"https": null, "portal": null, "plain": plain, "stun": stun},
            "subscribers": [{"login": "alice", "password": "secret", "name": "Alice"}],
            "rooms": [{"number": "801", "owner": "alice", "guests": true}],
        });
        let _server = Serve::start(&lab, "meetings", &config)?;
        let room = format!("http://127.0.0.1:{plain}/portal/tenants/solstice/?ID=801");

        let host = World::real_machine_at(&[[127, 0, 0, 1].into()]).host("phone");
        let mut phone = client::start(&host, client::Config::new(Trust::Unchecked)).await;
        let invitation = Invitation {
            room: room.parse()?,
            name: "Phone".to_owned(),
            login: None,
            voice: Voice::Tone {
                frequency_hz: TONE_HZ,
                level_dbm0: -10.0,
            },
            video: None,
        };
        phone
            .commands
            .send(Command::JoinMeeting(invitation))
            .await?;
        wait_until_talking(&mut phone.events).await?;

        let browser = Chromium::start(&lab).await?;
        let heard = hear(&browser, &room).await;
        let shown = browser
            .run("return document.getElementById('state').textContent")
            .await;
        browser.close().await?;
        let heard_hz = heard.map_err(|failure| format!("{failure}; the page shows {shown:?}"))?;
        if (heard_hz - TONE_HZ).abs() > 5.0 {
            return Err(format!("the browser hears {heard_hz} Hz, not {TONE_HZ}").into());
        }
        hear_the_browser(&mut phone).await
    })
}

/// The frequency that the page hears once the tone is there.
async fn hear(browser: &Chromium, room: &str) -> Result<f64, Failure> {
    browser.open(&format!("{room}&name=Browser")).await?;
    browser
        .wait("return window.meeting.state", PATIENCE, |state| {
            state == "connected"
        })
        .await?;
    let heard = browser
        .wait("return window.meeting.frequency()", PATIENCE, |value| {
            value
                .as_f64()
                .is_some_and(|frequency_hz| (frequency_hz - TONE_HZ).abs() <= 5.0)
        })
        .await?;
    Ok(heard.as_f64().unwrap_or_default())
}

async fn wait_until_talking(
    events: &mut tokio::sync::mpsc::Receiver<Event>,
) -> Result<(), Failure> {
    let talking = async {
        while let Some(event) = events.recv().await {
            match event {
                Event::Meeting(meeting::Event::Talking { .. }) => return Ok(()),
                Event::Meeting(meeting::Event::Left { reason, .. }) => {
                    return Err(format!("the room was left: {reason:?}"));
                }
                _ => {}
            }
        }
        Err("the phone ended".to_owned())
    };
    Ok(tokio::time::timeout(PATIENCE, talking)
        .await
        .map_err(|_| format!("no sound in the room within {PATIENCE:?}"))??)
}

/// The browser's fake microphone beeps once a second: something must have come.
async fn hear_the_browser(phone: &mut client::Softphone) -> Result<(), Failure> {
    phone
        .commands
        .send(Command::Meeting(meeting::Command::Measure))
        .await?;
    let measured = async {
        while let Some(event) = phone.events.recv().await {
            if let Event::Meeting(meeting::Event::Measured(measurement)) = event {
                return Some(measurement);
            }
        }
        None
    };
    let measurement = tokio::time::timeout(PATIENCE, measured)
        .await?
        .ok_or("the phone ended")?;
    if measurement.packets_received < 50 {
        return Err(format!("the phone hears nothing of the room: {measurement:?}").into());
    }
    Ok(())
}
