//! Calls as they were on the wires: one entry for each INVITE and each party that answered it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use sip::{Message, Method, Name};

use super::{Evidence, SipMessage};

/// One dialog of an INVITE, seen from the wire.
#[derive(Clone, Debug, Default)]
pub struct Dialog {
    /// Its Call-ID.
    pub call_id: String,
    /// Tag of the caller.
    pub caller_tag: String,
    /// Tag of the one who answered.
    pub called_tag: String,
    /// Host that sent the INVITE.
    pub caller: usize,
    /// Host that answered.
    pub called: usize,
    /// Whom the INVITE calls: the user part of its target, and who calls, from the From header.
    pub parties: (String, String),
    /// When the INVITE was sent first.
    pub invited: Duration,
    /// When a 2xx was sent first.
    pub answered: Option<Duration>,
    /// When the first ACK for it was sent.
    pub acknowledged: Option<Duration>,
    /// When the first BYE was sent, and by which host.
    pub bye: Option<(Duration, usize)>,
    /// When the first final answer to a BYE was sent.
    pub bye_answered: Option<Duration>,
    /// Whether who sent the BYE then reset the connection that was to carry the answer.
    pub bye_cut: bool,
    /// Where the two sides said they receive RTP: caller's, called's; all that were ever named.
    pub media: Vec<(usize, SocketAddr)>,
}

impl Evidence<'_> {
    /// Every dialog that got a 2xx to its INVITE, in the order in which they did.
    pub fn dialogs(&self) -> Vec<Dialog> {
        let mut invites: BTreeMap<(String, String), Dialog> = BTreeMap::new();
        let mut dialogs: BTreeMap<(String, String, String), Dialog> = BTreeMap::new();
        for said in &self.sip {
            let Some((call_id, from, to)) = identity(&said.message) else {
                continue;
            };
            let cseq = said.message.headers().get(Name::CSeq).unwrap_or_default();
            match (&said.message, to) {
                (Message::Request(request), None) if request.method == Method::Invite => {
                    let new = || begun(said, &call_id, &from);
                    let invite = invites
                        .entry((call_id.clone(), from.clone()))
                        .or_insert_with(new);
                    invite.media.extend(media(said));
                }
                (Message::Response(response), Some(to))
                    if response.is_success() && cseq.ends_with("INVITE") =>
                {
                    let key = (call_id.clone(), from.clone(), to);
                    answered(&mut dialogs, invites.get(&(call_id, from)), key, said);
                }
                (message, Some(to)) => {
                    go_on(self, &mut dialogs, message, said, (call_id, from, to));
                }
                _ => {}
            }
        }
        let mut dialogs: Vec<Dialog> = dialogs.into_values().collect();
        dialogs.sort_by_key(|dialog| dialog.answered);
        dialogs
    }

    /// Whether the sender of a message reset its connection later on.
    fn was_reset(&self, said: &SipMessage) -> bool {
        let resets = self.resets.get(&(said.source, said.target));
        !said.is_udp && resets.is_some_and(|last| *last >= said.at)
    }
}

fn begun(said: &SipMessage, call_id: &str, from: &str) -> Dialog {
    let user = |name: Name| {
        let text = said.message.headers().get(name).unwrap_or_default();
        let after = text
            .split("sip:")
            .nth(1)
            .or_else(|| text.split("sips:").nth(1))
            .unwrap_or(text);
        after
            .split(['@', '>', ';'])
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    Dialog {
        call_id: call_id.to_owned(),
        caller_tag: from.to_owned(),
        caller: said.host,
        parties: (user(Name::To), user(Name::From)),
        invited: said.at,
        ..Dialog::default()
    }
}

fn answered(
    dialogs: &mut BTreeMap<(String, String, String), Dialog>,
    invite: Option<&Dialog>,
    key: (String, String, String),
    said: &SipMessage,
) {
    if let Some(known) = dialogs.get_mut(&key) {
        known.media.extend(media(said));
        return;
    }
    let mirrored = (key.0.clone(), key.2.clone(), key.1.clone());
    if let Some(known) = dialogs.get_mut(&mirrored) {
        // A 2xx to a re-INVITE of the called side.
        known.media.extend(media(said));
        return;
    }
    if let Some(invite) = invite {
        let mut dialog = invite.clone();
        dialog.called_tag.clone_from(&key.2);
        dialog.called = said.host;
        dialog.answered = Some(said.at);
        dialog.media.extend(media(said));
        dialogs.insert(key, dialog);
    }
}

fn go_on(
    evidence: &Evidence<'_>,
    dialogs: &mut BTreeMap<(String, String, String), Dialog>,
    message: &Message,
    said: &SipMessage,
    (call_id, from, to): (String, String, String),
) {
    let straight = (call_id.clone(), from.clone(), to.clone());
    let mirrored = (call_id, to, from);
    let key = if dialogs.contains_key(&straight) {
        straight
    } else {
        mirrored
    };
    let Some(dialog) = dialogs.get_mut(&key) else {
        return;
    };
    dialog.media.extend(media(said));
    match message {
        Message::Request(request) if request.method == Method::Ack => {
            dialog.acknowledged.get_or_insert(said.at);
        }
        Message::Request(request) if request.method == Method::Bye => {
            dialog.bye.get_or_insert((said.at, said.host));
            dialog.bye_cut |= evidence.was_reset(said);
        }
        Message::Response(response) if !response.is_provisional() => {
            let cseq = response.headers.get(Name::CSeq).unwrap_or_default();
            if cseq.ends_with("BYE") && !matches!(response.status, 401 | 407) {
                dialog.bye_answered.get_or_insert(said.at);
            }
        }
        Message::Request(_) | Message::Response(_) => {}
    }
}

/// Call-ID, From tag and To tag.
fn identity(message: &Message) -> Option<(String, String, Option<String>)> {
    let headers = message.headers();
    let call_id = headers.get(Name::CallId)?.to_owned();
    let from = tag(headers.get(Name::From)?)?;
    Some((call_id, from, tag(headers.get(Name::To)?)))
}

/// The tag parameter, which stands outside the angle brackets.
fn tag(text: &str) -> Option<String> {
    let outside = text.rsplit_once('>').map_or(text, |(_, outside)| outside);
    let params = outside.split(';').skip(usize::from(!text.contains('>')));
    params
        .filter_map(|param| param.trim().strip_prefix("tag="))
        .map(|tag| tag.trim().to_owned())
        .next()
}

/// Where the sender of an SDP says it receives RTP.
fn media(said: &SipMessage) -> Vec<(usize, SocketAddr)> {
    let Ok(sdp) = sip::sdp::Sdp::parse(said.message.body()) else {
        return Vec::new();
    };
    sdp.media()
        .filter(|line| !line.is_rejected())
        .filter_map(|line| line.rtp())
        .map(|rtp| (said.host, rtp))
        .collect()
}
