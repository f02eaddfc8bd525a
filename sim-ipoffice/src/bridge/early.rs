//! Early media: what the called device says before it answers (an announcement, its own ringing tone) reaches the caller.
//!
//! ```text
//! 183 with SDP ──► both legs are connected as if answered ──2xx of the same device──► the same answer again
//!                                                        └──2xx with another answer──► answered anew
//! ```
//!
//! Of several devices the first that speaks is heard, until one of them answers; the others ring unheard. Whoever answers, the
//! caller's side keeps its ports and its key, so that a caller who holds to what was said first loses nothing.
//!
//! RFC 3261 §13.2.1; RFC 3960 §3.2 (gateway model); RFC 6337 §3.1.1.

use bytes::Bytes;
use media::relay::Side;
use sip::event::SessionId;
use sip::user_agent::{Body, Reply};

use super::call::{Call, Party};
use crate::desk::Desk;
use crate::negotiation::{Leg, Refusal};

/// What was agreed with both sides before the answer.
#[derive(Debug)]
pub(super) struct Early {
    /// The device whose voice it is.
    session: SessionId,
    /// What the device said.
    heard: Bytes,
    /// Both legs as agreed.
    a: Leg,
    b: Leg,
    /// What the caller was told.
    told: Body,
}

impl Call {
    /// Connects both legs by a provisional answer; gives what the caller is told, if there is something to be heard.
    pub(super) fn hear_early(
        &mut self,
        desk: &mut Desk<'_>,
        session: SessionId,
        body: &Bytes,
    ) -> Option<Reply> {
        let fork = self.forks.iter().find(|fork| fork.session == session)?;
        if body.is_empty() || self.offer.is_none() || self.early.is_some() {
            return None;
        }
        // Both legs stay as they are until the final answer: a senseless early one is of no weight.
        let (mut a, mut b) = (self.a.leg.clone(), fork.leg.clone()?);
        let said = b.hear_answer(body).ok()?;
        let answered = a.answer(&said, desk.entropy).ok()?;
        desk.house
            .tie(self.room, Side::A, (&a, &b), &answered, desk.entropy);
        let told = Body::sdp(answered.sdp.write());
        self.early = Some(Early {
            session,
            heard: body.clone(),
            a,
            b,
            told: told.clone(),
        });
        Some(Reply::new(183).with_body(told))
    }

    /// The final answer of the device whose early media is heard: what was agreed stands, and is said again, unless the
    /// device now says something else; then the caller's offer is answered anew.
    pub(super) fn confirm_early(
        &mut self,
        session: SessionId,
        body: &Bytes,
    ) -> Result<Option<Reply>, Refusal> {
        let Some(early) = self.early.take() else {
            return Ok(None);
        };
        self.a.leg = early.a;
        if early.session == session && (body.is_empty() || *body == early.heard) {
            self.b = Some(Party {
                session,
                leg: early.b,
            });
            self.record_media();
            return Ok(Some(Reply::new(200).with_body(early.told)));
        }
        self.a.leg.hear_offer(&self.request.body)?;
        Ok(None)
    }
}
