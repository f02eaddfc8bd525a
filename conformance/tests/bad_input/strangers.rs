//! Somebody on the network throws garbage at every port of everybody during a call: nobody is harmed (simulated world).

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use conformance::deployment::{Deployment, IP_OFFICE, MEETINGS, Place, SPACES};
use conformance::outcome::{Fault, Finding, Verdict};
use conformance::run::{self, Job};
use conformance::scenario::{Scenario, WorldKind};
use conformance::stage::{SOON, Seen, Stage};
use net::Host;
use tokio::io::AsyncWriteExt as _;

use crate::assault::garbage;

/// Mallory has a host on the office's network, and no good intentions.
static GARBAGE: Scenario = Scenario {
    name: "test/garbage",
    title: "Garbage on every port of servers and clients harms neither calls nor services.",
    proves: &[],
    needs: &[],
    deployment: || {
        let mut deployment = Deployment::office(&["alice", "bob"]).shaped(|topology| {
            let mallory = topology
                .clone()
                .host("mallory", Place::Office.site(), &[MALLORY]);
            *topology = mallory;
        });
        deployment.spaces = Some(sim_zang::Config::default());
        deployment.meetings = Some(sim_meetings::Config::default());
        deployment
    },
    play: |stage| Box::pin(play(stage)),
};

async fn play(stage: &mut Stage) -> Result<(), Finding> {
    let (mut alice, mut bob) = (stage.party("alice"), stage.party("bob"));
    let mallory = stage.host("mallory");
    alice.talks_to(&mut bob).await?;
    for victim in [IP_OFFICE, SPACES, MEETINGS, "alice", "bob"] {
        let address = stage.host(victim).addresses()[0];
        throw_datagrams(&mallory, address).await;
        throw_streams(&mallory, address).await;
    }
    alice.hears_voice_of(&bob, SOON).await?;
    bob.hears_voice_of(&alice, SOON).await?;
    let heard = bob.measures().await?;
    stage.demand(
        heard.loss() == 0.0,
        Fault::Client,
        "nothing of the call is lost",
        format!("{:.4}", heard.loss()),
    )?;
    alice.hang_up().await;
    bob.sees(Seen::Ended, SOON).await?;
    // Everybody is as well as before: a second call stands, and the clouds answer.
    bob.talks_to(&mut alice).await?;
    bob.hang_up().await;
    alice.sees(Seen::Ended, SOON).await?;
    for (cloud, port, path, status) in [
        (SPACES, 443, "/nowhere", 404),
        (MEETINGS, 443, "/ups/resources", 200),
        (IP_OFFICE, 443, "/46xxsettings.txt", 200),
    ] {
        let address = stage.host(cloud).addresses()[0];
        let url = format!("https://{address}:{port}{path}");
        let client = net::http::Client::new(&mallory, &net::tls::Trust::Unchecked);
        let came = client.get(&url).await;
        let came = came.map_or_else(
            |error| error.to_string(),
            |answer| answer.status().as_u16().to_string(),
        );
        stage.demand(came == status.to_string(), Fault::Unclear, &url, came)?;
    }
    Ok(())
}

/// Mallory's address; nobody else on the office's network has it.
const MALLORY: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 1, 0, 66));

/// All ports that anybody here listens on, and the first of each media range.
async fn throw_datagrams(host: &Host, victim: IpAddr) {
    let own = SocketAddr::new(host.addresses()[0], 0);
    let socket = host.udp(own).await.expect("a socket");
    let media = (40_750..40_770).chain(50_000..50_004);
    for port in [3478, 5056, 5060, 5061].into_iter().chain(media) {
        let target = SocketAddr::new(victim, port);
        for len in [0, 1, 4, 12, 20, 100, 172, 1400, 65_507] {
            let _ = socket.send_to(&garbage(len), target).await;
        }
        for text in SENSELESS {
            let _ = socket.send_to(text.as_bytes(), target).await;
        }
        // RTP and RTCP headers with nothing true behind them.
        for first in [0x80, 0x8f, 0x90, 0xbf] {
            for second in [0, 8, 101, 200, 201, 207] {
                let mut packet = garbage(40);
                (packet[0], packet[1]) = (first, second);
                let _ = socket.send_to(&packet, target).await;
            }
        }
    }
}

async fn throw_streams(host: &Host, victim: IpAddr) {
    for port in [80, 443, 5060, 5061, 8443] {
        for bytes in [
            garbage(1),
            garbage(70_000),
            vec![0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3],
        ] {
            if let Ok(mut stream) = host.connect(SocketAddr::new(victim, port)).await {
                let _ = stream.write_all(&bytes).await;
                let _ = stream.shutdown().await;
            }
        }
    }
}

/// SIP that nobody can act upon.
const SENSELESS: [&str; 6] = [
    "BYE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP x\r\nFrom: a\r\n\r\n",
    "INVITE sip:201@office.example SIP/2.0\r\n\r\n",
    "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 10.9.9.9;branch=z9hG4bKnone\r\nCSeq: 1 INVITE\r\n\r\n",
    "SIP/2.0 999 What\r\n\r\n",
    "NOTIFY sip:201@x SIP/2.0\r\nVia: SIP/2.0/UDP 10.9.9.9;branch=z9hG4bKn\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\n\
     Call-ID: n\r\nCSeq: 1 NOTIFY\r\nEvent: message-summary\r\nSubscription-State: active\r\nContent-Length: 99999\r\n\r\n",
    "\r\n\r\n",
];

#[test]
fn garbage_during_a_call_harms_nobody() {
    let job = Job::new(&GARBAGE, 3, WorldKind::Wire);
    let outcomes = run::all(&[job], 1, &|_| {});
    assert_eq!(
        outcomes[0].verdict,
        Verdict::Passed,
        "{:?}",
        outcomes[0].verdict
    );
}
