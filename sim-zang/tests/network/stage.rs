//! A cloud and somebody to talk to it, in a simulated world.

use std::future::Future;
use std::time::Duration;

use axum::body::Bytes;
use futures_util::{SinkExt, StreamExt};
use http::{Request, Response};
use net::http::Client;
use net::tls::{Authority, Trust, Validity};
use net::websocket::{Message, WebSocket, WebSocketError};
use net::world::{Kind, Setup};
use net::{Host, Topology};
use serde_json::{Value, json};
use sim_zang::{Config, Running};

/// The cloud, and a host from which it is reached.
pub(crate) struct Stage {
    pub(crate) cloud: Running,
    host: Host,
    trust: Trust,
    client: Client,
}

/// An event stream, frame by frame.
pub(crate) struct Socket {
    host: Host,
    socket: WebSocket,
}

/// Longest wait for something that has to come.
const SOON: Duration = Duration::from_secs(10);

/// Longest play.
const DAYS: Duration = Duration::from_secs(3 * 24 * 3600);

/// Plays with a cloud of three accounts; `config` says what else is special about it.
pub(crate) fn play<F>(config: Value, scene: impl FnOnce(Stage) -> F + Send + 'static)
where
    F: Future<Output = ()> + Send + 'static,
{
    let names = Config::default();
    let mut topology = Topology::lan(&["cloud", "home"], Duration::from_millis(10));
    topology.hosts[0].names = names.host_names().map(str::to_owned).to_vec();
    let run = Setup::new(Kind::Wire, topology)
        .limit(DAYS)
        .run(async move |world| {
            let stage = Stage::new(world.host("cloud"), world.host("home"), config).await;
            scene(stage).await;
        });
    run.expect("a sound topology")
        .value
        .expect("the scene is played to its end");
}

impl Stage {
    async fn new(cloud: Host, host: Host, config: Value) -> Stage {
        let account = |name: &str| {
            json!({
                "email": format!("{name}@example.com"),
                "password": name,
                "display_name": name,
                "settings_url": "https://pbx.example.com/46xxsettings.txt",
            })
        };
        let accounts = ["alice", "bob", "carol"].map(account);
        let mut all = json!({ "accounts": accounts });
        for (name, value) in config.as_object().into_iter().flatten() {
            all[name] = value.clone();
        }
        let mut config: Config = serde_json::from_value(all).expect("a valid configuration");
        let authority = Authority::new(cloud.entropy("test authority"));
        let validity = Validity::around(cloud.utc());
        let identity = authority
            .issue(&config.host_names(), &cloud.addresses(), validity)
            .expect("good names");
        config.identity = Some(std::sync::Arc::new(identity));
        let cloud = sim_zang::start(&cloud, config).await.expect("free ports");
        let trust = Trust::of(&authority);
        let client = Client::new(&host, &trust);
        Stage {
            cloud,
            host,
            trust,
            client,
        }
    }

    pub(crate) async fn wait(&self, time: Duration) {
        self.host.sleep(time).await;
    }

    /// Sends a request; a path alone is one of the API host.
    pub(crate) async fn answer(&self, url: &str, token: Option<&str>) -> Response<Bytes> {
        self.send(Request::get(absolute(url)), token, Bytes::new())
            .await
    }

    pub(crate) async fn get(&self, url: &str, token: Option<&str>) -> (u16, Value) {
        read(&self.answer(url, token).await)
    }

    pub(crate) async fn post(&self, url: &str, body: &str, token: Option<&str>) -> (u16, Value) {
        let body = Bytes::copy_from_slice(body.as_bytes());
        read(&self.send(Request::post(absolute(url)), token, body).await)
    }

    async fn send(
        &self,
        request: http::request::Builder,
        token: Option<&str>,
        body: Bytes,
    ) -> Response<Bytes> {
        let request = match token {
            Some(token) => request.header("authorization", format!("jwt {token}")),
            None => request,
        };
        self.client
            .send(request.body(body).expect("a good request"))
            .await
            .expect("an answer")
    }

    pub(crate) async fn sign_in(&self, name: &str) -> String {
        let form = format!("grant_type=password&username={name}%40example.com&password={name}");
        let (status, answer) = self
            .post("https://accounts.zang.io/oauth2/access_token", &form, None)
            .await;
        assert_eq!((status, &answer["token_type"]), (200, &json!("bearer")));
        answer["access_token"].as_str().expect("a token").to_owned()
    }

    /// The id of the direct space with somebody.
    pub(crate) async fn direct(&self, token: &str, name: &str) -> String {
        let (_, found) = self
            .get(
                &format!("/api/users/me/colleagues/?search={name}"),
                Some(token),
            )
            .await;
        let id = found["data"][0]["_id"].as_str().expect("a colleague");
        let (status, answer) = self
            .get(&format!("/api/topics/direct/user/{id}"), Some(token))
            .await;
        assert_eq!((status, &answer["topic"]["type"]), (200, &json!("direct")));
        answer["topic"]["_id"].as_str().expect("an id").to_owned()
    }

    /// A connection, before anything was said on it.
    pub(crate) async fn connect(&self, query: &str) -> Socket {
        let socket = self.open(query).await.expect("a WebSocket");
        Socket {
            host: self.host.clone(),
            socket,
        }
    }

    /// The status that comes in place of a connection.
    pub(crate) async fn refused(&self, query: &str) -> u16 {
        match self.open(query).await {
            Err(WebSocketError::Refused { status }) => status,
            Err(other) => panic!("{query}: {other}"),
            Ok(_) => panic!("{query}: let in"),
        }
    }

    async fn open(&self, query: &str) -> Result<WebSocket, WebSocketError> {
        let url = format!("wss://spacesapis-socket.zang.io/socket.io/?{query}");
        let request = Request::builder().uri(url).body(()).expect("a good URL");
        net::websocket::connect(&self.host, &self.trust, request).await
    }

    /// A connection that is in `/chat`.
    pub(crate) async fn join(&self, token: &str) -> Socket {
        let mut socket = self
            .connect(&format!("token={token}&EIO=3&transport=websocket"))
            .await;
        assert!(socket.hears().await.starts_with('0'));
        assert_eq!(socket.hears().await, "40");
        socket.says("40/chat,").await;
        assert_eq!(socket.hears().await, "40/chat,");
        socket
    }
}

impl Socket {
    pub(crate) async fn says(&mut self, frame: &str) {
        assert!(self.tries(frame).await, "still connected");
    }

    /// Sends a frame; whether it went out.
    pub(crate) async fn tries(&mut self, frame: &str) -> bool {
        self.socket.send(Message::text(frame)).await.is_ok()
    }

    pub(crate) async fn hears(&mut self) -> String {
        tokio::select! {
            biased;
            message = self.socket.next() => match message {
                Some(Ok(Message::Text(text))) => text.to_string(),
                other => panic!("a frame expected, not {other:?}"),
            },
            () = self.host.sleep(SOON) => panic!("nothing was said"),
        }
    }

    /// The argument of the next event, which has to be of this name.
    pub(crate) async fn event(&mut self, name: &str) -> Value {
        let frame = self.hears().await;
        let text = frame
            .strip_prefix("42/chat,")
            .unwrap_or_else(|| panic!("{name} expected, not {frame}"));
        let mut event: Value = serde_json::from_str(text).expect("JSON");
        assert_eq!(event[0], json!(name), "{frame}");
        event[1].take()
    }

    /// How long it takes until the server ends the connection, in whole seconds.
    pub(crate) async fn ends(&mut self) -> Duration {
        let start = self.host.now();
        while let Some(Ok(message)) = self.socket.next().await {
            assert!(
                !matches!(message, Message::Text(ref text) if text.as_str() != "1"),
                "{message:?}"
            );
        }
        Duration::from_secs((self.host.now() - start).as_secs_f64().round() as u64)
    }
}

fn absolute(url: &str) -> String {
    if url.starts_with('/') {
        format!("https://spacesapis.zang.io{url}")
    } else {
        url.to_owned()
    }
}

fn read(answer: &Response<Bytes>) -> (u16, Value) {
    (
        answer.status().as_u16(),
        serde_json::from_slice(answer.body()).unwrap_or(Value::Null),
    )
}
