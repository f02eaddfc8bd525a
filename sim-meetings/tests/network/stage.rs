//! A cloud and somewhere to reach it from.

use std::future::Future;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use net::http::Client;
use net::tls::{Authority, Trust, Validity};
use net::topology::Topology;
use net::world::{Kind, Setup};
use net::{Host, World};
use serde_json::{Value, json};
use sim_meetings::{Config, Running};

/// Longest wait for something that has to come.
pub(crate) const SOON: Duration = Duration::from_secs(10);

/// The cloud, and hosts from which it is reached.
pub(crate) struct Stage {
    /// The first guest's host.
    pub(crate) host: Host,
    pub(crate) trust: Trust,
    pub(crate) cloud: Running,
    world: World,
    client: Client,
}

/// Plays in the simulated world, with a cloud of one room; `config` says what else is special about it. Gives the hash over all bytes.
pub(crate) fn play<F: Future<Output = ()> + Send + 'static>(
    config: Value,
    scene: impl FnOnce(Stage) -> F + Send + 'static,
) -> u64 {
    let guests = ["Ann", "Bob", "Cat"].map(str::to_owned);
    let mut topology = Topology::lan(&["cloud"], Duration::from_millis(10)).named(NAME);
    for (index, guest) in guests.iter().enumerate() {
        let address = Ipv4Addr::new(10, 0, 0, 11 + index as u8);
        topology = topology.host(guest, "lan", &[address.into()]);
    }
    let setup = Setup::new(Kind::Wire, topology)
        .seed(7)
        .limit(Duration::from_secs(120));
    let run = setup
        .run(async move |world| scene(Stage::new(world, config).await).await)
        .unwrap();
    run.value.unwrap();
    run.trace.hash
}

const NAME: &str = "meetings.example";

impl Stage {
    async fn new(world: World, config: Value) -> Stage {
        let mut all = json!({
            "subscribers": [{ "login": "ann", "password": "secret", "name": "Ann" }],
            "rooms": [{ "number": "801", "title": "Ann's room", "owner": "ann" }],
        });
        for (name, value) in config.as_object().into_iter().flatten() {
            all[name] = value.clone();
        }
        let mut config: Config = serde_json::from_value(all).unwrap();
        let (cloud, host) = (world.host("cloud"), world.host("Ann"));
        let authority = Authority::new(cloud.entropy("test authority"));
        let validity = Validity::around(cloud.utc());
        let identity = authority
            .issue(&[NAME], &cloud.addresses(), validity)
            .unwrap();
        config.identity = Some(Arc::new(identity));
        let trust = Trust::of(&authority);
        let client = Client::new(&host, &trust);
        let cloud = sim_meetings::start(&cloud, config).await.unwrap();
        Stage {
            host,
            trust,
            cloud,
            world,
            client,
        }
    }

    /// Where a guest sits.
    pub(crate) fn host(&self, guest: &str) -> Host {
        self.world.host(guest)
    }

    /// The absolute URL of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://{NAME}{path}")
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        let answer = self.client.get(&self.url(path)).await.unwrap();
        let value = serde_json::from_slice(answer.body()).unwrap_or(Value::Null);
        (answer.status().as_u16(), value)
    }

    /// Posts JSON, with these headers.
    pub(crate) async fn post(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> (u16, Value) {
        let mut request = Request::post(self.url(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Bytes::from(body.to_string())).unwrap();
        let answer = self.client.send(request).await.unwrap();
        let value = serde_json::from_slice(answer.body()).unwrap_or(Value::Null);
        (answer.status().as_u16(), value)
    }

    /// Token and channel of the room for a guest of this name.
    pub(crate) async fn pass(&self, name: &str) -> (String, String) {
        let wish = json!({ "conferenceId": "801", "userName": name, "presentationOnly": false });
        let (status, pass) = self
            .post("/ups/resources/middleware/token", &[], &wish)
            .await;
        assert_eq!(status, 200, "{pass}");
        let text = |key: &str| pass[key].as_str().unwrap().to_owned();
        (text("token"), text("conferenceUrl"))
    }
}
