//! Which host name leads to which paths.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header, uri::Authority};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Json, middleware};
use serde_json::json;
use tower::ServiceExt;

use crate::config::{Config, Names};
use crate::refusal::Refusal;
use crate::service::Service;
use crate::{push, rest};

/// How the server names itself.
const SERVER: &str = concat!("Spaces-Sim/", env!("CARGO_PKG_VERSION"));

#[derive(Clone)]
struct Doors {
    names: Names,
    accounts: Router,
    api: Router,
    socket: Router,
    all: Router,
}

/// The secure port: each name its own paths; by address, or by any other name, all of them.
pub(crate) fn secure(service: &Service, config: &Config) -> Router {
    let accounts = rest::accounts(service);
    let api = rest::api(service, config);
    let socket = push::router(service, config);
    let all = accounts
        .clone()
        .merge(api.clone())
        .merge(socket.clone())
        .fallback(unknown_path);
    let doors = Doors {
        names: config.names.clone(),
        accounts: accounts.fallback(unknown_path),
        api: api.fallback(unknown_path),
        socket: socket.fallback(unknown_path),
        all,
    };
    Router::new()
        .fallback(by_name)
        .with_state(doors)
        .layer(middleware::map_response(named))
}

/// The plain port: never a service, only the way to the secure one (MSG-10).
pub(crate) fn plain(config: &Config) -> Router {
    let (strict, port) = (config.strict, config.ports.secure);
    let turn_away = async move |request: Request| match host(&request) {
        Some(name) if !strict => {
            let port = if port == 443 {
                String::new()
            } else {
                format!(":{port}")
            };
            let path = request
                .uri()
                .path_and_query()
                .map_or("/", |path| path.as_str());
            Redirect::permanent(&format!("https://{name}{port}{path}")).into_response()
        }
        Some(_) | None => {
            let error = json!({ "code": "HTTPS_REQUIRED", "message": "this service is reached by HTTPS and WSS only" });
            (StatusCode::FORBIDDEN, Json(json!({ "error": error }))).into_response()
        }
    };
    Router::new()
        .fallback(turn_away)
        .layer(middleware::map_response(named))
}

async fn by_name(State(doors): State<Doors>, request: Request) -> Response {
    let name = host(&request).unwrap_or_default();
    let Names {
        accounts,
        api,
        socket,
    } = &doors.names;
    let router = match [accounts, api, socket].map(|known| *known == name) {
        [true, false, false] => doors.accounts,
        [false, true, false] => doors.api,
        [false, false, true] => doors.socket,
        // No name of ours, or one for several services, as when everything is served at one address.
        _ => doors.all,
    };
    router.oneshot(request).await.into_response()
}

/// The host asked for, without its port, in lower case.
fn host(request: &Request) -> Option<String> {
    let authority = match request.headers().get(header::HOST) {
        Some(value) => value.to_str().ok()?.parse::<Authority>().ok()?,
        None => request.uri().authority()?.clone(),
    };
    Some(authority.host().to_ascii_lowercase())
}

async fn unknown_path() -> Refusal {
    Refusal::NotFound { what: "this path" }
}

async fn named(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(header::SERVER, HeaderValue::from_static(SERVER));
    response
}
