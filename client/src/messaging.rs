//! Messaging: direct messages with colleagues through Zang Spaces (MSG-01), each shown once and in order (MSG-04).
//!
//! ```text
//! Offline ──sign in, connect, read the missed history──► Online ──connection lost──► Offline, again after 2 s … 1800 s
//!    └── wrong password: Unavailable, the end
//! ```
//!
//! There is no group chat in this client (MSG-02, MSG-07): a group's messages are not shown, also when a server pushes them.

use std::fmt;
use std::time::Duration;

use net::http::Client;
use net::tls::Trust;
use net::{Host, Task};
use tokio::sync::mpsc;
use url::Url;

mod conversation;
mod frame;
mod outbox;
mod session;
mod spaces;
mod stream;

pub use frame::FrameError;

/// The user's account and where it is.
#[derive(Clone)]
pub struct Account {
    /// Accounts host, as `https://accounts.zang.io`.
    pub accounts: Url,
    /// Host of the Spaces interface, as `https://spacesapis.zang.io`.
    pub spaces: Url,
    /// E-mail address.
    pub address: String,
    /// Password.
    pub password: String,
}

/// The password stays out of logs.
impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = &self.address;
        write!(
            f,
            "Account({address} at {} and {})",
            self.accounts, self.spaces
        )
    }
}

/// What a user can ask of messaging.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Command {
    /// Sends a direct message. Without a connection it waits for one.
    Send {
        /// Number by which events speak of this message; the caller's to choose, each once.
        reference: u64,
        /// E-mail address of the colleague.
        to: String,
        /// The text, at most [`MAX_TEXT_BYTES`].
        text: String,
    },
    /// Ends messaging.
    SignOut,
}

/// What a user sees of messaging.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Event {
    /// Spaces knows the user.
    SignedIn {
        /// The user's own name and picture (CON-06).
        own: Person,
    },
    /// Connected, and everything missed was shown.
    Online,
    /// Not connected; messages wait.
    Offline {
        /// Why.
        trouble: Trouble,
        /// When the next attempt comes.
        retry_in: Duration,
    },
    /// Messaging has ended and will not work again with this account.
    Unavailable {
        /// Why.
        trouble: Trouble,
    },
    /// A message of a conversation, also one's own as soon as the server has it.
    Message(Message),
    /// A message could not be sent and is given up.
    Failed {
        /// The number given with the command.
        reference: u64,
        /// Why.
        error: SendError,
    },
    /// More was missed than is fetched at once; messages older than the next one are not shown.
    HistoryGap {
        /// In the conversation with this colleague.
        colleague: Person,
    },
}

/// A direct message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Message {
    /// The server's id.
    pub id: String,
    /// The other side of the conversation.
    pub colleague: Person,
    /// Sent by this user, here or on another device.
    pub own: bool,
    /// The number given with the command, if it was sent by this client.
    pub reference: Option<u64>,
    /// The text.
    pub text: String,
    /// Names of attached files.
    pub attachments: Vec<String>,
    /// When it was sent, by the sender's clock, in RFC 3339 form.
    pub sent_at: String,
}

/// A user of Spaces.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Person {
    /// Id on Spaces.
    pub id: String,
    /// E-mail address.
    pub address: String,
    /// Name to show.
    pub display_name: String,
    /// Picture, if the user has one (CON-07).
    pub picture: Option<String>,
}

/// Why a message was given up.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SendError {
    /// There is nothing to send.
    #[error("the message is empty")]
    Empty,
    /// Too much text.
    #[error("the message is longer than {MAX_TEXT_BYTES} bytes")]
    TooLong,
    /// Too many messages wait for a connection.
    #[error("too many messages are waiting to be sent")]
    TooManyWaiting,
    /// Spaces shows the user nobody with this address.
    #[error("no colleague has this address")]
    NoSuchColleague,
    /// The server refused it.
    #[error("Spaces refused the message: {code}")]
    Refused {
        /// The server's word for it.
        code: String,
    },
}

/// What is wrong with the connection to Spaces.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Trouble {
    /// Name and password do not fit.
    #[error("Spaces does not accept this user and password")]
    SignInRefused,
    /// Requests arrive without a usable token: not valid yet, or the header was lost on the way (NET-08).
    #[error(
        "Spaces does not accept our authorization ({code}); a proxy may have removed the header"
    )]
    Unauthorized {
        /// The server's word for it.
        code: String,
    },
    /// No answer from a host.
    #[error("Spaces cannot be reached: {reason}")]
    Unreachable {
        /// What went wrong on the way.
        reason: String,
    },
    /// A request was refused.
    #[error("Spaces refused a request with status {status} ({code})")]
    Refused {
        /// HTTP status.
        status: u16,
        /// The server's word for it.
        code: String,
    },
    /// Something between us and the server knows no WebSocket (NET-10).
    #[error("no WebSocket to Spaces: {reason}; a proxy may be in the way")]
    NoWebSocket {
        /// What came instead.
        reason: String,
    },
    /// The event stream did not let us in.
    #[error("the event stream of Spaces refused us: {reason}")]
    NotLetIn {
        /// The server's word for it.
        reason: String,
    },
    /// The server broke the protocol.
    #[error("Spaces broke the protocol: expected {expected}")]
    Malformed {
        /// What was expected.
        expected: &'static str,
    },
    /// The server broke the protocol of the event stream.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// The connection ended.
    #[error("the connection to Spaces was closed")]
    Closed,
    /// The server answers neither pings nor messages.
    #[error("Spaces is silent")]
    Silent,
}

/// Longest text of a message, in bytes.
pub const MAX_TEXT_BYTES: usize = 64 * 1024;
/// Commands waiting for messaging to take them.
const MAX_COMMANDS: usize = 64;

/// Messaging of one user, running on a host.
pub struct Messaging {
    commands: mpsc::Sender<Command>,
    task: Task,
}

impl Messaging {
    /// Starts messaging; it signs in and stays connected until signed out or dropped. Its events go where the user wants
    /// them, also among others.
    pub fn start<E: From<Event> + Send + 'static>(
        host: &Host,
        trust: &Trust,
        account: Account,
        events: mpsc::Sender<E>,
    ) -> Messaging {
        let (commands, receiver) = mpsc::channel(MAX_COMMANDS);
        let spaces = spaces::Spaces::new(Client::new(host, trust), account);
        let session = session::Session::new(host, trust, spaces, receiver, events);
        let task = host.spawn(session.run());
        Messaging { commands, task }
    }

    /// Gives a command. False if messaging has ended or is too busy to take it; nothing is done then.
    pub fn command(&self, command: Command) -> bool {
        self.commands.try_send(command).is_ok()
    }

    /// Whether messaging has ended.
    pub fn has_ended(&self) -> bool {
        self.task.is_finished()
    }
}

impl Drop for Messaging {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Person {
    /// Addresses compare without regard to case.
    fn is_at(&self, address: &str) -> bool {
        self.address.to_lowercase() == address.trim().to_lowercase()
    }

    #[cfg(test)]
    fn named(address: &str) -> Person {
        let text = address.to_owned();
        Person {
            id: text.clone(),
            address: text.clone(),
            display_name: text,
            picture: None,
        }
    }
}

impl Trouble {
    /// Whether trying again is useless.
    fn is_final(&self) -> bool {
        matches!(self, Trouble::SignInRefused)
    }
}
