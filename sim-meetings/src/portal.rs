//! The unified portal: hypermedia links, sign-in, join tokens, the room's page and the conference channel, on 443 and 8443.
//!
//! Paths, media types, header schemes and error shapes are the public ones of the real portal; the body of a sign-in's answer, the
//! `conferenceUrl` beside a join token and the channel behind it are ours.

mod channel;
mod resources;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use axum::extract::{DefaultBodyLimit, FromRequestParts, Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::request::Parts;
use net::http::Door;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

use crate::driver::Command;
use crate::refusal::Refusal;
use crate::server::{JoinRequest, LinkId, Server};

/// How the server names itself.
pub(crate) const SERVER: &str = concat!("Meetings-Sim/", env!("CARGO_PKG_VERSION"));

/// The way from the web to the cloud.
#[derive(Clone)]
pub(crate) struct Portal {
    commands: mpsc::Sender<Command>,
    links: Arc<AtomicU64>,
}

impl Portal {
    pub(crate) fn new(commands: mpsc::Sender<Command>) -> Portal {
        Portal {
            commands,
            links: Arc::default(),
        }
    }

    /// Asks the cloud.
    async fn ask<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&mut Server, SystemTime) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let (reply, answer) = oneshot::channel();
        let ask = Box::new(move |server: &mut Server, utc| {
            // Whoever asked may have hung up.
            let _ = reply.send(ask(server, utc));
        });
        let sent = self.commands.send(Command::Ask(ask)).await;
        sent.map_err(|_| Refusal::Busy)?;
        answer.await.map_err(|_| Refusal::Busy)?
    }

    fn next_link(&self) -> LinkId {
        LinkId(self.links.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status()).unwrap_or(StatusCode::BAD_REQUEST);
        (status, typed("csa.error.v1", &self.body())).into_response()
    }
}

/// Everything that is served, the same on each port.
pub(crate) fn router(portal: &Portal) -> Router {
    Router::new()
        .route("/", get(async || Redirect::temporary("/ups/resources")))
        .route("/ups/resources", get(links))
        .route("/ups/resources/tenants/{alias}", get(tenant_links))
        .route("/ups/resources/tenants/{alias}/", get(tenant_links))
        .route(resources::LOGIN, post(login))
        .route(resources::LOGOUT, post(async || StatusCode::OK))
        .route(resources::USER_TYPE, get(user_type))
        .route(resources::JOIN, post(join))
        .route(resources::TENANT_ALIAS, get(tenant_alias))
        .route("/portal/tenants/{alias}/", get(page))
        .route(resources::CHANNEL, get(channel::open))
        .fallback(async || StatusCode::NOT_FOUND)
        .layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX))
        .layer(map_response(named))
        .with_state(portal.clone())
}

/// A JSON answer of one of the portal's media types.
fn typed(kind: &str, body: &Value) -> Response {
    let kind = format!("application/vnd.avaya.{kind}+json");
    ([(header::CONTENT_TYPE, kind)], body.to_string()).into_response()
}

async fn links(
    Caller(caller): Caller,
    Extension(door): Extension<Door>,
    headers: HeaderMap,
) -> Response {
    let base = base(&headers, door);
    let listed = resources::list(&base, caller.is_some());
    typed("portal.resources.v1", &listed)
}

async fn tenant_links(
    State(portal): State<Portal>,
    Path(alias): Path<String>,
    caller: Caller,
    door: Extension<Door>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    portal
        .ask(move |server, _| server.check_tenant(&alias))
        .await?;
    Ok(links(caller, door, headers).await)
}

/// Version 1 has the credentials in the body, version 2 in `Authorization: UnifiedPortal <base64 of user:password>`.
async fn login(
    State(portal): State<Portal>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    #[derive(Deserialize)]
    struct Credentials {
        login: String,
        password: String,
    }
    let Credentials { login, password } = match authorization(&headers, "UnifiedPortal") {
        Some(encoded) => {
            let decoded = STANDARD.decode(encoded).map_err(|_| Refusal::Malformed)?;
            let text = String::from_utf8(decoded).map_err(|_| Refusal::Malformed)?;
            let (login, password) = text.split_once(':').ok_or(Refusal::Malformed)?;
            let (login, password) = (login.to_owned(), password.to_owned());
            Credentials { login, password }
        }
        None => serde_json::from_slice(&body).map_err(|_| Refusal::Malformed)?,
    };
    let token = portal
        .ask(move |server, utc| server.sign_in(utc, &login, &password))
        .await?;
    Ok(typed(
        "portal.authentication.login.v1",
        &json!({ "token": token }),
    ))
}

#[derive(Deserialize)]
struct Login {
    login: String,
}

async fn user_type(
    State(portal): State<Portal>,
    Query(Login { login }): Query<Login>,
) -> Result<Response, Refusal> {
    let role = portal
        .ask(move |server, _| Ok(server.user_type(&login)))
        .await?;
    Ok(typed(
        "portal.authentication.usertype.v1",
        &json!({ "userType": role }),
    ))
}

async fn join(
    State(portal): State<Portal>,
    Caller(caller): Caller,
    Extension(door): Extension<Door>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let request: JoinRequest = serde_json::from_slice(&body).map_err(|_| Refusal::Malformed)?;
    let granted =
        portal.ask(move |server, utc| server.join_token(utc, caller.as_deref(), &request));
    let pass = granted.await?;
    let scheme = if door.is_secure { "wss" } else { "ws" };
    let channel = format!(
        "{scheme}://{}{}",
        authority(&headers, door),
        resources::CHANNEL
    );
    let answer =
        json!({ "token": pass.token, "meetingName": pass.title, "conferenceUrl": channel });
    Ok(typed("portal.middleware.token.v1", &answer))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RoomNumber {
    vr_number: String,
}

async fn tenant_alias(
    State(portal): State<Portal>,
    Query(room): Query<RoomNumber>,
) -> Result<Response, Refusal> {
    let asked = portal.ask(move |server, _| server.tenant_of(&room.vr_number).map(str::to_owned));
    Ok(typed(
        "portal.middleware.alias.v1",
        &json!({ "alias": asked.await? }),
    ))
}

/// The room's page, the same for every room: the number, and a PIN behind `***`, stand in its URL and are read there.
async fn page(
    State(portal): State<Portal>,
    Path(alias): Path<String>,
) -> Result<Response, Refusal> {
    portal
        .ask(move |server, _| server.check_tenant(&alias))
        .await?;
    Ok(Html(include_str!("portal/room.html")).into_response())
}

/// The portal token of the request, if it carries one.
struct Caller(Option<String>);

impl FromRequestParts<Portal> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, portal: &Portal) -> Result<Caller, Refusal> {
        let Some(token) = authorization(&parts.headers, "UPToken").map(str::to_owned) else {
            return Ok(Caller(None));
        };
        let kept = token.clone();
        portal
            .ask(move |server, utc| server.signed_in(utc, &token))
            .await?;
        Ok(Caller(Some(kept)))
    }
}

fn authorization<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (named, credentials) = value.trim().split_once(' ')?;
    named
        .eq_ignore_ascii_case(scheme)
        .then(|| credentials.trim())
}

/// The name the client called us by, or our address.
fn authority(headers: &HeaderMap, door: Door) -> String {
    let named = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    named.map_or_else(|| door.local.to_string(), str::to_owned)
}

fn base(headers: &HeaderMap, door: Door) -> String {
    let scheme = if door.is_secure { "https" } else { "http" };
    format!("{scheme}://{}", authority(headers, door))
}

async fn named(mut response: Response) -> Response {
    let server = HeaderValue::from_static(SERVER);
    response.headers_mut().insert(header::SERVER, server);
    response
}

/// Largest request body, in bytes; no request of the portal needs a tenth.
const REQUEST_BYTES_MAX: usize = 64 * 1024;
