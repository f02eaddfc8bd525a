//! A hundred calls at once through the relay for a minute, SIP over TLS and media encrypted.

use std::time::Duration;

use sim_ipoffice::config::SrtpPolicy;

use crate::deployment::{Deployment, OFFICE_NAME, Place, Way};
use crate::outcome::{Fault, Finding};
use crate::requirements::telephony::{AUDIO_CALL, MEDIA_ENCRYPTION};
use crate::scenario::{Need, Scenario};
use crate::stage::{IN_TIME, Seen, Stage};

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "load/hundred_calls",
    title: "A hundred encrypted G.711 calls stand for a minute at once, each heard at both ends.",
    proves: &[&AUDIO_CALL, &MEDIA_ENCRYPTION],
    needs: &[Need::ManyHosts],
    deployment,
    play: |stage| Box::pin(play(stage)),
};

const CALLS: usize = 100;
const MINUTE: Duration = Duration::from_secs(60);

fn deployment() -> Deployment {
    let text = format!(
        "SET ENABLE_IPOFFICE 1\nSET SIP_CONTROLLER_LIST {OFFICE_NAME}:5061;transport=tls\nSET MEDIAENCRYPTION 1\n"
    );
    let way = Way::Settings("http://settings.example/load.txt".to_owned());
    let mut deployment = Deployment::office(&[])
        .with_settings("load.txt", text)
        .with_office(|office| office.srtp = SrtpPolicy::Enforced);
    for number in 0..2 * CALLS {
        deployment = deployment.person(&format!("user{number}"), Place::Home);
    }
    deployment = deployment.everybody(&way);
    deployment.keeps_trace = false;
    deployment
}

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let mut people: Vec<_> = (0..2 * CALLS)
        .map(|number| stage.party(&format!("user{number}")))
        .collect();
    let (callers, called) = people.split_at_mut(CALLS);
    for (caller, callee) in callers.iter_mut().zip(called.iter_mut()) {
        caller.call(&callee.person.extension).await;
        callee.sees(Seen::Ringing, IN_TIME).await?;
        callee.answer().await;
        caller.sees(Seen::Talking, IN_TIME).await?;
    }
    stage.wait(MINUTE).await;
    let mut worst_mos = f64::INFINITY;
    for (caller, callee) in callers.iter_mut().zip(called.iter_mut()) {
        for heard in [
            caller.hears_voice_of(callee, IN_TIME).await?,
            callee.hears_voice_of(caller, IN_TIME).await?,
        ] {
            worst_mos = worst_mos.min(heard.mos().unwrap_or_default());
        }
    }
    stage.measure("worst_listening_quality_mos", worst_mos);
    stage.demand(
        worst_mos >= 4.0,
        Fault::Unclear,
        "a listening quality of at least 4.0 everywhere",
        format!("{worst_mos:.2}"),
    )?;
    for caller in callers {
        caller.hang_up().await;
        caller.sees(Seen::Ended, IN_TIME).await?;
    }
    Ok(())
}
