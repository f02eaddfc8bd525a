//! Whether two codecs are one media format, and how an offered one is answered: what each codec's fmtp means.
//!
//! RFC 3264 §6.1; RFC 4588 §8 (retransmissions are answered where they were offered); RFC 6184 §8.2.2 (H.264), RFC 7587 §7.1 (Opus: each side speaks of what it receives), RFC 4856 §2.1.9 (G.729),
//! RFC 4733 §2.4.1 (telephone events).

use crate::sdp::{Codec, H264Format, H264Profile};

/// How alike two formats are.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Likeness {
    /// One decodes what the other encodes, as far as is seen in practice.
    Close,
    /// The same configuration.
    Same,
}

/// Of `codecs` the one that is the same format as `wanted`, whatever its payload type. The same configuration goes before a
/// merely compatible one.
pub fn find<'c>(codecs: &'c [Codec], wanted: &Codec) -> Option<&'c Codec> {
    let close = || {
        codecs
            .iter()
            .filter_map(|codec| Some((likeness(codec, wanted)?, codec)))
    };
    let same = close().find(|(likeness, _)| *likeness == Likeness::Same);
    same.or_else(|| close().next()).map(|(_, codec)| codec)
}

/// `offered` as we answer it: with the offer's payload type and our parameters; `None` if none of `ours` is that format.
pub fn answer(offered: &Codec, ours: &[Codec]) -> Option<Codec> {
    let own = find(ours, offered)?;
    let fmtp = if own.is_h264() {
        let theirs = H264Format::read(offered.fmtp.as_deref());
        let answer = H264Format::read(own.fmtp.as_deref()).answer_to(&theirs);
        Some(answer.fmtp())
    } else {
        own.fmtp.clone()
    };
    let feedback = own.feedback.iter().copied();
    Some(Codec {
        payload_type: offered.payload_type,
        fmtp,
        feedback: feedback
            .filter(|kind| offered.feedback.contains(kind))
            .collect(),
        retransmission: offered
            .retransmission
            .filter(|_| own.retransmission.is_some()),
        ..own.clone()
    })
}

/// The offered codecs that we speak too, as we answer them, in the offer's order (RFC 3264 §6.1).
pub fn answers(offered: &[Codec], ours: &[Codec]) -> Vec<Codec> {
    offered
        .iter()
        .filter_map(|offered| answer(offered, ours))
        .collect()
}

fn likeness(one: &Codec, other: &Codec) -> Option<Likeness> {
    if !one.is_same_encoding(other) {
        return None;
    }
    if !one.is_h264() {
        return Some(Likeness::Same);
    }
    let (one, other) = (
        H264Format::read(one.fmtp.as_deref()),
        H264Format::read(other.fmtp.as_deref()),
    );
    if one.packetization_mode != other.packetization_mode {
        return None;
    }
    match (one.profile(), other.profile()) {
        (one, other) if one == other => Some(Likeness::Same),
        // Phones that say Baseline leave out the flag of the constrained one and mean it: the tools that only Baseline has
        // (slices in any order, redundant ones) are not seen from any of them.
        (H264Profile::Baseline, H264Profile::ConstrainedBaseline)
        | (H264Profile::ConstrainedBaseline, H264Profile::Baseline) => Some(Likeness::Close),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sdp::Feedback;

    fn h264(payload_type: u8, fmtp: &str) -> Codec {
        Codec {
            payload_type,
            fmtp: Some(fmtp.to_owned()),
            ..Codec::h264(0, &H264Format::constrained_baseline(31))
        }
    }

    #[test]
    fn h264_matches_by_profile_and_packetization_mode() {
        let ours = [
            h264(97, "profile-level-id=42e01f;packetization-mode=1"),
            h264(98, "profile-level-id=42e01f;packetization-mode=0"),
        ];
        let answered = |fmtp: &str| {
            answer(&h264(120, fmtp), &ours)
                .map(|codec| codec.to_string() + " " + &codec.fmtp.unwrap())
        };
        let mut table = String::new();
        for fmtp in [
            "profile-level-id=42e00d;packetization-mode=1",
            "profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1",
            "profile-level-id=428014",
            "profile-level-id=4d001f;packetization-mode=1",
            "profile-level-id=64001f;packetization-mode=1",
            "profile-level-id=42e01f;packetization-mode=2",
            "",
        ] {
            table += &format!(
                "{fmtp:?}: {}\n",
                answered(fmtp).unwrap_or("not answered".to_owned())
            );
        }
        insta::assert_snapshot!(table);
    }

    #[test]
    fn the_same_profile_goes_before_a_compatible_one() {
        let list = [
            h264(97, "profile-level-id=42e01f"),
            h264(98, "profile-level-id=42001f"),
        ];
        let wanted = h264(1, "profile-level-id=42801f");
        assert_eq!(find(&list, &wanted).unwrap().payload_type, 98);
        assert_eq!(find(&list[..1], &wanted).unwrap().payload_type, 97);
    }

    #[test]
    fn an_answer_has_their_number_our_parameters_and_the_feedback_of_both() {
        let ours = [
            Codec::opus(116).with_fmtp("maxaveragebitrate=20000"),
            Codec::g729(),
        ];
        let theirs = Codec::opus(96).with_fmtp("stereo=1");
        let answered = answer(&theirs, &ours).unwrap();
        assert_eq!(
            answered,
            Codec::opus(96).with_fmtp("maxaveragebitrate=20000")
        );
        assert_eq!(
            answer(&Codec::new(96, "opus", 48_000), &ours),
            None,
            "RFC 7587 §7: two channels"
        );
        let asked = Codec {
            feedback: vec![Feedback::Nack, Feedback::CcmFir],
            ..h264(99, "packetization-mode=1")
        };
        let known = Codec {
            feedback: vec![Feedback::NackPli, Feedback::CcmFir],
            ..h264(97, "profile-level-id=42e01f;packetization-mode=1")
        };
        let answered = answer(&asked, &[known]);
        assert_eq!(answered.unwrap().feedback, [Feedback::CcmFir]);
    }

    #[test]
    fn retransmissions_are_answered_by_the_offers_number_and_only_where_both_know_them() {
        let plain = h264(97, "packetization-mode=1");
        let repaired = plain.clone().with_retransmission(98);
        let offered = h264(120, "packetization-mode=1");
        let answered = |offered: Codec, ours: &Codec| {
            answer(&offered, std::slice::from_ref(ours)).map(|codec| codec.retransmission)
        };
        let known = offered.clone().with_retransmission(121);
        assert_eq!(answered(known.clone(), &repaired), Some(Some(121)));
        assert_eq!(answered(known, &plain), Some(None));
        assert_eq!(answered(offered, &repaired), Some(None));
    }
}
