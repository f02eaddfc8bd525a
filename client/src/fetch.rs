//! Getting a settings file: where the server says that it has moved, it is followed there (CFG-02).
//!
//! A settings file says where passwords go, so nobody is followed from a protected way to an open one. RFC 9110 §15.4.

use bytes::Bytes;
use http::StatusCode;
use http::header::LOCATION;
use net::http::Client;
use url::Url;

/// Most redirections that are followed; ours. A longer chain leads nowhere.
const REDIRECTIONS_MAX: usize = 5;

/// The file, or in words why it cannot be had.
pub(crate) async fn fetch(http: &Client, url: &Url) -> Result<Bytes, String> {
    let mut url = url.clone();
    for _ in 0..=REDIRECTIONS_MAX {
        let response = http
            .get(url.as_str())
            .await
            .map_err(|error| error.to_string())?;
        let status = response.status();
        if status.is_success() {
            return Ok(response.into_body());
        }
        if !is_redirection(status) {
            return Err(format!("the server answers {status}"));
        }
        let location = response.headers().get(LOCATION);
        let location = location.and_then(|location| location.to_str().ok());
        let location =
            location.ok_or(format!("the server answers {status} without saying where"))?;
        url = follow(&url, location)?;
    }
    Err(format!(
        "the server redirects more than {REDIRECTIONS_MAX} times, last to {url}"
    ))
}

fn is_redirection(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// Where a redirection leads, if it may be followed.
fn follow(url: &Url, location: &str) -> Result<Url, String> {
    let next = url
        .join(location)
        .map_err(|error| format!("the server redirects to {location:?}: {error}"))?;
    match (url.scheme(), next.scheme()) {
        (_, "https") | ("http", "http") => Ok(next),
        ("https", "http") => Err(format!(
            "the server redirects from a protected address to an open one, {next}"
        )),
        _ => Err(format!(
            "the server redirects to {next}, which is no web address"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirections_lead_on_but_never_from_a_protected_address_to_an_open_one() {
        let table = [
            (
                "http://a/46xxsettings.txt",
                "https://b/x.txt",
                Some("https://b/x.txt"),
            ),
            (
                "http://a/46xxsettings.txt",
                "/other/x.txt",
                Some("http://a/other/x.txt"),
            ),
            (
                "https://a:8443/p/x.txt",
                "y.txt",
                Some("https://a:8443/p/y.txt"),
            ),
            ("https://a/x.txt", "//b/y.txt", Some("https://b/y.txt")),
            ("https://a/x.txt", "http://a/x.txt", None),
            ("http://a/x.txt", "ftp://a/x.txt", None),
            ("http://a/x.txt", "file:///etc/passwd", None),
            ("http://a/x.txt", "http://[", None),
        ];
        for (from, location, wanted) in table {
            let url: Url = from.parse().unwrap();
            let next = follow(&url, location).ok();
            assert_eq!(
                next.as_ref().map(Url::as_str),
                wanted,
                "{from} to {location}"
            );
        }
    }
}
