//! A line that is cut for two seconds in a call with a picture: the picture stands still once, for about as long, and is then as
//! near to what the camera saw as before.

use std::time::Duration;

use client::Measurement;
use media::video::VideoStatistics;
use net::faults::{Effect, FaultPlan, Target};

use crate::deployment::{Deployment, Place};
use crate::outcome::{Fault, Finding};
use crate::requirements::telephony::{BAD_NETWORK, VIDEO_CALL};
use crate::scenario::{Need, Scenario};
use crate::stage::{IN_TIME, Party, SOON, Seen, Stage};

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "telephony/video_freeze",
    title: "A line that is cut freezes the picture of a call once; then it moves on, as good as before.",
    proves: &[&VIDEO_CALL, &BAD_NETWORK],
    needs: &[Need::Impairment, Need::ExactTime],
    deployment: || {
        Deployment::office(&["alice"])
            .person("bob", Place::Home)
            .with_faults(|seed| {
                FaultPlan::seeded(seed).with(Target::link("home"), CUT.0, CUT.1, Effect::Cut)
            })
    },
    play: |stage| Box::pin(play(stage)),
};

/// When the line is cut, from the beginning of the world on.
const CUT: (Duration, Duration) = (Duration::from_secs(20), Duration::from_secs(22));
/// By then the pictures are whole again: a key frame was asked for and came.
const HEALED: Duration = Duration::from_secs(3);
/// Luma of pictures over a line without loss is nearer to the camera's than this: what most call good.
const PSNR_Y_DB: f64 = 30.0;
const SSIM_Y: f64 = 0.9;

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let (mut alice, mut bob) = (stage.party("alice"), stage.party("bob"));
    alice.shows_itself_to(&mut bob).await?;
    alice.sees(Seen::Picture, SOON).await?;
    stage.wait_until(CUT.0).await;
    for party in [&mut alice, &mut bob] {
        let shown = party.measures().await?;
        let frozen = pictures(&shown).seen.freezes.freeze_count;
        let words = format!("the picture that {} sees moves", party.name());
        stage.demand(
            frozen == 0,
            Fault::Client,
            &words,
            format!("{frozen} freezes"),
        )?;
        is_good(stage, party, &shown)?;
    }
    stage.wait_until(CUT.1 + HEALED).await;
    for party in [&mut alice, &mut bob] {
        let shown = party.measures().await?;
        froze_once(stage, party, &pictures(&shown))?;
        is_good(stage, party, &shown)?;
    }
    bob.hang_up().await;
    alice.sees(Seen::Ended, IN_TIME).await
}

fn pictures(shown: &Measurement) -> VideoStatistics {
    shown.video.clone().unwrap_or_default()
}

/// The picture stood still from the last that came before the cut to the first that could be shown after it.
fn froze_once(stage: &mut Stage, party: &Party, shown: &VideoStatistics) -> Result<(), Finding> {
    let (freezes, name) = (shown.seen.freezes, party.name());
    let lasted = freezes.total_freezes_duration;
    stage.measure(&format!("{name}_frozen_s"), lasted.as_secs_f64());
    let cut = CUT.1 - CUT.0;
    stage.demand(
        freezes.freeze_count == 1 && lasted >= cut && lasted < cut + HEALED / 2,
        Fault::Client,
        &format!("the picture that {name} sees stands still once, for about {cut:?}"),
        format!("{freezes:?}"),
    )
}

fn is_good(stage: &mut Stage, party: &Party, shown: &Measurement) -> Result<(), Finding> {
    let name = party.name();
    let words = format!("{name} sees a picture near to what the camera saw");
    let Some(fidelity) = shown.fidelity else {
        return stage.demand(false, Fault::Client, &words, "no picture with a mark");
    };
    stage.measure(&format!("{name}_psnr_y_db"), fidelity.psnr_y_db);
    stage.measure(&format!("{name}_ssim_y"), fidelity.ssim_y);
    stage.demand(
        fidelity.psnr_y_db > PSNR_Y_DB && fidelity.ssim_y > SSIM_Y,
        Fault::Client,
        &words,
        format!("{fidelity:?}"),
    )
}
