//! A room of ours in `solstice serve meetings`, and our softphone in it.

use client::meeting::{self, Invitation, Measurement};
use client::{Command, Event, Softphone, Voice};
use media::video::Camera;
use net::World;
use net::tls::Trust;
use serde_json::{Value, json};

use crate::lab::{Failure, Lab, PATIENCE, free_port_pair};
use crate::solstice::Serve;

/// A room that is served; dropped, it is closed.
pub(crate) struct Room {
    _server: Serve,
    /// Its address, which guests may open.
    pub(crate) url: String,
}

impl Room {
    /// Opens one; `more` is put into the server's configuration.
    pub(crate) fn open(lab: &Lab, more: &[(&str, Value)]) -> Result<Self, Failure> {
        let (plain, stun) = (free_port_pair()?, free_port_pair()?);
        let mut config = json!({
            "ports": {"https": null, "portal": null, "plain": plain, "stun": stun},
            "subscribers": [{"login": "alice", "password": "secret", "name": "Alice"}],
            "rooms": [{"number": "801", "owner": "alice", "guests": true}],
        });
        for (name, value) in more {
            config[name] = value.clone();
        }
        Ok(Self {
            _server: Serve::start(lab, "meetings", &config)?,
            url: format!("http://127.0.0.1:{plain}/portal/tenants/solstice/?ID=801"),
        })
    }
}

/// Our softphone in the room.
pub(crate) struct Phone {
    softphone: Softphone,
    roster: Vec<meeting::Participant>,
}

impl Phone {
    /// Joins as a guest and waits until it talks.
    pub(crate) async fn join(
        room: &str,
        voice: Voice,
        video: Option<Camera>,
    ) -> Result<Self, Failure> {
        let host = World::real_machine_at(&[[127, 0, 0, 1].into()]).host("phone");
        let softphone = client::start(&host, client::Config::new(Trust::Unchecked)).await;
        let mut phone = Self {
            softphone,
            roster: Vec::new(),
        };
        let invitation = Invitation {
            room: room.parse()?,
            name: "Phone".to_owned(),
            login: None,
            voice,
            video,
        };
        let command = Command::JoinMeeting(invitation);
        phone.softphone.commands.send(command).await?;
        let talking = |event: &meeting::Event| matches!(event, meeting::Event::Talking { .. });
        phone.wait(talking).await.map(|_| phone)
    }

    /// Has its ear measure the level at these frequencies, from now on.
    pub(crate) async fn listen(&mut self, frequencies_hz: &[f64]) -> Result<(), Failure> {
        let frequencies_hz = frequencies_hz.to_vec();
        let command = Command::Meeting(meeting::Command::Listen { frequencies_hz });
        Ok(self.softphone.commands.send(command).await?)
    }

    /// What it has sent and received until now.
    pub(crate) async fn measure(&mut self) -> Result<Measurement, Failure> {
        let command = Command::Meeting(meeting::Command::Measure);
        self.softphone.commands.send(command).await?;
        let measured = |event: &meeting::Event| matches!(event, meeting::Event::Measured(_));
        match self.wait(measured).await? {
            meeting::Event::Measured(measurement) => Ok(*measurement),
            other => Err(format!("{other:?} is no measurement").into()),
        }
    }

    /// The number of a participant whom the roster names.
    pub(crate) fn number_of(&self, name: &str) -> Option<u64> {
        let one = self.roster.iter().find(|one| one.name == name)?;
        Some(one.id)
    }

    async fn wait(
        &mut self,
        is_it: impl Fn(&meeting::Event) -> bool,
    ) -> Result<meeting::Event, Failure> {
        let found = async {
            while let Some(event) = self.softphone.events.recv().await {
                let Event::Meeting(event) = event else {
                    continue;
                };
                if let meeting::Event::Roster { participants, .. } = &event {
                    self.roster.clone_from(participants);
                }
                if is_it(&event) {
                    return Ok(event);
                }
                if let meeting::Event::Left { reason, .. } = event {
                    return Err(format!("the room was left: {reason:?}"));
                }
            }
            Err("the phone ended".to_owned())
        };
        Ok(tokio::time::timeout(PATIENCE, found)
            .await
            .map_err(|_| "nothing came of our phone")??)
    }
}
