use super::*;
use crate::rtp::{Header, Packet, Writer};
use crate::srtp::{SdesKey, Suite};

fn key(fill: u8, suite: Suite) -> SdesKey {
    SdesKey::generate(suite, |octets| octets.fill(fill))
}

#[test]
fn plain_and_protected_legs_hear_each_other() {
    let theirs = key(1, Suite::AesCm128HmacSha1_80);
    let ours = key(2, Suite::AeadAes128Gcm);
    let secure = KeyPair {
        inbound: Some(theirs.clone()),
        outbound: Some(ours.clone()),
    };
    let mut relay = Relay::new(&secure, &KeyPair::default());
    relay.map_payload_type(Side::A, 101, 96);

    let mut buffer = [0; 256];
    let header = Header {
        payload_type: 101,
        sequence: 1,
        ..Header::default()
    };
    let len = Writer::new(&mut buffer, header)
        .unwrap()
        .payload(b"speech")
        .unwrap();
    let len = Outbound::new(&theirs).protect(&mut buffer, len).unwrap();
    let len = relay.forward(Side::A, &mut buffer, len).unwrap();
    let plain = Packet::parse(&buffer[..len]).unwrap();
    assert_eq!(
        (plain.payload(), plain.payload_type()),
        (&b"speech"[..], 96)
    );

    let len = relay.forward(Side::B, &mut buffer, len).unwrap();
    let len = Inbound::new(&ours).unprotect(&mut buffer[..len]).unwrap();
    assert_eq!(Packet::parse(&buffer[..len]).unwrap().payload(), b"speech");
    assert!(relay.forward(Side::A, &mut buffer, len).is_err());
    assert_eq!(
        relay.statistics(Side::A),
        LegStatistics {
            packets: 1,
            octets: 18,
            reports: 0,
            refused: 1
        }
    );
}

#[test]
fn a_key_that_stays_keeps_its_counters() {
    let keys = KeyPair {
        inbound: None,
        outbound: Some(key(3, Suite::AesCm128HmacSha1_32)),
    };
    let mut relay = Relay::new(&KeyPair::default(), &keys);
    let mut buffer = [0; 64];
    let len = Writer::new(&mut buffer, Header::default())
        .unwrap()
        .payload(&[7; 8])
        .unwrap();
    let plain = buffer;
    assert!(relay.forward(Side::A, &mut buffer, len).is_ok());
    relay.set_keys(Side::B, &keys.clone());
    assert_eq!(
        relay.forward(Side::A, &mut plain.clone(), len),
        Err(SrtpError::Replayed(0))
    );
    relay.set_keys(
        Side::B,
        &KeyPair {
            outbound: Some(key(4, Suite::AesCm128HmacSha1_32)),
            inbound: None,
        },
    );
    assert!(relay.forward(Side::A, &mut plain.clone(), len).is_ok());
}
