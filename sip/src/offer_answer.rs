//! Offer and answer: whose turn it is, and whether an answer fits its offer. Pure; bodies go through untouched.
//!
//! ```text
//!            offer ──► Offered ──answer came──┐
//! Stable ──┤              └──refused──────────┼──► Stable
//!            offer came ──► Answering ──answer─┘   (a refused offer leaves all as it was)
//! ```
//!
//! What the m-lines of an offer or an answer say is made in [`terms`]; what both come to is read in [`agreement`].
//!
//! RFC 3264; RFC 3261 §13.2.1, §14; RFC 6337 §2.2.

use crate::sdp::{Direction, Sdp};

pub mod agreement;
pub mod format;
pub mod terms;

pub use agreement::{Agreed, Agreement};
pub use terms::{LineTerms, MediaTerms, Security};

/// Why an offer or an answer cannot be taken or given. The first two are the caller's fault, the others the peer's.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum OfferAnswerError {
    /// It is not this side's turn.
    #[error("out of turn: {0}")]
    OutOfTurn(&'static str),
    /// A later offer must keep all m-lines (RFC 3264 §8).
    #[error("an offer of {offered} m-lines after {before}")]
    LinesDropped {
        /// M-lines in use.
        before: usize,
        /// M-lines in the new offer.
        offered: usize,
    },
    /// Both sides made an offer (RFC 3261 §14.2: answer 491).
    #[error("offers crossed")]
    Glare,
    /// The answer has another number of m-lines than the offer (RFC 3264 §6).
    #[error("{offered} m-lines offered, {answered} answered")]
    LinesDiffer {
        /// M-lines in the offer.
        offered: usize,
        /// M-lines in the answer.
        answered: usize,
    },
    /// A line of the answer is of another kind or protocol than the offer's (RFC 3264 §6).
    #[error("m-line {line}: {offered:?} offered, {answered:?} answered")]
    LineDiffers {
        /// Place of the m-line, from 0.
        line: usize,
        /// Kind and protocol of the offer.
        offered: String,
        /// Kind and protocol of the answer.
        answered: String,
    },
    /// The answer sends or receives what the offer does not allow (RFC 3264 §6.1).
    #[error("m-line {line}: {answered:?} answers {offered:?}")]
    DirectionWidened {
        /// Place of the m-line, from 0.
        line: usize,
        /// Direction of the offer.
        offered: Direction,
        /// Direction of the answer.
        answered: Direction,
    },
    /// There is no audio line, or it is rejected.
    #[error("no audio")]
    NoAudio,
    /// No codec in common.
    #[error("no codec in common")]
    NoCommonCodec,
    /// One side demands SRTP, the other does not do it, or no suite in common.
    #[error("no agreement on encryption")]
    NoCommonSecurity,
}

impl OfferAnswerError {
    /// The status that answers a request with such a body.
    pub fn status(&self) -> u16 {
        match self {
            Self::OutOfTurn(_) => 500,
            Self::Glare => 491,
            Self::LinesDropped { .. }
            | Self::LinesDiffer { .. }
            | Self::LineDiffers { .. }
            | Self::DirectionWidened { .. }
            | Self::NoAudio
            | Self::NoCommonCodec
            | Self::NoCommonSecurity => 488,
        }
    }
}

/// Whose turn it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum State {
    /// Nothing is under way; either side may offer.
    Stable,
    /// Our offer waits for its answer.
    Offered,
    /// Their offer waits for our answer.
    Answering,
}

/// The descriptions of one session.
#[derive(Clone, Debug)]
pub struct Negotiation {
    state: State,
    local: Option<Sdp>,
    remote: Option<Sdp>,
    /// The offer under way, ours or theirs.
    pending: Option<Sdp>,
}

use State::{Answering, Offered, Stable};

impl Negotiation {
    /// Nothing agreed yet.
    pub fn new() -> Self {
        Self {
            state: Stable,
            local: None,
            remote: None,
            pending: None,
        }
    }

    /// Makes an offer.
    pub fn offer(&mut self, offer: Sdp) -> Result<(), OfferAnswerError> {
        self.expect(Stable, "an offer is under way")?;
        keeps_lines(self.local.as_ref(), &offer)?;
        self.enter(Offered, Some(offer));
        Ok(())
    }

    /// Takes the answer to our offer.
    pub fn handle_answer(&mut self, answer: Sdp) -> Result<(), OfferAnswerError> {
        self.expect(Offered, "no offer of ours is under way")?;
        let Some(offer) = self.pending.take() else {
            return Err(OfferAnswerError::OutOfTurn("no offer"));
        };
        // Phones exist that answer every hold with sendrecv: what they may not do is left out of the agreement.
        if let Err(error) = check_lines(&offer, &answer) {
            // A senseless answer leaves all as it was; the session's user decides whether to go on.
            self.enter(Stable, None);
            return Err(error);
        }
        (self.local, self.remote) = (Some(offer), Some(answer));
        self.enter(Stable, None);
        Ok(())
    }

    /// Takes an offer.
    pub fn handle_offer(&mut self, offer: Sdp) -> Result<(), OfferAnswerError> {
        if self.state == Offered {
            return Err(OfferAnswerError::Glare);
        }
        self.expect(Stable, "an offer of theirs is under way")?;
        keeps_lines(self.remote.as_ref(), &offer)?;
        self.enter(Answering, Some(offer));
        Ok(())
    }

    /// Answers their offer.
    pub fn answer(&mut self, answer: Sdp) -> Result<(), OfferAnswerError> {
        self.expect(Answering, "no offer of theirs is under way")?;
        let Some(offer) = &self.pending else {
            return Err(OfferAnswerError::OutOfTurn("no offer"));
        };
        check(offer, &answer)?;
        (self.local, self.remote) = (Some(answer), self.pending.take());
        self.enter(Stable, None);
        Ok(())
    }

    /// The offer under way was refused, or is; all stays as it was.
    pub fn refuse(&mut self) {
        self.enter(Stable, None);
    }

    /// Whose turn it is.
    pub fn state(&self) -> State {
        self.state
    }

    /// What we said last, agreed.
    pub fn local(&self) -> Option<&Sdp> {
        self.local.as_ref()
    }

    /// What they said last, agreed.
    pub fn remote(&self) -> Option<&Sdp> {
        self.remote.as_ref()
    }

    /// The offer under way.
    pub fn pending(&self) -> Option<&Sdp> {
        self.pending.as_ref()
    }

    fn expect(&self, state: State, otherwise: &'static str) -> Result<(), OfferAnswerError> {
        if self.state == state {
            Ok(())
        } else {
            Err(OfferAnswerError::OutOfTurn(otherwise))
        }
    }

    /// The one place where the state changes.
    fn enter(&mut self, state: State, pending: Option<Sdp>) {
        self.state = state;
        self.pending = pending;
    }
}

impl Default for Negotiation {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether a later offer keeps all m-lines of an earlier description.
fn keeps_lines(before: Option<&Sdp>, offer: &Sdp) -> Result<(), OfferAnswerError> {
    let (before, offered) = (
        before.map_or(0, |sdp| sdp.media().count()),
        offer.media().count(),
    );
    if offered < before {
        Err(OfferAnswerError::LinesDropped { before, offered })
    } else {
        Ok(())
    }
}

/// Whether an answer fits its offer line by line, and does no more than the offer allows (RFC 3264 §6).
pub fn check(offer: &Sdp, answer: &Sdp) -> Result<(), OfferAnswerError> {
    check_lines(offer, answer)?;
    for (line, (ours, theirs)) in offer.media().zip(answer.media()).enumerate() {
        let (offered, answered) = (ours.direction(), theirs.direction());
        if !theirs.is_rejected() && answered.and(offered.reversed()) != answered {
            return Err(OfferAnswerError::DirectionWidened {
                line,
                offered,
                answered,
            });
        }
    }
    Ok(())
}

/// Whether an answer has the lines of its offer.
fn check_lines(offer: &Sdp, answer: &Sdp) -> Result<(), OfferAnswerError> {
    let (offered, answered) = (offer.media().count(), answer.media().count());
    if offered != answered {
        return Err(OfferAnswerError::LinesDiffer { offered, answered });
    }
    for (line, (ours, theirs)) in offer.media().zip(answer.media()).enumerate() {
        let is_same =
            ours.kind() == theirs.kind() && ours.protocol().eq_ignore_ascii_case(theirs.protocol());
        // A rejected line says nothing but its place.
        if !is_same && !theirs.is_rejected() {
            let text = |kind: &str, protocol: &str| format!("{kind} {protocol}");
            return Err(OfferAnswerError::LineDiffers {
                line,
                offered: text(ours.kind(), ours.protocol()),
                answered: text(theirs.kind(), theirs.protocol()),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
