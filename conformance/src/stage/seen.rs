//! What a party can be expected to see.

use client::{EndReason, Event};
use client::{meeting, messaging};

/// Something a party is expected to see.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    /// The registration stands.
    Registered,
    /// No registration, and no further attempt.
    LoginFailed,
    /// A registrar refused or was lost; the client goes on trying.
    LineTrouble,
    /// The registration was taken back.
    LoggedOut,
    /// The settings file was read.
    Settings,
    /// Messages wait, or none do any more.
    MessageWaiting(bool),
    /// A call comes in.
    Ringing,
    /// The far side rings.
    RingBack,
    /// A call stands, or stands again after the far side held it.
    Talking,
    /// The first picture of the far side has come.
    Picture,
    /// The far side holds the call.
    Held,
    /// The far side knows that we hold the call.
    Holding,
    /// The far side knows that we retrieved the call.
    Retrieved,
    /// A call is over, for whatever reason.
    Ended,
    /// A call was refused with this status.
    Refused(u16),
    /// The caller gave up.
    Missed,
    /// Another device of the same user answered.
    AnsweredElsewhere,
    /// This digit was pressed at the far side.
    Digit(char),
    /// A command could not be carried out.
    NotPossible,
    /// Messaging is connected.
    MessagingOnline,
    /// Messaging is lost for now.
    MessagingOffline,
    /// This text came from a colleague.
    Message(&'static str),
    /// One's own message with this text is at the server.
    Sent(&'static str),
    /// So many are in the room.
    Roster(usize),
    /// Sound goes both ways in the room.
    MeetingTalking,
    /// The first picture of somebody in the room.
    MeetingPicture,
    /// The meeting is over for us.
    MeetingLeft,
}

impl Seen {
    /// Whether this event is it.
    pub fn fits(&self, event: &Event) -> bool {
        match (self, event) {
            (Self::Registered, Event::LoggedIn { .. })
            | (Self::LoginFailed, Event::LoginFailed { .. })
            | (Self::LineTrouble, Event::LineTrouble { .. })
            | (Self::LoggedOut, Event::LoggedOut)
            | (Self::Settings, Event::SettingsApplied { .. })
            | (Self::Ringing, Event::IncomingCall { .. })
            | (Self::RingBack, Event::Ringing { .. })
            | (Self::Talking, Event::Talking { .. } | Event::RetrievedByOther { .. })
            | (Self::Picture, Event::VideoStarted { .. })
            | (Self::Held, Event::HeldByOther { .. })
            | (Self::Holding, Event::Held { .. })
            | (Self::Retrieved, Event::Retrieved { .. })
            | (Self::NotPossible, Event::Refused { .. })
            | (Self::Ended, Event::Ended { .. }) => true,
            (_, Event::Ended { reason, .. }) => self.fits_end(reason),
            (Self::Digit(expected), Event::Digit { digit, .. }) => expected == digit,
            (Self::MessageWaiting(expected), Event::MessageWaiting { is_waiting }) => {
                expected == is_waiting
            }
            (_, Event::Messaging(event)) => self.fits_messaging(event),
            (_, Event::Meeting(event)) => self.fits_meeting(event),
            _ => false,
        }
    }

    fn fits_end(&self, reason: &EndReason) -> bool {
        match (self, reason) {
            (Self::Refused(expected), EndReason::Rejected { status, .. }) => expected == status,
            (Self::Missed, EndReason::CallerGaveUp)
            | (Self::AnsweredElsewhere, EndReason::AnsweredElsewhere) => true,
            _ => false,
        }
    }

    fn fits_messaging(&self, event: &messaging::Event) -> bool {
        match (self, event) {
            (Self::MessagingOnline, messaging::Event::Online)
            | (
                Self::MessagingOffline,
                messaging::Event::Offline { .. } | messaging::Event::Unavailable { .. },
            ) => true,
            (Self::Message(text), messaging::Event::Message(message)) => {
                !message.own && message.text == *text
            }
            (Self::Sent(text), messaging::Event::Message(message)) => {
                message.own && message.text == *text
            }
            _ => false,
        }
    }

    fn fits_meeting(&self, event: &meeting::Event) -> bool {
        match (self, event) {
            (Self::Roster(count), meeting::Event::Roster { participants, .. }) => {
                participants.len() == *count
            }
            (Self::MeetingTalking, meeting::Event::Talking { .. })
            | (Self::MeetingPicture, meeting::Event::VideoStarted { .. })
            | (Self::MeetingLeft, meeting::Event::Left { .. }) => true,
            _ => false,
        }
    }

    /// In words, after "sees".
    pub fn words(&self) -> String {
        match self {
            Self::Registered => "its registration stand".to_owned(),
            Self::LoginFailed => "its login fail for good".to_owned(),
            Self::LineTrouble => "trouble with its line".to_owned(),
            Self::LoggedOut => "its registration taken back".to_owned(),
            Self::Settings => "its settings applied".to_owned(),
            Self::MessageWaiting(true) => "its lamp go on".to_owned(),
            Self::MessageWaiting(false) => "its lamp go off".to_owned(),
            Self::Ringing => "a call come in".to_owned(),
            Self::RingBack => "the far side ring".to_owned(),
            Self::Talking => "the call stand".to_owned(),
            Self::Picture => "the far side's picture".to_owned(),
            Self::Held => "the call held by the far side".to_owned(),
            Self::Holding => "its hold confirmed".to_owned(),
            Self::Retrieved => "its retrieval confirmed".to_owned(),
            Self::Ended => "the call end".to_owned(),
            Self::Refused(status) => format!("the call refused with {status}"),
            Self::Missed => "the caller give up".to_owned(),
            Self::AnsweredElsewhere => "the call answered on another device".to_owned(),
            Self::Digit(digit) => format!("the digit {digit}"),
            Self::NotPossible => "that it is not possible".to_owned(),
            Self::MessagingOnline => "messaging connected".to_owned(),
            Self::MessagingOffline => "messaging lost".to_owned(),
            Self::Message(text) => format!("the message \"{text}\""),
            Self::Roster(count) => format!("{count} in the room"),
            Self::MeetingTalking => "sound in the room".to_owned(),
            Self::MeetingPicture => "a picture in the room".to_owned(),
            Self::MeetingLeft => "the meeting left".to_owned(),
            Self::Sent(text) => format!("its message \"{text}\" at the server"),
        }
    }
}
