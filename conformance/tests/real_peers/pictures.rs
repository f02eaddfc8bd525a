//! Two browser pages and our softphone in a room with cameras: pictures are forwarded between all, and every side's own
//! statistics tell the same.

use std::io::Write as _;
use std::time::Duration;

use client::Voice;
use client::meeting::Measurement;
use media::video::Camera;
use serde_json::{Value, json};

use crate::chromium::Chromium;
use crate::lab::{Failure, Lab, PATIENCE};
use crate::room::{Phone, Room};

/// Time over which is counted.
const COUNTED: Duration = Duration::from_secs(5);
/// Statistics of three sides are asked one after the other: half a second in five apart.
const TOLERANCE: f64 = 0.1;
/// Jitter on the machine's own loopback, as either side says, in seconds: a busy machine's timers.
const JITTER_MAX_S: f64 = 0.05;

/// What a page says of its pictures: of its camera, of the reports about it, and of each line by who is shown on it.
const STATISTICS: &str = r#"
    const meeting = window.meeting;
    return meeting.stats().then(all => {
        const of = type => all.filter(one => one.type === type && one.kind === "video");
        const codecs = Object.fromEntries(all.filter(one => one.type === "codec").map(one => [one.id, one.mimeType]));
        const name = mid => {
            const line = meeting.lines.find(line => line.mid === mid);
            return meeting.participants.find(one => one.id === line?.participant)?.name;
        };
        const sent = of("outbound-rtp")[0];
        return {
            sent: sent && { ...sent, codec: codecs[sent.codecId] },
            remote: of("remote-inbound-rtp")[0],
            said: all.find(one => one.type === "outbound-rtp" && one.kind === "audio"),
            heard: all.find(one => one.type === "inbound-rtp" && one.kind === "audio"),
            seen: of("inbound-rtp").map(one => ({ ...one, name: name(one.mid), codec: codecs[one.codecId] })),
        };
    });
"#;

/// MTG-01 and MTG-05 with pictures in H.264, which all have: each sees the two others.
pub(crate) fn pages_and_our_phone_see_each_other() -> Result<(), Failure> {
    run(&["h264", "vp8"], true)
}

/// The same in VP8, which our softphone does not show: the pages see each other, and all are heard.
pub(crate) fn pages_see_each_other_in_vp8() -> Result<(), Failure> {
    run(&["vp8"], false)
}

fn run(codecs: &[&str], phone_sees: bool) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let lab = Lab::new()?;
        let room = Room::open(&lab, &[("video_codecs", json!(codecs))])?;
        let camera = Some(Camera::SMALL_CLIP);
        let mut phone = Phone::join(&room.url, Voice::Silence, camera).await?;
        let (lab_1, lab_2) = (Lab::new()?, Lab::new()?);
        let pages = [
            Chromium::start(&lab_1).await?,
            Chromium::start(&lab_2).await?,
        ];
        let result = watch(&room.url, &pages, &mut phone, phone_sees).await;
        for page in pages {
            page.close().await?;
        }
        result
    })
}

async fn watch(
    room: &str,
    pages: &[Chromium; 2],
    phone: &mut Phone,
    phone_sees: bool,
) -> Result<(), Failure> {
    let names = ["First", "Second"];
    for (page, name) in pages.iter().zip(names) {
        page.open(&format!("{room}&name={name}&camera")).await?;
        page.wait("return window.meeting.state", PATIENCE, |state| {
            state == "connected"
        })
        .await?;
    }
    let mut expected = vec![names.to_vec(), names.to_vec()];
    for (place, seen) in expected.iter_mut().enumerate() {
        seen.remove(place);
        seen.extend(phone_sees.then_some("Phone"));
    }
    for (page, expected) in pages.iter().zip(&expected) {
        page.wait(STATISTICS, PATIENCE, |said| {
            let is_seen = |name: &&str| number(&line(said, name)["framesDecoded"]) >= 10.0;
            expected.iter().all(is_seen)
        })
        .await?;
    }
    let before = Snapshot::take(pages, phone).await?;
    tokio::time::sleep(COUNTED).await;
    let after = Snapshot::take(pages, phone).await?;
    for (place, expected) in expected.iter().enumerate() {
        for name in expected {
            let (then, now) = (
                line(&before.pages[place], name),
                line(&after.pages[place], name),
            );
            let other = names.iter().position(|other| other == name);
            let sent = match other {
                Some(other) => page_sent(&before.pages[other], &after.pages[other]),
                None => phone_sent(&before.phone, &after.phone),
            };
            let came = [
                grown(&then, &now, "framesDecoded"),
                grown(&then, &now, "packetsReceived"),
                grown(&then, &now, "bytesReceived"),
            ];
            let words = format!("pictures of {name} at {}", names[place]);
            agree(&words, sent, came)?;
            let lost = number(&now["packetsLost"]);
            let jitter_s = number(&now["jitter"]);
            if lost != 0.0 || jitter_s > JITTER_MAX_S {
                return Err(
                    format!("{words}: {lost} lost, jitter {jitter_s} s on loopback").into(),
                );
            }
        }
        reported(&after.pages[place], names[place])?;
        sound(&before.pages[place], &after.pages[place], names[place])?;
    }
    let heard = after.phone.packets_received - before.phone.packets_received;
    spoken("packets of sound at our phone", heard as f64)?;
    if phone_sees {
        for (place, name) in names.iter().enumerate() {
            let sent = page_sent(&before.pages[place], &after.pages[place]);
            let came = phone_saw(phone, &before.phone, &after.phone, name)?;
            agree(&format!("pictures of {name} at our phone"), sent, came)?;
        }
    }
    Ok(())
}

/// Pictures, packets and octets agree.
fn agree(words: &str, sent: [f64; 3], came: [f64; 3]) -> Result<(), Failure> {
    let figures = format!("{words}: {sent:.0?} sent, {came:.0?} came (pictures, packets, octets)");
    // For those who look: what agreed, and how nearly.
    writeln!(std::io::stderr(), "{figures}")?;
    let is_near =
        |(sent, came): (&f64, &f64)| (sent - came).abs() <= TOLERANCE * sent.max(*came).max(20.0);
    let has_come = came.iter().all(|count| *count > 0.0);
    if has_come && sent.iter().zip(&came).all(is_near) {
        return Ok(());
    }
    Err(figures.into())
}

/// A page says and hears a packet of Opus every 20 ms, and misses none.
fn sound(then: &Value, now: &Value, name: &str) -> Result<(), Failure> {
    let said = grown(&then["said"], &now["said"], "packetsSent");
    let heard = grown(&then["heard"], &now["heard"], "packetsReceived");
    spoken(&format!("packets of sound sent by {name}"), said)?;
    spoken(&format!("packets of sound at {name}"), heard)?;
    match number(&now["heard"]["packetsLost"]) {
        0.0 => Ok(()),
        lost => Err(format!("{name} misses {lost} packets of sound on loopback").into()),
    }
}

fn spoken(words: &str, packets: f64) -> Result<(), Failure> {
    let expected = COUNTED.as_secs_f64() * 50.0;
    if (packets - expected).abs() <= TOLERANCE * expected {
        return Ok(());
    }
    Err(format!("{words}: {packets}, expected {expected}").into())
}

/// The room reports to a page on its camera.
fn reported(said: &Value, name: &str) -> Result<(), Failure> {
    let remote = &said["remote"];
    let (lost, jitter_s) = (&remote["packetsLost"], &remote["jitter"]);
    if lost.as_f64() == Some(0.0) && jitter_s.as_f64().is_some_and(|s| s <= JITTER_MAX_S) {
        return Ok(());
    }
    Err(format!("the room reports to {name}: {lost} lost, jitter {jitter_s} s on loopback").into())
}

fn line(said: &Value, name: &str) -> Value {
    let lines = said["seen"].as_array().into_iter().flatten();
    lines
        .into_iter()
        .find(|line| line["name"] == name)
        .cloned()
        .unwrap_or_default()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_default()
}

fn grown(then: &Value, now: &Value, name: &str) -> f64 {
    number(&now[name]) - number(&then[name])
}

fn page_sent(then: &Value, now: &Value) -> [f64; 3] {
    ["framesEncoded", "packetsSent", "bytesSent"]
        .map(|name| grown(&then["sent"], &now["sent"], name))
}

fn phone_sent(then: &Measurement, now: &Measurement) -> [f64; 3] {
    let count = |measurement: &Measurement| {
        let own = &measurement.video[0].statistics;
        [own.shown.pictures, own.sent.packets, own.sent.octets].map(|count| count as f64)
    };
    difference(count(then), count(now))
}

fn phone_saw(
    phone: &Phone,
    then: &Measurement,
    now: &Measurement,
    name: &str,
) -> Result<[f64; 3], Failure> {
    let participant = phone
        .number_of(name)
        .ok_or(format!("{name} is not on our roster"))?;
    let count = |measurement: &Measurement| {
        let mut lines = measurement.video.iter();
        let line = lines.find(|line| line.participant == Some(participant))?;
        let statistics = &line.statistics;
        let arrived = &statistics.arrived;
        Some([statistics.seen.decoded, arrived.packets, arrived.octets].map(|count| count as f64))
    };
    let (then, now) = (count(then), count(now));
    let not_shown = || format!("our phone is not shown {name}");
    Ok(difference(
        then.ok_or_else(not_shown)?,
        now.ok_or_else(not_shown)?,
    ))
}

fn difference(then: [f64; 3], now: [f64; 3]) -> [f64; 3] {
    std::array::from_fn(|place| now[place] - then[place])
}

/// What every side says at about one time.
struct Snapshot {
    pages: Vec<Value>,
    phone: Measurement,
}

impl Snapshot {
    async fn take(pages: &[Chromium; 2], phone: &mut Phone) -> Result<Self, Failure> {
        let mut said = Vec::new();
        for page in pages {
            said.push(page.run(STATISTICS).await?);
        }
        let phone = phone.measure().await?;
        Ok(Self { pages: said, phone })
    }
}
