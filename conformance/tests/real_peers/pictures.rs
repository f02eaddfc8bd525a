//! Two browser pages and our softphone in a room with cameras: pictures are forwarded between all, and every side's own
//! statistics tell the same.

use std::time::Duration;

use client::Voice;
use media::video::Camera;
use serde_json::{Value, json};

use crate::chromium::Chromium;
use crate::lab::{Failure, Lab, PATIENCE};
use crate::moments::{Moment, Reading, Span};
use crate::room::{Phone, Room};
use crate::statistics::{Agreement, number};

/// What the pages are called.
const NAMES: [&str; 2] = ["First", "Second"];
/// Time over which is counted.
const COUNTED: Duration = Duration::from_secs(5);
/// The share of pictures that are on the way, or not drawn yet by a busy machine.
const PICTURES_ON_THE_WAY: f64 = 0.1;
/// The share of packets, and of their octets, that are on the way.
const PACKETS_ON_THE_WAY: f64 = 0.05;
/// Packets of sound that are on the way.
const SOUND_ON_THE_WAY: f64 = 10.0;
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
    let before = Moment::take(pages, STATISTICS, phone).await?;
    tokio::time::sleep(COUNTED).await;
    let after = Moment::take(pages, STATISTICS, phone).await?;
    let span = Span {
        before: &before,
        after: &after,
    };
    let mut all = Agreement::default();
    for (place, expected) in expected.iter().enumerate() {
        for name in expected {
            shown(&mut all, phone, span, place, name)?;
        }
        camera(&mut all, span, place);
        sound(&mut all, span, place);
    }
    all.grew(
        "packets of sound at page and phone",
        span.growth(|one| number(&one.pages[0]["heard"]["packetsReceived"])),
        span.growth(|one| one.phone.statistics.arrived.packets as f64),
        SOUND_ON_THE_WAY,
    );
    if phone_sees {
        for (place, name) in NAMES.iter().enumerate() {
            let number = phone.number_of(name);
            let number = number.ok_or(format!("{name} is not on our roster"))?;
            let words = format!("of {name} at our phone");
            let sent = |one: &Reading| page_sent(one, place);
            let came = |one: &Reading| phone_saw(one, number);
            agree(&mut all, &words, span, sent, came);
        }
    }
    all.result()
}

/// Pictures that a page is shown of somebody, beside what that one has sent.
fn shown(
    all: &mut Agreement,
    phone: &Phone,
    span: Span<'_>,
    place: usize,
    name: &str,
) -> Result<(), Failure> {
    let words = format!("of {name} at {}", NAMES[place]);
    let sent = |one: &Reading| match NAMES.iter().position(|other| *other == name) {
        Some(other) => page_sent(one, other),
        None => phone_sent(one),
    };
    let came = |one: &Reading| {
        let line = line(&one.pages[place], name);
        ["framesDecoded", "packetsReceived", "bytesReceived"].map(|what| number(&line[what]))
    };
    agree(all, &words, span, sent, came);
    let ours = |one: &Reading| phone_key_frames(phone, one, name);
    if ours(&span.after.last).is_some() {
        all.grew(
            &format!("key pictures {words}, and of our phone"),
            span.growth(|one| number(&line(&one.pages[place], name)["keyFramesDecoded"])),
            span.growth(|one| ours(one).unwrap_or(f64::NAN)),
            1.0,
        );
    }
    let now = line(&span.after.last.pages[place], name);
    let (lost, jitter_s) = (number(&now["packetsLost"]), number(&now["jitter"]));
    if lost != 0.0 || jitter_s > JITTER_MAX_S {
        return Err(format!("{words}: {lost} lost, jitter {jitter_s} s on loopback").into());
    }
    Ok(())
}

/// Pictures, packets and octets, which are counted where they are sent and where they come.
fn agree(
    all: &mut Agreement,
    words: &str,
    span: Span<'_>,
    sent: impl Fn(&Reading) -> [f64; 3],
    came: impl Fn(&Reading) -> [f64; 3],
) {
    let kinds = [
        ("pictures", PICTURES_ON_THE_WAY),
        ("packets", PACKETS_ON_THE_WAY),
        ("octets", PACKETS_ON_THE_WAY),
    ];
    for (place, (kind, share)) in kinds.into_iter().enumerate() {
        let sent = span.growth(|one| sent(one)[place]);
        let came = span.growth(|one| came(one)[place]);
        let tolerance = share * sent.most.max(came.most).max(20.0);
        let words = format!("{kind} {words}");
        all.grew(&words, sent, came, tolerance);
        all.at_least(&words, came.least, 1.0);
    }
}

/// What a page has counted of its sound, beside what the room has.
fn sound(all: &mut Agreement, span: Span<'_>, place: usize) {
    let name = NAMES[place];
    let page = |side: &str, what: &str| span.growth(|one| number(&one.pages[place][side][what]));
    let room =
        |side: &str, what: &str| span.growth(|one| number(&one.pages[place]["server"][side][what]));
    all.grew(
        &format!("packets of sound sent by {name}"),
        page("said", "packetsSent"),
        room("inbound", "packetsReceived"),
        SOUND_ON_THE_WAY,
    );
    all.grew(
        &format!("packets of sound at {name}"),
        room("outbound", "packetsSent"),
        page("heard", "packetsReceived"),
        SOUND_ON_THE_WAY,
    );
    let now = &span.after.last.pages[place];
    let lost = |part: &Value| number(&part["packetsLost"]);
    all.near(
        &format!("packets of sound lost at {name}"),
        lost(&now["heard"]),
        lost(&now["server"]["remoteInbound"]),
        0.0,
    );
}

/// What the room has counted of a page's camera, beside what its reports and requests told the page.
fn camera(all: &mut Agreement, span: Span<'_>, place: usize) {
    let name = NAMES[place];
    let [then, now] = [span.before, span.after].map(|moment| &moment.last.pages[place]);
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

/// Pictures, packets and octets that a page has sent.
fn page_sent(reading: &Reading, place: usize) -> [f64; 3] {
    let sent = &reading.pages[place]["sent"];
    ["framesEncoded", "packetsSent", "bytesSent"].map(|name| number(&sent[name]))
}

/// The same of our phone.
fn phone_sent(reading: &Reading) -> [f64; 3] {
    let own = &reading.phone.video[0].statistics;
    [own.shown.pictures, own.sent.packets, own.sent.octets].map(|count| count as f64)
}

/// What our phone was shown of somebody; no numbers if it is not shown them.
fn phone_saw(reading: &Reading, participant: u64) -> [f64; 3] {
    let mut lines = reading.phone.video.iter();
    let Some(line) = lines.find(|line| line.participant == Some(participant)) else {
        return [f64::NAN; 3];
    };
    let arrived = &line.statistics.arrived;
    let seen = line.statistics.seen.decoded;
    [seen, arrived.packets, arrived.octets].map(|count| count as f64)
}

/// Key frames that our phone sent, or was shown of somebody; none if it is not shown them.
fn phone_key_frames(phone: &Phone, reading: &Reading, name: &str) -> Option<f64> {
    if name == "Phone" {
        return Some(reading.phone.video[0].statistics.shown.key_frames as f64);
    }
    let participant = phone.number_of(name)?;
    let mut lines = reading.phone.video.iter();
    let line = lines.find(|line| line.participant == Some(participant))?;
    Some(line.statistics.seen.key_frames as f64)
}
