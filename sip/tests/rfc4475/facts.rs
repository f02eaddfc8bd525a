//! What RFC 4475 says that a reader must have understood of its valid messages.

use sip::header::Contacts;
use sip::{Message, Name};

/// The facts of one message, in words.
pub(crate) fn of(name: &str, message: &Message) -> Vec<String> {
    let headers = message.headers();
    let contacts = || match headers.contacts() {
        Ok(Contacts::List(list)) => list,
        _ => Vec::new(),
    };
    let facts = match name {
        "wsinv" => vec![
            format!("CSeq {:?}", headers.cseq().map(|cseq| cseq.to_string())),
            format!("{} Via values", headers.vias().map_or(0, |vias| vias.len())),
            format!("From {:?}", headers.from().map(|from| from.display)),
        ],
        "esc01" => vec![format!("user {:?}", user(message))],
        "escnull" | "esc02" => vec![format!("{} contacts", contacts().len())],
        "lwsdisp" => vec![format!(
            "From {:?}",
            headers.from().map(|from| from.display)
        )],
        "longreq" => vec![
            format!("{} Via values", headers.vias().map_or(0, |vias| vias.len())),
            format!("From tag of {} letters", tag_len(message)),
        ],
        "dblreq" | "inv2543" => vec![format!("{} octets of body", message.body().len())],
        "semiuri" => vec![format!("user {:?}", user(message))],
        "transports" => vec![format!("Via by {}", via_transports(message))],
        "mpart01" => vec![format!("{:?}", headers.content_type())],
        "unreason" | "noreason" => vec![format!("reason {:?}", reason(message))],
        "unksm2" => vec![format!("To {:?}", headers.get(Name::To))],
        "cparam01" | "cparam02" => contacts()
            .iter()
            .map(|contact| {
                format!(
                    "unknownparam of the Contact {}, of its URI {}",
                    contact.params.get("unknownparam").is_some(),
                    contact.uri.as_str().contains("unknownparam"),
                )
            })
            .collect(),
        "regescrt" => contacts()
            .iter()
            .map(|contact| format!("URI with headers {}", contact.uri.has_headers()))
            .collect(),
        _ => Vec::new(),
    };
    facts.into_iter().map(|fact| shortened(&fact)).collect()
}

fn user(message: &Message) -> Option<String> {
    match message {
        Message::Request(request) => request.uri.user().map(|user| user.into_owned()),
        Message::Response(_) => None,
    }
}

fn reason(message: &Message) -> String {
    match message {
        Message::Response(response) => response.reason_text().into_owned(),
        Message::Request(_) => String::new(),
    }
}

fn tag_len(message: &Message) -> usize {
    let from = message.headers().from();
    from.map_or(0, |from| from.tag().unwrap_or_default().len())
}

fn via_transports(message: &Message) -> String {
    let vias = message.headers().vias().unwrap_or_default();
    let words: Vec<String> = vias.iter().map(|via| via.transport.clone()).collect();
    words.join(", ")
}

fn shortened(text: &str) -> String {
    text.chars().take(100).collect()
}
