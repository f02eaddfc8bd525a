//! `a=rtcp-fb`: what a receiver may ask of a sender by RTCP. RFC 4585 §4.2, RFC 5104 §7.

/// One kind of feedback.
///
/// The RFC ties the attribute to the profiles AVPF and SAVPF. Softphones say it on AVP lines too, where who does not know it
/// passes over it; it is read and written there as well.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Feedback {
    /// `nack`: lost packets by their numbers.
    Nack,
    /// `nack pli`: a picture was lost, a key frame is wanted.
    NackPli,
    /// `ccm fir`: a key frame is wanted for another reason (RFC 5104 §4.3.1).
    CcmFir,
    /// `ccm tmmbr`: a source is asked to stay below a rate (RFC 5104 §4.2). What follows, `smaxpr`, is passed over.
    CcmTmmbr,
    /// `goog-remb`: the receiver tells what it believes can reach it (draft-alvestrand-rmcat-remb-03).
    GoogRemb,
}

impl Feedback {
    /// All that is known here.
    pub const ALL: [Feedback; 5] = [
        Feedback::Nack,
        Feedback::NackPli,
        Feedback::CcmFir,
        Feedback::CcmTmmbr,
        Feedback::GoogRemb,
    ];

    /// The words of the attribute after the payload type.
    pub fn as_str(self) -> &'static str {
        match self {
            Feedback::Nack => "nack",
            Feedback::NackPli => "nack pli",
            Feedback::CcmFir => "ccm fir",
            Feedback::CcmTmmbr => "ccm tmmbr",
            Feedback::GoogRemb => "goog-remb",
        }
    }
}

/// The feedback that an m-line offers for a payload type, in its order; kinds that are not known are left out.
pub(super) fn read(payload_type: u8, media: &sdp_types::Media) -> Vec<Feedback> {
    let mut found = Vec::new();
    for attribute in &media.attributes {
        if attribute.attribute != "rtcp-fb" {
            continue;
        }
        let text = attribute.value.as_deref().unwrap_or("");
        let mut words = text.split_ascii_whitespace();
        let is_meant = words
            .next()
            .is_some_and(|target| target == "*" || target.parse() == Ok(payload_type));
        let kind: Vec<&str> = words.collect();
        let known = Feedback::ALL.into_iter().find(|known| {
            // RFC 5104 §7.1: parameters may follow.
            let said = if *known == Feedback::CcmTmmbr {
                &kind[..kind.len().min(2)]
            } else {
                &kind[..]
            };
            known.as_str().split(' ').eq(said.iter().copied())
        });
        found.extend(known.filter(|known| is_meant && !found.contains(known)));
    }
    found
}
