//! A browser that we did not write in a room of ours, with our softphone.

use client::Voice;

use crate::chromium::Chromium;
use crate::lab::{Failure, Lab, PATIENCE};
use crate::room::{Phone, Room};

/// The tone that the softphone says, in hertz.
const TONE_HZ: f64 = 1000.0;
/// Packets of the browser's microphone that must have come: a second's.
const HEARD_MIN: u64 = 50;

/// MTG-01 and MTG-05 against a foreign browser: it joins from the portal's page by WebRTC and hears the softphone's tone, and
/// the softphone hears the browser's microphone.
pub(crate) fn chromium_hears_our_phone_in_a_room() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let lab = Lab::new()?;
        let room = Room::open(&lab, &[])?;
        let tone = Voice::Tone {
            frequency_hz: TONE_HZ,
            level_dbm0: -10.0,
        };
        let mut phone = Phone::join(&room.url, tone, None).await?;
        let browser = Chromium::start(&lab).await?;
        let heard = hear(&browser, &room.url).await;
        // The browser's fake microphone beeps once a second: something must come while it is there.
        let came = hear_the_browser(&mut phone).await;
        let shown = browser
            .run("return document.getElementById('state').textContent")
            .await;
        browser.close().await?;
        let heard_hz = heard.map_err(|failure| format!("{failure}; the page shows {shown:?}"))?;
        if (heard_hz - TONE_HZ).abs() > 5.0 {
            return Err(format!("the browser hears {heard_hz} Hz, not {TONE_HZ}").into());
        }
        came
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

async fn hear_the_browser(phone: &mut Phone) -> Result<(), Failure> {
    let heard = async {
        loop {
            if phone.measure().await?.packets_received >= HEARD_MIN {
                return Ok(());
            }
            tokio::time::sleep(PATIENCE / 300).await;
        }
    };
    tokio::time::timeout(PATIENCE, heard)
        .await
        .map_err(|_| "the phone hears nothing of the room")?
}
