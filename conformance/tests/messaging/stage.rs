//! A cloud, and users at two sites.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use client::messaging::{Account, Command, Event, Message, Messaging};
use net::faults::FaultPlan;
use net::link::LinkSpec;
use net::tls::{Authority, Identity, Trust, Validity};
use net::topology::Site;
use net::world::{Kind, Run, Setup, World};
use net::{Host, Topology};
use serde_json::{Value, json};
use sim_zang::{Config, Disk, Flaw, Running};
use tokio::sync::mpsc;
use url::Url;

/// What a scene plays with.
#[derive(Clone)]
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) trust: Trust,
    identity: Arc<Identity>,
    config: Value,
    disk: Disk,
    cloud: Arc<Mutex<Option<Running>>>,
}

/// Somebody with messaging, and what he has seen.
pub(crate) struct User {
    name: &'static str,
    host: Host,
    pub(crate) messaging: Messaging,
    events: mpsc::Receiver<Event>,
    next_reference: u64,
}

/// Longest wait for an event.
const PATIENCE: Duration = Duration::from_secs(4 * 3600);
/// Longest play.
const LIMIT: Duration = Duration::from_secs(10 * 24 * 3600);

/// Plays a scene without faults on the network.
pub(crate) fn play<F>(config: Value, scene: impl FnOnce(Stage) -> F + Send + 'static)
where
    F: Future<Output = ()> + Send + 'static,
{
    run(0, FaultPlan::seeded(0), config, scene)
        .value
        .expect("the scene is played to its end");
}

/// Runs a scene with the cloud up.
pub(crate) fn run<F>(
    seed: u64,
    plan: FaultPlan,
    config: Value,
    scene: impl FnOnce(Stage) -> F + Send + 'static,
) -> Run<()>
where
    F: Future<Output = ()> + Send + 'static,
{
    let setup = Setup::new(Kind::Wire, topology())
        .seed(seed)
        .faults(plan)
        .limit(LIMIT);
    let run = setup.run(async move |world| {
        let stage = Stage::new(world, config);
        let booting = stage.clone();
        stage
            .world
            .boot("cloud", move |host| booting.clone().serve(host));
        scene(stage).await;
    });
    run.expect("a sound topology and plan")
}

/// The cloud far away; an office and a home.
pub(crate) fn topology() -> Topology {
    let far = || LinkSpec::delay(Duration::from_millis(20));
    let site = |name: &str| Site::new(name).links(far(), far());
    let names = Config::default();
    let mut topology = Topology::new()
        .site(site("cloud"))
        .site(site("office"))
        .site(site("home"));
    topology = topology.host("cloud", "cloud", &[[203, 0, 113, 1].into()]);
    for name in names.host_names() {
        topology = topology.named(name);
    }
    topology
        .host("alice", "office", &[[198, 51, 100, 1].into()])
        .host("carol", "office", &[[198, 51, 100, 2].into()])
        .host("bob", "home", &[[192, 0, 2, 1].into()])
        .host("bobs-other", "home", &[[192, 0, 2, 2].into()])
}

/// Where the accounts host is.
pub(crate) fn accounts() -> Url {
    "https://accounts.zang.io".parse().expect("a URL")
}

/// An account's configuration.
fn account(name: &str) -> Value {
    json!({
        "email": format!("{name}@example.com"),
        "password": name,
        "display_name": name,
        "settings_url": "https://pbx.example.com/46xxsettings.txt",
    })
}

impl Stage {
    fn new(world: World, config: Value) -> Stage {
        let host = world.host("cloud");
        let authority = Authority::new(host.entropy("test authority"));
        let validity = Validity::around(host.utc());
        let names = Config::default();
        let identity = authority
            .issue(&names.host_names(), &host.addresses(), validity)
            .expect("good names");
        let (disk, cloud) = (Disk::new(), Arc::default());
        Stage {
            world,
            trust: Trust::of(&authority),
            identity: Arc::new(identity),
            config,
            disk,
            cloud,
        }
    }

    /// Runs the cloud until its host dies.
    async fn serve(self, host: Host) {
        let accounts = ["alice", "bob", "carol"].map(account);
        let mut all = json!({ "accounts": accounts });
        for (name, value) in self.config.as_object().into_iter().flatten() {
            all[name] = value.clone();
        }
        let mut config: Config = serde_json::from_value(all).expect("a valid configuration");
        config.identity = Some(self.identity.clone());
        config.disk = self.disk.clone();
        // Two crashes that overlap end in two starts; the second finds the ports taken.
        let Ok(running) = sim_zang::start(&host, config).await else {
            return;
        };
        *self.cloud.lock().expect("nobody panics with it") = Some(running);
    }

    /// Changes the cloud's misbehaviour.
    pub(crate) fn set_flaws(&self, flaws: &[Flaw]) {
        let cloud = self.cloud.lock().expect("nobody panics with it");
        cloud
            .as_ref()
            .expect("the cloud is up")
            .set_flaws(flaws.iter().copied());
    }

    /// Signs somebody in on his own host.
    pub(crate) fn user(&self, name: &'static str) -> User {
        self.user_at(name, name, name)
    }

    pub(crate) fn user_at(&self, name: &'static str, host: &str, password: &str) -> User {
        let host = self.world.host(host);
        let account = Account {
            accounts: accounts(),
            spaces: "https://spacesapis.zang.io".parse().expect("a URL"),
            address: format!("{name}@example.com"),
            password: password.to_owned(),
        };
        let (sender, events) = mpsc::channel(64);
        let messaging = Messaging::start(&host, &self.trust, account, sender);
        User {
            name,
            host,
            messaging,
            events,
            next_reference: 0,
        }
    }

    pub(crate) async fn wait(&self, time: Duration) {
        self.world.host("alice").sleep(time).await;
    }
}

impl User {
    /// Sends a direct message.
    pub(crate) fn writes(&mut self, to: &str, text: &str) -> u64 {
        let reference = self.next_reference;
        self.next_reference += 1;
        let (to, text) = (format!("{to}@example.com"), text.to_owned());
        assert!(
            self.messaging.command(Command::Send {
                reference,
                to,
                text
            }),
            "{} is busy",
            self.name
        );
        reference
    }

    /// The next event.
    pub(crate) async fn sees(&mut self) -> Event {
        tokio::select! {
            biased;
            event = self.events.recv() => event.unwrap_or_else(|| panic!("{}: messaging has ended", self.name)),
            () = self.host.sleep(PATIENCE) => panic!("{} sees nothing any more", self.name),
        }
    }

    /// The next message, whatever comes before.
    pub(crate) async fn reads(&mut self) -> Message {
        loop {
            if let Event::Message(message) = self.sees().await {
                return message;
            }
        }
    }

    /// The texts of the next so many messages.
    pub(crate) async fn reads_texts(&mut self, count: usize) -> Vec<String> {
        let mut texts = Vec::with_capacity(count);
        while texts.len() < count {
            texts.push(self.reads().await.text);
        }
        texts
    }

    /// Waits until connected.
    pub(crate) async fn is_online(&mut self) {
        while self.sees().await != Event::Online {}
    }

    /// From now on all messages are kept here.
    pub(crate) fn watched(&mut self) -> Arc<Mutex<Vec<Message>>> {
        let seen: Arc<Mutex<Vec<Message>>> = Arc::default();
        let (_, nothing) = mpsc::channel(1);
        let mut events = std::mem::replace(&mut self.events, nothing);
        let kept = seen.clone();
        self.host.spawn(async move {
            while let Some(event) = events.recv().await {
                if let Event::Message(message) = event {
                    kept.lock().expect("nobody panics with it").push(message);
                }
            }
        });
        seen
    }

    /// What is to be seen within a time, messages only.
    pub(crate) async fn reads_within(&mut self, time: Duration) -> Vec<String> {
        let deadline = self.host.now() + time;
        let mut texts = Vec::new();
        loop {
            tokio::select! {
                biased;
                event = self.events.recv() => match event {
                    Some(Event::Message(message)) => texts.push(message.text),
                    Some(_) => {}
                    None => return texts,
                },
                () = self.host.sleep_until(deadline) => return texts,
            }
        }
    }
}
