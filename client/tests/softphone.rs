//! Softphones on hosts of the simulated world: login by settings file over each transport, calls, encryption, bad lines.

#![allow(
    clippy::unwrap_used,
    reason = "a test that unwraps fails with the line that did it"
)]
#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "a test looks at the few events that it is about"
)]

#[path = "softphone/exchange.rs"]
mod exchange;
#[path = "softphone/files.rs"]
mod files;
#[path = "softphone/ipv6.rs"]
mod ipv6;
#[path = "softphone/names.rs"]
mod names;
#[path = "../src/client/tests/pbx.rs"]
mod pbx;

use std::time::Duration;

use client::{
    CallId, ClientConfig, Command, Config, EndReason, Event, LogIn, Measurement, Softphone, Voice,
    start,
};
use net::faults::{Effect, FaultPlan, Target};
use net::tls::{Authority, Trust};
use net::topology::{Site, Topology};
use net::world::{Kind, Setup};
use net::{Entropy, Host, World};
use sip::user_agent::RegistrationFailure;

const EXCHANGE: &str = "pbx.example";
const SECOND: Duration = Duration::from_secs(1);

fn topology() -> Topology {
    let ip = |text: &str| text.parse().expect("an address");
    Topology::new()
        .site(Site::new("home"))
        .site(Site::new("hotel"))
        .site(Site::new("cloud"))
        .host("alice", "home", &[ip("198.51.100.1")])
        .host("bob", "hotel", &[ip("198.51.100.2")])
        .host(EXCHANGE, "cloud", &[ip("203.0.113.1")])
}

fn authority() -> Authority {
    Authority::new(Entropy::from_seed([7; 32]))
}

fn settings(transport: &str, encryption: &str) -> String {
    format!(
        "SET ENABLE_IPOFFICE 1\nSET SIP_CONTROLLER_LIST {EXCHANGE};transport={transport}\nSET SIPDOMAIN ipoffice\n\
         SET MEDIAENCRYPTION \"{encryption}\"\nSET RTP_PORT_LOW 40750\nSET RTP_PORT_RANGE 10000\n"
    )
}

/// A softphone with its number.
struct Phone {
    softphone: Softphone,
    number: &'static str,
}

impl Phone {
    async fn start(host: &Host, number: &'static str) -> Self {
        let client = ClientConfig {
            voice: Voice::MarkedTone {
                frequency_hz: 1_000.0,
            },
            ..ClientConfig::default()
        };
        let config = Config {
            client,
            ..Config::new(Trust::of(&authority()))
        };
        Self {
            softphone: start(host, config).await,
            number,
        }
    }

    async fn tell(&self, command: Command) {
        self.softphone
            .commands
            .send(command)
            .await
            .expect("the softphone runs");
    }

    /// Waits for an event that this function knows.
    async fn sees<T>(&mut self, knows: impl Fn(&Event) -> Option<T>) -> T {
        loop {
            let event = self
                .softphone
                .events
                .recv()
                .await
                .expect("the softphone runs");
            if let Some(seen) = knows(&event) {
                return seen;
            }
        }
    }

    async fn log_in(&mut self, url: &str) {
        let (user, password) = (self.number.to_owned(), "1234".to_owned());
        self.tell(Command::LogIn(LogIn::Settings {
            url: url.to_owned(),
            user,
            password,
        }))
        .await;
    }

    async fn logged_in(&mut self) {
        self.sees(|event| matches!(event, Event::LoggedIn { .. }).then_some(()))
            .await;
    }

    async fn measure(&mut self, call: CallId) -> Measurement {
        self.tell(Command::Measure { call }).await;
        self.sees(|event| match event {
            Event::Measured { measurement, .. } => Some((**measurement).clone()),
            _ => None,
        })
        .await
    }
}

async fn two_phones(world: &World, url: &str, text: String) -> (Phone, Phone) {
    let host = world.host(EXCHANGE);
    host.spawn(exchange::run(host.clone(), authority(), &[EXCHANGE], text));
    let (mut alice, mut bob) = (
        Phone::start(&world.host("alice"), "201").await,
        Phone::start(&world.host("bob"), "202").await,
    );
    host.sleep(SECOND).await;
    alice.log_in(url).await;
    bob.log_in(url).await;
    alice.logged_in().await;
    bob.logged_in().await;
    (alice, bob)
}

/// What a call was like.
#[derive(Debug, Eq, PartialEq)]
struct Outcome {
    suite: Option<String>,
    /// RTP packets, both ways.
    lost: i64,
}

/// Alice calls Bob, who answers; both hear the tone; Alice hangs up.
async fn call(alice: &mut Phone, bob: &mut Phone, clock: &Host) -> Outcome {
    let mut lost = 0;
    alice
        .tell(Command::Call {
            number: bob.number.to_owned(),
            video: false,
        })
        .await;
    let theirs = bob
        .sees(|event| match event {
            Event::IncomingCall { call, party, .. } => (party.number == "201").then_some(*call),
            _ => None,
        })
        .await;
    bob.tell(Command::Answer {
        call: theirs,
        video: false,
    })
    .await;
    let talking = |event: &Event| match event {
        Event::Talking { call, media } => Some((*call, media.suite.clone())),
        _ => None,
    };
    let (ours, suite) = alice.sees(talking).await;
    bob.sees(talking).await;
    clock.sleep(10 * SECOND).await;
    for (phone, call) in [(&mut *alice, ours), (&mut *bob, theirs)] {
        let measured = phone.measure(call).await;
        let lost_here = measured.statistics.received.expect("packets").lost;
        let frequency = measured.heard.frequency_hz.expect("a tone");
        // What conceals a loss is not quite in step with what was lost.
        let tolerance_hz = if lost_here == 0 { 1.0 } else { 30.0 };
        assert!((frequency - 1_000.0).abs() < tolerance_hz, "{frequency} Hz");
        assert!(measured.mos().expect("packets") > 1.0);
        lost += lost_here;
    }
    alice.tell(Command::HangUp { call: ours }).await;
    let ended = |wanted: EndReason| {
        move |event: &Event| match event {
            Event::Ended { reason, .. } => (*reason == wanted).then_some(()),
            _ => None,
        }
    };
    bob.sees(ended(EndReason::Remote)).await;
    alice.sees(ended(EndReason::Local)).await;
    Outcome { suite, lost }
}

fn setup() -> Setup {
    Setup::new(Kind::Wire, topology()).limit(Duration::from_secs(900))
}

#[test]
fn calls_over_each_transport_and_with_encryption_where_keys_are_safe() {
    let table = [
        ("http://pbx.example", "udp", "1,9", None),
        ("https://pbx.example", "tcp", "9", None),
        (
            "https://pbx.example",
            "tls",
            "1,9",
            Some("AES_CM_128_HMAC_SHA1_80"),
        ),
        (
            "https://pbx.example",
            "tls",
            "10",
            Some("AES_256_CM_HMAC_SHA1_80"),
        ),
    ];
    for (url, transport, encryption, wanted) in table {
        let run = setup().run(move |world| async move {
            let (mut alice, mut bob) =
                two_phones(&world, url, settings(transport, encryption)).await;
            let suite = call(&mut alice, &mut bob, &world.host("alice")).await.suite;
            alice.tell(Command::LogOut).await;
            alice
                .sees(|event| matches!(event, Event::LoggedOut).then_some(()))
                .await;
            suite
        });
        let suite = run
            .expect("a world")
            .value
            .unwrap_or_else(|why| panic!("{transport}: {why}"));
        assert_eq!(suite.as_deref(), wanted, "{transport}");
    }
}

#[test]
fn equal_seeds_give_equal_calls() {
    let hash = || {
        let run = setup().seed(11).run(|world| async move {
            let (mut alice, mut bob) =
                two_phones(&world, "https://pbx.example", settings("tls", "1,9")).await;
            call(&mut alice, &mut bob, &world.host("alice")).await
        });
        let run = run.expect("a world");
        run.value.expect("played to the end");
        run.trace.hash
    };
    assert_eq!(hash(), hash());
}

#[test]
fn a_bad_line_delays_calls_but_does_not_break_them() {
    let plan = ["home", "hotel"]
        .iter()
        .fold(FaultPlan::seeded(5), |plan, site| {
            let lose = Effect::Lose { percent: 10.0 };
            plan.with(Target::link(site), Duration::ZERO, None, lose)
                .with(
                    Target::link(site),
                    Duration::ZERO,
                    None,
                    Effect::Duplicate { percent: 5.0 },
                )
        });
    let run = setup().seed(3).faults(plan).run(|world| async move {
        let (mut alice, mut bob) =
            two_phones(&world, "http://pbx.example", settings("udp", "9")).await;
        let mut lost = 0;
        for _ in 0..5 {
            lost += call(&mut alice, &mut bob, &world.host("alice")).await.lost;
        }
        lost
    });
    let lost = run.expect("a world").value.expect("played to the end");
    assert!(lost > 100, "only {lost} packets lost: the plan did nothing");
}

#[test]
fn a_certificate_for_another_name_is_told_as_such() {
    let run = setup().run(|world| async move {
        let host = world.host(EXCHANGE);
        let text = settings("tls", "9");
        host.spawn(exchange::run(
            host.clone(),
            authority(),
            &["other.example"],
            text,
        ));
        let mut alice = Phone::start(&world.host("alice"), "201").await;
        host.sleep(SECOND).await;
        alice.log_in("http://pbx.example").await;
        alice
            .sees(|event| match event {
                Event::LineTrouble { failure, .. } => Some(*failure),
                _ => None,
            })
            .await
    });
    let failure = run.expect("a world").value.expect("played to the end");
    assert_eq!(failure, RegistrationFailure::Certificate);
}

#[test]
fn a_softphone_whose_user_is_gone_logs_out_and_ends() {
    let run = setup().run(|world| async move {
        let (alice, mut bob) = two_phones(&world, "http://pbx.example", settings("tcp", "9")).await;
        let Softphone {
            commands,
            events: _events,
            task,
        } = alice.softphone;
        drop(commands);
        assert!(task.join().await);
        // Nobody is there under this number any more, as far as the exchange's last word counts.
        bob.tell(Command::Call {
            number: "201".to_owned(),
            video: false,
        })
        .await;
        bob.sees(|event| matches!(event, Event::Ended { .. }).then_some(()))
            .await;
    });
    run.expect("a world").value.expect("played to the end");
}
