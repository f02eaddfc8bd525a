//! A party of a play: a person at a client, who is told to do things and expected to see things.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use client::{CallId, Command, Event, LogIn, Measurement, Voice, messaging};
use net::Host;
use tokio::sync::{Notify, mpsc};

mod picture;

use super::diary::Diary;
use super::seen::Seen;
use crate::deployment::Person;
use crate::outcome::{Fault, Finding};

/// Within this time something is seen on a good network.
pub const SOON: Duration = Duration::from_secs(5);
/// Within this time something is seen on a bad network: 64 times T1 of RFC 3261 §17.1.1.2, and a little.
pub const IN_TIME: Duration = Duration::from_secs(40);
/// How often it is looked whether something has changed that no event tells.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// How often an ear is asked while something is expected to be heard.
const LISTEN_EVERY: Duration = Duration::from_millis(500);
/// A tone is heard right within this.
const PITCH_HZ: f64 = 5.0;

/// Somebody at a client.
#[derive(Debug)]
pub struct Party {
    /// Who.
    pub person: Person,
    host: Host,
    commands: mpsc::Sender<Command>,
    log: Arc<Log>,
    /// Events before this one were expected and seen.
    cursor: usize,
    next_reference: u64,
}

/// What a party has seen, as it was seen.
#[derive(Debug, Default)]
pub(super) struct Log {
    diary: Mutex<Diary>,
    changed: Notify,
}

impl Log {
    pub(super) fn diary(&self) -> MutexGuard<'_, Diary> {
        self.diary.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes down what a client tells until it tells no more.
    pub(super) async fn keep(self: Arc<Self>, host: Host, mut events: mpsc::Receiver<Event>) {
        while let Some(event) = events.recv().await {
            self.diary().write(host.now(), event);
            self.changed.notify_waiters();
        }
        self.diary().close(host.now());
        self.changed.notify_waiters();
    }
}

impl Party {
    pub(super) fn new(
        person: Person,
        host: Host,
        commands: mpsc::Sender<Command>,
        log: Arc<Log>,
    ) -> Self {
        Self {
            person,
            host,
            commands,
            log,
            cursor: 0,
            next_reference: 1,
        }
    }

    /// The party's name.
    pub fn name(&self) -> &str {
        &self.person.name
    }

    /// The host the client runs on.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// Gives a command to the client.
    pub async fn command(&self, command: Command) {
        // A client that is gone shows nothing any more: the next expectation finds it.
        let _ = self.commands.send(command).await;
    }

    /// Logs in.
    pub async fn log_in(&self, way: LogIn) {
        self.command(Command::LogIn(way)).await;
    }

    /// Logs out.
    pub async fn log_out(&self) {
        self.command(Command::LogOut).await;
    }

    /// Calls a number.
    pub async fn call(&self, number: &str) {
        self.command(Command::Call {
            number: number.to_owned(),
            video: false,
        })
        .await;
    }

    /// Answers the call that came in last.
    pub async fn answer(&self) {
        let ringing = self.log.diary().ringing();
        if let Some(call) = ringing {
            self.command(Command::Answer { call, video: false }).await;
        }
    }

    /// Ends the call in hand: the one that stands, else the newest.
    pub async fn hang_up(&self) {
        if let Some(call) = self.in_hand() {
            self.command(Command::HangUp { call }).await;
        }
    }

    /// Puts the call in hand on hold.
    pub async fn hold(&self) {
        if let Some(call) = self.in_hand() {
            self.command(Command::Hold { call }).await;
        }
    }

    /// Retrieves the call held last, as soon as its hold is confirmed.
    pub async fn retrieve(&self) {
        let deadline = self.host.now() + SOON;
        loop {
            let held = self.log.diary().held();
            if let Some(call) = held {
                return self.command(Command::Retrieve { call }).await;
            }
            if self.host.now() >= deadline {
                // The next expectation finds that nothing was retrieved.
                return;
            }
            self.host.sleep(LOOK_EVERY).await;
        }
    }

    /// Mutes or unmutes the call in hand.
    pub async fn mute(&self, muted: bool) {
        if let Some(call) = self.in_hand() {
            self.command(Command::Mute { call, muted }).await;
        }
    }

    /// Says its tone with marks that tell when it was said, in the call in hand.
    pub async fn says_marked_tone(&self) {
        if let Some(call) = self.in_hand() {
            let frequency_hz = self.person.voice_hz;
            let voice = Voice::MarkedTone { frequency_hz };
            self.command(Command::Say { call, voice }).await;
        }
    }

    /// Presses digits in the call in hand.
    pub async fn press(&self, digits: &str) {
        if let Some(call) = self.in_hand() {
            self.command(Command::Digits {
                call,
                digits: digits.to_owned(),
            })
            .await;
        }
    }

    /// Sends a direct message to a colleague.
    pub async fn write(&mut self, to: &str, text: &str) {
        let reference = self.next_reference;
        self.next_reference += 1;
        let command = messaging::Command::Send {
            reference,
            to: to.to_owned(),
            text: text.to_owned(),
        };
        self.command(Command::Messaging(command)).await;
    }

    /// The call in hand: the one that stands, else the newest that is not over.
    pub(crate) fn in_hand(&self) -> Option<CallId> {
        self.log.diary().in_hand()
    }

    /// Calls that stand and are not held by us.
    pub fn active_calls(&self) -> usize {
        self.log.diary().active()
    }

    /// Expects so many calls to stand and not to be held by us, within a time.
    pub async fn has_active_calls(&self, expected: usize, within: Duration) -> Result<(), Finding> {
        let deadline = self.host.now() + within;
        while self.active_calls() != expected {
            if self.host.now() >= deadline {
                let came = self.active_calls().to_string();
                let expected = format!("{} has {expected} active calls", self.name());
                return Err(Finding::new(Fault::Client, expected, came).at(self.host.now()));
            }
            self.host.sleep(LOOK_EVERY).await;
        }
        Ok(())
    }

    /// Calls that are not over.
    pub fn open_calls(&self) -> usize {
        self.log.diary().open()
    }

    /// Calls somebody, who answers; both hear each other.
    pub async fn talks_to(&mut self, other: &mut Self) -> Result<(), Finding> {
        self.forgets();
        other.forgets();
        self.call(&other.person.extension).await;
        other.sees(Seen::Ringing, SOON).await?;
        other.answer().await;
        self.sees(Seen::Talking, SOON).await?;
        other.sees(Seen::Talking, SOON).await?;
        self.hears_voice_of(other, SOON).await?;
        other.hears_voice_of(self, SOON).await?;
        Ok(())
    }

    /// Expects to see something within a time, after what was expected and seen before.
    pub async fn sees(&mut self, seen: Seen, within: Duration) -> Result<(), Finding> {
        self.sees_one(|event| seen.fits(event), &seen.words(), within)
            .await
            .map(|_| ())
    }

    /// Expects an event that fits, within a time; `words` complete the sentence "sees ...".
    pub async fn sees_one(
        &mut self,
        fits: impl Fn(&Event) -> bool + Send,
        words: &str,
        within: Duration,
    ) -> Result<Event, Finding> {
        let deadline = self.host.now() + within;
        let log = self.log.clone();
        loop {
            let changed = log.changed.notified();
            let found = self.log.diary().find(self.cursor, &fits);
            if let Some((place, event)) = found {
                self.cursor = place + 1;
                return Ok(event);
            }
            tokio::select! {
                biased;
                () = changed => {}
                () = self.host.sleep_until(deadline) => return Err(self.not_seen(words, within)),
            }
        }
    }

    /// Expects not to see something for a time.
    pub async fn never_sees(&self, seen: &Seen, time: Duration) -> Result<(), Finding> {
        self.host.sleep(time).await;
        match self
            .log
            .diary()
            .find(self.cursor, &|event: &Event| seen.fits(event))
        {
            None => Ok(()),
            Some(_) => {
                let expected =
                    format!("{} does not see {} for {time:?}", self.name(), seen.words());
                Err(Finding::new(Fault::Unclear, expected, "it was seen").at(self.host.now()))
            }
        }
    }

    /// Skips everything seen so far.
    pub fn forgets(&mut self) {
        self.cursor = self.log.diary().len();
    }

    /// What the ear of the call in hand has measured so far.
    pub async fn measures(&mut self) -> Result<Measurement, Finding> {
        let Some(call) = self.in_hand() else {
            let expected = format!("{} has a call to measure", self.name());
            return Err(Finding::new(Fault::Unclear, expected, "no call").at(self.host.now()));
        };
        self.forgets();
        self.command(Command::Measure { call }).await;
        let is_it =
            move |event: &Event| matches!(event, Event::Measured { call: of, .. } if *of == call);
        match self
            .sees_one(is_it, "a measurement of its call", SOON)
            .await?
        {
            Event::Measured { measurement, .. } => Ok(*measurement),
            other => Err(Finding::new(
                Fault::Client,
                "a measurement",
                format!("{other:?}"),
            )),
        }
    }

    /// Expects to hear a tone of this frequency within a time.
    pub async fn hears(
        &mut self,
        frequency_hz: f64,
        within: Duration,
    ) -> Result<Measurement, Finding> {
        let is_it = |heard: &Measurement| {
            heard
                .heard
                .frequency_hz
                .is_some_and(|hz| (hz - frequency_hz).abs() <= PITCH_HZ)
        };
        self.listens(is_it, &format!("a tone of {frequency_hz:.0} Hz"), within)
            .await
    }

    /// Expects to hear somebody's voice within a time.
    pub async fn hears_voice_of(
        &mut self,
        other: &Self,
        within: Duration,
    ) -> Result<Measurement, Finding> {
        self.hears(other.person.voice_hz, within).await
    }

    /// Expects silence within a time.
    pub async fn hears_silence(&mut self, within: Duration) -> Result<Measurement, Finding> {
        self.listens(|heard| heard.heard.level_dbov.is_none(), "silence", within)
            .await
    }

    /// Asks the ear again and again until it fits.
    async fn listens(
        &mut self,
        fits: impl Fn(&Measurement) -> bool + Send,
        words: &str,
        within: Duration,
    ) -> Result<Measurement, Finding> {
        let deadline = self.host.now() + within;
        loop {
            let heard = self.measures().await?;
            if fits(&heard) {
                return Ok(heard);
            }
            if self.host.now() >= deadline {
                let came = match heard.heard.frequency_hz {
                    Some(hz) => format!("a tone of {hz:.0} Hz"),
                    None => heard
                        .heard
                        .level_dbov
                        .map_or("silence".to_owned(), |level| {
                            format!("sound of {level:.0} dBov")
                        }),
                };
                let expected = format!("{} hears {words} within {within:?}", self.name());
                return Err(Finding::new(Fault::Unclear, expected, came).at(self.host.now()));
            }
            self.host.sleep(LISTEN_EVERY).await;
        }
    }

    fn not_seen(&self, words: &str, within: Duration) -> Finding {
        let expected = format!("{} sees {words} within {within:?}", self.name());
        let came = self.log.diary().last_words(self.cursor);
        Finding::new(Fault::Unclear, expected, came).at(self.host.now())
    }
}
