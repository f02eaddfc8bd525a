use super::*;
use proptest::prelude::*;

const OFFER: &str = "v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\ns= odd \r\nc=IN IP4 192.0.2.1\r\nb=AS:64\r\nt=0 0\r\na=sendonly\r\n\
    m=audio 40750 RTP/SAVP 9 0 101 96 8\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^20|1:4 \
    UNENCRYPTED_SRTCP\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=rtpmap:0 PCMU/8000\r\na=ptime:30\r\na=x-odd\r\n\
    m=video 0 RTP/AVP 99\r\na=rtpmap:99 H264/90000\r\na=inactive\r\n\
    m=audio 5000 RTP/AVP 111\r\nc=IN IP6 2001:db8::1\r\na=rtcp:6001 IN IP6 2001:db8::2\r\na=rtpmap:111 opus/48000/2\r\n";

#[test]
fn an_untouched_description_leaves_as_it_came() {
    assert_eq!(
        Sdp::parse(OFFER.as_bytes()).unwrap().write(),
        OFFER.as_bytes()
    );
    let odd = "v=0\no=-  1 2 IN IP4 h\ns=-\nt=0 0\nm=audio 1 RTP/AVP  0\n";
    assert_eq!(Sdp::parse(odd.as_bytes()).unwrap().write(), odd.as_bytes());
}

#[test]
fn lines_are_read_by_type() {
    let sdp = Sdp::parse(OFFER.as_bytes()).unwrap();
    let lines: Vec<MediaView> = sdp.media().collect();
    let names: Vec<String> = lines[0]
        .codecs()
        .into_iter()
        .map(|codec| codec.name)
        .collect();
    assert_eq!(names, ["G722", "PCMU", "telephone-event", "PCMA"]);
    assert_eq!(lines[0].codecs()[2], Codec::telephone_event(101));
    assert_eq!(
        (lines[0].direction(), lines[0].ptime_ms()),
        (Direction::SendOnly, Some(30))
    );
    assert_eq!(
        (lines[0].rtp(), lines[0].rtcp()),
        (
            "192.0.2.1:40750".parse().ok(),
            "192.0.2.1:40751".parse().ok()
        )
    );
    assert!(
        lines[0].is_secure()
            && lines[1].is_rejected()
            && lines[1].direction() == Direction::Inactive
    );
    assert_eq!(
        (lines[2].rtp(), lines[2].rtcp()),
        (
            "[2001:db8::1]:5000".parse().ok(),
            "[2001:db8::2]:6001".parse().ok()
        )
    );
    assert_eq!(lines[2].codecs()[0].to_string(), "111 opus/48000/2");
    let crypto = lines[0].cryptos().unwrap().remove(0);
    assert_eq!(
        (
            crypto.tag,
            crypto.keys[0].key_and_salt.len(),
            crypto.keys[0].mki
        ),
        (1, 30, Some((1, 4)))
    );
    assert!(crypto.has_session_param("unencrypted_srtcp"));
    assert_eq!(
        Some(Some(crypto.to_string().as_str())),
        lines[0].attribute("crypto")
    );
}

#[test]
fn one_line_is_changed_and_the_others_stay() {
    let mut sdp = Sdp::parse(OFFER.as_bytes()).unwrap();
    sdp.set_rtp(0, "198.51.100.7:40760".parse().unwrap());
    sdp.set_direction(0, Direction::SendRecv);
    sdp.set_cryptos(0, &[]);
    sdp.set_codecs(0, &[Codec::pcma()]);
    sdp.reject(2);
    sdp.set_version(3);
    insta::assert_snapshot!(sdp.to_string().replace('\r', ""));
}

#[test]
fn an_audio_offer_is_made() {
    let mut audio = MediaLine::audio(
        "192.0.2.1:40750".parse().unwrap(),
        &[Codec::pcma(), Codec::telephone_event(101)],
    );
    audio
        .cryptos
        .push(Crypto::new(1, "AES_CM_128_HMAC_SHA1_80", &[7; 30]));
    let sdp = audio.describe(&Origin {
        username: String::new(),
        session_id: 9,
        version: 1,
    });
    insta::assert_snapshot!(sdp.to_string().replace('\r', ""));
    assert_eq!(Sdp::parse(&sdp.write()).unwrap().session(), sdp.session());
}

/// RFC 4588 §8.6: the repairing format names what it repairs, among other parameters and in whatever order.
#[test]
fn what_repairs_a_codec_stands_with_it() {
    let line = |lines: &str| {
        let text = format!(
            "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n{lines}"
        );
        let sdp = Sdp::parse(text.as_bytes()).unwrap();
        let codecs = sdp.video().unwrap().codecs().into_iter();
        codecs
            .map(|codec| (codec.payload_type, codec.retransmission))
            .collect::<Vec<_>>()
    };
    let found = line(
        "m=video 5002 RTP/AVP 101 97 98 99 100 102\r\na=rtpmap:97 H264/90000\r\na=rtpmap:98 rtx/90000\r\n\
         a=fmtp:98 rtx-time=3000; apt=97\r\na=rtpmap:99 VP8/90000\r\na=rtpmap:100 RTX/90000\r\na=fmtp:100 apt=55\r\n\
         a=rtpmap:101 rtx/8000\r\na=fmtp:101 apt=99\r\na=rtpmap:102 rtx/90000\r\n",
    );
    assert_eq!(found, [(97, Some(98)), (99, None)]);
    let h264 = Codec::h264(97, &H264Format::constrained_baseline(31)).with_retransmission(98);
    let said = MediaLine::new(
        MediaKind::Video,
        "192.0.2.1:40750".parse().unwrap(),
        std::slice::from_ref(&h264),
    );
    let origin = Origin {
        username: String::new(),
        session_id: 9,
        version: 1,
    };
    let sdp = said.describe(&origin);
    let text = sdp.to_string();
    for words in [
        "RTP/AVP 97 98\r\n",
        "a=rtpmap:98 rtx/90000\r\na=fmtp:98 apt=97\r\n",
    ] {
        assert!(text.contains(words), "{text}");
    }
    assert_eq!(sdp.video().unwrap().codecs(), [h264]);
}

#[test]
fn bad_keys_are_a_clear_error() {
    for text in [
        "",
        "x S inline:AAAA",
        "1",
        "1 S",
        "1 S outline:AAAA",
        "1 S inline:?",
        "1 S inline:AAAA|1:0",
        "1 S inline:AAAA|x:1",
    ] {
        assert!(text.parse::<Crypto>().is_err(), "{text}");
    }
    assert_eq!(
        format!("{:?}", Crypto::new(1, "S", b"secret")),
        "Crypto(1 S, 1 keys)"
    );
}

#[test]
fn directions_combine() {
    assert_eq!(Direction::SendOnly.reversed(), Direction::RecvOnly);
    assert_eq!(
        Direction::SendRecv.and(Direction::SendOnly),
        Direction::SendOnly
    );
    assert_eq!(
        Direction::RecvOnly.and(Direction::SendOnly),
        Direction::Inactive
    );
}

proptest! {
    #[test]
    fn mutations_harm_nothing(at in 0usize..700, byte in any::<u8>(), cut in 0usize..700) {
        let mut bytes = OFFER.as_bytes().to_vec();
        if let Some(place) = bytes.get_mut(at) {
            *place = byte;
        }
        bytes.truncate(bytes.len().saturating_sub(cut % 200));
        if let Ok(mut sdp) = Sdp::parse(&bytes) {
            for line in sdp.media() {
                let _ = (line.codecs(), line.direction(), line.rtp(), line.rtcp(), line.cryptos(), line.ptime_ms());
            }
            prop_assert_eq!(&sdp.write()[..], &bytes[..]);
            sdp.set_direction(0, Direction::Inactive);
            sdp.set_rtp(0, "192.0.2.1:1".parse().unwrap());
            prop_assert!(Sdp::parse(&sdp.write()).is_ok());
        }
    }
}
