//! The lamp for waiting messages: watched at the system while the line is registered, if the settings say so (HIS-05).
//!
//! ```text
//! Dark ──registered, settings name the package──► Watching ──ended, worth another try──► Waiting ──► Watching
//!  ▲                                                 └──refused for good──► Given up
//!  └──logged out, registration lost──── (from any)
//! ```
//!
//! The lamp is on or off and nothing more: what else a summary says is not read. RFC 3842; RFC 6665 §4.1.

use std::time::Duration;

use sip::header::Event as EventHeader;
use sip::message::Request;
use sip::mwi::{CONTENT_TYPE, DEFAULT_EXPIRES_S, MessageSummary, PACKAGE};
use sip::user_agent::{Watch, WatchEnd, WatchId};

use crate::back_off::BackOff;
use crate::calls::Caller;
use crate::desk::Desk;
use crate::event::Event;
use crate::settings::Settings;

/// The lamp.
#[derive(Debug, Default)]
pub(crate) struct Lamp {
    /// From where it is watched; none while the line is not registered.
    caller: Option<Caller>,
    watch: Option<WatchId>,
    /// Watches that have been left and are not over yet.
    leaving: Vec<WatchId>,
    /// What the user was told last.
    told: Option<bool>,
    back_off: BackOff,
    /// When to try again.
    retry: Option<Duration>,
}

/// The word by which `SUBSCRIBE_LIST_NON_AVAYA` may name the package too.
const SHORT_NAME: &str = "mwi";

impl Lamp {
    /// The line is registered, anew or still: watches, if it does not yet and the settings name the package.
    pub(crate) fn handle_registered(
        &mut self,
        now: Duration,
        desk: &mut Desk,
        caller: Caller,
        settings: &Settings,
    ) {
        let is_named = |name: &String| {
            [PACKAGE, SHORT_NAME]
                .iter()
                .any(|known| name.eq_ignore_ascii_case(known))
        };
        let is_wanted = settings.subscriptions.iter().any(is_named);
        let is_same = |old: &Caller| old.hop == caller.hop && old.address == caller.address;
        if !is_wanted || self.caller.as_ref().is_some_and(is_same) {
            return;
        }
        self.handle_lost(desk);
        self.caller = Some(caller);
        self.back_off.succeeded();
        self.begin(now, desk);
    }

    /// The registration is lost, and with it the way by which the lamp was told.
    pub(crate) fn handle_lost(&mut self, desk: &mut Desk) {
        self.caller = None;
        self.retry = None;
        if let Some(watch) = self.watch.take() {
            desk.agent.forget_watch(watch);
        }
    }

    /// The user logs out: watches no longer, and forgets what was told.
    pub(crate) fn leave(&mut self, now: Duration, desk: &mut Desk) {
        self.caller = None;
        self.retry = None;
        self.told = None;
        if let Some(watch) = self.watch.take() {
            self.leaving.push(watch);
            desk.agent.unwatch(now, watch);
        }
    }

    /// The system has told the lamp's state. A body that is no summary tells nothing.
    pub(crate) fn handle_notified(&mut self, desk: &mut Desk, watch: WatchId, request: &Request) {
        if self.watch != Some(watch) {
            return;
        }
        self.back_off.succeeded();
        let is_summary = request
            .headers
            .content_type()
            .is_some_and(|kind| kind == CONTENT_TYPE);
        let text = String::from_utf8_lossy(&request.body);
        if let (true, Ok(MessageSummary { is_waiting })) = (is_summary, text.parse())
            && self.told.replace(is_waiting) != Some(is_waiting)
        {
            desk.tell(Event::MessageWaiting { is_waiting });
        }
    }

    /// A watch is over: another one is begun after a while, unless the system does not serve it.
    pub(crate) fn handle_ended(&mut self, now: Duration, watch: WatchId, end: &WatchEnd) {
        self.leaving.retain(|leaving| *leaving != watch);
        if self.watch.take_if(|own| *own == watch).is_some() && !is_final(end) {
            self.retry = Some(now + self.back_off.failed());
        }
    }

    pub(crate) fn handle_timeout(&mut self, now: Duration, desk: &mut Desk) {
        if self.retry.is_some_and(|retry| retry <= now) {
            self.retry = None;
            self.begin(now, desk);
        }
    }

    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.retry
    }

    /// Whether nothing is watched and nothing is under way.
    pub(crate) fn is_off(&self) -> bool {
        self.caller.is_none() && self.leaving.is_empty()
    }

    fn begin(&mut self, now: Duration, desk: &mut Desk) {
        let Some(caller) = self.caller.clone() else {
            return;
        };
        let watch = Watch {
            hop: caller.hop,
            uri: caller.address.uri.clone(),
            from: caller.address.clone(),
            to: caller.address,
            event: EventHeader::new(PACKAGE),
            accept: CONTENT_TYPE.to_owned(),
            expires_s: DEFAULT_EXPIRES_S,
            login: Some(caller.login),
        };
        self.watch = Some(desk.agent.watch(now, watch));
    }
}

/// Whether a watch that ended so will end so again (RFC 6665 §4.1.3, §8.3.2).
fn is_final(end: &WatchEnd) -> bool {
    match end {
        WatchEnd::Local => true,
        WatchEnd::Failed(_) => false,
        WatchEnd::Refused(response) => match response.status {
            // Gone, too busy or silent: that may change.
            408 | 480 | 481 | 486 => false,
            status => !(500..600).contains(&status),
        },
        WatchEnd::Terminated(state) => state
            .params
            .get("reason")
            .is_some_and(|reason| matches!(reason, "rejected" | "noresource" | "invariant")),
    }
}
