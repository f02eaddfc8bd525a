//! What comes seldom beside packets: commands, and events of the parts.
//!
//! All of it is one stream, whose members are asked only after they were woken. So a packet, of which there are hundreds for
//! each of these, pays for one look at one queue.

use futures_util::stream::{self, BoxStream, SelectAll, Stream, StreamExt};
use tokio::sync::mpsc;

use crate::command::Command;
use crate::event::Event;
use crate::{meeting, messaging};

/// Something that came.
#[derive(Debug)]
pub(super) enum Seldom {
    /// The user wants something.
    Command(Command),
    /// The user is gone: no command will come any more.
    Left,
    /// A part has something to tell.
    Event(Event),
}

/// All that comes seldom; it has no end as long as one of the parts can say something.
pub(super) fn stream(
    commands: mpsc::Receiver<Command>,
    messaging: mpsc::Receiver<messaging::Event>,
    meeting: mpsc::Receiver<meeting::Event>,
) -> SelectAll<BoxStream<'static, Seldom>> {
    let left = stream::iter([Seldom::Left]);
    let messaging = received(messaging).map(Event::Messaging);
    let meeting = received(meeting).map(Event::Meeting);
    stream::select_all([
        received(commands).map(Seldom::Command).chain(left).boxed(),
        messaging.map(Seldom::Event).boxed(),
        meeting.map(Seldom::Event).boxed(),
    ])
}

fn received<T>(mut receiver: mpsc::Receiver<T>) -> impl Stream<Item = T> {
    stream::poll_fn(move |context| receiver.poll_recv(context))
}
