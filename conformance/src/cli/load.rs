//! `solstice load`: many calls on real sockets, at our server or at anybody's.

mod merge;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use media::AudioCodec;

use super::trust::Believed;
use super::{Status, Trouble};
use crate::load::generator::{Generator, Made, Standing};
use crate::load::office::OwnOffice;
use crate::load::open_files;
use crate::load::plan::{Called, Plan, Share};
use crate::load::results::{Part, Results, SCHEMA};
use crate::load::target::Target;
use crate::stopwatch::{self, Stopwatch};

/// What load, and for whom.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    load: Load,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Put the results of several machines together
    Merge(merge::Arguments),
}

/// A load.
#[derive(Args, Debug)]
struct Load {
    /// Calls, of all shares
    #[arg(long, value_name = "N", default_value = "10", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    calls: u32,
    /// Calls that begin in a second, of all shares
    #[arg(long, value_name = "R", default_value = "10", value_parser = rate)]
    rate: f64,
    /// How long each call is talked
    #[arg(long, value_name = "S", default_value = "10", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    seconds: u64,
    /// Speech codecs to offer, best first: opus, g722, pcma, pcmu, g729
    #[arg(long, value_name = "CODECS", value_delimiter = ',', value_parser = super::call::codec)]
    codec: Vec<AudioCodec>,
    /// Registrar: host[:port][;transport=udp|tcp|tls], or a sip: or sips: URI, with the number to call if it names one; without
    /// it an IP Office of our own is started
    #[arg(long, value_name = "TARGET", value_parser = Target::read)]
    target: Option<Target>,
    /// Domain of the users' addresses, where it is not the registrar's host
    #[arg(long, value_name = "NAME")]
    domain: Option<String>,
    /// Number of the first caller; call n has the nth after it
    #[arg(long, value_name = "NUMBER", default_value = "100000", value_parser = clap::value_parser!(u64).range(..1_000_000_000_000_000))]
    callers: u64,
    /// Number of the first phone of ours that is called; call n has the nth after it
    #[arg(long, value_name = "NUMBER", default_value = "500000", value_parser = clap::value_parser!(u64).range(..1_000_000_000_000_000))]
    callees: u64,
    /// Call this number, which somebody else answers, in place of phones of ours
    #[arg(long, conflicts_with = "callees")]
    number: Option<String>,
    /// Register all callers as this one user
    #[arg(long, value_name = "USER", conflicts_with = "callers")]
    trunk: Option<String>,
    /// Password of all users; `{user}` in it stands for the user's number
    #[arg(long, default_value = "load-{user}")]
    password: String,
    /// Which of several equal shares of the load is made here
    #[arg(long, value_name = "I/N", default_value = "1/1", value_parser = Share::read)]
    share: Share,
    /// First and last UDP port for the sound of the phones; each takes two
    #[arg(long, value_name = "A-B", default_value = "10000-32767", value_parser = ports)]
    ports: (u16, u16),
    /// Where to write the results as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Show no progress
    #[arg(long)]
    quiet: bool,
    #[command(flatten)]
    believed: Believed,
}

/// Makes the load, or puts results together.
pub fn carry_out(arguments: &Arguments, say: &mut dyn FnMut(&str)) -> Result<Status, Trouble> {
    match &arguments.verb {
        Some(Verb::Merge(arguments)) => merge::carry_out(arguments, say),
        None => arguments.load.carry_out(say),
    }
}

impl Load {
    fn carry_out(&self, say: &mut dyn FnMut(&str)) -> Result<Status, Trouble> {
        let runtime = super::place::event_loop()?;
        let mut generator = self.generator()?;
        self.check(&generator)?;
        let office = match &self.target {
            Some(_) => None,
            None => Some(open_office(&mut generator, say)?),
        };
        let began = stopwatch::utc_text();
        let watch = Stopwatch::start();
        let made = runtime.block_on(async {
            let host = super::place::host_beside(&generator.target.registrar.host).await;
            let progress = Progress::new(&generator, self.quiet);
            let made = generator
                .clone()
                .run(&host, |standing| progress.show(standing))
                .await;
            progress.bar.finish_and_clear();
            made
        });
        let cpu_seconds = watch.thread_cpu_s();
        let server_cpu_seconds = office.map(OwnOffice::close);
        let packets = made.tally.sound.packets_sent + made.tally.sound.packets_received;
        let Made { tally, time } = made;
        let part = Part {
            share: self.share,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            machine: stopwatch::machine_text(),
            began,
            seconds: time.as_secs_f64(),
            packets_per_second: packets as f64 / time.as_secs_f64().max(1e-3),
            cpu_seconds,
            server_cpu_seconds,
        };
        let results = Results {
            schema: SCHEMA.to_owned(),
            target: match &self.target {
                Some(target) => target.registrar.to_string(),
                None => "our own IP Office".to_owned(),
            },
            plan: generator.plan,
            parts: vec![part],
            tally,
        };
        merge::conclude(&results, self.json.as_deref(), say)
    }

    fn generator(&self) -> Result<Generator, Trouble> {
        let target = self.target.clone().map_or_else(own_target, Ok)?;
        let number = self.number.clone().or_else(|| target.number.clone());
        let plan = Plan {
            calls: self.calls,
            rate: self.rate,
            seconds: self.seconds,
            codecs: self
                .codec
                .iter()
                .map(|codec| codec.name().to_owned())
                .collect(),
            callers: self.callers,
            called: number.map_or(Called::Phones(self.callees), Called::Number),
            trunk: self.trunk.clone(),
        };
        Ok(Generator {
            plan,
            share: self.share,
            target,
            domain: self.domain.clone(),
            password: self.password.clone(),
            codecs: self.codec.clone(),
            trust: self.believed.trust()?,
            ports: self.ports,
        })
    }

    /// Refuses what this machine cannot do, before anything is begun.
    fn check(&self, generator: &Generator) -> Result<(), Trouble> {
        let (phones, most) = (generator.phones(), generator.phones_max());
        if phones > most {
            let (first, last) = self.ports;
            return Err(Trouble::new(
                format!(
                    "{phones} phones need {} ports for sound, and {first}-{last} are {}",
                    2 * phones,
                    2 * most
                ),
                "give more --ports, make fewer --calls, or make a --share of them on each of several machines",
            ));
        }
        if let Called::Phones(first) = generator.plan.called
            && self.trunk.is_none()
            && first.abs_diff(self.callers) < u64::from(self.calls)
        {
            return Err(Trouble::new(
                format!(
                    "callers from {} and callees from {first} are partly the same users",
                    self.callers
                ),
                format!(
                    "let --callers and --callees be at least {} apart",
                    self.calls
                ),
            ));
        }
        let mut files = generator.files();
        if self.target.is_none() {
            let calls = generator.plan.calls_of(self.share).count() as u64;
            files += calls * OwnOffice::FILES_IN_A_CALL;
        }
        open_files::allow(files).map_err(|error| Trouble::from_error(&error))
    }
}

/// Stands for the office of our own until it is open.
fn own_target() -> Result<Target, Trouble> {
    let target = Target::read(&OwnOffice::ADDRESS.to_string());
    target.map_err(|error| Trouble::new(error, "report this with the command line"))
}

fn open_office(generator: &mut Generator, say: &mut dyn FnMut(&str)) -> Result<OwnOffice, Trouble> {
    let plan = &generator.plan;
    let users = plan.calls_of(generator.share).flat_map(|call| {
        let trunk = plan.trunk.is_some().then(|| plan.caller(call));
        let caller = plan.trunk.is_none().then(|| plan.caller(call));
        [
            trunk.filter(|_| call + 1 == generator.share.number()),
            caller,
            plan.callee(call),
        ]
    });
    let users = users.flatten().map(|user| {
        let password = generator.password_of(&user);
        (user, password)
    });
    let office = OwnOffice::open(users.collect()).map_err(|error| Trouble::from_error(&error))?;
    let address = office.address();
    say(&format!(
        "our own IP Office is loaded: {address}, on a thread of its own"
    ));
    generator.target.registrar.port = Some(address.port());
    Ok(office)
}

/// A bar that shows how far a load is.
struct Progress {
    bar: ProgressBar,
    phones: u64,
}

impl Progress {
    fn new(generator: &Generator, quiet: bool) -> Progress {
        let phones = generator.phones();
        let calls = generator.plan.calls_of(generator.share).count() as u64;
        let bar = if quiet {
            ProgressBar::hidden()
        } else {
            ProgressBar::new(calls)
        };
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} calls  {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Progress { bar, phones }
    }

    fn show(&self, standing: Standing) {
        let Standing {
            registrations,
            talking,
            over,
            failed,
        } = standing;
        self.bar.set_position(over);
        if registrations < self.phones {
            let phones = self.phones;
            self.bar.set_message(format!(
                "{registrations}/{phones} phones registered, {failed} failed"
            ));
        } else {
            self.bar
                .set_message(format!("{talking} talking, {failed} failed"));
        }
    }
}

fn rate(text: &str) -> Result<f64, String> {
    let rate: f64 = text.parse().map_err(|_| format!("{text:?} is no number"))?;
    if (RATE_LEAST..=RATE_MOST).contains(&rate) {
        Ok(rate)
    } else {
        Err(format!(
            "between {RATE_LEAST} and {RATE_MOST} calls a second"
        ))
    }
}

fn ports(text: &str) -> Result<(u16, u16), String> {
    let ports = text.split_once('-');
    let ports = ports.and_then(|(first, last)| Some((first.parse().ok()?, last.parse().ok()?)));
    match ports {
        // Ports below are the system's.
        Some((first @ 1024.., last)) if first < last => Ok((first, last)),
        _ => Err("write the first and the last port, from 1024, such as 10000-32767".to_owned()),
    }
}

/// A call in more than a quarter of an hour is no load.
const RATE_LEAST: f64 = 0.001;
/// More than any registrar takes.
const RATE_MOST: f64 = 100_000.0;
