//! Files over HTTP and HTTPS: the settings file, made for each request, and what the administrator put beside it.
//!
//! CFG-01 to CFG-03; product facts: a static file of the same name wins, `46xxspecials.txt` exists only if somebody wrote it.

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use net::http::Door;

use crate::config::Config;
use crate::server::PRODUCT;
use crate::settings_file::{Asker, SETTINGS_FILE, SPECIALS_FILE, generate};

/// Longest static file that is served, in bytes; ours. A longer one is a mistake of the administrator.
const FILE_MAX_BYTES: u64 = 1 << 20;

/// The routes of all four HTTP ports.
pub(crate) fn router(config: Arc<Config>) -> Router {
    Router::new()
        .route(
            &format!("/{SETTINGS_FILE}"),
            get(
                async |State(config): State<Arc<Config>>, request: Request| {
                    settings(&config, &request)
                },
            ),
        )
        .route(
            &format!("/{SPECIALS_FILE}"),
            get(async |State(config): State<Arc<Config>>| specials(&config)),
        )
        .with_state(config)
        .layer(axum::middleware::map_response(named))
}

async fn named(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(header::SERVER, HeaderValue::from_static(PRODUCT));
    response
}

fn settings(config: &Config, request: &Request) -> Response {
    match static_file(config, SETTINGS_FILE) {
        Ok(Some(text)) => plain(text),
        Ok(None) => plain(generate(config, &asker(config, request))),
        Err(why) => (StatusCode::INTERNAL_SERVER_ERROR, why).into_response(),
    }
}

fn specials(config: &Config) -> Response {
    match static_file(config, SPECIALS_FILE) {
        Ok(Some(text)) => plain(text),
        Ok(None) => (
            StatusCode::NOT_FOUND,
            format!("there is no {SPECIALS_FILE}\n"),
        )
            .into_response(),
        Err(why) => (StatusCode::INTERNAL_SERVER_ERROR, why).into_response(),
    }
}

/// How the asker reached the system: by the configured name, else by the name or address that it used.
fn asker(config: &Config, request: &Request) -> Asker {
    let door = request.extensions().get::<Door>();
    let named = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .and_then(host_of);
    let host = match (config.host_name.as_str(), named, door) {
        ("", Some(named), _) => named,
        ("", None, Some(door)) => door.local.ip().to_string(),
        (configured, _, _) => configured.to_owned(),
    };
    Asker {
        host,
        secure: door.is_some_and(|door| door.is_secure),
    }
}

/// The host in `host:port` or `[v6]:port`, if it may stand in a settings file.
fn host_of(text: &str) -> Option<String> {
    let authority: axum::http::uri::Authority = text.parse().ok()?;
    let host = authority.host().trim_matches(['[', ']']);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':');
    (!host.is_empty() && host.chars().all(is_plain)).then(|| host.to_owned())
}

/// A static file, if there is one; an error that the asker may see if it cannot be read.
fn static_file(config: &Config, name: &str) -> Result<Option<String>, String> {
    let Some(folder) = &config.settings_folder else {
        return Ok(None);
    };
    let path: PathBuf = folder.join(name);
    let broken = |why: String| format!("{name} cannot be served: {why}\n");
    match std::fs::metadata(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(broken(error.to_string())),
        Ok(file) if file.len() > FILE_MAX_BYTES => {
            Err(broken(format!("it exceeds {FILE_MAX_BYTES} bytes")))
        }
        Ok(_) => std::fs::read_to_string(&path)
            .map(Some)
            .map_err(|error| broken(error.to_string())),
    }
}

fn plain(text: String) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}
