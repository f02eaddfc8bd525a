//! What a user can ask of the softphone.

use std::sync::Arc;

use crate::meeting;
use crate::messaging;
use crate::settings::ControllerTransport;

/// One call of this client; numbers are never used again.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct CallId(pub u64);

/// What a user can ask. What cannot be done now is answered by [`crate::Event::Refused`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Command {
    /// Registers; whoever was registered before is logged out first.
    LogIn(LogIn),
    /// Ends all calls and takes the registration back.
    LogOut,
    /// Calls a number, or a `sip:`, `sips:` or `tel:` URI. An active call is put on hold first (TEL-05).
    Call {
        /// As typed; separators are removed (DIA-01).
        number: String,
        /// Whether to show and see a picture (TEL-02). A side without one is heard all the same.
        video: bool,
    },
    /// Answers an incoming call. An active call is put on hold first (TEL-05).
    Answer {
        /// Which call.
        call: CallId,
        /// Whether to take the picture, if one is offered.
        video: bool,
    },
    /// Ends a call whatever its state; refuses an incoming one (486).
    HangUp {
        /// Which call.
        call: CallId,
    },
    /// Puts a call on hold (TEL-04).
    Hold {
        /// Which call.
        call: CallId,
    },
    /// Retrieves a call from hold; another active call is put on hold first.
    Retrieve {
        /// Which call.
        call: CallId,
    },
    /// Mutes or unmutes the microphone: no SIP, packets of silence (TEL-06).
    Mute {
        /// Which call.
        call: CallId,
        /// Whether to mute.
        muted: bool,
    },
    /// Blocks or unblocks the camera: no SIP, no pictures, the sound untouched (TEL-06).
    BlockVideo {
        /// Which call.
        call: CallId,
        /// Whether to block.
        blocked: bool,
    },
    /// Sends telephone digits by RFC 4733, one after the other.
    Digits {
        /// Which call.
        call: CallId,
        /// `0`-`9`, `*`, `#`, `A`-`D`.
        digits: String,
    },
    /// Says something else into a call from now on.
    Say {
        /// Which call.
        call: CallId,
        /// What.
        voice: Voice,
    },
    /// Has the ear of a call measure the level at these frequencies too, at most 16.
    Listen {
        /// Which call.
        call: CallId,
        /// The frequencies in Hz.
        frequencies_hz: Vec<f64>,
    },
    /// Asks what was heard so far: [`crate::Event::Measured`] answers.
    Measure {
        /// Which call.
        call: CallId,
    },
    /// Signs in to messaging at Zang Spaces (MSG-01).
    StartMessaging(messaging::Account),
    /// Something for messaging.
    Messaging(messaging::Command),
    /// Joins a room of Meetings Online (MTG-02); one meeting at a time.
    JoinMeeting(meeting::Invitation),
    /// Something for the meeting.
    Meeting(meeting::Command),
}

/// By what way the registrar and its settings are found.
#[derive(Clone, Debug)]
pub enum LogIn {
    /// By the address of the settings file (CFG-02).
    Settings {
        /// `http` or `https` URL; a host alone means `https://<host>/46xxsettings.txt`.
        url: String,
        /// Extension number.
        user: String,
        /// Its password.
        password: String,
    },
    /// By an e-mail address, for which Zang Spaces knows the settings file (CFG-01).
    Email {
        /// The e-mail address.
        address: String,
        /// Extension number.
        user: String,
        /// Its password.
        password: String,
    },
    /// Without a settings file.
    Direct {
        /// Name or address of the registrar.
        host: String,
        /// Port; the transport's default if absent.
        port: Option<u16>,
        /// How SIP travels.
        transport: ControllerTransport,
        /// Domain of the user's address; the registrar's host if absent.
        domain: Option<String>,
        /// User name.
        user: String,
        /// Password.
        password: String,
    },
}

/// What the client says into a call: it has no microphone of its own.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Voice {
    /// Packets of silence.
    #[default]
    Silence,
    /// A pure tone.
    Tone {
        /// In Hz.
        frequency_hz: f64,
        /// Level in dBm0.
        level_dbm0: f64,
    },
    /// A tone that carries its own send time, so that the far ear can measure the delay.
    MarkedTone {
        /// In Hz, below 2400.
        frequency_hz: f64,
    },
    /// Recorded samples.
    Samples {
        /// The samples.
        samples: Arc<[i16]>,
        /// Their rate in Hz: 8000, 16000, 24000 or 48000; one that does not go into 48000 is silence.
        rate_hz: u32,
        /// Whether they are said over and over.
        is_looped: bool,
    },
}
