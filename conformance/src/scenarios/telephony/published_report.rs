//! Reports of quality that phones publish when a call is over: as true over a line that loses as over one that does not, and
//! withheld from a system that does not want them. That their figures are those of the network is checked after every run.

use std::time::Duration;

use media::quality::{Occasion, ReceivedReport};
use net::faults::{Effect, FaultPlan, Target};

use crate::deployment::{Deployment, LOSSY as LOSSY_UNTIL, Place, loss_at_home};
use crate::outcome::{Fault, Finding};
use crate::requirements::telephony::{AUDIO_CALL, BAD_NETWORK};
use crate::scenario::{Need, Scenario};
use crate::stage::{IN_TIME, Party, SOON, Seen, Stage};

/// Over a line that loses packets and delays others.
pub const LOSSY: Scenario = Scenario {
    name: "telephony/published_report",
    title: "Over a line that loses packets and delays others both ends publish what was lost, in time and at the end.",
    proves: &[&BAD_NETWORK],
    needs: &[Need::Impairment],
    deployment: || {
        Deployment::office(&["alice"])
            .person("bob", Place::Home)
            .with_faults(lossy)
    },
    play: |stage| Box::pin(lossy_call(stage)),
};

/// Over a line without trouble.
pub const CLEAN: Scenario = Scenario {
    name: "telephony/clean_report",
    title: "A call without trouble is reported once by each end, with no loss.",
    proves: &[&AUDIO_CALL],
    needs: &[],
    deployment: || Deployment::office(&["alice", "bob"]),
    play: |stage| Box::pin(clean_call(stage)),
};

/// To a system that refuses reports.
pub const UNWANTED: Scenario = Scenario {
    name: "telephony/unwanted_report",
    title: "A system that refuses reports of quality gets one from each phone, and calls go on as ever.",
    proves: &[&AUDIO_CALL],
    needs: &[],
    deployment: || {
        let mut deployment = Deployment::office(&["alice", "bob"]);
        deployment.office.quality_reports = false;
        deployment
    },
    play: |stage| Box::pin(refused(stage)),
};

fn lossy(seed: u64) -> FaultPlan {
    let up_to = Duration::from_millis(15);
    loss_at_home(seed, 8.0).with(
        Target::link("home"),
        Duration::ZERO,
        LOSSY_UNTIL,
        Effect::Jitter { up_to },
    )
}

async fn lossy_call(stage: &mut Stage) -> Result<(), Finding> {
    let (mut alice, mut bob) = (stage.party("alice"), stage.party("bob"));
    call(stage, &mut alice, &mut bob, Duration::from_secs(60)).await?;
    // Over such a line the answer to a report may be lost, and the report comes again.
    stage.wait(IN_TIME).await;
    for extension in ["201", "202"] {
        let reports = reports(stage, extension).await;
        let alerts = reports
            .iter()
            .filter(|report| matches!(report.occasion, Occasion::Alert { .. }));
        stage.demand(
            alerts.count() > 0,
            Fault::Client,
            "more loss than the threshold is reported while the call goes on",
            format!("{extension}: {reports:?}"),
        )?;
        let report = session(stage, extension, &reports)?;
        let loss = report.local.loss_percent.unwrap_or_default();
        let other = report.remote.and_then(|other| other.loss_percent);
        stage.demand(
            other.is_some_and(|loss| loss > 3.0),
            Fault::Client,
            "what the other end said of its loss is in the report",
            format!("{extension}: {other:?} %"),
        )?;
        stage.measure(&format!("reported_loss_at_{extension}_percent"), loss);
        stage.demand(
            loss > 3.0,
            Fault::Client,
            "the loss is in the report",
            format!("{extension}: {loss:.1} %"),
        )?;
    }
    Ok(())
}

async fn clean_call(stage: &mut Stage) -> Result<(), Finding> {
    let (mut alice, mut bob) = (stage.party("alice"), stage.party("bob"));
    call(stage, &mut alice, &mut bob, Duration::from_secs(12)).await?;
    for extension in ["201", "202"] {
        let reports = reports(stage, extension).await;
        let figures = session(stage, extension, &reports)?.local;
        stage.demand(
            reports.len() == 1 && figures.loss_percent == Some(0.0),
            Fault::Client,
            "one report with no loss",
            format!("{extension}: {reports:?}"),
        )?;
    }
    Ok(())
}

async fn refused(stage: &mut Stage) -> Result<(), Finding> {
    let (mut alice, mut bob) = (stage.party("alice"), stage.party("bob"));
    for _ in 0..2 {
        call(stage, &mut alice, &mut bob, Duration::from_secs(3)).await?;
    }
    let office = stage.servers().office.as_ref();
    let refused = match office {
        Some(office) => office.ask(|office| office.quality_log().refused()).await,
        None => None,
    };
    stage.demand(
        refused == Some(2),
        Fault::Client,
        "one report of each phone was refused, and no other came",
        format!("{refused:?}"),
    )
}

/// Alice calls Bob, who hangs up after a while.
async fn call(
    stage: &Stage,
    alice: &mut Party,
    bob: &mut Party,
    time: Duration,
) -> Result<(), Finding> {
    alice.call("202").await;
    bob.sees(Seen::Ringing, IN_TIME).await?;
    bob.answer().await;
    alice.sees(Seen::Talking, IN_TIME).await?;
    bob.sees(Seen::Talking, IN_TIME).await?;
    stage.wait(time).await;
    bob.hang_up().await;
    alice.sees(Seen::Ended, IN_TIME).await?;
    bob.sees(Seen::Ended, IN_TIME).await?;
    stage.wait(SOON).await;
    Ok(())
}

/// What the IP Office keeps of a user.
async fn reports(stage: &mut Stage, extension: &'static str) -> Vec<ReceivedReport> {
    let Some(office) = &stage.servers().office else {
        return Vec::new();
    };
    let kept = office.ask(move |office| {
        let kept = office.quality_log().of(extension);
        kept.map(|kept| kept.report.clone()).collect()
    });
    kept.await.unwrap_or_default()
}

/// The report at the end of the call, of which there is one.
fn session<'r>(
    stage: &Stage,
    extension: &str,
    reports: &'r [ReceivedReport],
) -> Result<&'r ReceivedReport, Finding> {
    let mut at_end = reports
        .iter()
        .filter(|report| report.occasion == Occasion::Session);
    let first = at_end.next();
    stage.demand(
        first.is_some() && at_end.next().is_none(),
        Fault::Client,
        "a call is reported once when it is over",
        format!("{extension}: {reports:?}"),
    )?;
    first.ok_or_else(|| Finding::new(Fault::Client, "a report", "none"))
}
