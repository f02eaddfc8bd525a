use bytes::Bytes;
use media::clock::NtpTime;
use media::rtcp::{CompoundWriter, ReportBlock, SdesItem, SenderInfo};
use media::rtp::Ssrc;
use media::srtp::{Outbound, SdesKey, Suite};
use net::packet::{Packet, Protocol};
use net::topology::Topology;
use net::trace::{Entry, TraceEvent};

use super::*;

mod pictures;
mod shown;
mod told;

const ALICE: usize = 0;
const BOB: usize = 1;
const VOICE: u32 = 0xa11c_e000;

/// Alice speaks for four seconds to Bob, 10 ms away; every tenth packet is lost, every seventh is 4 ms late.
struct Call {
    entries: Vec<Entry>,
}

fn at(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn packet(id: u64, from: usize, port: u16, payload: Vec<u8>) -> Packet {
    let address = |host: usize, port: u16| {
        format!("10.0.0.{}:{port}", host + 1)
            .parse()
            .expect("an address")
    };
    Packet {
        source: address(from, port),
        target: address(1 - from, port),
        protocol: Protocol::Udp,
        payload: Bytes::from(payload),
        id,
    }
}

fn rtp(number: u64) -> Vec<u8> {
    let mut bytes = vec![0x80, 8];
    // The numbers wrap on the way.
    bytes.extend((65_500u16).wrapping_add(number as u16).to_be_bytes());
    bytes.extend(
        (4_294_967_000u32)
            .wrapping_add(160 * number as u32)
            .to_be_bytes(),
    );
    bytes.extend(VOICE.to_be_bytes());
    bytes.resize(172, 0xd5);
    bytes
}

impl Call {
    fn new() -> Call {
        Call::of(200)
    }

    fn of(packets: u64) -> Call {
        let mut events = Vec::new();
        for number in 0..packets {
            let sent = at(100 + 20 * number);
            let packet = packet(number, ALICE, 4_000, rtp(number));
            let host = ALICE;
            events.push((
                sent,
                TraceEvent::Sent {
                    host,
                    packet: packet.clone(),
                },
            ));
            if number % 10 == 5 {
                let reason = "loss".to_owned();
                events.push((sent, TraceEvent::Dropped { id: number, reason }));
            } else {
                let late = if number % 7 == 0 { 4 } else { 0 };
                let host = BOB;
                events.push((sent + at(10 + late), TraceEvent::Arrived { host, packet }));
            }
        }
        events.sort_by_key(|(at, _)| *at);
        let entries = events.into_iter().map(|(at, event)| Entry { at, event });
        Call {
            entries: entries.collect(),
        }
    }

    /// The network holds a packet back for so much longer.
    fn held_back(mut self, number: u64, longer: Duration) -> Call {
        for entry in &mut self.entries {
            let is_it =
                matches!(&entry.event, TraceEvent::Arrived { packet, .. } if packet.id == number);
            if is_it {
                entry.at += longer;
            }
        }
        self.entries.sort_by_key(|entry| entry.at);
        self
    }

    /// A datagram of RTCP goes from one host to the other within 10 ms.
    fn report(mut self, sent: Duration, from: usize, payload: Vec<u8>) -> Call {
        let id = 10_000 + self.entries.len() as u64;
        let packet = packet(id, from, 4_001, payload);
        let events = [
            (
                sent,
                TraceEvent::Sent {
                    host: from,
                    packet: packet.clone(),
                },
            ),
            (
                sent + at(10),
                TraceEvent::Arrived {
                    host: 1 - from,
                    packet,
                },
            ),
        ];
        self.entries
            .extend(events.map(|(at, event)| Entry { at, event }));
        self.entries.sort_by_key(|entry| entry.at);
        self
    }

    /// The network changes the first packet of a source that arrives.
    fn changed(mut self, source: u32) -> Call {
        let packet = self
            .entries
            .iter_mut()
            .find_map(|entry| match &mut entry.event {
                TraceEvent::Arrived { packet, .. } => {
                    let told = crate::evidence::rtp(&packet.payload);
                    (told.is_some_and(|(.., ssrc)| ssrc == source)).then_some(packet)
                }
                _ => None,
            });
        let packet = packet.expect("the source sends");
        let mut payload = packet.payload.to_vec();
        payload[4] ^= 1;
        packet.payload = Bytes::from(payload);
        self
    }

    fn account(&self) -> Account {
        self.account_of(&[])
    }

    fn account_of(&self, statements: &[Statement]) -> Account {
        let topology = Topology::lan(&["alice", "bob"], at(1));
        Account::of(&Evidence::read(&topology, &self.entries), statements)
    }

    /// The statistic that is not true, if one is not.
    fn untrue(&self) -> Option<String> {
        self.account().breach.map(|finding| finding.expected)
    }
}

fn compound(write: impl FnOnce(&mut CompoundWriter<'_>)) -> Vec<u8> {
    let mut buffer = vec![0; 300];
    let mut writer = CompoundWriter::new(&mut buffer);
    write(&mut writer);
    let name = [(SdesItem::CNAME, &b"somebody"[..])];
    writer.source_description(Ssrc(1), &name).expect("it fits");
    let len = writer.finish();
    buffer.truncate(len);
    buffer
}

/// Alice's sender report at 2.05 s: 98 packets of 160 octets were sent.
fn sender_report(packets: u32) -> Vec<u8> {
    let info = SenderInfo {
        ntp: NtpTime::at(at(2_050)),
        timestamp: 0,
        packets,
        octets: 98 * 160,
    };
    compound(|writer| {
        writer
            .sender_report(Ssrc(VOICE), &info, &[])
            .expect("it fits")
    })
}

/// Bob's report at 4.2 s, when all has come: 20 of 200 are lost.
fn honest() -> ReportBlock {
    ReportBlock {
        ssrc: Ssrc(VOICE),
        fraction_lost: 25,
        cumulative_lost: 20,
        highest_sequence: 1 << 16 | u32::from(65_500u16.wrapping_add(199)),
        // 4 ms back and forth in two of seven steps settle at about 1 ms.
        jitter: 8,
        last_sender_report: NtpTime::at(at(2_050)).middle(),
        // From 2.06 s to 4.2 s.
        delay_since_last_sender_report: 140_247,
    }
}

fn receiver_report(block: ReportBlock) -> Vec<u8> {
    compound(|writer| {
        writer
            .receiver_report(Ssrc(0xb0b), &[block])
            .expect("it fits")
    })
}

fn with_reports(packets: u32, block: ReportBlock) -> Call {
    Call::new()
        .report(at(2_050), ALICE, sender_report(packets))
        .report(at(4_200), BOB, receiver_report(block))
}

#[test]
fn honest_reports_are_true() {
    let account = with_reports(98, honest()).account();
    assert_eq!(account.breach, None);
    let compared: Vec<(&str, u64)> = account
        .rows
        .iter()
        .map(|(name, row)| (*name, row.compared))
        .collect();
    let expected = [
        "delay since last sender report",
        "fraction lost",
        "highest sequence number",
        "jitter",
        "octets sent",
        "packets lost",
        "packets sent",
    ];
    assert_eq!(compared, expected.map(|name| (name, 1)));
    for (name, row) in &account.rows {
        let metric = Metric::by_name(name).expect("a metric of the list");
        assert!(row.worst <= metric.tolerance, "{name}: {}", row.worst);
    }
}

/// The same call as [`with_reports`], its reports encrypted with keys that its description says.
fn with_sealed_reports(packets: u32, block: ReportBlock) -> Call {
    let key = |fill: u8| SdesKey::generate(Suite::AesCm128HmacSha1_80, |octets| octets.fill(fill));
    let seal = |key: &SdesKey, mut report: Vec<u8>| {
        let sealed = Outbound::new(key).protect_rtcp_vec(&mut report);
        sealed.expect("room");
        report
    };
    let (ours, theirs) = (key(1), key(2));
    let (suite, body) = (ours.suite().name(), "v=0\r\nm=audio 4000 RTP/AVP 8\r\n");
    let body = format!(
        "{body}a=crypto:1 {suite} {}\r\na=crypto:2 {suite} {}\r\n",
        ours.to_inline(),
        theirs.to_inline()
    );
    let invite = format!(
        "INVITE sip:202@10.0.0.2 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1\r\nFrom: <sip:201@10.0.0.2>;tag=1\r\n\
         To: <sip:202@10.0.0.2>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    Call::new()
        .report(at(50), ALICE, invite.into_bytes())
        .report(at(2_050), ALICE, seal(&ours, sender_report(packets)))
        .report(at(4_200), BOB, seal(&theirs, receiver_report(block)))
}

#[test]
fn encrypted_reports_are_compared_like_plain_ones() {
    let sealed = with_sealed_reports(98, honest()).account();
    assert_eq!(sealed.breach, None);
    assert_eq!(sealed.rows, with_reports(98, honest()).account().rows);
    let lie = ReportBlock {
        cumulative_lost: 17,
        ..honest()
    };
    let untrue = with_sealed_reports(98, lie).untrue();
    assert_eq!(
        untrue,
        Some("the packets lost that bob reports is true".to_owned())
    );
}

#[test]
fn a_changed_packet_loosens_what_is_said_of_its_own_stream_alone() {
    const BOBS: u32 = 0xb0b;
    let mut of_bob = rtp(0);
    of_bob[8..12].copy_from_slice(&BOBS.to_be_bytes());
    let lie = ReportBlock {
        jitter: 800,
        ..honest()
    };
    let call = || with_reports(98, lie).report(at(90), BOB, of_bob.clone());
    let untrue = call().changed(BOBS).untrue();
    assert_eq!(
        untrue,
        Some("the jitter that bob reports is true".to_owned())
    );
    assert_eq!(call().changed(VOICE).untrue(), None);
}

#[test]
fn each_lie_is_noticed() {
    let lies: [(&str, ReportBlock); 5] = [
        (
            "packets lost",
            ReportBlock {
                cumulative_lost: 17,
                ..honest()
            },
        ),
        (
            "fraction lost",
            ReportBlock {
                fraction_lost: 9,
                ..honest()
            },
        ),
        (
            "highest sequence number",
            ReportBlock {
                highest_sequence: 150,
                ..honest()
            },
        ),
        (
            "jitter",
            ReportBlock {
                jitter: 40,
                ..honest()
            },
        ),
        (
            "delay since last sender report",
            ReportBlock {
                delay_since_last_sender_report: 100_000,
                ..honest()
            },
        ),
    ];
    for (name, block) in lies {
        let untrue = with_reports(98, block).untrue();
        assert_eq!(untrue, Some(format!("the {name} that bob reports is true")));
    }
    let untrue = with_reports(97, honest()).untrue();
    assert_eq!(
        untrue,
        Some("the packets sent that alice reports is true".to_owned())
    );
}

#[test]
fn what_is_passed_on_or_encrypted_is_not_held_against_anybody() {
    // Bob sends Alice's report on, at another time.
    let call = Call::new().report(at(3_000), BOB, sender_report(98));
    assert_eq!(call.untrue(), None);
    let mut encrypted = receiver_report(ReportBlock {
        cumulative_lost: 77,
        ..honest()
    });
    encrypted[8..].iter_mut().for_each(|octet| *octet ^= 0x5a);
    encrypted.extend([0; 14]);
    let call = Call::new().report(at(4_200), BOB, encrypted);
    assert!(call.account().rows.is_empty());
}

#[test]
fn every_metric_has_a_name_of_its_own() {
    for metric in Metric::ALL {
        let named = Metric::by_name(metric.name).expect("it is in the list");
        assert_eq!((named.unit, named.reason), (metric.unit, metric.reason));
        assert!(metric.tolerance >= 0.0 && !metric.reason.is_empty());
    }
}
