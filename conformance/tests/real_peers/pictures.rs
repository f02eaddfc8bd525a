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
use crate::statistics::{Agreement, grown, number};

/// What the pages are called.
const NAMES: [&str; 2] = ["First", "Second"];
/// Time over which is counted.
const COUNTED: Duration = Duration::from_secs(5);
/// Statistics of three sides are asked one after the other: half a second in five apart.
const TOLERANCE: f64 = 0.1;
/// Packets of sound that may be sent between two sides' answers: three sides are asked one after the other.
const SOUND_ON_THE_WAY: f64 = 25.0;
/// A request that has been sent may not have been counted yet.
const REQUESTS_ON_THE_WAY: f64 = 1.0;
/// Jitter on the machine's own loopback, as either side says, in seconds: a busy machine's timers.
const JITTER_MAX_S: f64 = 0.05;
/// Round trips of the same path as page and room say them, in seconds.
const TRIPS_APART_S: f64 = 0.05;

/// What a page says of its pictures: of its camera, of the reports about it, and of each line by who is shown on it.
const STATISTICS: &str = r#"
    const meeting = window.meeting;
    return Promise.all([meeting.stats(), meeting.measure()]).then(([all, server]) => {
        const of = type => all.filter(one => one.type === type && one.kind === "video");
        const codecs = Object.fromEntries(all.filter(one => one.type === "codec").map(one => [one.id, one.mimeType]));
        const name = mid => {
            const line = meeting.lines.find(line => line.mid === mid);
            return meeting.participants.find(one => one.id === line?.participant)?.name;
        };
        const sent = of("outbound-rtp")[0];
        return {
            server,
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
    for (page, name) in pages.iter().zip(NAMES) {
        page.open(&format!("{room}&name={name}&camera")).await?;
        page.wait("return window.meeting.state", PATIENCE, |state| {
            state == "connected"
        })
        .await?;
    }
    let mut expected = vec![NAMES.to_vec(), NAMES.to_vec()];
    for (place, seen) in expected.iter_mut().enumerate() {
        seen.remove(place);
        seen.extend(phone_sees.then_some("Phone"));
    }
    for (page, expected) in pages.iter().zip(&expected) {
        page.wait(STATISTICS, PATIENCE, |said| {
            let is_seen = |name: &&str| number(&line(said, name)["framesDecoded"]) >= 10.0;
            // By then each side has reported on the other, too.
            let trips = [&said["remote"], &said["server"]["remoteInbound"]];
            expected.iter().all(is_seen) && trips.iter().all(|part| part["roundTripTime"].is_f64())
        })
        .await?;
    }
    let before = Snapshot::take(pages, phone).await?;
    tokio::time::sleep(COUNTED).await;
    let after = Snapshot::take(pages, phone).await?;
    let mut all = Agreement::default();
    for (place, expected) in expected.iter().enumerate() {
        for name in expected {
            shown(&mut all, phone, (&before, &after), place, name)?;
        }
        let (then, now) = (&before.pages[place], &after.pages[place]);
        camera(&mut all, then, now, NAMES[place]);
        sound(&mut all, then, now, NAMES[place]);
    }
    let heard = |one: &Snapshot| one.phone.statistics.arrived.packets as f64;
    let phone_heard = heard(&after) - heard(&before);
    let [then, now] = [&before, &after].map(|one| &one.pages[0]["heard"]);
    let page_heard = grown(then, now, "packetsReceived");
    let words = "packets of sound at page and phone";
    all.near(words, page_heard, phone_heard, SOUND_ON_THE_WAY);
    all.result()?;
    if phone_sees {
        for (place, name) in NAMES.iter().enumerate() {
            let sent = page_sent(&before.pages[place], &after.pages[place]);
            let came = phone_saw(phone, &before.phone, &after.phone, name)?;
            agree(&format!("pictures of {name} at our phone"), sent, came)?;
        }
    }
    Ok(())
}

/// Pictures that a page is shown of somebody, beside what that one has sent.
fn shown(
    all: &mut Agreement,
    phone: &Phone,
    (before, after): (&Snapshot, &Snapshot),
    place: usize,
    name: &str,
) -> Result<(), Failure> {
    let then = line(&before.pages[place], name);
    let now = line(&after.pages[place], name);
    let sent = match NAMES.iter().position(|other| *other == name) {
        Some(other) => page_sent(&before.pages[other], &after.pages[other]),
        None => phone_sent(&before.phone, &after.phone),
    };
    let came = ["framesDecoded", "packetsReceived", "bytesReceived"];
    let came = came.map(|what| grown(&then, &now, what));
    let words = format!("pictures of {name} at {}", NAMES[place]);
    agree(&words, sent, came)?;
    if let Some(phone) = phone_key_frames(phone, &before.phone, &after.phone, name) {
        let page = grown(&then, &now, "keyFramesDecoded");
        all.near(&format!("key {words}, and of our phone"), page, phone, 1.0);
    }
    let (lost, jitter_s) = (number(&now["packetsLost"]), number(&now["jitter"]));
    if lost != 0.0 || jitter_s > JITTER_MAX_S {
        return Err(format!("{words}: {lost} lost, jitter {jitter_s} s on loopback").into());
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

/// What a page has counted of its sound, beside what the room has.
fn sound(all: &mut Agreement, then: &Value, now: &Value, name: &str) {
    let (said, heard) = (&now["said"], &now["heard"]);
    let (server, server_then) = (&now["server"], &then["server"]);
    let sent = grown(&then["said"], said, "packetsSent");
    let came = grown(
        &server_then["inbound"],
        &server["inbound"],
        "packetsReceived",
    );
    all.near(
        &format!("packets of sound sent by {name}"),
        sent,
        came,
        SOUND_ON_THE_WAY,
    );
    let sent = grown(&server_then["outbound"], &server["outbound"], "packetsSent");
    let came = grown(&then["heard"], heard, "packetsReceived");
    all.near(
        &format!("packets of sound at {name}"),
        sent,
        came,
        SOUND_ON_THE_WAY,
    );
    let lost = |part: &Value| number(&part["packetsLost"]);
    let (counted, reported) = (lost(heard), lost(&server["remoteInbound"]));
    all.near(
        &format!("packets of sound lost at {name}"),
        counted,
        reported,
        0.0,
    );
}

/// What the room has counted of a page's camera, beside what its reports and requests told the page.
fn camera(all: &mut Agreement, then: &Value, now: &Value, name: &str) {
    let (sent, remote, camera) = (&now["sent"], &now["remote"], &now["server"]["camera"]);
    let told = |part: &Value, what: &str| (number(&part[what]), number(&camera[what]));
    let figures = [
        ("packetsLost", told(remote, "packetsLost"), 0.0),
        ("jitter", told(remote, "jitter"), JITTER_MAX_S),
        ("nackCount", told(sent, "nackCount"), REQUESTS_ON_THE_WAY),
        ("pliCount", told(sent, "pliCount"), REQUESTS_ON_THE_WAY),
    ];
    for (what, (page, room), tolerance) in figures {
        all.near(
            &format!("{what} of the camera of {name}, page and room"),
            page,
            room,
            tolerance,
        );
    }
    // Each measures for itself, and a busy machine only adds to a trip: the least says what the path is.
    let trip = |part: &Value| number(&part["roundTripTime"]);
    let least = |of: &dyn Fn(&Value) -> f64| of(then).min(of(now));
    let page = least(&|said| trip(&said["remote"]));
    let room = least(&|said| trip(&said["server"]["remoteInbound"]));
    all.near(&format!("round trip to {name}"), page, room, TRIPS_APART_S);
}

fn line(said: &Value, name: &str) -> Value {
    let lines = said["seen"].as_array().into_iter().flatten();
    lines
        .into_iter()
        .find(|line| line["name"] == name)
        .cloned()
        .unwrap_or_default()
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

/// Key frames that our phone sent, or was shown of somebody; none if it is not shown them.
fn phone_key_frames(
    phone: &Phone,
    then: &Measurement,
    now: &Measurement,
    name: &str,
) -> Option<f64> {
    let participant = phone.number_of(name);
    let count = |measurement: &Measurement| {
        if name == "Phone" {
            return Some(measurement.video[0].statistics.shown.key_frames);
        }
        let mut lines = measurement.video.iter();
        let line =
            lines.find(|line| line.participant.is_some() && line.participant == participant)?;
        Some(line.statistics.seen.key_frames)
    };
    Some(count(now)? as f64 - count(then)? as f64)
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
