use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::offer_answer::{Agreed, Agreement, Negotiation, check};
use crate::sdp::H264Format;

const SUITES: [&str; 2] = ["AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"];

fn line(port: u16, codecs: Vec<Codec>) -> LineTerms {
    LineTerms {
        rtp: SocketAddr::from(([10, 0, 0, 1], port)),
        codecs,
        cryptos: SUITES
            .iter()
            .enumerate()
            .map(|(index, suite)| Crypto::new(index as u32 + 1, suite, &[port as u8; 30]))
            .collect(),
        direction: Direction::SendRecv,
        bandwidth: None,
        extended_reports: None,
    }
}

fn terms(port: u16, security: Security) -> MediaTerms {
    MediaTerms {
        security,
        audio: line(
            port,
            vec![Codec::pcma(), Codec::pcmu(), Codec::telephone_event(101)],
        ),
        video: None,
    }
}

fn with_video(port: u16, security: Security) -> MediaTerms {
    let h264 = Codec::h264(97, &H264Format::constrained_baseline(31));
    MediaTerms {
        video: Some(line(port + 2, vec![h264])),
        ..terms(port, security)
    }
}

fn with_reports(port: u16, asked: Option<&str>) -> MediaTerms {
    let mut terms = terms(port, Security::Disabled);
    terms.audio.extended_reports = asked.map(ExtendedReports::parse);
    terms
}

/// RFC 3611 §5.2: who does not know the attribute is not told it in an answer, and gets no blocks.
#[test]
fn extended_reports_go_to_those_who_asked() {
    let mut table = String::new();
    let wishes = [
        None,
        Some("voip-metrics"),
        Some("rcvr-rtt=all voip-metrics"),
    ];
    for (offered, wished) in wishes
        .into_iter()
        .flat_map(|offered| wishes.map(|wished| (offered, wished)))
    {
        let offer = with_reports(40_750, offered).offer(&origin());
        let answer = with_reports(40_760, wished)
            .answer(&origin(), &offer)
            .unwrap();
        let said = |sdp: &Sdp| {
            let said = sdp.audio().unwrap().extended_reports();
            said.map_or("nothing".to_owned(), |said| format!("[{said}]"))
        };
        let sent = |local, remote| Agreement::of(local, remote).unwrap().audio.extended_reports;
        writeln!(
            table,
            "offer {}, answer {}: the caller sends [{}], the called [{}]",
            said(&offer),
            said(&answer),
            sent(&offer, &answer),
            sent(&answer, &offer),
        )
        .unwrap();
    }
    insta::assert_snapshot!(table);
}

fn hold(mut terms: MediaTerms) -> MediaTerms {
    for line in [Some(&mut terms.audio), terms.video.as_mut()]
        .into_iter()
        .flatten()
    {
        line.direction = Direction::SendOnly;
    }
    terms
}

fn origin() -> Origin {
    Origin {
        username: "201".to_owned(),
        session_id: 1,
        version: 1,
    }
}

/// What both sides see after an offer of one and an answer of the other.
fn negotiate(
    near: &MediaTerms,
    far: &MediaTerms,
) -> Result<(Agreement, Agreement), OfferAnswerError> {
    let offer = near.offer(&origin());
    let answer = far.answer(&origin(), &offer)?;
    check(&offer, &answer)?;
    Ok((
        Agreement::of(&offer, &answer)?,
        Agreement::of(&answer, &offer)?,
    ))
}

fn rejected_lines(sdp: &Sdp) -> Vec<bool> {
    sdp.media().map(|line| line.is_rejected()).collect()
}

#[test]
fn the_nine_pairs_of_security() {
    use Security::{Disabled, Enforced, Preferred};
    let mut table = String::new();
    for near in [Disabled, Preferred, Enforced] {
        for far in [Disabled, Preferred, Enforced] {
            let outcome = match negotiate(&with_video(4000, near), &with_video(5000, far)) {
                Ok((ours, theirs)) => {
                    let lines = |agreement: Agreement| [agreement.audio, agreement.video.unwrap()];
                    let mut keys = Vec::new();
                    for (ours, theirs) in lines(ours).iter().zip(lines(theirs)) {
                        let turned = theirs.keys.map(|(theirs, ours)| (ours, theirs));
                        assert_eq!(ours.keys, turned);
                        keys.push(turned);
                    }
                    assert_eq!(keys[0].is_some(), keys[1].is_some());
                    assert!(
                        keys[0].is_none() || keys[0] != keys[1],
                        "each line has its own"
                    );
                    if keys[0].is_some() { "SRTP" } else { "RTP" }.to_owned()
                }
                Err(error) => format!("{} {error}", error.status()),
            };
            table += &format!("{near:?} calls {far:?}: {outcome}\n");
        }
    }
    insta::assert_snapshot!(table);
}

/// RFC 4568 §6.3.7: a crypto with a parameter that must be understood, with a key identifier or of an unknown suite is passed over.
#[test]
fn keys_beyond_a_plain_implementation_are_not_accepted() {
    let key = "inline:BQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUF";
    for (crypto, is_taken) in [
        (format!("7 AES_CM_128_HMAC_SHA1_80 {key}"), true),
        (format!("7 AES_CM_128_HMAC_SHA1_80 {key}|2^31"), true),
        (format!("7 AES_CM_128_HMAC_SHA1_80 {key} -WSH=64"), true),
        (
            format!("7 AES_CM_128_HMAC_SHA1_80 {key} UNENCRYPTED_SRTP"),
            false,
        ),
        (format!("7 AES_CM_128_HMAC_SHA1_80 {key}|2^20|1:4"), false),
        (format!("7 AES_CM_128_HMAC_SHA1_80 {key};{key}"), false),
        (format!("7 F8_128_HMAC_SHA1_80 {key}"), false),
    ] {
        let offer = format!(
            "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n\
             m=audio 4000 RTP/AVP 8\r\na=crypto:{crypto}\r\n"
        );
        let offer = Sdp::parse(offer.as_bytes()).unwrap();
        let preferred = terms(5000, Security::Preferred).answer(&origin(), &offer);
        let cryptos = preferred.unwrap().audio().unwrap().cryptos().unwrap();
        let tags: Vec<u32> = cryptos.iter().map(|crypto| crypto.tag).collect();
        assert_eq!(tags, if is_taken { vec![7] } else { vec![] }, "{crypto}");
        let enforced = terms(5000, Security::Enforced).answer(&origin(), &offer);
        assert_eq!(enforced.is_ok(), is_taken, "{crypto}");
    }
}

#[test]
fn of_a_secure_and_a_plain_line_the_better_is_taken_and_the_other_rejected() {
    let secure = terms(4000, Security::Enforced).offer(&origin());
    let mut both = terms(4002, Security::Disabled).offer(&origin());
    both.session_mut()
        .medias
        .push(secure.session().medias[0].clone());
    let answer = terms(5000, Security::Preferred)
        .answer(&origin(), &both)
        .unwrap();
    assert_eq!(rejected_lines(&answer), [true, false]);
    assert!(answer.media_at(1).unwrap().is_secure());
    let plain = terms(5000, Security::Disabled)
        .answer(&origin(), &both)
        .unwrap();
    assert_eq!(rejected_lines(&plain), [false, true]);
}

#[test]
fn video_that_cannot_be_had_is_rejected_and_audio_goes_on() {
    let vp8 = vec![Codec::new(100, "VP8", 90_000)];
    let (plain, video) = (
        terms(5000, Security::Disabled),
        with_video(5000, Security::Disabled),
    );
    let mut other = with_video(4000, Security::Disabled);
    other.video = Some(line(4002, vp8));
    for (near, far) in [
        (with_video(4000, Security::Disabled), plain.clone()),
        (other, video),
    ] {
        let (ours, theirs) = negotiate(&near, &far).unwrap();
        assert_eq!((&ours.video, &theirs.video), (&None, &None));
        let answer = far.answer(&origin(), &near.offer(&origin())).unwrap();
        assert_eq!(rejected_lines(&answer), [false, true]);
        let again = plain.reoffer(&origin(), &answer);
        assert_eq!(rejected_lines(&again), [false, true]);
    }
}

/// Holding, retrieving, dropping and adding the picture: what is said each time, and what it comes to.
#[test]
fn lines_keep_their_places_over_a_whole_call() {
    let (near, far) = (
        with_video(4000, Security::Disabled),
        with_video(5000, Security::Disabled),
    );
    let sound_only = terms(4000, Security::Disabled);
    let steps = [
        ("call with video", near.clone()),
        ("hold", hold(near.clone())),
        ("retrieve", near.clone()),
        ("drop the picture", sound_only),
        ("bring it back", near),
    ];
    let (mut ours, mut theirs) = (Negotiation::new(), Negotiation::new());
    let mut log = String::new();
    for (what, terms) in steps {
        let offer = match ours.local() {
            Some(before) => terms.reoffer(&origin(), before),
            None => terms.offer(&origin()),
        };
        ours.offer(offer.clone()).unwrap();
        theirs.handle_offer(offer.clone()).unwrap();
        let answer = far.answer(&origin(), &offer).unwrap();
        theirs.answer(answer.clone()).unwrap();
        ours.handle_answer(answer.clone()).unwrap();
        writeln!(log, "== {what}").unwrap();
        for (sign, sdp) in [("->", &offer), ("<-", &answer)] {
            for line in sdp.media() {
                let (kind, port) = (line.kind(), line.port());
                let direction = line.direction().as_str();
                writeln!(log, "{sign} {kind} {port} {direction}").unwrap();
            }
        }
        let agreement = Agreement::of(&offer, &answer).unwrap();
        let words = |line: &Agreed| format!("{} {}", line.codec.name, line.direction.as_str());
        let picture = agreement
            .video
            .as_ref()
            .map_or("no picture".to_owned(), words);
        writeln!(log, "   {}, {picture}", words(&agreement.audio)).unwrap();
    }
    insta::assert_snapshot!(log);
}

#[test]
fn a_line_of_video_in_front_stays_in_front() {
    let mut offer = with_video(4000, Security::Disabled).offer(&origin());
    offer.session_mut().medias.reverse();
    let answer = with_video(5000, Security::Disabled)
        .answer(&origin(), &offer)
        .unwrap();
    let kinds: Vec<&str> = answer.media().map(|line| line.kind()).collect();
    assert_eq!(
        (kinds, rejected_lines(&answer)),
        (vec!["video", "audio"], vec![false, false])
    );
    let agreement = Agreement::of(&answer, &offer).unwrap();
    assert_eq!(agreement.audio.rtp.unwrap().port(), 4000);
    assert_eq!(agreement.video.unwrap().rtp.unwrap().port(), 4002);
}

#[test]
fn no_codec_and_no_audio_are_refused() {
    let mut other = terms(4000, Security::Disabled);
    other.audio.codecs = vec![Codec::opus(96), Codec::telephone_event(101)];
    let refused = negotiate(&other, &terms(5000, Security::Disabled));
    assert_eq!(refused, Err(OfferAnswerError::NoCommonCodec));
    let mut offer = terms(4000, Security::Disabled).offer(&origin());
    offer.reject(0);
    let refused = terms(5000, Security::Disabled).answer(&origin(), &offer);
    assert_eq!(refused, Err(OfferAnswerError::NoAudio));
}

#[test]
fn telephone_events_are_those_of_the_codecs_clock() {
    let mut near = terms(4000, Security::Disabled);
    near.audio.codecs = vec![Codec::opus(96), Codec::telephone_event(101)];
    let slow = negotiate(&near, &near).unwrap();
    assert_eq!(
        slow.0.audio.telephone_event, None,
        "RFC 4733 §2.1: one clock for both"
    );
    let event = Codec {
        clock_rate_hz: 48_000,
        ..Codec::telephone_event(102)
    };
    near.audio.codecs.push(event);
    let both = negotiate(&near, &near).unwrap();
    assert_eq!(both.0.audio.telephone_event, Some(102));
}

#[test]
fn the_old_hold_by_address_stops_our_sending() {
    let mut offer = terms(4000, Security::Disabled).offer(&origin());
    offer.set_rtp(0, SocketAddr::from(([0, 0, 0, 0], 4000)));
    let answer = terms(5000, Security::Disabled)
        .answer(&origin(), &offer)
        .unwrap();
    let agreed = Agreement::of(&answer, &offer).unwrap().audio;
    assert_eq!(agreed.direction, Direction::RecvOnly);
    assert_eq!(agreed.rtp, None);
}

fn direction() -> impl Strategy<Value = Direction> {
    prop::sample::select(vec![
        Direction::SendRecv,
        Direction::SendOnly,
        Direction::RecvOnly,
        Direction::Inactive,
    ])
}

fn some_terms(port: u16) -> impl Strategy<Value = MediaTerms> {
    let all = vec![
        Codec::pcma(),
        Codec::pcmu(),
        Codec::g722(),
        Codec::g729(),
        Codec::opus(if port == 4000 { 116 } else { 96 }),
    ];
    let codecs = prop::sample::subsequence(all, 1..=5).prop_shuffle();
    (
        codecs,
        direction(),
        direction(),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(move |(mut codecs, audio, video, has_video, swap)| {
            codecs.push(Codec::telephone_event(101));
            let mut terms = with_video(port, Security::Preferred);
            terms.audio.codecs = codecs;
            terms.audio.direction = audio;
            if swap {
                terms.audio.cryptos.reverse();
            }
            terms.video = terms.video.filter(|_| has_video);
            if let Some(line) = &mut terms.video {
                line.direction = video;
            }
            terms
        })
}

proptest! {
    #[test]
    fn both_sides_always_agree_the_other_way_round(near in some_terms(4000), far in some_terms(5000)) {
        // The model: the first codec of the offer that the other side has.
        let speech = |terms: &MediaTerms| -> Vec<Codec> {
            terms.audio.codecs.iter().filter(|codec| !codec.is_telephone_event()).cloned().collect()
        };
        let wanted = speech(&near).into_iter().find(|codec| speech(&far).iter().any(|own| own.name == codec.name));
        match (negotiate(&near, &far), wanted) {
            (Err(error), None) => prop_assert_eq!(error, OfferAnswerError::NoCommonCodec),
            (Ok((ours, theirs)), Some(wanted)) => {
                prop_assert_eq!(&ours.audio.codec.name, &wanted.name);
                prop_assert_eq!(ours.video.is_some(), near.video.is_some() && far.video.is_some());
                prop_assert_eq!(ours.video.is_some(), theirs.video.is_some());
                let mut pairs = vec![(ours.audio, theirs.audio, near.audio.direction, far.audio.direction)];
                if let (Some(ours), Some(theirs), Some(near), Some(far)) = (ours.video, theirs.video, &near.video, &far.video) {
                    pairs.push((ours, theirs, near.direction, far.direction));
                }
                for (ours, theirs, near, far) in pairs {
                    prop_assert_eq!(ours.direction, theirs.direction.reversed());
                    prop_assert_eq!(ours.direction, near.and(far.reversed()));
                    prop_assert_eq!(&ours.codec.name, &theirs.codec.name);
                    prop_assert_eq!(ours.codec.payload_type, theirs.receive_payload_type);
                    prop_assert_eq!(theirs.codec.payload_type, ours.receive_payload_type);
                    prop_assert_eq!(ours.telephone_event, theirs.telephone_event);
                    prop_assert!(ours.keys.is_some() && theirs.keys.is_some());
                }
            }
            (came, wanted) => prop_assert!(false, "{:?} for {:?}", came, wanted),
        }
    }
}
