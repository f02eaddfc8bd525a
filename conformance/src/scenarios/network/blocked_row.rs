//! The firewall lab: one row of the IP Office's port table is blocked at a time, and exactly its function is lost.

use net::topology::Topology;

use crate::deployment::{Deployment, OFFICE_NAME, Place, Way};
use crate::firewall::{Edge, only, row_rules};
use crate::outcome::{Fault, Finding};
use crate::requirements::network::ONE_ROW_ONE_FUNCTION;
use crate::requirements::ports::{IP_OFFICE, Table};
use crate::scenario::{Need, Scenario};
use crate::stage::{IN_TIME, SOON, Seen, Stage};

/// Without the row for secure settings.
pub const HTTPS: Scenario = scenario(
    "network/blocked_https",
    || deployment(shape::<0>),
    |stage| Box::pin(play(stage, 0)),
);
/// Without the row for plain settings.
pub const HTTP: Scenario = scenario(
    "network/blocked_http",
    || deployment(shape::<1>),
    |stage| Box::pin(play(stage, 1)),
);
/// Without the row for plain settings on the phone port.
pub const PHONE_HTTP: Scenario = scenario(
    "network/blocked_phone_http",
    || deployment(shape::<2>),
    |stage| Box::pin(play(stage, 2)),
);
/// Without the row for secure settings on the phone port.
pub const PHONE_HTTPS: Scenario = scenario(
    "network/blocked_phone_https",
    || deployment(shape::<3>),
    |stage| Box::pin(play(stage, 3)),
);
/// Without the row for plain SIP.
pub const SIP: Scenario = scenario(
    "network/blocked_sip",
    || deployment(shape::<4>),
    |stage| Box::pin(play(stage, 4)),
);
/// Without the row for SIP over TLS.
pub const SIP_TLS: Scenario = scenario(
    "network/blocked_sip_tls",
    || deployment(shape::<5>),
    |stage| Box::pin(play(stage, 5)),
);
/// Without the row for media.
pub const MEDIA: Scenario = scenario(
    "network/blocked_media",
    || deployment(shape::<6>),
    |stage| Box::pin(play(stage, 6)),
);

const fn scenario(
    name: &'static str,
    deployment: fn() -> Deployment,
    play: for<'a> fn(&'a mut Stage) -> crate::scenario::Played<'a>,
) -> Scenario {
    Scenario {
        name,
        title: "Behind a firewall without one row of the table, exactly the function of that row is lost.",
        proves: &[&ONE_ROW_ONE_FUNCTION],
        needs: &[Need::Firewall],
        deployment,
        play,
    }
}

/// Settings by the first four rows, then registration in plain and over TLS.
const URLS: [(&str, &str); 4] = [
    ("https", ""),
    ("http", ""),
    ("http", ":8411"),
    ("https", ":411"),
];
const PLAIN: usize = 4;
const TLS: usize = 5;
const MEDIA_ROW: usize = 6;

fn deployment(shape: fn(&mut Topology)) -> Deployment {
    let mut deployment =
        Deployment::office(&["alice"]).with_office(|office| office.ports.preferred = true);
    for name in ["row0", "row1", "row2", "row3", "plain", "tls"] {
        deployment = deployment.person(name, Place::Home).by(Way::Later);
    }
    deployment.shaped(shape)
}

fn shape<const ROW: usize>(topology: &mut Topology) {
    if let Some(home) = topology.sites.iter_mut().find(|site| site.name == "home") {
        let mut firewall = only(&[Table::IpOffice], Edge::Customer);
        let blocked = row_rules(&IP_OFFICE[ROW], Edge::Customer);
        firewall.rules.retain(|rule| !blocked.contains(rule));
        home.firewall = Some(firewall);
    }
}

async fn play(stage: &mut Stage, row: usize) -> Result<(), Finding> {
    for (index, (scheme, port)) in URLS.iter().enumerate() {
        let url = format!("{scheme}://{OFFICE_NAME}{port}/46xxsettings.txt");
        let mut party = stage.party(&format!("row{index}"));
        if let Some(login) = stage.login(&party.person, &Way::Settings(url)) {
            party.log_in(login).await;
        }
        let seen = if index == row {
            Seen::LoginFailed
        } else {
            Seen::Settings
        };
        party.sees(seen, IN_TIME * 2).await?;
    }
    let mut alice = stage.party("alice");
    for (name, way, own_row) in [("plain", Way::Udp, PLAIN), ("tls", Way::Tls, TLS)] {
        let mut party = stage.party(name);
        if let Some(login) = stage.login(&party.person, &way) {
            party.log_in(login).await;
        }
        if own_row == row {
            party.sees(Seen::LineTrouble, IN_TIME * 2).await?;
            continue;
        }
        party.sees(Seen::Registered, IN_TIME).await?;
        party.call("201").await;
        alice.sees(Seen::Ringing, SOON).await?;
        alice.answer().await;
        party.sees(Seen::Talking, SOON).await?;
        let heard = alice.hears_voice_of(&party, SOON).await;
        let words = "the voice is heard exactly if the row for media is open";
        stage.demand(
            heard.is_ok() == (row != MEDIA_ROW),
            Fault::Unclear,
            words,
            format!("{:?}", heard.is_ok()),
        )?;
        party.hang_up().await;
        alice.sees(Seen::Ended, SOON).await?;
    }
    Ok(())
}
