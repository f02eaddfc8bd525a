//! What a party does with pictures, and expects to see of them.
//!
//! Pictures are counted by what is painted into them: a picture counts once its number was read.

use std::time::Duration;

use client::Command;
use media::video::VideoStatistics;

use super::{LISTEN_EVERY, Party, SOON, Seen};
use crate::outcome::{Fault, Finding};

/// Pictures after which a video is running.
const FIRST_PICTURES: u64 = 10;

impl Party {
    /// Calls a number with a picture.
    pub async fn call_with_video(&self, number: &str) {
        self.command(Command::Call {
            number: number.to_owned(),
            video: true,
        })
        .await;
    }

    /// Answers the call that came in last, and takes its picture.
    pub async fn answer_with_video(&self) {
        let ringing = self.log.diary().ringing();
        if let Some(call) = ringing {
            self.command(Command::Answer { call, video: true }).await;
        }
    }

    /// Calls somebody with a picture, who answers and takes it; the first pictures are seen there.
    pub async fn shows_itself_to(&mut self, other: &mut Self) -> Result<(), Finding> {
        self.call_with_video(&other.person.extension).await;
        other.sees(Seen::Ringing, SOON).await?;
        other.answer_with_video().await;
        self.sees(Seen::Talking, SOON).await?;
        other.sees(Seen::Talking, SOON).await?;
        other.sees_pictures(FIRST_PICTURES, SOON).await.map(|_| ())
    }

    /// Blocks or unblocks the camera of the call in hand.
    pub async fn block_video(&self, blocked: bool) {
        if let Some(call) = self.in_hand() {
            self.command(Command::BlockVideo { call, blocked }).await;
        }
    }

    /// What was counted of the picture of the call in hand so far.
    pub async fn watches(&mut self) -> Result<VideoStatistics, Finding> {
        let now = self.host.now();
        self.measures().await?.video.ok_or_else(|| {
            let expected = format!("{} has a picture in its call", self.name());
            Finding::new(Fault::Client, expected, "sound alone").at(now)
        })
    }

    /// Expects so many more pictures to come and to be read within a time.
    pub async fn sees_pictures(
        &mut self,
        count: u64,
        within: Duration,
    ) -> Result<VideoStatistics, Finding> {
        let deadline = self.host.now() + within;
        let before = self.watches().await?.seen.marked;
        loop {
            let seen = self.watches().await?;
            let came = seen.seen.marked - before;
            if came >= count {
                return Ok(seen);
            }
            if self.host.now() >= deadline {
                let expected = format!("{} sees {count} pictures within {within:?}", self.name());
                let came = format!("{came} were read");
                return Err(Finding::new(Fault::Unclear, expected, came).at(self.host.now()));
            }
            self.host.sleep(LISTEN_EVERY).await;
        }
    }

    /// Expects that no picture comes for some time, once those on their way are through.
    pub async fn sees_no_picture(&mut self, time: Duration) -> Result<(), Finding> {
        self.host.sleep(LISTEN_EVERY).await;
        let before = self.watches().await?;
        self.host.sleep(time).await;
        let after = self.watches().await?;
        if before.arrived.packets == after.arrived.packets {
            return Ok(());
        }
        let expected = format!("{} sees no picture for {time:?}", self.name());
        let came = format!("{} packets", after.arrived.packets - before.arrived.packets);
        Err(Finding::new(Fault::Unclear, expected, came).at(self.host.now()))
    }
}
