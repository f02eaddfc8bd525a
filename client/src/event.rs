//! What a user sees of the softphone.

use sip::offer_answer::OfferAnswerError;
use sip::user_agent::RegistrationFailure;

use crate::command::CallId;
use crate::discovery::DiscoveryError;
use crate::meeting;
use crate::messaging;
use crate::settings::{Controller, Remark};

/// Something that a user sees.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// The settings file was read and applied.
    SettingsApplied {
        /// Its address.
        url: String,
        /// Lines that were not followed: unused names, invalid values (CFG-03).
        remarks: Vec<Remark>,
    },
    /// The registration stands (again).
    LoggedIn {
        /// Where.
        controller: Controller,
        /// For how long it was granted, in seconds; it is refreshed before.
        expires_s: u32,
    },
    /// No login, and no further attempt.
    LoginFailed {
        /// Why.
        error: LoginError,
    },
    /// A registrar did not take us or was lost; the next one on the list is tried, or the first again after a wait.
    LineTrouble {
        /// Where.
        controller: Controller,
        /// Whose fault.
        failure: RegistrationFailure,
        /// The registrar's status, if it gave one.
        status: Option<u16>,
        /// When the next attempt comes, in seconds.
        retry_in_s: u64,
    },
    /// The registration was taken back.
    LoggedOut,
    /// Messages wait for the user, or none do any more; how many is not told (HIS-05). Comes when the lamp is first known
    /// after a login and whenever it changes.
    MessageWaiting {
        /// Whether the lamp is on.
        is_waiting: bool,
    },

    /// Somebody calls.
    IncomingCall {
        /// The new call.
        call: CallId,
        /// Who it is.
        party: Party,
        /// Whether a picture is offered that we can take.
        has_video: bool,
    },
    /// Our call has begun: ports are open and the INVITE is out.
    Calling {
        /// The new call.
        call: CallId,
        /// As dialled.
        number: String,
    },
    /// The other side rings.
    Ringing {
        /// Which call.
        call: CallId,
        /// Whether early media is heard (ring-back or an announcement).
        has_early_media: bool,
    },
    /// The call stands, and media go as agreed.
    Talking {
        /// Which call.
        call: CallId,
        /// What was agreed.
        media: MediaSummary,
    },
    /// The first picture of the other side has come.
    VideoStarted {
        /// Which call.
        call: CallId,
    },
    /// The camera is blocked or not.
    VideoBlocked {
        /// Which call.
        call: CallId,
        /// Whether.
        blocked: bool,
    },
    /// We have put the call on hold, and the other side knows.
    Held {
        /// Which call.
        call: CallId,
    },
    /// We have retrieved the call, and the other side knows.
    Retrieved {
        /// Which call.
        call: CallId,
    },
    /// The other side refused a hold or retrieve; our side of the sound is as we wanted it all the same.
    HoldRefused {
        /// Which call.
        call: CallId,
        /// Its status; 408 when nobody answered.
        status: u16,
    },
    /// The other side has put us on hold.
    HeldByOther {
        /// Which call.
        call: CallId,
    },
    /// The other side has retrieved us.
    RetrievedByOther {
        /// Which call.
        call: CallId,
    },
    /// Muted or not.
    Muted {
        /// Which call.
        call: CallId,
        /// Whether.
        muted: bool,
    },
    /// The other side pressed a key.
    Digit {
        /// Which call.
        call: CallId,
        /// `0`-`9`, `*`, `#`, `A`-`D`.
        digit: char,
    },
    /// Answers `Command::Measure`.
    Measured {
        /// Which call.
        call: CallId,
        /// What was heard so far.
        measurement: Box<Measurement>,
    },
    /// A call is over.
    Ended {
        /// Which call.
        call: CallId,
        /// Why.
        reason: EndReason,
        /// What was heard over the whole call; `None` if there was no sound.
        measurement: Option<Box<Measurement>>,
        /// What was heard and said, if the client records.
        recording: Option<Recording>,
    },
    /// A command could not be carried out.
    Refused {
        /// The call it was about, if any.
        call: Option<CallId>,
        /// Why.
        error: CommandError,
    },
    /// Something from messaging.
    Messaging(messaging::Event),
    /// Something from the meeting.
    Meeting(meeting::Event),
}

/// Who is at the other end.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Party {
    /// Number or user name; empty when withheld.
    pub number: String,
    /// Name to show, if there is one.
    pub name: Option<String>,
}

/// What was agreed about media.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MediaSummary {
    /// Encoding name of the sound: `PCMA`, `G722`, `opus`, ...
    pub codec: String,
    /// Rate of what is said and heard, in Hz.
    pub rate_hz: u32,
    /// Encoding name of the picture; `None` if there is none.
    pub video: Option<String>,
    /// SRTP suite; `None` in the clear.
    pub suite: Option<String>,
    /// Whether telephone digits can be sent.
    pub has_digits: bool,
}

/// What the ear heard and the stream counted.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    /// Frequency, level, gaps, delay.
    pub heard: media::ear::Heard,
    /// Packets, loss, jitter, round trip, quality.
    pub statistics: media::stream::StreamStatistics,
    /// Pictures sent and seen; `None` if there was no picture.
    pub video: Option<media::video::VideoStatistics>,
    /// How near the picture shown is to the one captured, if a test pattern is shown; not told at the end of a call.
    pub fidelity: Option<media::video::Fidelity>,
}

/// Samples of one call.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Recording {
    /// Their rate, which is the codec's, in Hz.
    pub rate_hz: u32,
    /// What was heard.
    pub heard: Vec<i16>,
    /// What was said.
    pub said: Vec<i16>,
}

/// Why a call ended.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum EndReason {
    /// This side hung up.
    Local,
    /// The other side hung up.
    Remote,
    /// The caller gave up before we answered: a missed call.
    CallerGaveUp,
    /// Another device of ours answered: CANCEL with `Reason: SIP;cause=200` (HIS-03).
    AnsweredElsewhere,
    /// The other side refused.
    Rejected {
        /// Status.
        status: u16,
        /// Reason phrase.
        text: String,
    },
    /// Nobody answered, not even provisionally, or a request of the standing call got no answer.
    Silence,
    /// The connection to the server was lost.
    ConnectionLost,
    /// What the other side said about sound could not be agreed with.
    NoAgreement(OfferAnswerError),
    /// There are no free ports for sound in the configured range.
    NoPorts,
}

/// Why a login failed for good.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LoginError {
    /// The e-mail address led to no settings file.
    #[error("no settings for this address: {0}")]
    Discovery(#[from] DiscoveryError),
    /// There is nobody to ask about e-mail addresses.
    #[error("no accounts host is configured; type the address of the settings file")]
    NoAccounts,
    /// The settings file could not be had.
    #[error("no settings from {url}: {reason}")]
    Settings {
        /// Its address.
        url: String,
        /// What went wrong.
        reason: String,
    },
    /// The settings name no system to register with.
    #[error("the settings from {url} name no SIP_CONTROLLER_LIST")]
    NoController {
        /// The file's address.
        url: String,
    },
    /// The registrar refused the user or the password, or knows no such user or domain: trying again is useless.
    #[error("{controller} refuses the registration: {failure:?}")]
    Refused {
        /// Who.
        controller: Controller,
        /// Why.
        failure: RegistrationFailure,
        /// Its status.
        status: Option<u16>,
    },
}

/// Why a command could not be carried out.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// Not logged in.
    #[error("not logged in")]
    NotLoggedIn,
    /// There is no such call.
    #[error("no such call")]
    NoSuchCall,
    /// The call's state has no place for this.
    #[error("not possible in the call's state")]
    OutOfTurn,
    /// There are as many calls as the client can hold.
    #[error("too many calls")]
    TooManyCalls,
    /// The number cannot be dialled.
    #[error("{0:?} is no number or address")]
    NotANumber(String),
    /// The settings switch video off, or the call has no picture.
    #[error("there is no video")]
    NoVideo,
    /// A digit that is none, or digits that the other side does not take.
    #[error("digits cannot be sent: {0}")]
    Digits(&'static str),
    /// Encryption is enforced, but the way to the server is not protected: the keys would be read on the way.
    #[error("encryption is enforced, but SIP travels without TLS")]
    KeysInClear,
    /// Messaging has not been started, or is too busy.
    #[error("messaging is not there")]
    NoMessaging,
    /// There is no meeting, or it is too busy.
    #[error("not in a meeting")]
    NoMeeting,
    /// There is a meeting already.
    #[error("in a meeting already")]
    InMeeting,
}

impl Measurement {
    /// Share of the packets that were not there when their turn came, 0 to 1.
    pub fn loss(&self) -> f64 {
        self.statistics.effective_loss()
    }

    /// Mean opinion score of listening quality, 1 to 4.5; `None` before the first packet.
    pub fn mos(&self) -> Option<f64> {
        self.statistics.quality.map(|quality| quality.mos_lq)
    }

    /// Delay from the far mouth to this ear in milliseconds, if the far side says a marked tone.
    pub fn delay_ms(&self) -> Option<f64> {
        self.heard.delay.map(|delay| delay.latest_us as f64 / 1e3)
    }
}
