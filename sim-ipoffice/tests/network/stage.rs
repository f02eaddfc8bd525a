//! A simulated network with one office and some further hosts.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use net::tls::{Authority, Trust, Validity};
use net::world::{Kind, Setup};
use net::{Host, Topology, World};
use serde_json::{Value, json};
use sim_ipoffice::{Config, Running};

/// The office and its surroundings.
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) office: Running,
    pub(crate) trust: Trust,
}

const HOSTS: [&str; 5] = ["ipo.example", "alice", "bob", "carol", "mallory"];

/// Plays with an office of three users; `config` says what else is special about it. Gives the hash of all packets.
pub(crate) fn play<F>(config: Value, scene: impl FnOnce(Stage) -> F + Send + 'static) -> String
where
    F: Future<Output = ()> + Send + 'static,
{
    let topology = Topology::lan(&HOSTS, Duration::from_millis(2));
    let run = Setup::new(Kind::Wire, topology)
        .seed(7)
        .run(|world| async move {
            let host = world.host(HOSTS[0]);
            let (config, trust) = secured(&host, &read(config));
            let office = sim_ipoffice::start(&host, config)
                .await
                .expect("free ports");
            scene(Stage {
                world,
                office,
                trust,
            })
            .await;
        });
    let run = run.expect("a good setup");
    run.value.expect("the play comes to its end");
    format!("{:?}", run.trace.hash)
}

/// The configuration of an office with three users.
pub(crate) fn read(more: Value) -> Config {
    let user = |extension: &str| json!({"extension": extension, "password": extension.repeat(4), "name": extension});
    let users = ["201", "202", "203"].map(user);
    let mut all = json!({"users": users});
    for (name, value) in more.as_object().into_iter().flatten() {
        all[name] = value.clone();
    }
    Config::from_json(&all.to_string()).expect("a good configuration")
}

/// The same with a certificate for the host, and who believes it.
pub(crate) fn secured(host: &Host, config: &Config) -> (Config, Trust) {
    let authority = Authority::new(host.entropy("test authority"));
    let validity = Validity::around(host.utc());
    let identity = authority
        .issue(&[host.name()], &host.addresses(), validity)
        .expect("good names");
    let config = Config {
        identity: Some(Arc::new(identity)),
        ..config.clone()
    };
    (config, Trust::of(&authority))
}
