//! `solstice meet`: our softphone without a screen in a room of Meetings Online, on real sockets.

use std::collections::BTreeMap;
use std::time::Duration;

use clap::Args;
use client::meeting::{self, Invitation, LeaveReason, Measurement};
use client::{Command, Event, Softphone, Voice};
use media::video::Camera;
use tokio::time::timeout;
use url::Url;

use super::phone_options::PhoneOptions;
use super::place::stuck;
use super::{Status, Trouble, place};

/// Which room, and how.
#[derive(Args, Debug)]
pub struct Arguments {
    /// The room's address: https://HOST/portal/tenants/TENANT/?ID=NUMBER, with ***PIN behind the number if it has one
    pub room: Url,
    /// Name to be shown to the others
    #[arg(long, default_value = "Solstice")]
    pub name: String,
    /// Login of a subscriber; a guest needs none
    #[arg(long, requires = "password")]
    pub login: Option<String>,
    /// Its password
    #[arg(long, requires = "login")]
    pub password: Option<String>,
    /// Join with pictures: shows a test pattern, counts the pictures that come
    #[arg(long)]
    pub video: bool,
    /// What each phone is told
    #[command(flatten)]
    pub phone: PhoneOptions,
}

/// Time for a good-bye.
const GOODBYE_TIME: Duration = Duration::from_secs(10);

/// Joins, stays, leaves; exit status 1 if the room could not be joined or ended before its time.
pub fn carry_out(arguments: &Arguments, say: &mut dyn FnMut(&str)) -> Result<Status, Trouble> {
    let voice = arguments.phone.voice()?;
    let trust = arguments.phone.believed.trust()?;
    place::event_loop()?.block_on(async {
        let name = arguments.room.host_str().unwrap_or_default();
        let name = name.trim_matches(['[', ']']);
        let host = place::host_towards(name, arguments.phone.faults.as_deref()).await?;
        let softphone = client::start(&host, client::Config::new(trust)).await;
        let mut visit = Visit {
            softphone,
            names: BTreeMap::new(),
            say,
        };
        visit.begin(invitation(arguments, voice)).await?;
        let stay = arguments.phone.time();
        if let Ok(left) = timeout(stay, visit.until_left()).await {
            return left.map(|(reason, measurement)| visit.judge(&reason, measurement));
        }
        visit.leave().await
    })
}

fn invitation(arguments: &Arguments, voice: Voice) -> Invitation {
    Invitation {
        room: arguments.room.clone(),
        name: arguments.name.clone(),
        login: arguments.login.clone().zip(arguments.password.clone()),
        voice,
        video: arguments.video.then_some(Camera::SMALL_CLIP),
    }
}

/// A softphone in a room, the names of those who are there, and whom it tells what it sees.
struct Visit<'a> {
    softphone: Softphone,
    names: BTreeMap<u64, String>,
    say: &'a mut dyn FnMut(&str),
}

type Left = (LeaveReason, Option<Box<Measurement>>);

impl Visit<'_> {
    async fn begin(&mut self, invitation: Invitation) -> Result<(), Trouble> {
        self.send(Command::JoinMeeting(invitation)).await
    }

    async fn leave(&mut self) -> Result<Status, Trouble> {
        self.send(Command::Meeting(meeting::Command::Leave)).await?;
        match timeout(GOODBYE_TIME, self.until_left()).await {
            Ok(left) => left.map(|(reason, measurement)| self.judge(&reason, measurement)),
            Err(_) => Err(Trouble::new(
                format!(
                    "the room does not let go within {} s",
                    GOODBYE_TIME.as_secs()
                ),
                "look at the server's log",
            )),
        }
    }

    /// Tells what happens until the meeting is over for us.
    async fn until_left(&mut self) -> Result<Left, Trouble> {
        loop {
            let event = self.softphone.events.recv().await;
            let event = event.ok_or_else(stuck)?;
            let Event::Meeting(event) = event else {
                continue;
            };
            match event {
                meeting::Event::Joined { title, waiting, .. } => {
                    let waiting = if waiting {
                        ", waiting to be let in"
                    } else {
                        ""
                    };
                    (self.say)(&format!("joined {title}{waiting}"));
                }
                meeting::Event::Roster { participants, .. } => {
                    self.names = participants
                        .iter()
                        .map(|one| (one.id, one.name.clone()))
                        .collect();
                }
                meeting::Event::Talking { codec } => (self.say)(&format!("talking {codec}")),
                meeting::Event::VideoStarted { participant } => {
                    let name = self.name(participant);
                    (self.say)(&format!("seeing {name}"));
                }
                meeting::Event::Refused { request, code } => {
                    (self.say)(&format!("{request} refused with {code}"));
                }
                meeting::Event::Left {
                    reason,
                    measurement,
                } => return Ok((reason, measurement)),
                meeting::Event::Shown { .. }
                | meeting::Event::VideoBlocked { .. }
                | meeting::Event::Measured(_) => {}
            }
        }
    }

    fn judge(&mut self, reason: &LeaveReason, measurement: Option<Box<Measurement>>) -> Status {
        if let Some(measurement) = measurement {
            self.tell(&measurement);
        }
        if *reason == LeaveReason::Local {
            return Status::Expected;
        }
        let words = match reason {
            LeaveReason::Trouble(trouble) => trouble.to_string(),
            LeaveReason::Dropped => "a moderator sent us out".to_owned(),
            LeaveReason::Ended => "a moderator ended the meeting".to_owned(),
            other => format!("{other:?}"),
        };
        place::eprint(&words);
        Status::Findings
    }

    fn tell(&mut self, measurement: &Measurement) {
        let sound = &measurement.statistics;
        (self.say)(&format!(
            "sound: {} packets sent, {} received",
            sound.sent.packets, sound.arrived.packets
        ));
        (self.say)(&said_of(measurement));
        for (place, line) in measurement.video.iter().enumerate() {
            let statistics = &line.statistics;
            if place == 0 {
                let (shown, sent) = (statistics.shown.pictures, statistics.sent.packets);
                (self.say)(&format!("video: {shown} pictures sent in {sent} packets"));
            }
            if statistics.seen.pictures > 0 {
                let who = line.participant.map(|id| self.name(id));
                (self.say)(&format!(
                    "video: {} pictures seen, {} broken, last of {}",
                    statistics.seen.pictures,
                    statistics.seen.broken,
                    who.unwrap_or_else(|| "somebody who left".to_owned()),
                ));
            }
        }
    }

    fn name(&self, participant: u64) -> String {
        let name = self.names.get(&participant).cloned();
        name.unwrap_or_else(|| format!("participant {participant}"))
    }

    async fn send(&mut self, command: Command) -> Result<(), Trouble> {
        self.softphone
            .commands
            .send(command)
            .await
            .map_err(|_| stuck())
    }
}

/// Loss, jitter, round trip and what it sounded like; a dash for what nobody has said.
fn said_of(measurement: &Measurement) -> String {
    let sound = &measurement.statistics;
    let or_dash = |value: Option<f64>, unit: &str| {
        value.map_or_else(|| "-".to_owned(), |value| format!("{value:.2}{unit}"))
    };
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let jitter = sound.received.map(|received| ms(received.jitter));
    format!(
        "sound: loss {:.2} %, {} lost, {} discarded, jitter {}, round trip {}, MOS {}",
        measurement.loss() * 100.0,
        sound.received.map_or(0, |received| received.lost),
        sound.playout.packets_discarded,
        or_dash(jitter, " ms"),
        or_dash(sound.round_trip.map(ms), " ms"),
        or_dash(measurement.mos(), ""),
    )
}
