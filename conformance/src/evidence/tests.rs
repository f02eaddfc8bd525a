use super::*;

#[test]
fn sip_is_told_from_other_datagrams() {
    for text in [
        "SIP/2.0 200 OK\r\n\r\n",
        "INVITE sip:a@b SIP/2.0\r\n\r\n",
        "NOTIFY sip:a SIP/2.0\r\n\r\n",
    ] {
        assert!(is_sip(text.as_bytes()), "{text}");
    }
    for text in [
        "GET / HTTP/1.1\r\n\r\n",
        "",
        "\r\n\r\n",
        "invite sip:a@b SIP/2.0",
    ] {
        assert!(!is_sip(text.as_bytes()), "{text}");
    }
}

#[test]
fn rtp_is_told_from_rtcp() {
    let mut packet = [0_u8; 12];
    (packet[0], packet[1], packet[3], packet[11]) = (0x80, 0x80 | 8, 7, 9);
    assert_eq!(rtp(&packet), Some((8, 7, 9)));
    packet[1] = 200;
    assert_eq!(rtp(&packet), None);
    assert_eq!(rtp(&packet[..8]), None);
}
