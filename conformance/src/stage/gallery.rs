//! What parties show and see in a room of Meetings Online.

use std::time::Duration;

use client::meeting::{self, Picture};
use client::{Command, Event};
use media::video::{Camera, VideoStatistics};

use super::{IN_TIME, Party, SOON, Seen, Stage};
use crate::outcome::{Fault, Finding};

/// How often the pictures are asked for while somebody is expected to be seen.
const LOOK_EVERY: Duration = Duration::from_millis(500);

impl Stage {
    /// Lets a party join a room with a camera and waits until sound goes both ways; gives its number in the roster.
    pub async fn join_with_video(
        &self,
        party: &mut Party,
        room: &str,
        is_guest: bool,
    ) -> Result<u64, Finding> {
        self.start_join_with_video(party, room, is_guest).await?;
        party.is_in_room().await
    }

    /// Lets a party begin to join a room with a camera.
    pub async fn start_join_with_video(
        &self,
        party: &Party,
        room: &str,
        is_guest: bool,
    ) -> Result<(), Finding> {
        let camera = Some(Camera::SMALL_CLIP);
        self.start_join_showing(party, room, is_guest, camera).await
    }
}

impl Party {
    /// Expects the room that is being joined to take the party, and sound both ways; gives its number in the roster.
    pub async fn is_in_room(&mut self) -> Result<u64, Finding> {
        let joined = |event: &Event| matches!(event, Event::Meeting(meeting::Event::Joined { .. }));
        let event = self.sees_one(joined, "the room take it", IN_TIME).await?;
        self.sees(Seen::MeetingTalking, IN_TIME).await?;
        match event {
            Event::Meeting(meeting::Event::Joined { participant, .. }) => Ok(participant),
            other => Err(Finding::new(
                Fault::Client,
                "a place in the room",
                format!("{other:?}"),
            )),
        }
    }

    /// What was counted on the lines of pictures so far, the one with the own camera first.
    pub async fn watches_room(&mut self) -> Result<Vec<Picture>, Finding> {
        Ok(self.measures_in_meeting().await?.video)
    }

    /// What was counted on the line that shows somebody, by their number in the roster.
    pub async fn watches_in_room(&mut self, whom: u64) -> Result<VideoStatistics, Finding> {
        let now = self.host().now();
        let lines = self.watches_room().await?;
        let line = lines
            .into_iter()
            .find(|line| line.participant == Some(whom));
        line.map(|line| line.statistics).ok_or_else(|| {
            let expected = format!("{} is shown participant {whom}", self.name());
            Finding::new(Fault::Meetings, expected, "no line shows them").at(now)
        })
    }

    /// What was counted on the line of the own camera so far.
    pub async fn shows_room(&mut self) -> Result<VideoStatistics, Finding> {
        let now = self.host().now();
        let lines = self.watches_room().await?.into_iter();
        let own = lines.map(|line| line.statistics).next();
        own.ok_or_else(|| {
            let expected = format!("{} has a camera in the room", self.name());
            Finding::new(Fault::Client, expected, "sound alone").at(now)
        })
    }

    /// Expects pictures of these to come, and of nobody else, within a time.
    pub async fn sees_in_room(&mut self, whom: &[u64], within: Duration) -> Result<(), Finding> {
        let deadline = self.host().now() + within;
        let mut before = self.watches_room().await?;
        loop {
            self.host().sleep(LOOK_EVERY).await;
            let now = self.watches_room().await?;
            let mut seen: Vec<u64> = now
                .iter()
                .zip(&before)
                .filter(|(now, before)| now.statistics.seen.marked > before.statistics.seen.marked)
                .filter_map(|(now, _)| now.participant)
                .collect();
            seen.sort_unstable();
            if seen == whom {
                return Ok(());
            }
            if self.host().now() >= deadline {
                let expected = format!("{} sees {whom:?} and nobody else", self.name());
                let came = format!("pictures of {seen:?}");
                return Err(Finding::new(Fault::Unclear, expected, came).at(self.host().now()));
            }
            before = now;
        }
    }

    /// Blocks or unblocks the camera in the meeting.
    pub async fn block_video_in_room(&mut self, blocked: bool) -> Result<(), Finding> {
        let command = meeting::Command::BlockVideo { blocked };
        self.command(Command::Meeting(command)).await;
        let told = move |event: &Event| {
            let expected = meeting::Event::VideoBlocked { blocked };
            matches!(event, Event::Meeting(event) if *event == expected)
        };
        self.sees_one(told, "its camera blocked or not", SOON)
            .await
            .map(|_| ())
    }
}
