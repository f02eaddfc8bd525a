//! A browser that we did not write in a room of ours, with our softphone: each hears the other's tone, and what the browser has
//! counted (`getStats`) is what our server and our softphone have.

use std::time::Duration;

use client::Voice;
use client::meeting::Measurement;
use serde_json::Value;

use crate::chromium::Chromium;
use crate::lab::{Failure, Lab, PATIENCE};
use crate::room::{Phone, Room};
use crate::statistics::{Agreement, grown, number};

/// The tone that the softphone says, in hertz.
const TONE_HZ: f64 = 1_000.0;
/// The tone that the browser says, and its amplitude.
const PAGE_TONE_HZ: f64 = 700.0;
const PAGE_AMPLITUDE: f64 = 0.25;
/// That amplitude at our ear: 12.04 dB below a full-scale sine, which is 3.14 dBm0 (ITU-T G.711).
const PAGE_LEVEL_DBM0: f64 = -8.9;
/// What two codecs and a mix may take away from it or add.
const LEVEL_TOLERANCE_DB: f64 = 2.0;
/// Time over which is counted.
const COUNTED: Duration = Duration::from_secs(5);

/// Packets of sound that may be on their way while two sides are asked, one after the other: a fifth of a second, as much as a
/// busy machine holds a process back.
const ON_THE_WAY: f64 = 10.0;
/// Octets of those, if each is as large as Opus at 48 kbit/s makes it.
const OCTETS_ON_THE_WAY: f64 = ON_THE_WAY * 200.0;
/// Jitter is a running mean, read at two moments by two clocks: seconds by which two accounts of one path may differ.
const JITTER_TOLERANCE_S: f64 = 0.02;
/// Round trips of the machine's own loopback are told twice by different reports.
const ROUND_TRIP_TOLERANCE_S: f64 = 0.05;
/// Reports are up to so many packets old: one is sent each 5 s, and travels.
const REPORT_AGE: f64 = 300.0;

/// The page says a tone in place of its microphone: nothing of it is taken for noise and suppressed.
fn say_a_tone() -> String {
    format!(
        r#"
        navigator.mediaDevices.getUserMedia = async () => {{
            const context = new AudioContext();
            const tone = new OscillatorNode(context, {{ frequency: {PAGE_TONE_HZ} }});
            const mouth = new MediaStreamAudioDestinationNode(context, {{ channelCount: 1 }});
            tone.connect(new GainNode(context, {{ gain: {PAGE_AMPLITUDE} }})).connect(mouth);
            tone.start();
            return mouth.stream;
        }};
        join("Browser", "").catch(fail);
        "#
    )
}

/// What the page and, of the page, the server have counted of sound.
const STATISTICS: &str = r#"
    const { meeting } = window;
    return Promise.all([meeting.stats(), meeting.measure()]).then(([all, server]) => {
        const one = type => all.find(one => one.type === type && one.kind === "audio");
        return {
            server,
            sent: one("outbound-rtp"), heard: one("inbound-rtp"),
            theyHear: one("remote-inbound-rtp"), theySent: one("remote-outbound-rtp"),
        };
    });
"#;

/// MTG-01 and MTG-05 against a foreign browser: it joins from the portal's page by WebRTC and hears the softphone's tone, and
/// the softphone hears the browser's.
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
        let result = meet(&browser, &room.url, &mut phone).await;
        let shown = browser
            .run("return document.getElementById('state').textContent")
            .await;
        browser.close().await?;
        result.map_err(|failure| format!("{failure}; the page shows {shown:?}").into())
    })
}

async fn meet(browser: &Chromium, room: &str, phone: &mut Phone) -> Result<(), Failure> {
    browser.open(room).await?;
    browser.run(&say_a_tone()).await?;
    browser
        .wait("return window.meeting.state", PATIENCE, |state| {
            state == "connected"
        })
        .await?;
    browser
        .wait("return window.meeting.frequency()", PATIENCE, |value| {
            (number(value) - TONE_HZ).abs() <= 5.0
        })
        .await?;
    phone.listen(&[PAGE_TONE_HZ]).await?;
    // By then each has reported on the other.
    let both = |said: &Value| {
        let ours = &said["server"]["remoteInbound"]["roundTripTime"];
        ours.is_f64() && said["theyHear"]["roundTripTime"].is_f64() && said["theySent"].is_object()
    };
    let before = (
        browser.wait(STATISTICS, PATIENCE, both).await?,
        phone.measure().await?,
    );
    tokio::time::sleep(COUNTED).await;
    let after = (browser.run(STATISTICS).await?, phone.measure().await?);
    hears_the_browser(&after.1)?;
    agree(&before, &after)
}

/// The browser's tone is there, as loud as it was said.
fn hears_the_browser(phone: &Measurement) -> Result<(), Failure> {
    let tone = phone.heard.tones.first();
    let level = tone.ok_or("our ear did not measure the tone")?.level_dbm0;
    if (level - PAGE_LEVEL_DBM0).abs() <= LEVEL_TOLERANCE_DB {
        return Ok(());
    }
    Err(
        format!("the browser's tone is {level:.1} dBm0 at our ear, not {PAGE_LEVEL_DBM0:.1}")
            .into(),
    )
}

fn agree(before: &(Value, Measurement), after: &(Value, Measurement)) -> Result<(), Failure> {
    let mut all = Agreement::default();
    page_is_heard(&mut all, &before.0, &after.0);
    page_hears(&mut all, &before.0, &after.0);
    phone_is_told_the_same(&mut all, before, after)?;
    all.result()
}

/// The browser's voice, as it says and as our server heard it.
fn page_is_heard(all: &mut Agreement, then: &Value, now: &Value) {
    let (they_hear, inbound) = (&now["theyHear"], &now["server"]["inbound"]);
    let said = |name| grown(&then["sent"], &now["sent"], name);
    let came = |name| grown(&then["server"]["inbound"], inbound, name);
    let (packets, octets) = (came("packetsReceived"), came("bytesReceived"));
    all.near(
        "packets of the page, sent and come",
        said("packetsSent"),
        packets,
        ON_THE_WAY,
    );
    all.near(
        "octets of the page, sent and come",
        said("bytesSent"),
        octets,
        OCTETS_ON_THE_WAY,
    );
    let told = |name| (number(&they_hear[name]), number(&inbound[name]));
    let (lost, jitter) = (told("packetsLost"), told("jitter"));
    all.near(
        "lost of the page, reported and counted",
        lost.0,
        lost.1,
        0.0,
    );
    all.near(
        "jitter of the page, reported and counted",
        jitter.0,
        jitter.1,
        JITTER_TOLERANCE_S,
    );
}

/// What our server sent, as it says and as the browser heard it; and one path, measured from both ends.
fn page_hears(all: &mut Agreement, then: &Value, now: &Value) {
    let (heard, server) = (&now["heard"], &now["server"]);
    let sent = |name| grown(&then["server"]["outbound"], &server["outbound"], name);
    let came = |name| grown(&then["heard"], heard, name);
    let (packets, octets) = (came("packetsReceived"), came("bytesReceived"));
    all.near(
        "packets of the server, sent and come",
        sent("packetsSent"),
        packets,
        ON_THE_WAY,
    );
    all.near(
        "octets of the server, sent and come",
        sent("bytesSent"),
        octets,
        OCTETS_ON_THE_WAY,
    );
    let told = |name| (number(&heard[name]), number(&server["remoteInbound"][name]));
    let (lost, jitter) = (told("packetsLost"), told("jitter"));
    all.near(
        "lost of the server, counted and reported",
        lost.0,
        lost.1,
        0.0,
    );
    all.near(
        "jitter of the server, counted and reported",
        jitter.0,
        jitter.1,
        JITTER_TOLERANCE_S,
    );
    let all_sent = |part: &Value| number(&part["packetsSent"]);
    let (reported, counted) = (all_sent(&now["theySent"]), all_sent(&server["outbound"]));
    all.near(
        "packets of the server, reported and counted",
        reported,
        counted,
        REPORT_AGE,
    );
    let trip = |part: &Value| number(&part["roundTripTime"]);
    let (page, ours) = (trip(&now["theyHear"]), trip(&server["remoteInbound"]));
    all.near(
        "round trip by page and server",
        page,
        ours,
        ROUND_TRIP_TOLERANCE_S,
    );
}

/// Everybody in a room is sent a packet for each of its frames, and page and phone are on one machine.
fn phone_is_told_the_same(
    all: &mut Agreement,
    before: &(Value, Measurement),
    after: &(Value, Measurement),
) -> Result<(), Failure> {
    let (then, now) = (&before.1.statistics, &after.1.statistics);
    let (heard, they_hear) = (&after.0["heard"], &after.0["theyHear"]);
    let came = now.arrived.packets - then.arrived.packets;
    let page_came = grown(&before.0["heard"], heard, "packetsReceived");
    all.near(
        "packets at page and phone",
        page_came,
        came as f64,
        ON_THE_WAY,
    );
    let received = now.received.ok_or("nothing came at our phone")?;
    let (lost, jitter) = (received.lost as f64, received.jitter.as_secs_f64());
    all.near(
        "lost at page and phone",
        number(&heard["packetsLost"]),
        lost,
        0.0,
    );
    all.near(
        "jitter at page and phone",
        number(&heard["jitter"]),
        jitter,
        JITTER_TOLERANCE_S,
    );
    let trip = now.round_trip.ok_or("our phone knows no round trip")?;
    let (page, phone) = (number(&they_hear["roundTripTime"]), trip.as_secs_f64());
    all.near(
        "round trip by page and phone",
        page,
        phone,
        ROUND_TRIP_TOLERANCE_S,
    );
    Ok(())
}
