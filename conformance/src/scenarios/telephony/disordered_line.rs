//! Lines that keep no order: packets that are overtaken or come twice, and copies of lost speech in the packets after it. What
//! the ends count of that is compared with the network after every run.

use std::time::Duration;

use media::jitter::PlayoutStatistics;
use net::faults::{Effect, FaultPlan, Target};
use sim_ipoffice::config::Platform;

use crate::deployment::{Deployment, LOSSY, OFFICE_NAME, Place, Way, loss_at_home};
use crate::outcome::{Fault, Finding};
use crate::requirements::telephony::{BAD_NETWORK, CODEC_NEGOTIATION};
use crate::scenario::{Need, Scenario};
use crate::stage::{IN_TIME, Seen, Stage};

/// Packets overtake each other and come twice.
pub const DISORDER: Scenario = Scenario {
    name: "telephony/disordered_line",
    title: "Packets that are overtaken or come twice are put in order, told apart and counted, and speech goes on.",
    proves: &[&BAD_NETWORK],
    needs: &[Need::Impairment],
    deployment: || {
        Deployment::office(&["alice"])
            .person("bob", Place::Home)
            .with_faults(disorder)
    },
    play: |stage| Box::pin(disordered(stage)),
};

/// Opus puts a copy of each packet's speech into the next where packets are lost.
pub const COPIES: Scenario = Scenario {
    name: "telephony/opus_copies",
    title: "By Opus over a line that loses packets, lost speech is heard from its copy in the next packet.",
    proves: &[&BAD_NETWORK, &CODEC_NEGOTIATION],
    needs: &[Need::Impairment],
    deployment: || {
        let by_settings = || Way::Settings("http://settings.example/opus.txt".to_owned());
        Deployment::office(&[])
            .with_office(|office| office.platform = Platform::Linux)
            .with_settings("opus.txt", opus_settings())
            .person("alice", Place::Office)
            .by(by_settings())
            .person("bob", Place::Home)
            .by(by_settings())
            .with_faults(|seed| loss_at_home(seed, 5.0))
    },
    play: |stage| Box::pin(copied(stage)),
};

fn opus_settings() -> String {
    format!(
        "SET ENABLE_IPOFFICE 1\nSET SIP_CONTROLLER_LIST {OFFICE_NAME}:5060;transport=tcp\nSET ENABLE_OPUS 1\n"
    )
}

/// Long enough for the sender to learn of the loss, and for many losses after that.
const CALL: Duration = Duration::from_secs(40);
/// Times that both are asked for what they count.
const ASKED: u32 = 8;

/// Some packets are held back by more than the buffer waits at first, some by less.
fn disorder(seed: u64) -> FaultPlan {
    let home = || Target::link("home");
    let held_back = |percent, ms| Effect::Reorder {
        percent,
        by: Duration::from_millis(ms),
    };
    FaultPlan::seeded(seed)
        .with(home(), Duration::ZERO, LOSSY, held_back(4.0, 25))
        .with(home(), Duration::ZERO, LOSSY, held_back(1.0, 130))
        .with(
            home(),
            Duration::ZERO,
            LOSSY,
            Effect::Duplicate { percent: 5.0 },
        )
}

async fn disordered(stage: &mut Stage) -> Result<(), Finding> {
    for (name, playout) in call(stage).await? {
        let (doubled, late) = (playout.packets_duplicated, playout.packets_discarded);
        stage.measure(
            &format!("packets_that_came_twice_to_{name}"),
            doubled as f64,
        );
        stage.measure(&format!("packets_late_at_{name}"), late as f64);
        stage.demand(
            doubled > 20 && late > 0,
            Fault::Client,
            "packets that come twice or too late are counted",
            format!("{name}: {playout:?}"),
        )?;
        stage.demand(
            playout.packets_missed * 20 < playout.packets_played,
            Fault::Client,
            "what is held back for less than the buffer waits is played",
            format!("{name}: {playout:?}"),
        )?;
    }
    Ok(())
}

async fn copied(stage: &mut Stage) -> Result<(), Finding> {
    for (name, playout) in call(stage).await? {
        let recovered = playout.packets_recovered;
        stage.measure(&format!("packets_recovered_by_{name}"), recovered as f64);
        stage.demand(
            recovered > playout.packets_missed,
            Fault::Client,
            "most lost packets are heard from their copies",
            format!("{name}: {playout:?}"),
        )?;
    }
    Ok(())
}

/// Alice calls Bob, and both say tones that begin anew every second: of a tone that stands still Opus makes no copies. Gives what
/// became of the packets that each heard.
async fn call(stage: &mut Stage) -> Result<[(&'static str, PlayoutStatistics); 2], Finding> {
    let (mut alice, mut bob) = (stage.party("alice"), stage.party("bob"));
    alice.call(&bob.person.extension).await;
    bob.sees(Seen::Ringing, IN_TIME).await?;
    bob.answer().await;
    alice.sees(Seen::Talking, IN_TIME).await?;
    bob.sees(Seen::Talking, IN_TIME).await?;
    alice.says_marked_tone().await;
    bob.says_marked_tone().await;
    for _ in 0..ASKED {
        stage.wait(CALL / ASKED).await;
        alice.measures().await?;
        bob.measures().await?;
    }
    let heard = [
        ("alice", alice.measures().await?.statistics.playout),
        ("bob", bob.measures().await?.statistics.playout),
    ];
    alice.hang_up().await;
    bob.sees(Seen::Ended, IN_TIME).await?;
    Ok(heard)
}
