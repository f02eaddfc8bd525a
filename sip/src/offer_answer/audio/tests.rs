use proptest::prelude::*;

use super::*;
use crate::offer_answer::check;

fn terms(port: u16, security: Security) -> AudioTerms {
    AudioTerms {
        rtp: SocketAddr::from(([10, 0, 0, 1], port)),
        codecs: vec![Codec::pcma(), Codec::pcmu(), Codec::telephone_event(101)],
        security,
        cryptos: ["AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"]
            .iter()
            .enumerate()
            .map(|(index, suite)| Crypto::new(index as u32 + 1, suite, &[port as u8; 30]))
            .collect(),
        direction: Direction::SendRecv,
    }
}

fn origin() -> Origin {
    Origin {
        username: "201".to_owned(),
        session_id: 1,
        version: 1,
    }
}

/// What both sides see after an offer of one and an answer of the other.
fn negotiate(near: &AudioTerms, far: &AudioTerms) -> Result<(Agreed, Agreed), OfferAnswerError> {
    let offer = near.offer(&origin());
    let answer = far.answer(&origin(), &offer)?;
    check(&offer, &answer)?;
    Ok((
        AudioTerms::agree(&offer, &answer)?,
        AudioTerms::agree(&answer, &offer)?,
    ))
}

#[test]
fn the_nine_pairs_of_security() {
    use Security::{Disabled, Enforced, Preferred};
    let mut table = String::new();
    for near in [Disabled, Preferred, Enforced] {
        for far in [Disabled, Preferred, Enforced] {
            let outcome = match negotiate(&terms(4000, near), &terms(5000, far)) {
                Ok((ours, theirs)) => {
                    assert_eq!(ours.keys.is_some(), theirs.keys.is_some());
                    if let (Some(ours), Some(theirs)) = (&ours.keys, &theirs.keys) {
                        assert_eq!((&ours.0, &ours.1), (&theirs.1, &theirs.0));
                    }
                    if ours.keys.is_some() {
                        "SRTP".to_owned()
                    } else {
                        "RTP".to_owned()
                    }
                }
                Err(error) => format!("{} {error}", error.status()),
            };
            table += &format!("{near:?} calls {far:?}: {outcome}\n");
        }
    }
    insta::assert_snapshot!(table);
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
    assert!(answer.media_at(0).unwrap().is_rejected());
    assert!(answer.media_at(1).unwrap().is_secure());
    let plain = terms(5000, Security::Disabled)
        .answer(&origin(), &both)
        .unwrap();
    assert!(!plain.media_at(0).unwrap().is_rejected());
    assert!(plain.media_at(1).unwrap().is_rejected());
}

#[test]
fn video_is_rejected_and_audio_goes_on() {
    let mut offer = terms(4000, Security::Disabled).offer(&origin());
    let mut video = offer.session().medias[0].clone();
    video.media = "video".to_owned();
    offer.session_mut().medias.push(video);
    let answer = terms(5000, Security::Disabled)
        .answer(&origin(), &offer)
        .unwrap();
    assert_eq!(
        answer
            .media()
            .map(|line| line.is_rejected())
            .collect::<Vec<_>>(),
        [false, true]
    );
    let again = terms(5000, Security::Disabled).reoffer(&origin(), &answer);
    assert_eq!(
        again
            .media()
            .map(|line| line.is_rejected())
            .collect::<Vec<_>>(),
        [false, true]
    );
}

#[test]
fn no_codec_and_no_audio_are_refused() {
    let mut other = terms(4000, Security::Disabled);
    other.codecs = vec![Codec::new(96, "opus", 48_000), Codec::telephone_event(101)];
    let refused = negotiate(&other, &terms(5000, Security::Disabled));
    assert_eq!(refused, Err(OfferAnswerError::NoCommonCodec));
    let mut offer = terms(4000, Security::Disabled).offer(&origin());
    offer.reject(0);
    let refused = terms(5000, Security::Disabled).answer(&origin(), &offer);
    assert_eq!(refused, Err(OfferAnswerError::NoAudio));
}

#[test]
fn the_old_hold_by_address_stops_our_sending() {
    let mut offer = terms(4000, Security::Disabled).offer(&origin());
    offer.set_rtp(0, SocketAddr::from(([0, 0, 0, 0], 4000)));
    let answer = terms(5000, Security::Disabled)
        .answer(&origin(), &offer)
        .unwrap();
    let agreed = AudioTerms::agree(&answer, &offer).unwrap();
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

proptest! {
    #[test]
    fn both_sides_always_agree_the_other_way_round(near in direction(), far in direction(), swap in any::<bool>()) {
        let (mut near_terms, mut far_terms) = (terms(4000, Security::Preferred), terms(5000, Security::Preferred));
        (near_terms.direction, far_terms.direction) = (near, far);
        if swap {
            far_terms.codecs.reverse();
            far_terms.cryptos.reverse();
        }
        let (ours, theirs) = negotiate(&near_terms, &far_terms).unwrap();
        prop_assert_eq!(ours.direction, theirs.direction.reversed());
        prop_assert_eq!(ours.direction, near.and(far.reversed()));
        prop_assert_eq!(ours.codec.name, theirs.codec.name);
        prop_assert_eq!(ours.telephone_event, theirs.telephone_event);
    }
}
