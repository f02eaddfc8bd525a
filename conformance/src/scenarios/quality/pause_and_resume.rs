//! A call is held and retrieved: it goes on as if nothing had been.

use std::time::Duration;

use super::over_profile::{self, NEEDS};
use crate::outcome::Finding;
use crate::profiles::Profile;
use crate::requirements::telephony::{AUDIO_CALL, HOLD_RETRIEVE};
use crate::scenario::Scenario;
use crate::stage::{IN_TIME, Seen, Stage};

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "quality/pause_and_resume",
    title: "A call that was held for ten seconds sounds as it did before.",
    proves: &[&HOLD_RETRIEVE, &AUDIO_CALL],
    needs: NEEDS,
    deployment: over_profile::deployment::<PROFILE>,
    play: |stage| Box::pin(play(stage)),
};

/// Place of the profile in the list.
const PROFILE: usize = 9;
const TALK: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_secs(10);

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let profile = Profile::numbered(PROFILE);
    let (mut alice, mut bob) = (stage.party("alice"), stage.party("bob"));
    over_profile::begin(&mut alice, &mut bob).await?;
    over_profile::watch(stage, &mut alice, &mut bob, TALK).await?;
    bob.hold().await;
    bob.sees(Seen::Holding, IN_TIME).await?;
    over_profile::watch(stage, &mut alice, &mut bob, PAUSE).await?;
    bob.retrieve().await;
    bob.sees(Seen::Retrieved, IN_TIME).await?;
    over_profile::watch(stage, &mut alice, &mut bob, TALK).await?;
    over_profile::sounds_well(stage, (&mut alice, &mut bob), &profile).await?;
    bob.hang_up().await;
    alice.sees(Seen::Ended, IN_TIME).await
}
