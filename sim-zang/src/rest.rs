//! REST: paths to requests. Nothing is decided here.

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequestParts, OriginalUri, Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::request::Parts;
use http::{StatusCode, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::cloud::{GroupRequest, GuestNames, Listing};
use crate::config::Config;
use crate::messages::{Category, Draft, From};
use crate::object_id::ObjectId;
use crate::refusal::Refusal;
use crate::service::Service;

type Answer = Result<Json<Value>, Refusal>;

/// Largest request body, in bytes: a message of the largest size, with attachments and JSON around it.
const MAX_REQUEST_BYTES: usize = 256 * 1024;

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status =
            StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(self.body())).into_response()
    }
}

/// Paths of the accounts host.
pub(crate) fn accounts(service: &Service) -> Router {
    Router::new()
        .route("/oauth2/access_token", post(access_token))
        .route("/api/1.0/discovery", get(discovery))
        .layer(DefaultBodyLimit::max(MAX_REQUEST_BYTES))
        .with_state(service.clone())
}

/// Paths of the API host. What is called spaces today was called topics in 2018; both names work.
pub(crate) fn api(service: &Service, config: &Config) -> Router {
    let configurations = Json(configurations(config));
    let mut router = Router::new()
        .route("/api/anonymous/auth", post(anonymous))
        .route("/api/users/me", get(me))
        .route("/api/users/me/spaces", get(list))
        .route("/api/users/me/topics", get(list))
        .route("/api/users/me/colleagues", get(colleagues))
        .route("/api/users/me/colleagues/", get(colleagues))
        .route("/api/messages/{id}", get(message))
        .route(
            "/api/service-configurations",
            get(async move || configurations),
        );
    for word in ["spaces", "topics"] {
        let path = |rest: &str| format!("/api/{word}/{rest}");
        router = router
            .route(&path("invite"), post(new_group))
            .route(&path("invite/"), post(new_group))
            .route(&path("direct/{kind}/{id}"), get(direct))
            .route(&path("invites/{id}/join"), get(accept))
            .route(&path("{id}/join"), get(enter))
            .route(&path("{id}/invite"), post(invite))
            .route(&path("{id}/messages/byref"), get(history))
            .route(&path("{id}/chats"), post(post_chat))
            .route(&path("{id}/ideas"), post(post_idea))
            .route(&path("{id}/tasks"), post(post_task));
    }
    router
        .layer(DefaultBodyLimit::max(MAX_REQUEST_BYTES))
        .with_state(service.clone())
}

/// Where the other services are.
fn configurations(config: &Config) -> Value {
    let port = if config.ports.secure == 443 {
        String::new()
    } else {
        format!(":{}", config.ports.secure)
    };
    let url = |name: &str| format!("https://{name}{port}");
    json!({
        "spaces": { "server_url": url(&config.names.api), "socketio_server_url": url(&config.names.socket) },
        "accounts": { "server_url": url(&config.names.accounts) },
    })
}

/// The user behind the `Authorization` header.
struct Caller(ObjectId);

impl FromRequestParts<Service> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Self, Refusal> {
        let header = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok());
        service
            .with(|cloud, utc| cloud.caller(utc, header))
            .map(Caller)
    }
}

/// Credentials, as JSON or as a form (RFC 6749 §4.3.2 and §4.4.2).
#[derive(Deserialize)]
struct Credentials {
    grant_type: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    client_secret: String,
}

async fn access_token(State(service): State<Service>, body: Bytes) -> Answer {
    let credentials = credentials(&body)?;
    let (user, password) = (&credentials.username, &credentials.password);
    let (token, lifetime) = match credentials.grant_type.as_str() {
        "password" => service.with(|cloud, utc| cloud.sign_in(utc, user, password))?,
        "client_credentials" => {
            let (id, secret) = (&credentials.client_id, &credentials.client_secret);
            service.with(|cloud, utc| cloud.sign_in_app(utc, id, secret))?
        }
        _ => {
            return Err(Refusal::Malformed {
                field: "grant_type",
                expected: "password or client_credentials",
            });
        }
    };
    Ok(Json(
        json!({ "access_token": token, "token_type": "bearer", "expires_in": lifetime.as_secs() }),
    ))
}

fn credentials(body: &[u8]) -> Result<Credentials, Refusal> {
    if body.trim_ascii_start().starts_with(b"{") {
        return parse(body);
    }
    let pairs =
        url::form_urlencoded::parse(body).map(|(name, value)| (name.into_owned(), json!(value)));
    let expected = "grant_type and its fields as a form or as JSON";
    serde_json::from_value(pairs.collect::<serde_json::Map<_, _>>().into()).map_err(|_| {
        Refusal::Malformed {
            field: "body",
            expected,
        }
    })
}

#[derive(Deserialize)]
struct Question {
    #[serde(default)]
    email: Option<String>,
}

async fn discovery(State(service): State<Service>, Query(question): Query<Question>) -> Answer {
    service
        .with(|cloud, _| cloud.discover(question.email.as_deref()))
        .map(Json)
}

async fn anonymous(State(service): State<Service>, body: Bytes) -> Answer {
    let names: GuestNames = if body.is_empty() {
        GuestNames::default()
    } else {
        parse(&body)?
    };
    let token = service.with(|cloud, utc| cloud.guest(utc, &names))?;
    Ok(Json(json!({ "token": token })))
}

async fn me(State(service): State<Service>, Caller(caller): Caller) -> Answer {
    service.with(|cloud, _| cloud.me(caller)).map(Json)
}

async fn list(
    State(service): State<Service>,
    Caller(caller): Caller,
    OriginalUri(uri): OriginalUri,
    Query(listing): Query<Listing>,
) -> Answer {
    service
        .with(|cloud, _| cloud.list(caller, &listing, uri.path()))
        .map(Json)
}

#[derive(Deserialize)]
struct Search {
    #[serde(default)]
    search: String,
}

async fn colleagues(
    State(service): State<Service>,
    Caller(caller): Caller,
    Query(query): Query<Search>,
) -> Answer {
    service
        .with(|cloud, _| cloud.colleagues(caller, &query.search))
        .map(Json)
}

async fn direct(
    State(service): State<Service>,
    Caller(caller): Caller,
    Path((kind, id)): Path<(String, String)>,
) -> Answer {
    let other = object_id(&id)?;
    service
        .with(|cloud, utc| cloud.direct(utc, caller, &kind, other))
        .map(Json)
}

async fn new_group(State(service): State<Service>, Caller(caller): Caller, body: Bytes) -> Answer {
    let request: GroupRequest = parse(&body)?;
    service
        .with(|cloud, utc| cloud.invite(utc, caller, None, &request))
        .map(Json)
}

async fn invite(
    State(service): State<Service>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    body: Bytes,
) -> Answer {
    let request: GroupRequest = parse(&body)?;
    let space = object_id(&id)?;
    service
        .with(|cloud, utc| cloud.invite(utc, caller, Some(space), &request))
        .map(Json)
}

async fn accept(
    State(service): State<Service>,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> Answer {
    let invitation = object_id(&id)?;
    service
        .with(|cloud, _| cloud.accept(caller, invitation))
        .map(Json)
}

async fn enter(
    State(service): State<Service>,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> Answer {
    let space = object_id(&id)?;
    service
        .with(|cloud, _| cloud.topic(caller, space))
        .map(Json)
}

#[derive(Deserialize)]
struct Paging {
    #[serde(default)]
    size: Option<usize>,
    #[serde(rename = "nextRefObjId", default)]
    next: Option<String>,
    #[serde(rename = "prevRefObjId", default)]
    previous: Option<String>,
}

async fn history(
    State(service): State<Service>,
    Caller(caller): Caller,
    OriginalUri(uri): OriginalUri,
    Path(id): Path<String>,
    Query(paging): Query<Paging>,
) -> Answer {
    let space = object_id(&id)?;
    let from = match (&paging.next, &paging.previous) {
        (Some(id), _) => From::OlderThan(object_id(id)?),
        (None, Some(id)) => From::NewerThan(object_id(id)?),
        (None, None) => From::Newest,
    };
    service
        .with(|cloud, _| cloud.history(caller, space, paging.size, from, uri.path()))
        .map(Json)
}

async fn message(
    State(service): State<Service>,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> Answer {
    let id = object_id(&id)?;
    service.with(|cloud, _| cloud.message(caller, id)).map(Json)
}

async fn post_chat(
    service: State<Service>,
    caller: Caller,
    id: Path<String>,
    body: Bytes,
) -> Answer {
    post_message(&service, &caller, &id, Category::Chat, &body)
}

async fn post_idea(
    service: State<Service>,
    caller: Caller,
    id: Path<String>,
    body: Bytes,
) -> Answer {
    post_message(&service, &caller, &id, Category::Idea, &body)
}

async fn post_task(
    service: State<Service>,
    caller: Caller,
    id: Path<String>,
    body: Bytes,
) -> Answer {
    post_message(&service, &caller, &id, Category::Task, &body)
}

fn post_message(
    service: &Service,
    caller: &Caller,
    id: &str,
    category: Category,
    body: &[u8],
) -> Answer {
    let draft = Draft {
        category,
        ..parse(body)?
    };
    let space = object_id(id)?;
    let message = service.with(|cloud, utc| cloud.post_by_rest(utc, caller.0, space, draft))?;
    Ok(Json(json!({ "data": [message.view()] })))
}

fn object_id(text: &str) -> Result<ObjectId, Refusal> {
    text.parse().map_err(|_| Refusal::Malformed {
        field: "id",
        expected: "24 hex digits",
    })
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|_| Refusal::Malformed {
        field: "body",
        expected: "JSON of this request",
    })
}
