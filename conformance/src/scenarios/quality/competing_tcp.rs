//! A long download shares the line with the call: the queue that it fills is the call's delay, and empties after it.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::over_profile::{self, NEEDS};
use crate::deployment::{Deployment, SETTINGS};
use crate::outcome::{Fault, Finding};
use crate::profiles::{FAULTS_END_S, Profile};
use crate::requirements::telephony::{AUDIO_CALL, BAD_NETWORK};
use crate::scenario::Scenario;
use crate::stage::{IN_TIME, Seen, Stage};

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "quality/competing_tcp",
    title: "A call beside a long download is delayed by its queue, and as good as before when it is over.",
    proves: &[&BAD_NETWORK, &AUDIO_CALL],
    needs: NEEDS,
    deployment,
    play: |stage| Box::pin(play(stage)),
};

/// Place of the profile in the list.
const PROFILE: usize = 8;
const BEFORE: Duration = Duration::from_secs(18);
const DOWNLOAD: Duration = Duration::from_secs(18);
/// Delay that the download's queue adds at least, of the 200 ms that it can hold.
const QUEUE_MS: f64 = 60.0;
/// A port of the server that the download comes from.
const PORT: u16 = 8_088;

fn deployment() -> Deployment {
    // The file is not read; its server is the host of the download.
    over_profile::deployment::<PROFILE>().with_settings("unused.txt", "")
}

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let profile = Profile::numbered(PROFILE);
    let (mut alice, mut bob) = (stage.party("alice"), stage.party("bob"));
    over_profile::begin(&mut alice, &mut bob).await?;
    over_profile::watch(stage, &mut alice, &mut bob, BEFORE).await?;
    let calm_ms = bob.measures().await?.delay_ms().unwrap_or_default();
    let download = download(stage).await?;
    over_profile::watch(stage, &mut alice, &mut bob, DOWNLOAD).await?;
    let busy_ms = bob.measures().await?.delay_ms().unwrap_or_default();
    download.abort();
    stage.measure("delay_beside_download_ms", busy_ms);
    let came = format!("{calm_ms:.0} ms before, {busy_ms:.0} ms beside it");
    let is_felt = busy_ms > calm_ms + QUEUE_MS;
    stage.demand(
        is_felt,
        Fault::Unclear,
        "the download delays the call",
        came,
    )?;
    let settled = Duration::from_secs(FAULTS_END_S + 40).saturating_sub(stage.now());
    over_profile::watch(stage, &mut alice, &mut bob, settled).await?;
    over_profile::sounds_well(stage, (&mut alice, &mut bob), &profile).await?;
    alice.hang_up().await;
    bob.sees(Seen::Ended, IN_TIME).await
}

/// Bob's machine downloads as fast as the line allows, until what this gives is ended.
async fn download(stage: &Stage) -> Result<net::Task, Finding> {
    let trouble =
        |error: std::io::Error| Finding::new(Fault::Unclear, "a download", error.to_string());
    let (server, bob) = (stage.host(SETTINGS), stage.host("bob"));
    let address = server.addresses().first().copied();
    let address = address.ok_or_else(|| trouble(std::io::ErrorKind::AddrNotAvailable.into()))?;
    let listener = server
        .listen((address, PORT).into())
        .await
        .map_err(trouble)?;
    server.spawn(async move {
        if let Ok((mut stream, _)) = listener.accept().await {
            while stream.write_all(&[0; 16_384]).await.is_ok() {}
        }
    });
    let mut stream = bob.connect((address, PORT).into()).await.map_err(trouble)?;
    let reading = async move {
        let mut room = vec![0; 65_536];
        while stream.read(&mut room).await.is_ok_and(|count| count > 0) {}
    };
    Ok(bob.spawn(reading))
}
