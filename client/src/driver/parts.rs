//! Parts of the softphone that are tasks of their own: messaging at Zang Spaces, a meeting at Meetings Online.
//!
//! Each has a bounded queue of commands and sends its events back by a bounded queue; a part that is lost costs the others
//! nothing (MSG-11, MTG-10).

use net::Host;
use net::tls::Trust;
use tokio::sync::mpsc;

use crate::command::Command;
use crate::event::CommandError;
use crate::meeting::{self, Meeting};
use crate::messaging::{self, Messaging};

/// Events of each part that wait to be passed on.
const EVENTS_MAX: usize = 1_024;

/// The parts that have been started.
pub(super) struct Parts {
    host: Host,
    trust: Trust,
    messaging: Option<Messaging>,
    meeting: Option<Meeting>,
    from_messaging: mpsc::Sender<messaging::Event>,
    from_meeting: mpsc::Sender<meeting::Event>,
}

/// Where the events of the parts come out.
pub(super) struct PartEvents {
    pub(super) messaging: mpsc::Receiver<messaging::Event>,
    pub(super) meeting: mpsc::Receiver<meeting::Event>,
}

impl Parts {
    pub(super) fn new(host: &Host, trust: &Trust) -> (Self, PartEvents) {
        let (from_messaging, messaging) = mpsc::channel(EVENTS_MAX);
        let (from_meeting, meeting) = mpsc::channel(EVENTS_MAX);
        let parts = Self {
            host: host.clone(),
            trust: trust.clone(),
            messaging: None,
            meeting: None,
            from_messaging,
            from_meeting,
        };
        (parts, PartEvents { messaging, meeting })
    }

    /// Carries out a command for a part; gives back one that is for none.
    pub(super) fn handle(&mut self, command: Command) -> Result<Option<Command>, CommandError> {
        if let Command::StartMessaging(account) = command {
            let sender = self.from_messaging.clone();
            self.messaging = Some(Messaging::start(&self.host, &self.trust, account, sender));
        } else if let Command::Messaging(command) = command {
            let taken = self
                .messaging
                .as_ref()
                .is_some_and(|messaging| messaging.command(command));
            return if taken {
                Ok(None)
            } else {
                Err(CommandError::NoMessaging)
            };
        } else if let Command::JoinMeeting(invitation) = command {
            if self
                .meeting
                .as_ref()
                .is_some_and(|meeting| !meeting.has_ended())
            {
                return Err(CommandError::InMeeting);
            }
            let sender = self.from_meeting.clone();
            self.meeting = Some(Meeting::start(&self.host, &self.trust, invitation, sender));
        } else if let Command::Meeting(command) = command {
            let taken = self
                .meeting
                .as_ref()
                .is_some_and(|meeting| meeting.command(command));
            return if taken {
                Ok(None)
            } else {
                Err(CommandError::NoMeeting)
            };
        } else {
            return Ok(Some(command));
        }
        Ok(None)
    }
}
