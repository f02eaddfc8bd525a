//! Makes the calls of one share: all phones register, each call begins at its time, everybody leaves.

use std::sync::Arc;
use std::time::Duration;

use client::collector::{QualityReports, ReportTo};
use client::{ClientConfig, LogIn, Voice};
use media::AudioCodec;
use net::tls::Trust;
use net::{Host, Task};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};

use super::notice::{Failure, Notice};
use super::phone::Phone;
use super::plan::{Plan, Share};
use super::tally::Tally;
use super::target::Target;

/// What a load needs beside its plan.
#[derive(Clone, Debug)]
pub struct Generator {
    /// What the whole load is to be.
    pub plan: Plan,
    /// Which part of it is ours.
    pub share: Share,
    /// Where the phones register.
    pub target: Target,
    /// Domain of the users' addresses, where it is not the registrar's host.
    pub domain: Option<String>,
    /// The users' password; `{user}` in it stands for the user's own number.
    pub password: String,
    /// Speech codecs to offer, best first; empty leaves it to the phone.
    pub codecs: Vec<AudioCodec>,
    /// Whose certificates are believed.
    pub trust: Trust,
    /// First and last port for media; each phone takes two.
    pub ports: (u16, u16),
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Made {
    /// All counts.
    pub tally: Tally,
    /// From the beginning of the first call until the end of the last.
    pub time: Duration,
}

/// How far a load is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Standing {
    /// Phones that have registered or failed to.
    pub registrations: u64,
    /// Calls that stand.
    pub talking: u64,
    /// Calls that are over.
    pub over: u64,
    /// Registrations and calls that failed.
    pub failed: u64,
}

impl Generator {
    /// Phones of this share.
    pub fn phones(&self) -> u64 {
        let calls = self.plan.calls_of(self.share).count() as u64;
        calls * u64::from(self.plan.phones_in_a_call())
    }

    /// Open files that this share needs: three sockets a phone, and some for the process.
    pub fn files(&self) -> u64 {
        3 * self.phones() + FILES_OF_THE_PROCESS
    }

    /// Phones for which there are ports.
    pub fn phones_max(&self) -> u64 {
        let (low, high) = self.ports;
        (u64::from(high) + 1).saturating_sub(u64::from(low)) / 2
    }

    /// The password of a user.
    pub fn password_of(&self, user: &str) -> String {
        self.password.replace("{user}", user)
    }

    /// Makes the calls; tells again and again how far it is.
    pub async fn run(self, host: &Host, mut tell: impl FnMut(Standing)) -> Made {
        let (notices, mut heard) = mpsc::channel(NOTICES);
        let (start, _) = watch::channel(None);
        let generator = Arc::new(self);
        let doors = Arc::new(Semaphore::new(LOGINS_AT_ONCE));
        let mut tasks = Vec::new();
        for (number, call) in (0_u32..).zip(generator.plan.calls_of(generator.share)) {
            let line = Line {
                generator: generator.clone(),
                host: host.clone(),
                doors: doors.clone(),
                notices: notices.clone(),
                start: start.subscribe(),
                number,
                call,
            };
            tasks.push(host.spawn(line.run()));
        }
        drop((notices, doors));
        let mut count = Count::default();
        while count.standing.registrations < generator.phones() {
            let Some(notice) = heard.recv().await else {
                break;
            };
            count.take(&notice);
            tell(count.standing);
        }
        let begun = host.now();
        // Everybody waits for this; with no call there is nobody.
        let _ = start.send(Some(begun));
        let mut ended = begun;
        while let Some(notice) = heard.recv().await {
            if matches!(notice, Notice::Over(_) | Notice::Heard(_)) {
                ended = host.now();
            }
            count.take(&notice);
            tell(count.standing);
        }
        end(tasks).await;
        Made {
            tally: count.tally,
            time: ended.saturating_sub(begun),
        }
    }

    fn login(&self, user: String) -> LogIn {
        LogIn::Direct {
            host: self.target.registrar.host.clone(),
            port: self.target.registrar.port,
            transport: self.target.registrar.transport,
            domain: self.domain.clone(),
            password: self.password_of(&user),
            user,
        }
    }

    /// Starts the phone of that number among those of this share.
    async fn phone(&self, host: &Host, number: u32, notices: &mpsc::Sender<Notice>) -> Phone {
        let mut config = client::Config::new(self.trust.clone());
        let (first, last) = self.ports;
        let low = u32::from(first).saturating_add(number.saturating_mul(2));
        let low = u16::try_from(low).unwrap_or(last).min(last);
        config.client = ClientConfig {
            addresses: host.addresses(),
            sip_port: 0,
            sip_transport: sip::flow::Transport::Udp,
            codecs: self.codecs.clone(),
            voice: Voice::Tone {
                frequency_hz: VOICE_HZ,
                level_dbm0: VOICE_DBM0,
            },
            // The next ones too, in case that another program has the phone's own.
            media_ports: Some((low, (last - low).saturating_add(1).min(SPARE_PORTS))),
            has_ear: false,
            // A load is of calls, and a PBX that is tested may not know what to do with reports.
            quality: QualityReports {
                to: ReportTo::Nobody,
                ..QualityReports::default()
            },
            ..ClientConfig::default()
        };
        Phone {
            softphone: client::start(host, config).await,
            notices: notices.clone(),
        }
    }
}

/// One call of the load, with its phones.
struct Line {
    generator: Arc<Generator>,
    host: Host,
    doors: Arc<Semaphore>,
    notices: mpsc::Sender<Notice>,
    start: watch::Receiver<Option<Duration>>,
    /// Among those of this share.
    number: u32,
    call: u32,
}

impl Line {
    async fn run(mut self) {
        let generator = self.generator.clone();
        let plan = &generator.plan;
        let mut callee = None;
        let mut is_ready = true;
        let mut number = self.number.saturating_mul(plan.phones_in_a_call());
        if let Some(user) = plan.callee(self.call) {
            let (phone, is_in) = self.registered(user, number).await;
            callee = Some(phone);
            is_ready = is_in;
            number = number.saturating_add(1);
        }
        let (mut caller, is_in) = self.registered(plan.caller(self.call), number).await;
        is_ready &= is_in;
        let Ok(begun) = self
            .start
            .wait_for(Option::is_some)
            .await
            .map(|begun| *begun)
        else {
            return;
        };
        let begin = begun.unwrap_or_default() + plan.begin(self.call);
        let (over, is_over) = oneshot::channel::<()>();
        let calling = async {
            self.host.sleep_until(begin).await;
            if is_ready {
                let time = Duration::from_secs(plan.seconds);
                caller.call(&self.host, plan.number(self.call), time).await;
            } else {
                for notice in [Notice::Begun, Notice::Over(Err(Failure::NotRegistered))] {
                    let _ = self.notices.send(notice).await;
                }
            }
            drop(over);
            caller.leave().await;
        };
        let taking = async {
            let Some(mut callee) = callee else { return };
            tokio::select! {
                biased;
                // What goes wrong here, the caller tells.
                _ = callee.take_call() => {}
                () = async {
                    let _ = is_over.await;
                    self.host.sleep(FAREWELL).await;
                } => {}
            }
            callee.leave().await;
        };
        tokio::join!(calling, taking);
    }

    /// A phone that has tried to register, and whether it has.
    async fn registered(&self, user: String, number: u32) -> (Phone, bool) {
        // All at once would be a storm that no registrar meets but after a blackout.
        let _door = self.doors.acquire().await;
        let mut phone = self
            .generator
            .phone(&self.host, number, &self.notices)
            .await;
        let is_in = phone.log_in(self.generator.login(user)).await;
        (phone, is_in)
    }
}

/// Counts, and how far it is.
#[derive(Default)]
struct Count {
    tally: Tally,
    standing: Standing,
}

impl Count {
    fn take(&mut self, notice: &Notice) {
        self.tally.count(notice);
        let standing = &mut self.standing;
        match notice {
            Notice::Registered(result) => {
                standing.registrations += 1;
                standing.failed += u64::from(result.is_err());
            }
            Notice::Answered(_) => standing.talking += 1,
            Notice::Over(result) => {
                standing.over += 1;
                standing.failed += u64::from(result.is_err());
                standing.talking = self.tally.answered.saturating_sub(standing.over);
            }
            Notice::Begun | Notice::Ringing(_) | Notice::Heard(_) => {}
        }
    }
}

async fn end(tasks: Vec<Task>) {
    for task in tasks {
        task.join().await;
    }
}

/// Notices that wait to be counted.
const NOTICES: usize = 1024;
/// Registrations under way at a time.
const LOGINS_AT_ONCE: usize = 32;
/// Ports that a phone may try.
const SPARE_PORTS: u16 = 64;
/// Standard streams, event loop, files, the resolver's sockets, and some to spare.
const FILES_OF_THE_PROCESS: u64 = 64;
/// What every phone says: a tone as in [`crate::sound`], cheap to make.
const VOICE_HZ: f64 = 1_020.0;
const VOICE_DBM0: f64 = -10.0;
/// How long a phone that was called may be in its call after the caller has left it: BYE and its repetitions for some seconds.
const FAREWELL: Duration = Duration::from_secs(5);
