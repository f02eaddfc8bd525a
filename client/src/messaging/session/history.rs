//! What was missed: the list of conversations, the history of each, and showing every message once.

use serde_json::Value;

use super::super::conversation::MAX_CONVERSATIONS;
use super::super::spaces::{Topic, WireMessage};
use super::super::stream::Stream;
use super::super::{Event, Message, Trouble};
use super::Session;

/// Messages fetched of one conversation to catch up; older ones are given up.
const MAX_CATCH_UP: usize = 2000;

impl<E: From<Event> + Send + 'static> Session<E> {
    /// Reads the list of conversations and the missed history of those where something is new.
    pub(super) async fn refresh(&mut self, stream: &mut Stream) -> Result<(), Trouble> {
        let (mut link, mut listed) = (None, 0);
        loop {
            let (topics, next) = self.spaces.direct_spaces(link).await?;
            listed += topics.len();
            for topic in topics {
                // Reading a long history must not look like silence to the server.
                stream.ping_if_due(self.host.now()).await?;
                if self.add(&topic) {
                    self.look_into(&topic).await?;
                }
            }
            link = next.filter(|_| listed < MAX_CONVERSATIONS);
            if link.is_none() {
                return Ok(());
            }
        }
    }

    async fn look_into(&mut self, topic: &Topic) -> Result<(), Trouble> {
        let Some(conversation) = self.conversations.get(&topic.id) else {
            return Ok(());
        };
        match &topic.last_message {
            Some(newest) if conversation.is_cursor(&newest.id) => {
                // Nothing new in the history: what we do not know to be stored is not stored.
                let colleague = conversation.colleague.address.clone();
                self.outbox.history_read(&colleague);
                Ok(())
            }
            Some(_) | None => self.catch_up(&topic.id).await,
        }
    }

    /// Notes a space; false if it is none of ours.
    pub(super) fn add(&mut self, topic: &Topic) -> bool {
        let own_id = self.own.as_ref().map_or("", |own| own.id.as_str());
        match topic.colleague(own_id) {
            Some(colleague) => self.conversations.add(&topic.id, colleague),
            None => self.conversations.hide(&topic.id),
        }
        self.conversations.get(&topic.id).is_some()
    }

    /// Shows what was missed in a conversation, oldest first.
    pub(super) async fn catch_up(&mut self, space: &str) -> Result<(), Trouble> {
        let mut missed: Vec<WireMessage> = Vec::new();
        let mut link = None;
        let complete = 'pages: loop {
            let (messages, next) = self.spaces.history(space, link).await?;
            for message in messages {
                if self
                    .conversations
                    .get(space)
                    .is_some_and(|conversation| conversation.is_cursor(&message.id))
                {
                    break 'pages true;
                }
                missed.push(message);
            }
            link = next;
            if link.is_none() {
                break true;
            }
            if missed.len() >= MAX_CATCH_UP {
                break false;
            }
        };
        let Some(conversation) = self.conversations.get_mut(space) else {
            return Ok(());
        };
        let colleague = conversation.colleague.clone();
        if let Some(newest) = missed.first() {
            conversation.caught_up(&newest.id);
        }
        if !complete {
            self.tell(Event::HistoryGap {
                colleague: colleague.clone(),
            })
            .await;
        }
        for message in missed.into_iter().rev() {
            self.show(message).await;
        }
        self.outbox.history_read(&colleague.address);
        Ok(())
    }

    /// Shows a message unless it was shown before.
    pub(super) async fn show(&mut self, message: WireMessage) {
        let Some(conversation) = self.conversations.get_mut(&message.space) else {
            return;
        };
        if !conversation.accept(&message) {
            return;
        }
        let colleague = conversation.colleague.clone();
        let own = self
            .own
            .as_ref()
            .is_some_and(|own| own.id == message.sender.id);
        let text = message.content.body_text;
        let ours = match message.loopback.as_ref().and_then(Value::as_u64) {
            _ if !own => None,
            Some(reference) => self.outbox.confirm(reference),
            None => self
                .outbox
                .found(&colleague.address, &text, &message.created),
        };
        let shown = Message {
            id: message.id,
            colleague,
            own,
            reference: ours.map(|outgoing| outgoing.reference),
            text,
            attachments: message
                .content
                .data
                .into_iter()
                .map(|file| file.name)
                .collect(),
            sent_at: message.created,
        };
        self.tell(Event::Message(shown)).await;
    }
}
