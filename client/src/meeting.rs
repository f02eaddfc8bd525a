//! Meetings: joining a room of Meetings Online by WebRTC (MTG-01), as its browser page does.
//!
//! ```text
//! directory ─► join token ─► conference channel ─► waiting ─► inside ──offer, answer──► talking ──► gone
//! ```
//!
//! A call is never escalated into a room (MTG-03): a room is joined by its address, and the calls do not know of it.

mod channel;
mod entrance;
mod pictures;
mod portal;
mod session;
mod sound;

use std::fmt;
use std::time::Duration;

use media::ear::Heard;
use media::stream::StreamStatistics;
use media::video::{Camera, VideoStatistics};
use net::tls::Trust;
use net::{Host, Task};
use tokio::sync::mpsc;
use url::Url;

use crate::command::Voice;

pub use channel::{Audio, Participant, PictureLine, Role};

/// Which room, and as whom.
#[derive(Clone)]
pub struct Invitation {
    /// The room's address: `https://<portal>/portal/tenants/<alias>/?ID=<number>`, with `***<pin>` behind the number if it has one.
    pub room: Url,
    /// Name to be shown to the others; a subscriber's own if empty.
    pub name: String,
    /// Login and password of a subscriber; a guest needs none.
    pub login: Option<(String, String)>,
    /// What is said from the beginning.
    pub voice: Voice,
    /// What is shown from the beginning; nothing, and nobody is seen, if absent. [`Camera::None`] sees and is not seen.
    pub video: Option<Camera>,
}

/// The password and the PIN stay out of logs.
impl fmt::Debug for Invitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.room.host_str().unwrap_or_default();
        write!(f, "Invitation({} to a room of {host})", self.name)
    }
}

/// What a user can ask in a meeting.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Mutes or unmutes oneself: the bridge keeps the voice from the others.
    Mute {
        /// Whether.
        muted: bool,
    },
    /// Says something else from now on.
    Say(Voice),
    /// Blocks or unblocks the camera: no pictures, the sound untouched.
    BlockVideo {
        /// Whether.
        blocked: bool,
    },
    /// Has the ear measure the level at these frequencies too, at most 16.
    Listen {
        /// The frequencies in Hz.
        frequencies_hz: Vec<f64>,
    },
    /// Asks what was heard so far: [`Event::Measured`] answers.
    Measure,
    /// What only a moderator may ask.
    Moderate(Moderation),
    /// Leaves the room.
    Leave,
}

/// What a moderator can ask.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Moderation {
    /// Mutes or unmutes all others.
    MuteAll {
        /// Whether.
        muted: bool,
    },
    /// Locks or unlocks the room.
    Lock {
        /// Whether.
        locked: bool,
    },
    /// Lets one in who waits.
    Admit {
        /// Their number in the roster.
        participant: u64,
    },
    /// Sends one out.
    Drop {
        /// Their number in the roster.
        participant: u64,
    },
    /// Marks the meeting as recorded or not.
    Record {
        /// Whether.
        recording: bool,
    },
    /// Ends the meeting for everybody.
    End,
}

/// What a user sees of a meeting.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The room took us.
    Joined {
        /// Our number in the roster.
        participant: u64,
        /// What the room is called.
        title: String,
        /// What we may do.
        role: Role,
        /// Whether a moderator has to let us in first.
        waiting: bool,
    },
    /// Who is there, whenever it changes.
    Roster {
        /// Those in the room, in the order they came; a moderator sees those who wait too.
        participants: Vec<Participant>,
        /// Whether nobody else may come in.
        locked: bool,
        /// Whether the meeting is marked as recorded.
        recording: bool,
    },
    /// Sound goes both ways.
    Talking {
        /// Encoding name of the codec.
        codec: &'static str,
    },
    /// Who is shown on which line of pictures, whenever it changes.
    Shown {
        /// The lines.
        lines: Vec<PictureLine>,
    },
    /// The first picture of somebody who is shown has come.
    VideoStarted {
        /// Their number in the roster.
        participant: u64,
    },
    /// The camera is blocked or not.
    VideoBlocked {
        /// Whether.
        blocked: bool,
    },
    /// Answers [`Command::Measure`].
    Measured(Box<Measurement>),
    /// A request was refused by the server.
    Refused {
        /// Which.
        request: String,
        /// The server's word for it.
        code: String,
    },
    /// The meeting is over for us.
    Left {
        /// Why.
        reason: LeaveReason,
        /// What was heard over the whole meeting; `None` if there was no sound.
        measurement: Option<Box<Measurement>>,
    },
}

/// What the ear heard, the stream counted and the eye saw.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    /// Frequency, level, gaps, delay.
    pub heard: Heard,
    /// Packets, loss, jitter, round trip, play-out, quality, as of a call; reports sent are the connection's and not counted.
    pub statistics: StreamStatistics,
    /// The lines of pictures, the one with our camera first; none in a meeting without.
    pub video: Vec<Picture>,
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
}

/// One line of pictures.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// Who is shown on it now; nobody if absent.
    pub participant: Option<u64>,
    /// All that was counted on it, over everybody that was shown on it; what was sent is our camera's.
    pub statistics: VideoStatistics,
}

/// Why a meeting is over for us.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum LeaveReason {
    /// We left.
    Local,
    /// A moderator sent us out.
    Dropped,
    /// A moderator ended the meeting.
    Ended,
    /// It did not work.
    Trouble(Trouble),
}

/// What can go wrong, by whose fault it is.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Trouble {
    /// The address names no room.
    #[error(
        "this is no address of a room: expected https://<portal>/portal/tenants/<alias>/?ID=<number>"
    )]
    NotARoom,
    /// The portal cannot be reached.
    #[error("the portal cannot be reached: {reason}")]
    Unreachable {
        /// What went wrong on the way.
        reason: String,
    },
    /// The portal or the room refused us.
    #[error("Meetings Online refused with {code}")]
    Refused {
        /// The server's word for it, as `VIRTUAL_ROOM_NOT_FOUND`.
        code: String,
    },
    /// The server broke the protocol.
    #[error("Meetings Online broke the protocol: expected {expected}")]
    Malformed {
        /// What was expected.
        expected: &'static str,
    },
    /// The conference channel was lost.
    #[error("the connection to the room was closed")]
    Closed,
    /// An answer did not come.
    #[error("no {what} within {after_s} s")]
    Silent {
        /// What was waited for.
        what: &'static str,
        /// For how long.
        after_s: u64,
    },
    /// There is no UDP socket for sound.
    #[error("no socket for sound: {reason}")]
    NoSocket {
        /// What the system said.
        reason: String,
    },
    /// No path for sound was found, or it was lost for good.
    #[error("no path for sound to the room")]
    NoPath,
}

/// Commands waiting for the meeting to take them.
const COMMANDS_MAX: usize = 64;
/// Longest time from beginning to sound, without the time in the waiting room.
const SETUP_TIME: Duration = Duration::from_secs(30);

/// Our part in one meeting, running on a host.
pub struct Meeting {
    commands: mpsc::Sender<Command>,
    task: Task,
}

impl Meeting {
    /// Joins a room and stays until asked to leave, sent out, or dropped. Its events go where the user wants them, also among
    /// others; the last is always [`Event::Left`].
    pub fn start<E: From<Event> + Send + 'static>(
        host: &Host,
        trust: &Trust,
        invitation: Invitation,
        events: mpsc::Sender<E>,
    ) -> Meeting {
        let (commands, receiver) = mpsc::channel(COMMANDS_MAX);
        let session = session::run(host.clone(), trust.clone(), invitation, receiver, events);
        let task = host.spawn(session);
        Meeting { commands, task }
    }

    /// Gives a command. False if the meeting is over or too busy to take it; nothing is done then.
    pub fn command(&self, command: Command) -> bool {
        self.commands.try_send(command).is_ok()
    }

    /// Whether the meeting is over.
    pub fn has_ended(&self) -> bool {
        self.task.is_finished()
    }
}

impl fmt::Debug for Meeting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meeting")
            .field("has_ended", &self.has_ended())
            .finish_non_exhaustive()
    }
}
