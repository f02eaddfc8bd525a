//! The twin of a trace in which nothing is protected.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use conformance::decrypted::twin;
use media::srtp::{Outbound, SdesKey, Suite};
use net::packet::{Packet, Protocol};
use net::trace::{Entry, Trace, TraceEvent};

fn end(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

fn key(fill: u8) -> SdesKey {
    SdesKey::generate(Suite::AesCm128HmacSha1_80, |key| key.fill(fill))
}

fn description(key: &SdesKey) -> String {
    let (suite, inline) = (key.suite().name(), key.to_inline());
    format!(
        "INVITE sip:202@192.0.2.1 SIP/2.0\r\n\r\nv=0\r\nm=audio 40750 RTP/SAVP 0\r\na=crypto:1 {suite} {inline}\r\n\
         a=crypto:2 {suite} {inline}\r\nm=video 0 RTP/SAVP 99\r\n"
    )
}

fn rtp(sequence: u8) -> Vec<u8> {
    let mut packet = vec![0x80, 0, 0, sequence, 0, 0, 0, 0, 0, 0, 0, 1];
    packet.resize(172, 0x55);
    packet
}

fn sent(id: u64, payload: impl Into<Bytes>) -> Entry {
    let packet = Packet {
        source: end("10.0.0.1:40750"),
        target: end("192.0.2.1:40752"),
        protocol: Protocol::Udp,
        payload: payload.into(),
        id,
    };
    Entry {
        at: Duration::from_millis(id),
        event: TraceEvent::Sent { host: 0, packet },
    }
}

fn payloads(entries: Vec<Entry>) -> Vec<Bytes> {
    let trace = Trace {
        entries,
        ..Trace::default()
    };
    let payload = |entry: &Entry| entry.payload().expect("a packet").clone();
    twin(&trace).entries.iter().map(payload).collect()
}

#[test]
fn a_description_loses_its_keys_and_keeps_its_length() {
    let webrtc = "OPTIONS\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=crypto:1 x\r\n";
    let before = description(&key(1));
    let after = payloads(vec![sent(1, before.clone()), sent(2, webrtc)]);
    assert_eq!(after[0].len(), before.len());
    let text = String::from_utf8_lossy(&after[0]);
    assert!(
        text.contains("m=audio 40750 RTP/AVP 0\r\na=x-crypt:1 AES_CM"),
        "{text}"
    );
    assert!(text.contains("\r\na=xcrypt:2 AES_CM"), "{text}");
    assert!(text.contains("m=video 0 RTP/SAVP 99\r\n"), "{text}");
    assert!(after[1].starts_with(b"OPTIONS\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"));
}

#[test]
fn media_is_opened_by_the_key_that_fits() {
    let (wrong, first, second) = (key(1), key(2), key(3));
    let (mut one, mut two) = (Outbound::new(&first), Outbound::new(&second));
    let sealed = |outbound: &mut Outbound, sequence| {
        let mut packet = rtp(sequence);
        outbound.protect_vec(&mut packet).expect("room");
        packet
    };
    let before_its_key = sealed(&mut one, 1);
    let entries = vec![
        sent(1, before_its_key.clone()),
        sent(2, description(&wrong)),
        sent(3, description(&first)),
        sent(4, sealed(&mut one, 2)),
        sent(5, description(&second)),
        sent(6, sealed(&mut two, 3)),
        sent(7, sealed(&mut one, 4)),
        sent(8, rtp(5)),
    ];
    let opened = payloads(entries);
    assert_eq!(opened[0], before_its_key);
    for (index, sequence) in [(3, 2), (5, 3), (6, 4), (7, 5)] {
        assert_eq!(opened[index], rtp(sequence), "packet {}", index + 1);
    }
}

#[test]
fn what_is_said_in_secret_stands_as_a_plain_connection_in_place_of_its_packets() {
    let (client, server) = (end("10.0.0.1:50000"), end("192.0.2.1:443"));
    let record = Packet {
        source: client,
        target: server,
        protocol: Protocol::Tcp,
        payload: Bytes::from_static(b"sealed"),
        id: 7,
    };
    let said = |local, remote, bytes: &'static [u8]| Entry {
        at: Duration::from_millis(1),
        event: TraceEvent::Said {
            host: 0,
            local,
            remote,
            bytes: Bytes::from_static(bytes),
        },
    };
    let packet = TraceEvent::Sent {
        host: 0,
        packet: record,
    };
    let trace = Trace {
        entries: vec![
            Entry {
                at: Duration::ZERO,
                event: packet,
            },
            said(client, server, b"GET"),
            said(server, client, b"200"),
        ],
        ..Trace::default()
    };
    let ports: Vec<_> = twin(&trace)
        .entries
        .iter()
        .map(|entry| {
            let TraceEvent::Sent { packet, .. } = &entry.event else {
                panic!("only packets, not {entry:?}");
            };
            let (source, target) = (packet.source.port(), packet.target.port());
            (source, target, packet.payload[20..].to_vec())
        })
        .collect();
    let expected: [(u16, u16, &[u8]); 5] = [
        (50_000, 80, b""),
        (80, 50_000, b""),
        (50_000, 80, b""),
        (50_000, 80, b"GET"),
        (80, 50_000, b"200"),
    ];
    assert_eq!(
        ports,
        expected.map(|(from, to, data)| (from, to, data.to_vec()))
    );
}
