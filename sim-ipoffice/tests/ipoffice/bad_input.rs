//! Garbage on every port harms nothing.

use bytes::Bytes;
use net::{FlowEvent, FlowId};
use proptest::prelude::*;
use sim_ipoffice::server::Input;
use sip::user_agent::Transport;

use crate::town::{Town, three_users};

#[test]
fn large_and_senseless_input_leaves_the_calls_alone() {
    let mut town = Town::new(three_users());
    let alice = town.registered("201", "Deskphone/1", Transport::Udp);
    let bob = town.registered("202", "Deskphone/1", Transport::Tcp);
    town.talk(alice, bob);
    let source = "10.9.9.9:999".parse().unwrap();
    for bytes in [
        vec![0; 65_507],
        vec![b'x'; 65_507],
        b"INVITE sip:a SIP/2.0\r\n\r\n".to_vec(),
        Vec::new(),
        vec![0x80; 1_000],
    ] {
        let bytes = Bytes::from(bytes);
        town.office_hears(Input::Flow(FlowEvent::Datagram {
            flow: FlowId(1),
            source,
            bytes: bytes.clone(),
        }));
        for socket in town.media_sockets() {
            town.send_media(source, socket, &bytes);
        }
    }
    // A stream with a header line of 1 MiB is closed; nothing else is.
    let flow = FlowId(77);
    let local = "10.0.0.1:5060".parse().unwrap();
    let opened = FlowEvent::Opened {
        flow,
        transport: net::Transport::Tcp,
        local,
        remote: source,
        listener: None,
    };
    town.office_hears(Input::Flow(opened));
    let line = Bytes::from(format!(
        "OPTIONS sip:a SIP/2.0\r\nX: {}",
        "y".repeat(1 << 20)
    ));
    for chunk in line.chunks(16_384) {
        town.office_hears(Input::Flow(FlowEvent::Bytes {
            flow,
            bytes: Bytes::copy_from_slice(chunk),
        }));
    }
    town.run(1_000);
    assert_eq!(town.office.bridge().talking_count(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn mutated_requests_harm_nothing(at in 0usize..600, with in proptest::collection::vec(any::<u8>(), 0..12), cut in 0usize..40) {
        let mut town = Town::new(three_users());
        let phone = town.registered("201", "Deskphone/1", Transport::Udp);
        let sdp = town.offer(phone).to_string();
        let text = format!(
            "INVITE sip:902@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.1.1:5060;branch=z9hG4bK1;rport\r\nMax-Forwards: 70\r\n\
             From: <sip:201@10.0.0.1>;tag=1\r\nTo: <sip:902@10.0.0.1>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n\
             Contact: <sip:201@10.0.1.1>\r\nContent-Type: application/sdp\r\n\r\n{sdp}"
        );
        let mut bytes = text.into_bytes();
        let at = at.min(bytes.len());
        let end = (at + cut).min(bytes.len());
        bytes.splice(at..end, with);
        let source = town.phones[phone].sip;
        town.office_hears(Input::Flow(FlowEvent::Datagram { flow: FlowId(1), source, bytes: bytes.into() }));
        town.run(70_000);
        prop_assert!(town.office.is_idle());
    }
}
