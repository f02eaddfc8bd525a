//! Requests to Spaces, with the sign-in they need.

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use net::http::Client;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::Url;

use super::{Account, Person, Trouble};

/// The REST side of Spaces for one user.
pub(super) struct Spaces {
    client: Client,
    account: Account,
    token: Option<Token>,
    socket: Option<Url>,
}

struct Token {
    text: String,
    /// Some request with it was accepted.
    proven: bool,
    refusals: u32,
}

/// A page of a list.
#[derive(Deserialize)]
pub(super) struct Page<T> {
    pub(super) data: Vec<T>,
    #[serde(rename = "nextPageUrl", default)]
    next: Option<String>,
}

/// A space.
#[derive(Deserialize)]
pub(super) struct Topic {
    #[serde(rename = "_id")]
    pub(super) id: String,
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    members: Vec<Member>,
    #[serde(rename = "lastMessage", default)]
    pub(super) last_message: Option<LastMessage>,
}

/// The newest message of a direct space.
#[derive(Deserialize)]
pub(super) struct LastMessage {
    #[serde(rename = "_id")]
    pub(super) id: String,
}

/// A user as Spaces shows it.
#[derive(Clone, Deserialize)]
pub(super) struct Member {
    #[serde(rename = "_id")]
    id: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    displayname: String,
    #[serde(default)]
    picture_url: Option<String>,
}

/// A message, pushed or from the history.
#[derive(Deserialize)]
pub(super) struct WireMessage {
    #[serde(rename = "_id")]
    pub(super) id: String,
    #[serde(rename = "topicId")]
    pub(super) space: String,
    pub(super) sender: Sender,
    pub(super) content: WireContent,
    #[serde(default)]
    pub(super) created: String,
    #[serde(rename = "loopbackMetadata", default)]
    pub(super) loopback: Option<Value>,
}

#[derive(Deserialize)]
pub(super) struct Sender {
    #[serde(rename = "_id")]
    pub(super) id: String,
}

#[derive(Deserialize)]
pub(super) struct WireContent {
    #[serde(rename = "bodyText", default)]
    pub(super) body_text: String,
    #[serde(default)]
    pub(super) data: Vec<File>,
}

#[derive(Deserialize)]
pub(super) struct File {
    #[serde(default)]
    pub(super) name: String,
}

/// Where another page is, as the server wrote it.
#[derive(Clone, Debug)]
pub(super) struct Link(String);

/// The URL of a user without a picture ends like this (product description).
const NO_PICTURE: &str = "/norevimages/noimage.jpg";
/// Refusals after which a token that never worked is thrown away: one may be good only some time after its issue.
const MAX_REFUSALS: u32 = 5;
/// Messages asked for at once; the most a server gives.
const PAGE: usize = 50;

impl Spaces {
    pub(super) fn new(client: Client, account: Account) -> Self {
        Spaces {
            client,
            account,
            token: None,
            socket: None,
        }
    }

    /// The signed-in user.
    pub(super) async fn me(&mut self) -> Result<Person, Trouble> {
        let member: Member = self.get("/api/users/me").await?;
        Ok(member.into())
    }

    /// The host of the event stream, as a WebSocket URL.
    pub(super) async fn socket(&mut self) -> Result<Url, Trouble> {
        if let Some(known) = &self.socket {
            return Ok(known.clone());
        }
        let expected = "the https URL of the event stream";
        let configurations: Value = self.get("/api/service-configurations").await?;
        let url = configurations["spaces"]["socketio_server_url"]
            .as_str()
            .and_then(|url| Url::parse(url).ok());
        let mut url = url
            .filter(|url| url.scheme() == "https")
            .ok_or(Trouble::Malformed { expected })?;
        url.set_scheme("wss")
            .map_err(|()| Trouble::Malformed { expected })?;
        self.socket = Some(url.clone());
        Ok(url)
    }

    /// A page of the user's direct spaces, latest activity first.
    pub(super) async fn direct_spaces(
        &mut self,
        link: Option<Link>,
    ) -> Result<(Vec<Topic>, Option<Link>), Trouble> {
        let first = "/api/users/me/spaces?topictype=direct&size=50".to_owned();
        let page: Page<Topic> = self.get(&link.map_or(first, |link| link.0)).await?;
        Ok(page.into_parts())
    }

    /// A page of a space's history, newest first.
    pub(super) async fn history(
        &mut self,
        space: &str,
        link: Option<Link>,
    ) -> Result<(Vec<WireMessage>, Option<Link>), Trouble> {
        let first = format!("/api/topics/{}/messages/byref?size={PAGE}", quote(space));
        let page: Page<WireMessage> = self.get(&link.map_or(first, |link| link.0)).await?;
        Ok(page.into_parts())
    }

    /// One space the user is in.
    pub(super) async fn topic(&mut self, space: &str) -> Result<Topic, Trouble> {
        let envelope: TopicEnvelope = self
            .get(&format!("/api/topics/{}/join", quote(space)))
            .await?;
        Ok(envelope.topic)
    }

    /// The direct space with the user of this address, made if there is none; nothing if there is no such user.
    pub(super) async fn direct_with(&mut self, address: &str) -> Result<Option<Topic>, Trouble> {
        let search = quote(address);
        let found: Page<Member> = self
            .get(&format!("/api/users/me/colleagues/?search={search}"))
            .await?;
        let person = found
            .data
            .into_iter()
            .map(Person::from)
            .find(|person| person.is_at(address));
        let Some(person) = person else {
            return Ok(None);
        };
        let envelope: TopicEnvelope = self
            .get(&format!("/api/topics/direct/user/{}", quote(&person.id)))
            .await?;
        Ok(Some(envelope.topic))
    }

    /// The token, with a sign-in if there is none.
    pub(super) async fn token(&mut self) -> Result<String, Trouble> {
        if let Some(token) = &self.token {
            return Ok(token.text.clone());
        }
        let body = json!({
            "grant_type": "password",
            "username": self.account.address,
            "password": self.account.password,
        });
        let url = join(&self.account.accounts, "/oauth2/access_token")?;
        let request = Request::builder()
            .method(Method::POST)
            .uri(url.as_str())
            .header(header::CONTENT_TYPE, "application/json")
            .body(Bytes::from(body.to_string()));
        let (status, answer) = self.exchange(request).await?;
        let answer: SignedIn = match status {
            StatusCode::OK => read(answer, "an access_token")?,
            StatusCode::UNAUTHORIZED => return Err(Trouble::SignInRefused),
            status => return Err(refused(status, &answer)),
        };
        let text = answer.access_token;
        self.token = Some(Token {
            text: text.clone(),
            proven: false,
            refusals: 0,
        });
        Ok(text)
    }

    /// The token was not accepted. True if a new one should be tried at once: this one has worked before.
    pub(super) fn token_refused(&mut self) -> bool {
        let Some(token) = &mut self.token else {
            return true;
        };
        token.refusals += 1;
        let proven = token.proven;
        if proven || token.refusals >= MAX_REFUSALS {
            self.token = None;
        }
        proven
    }

    async fn get<T: DeserializeOwned>(&mut self, path: &str) -> Result<T, Trouble> {
        let url = join(&self.account.spaces, path)?;
        loop {
            let token = self.token().await?;
            let request = Request::builder()
                .method(Method::GET)
                .uri(url.as_str())
                .header(header::ACCEPT, "application/json")
                .header(header::AUTHORIZATION, format!("jwt {token}"))
                .body(Bytes::new());
            let (status, answer) = self.exchange(request).await?;
            if status == StatusCode::UNAUTHORIZED {
                // A proven token is refused at most once, as it is thrown away then; so the loop ends.
                if self.token_refused() {
                    continue;
                }
                return Err(Trouble::Unauthorized {
                    code: code(&answer),
                });
            }
            if let Some(token) = &mut self.token {
                token.proven = true;
            }
            if !status.is_success() {
                return Err(refused(status, &answer));
            }
            return read(answer, "the JSON of this answer");
        }
    }

    async fn exchange(
        &self,
        request: http::Result<Request<Bytes>>,
    ) -> Result<(StatusCode, Value), Trouble> {
        let unreachable = |reason: String| Trouble::Unreachable { reason };
        let request = request.map_err(|error| unreachable(error.to_string()))?;
        let answer = self
            .client
            .send(request)
            .await
            .map_err(|error| unreachable(error.to_string()))?;
        let body = serde_json::from_slice(answer.body()).unwrap_or(Value::Null);
        Ok((answer.status(), body))
    }
}

#[derive(Deserialize)]
struct SignedIn {
    access_token: String,
}

#[derive(Deserialize)]
struct TopicEnvelope {
    topic: Topic,
}

impl<T> Page<T> {
    /// A server ends a list with an empty link or the word `end`.
    fn into_parts(self) -> (Vec<T>, Option<Link>) {
        let next = self
            .next
            .filter(|link| !link.is_empty() && link != "end")
            .map(Link);
        (self.data, next)
    }
}

impl Topic {
    /// Who else is in this direct space; nothing if it is not a direct one.
    pub(super) fn colleague(&self, own_id: &str) -> Option<Person> {
        if self.kind != "direct" {
            return None;
        }
        self.members
            .iter()
            .find(|member| member.id != own_id)
            .cloned()
            .map(Person::from)
    }
}

impl From<Member> for Person {
    fn from(member: Member) -> Person {
        Person {
            id: member.id,
            address: member.username,
            display_name: member.displayname,
            picture: member
                .picture_url
                .filter(|url| !url.is_empty() && !url.ends_with(NO_PICTURE)),
        }
    }
}

/// The token goes where these URLs lead, so they may not lead to another host.
fn join(base: &Url, path: &str) -> Result<Url, Trouble> {
    let url = base
        .join(path)
        .ok()
        .filter(|url| url.origin() == base.origin());
    url.ok_or(Trouble::Malformed {
        expected: "a link on the same host",
    })
}

fn quote(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn read<T: DeserializeOwned>(value: Value, expected: &'static str) -> Result<T, Trouble> {
    serde_json::from_value(value).map_err(|_| Trouble::Malformed { expected })
}

fn refused(status: StatusCode, answer: &Value) -> Trouble {
    Trouble::Refused {
        status: status.as_u16(),
        code: code(answer),
    }
}

/// The server's word in an error body, if it has one.
fn code(answer: &Value) -> String {
    answer["error"]["code"]
        .as_str()
        .unwrap_or("no reason given")
        .to_owned()
}
