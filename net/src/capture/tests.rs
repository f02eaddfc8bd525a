use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use etherparse::TcpHeader;
use pcap_file::pcapng::{Block, PcapNgReader};

use super::*;
use crate::packet::{Packet, Protocol};
use crate::tls::SECRET_NOTE;
use crate::trace::{Entry, Trace, TraceEvent};

const HOSTS: [&str; 2] = ["alice", "ipoffice"];

fn epoch() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_518_000_000)
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn alice(port: u16) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, 2], port))
}

fn ipoffice(port: u16) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], port))
}

fn udp(source: SocketAddr, target: SocketAddr, payload: &[u8], id: u64) -> Packet {
    Packet {
        source,
        target,
        protocol: Protocol::Udp,
        payload: Bytes::copy_from_slice(payload),
        id,
    }
}

fn register() -> String {
    "REGISTER sip:example.com SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK1;rport\r\nMax-Forwards: 70\r\nFrom: <sip:201@example.com>;tag=1\r\n\
     To: <sip:201@example.com>\r\nCall-ID: 1@10.0.0.2\r\nCSeq: 1 REGISTER\r\nContact: <sip:201@10.0.0.2:5060>\r\nContent-Length: 0\r\n\r\n"
        .to_owned()
}

fn rtp(sequence: u16) -> Vec<u8> {
    let mut packet = vec![0x80, 0];
    packet.extend_from_slice(&sequence.to_be_bytes());
    packet.extend_from_slice(&(u32::from(sequence) * 160).to_be_bytes());
    packet.extend_from_slice(&0xcafe_u32.to_be_bytes());
    packet.resize(172, 0xd5);
    packet
}

fn trace() -> Trace {
    let mut entries = Vec::new();
    let mut push = |at, event| entries.push(Entry { at, event });
    push(
        ms(0),
        TraceEvent::Sent {
            host: 0,
            packet: udp(alice(5060), ipoffice(5060), register().as_bytes(), 1),
        },
    );
    push(
        ms(20),
        TraceEvent::Arrived {
            host: 1,
            packet: udp(alice(5060), ipoffice(5060), register().as_bytes(), 1),
        },
    );
    for n in 0..10 {
        let packet = udp(alice(40_750), ipoffice(40_752), &rtp(n), 2 + u64::from(n));
        push(
            ms(100 + 20 * u64::from(n)),
            TraceEvent::Sent {
                host: 0,
                packet: packet.clone(),
            },
        );
        if n == 3 {
            push(
                ms(161),
                TraceEvent::Dropped {
                    id: packet.id,
                    reason: "uplink of site home: lost by gilbert_elliott".to_owned(),
                },
            );
        } else {
            push(
                ms(120 + 20 * u64::from(n)),
                TraceEvent::Arrived { host: 1, packet },
            );
        }
    }
    Trace {
        entries,
        ..Trace::default()
    }
}

fn written(trace: &Trace, view: View) -> Vec<u8> {
    from_trace(trace, &HOSTS, epoch(), view, Vec::new()).unwrap()
}

/// What tshark makes of a file; none if it is not installed.
fn tshark(file: &[u8], arguments: &[&str]) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.pcapng");
    std::fs::write(&path, file).unwrap();
    let output = Command::new("tshark")
        .arg("-r")
        .arg(Path::new(&path))
        .args(arguments)
        .output();
    match output {
        Ok(output) => {
            assert!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&output.stderr)
            );
            Some(String::from_utf8(output.stdout).unwrap())
        }
        Err(error) => {
            eprintln!("not run: tshark is not here ({error})");
            None
        }
    }
}

#[test]
fn a_file_begins_little_endian_and_repeats_byte_for_byte() {
    let file = written(&trace(), View::Sent);
    assert_eq!(
        file[..12],
        [
            0x0a, 0x0d, 0x0d, 0x0a, file[4], 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a
        ]
    );
    assert_eq!(file, written(&trace(), View::Sent));
}

#[test]
fn packets_have_their_times_interfaces_and_comments() {
    let file = written(&trace(), View::Sent);
    let mut reader = PcapNgReader::new(file.as_slice()).unwrap();
    let (mut interfaces, mut packets, mut comments) = (0, Vec::new(), Vec::new());
    while let Some(block) = reader.next_block() {
        let block = block.unwrap();
        interfaces += usize::from(matches!(block, Block::InterfaceDescription(_)));
        if let Block::EnhancedPacket(packet) = block {
            packets.push(packet.timestamp);
            let lost = |option| format!("{option:?}").contains("lost by gilbert_elliott");
            comments.push(packet.options.iter().any(lost));
        }
    }
    assert_eq!((interfaces, packets.len()), (1, 11));
    assert_eq!(packets[1], Duration::from_secs(1_518_000_000) + ms(100));
    assert_eq!(comments.iter().position(|comment| *comment), Some(4));
    assert_eq!(comments.iter().filter(|comment| **comment).count(), 1);
}

#[test]
fn a_view_shows_what_it_should() {
    let count = |view| {
        let file = written(&trace(), view);
        let mut reader = PcapNgReader::new(file.as_slice()).unwrap();
        let mut packets = 0;
        while let Some(block) = reader.next_block() {
            packets += usize::from(matches!(block.unwrap(), Block::EnhancedPacket(_)));
        }
        packets
    };
    assert_eq!(
        [View::Sent, View::Arrived, View::Host(0), View::Host(1)].map(count),
        [11, 10, 11, 10]
    );
}

#[test]
fn tshark_reads_sip_and_rtp_without_complaint() {
    let file = written(&trace(), View::Sent);
    let arguments = [
        "--enable-heuristic",
        "rtp_udp",
        "-o",
        "ip.check_checksum:TRUE",
        "-o",
        "udp.check_checksum:TRUE",
    ];
    let Some(protocols) = tshark(
        &file,
        &[
            &arguments[..],
            &[
                "-T",
                "fields",
                "-e",
                "_ws.col.Protocol",
                "-e",
                "udp.checksum.status",
                "-e",
                "frame.comment",
            ],
        ]
        .concat(),
    ) else {
        return;
    };
    let lines: Vec<&str> = protocols.lines().collect();
    assert!(lines[0].starts_with("SIP\t1"), "{protocols}");
    assert_eq!(
        lines
            .iter()
            .filter(|line| line.starts_with("RTP\t1"))
            .count(),
        10,
        "{protocols}"
    );
    assert_eq!(
        lines
            .iter()
            .filter(|line| line.contains("lost by gilbert_elliott"))
            .count(),
        1
    );
    let complaints = tshark(
        &file,
        &[
            &arguments[..],
            &["-Y", "_ws.malformed || _ws.expert.severity >= 6291456"],
        ]
        .concat(),
    )
    .unwrap();
    assert_eq!(complaints, "");
}

#[test]
fn tshark_reads_what_was_said_in_secret_as_plain_connections() {
    let (client, server) = (alice(50_000), ipoffice(443));
    let (phone, proxy) = (alice(50_001), ipoffice(5061));
    let page = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n{}",
        "x".repeat(4000)
    );
    let said = [
        (
            client,
            server,
            "GET /settings HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
        ),
        (phone, proxy, register().replace("UDP", "TLS")),
        (server, client, page),
    ];
    let mut spoken = Spoken::new();
    let mut entries = Vec::new();
    for (local, remote, text) in said {
        for packet in spoken.packets(local, remote, &Bytes::from(text), 9) {
            let (at, host) = (
                ms(entries.len() as u64),
                usize::from(local.ip() != client.ip()),
            );
            entries.push(Entry {
                at,
                event: TraceEvent::Sent { host, packet },
            });
        }
    }
    let trace = Trace {
        entries,
        ..Trace::default()
    };
    let file = written(&trace, View::Sent);
    let fields = ["http.request.method", "http.response.code", "sip.Method"];
    let fields: Vec<&str> = fields.into_iter().flat_map(|field| ["-e", field]).collect();
    let arguments = [&["-Y", "http || sip", "-T", "fields"], &fields[..]].concat();
    let Some(rows) = tshark(&file, &arguments) else {
        return;
    };
    assert_eq!(rows, "GET\t\t\n\t\tREGISTER\n\t200\t\n");
    let complaints = tshark(&file, &["-Y", "_ws.malformed || tcp.analysis.flags"]).unwrap();
    assert_eq!(complaints, "");
}

/// A TLS session in TCP segments, with headers as a stack leaves them: stale ports, no checksum.
fn tls_session() -> Trace {
    let (wire, secrets) = crate::tls::tests::recorded_session(&register().replace("UDP", "TLS"));
    let mut entries = Vec::new();
    let (mut sent, mut heard) = (1000_u32, 9000_u32);
    let mut id = 0;
    let mut push = |from_client: bool, flags: u8, data: &[u8]| {
        let (host, source, target) = if from_client {
            (0, alice(40_000), ipoffice(5061))
        } else {
            (1, ipoffice(5061), alice(40_000))
        };
        let mut header = TcpHeader::new(1, 1, if from_client { sent } else { heard }, 65_000);
        header.syn = flags & 2 != 0;
        header.ack = flags & 16 != 0;
        header.psh = !data.is_empty();
        header.acknowledgment_number = if !header.ack {
            0
        } else if from_client {
            heard
        } else {
            sent
        };
        let advance = data.len() as u32 + u32::from(header.syn);
        if from_client {
            sent += advance
        } else {
            heard += advance
        }
        let payload = Bytes::from([&header.to_bytes()[..], data].concat());
        id += 1;
        entries.push(Entry {
            at: ms(id),
            event: TraceEvent::Sent {
                host,
                packet: Packet {
                    source,
                    target,
                    protocol: Protocol::Tcp,
                    payload,
                    id,
                },
            },
        });
    };
    push(true, 2, &[]);
    push(false, 18, &[]);
    push(true, 16, &[]);
    for (from_client, flight) in &wire {
        for data in flight.chunks(1400) {
            push(*from_client, 16, data);
        }
    }
    let notes = secrets.into_iter().map(|text| Entry {
        at: ms(500),
        event: TraceEvent::Note {
            host: 0,
            kind: SECRET_NOTE,
            text,
        },
    });
    entries.extend(notes);
    Trace {
        entries,
        ..Trace::default()
    }
}

#[test]
fn tshark_decrypts_tls_with_the_secrets_of_the_trace() {
    let file = written(&tls_session(), View::Sent);
    let Some(rows) = tshark(
        &file,
        &[
            "-o",
            "tcp.check_checksum:TRUE",
            "-T",
            "fields",
            "-e",
            "tcp.checksum.status",
            "-e",
            "sip.Method",
            "-e",
            "tls.app_data",
        ],
    ) else {
        return;
    };
    assert!(rows.lines().all(|row| row.starts_with('1')), "{rows}");
    assert!(rows.contains("REGISTER"), "{rows}");
    let complaints = tshark(&file, &["-Y", "_ws.malformed || tcp.analysis.flags"]).unwrap();
    assert_eq!(complaints, "");
}

#[test]
fn ipv6_odd_sizes_and_broken_segments_are_written() {
    let v6 = |text: &str| text.parse().unwrap();
    let packets = [
        udp(v6("[2001:db8::1]:4000"), v6("[2001:db8::2]:5060"), &[], 1),
        udp(alice(1), ipoffice(2), &vec![7; 70_000], 2),
        Packet {
            protocol: Protocol::Tcp,
            ..udp(alice(1), ipoffice(2), &[1, 2, 3], 3)
        },
    ];
    let entries = packets
        .map(|packet| Entry {
            at: ms(1),
            event: TraceEvent::Sent { host: 7, packet },
        })
        .to_vec();
    let file = written(
        &Trace {
            entries,
            ..Trace::default()
        },
        View::Sent,
    );
    let Some(rows) = tshark(
        &file,
        &[
            "-o",
            "udp.check_checksum:TRUE",
            "-T",
            "fields",
            "-e",
            "frame.interface_name",
            "-e",
            "frame.len",
            "-e",
            "udp.checksum.status",
        ],
    ) else {
        return;
    };
    assert_eq!(
        rows.lines().collect::<Vec<_>>(),
        ["host 7\t48\t1", "host 7\t65535\t1", "host 7\t23\t"]
    );
}
