//! What parties do at Spaces and Meetings Online.

use std::time::Duration;

use client::meeting::{self, Invitation, LeaveReason, Trouble};
use client::messaging::Account;
use client::{Command, Event, Voice};
use media::video::Camera;

use super::{IN_TIME, Party, SOON, Seen, Stage};
use crate::deployment::MEETINGS_NAME;
use crate::outcome::{Fault, Finding};

/// A voice is there at this level and above, in dBm0; parties speak at -10.
const THERE_DBM0: f64 = -30.0;
/// A voice is not there below this level.
const NOT_THERE_DBM0: f64 = -40.0;
/// The ear's measurement covers half a second; longer pauses between questions tell nothing more.
const LISTEN_EVERY: Duration = Duration::from_millis(700);

impl Stage {
    /// Signs a party in to messaging and waits until it is connected.
    pub async fn sign_in(&self, party: &mut Party) -> Result<(), Finding> {
        self.start_messaging(party).await;
        party.sees(Seen::MessagingOnline, SOON).await
    }

    /// Lets a party begin to sign in to messaging.
    pub async fn start_messaging(&self, party: &Party) {
        let Some(spaces) = &self.deployment.spaces else {
            return;
        };
        let url = |name: &str| format!("https://{name}").parse().ok();
        if let (Some(accounts), Some(api)) = (url(&spaces.names.accounts), url(&spaces.names.api)) {
            let account = Account {
                accounts,
                spaces: api,
                address: party.person.email.clone(),
                password: party.person.password.clone(),
            };
            party.command(Command::StartMessaging(account)).await;
        }
    }

    /// Lets a party join a room and waits until sound goes both ways.
    pub async fn join(&self, party: &mut Party, room: &str, is_guest: bool) -> Result<(), Finding> {
        self.start_join(party, room, is_guest).await?;
        party.sees(Seen::MeetingTalking, IN_TIME).await
    }

    /// Lets a party join a room and gives the server's word for its refusal.
    pub async fn is_refused(
        &self,
        party: &mut Party,
        room: &str,
        is_guest: bool,
    ) -> Result<String, Finding> {
        self.start_join(party, room, is_guest).await?;
        let left = |event: &Event| matches!(event, Event::Meeting(meeting::Event::Left { .. }));
        match party.sees_one(left, "the room refuse it", SOON).await? {
            Event::Meeting(meeting::Event::Left {
                reason: LeaveReason::Trouble(Trouble::Refused { code }),
                ..
            }) => Ok(code),
            other => {
                let expected = format!("the room {room} refuses {} with a code", party.name());
                Err(Finding::new(Fault::Meetings, expected, format!("{other:?}")).at(self.now()))
            }
        }
    }

    /// Lets a party begin to join a room; the part behind the number may hold a PIN: `7201***1234`.
    pub async fn start_join(
        &self,
        party: &Party,
        room: &str,
        is_guest: bool,
    ) -> Result<(), Finding> {
        self.start_join_showing(party, room, is_guest, None).await
    }

    /// The same with what is shown; without, nobody is seen.
    pub(super) async fn start_join_showing(
        &self,
        party: &Party,
        room: &str,
        is_guest: bool,
        video: Option<Camera>,
    ) -> Result<(), Finding> {
        let tenant = self
            .deployment
            .meetings
            .as_ref()
            .map(|config| config.tenant.clone())
            .unwrap_or_default();
        let address = format!("https://{MEETINGS_NAME}/portal/tenants/{tenant}/?ID={room}");
        let Ok(room) = address.parse() else {
            return Err(Finding::new(Fault::Unclear, "a room's address", address));
        };
        let login =
            (!is_guest).then(|| (party.person.email.clone(), party.person.password.clone()));
        let voice = Voice::Tone {
            frequency_hz: party.person.voice_hz,
            level_dbm0: -10.0,
        };
        let invitation = Invitation {
            room,
            name: party.person.name.clone(),
            login,
            voice,
            video,
        };
        party.command(Command::JoinMeeting(invitation)).await;
        Ok(())
    }
}

impl Party {
    /// Leaves the meeting.
    pub async fn leave(&self) {
        self.command(Command::Meeting(meeting::Command::Leave))
            .await;
    }

    /// Expects to hear voices of these frequencies in the meeting, and none of those, within a time.
    pub async fn hears_in_meeting(
        &mut self,
        voices: &[f64],
        others: &[f64],
        within: Duration,
    ) -> Result<(), Finding> {
        let frequencies_hz: Vec<f64> = voices.iter().chain(others).copied().collect();
        self.command(Command::Meeting(meeting::Command::Listen {
            frequencies_hz,
        }))
        .await;
        let deadline = self.host().now() + within;
        loop {
            self.host().sleep(LISTEN_EVERY).await;
            let heard = self.measures_in_meeting().await?;
            let level = |hz: &f64| {
                let tone = heard
                    .heard
                    .tones
                    .iter()
                    .find(|tone| (tone.frequency_hz - hz).abs() < 0.5);
                tone.map_or(f64::NEG_INFINITY, |tone| tone.level_dbm0)
            };
            let all = voices.iter().all(|hz| level(hz) >= THERE_DBM0);
            let none = others.iter().all(|hz| level(hz) < NOT_THERE_DBM0);
            if all && none {
                return Ok(());
            }
            if self.host().now() >= deadline {
                let levels: Vec<String> = voices
                    .iter()
                    .chain(others)
                    .map(|hz| format!("{hz:.0} Hz {:.0} dBm0", level(hz)))
                    .collect();
                let expected = format!(
                    "{} hears the voices {voices:.0?} and not {others:.0?}",
                    self.name()
                );
                let finding = Finding::new(Fault::Unclear, expected, levels.join(", "));
                return Err(finding.at(self.host().now()));
            }
        }
    }

    pub(super) async fn measures_in_meeting(&mut self) -> Result<meeting::Measurement, Finding> {
        self.forgets();
        self.command(Command::Meeting(meeting::Command::Measure))
            .await;
        let is_it = |event: &Event| matches!(event, Event::Meeting(meeting::Event::Measured(_)));
        match self
            .sees_one(is_it, "a measurement of the meeting", SOON)
            .await?
        {
            Event::Meeting(meeting::Event::Measured(measurement)) => Ok(*measurement),
            other => Err(Finding::new(
                Fault::Client,
                "a measurement",
                format!("{other:?}"),
            )),
        }
    }
}
