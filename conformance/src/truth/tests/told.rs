//! Figures that a receiver sends to others, in RTCP XR and in a published report: the true ones pass, a lie in any is noticed.

use media::quality::{Party, Quality, SessionReport, VoiceMetrics};

use super::*;

/// Packets of the call: a minute. Every tenth is lost.
const PACKETS: u64 = 3_000;
const BOBS: u32 = 0xb0b;

/// What Bob should say at the end: as in `shown`, all is one burst.
fn metrics() -> VoiceMetrics {
    let quality = Quality::rate(media::AudioCodec::Pcma.impairment(), 0.1, 1.0, 50.0);
    let burst = PACKETS - 9;
    VoiceMetrics {
        loss: 0.1,
        burst_density: 0.1,
        burst_duration: at(20 * burst),
        gap_duration: at(20 * (PACKETS - burst) / 2),
        end_system_delay: at(50),
        jitter: at(1),
        quality: Some(quality),
        ..VoiceMetrics::default()
    }
}

fn extended(metrics: &VoiceMetrics) -> Vec<u8> {
    let block = metrics.to_block(Ssrc(VOICE));
    compound(|writer| {
        writer
            .receiver_report(Ssrc(BOBS), &[])
            .and_then(|()| writer.extended_report(Ssrc(BOBS))?.voip_metrics(&block))
            .expect("room for the report");
    })
}

fn published(metrics: &VoiceMetrics) -> Vec<u8> {
    let party = |id, ssrc| Party {
        id,
        group: "office",
        media: ([10, 0, 0, 1], 4_000).into(),
        ssrc: Ssrc(ssrc),
    };
    let report = SessionReport {
        alert: None,
        call_id: "one",
        to_tag: "to",
        from_tag: "from",
        local: party("sip:bob@office", BOBS),
        remote: party("sip:alice@office", VOICE),
        local_called: true,
        start_s: 0,
        stop_s: 60,
        payload_type: 8,
        codec: "PCMA",
        sample_rate_hz: 8_000,
        packet_ms: 20,
        local_metrics: *metrics,
        remote_metrics: None,
    };
    let body = report.to_string();
    let head = "PUBLISH sip:office SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK1\r\nFrom: <sip:bob@office>;tag=1\r\n\
        To: <sip:office>\r\nCall-ID: two\r\nCSeq: 1 PUBLISH\r\nMax-Forwards: 70\r\nEvent: vq-rtcpxr\r\n";
    let kind = SessionReport::MEDIA_TYPE;
    let length = body.len();
    format!("{head}Content-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{body}").into_bytes()
}

/// Bob speaks too, so that it is known whose his reports are.
fn call(report: Vec<u8>) -> Call {
    let mut of_bob = rtp(0);
    of_bob[8..12].copy_from_slice(&BOBS.to_be_bytes());
    Call::of(PACKETS)
        .report(at(90), BOB, of_bob)
        .report(at(61_000), BOB, report)
}

type Lie = (&'static str, fn(&mut VoiceMetrics));

const LIES: [Lie; 6] = [
    ("network loss rate", |told| told.loss = 0.08),
    ("discard rate", |told| told.discard = 0.02),
    ("burst density", |told| told.burst_density = 0.2),
    ("gap density", |told| told.gap_density = 0.02),
    ("burst duration", |told| told.burst_duration /= 2),
    ("gap duration", |told| told.gap_duration += at(1_000)),
];

fn each_lie_is_noticed(report: fn(&VoiceMetrics) -> Vec<u8>, lies: &[Lie]) {
    let account = call(report(&metrics())).account();
    assert_eq!(account.breach, None);
    for (name, lie) in lies {
        assert!(account.rows.contains_key(name), "{name} is compared");
        let mut told = metrics();
        lie(&mut told);
        let untrue = call(report(&told)).untrue();
        let expected = format!("the {name} that bob reports is true");
        assert_eq!(untrue.as_deref(), Some(&*expected));
    }
}

#[test]
fn each_lie_of_an_extended_report_is_noticed() {
    each_lie_is_noticed(extended, &LIES);
}

#[test]
fn each_lie_of_a_published_report_is_noticed() {
    each_lie_is_noticed(published, &LIES);
    let others: [Lie; 3] = [
        ("jitter", |told| told.jitter += at(5)),
        ("listening quality", |told| {
            let quality = told.quality.as_mut().expect("it is rated");
            quality.mos_lq += 0.8;
        }),
        ("conversational quality", |told| {
            let quality = told.quality.as_mut().expect("it is rated");
            quality.mos_cq += 0.8;
        }),
    ];
    each_lie_is_noticed(published, &others);
}
