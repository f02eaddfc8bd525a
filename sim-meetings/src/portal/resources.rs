//! The portal's own directory: every further link, under `resources.<group>.<METHOD>.<name>.href`.

use serde_json::{Map, Value, json};

/// Signing in.
pub(super) const LOGIN: &str = "/ups/resources/authentication/login";
/// Signing out.
pub(super) const LOGOUT: &str = "/ups/resources/authentication/logout";
/// Whether a login is a subscriber's.
pub(super) const USER_TYPE: &str = "/ups/resources/authentication/usertype";
/// A token to join a room with.
pub(super) const JOIN: &str = "/ups/resources/middleware/token";
/// Whose room this is.
pub(super) const TENANT_ALIAS: &str = "/ups/resources/middleware/tenant_alias";
/// The conference channel.
pub(super) const CHANNEL: &str = "/conf/v1";

/// One link: group, method, name, path, media type of the request, media type of the answer.
type Link = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

/// Links that everybody sees.
const EVERYBODY: &[Link] = &[
    (
        "authentication",
        "POST",
        "login",
        LOGIN,
        "portal.authentication.login.v1",
        "portal.authentication.login.v1",
    ),
    (
        "authentication",
        "GET",
        "getUserType",
        USER_TYPE,
        "",
        "portal.authentication.usertype.v1",
    ),
    (
        "middleware",
        "POST",
        "createConferenceToken",
        JOIN,
        "portal.middleware.token.v1",
        "portal.middleware.token.v1",
    ),
    (
        "middleware",
        "GET",
        "getTenantAlias",
        TENANT_ALIAS,
        "",
        "portal.middleware.alias.v1",
    ),
];
/// Links that only those who have signed in see.
const SIGNED_IN: &[Link] = &[("authentication", "POST", "logout", LOGOUT, "", "")];

/// The directory, with links that begin with `base`.
pub(super) fn list(base: &str, signed_in: bool) -> Value {
    let more = if signed_in { SIGNED_IN } else { &[] };
    let mut groups = Map::new();
    for (group, method, name, path, request, answer) in EVERYBODY.iter().chain(more) {
        let mut link = json!({ "href": format!("{base}{path}") });
        for (key, kind) in [("requestType", request), ("responseType", answer)] {
            if !kind.is_empty() {
                link[key] = Value::from(format!("application/vnd.avaya.{kind}+json"));
            }
        }
        let methods = groups.entry(*group).or_insert_with(|| json!({}));
        let names = &mut methods[*method];
        if names.is_null() {
            *names = json!({});
        }
        names[*name] = link;
    }
    json!({ "resources": groups })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guests_see_fewer_links_than_users() {
        let guest = list("https://meetings.example", false);
        let token = &guest["resources"]["middleware"]["POST"]["createConferenceToken"];
        assert_eq!(
            token["href"],
            "https://meetings.example/ups/resources/middleware/token"
        );
        assert_eq!(
            guest["resources"]["authentication"]["POST"]["logout"],
            Value::Null
        );
        let user = list("https://meetings.example", true);
        assert!(user["resources"]["authentication"]["POST"]["logout"].is_object());
    }
}
