//! The portal: from a room's address to a token and the address of its conference channel.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Method, Request, header};
use net::http::Client;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::{Invitation, Trouble};

/// What leads into a room.
#[derive(Debug)]
pub(super) struct Pass {
    pub(super) token: String,
    pub(super) channel: Url,
}

/// A room's number and PIN, as they stand behind `ID=` in its address.
#[derive(Debug, Eq, PartialEq)]
struct RoomNumber {
    number: String,
    pin: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Granted {
    token: String,
    conference_url: String,
}

#[derive(Deserialize)]
struct SignedIn {
    token: String,
}

/// Asks the portal for a way into the room.
pub(super) async fn pass(client: &Client, invitation: &Invitation) -> Result<Pass, Trouble> {
    let room = room_number(&invitation.room)?;
    let portal = invitation
        .room
        .join("/ups/resources")
        .map_err(|_| Trouble::NotARoom)?;
    let directory = send(client, Request::get(portal.as_str()), &Value::Null).await?;
    let directory: Value = read(&directory, "the portal's directory")?;
    let signed_in = match &invitation.login {
        None => None,
        Some((login, password)) => Some(sign_in(client, &directory, login, password).await?),
    };
    let mut request = to(&directory, "middleware", "createConferenceToken")?;
    if let Some(token) = signed_in {
        request = request.header(header::AUTHORIZATION, format!("UPToken {token}"));
    }
    let mut wish = json!({
        "conferenceId": room.number,
        "userName": invitation.name,
        "presentationOnly": false,
    });
    if let Some(pin) = room.pin {
        wish["passcode"] = Value::from(pin);
    }
    let answer = send(client, request, &wish).await?;
    let Granted {
        token,
        conference_url,
    } = read(&answer, "a join token and the address of the channel")?;
    let channel = conference_url.parse().map_err(|_| Trouble::Malformed {
        expected: "an address of the conference channel",
    })?;
    Ok(Pass { token, channel })
}

async fn sign_in(
    client: &Client,
    directory: &Value,
    login: &str,
    password: &str,
) -> Result<String, Trouble> {
    let credentials = STANDARD.encode(format!("{login}:{password}"));
    let request = to(directory, "authentication", "login")?.header(
        header::AUTHORIZATION,
        format!("UnifiedPortal {credentials}"),
    );
    let answer = send(client, request, &Value::Null).await?;
    let SignedIn { token } = read(&answer, "a portal token")?;
    Ok(token)
}

/// A request to a link of the directory.
fn to(directory: &Value, group: &str, name: &str) -> Result<http::request::Builder, Trouble> {
    let link = &directory["resources"][group]["POST"][name];
    let href = link["href"].as_str().ok_or(Trouble::Malformed {
        expected: "links to sign in and to join in the portal's directory",
    })?;
    let request = Request::builder().method(Method::POST).uri(href);
    Ok(match link["requestType"].as_str() {
        Some(kind) => request.header(header::CONTENT_TYPE, kind),
        None => request,
    })
}

async fn send(
    client: &Client,
    request: http::request::Builder,
    body: &Value,
) -> Result<Bytes, Trouble> {
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let request = request
        .body(Bytes::from(body))
        .map_err(|_| Trouble::Malformed {
            expected: "links that can be followed",
        })?;
    let answer = client
        .send(request)
        .await
        .map_err(|error| Trouble::Unreachable {
            reason: error.to_string(),
        })?;
    if answer.status().is_success() {
        return Ok(answer.into_body());
    }
    let refused: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
    let code = refused["error"]["errorMsg"].as_str().map(str::to_owned);
    let code = code.unwrap_or_else(|| answer.status().as_u16().to_string());
    Err(Trouble::Refused { code })
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8], expected: &'static str) -> Result<T, Trouble> {
    serde_json::from_slice(body).map_err(|_| Trouble::Malformed { expected })
}

fn room_number(room: &Url) -> Result<RoomNumber, Trouble> {
    let mut pairs = room.query_pairs();
    let id = pairs.find(|(name, _)| name.eq_ignore_ascii_case("ID"));
    let id = id.ok_or(Trouble::NotARoom)?.1;
    let (number, pin) = match id.split_once("***") {
        Some((number, pin)) => (number, Some(pin.to_owned())),
        None => (&*id, None),
    };
    if number.is_empty() || room.host_str().is_none() {
        return Err(Trouble::NotARoom);
    }
    let number = number.to_owned();
    Ok(RoomNumber { number, pin })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_and_pin_stand_in_the_address() {
        let read = |query: &str| {
            let url = format!("https://meetings.example/portal/tenants/a/{query}");
            room_number(&url.parse().unwrap())
        };
        let room = |number: &str, pin: Option<&str>| RoomNumber {
            number: number.to_owned(),
            pin: pin.map(str::to_owned),
        };
        assert_eq!(read("?ID=801"), Ok(room("801", None)));
        assert_eq!(read("?ID=801***12"), Ok(room("801", Some("12"))));
        assert_eq!(read("?lang=en&id=801"), Ok(room("801", None)));
        for bad in ["", "?ID=", "?ID=***12", "?number=801"] {
            assert_eq!(read(bad), Err(Trouble::NotARoom), "{bad}");
        }
    }
}
