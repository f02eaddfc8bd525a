//! Whether two URIs name the same resource. RFC 3261 §19.1.4, RFC 3966 §5.

use super::{Scheme, Uri, escape};
use std::borrow::Cow;

pub(super) fn is_equivalent(a: &Uri, b: &Uri) -> bool {
    if a.scheme != b.scheme {
        return false;
    }
    match a.scheme {
        Scheme::Sip | Scheme::Sips => {
            has_same_authority(a, b)
                && has_compatible_params(a, b)
                && has_compatible_params(b, a)
                && has_same_headers(a, b)
        }
        Scheme::Tel => {
            let number = |uri: &Uri| {
                uri.user_raw()
                    .unwrap_or("")
                    .replace(['-', '.', '(', ')'], "")
                    .to_ascii_lowercase()
            };
            number(a) == number(b) && covers_tel_params(a, b) && covers_tel_params(b, a)
        }
        Scheme::Urn | Scheme::Other => {
            let rest = |uri: &Uri| uri.as_str()[uri.parts.scheme_end as usize..].to_owned();
            let (a_rest, b_rest) = (rest(a), rest(b));
            a.scheme_text().eq_ignore_ascii_case(b.scheme_text())
                && if a.scheme == Scheme::Urn {
                    a_rest.eq_ignore_ascii_case(&b_rest)
                } else {
                    a_rest == b_rest
                }
        }
    }
}

fn has_same_authority(a: &Uri, b: &Uri) -> bool {
    let same_host = match (a.host_ip(), b.host_ip()) {
        (Some(a), Some(b)) => a == b,
        _ => a.host().eq_ignore_ascii_case(b.host()),
    };
    same_host
        && a.port() == b.port()
        && a.user_raw().map(normal) == b.user_raw().map(normal)
        && a.password_raw().map(normal) == b.password_raw().map(normal)
}

/// Parameters that must be in both or in neither. `transport` is among them by the RFC's examples, not by its prose.
const DECISIVE: [&str; 5] = ["user", "ttl", "method", "maddr", "transport"];

fn has_compatible_params(a: &Uri, b: &Uri) -> bool {
    a.params().all(|(name, value)| {
        match b
            .params()
            .find(|(other, _)| other.eq_ignore_ascii_case(name))
        {
            Some((_, other)) => {
                normal(value.unwrap_or("")).eq_ignore_ascii_case(&normal(other.unwrap_or("")))
            }
            None => !DECISIVE
                .iter()
                .any(|decisive| decisive.eq_ignore_ascii_case(name)),
        }
    })
}

fn covers_tel_params(a: &Uri, b: &Uri) -> bool {
    a.params().all(|(name, value)| {
        b.params().any(|(other, same)| {
            other.eq_ignore_ascii_case(name)
                && value.unwrap_or("").eq_ignore_ascii_case(same.unwrap_or(""))
        })
    })
}

fn has_same_headers(a: &Uri, b: &Uri) -> bool {
    let sorted = |uri: &Uri| {
        let mut headers: Vec<(String, String)> = uri
            .headers()
            .map(|(name, value)| (name.to_ascii_lowercase(), value.into_owned()))
            .collect();
        headers.sort();
        headers
    };
    a.has_headers() == b.has_headers() && sorted(a) == sorted(b)
}

/// Escapes of characters that need none are undone, the others written in upper case: what RFC 3261 §19.1.4 calls equal
/// has then equal text.
fn normal(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let (escaped, after) = rest[at..].split_at(3.min(rest.len() - at));
        let plain = escape::unescape(escaped);
        if plain.len() == 1 && plain.bytes().all(escape::is_unreserved) {
            out.push_str(&plain);
        } else {
            out.push_str(&escaped.to_ascii_uppercase());
        }
        rest = after;
    }
    out.push_str(rest);
    Cow::Owned(out)
}
