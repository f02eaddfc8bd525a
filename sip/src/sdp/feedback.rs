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
}

impl Feedback {
    /// All that is known here.
    pub const ALL: [Feedback; 3] = [Feedback::Nack, Feedback::NackPli, Feedback::CcmFir];

    /// The words of the attribute after the payload type.
    pub fn as_str(self) -> &'static str {
        match self {
            Feedback::Nack => "nack",
            Feedback::NackPli => "nack pli",
            Feedback::CcmFir => "ccm fir",
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
        let known = Feedback::ALL
            .into_iter()
            .find(|known| known.as_str().split(' ').eq(kind.iter().copied()));
        found.extend(known.filter(|known| is_meant && !found.contains(known)));
    }
    found
}
