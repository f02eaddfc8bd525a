//! Messaging as a task: connects, catches up with the history, stays, and comes back when the connection is lost.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::time::Duration;

use net::Host;
use net::tls::Trust;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::conversation::Conversations;
use super::frame::{CHAT, Frame, event};
use super::outbox::{Outbox, Outgoing};
use super::spaces::{Spaces, WireMessage};
use super::stream::Stream;
use super::{Command, Event, MAX_TEXT_BYTES, Person, SendError, Trouble};
use crate::back_off::BackOff;

mod history;

/// Everything messaging knows.
pub(super) struct Session<E> {
    host: Host,
    trust: Trust,
    spaces: Spaces,
    own: Option<Person>,
    conversations: Conversations,
    outbox: Outbox,
    /// Spaces this connection has subscribed to, which it must before sending there.
    subscribed: BTreeSet<String>,
    back_off: BackOff,
    commands: mpsc::Receiver<Command>,
    events: mpsc::Sender<E>,
}

/// Why a connection is over: `Break` is the end of messaging.
type Ended = ControlFlow<(), Trouble>;

/// How often the list of conversations is read again, in case a push was lost on the server's side.
const REFRESH: Duration = Duration::from_secs(600);

impl<E: From<Event> + Send + 'static> Session<E> {
    pub(super) fn new(
        host: &Host,
        trust: &Trust,
        spaces: Spaces,
        commands: mpsc::Receiver<Command>,
        events: mpsc::Sender<E>,
    ) -> Self {
        Session {
            host: host.clone(),
            trust: trust.clone(),
            spaces,
            own: None,
            conversations: Conversations::default(),
            outbox: Outbox::default(),
            subscribed: BTreeSet::new(),
            back_off: BackOff::default(),
            commands,
            events,
        }
    }

    /// Runs until signed out, or until the account turns out to be of no use.
    pub(super) async fn run(mut self) {
        loop {
            let trouble = match self.connection().await {
                ControlFlow::Break(()) => return,
                ControlFlow::Continue(trouble) => trouble,
            };
            self.outbox.connection_lost();
            self.subscribed.clear();
            if trouble.is_final() {
                return self.tell(Event::Unavailable { trouble }).await;
            }
            let retry_in = self.back_off.failed();
            self.tell(Event::Offline { trouble, retry_in }).await;
            if self.wait(retry_in).await.is_break() {
                return;
            }
        }
    }

    /// One connection from its beginning to its end.
    async fn connection(&mut self) -> Ended {
        let mut stream = match self.connect().await {
            Ok(stream) => stream,
            Err(trouble) => return Ended::Continue(trouble),
        };
        self.back_off.succeeded();
        self.tell(Event::Online).await;
        let ended = self.stay(&mut stream).await;
        if ended.is_break() {
            stream.close().await;
        }
        ended
    }

    /// Listens first and reads the history then, so that nothing falls between the two.
    async fn connect(&mut self) -> Result<Stream, Trouble> {
        let own = self.spaces.me().await?;
        if self.own.as_ref() != Some(&own) {
            self.own = Some(own.clone());
            self.tell(Event::SignedIn { own: own.clone() }).await;
        }
        let server = self.spaces.socket().await?;
        let token = self.spaces.token().await?;
        let opened = Stream::open(&self.host, &self.trust, &server, &token).await;
        if let Err(Trouble::NotLetIn { .. }) = opened {
            self.spaces.token_refused();
        }
        let mut stream = opened?;
        let channel = json!({ "channel": { "_id": own.id, "type": "user" }, "version": "1.1" });
        stream.send(event("SUBSCRIBE_CHANNEL", &channel)).await?;
        self.listening(&mut stream).await?;
        self.refresh(&mut stream).await?;
        Ok(stream)
    }

    async fn listening(&self, stream: &mut Stream) -> Result<(), Trouble> {
        loop {
            let deadline = stream.deadline();
            let frame = tokio::select! {
                biased;
                frame = stream.next() => frame?,
                () = self.host.sleep_until(deadline) => {
                    stream.keep_alive(self.host.now()).await?;
                    continue;
                }
            };
            match frame {
                Frame::Event { name, .. } if name == "CHANNEL_SUBSCRIBED" => return Ok(()),
                Frame::Event { name, payload, .. } if name == "SUBSCRIBE_CHANNEL_FAILED" => {
                    return Err(Trouble::NotLetIn {
                        reason: code(&payload),
                    });
                }
                Frame::Close | Frame::Disconnected { .. } => return Err(Trouble::Closed),
                Frame::Refused { reason, .. } => return Err(Trouble::NotLetIn { reason }),
                Frame::Open { .. }
                | Frame::Pong
                | Frame::Connected { .. }
                | Frame::Event { .. }
                | Frame::Other => {}
            }
        }
    }

    /// Hears, speaks and pings until something ends it.
    async fn stay(&mut self, stream: &mut Stream) -> Ended {
        let mut refresh_at = self.host.now() + REFRESH;
        loop {
            if let Err(trouble) = self.send_waiting(stream).await {
                return Ended::Continue(trouble);
            }
            let deadline = self
                .outbox
                .deadline()
                .map_or(refresh_at, |at| at.min(refresh_at))
                .min(stream.deadline());
            let done = tokio::select! {
                biased;
                frame = stream.next() => match frame {
                    Ok(frame) => self.on_frame(frame).await,
                    Err(trouble) => Err(trouble),
                },
                command = self.commands.recv() => {
                    if self.on_command(command).await.is_break() {
                        return Ended::Break(());
                    }
                    Ok(())
                }
                () = self.host.sleep_until(deadline) => self.on_deadline(stream, &mut refresh_at).await,
            };
            if let Err(trouble) = done {
                return Ended::Continue(trouble);
            }
        }
    }

    async fn on_deadline(
        &mut self,
        stream: &mut Stream,
        refresh_at: &mut Duration,
    ) -> Result<(), Trouble> {
        let now = self.host.now();
        stream.keep_alive(now).await?;
        if self
            .outbox
            .deadline()
            .is_some_and(|deadline| deadline <= now)
        {
            return Err(Trouble::Silent);
        }
        if *refresh_at <= now {
            *refresh_at = now + REFRESH;
            self.refresh(stream).await?;
        }
        Ok(())
    }

    async fn on_frame(&mut self, frame: Frame) -> Result<(), Trouble> {
        match frame {
            Frame::Event {
                namespace,
                name,
                payload,
            } if namespace == CHAT => self.on_event(&name, payload).await,
            Frame::Close | Frame::Disconnected { .. } => Err(Trouble::Closed),
            Frame::Refused { reason, .. } => Err(Trouble::NotLetIn { reason }),
            Frame::Open { .. }
            | Frame::Pong
            | Frame::Connected { .. }
            | Frame::Event { .. }
            | Frame::Other => Ok(()),
        }
    }

    async fn on_event(&mut self, name: &str, payload: Value) -> Result<(), Trouble> {
        match name {
            // Posts, tasks and changes of spaces come under this name too; a direct space has chat only.
            "MESSAGE_SENT" if payload["category"] != "chat" => Ok(()),
            "MESSAGE_SENT" => {
                let expected = "a message with _id, topicId, sender and content";
                let message =
                    serde_json::from_value(payload).map_err(|_| Trouble::Malformed { expected })?;
                self.on_message(message).await
            }
            "SEND_MESSAGE_FAILED" => {
                let refused = match payload["loopbackMetadata"].as_u64() {
                    Some(reference) => self.outbox.confirm(reference),
                    None => self.outbox.refuse_oldest(),
                };
                if let Some(outgoing) = refused {
                    let error = SendError::Refused {
                        code: code(&payload),
                    };
                    self.fail(outgoing.reference, error).await;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    async fn on_message(&mut self, message: WireMessage) -> Result<(), Trouble> {
        if self.conversations.is_hidden(&message.space) {
            return Ok(());
        }
        if self.conversations.get(&message.space).is_none() {
            let topic = self.spaces.topic(&message.space).await?;
            if !self.add(&topic) {
                return Ok(());
            }
            self.catch_up(&message.space).await?;
        }
        self.show(message).await;
        Ok(())
    }

    /// Sends what waits, as far as it may go now.
    async fn send_waiting(&mut self, stream: &mut Stream) -> Result<(), Trouble> {
        while let Some(outgoing) = self.outbox.next().cloned() {
            let Some(space) = self.space_with(&outgoing).await? else {
                self.outbox.confirm(outgoing.reference);
                self.fail(outgoing.reference, SendError::NoSuchColleague)
                    .await;
                continue;
            };
            if self.subscribed.insert(space.clone()) {
                let channel =
                    json!({ "channel": { "_id": space, "type": "topic" }, "version": "1.1" });
                stream.send(event("SUBSCRIBE_CHANNEL", &channel)).await?;
            }
            let message = json!({
                "category": "chat",
                "content": { "bodyText": outgoing.text, "data": [] },
                "topicId": space,
                "created": outgoing.created,
                "loopbackMetadata": outgoing.reference,
            });
            stream.send(event("SEND_MESSAGE", &message)).await?;
            self.outbox.sent(self.host.now(), outgoing.reference);
        }
        Ok(())
    }

    /// The direct space with the recipient, made on the first message.
    async fn space_with(&mut self, outgoing: &Outgoing) -> Result<Option<String>, Trouble> {
        if let Some(space) = self.conversations.with(&outgoing.to) {
            return Ok(Some(space.to_owned()));
        }
        let topic = match self.spaces.direct_with(&outgoing.to).await {
            Ok(topic) => topic,
            // The server knows somebody but does not let us write to him.
            Err(Trouble::Refused {
                status: 400..=499, ..
            }) => None,
            Err(trouble) => return Err(trouble),
        };
        let Some(topic) = topic.filter(|topic| self.add(topic)) else {
            return Ok(None);
        };
        self.catch_up(&topic.id).await?;
        Ok(Some(topic.id))
    }

    /// Waits out a pause, taking commands meanwhile.
    async fn wait(&mut self, time: Duration) -> ControlFlow<()> {
        let deadline = self.host.now() + time;
        loop {
            let command = tokio::select! {
                biased;
                command = self.commands.recv() => command,
                () = self.host.sleep_until(deadline) => return ControlFlow::Continue(()),
            };
            self.on_command(command).await?;
        }
    }

    async fn on_command(&mut self, command: Option<Command>) -> ControlFlow<()> {
        let Some(Command::Send {
            reference,
            to,
            text,
        }) = command
        else {
            return ControlFlow::Break(());
        };
        let error = if text.is_empty() {
            Some(SendError::Empty)
        } else if text.len() > MAX_TEXT_BYTES {
            Some(SendError::TooLong)
        } else if !self.outbox.add(self.host.utc(), reference, &to, &text) {
            Some(SendError::TooManyWaiting)
        } else {
            None
        };
        if let Some(error) = error {
            self.fail(reference, error).await;
        }
        ControlFlow::Continue(())
    }

    async fn fail(&self, reference: u64, error: SendError) {
        self.tell(Event::Failed { reference, error }).await;
    }

    /// A user who does not read his events holds messaging up; one who is gone does not.
    async fn tell(&self, event: Event) {
        let _ = self.events.send(event.into()).await;
    }
}

/// The server's word in a refusal on the event stream.
fn code(payload: &Value) -> String {
    let code = payload["error"]["code"]
        .as_str()
        .or(payload["category"].as_str());
    code.unwrap_or("no reason given").to_owned()
}
