//! What a room refuses, it refuses with a code of its own.

use std::collections::BTreeMap;

use crate::deployment::{Deployment, Place};
use crate::outcome::{Fault, Finding};
use crate::requirements::meetings::{GUESTS_BY_BROWSER, ROOM_ERRORS};
use crate::scenario::{Need, Scenario};
use crate::stage::Stage;
use sim_meetings::Room;

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "meetings/refusals",
    title: "An unknown room, a wrong PIN, a missing PIN, a disabled and a not yet started room are told apart.",
    proves: &[&ROOM_ERRORS],
    needs: &[Need::WebRtc],
    deployment,
    play: |stage| Box::pin(play(stage)),
};

/// Guests are let in where that is allowed only.
pub const GUESTS: Scenario = Scenario {
    name: "meetings/guests",
    title: "A guest without account joins where guests are allowed and is refused where they are not.",
    proves: &[&GUESTS_BY_BROWSER],
    needs: &[Need::WebRtc],
    deployment,
    play: |stage| Box::pin(play_guests(stage)),
};

fn deployment() -> Deployment {
    let mut deployment = Deployment::office(&["alice"])
        .person("bob", Place::Home)
        .with_meetings();
    if let Some(meetings) = &mut deployment.meetings {
        let room = |number: &str| Room {
            number: number.to_owned(),
            owner: "alice@example.com".to_owned(),
            ..Room::default()
        };
        meetings.rooms = vec![
            Room {
                pin: Some("4829".to_owned()),
                ..room("7801")
            },
            Room {
                disabled: true,
                ..room("7802")
            },
            Room {
                starts_with_moderator: true,
                ..room("7803")
            },
            Room {
                guests: false,
                ..room("7804")
            },
            Room {
                participants_max: 0,
                ..room("7805")
            },
        ];
    }
    deployment
}

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let mut bob = stage.party("bob");
    let mut codes: BTreeMap<String, &str> = BTreeMap::new();
    for (room, what) in [
        ("7999", "an unknown room"),
        ("7801", "a missing PIN"),
        ("7801***1111", "a wrong PIN"),
        ("7802", "a disabled room"),
        ("7803", "a room that has not started"),
        ("7805", "a full room"),
    ] {
        let code = stage.is_refused(&mut bob, room, false).await?;
        if let Some(other) = codes.insert(code.clone(), what) {
            let expected = format!("{what} and {other} have codes of their own");
            return Err(
                Finding::new(Fault::Meetings, expected, format!("both have {code}"))
                    .at(stage.now()),
            );
        }
    }
    Ok(())
}

async fn play_guests(stage: &mut Stage) -> Result<(), Finding> {
    let (mut alice, mut bob) = (stage.party("alice"), stage.party("bob"));
    stage.join(&mut bob, "7201", true).await?;
    bob.leave().await;
    bob.sees(crate::stage::Seen::MeetingLeft, crate::stage::SOON)
        .await?;
    stage.is_refused(&mut bob, "7804", true).await?;
    stage.join(&mut alice, "7804", false).await
}
