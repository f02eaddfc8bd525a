//! The port for SIP over TLS speaks TLS only: plain SIP on it gets no answer of SIP.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::deployment::{Deployment, IP_OFFICE, Place, Way};
use crate::outcome::{Fault, Finding};
use crate::requirements::network::SIP_TLS_PORT;
use crate::scenario::Scenario;
use crate::stage::{SOON, Seen, Stage};

/// See the module.
pub const SCENARIO: Scenario = Scenario {
    name: "network/tls_port",
    title: "Port 5061 serves SIP over TLS, and refuses plain SIP.",
    proves: &[&SIP_TLS_PORT],
    needs: &[],
    deployment: || {
        Deployment::office(&["alice"])
            .person("bob", Place::Home)
            .everybody(&Way::Tls)
    },
    play: |stage| Box::pin(play(stage)),
};

const SIP_TLS: u16 = 5061;
const PLAIN: &[u8] = b"OPTIONS sip:office.example SIP/2.0\r\nVia: SIP/2.0/TCP 10.2.0.21;branch=z9hG4bKplain\r\n\
    From: <sip:a@office.example>;tag=1\r\nTo: <sip:office.example>\r\nCall-ID: plain\r\nCSeq: 1 OPTIONS\r\n\
    Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n";

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let (mut alice, mut bob) = (stage.party("alice"), stage.party("bob"));
    alice.talks_to(&mut bob).await?;
    alice.hang_up().await;
    bob.sees(Seen::Ended, SOON).await?;

    let trouble = |came: String| Finding::new(Fault::IpOffice, "an open port 5061", came);
    let office = stage
        .host(IP_OFFICE)
        .addresses()
        .first()
        .copied()
        .ok_or_else(|| trouble("no address".to_owned()))?;
    let connection = bob.host().connect(SocketAddr::new(office, SIP_TLS)).await;
    let mut connection = connection.map_err(|error| trouble(error.to_string()))?;
    connection
        .write_all(PLAIN)
        .await
        .map_err(|error| trouble(error.to_string()))?;
    let mut answer = Vec::new();
    let read = connection.read_to_end(&mut answer);
    tokio::select! {
        biased;
        // An end or a reset, with an alert of TLS before it or without.
        _ = read => {}
        () = bob.host().sleep(Duration::from_secs(30)) => {
            return Err(Finding::new(Fault::IpOffice, "the connection is closed", "it stays open").at(stage.now()));
        }
    }
    let is_sip = answer.windows(8).any(|window| window == b"SIP/2.0 ");
    stage.demand(
        !is_sip,
        Fault::IpOffice,
        "no answer of SIP to plain SIP",
        String::from_utf8_lossy(&answer),
    )
}
