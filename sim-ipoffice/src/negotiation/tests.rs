use super::*;
use crate::config::Platform;
use media::{SdesKey, Suite};
use sip::sdp::Feedback;

const HERE: &str = "192.0.2.1:40750";

fn leg(plain: bool, srtp: bool) -> (Leg, Entropy) {
    let mut entropy = Entropy::from_seed([3; 32]);
    let policy = Policy {
        security: Security { plain, srtp },
        platform: Platform::Ip500V2,
    };
    let mut leg = Leg::new(policy, &mut entropy);
    leg.set_rtp(MediaKind::Audio, HERE.parse().ok());
    (leg, entropy)
}

fn audio() -> Said {
    let codecs = vec![Codec::pcma(), Codec::telephone_event(101)];
    Said::audio(codecs, Direction::SendRecv)
}

/// What the other side would say: this line after the usual head.
fn theirs(lines: &str) -> Vec<u8> {
    format!(
        "v=0\r\no=- 1 1 IN IP4 198.51.100.2\r\ns=-\r\nc=IN IP4 198.51.100.2\r\nt=0 0\r\n{lines}"
    )
    .into_bytes()
}

const KEY: &str = "inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";

#[test]
fn a_key_stays_over_further_offers_and_answers() {
    let (mut leg, mut entropy) = leg(false, true);
    let offer = leg.offer(&audio(), &mut entropy).unwrap();
    let tags: Vec<u32> = offer
        .audio()
        .unwrap()
        .cryptos()
        .unwrap()
        .iter()
        .map(|crypto| crypto.tag)
        .collect();
    assert_eq!(
        (tags, offer.audio().unwrap().protocol()),
        (vec![1, 2], "RTP/SAVP")
    );
    let answer = theirs(&format!(
        "m=audio 5000 RTP/SAVP 8\r\na=crypto:2 AES_CM_128_HMAC_SHA1_32 {KEY}|2^31\r\n"
    ));
    leg.hear_answer(&answer).unwrap();
    let keys = leg.keys(MediaKind::Audio).clone();
    assert_eq!(
        keys.outbound.as_ref().map(SdesKey::suite),
        Some(Suite::AesCm128HmacSha1_32)
    );
    // We offer again, then they do: our key is the same each time.
    let again = leg.offer(&audio(), &mut entropy).unwrap();
    assert_eq!(again.audio().unwrap().cryptos().unwrap().len(), 1);
    let offer = theirs(&format!(
        "m=audio 5000 RTP/SAVP 8\r\na=crypto:7 AES_CM_128_HMAC_SHA1_32 {KEY}\r\n"
    ));
    leg.hear_offer(&offer).unwrap();
    let answer = leg.answer(&audio(), &mut entropy).unwrap().sdp;
    assert_eq!(answer.audio().unwrap().cryptos().unwrap()[0].tag, 7);
    assert_eq!(leg.keys(MediaKind::Audio).outbound, keys.outbound);
    assert_eq!(
        answer.version(),
        3,
        "each description is a version of its own"
    );
}

#[test]
fn what_cannot_be_agreed_says_why() {
    let cases = [
        (true, true, "garbage", "session description cannot be read"),
        (true, true, "m=video 5000 RTP/AVP 96\r\n", "no audio line"),
        (true, true, "m=audio 0 RTP/AVP 8\r\n", "no audio line"),
        (
            true,
            true,
            "m=audio 5000 RTP/AVP 101\r\na=rtpmap:101 telephone-event/8000\r\n",
            "no codec in common",
        ),
        (
            false,
            true,
            "m=audio 5000 RTP/AVP 8\r\n",
            "encryption is enforced",
        ),
        (
            true,
            false,
            "m=audio 5000 RTP/SAVP 8\r\n",
            "encryption is demanded",
        ),
        (
            true,
            true,
            "m=audio 5000 RTP/SAVP 8\r\na=crypto:1 UNKNOWN inline:AAAA\r\n",
            "encryption is demanded",
        ),
        (
            true,
            true,
            "m=audio 5000 RTP/SAVP 8\r\na=crypto:nonsense\r\n",
            "session description cannot be read",
        ),
        (
            false,
            false,
            "m=audio 5000 RTP/AVP 8\r\n",
            "needs signalling over TLS",
        ),
    ];
    for (plain, srtp, lines, why) in cases {
        let refusal = leg(plain, srtp).0.hear_offer(&theirs(lines)).unwrap_err();
        assert!(refusal.to_string().contains(why), "{lines}: {refusal}");
        assert_eq!(
            refusal.status(),
            if why.contains("read") { 400 } else { 488 }
        );
    }
}

#[test]
fn of_two_lines_the_encrypted_one_is_taken_where_allowed() {
    let lines = format!(
        "m=audio 5000 RTP/AVP 8\r\nm=audio 5002 RTP/SAVP 8\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 {KEY}\r\n"
    );
    for (srtp, taken) in [(true, 1), (false, 0)] {
        let (mut leg, mut entropy) = leg(true, srtp);
        leg.hear_offer(&theirs(&lines)).unwrap();
        let answer = leg.answer(&audio(), &mut entropy).unwrap().sdp;
        assert_eq!(
            (answer.media().count(), answer.audio_index()),
            (2, Some(taken))
        );
        let protocols: Vec<String> = answer
            .media()
            .map(|line| line.protocol().to_owned())
            .collect();
        assert_eq!(protocols, ["RTP/AVP", "RTP/SAVP"]);
        assert_eq!(
            leg.remote(MediaKind::Audio).unwrap().0.port(),
            if taken == 1 { 5002 } else { 5000 }
        );
        // Further offers of ours keep both lines in their places.
        assert_eq!(
            leg.offer(&audio(), &mut entropy).unwrap().audio_index(),
            Some(taken)
        );
    }
}

#[test]
fn an_offer_that_is_never_answered_changes_nothing() {
    let (mut leg, mut entropy) = leg(true, false);
    leg.hear_offer(&theirs("m=audio 5000 RTP/AVP 8\r\n"))
        .unwrap();
    leg.answer(&audio(), &mut entropy).unwrap();
    let before = leg.remote(MediaKind::Audio);
    leg.hear_offer(&theirs("m=audio 7000 RTP/AVP 8\r\n"))
        .unwrap();
    assert_eq!(leg.remote(MediaKind::Audio), before);
}

#[test]
fn an_unspecified_address_is_a_hold() {
    let (mut leg, mut entropy) = leg(true, false);
    let hold = String::from_utf8(theirs("m=audio 5000 RTP/AVP 8\r\n"))
        .unwrap()
        .replace("c=IN IP4 198.51.100.2", "c=IN IP4 0.0.0.0");
    assert_eq!(
        leg.hear_offer(hold.as_bytes()).unwrap().audio.direction,
        Direction::SendOnly
    );
    leg.answer(&audio(), &mut entropy).unwrap();
    assert_eq!(leg.remote(MediaKind::Audio), None);
}

/// H.264 by this number, with the feedback that asks for packets and pictures.
fn h264(number: u8) -> String {
    format!(
        "a=rtpmap:{number} H264/90000\r\na=fmtp:{number} profile-level-id=42e01f;packetization-mode=1\r\n\
         a=rtcp-fb:{number} nack\r\na=rtcp-fb:{number} nack pli\r\n"
    )
}

/// What repairs a format.
fn rtx(number: u8, of: u8) -> String {
    format!("a=rtpmap:{number} rtx/90000\r\na=fmtp:{number} apt={of}\r\n")
}

/// The picture's codec of a description.
fn picture(sdp: &Sdp) -> Codec {
    sdp.video().unwrap().codecs().remove(0)
}

/// A leg that has sockets for sound and picture.
fn leg_with_picture(plain: bool, srtp: bool) -> (Leg, Entropy) {
    let (mut leg, entropy) = leg(plain, srtp);
    leg.set_rtp(MediaKind::Video, "192.0.2.1:40752".parse().ok());
    (leg, entropy)
}

/// What a leg is offered when the other offers a picture with these lines.
fn picture_passed_on(from: (bool, bool), to: (bool, bool), lines: &str) -> Codec {
    let (mut heard, _) = leg_with_picture(from.0, from.1);
    let (mut said, mut entropy) = leg_with_picture(to.0, to.1);
    let lines = format!("m=audio 5000 RTP/AVP 8\r\n{lines}");
    let passed = heard.hear_offer(&theirs(&lines)).unwrap();
    picture(&said.offer(&passed, &mut entropy).unwrap())
}

#[test]
fn packets_come_again_as_they_were_only_where_both_legs_are_plain() {
    let plain = format!("m=video 5002 RTP/AVP 97\r\n{}", h264(97));
    let secure = format!("{plain}a=crypto:1 AES_CM_128_HMAC_SHA1_80 {KEY}\r\n");
    let (clear, both) = ((true, false), (true, true));
    let feedback = |from, to, lines| picture_passed_on(from, to, lines).feedback;
    assert_eq!(
        feedback(clear, clear, &plain),
        [Feedback::Nack, Feedback::NackPli]
    );
    assert_eq!(feedback(both, clear, &secure), [Feedback::NackPli]);
    assert_eq!(feedback(clear, both, &plain), [Feedback::NackPli]);
}

#[test]
fn packets_that_come_again_apart_pass_from_leg_to_leg_encrypted_or_not() {
    let plain = format!("m=video 5002 RTP/AVP 97 98\r\n{}{}", h264(97), rtx(98, 97));
    let secure = format!("{plain}a=crypto:1 AES_CM_128_HMAC_SHA1_80 {KEY}\r\n");
    let (clear, both) = ((true, false), (true, true));
    for (from, to, lines) in [
        (clear, clear, &plain),
        (both, clear, &secure),
        (clear, both, &plain),
        (both, both, &secure),
    ] {
        let codec = picture_passed_on(from, to, lines);
        assert_eq!(codec.feedback, [Feedback::Nack, Feedback::NackPli]);
        assert_eq!(codec.retransmission, Some(98));
    }
}

#[test]
fn an_answer_has_retransmissions_by_the_offers_numbers_where_the_called_device_knows_them() {
    let offer = theirs(&format!(
        "m=audio 5000 RTP/AVP 8\r\nm=video 5002 RTP/AVP 97 98\r\n{}{}",
        h264(97),
        rtx(98, 97)
    ));
    let renumbered = format!(
        "m=video 6002 RTP/AVP 120 121\r\n{}{}",
        h264(120),
        rtx(121, 120)
    );
    let without = format!("m=video 6002 RTP/AVP 97\r\n{}", h264(97));
    let mapped = vec![(MediaKind::Video, 97, 120), (MediaKind::Video, 98, 121)];
    for (answer, again, numbers) in [(renumbered, Some(98), mapped), (without, None, Vec::new())] {
        let (mut caller, mut entropy) = leg_with_picture(true, false);
        let (mut called, _) = leg_with_picture(true, false);
        let said = caller.hear_offer(&offer).unwrap();
        called.offer(&said, &mut entropy).unwrap();
        let answer = theirs(&format!("m=audio 6000 RTP/AVP 8\r\n{answer}"));
        let said = called.hear_answer(&answer).unwrap();
        let answered = caller.answer(&said, &mut entropy).unwrap();
        assert_eq!(picture(&answered.sdp).retransmission, again);
        assert_eq!(answered.numbers, numbers);
    }
}

/// What the caller says of extended reports goes to the called device, and its answer back; a caller without the attribute is not
/// told of it.
#[test]
fn wishes_for_extended_reports_pass_from_leg_to_leg() {
    let line = |wish: &str| {
        let attribute = match wish {
            "" => String::new(),
            wish => format!("a=rtcp-xr:{wish}\r\n"),
        };
        theirs(&format!("m=audio 5000 RTP/AVP 8\r\n{attribute}"))
    };
    let said = |sdp: &Sdp| {
        let said = sdp.audio().unwrap().extended_reports();
        said.map_or(String::new(), |said| said.to_string())
    };
    for (offered, answered, asked, told) in [
        (
            "rcvr-rtt=all voip-metrics x-other=1",
            "voip-metrics",
            "rcvr-rtt=all voip-metrics",
            "voip-metrics",
        ),
        (
            "rcvr-rtt=all",
            "rcvr-rtt=sender",
            "rcvr-rtt=all",
            "rcvr-rtt=sender",
        ),
        ("voip-metrics", "", "voip-metrics", ""),
        ("", "voip-metrics", "", ""),
    ] {
        let ((mut caller, mut entropy), (mut called, _)) = (leg(true, false), leg(true, false));
        let heard = caller.hear_offer(&line(offered)).unwrap();
        let offer = called.offer(&heard, &mut entropy).unwrap();
        assert_eq!(said(&offer), asked, "{offered}");
        let heard = called.hear_answer(&line(answered)).unwrap();
        let answer = caller.answer(&heard, &mut entropy).unwrap().sdp;
        assert_eq!(said(&answer), told, "{offered} / {answered}");
    }
}
