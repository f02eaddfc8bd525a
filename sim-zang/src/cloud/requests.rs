//! What comes over REST: each request of §2.2 and §2.3 of the product's description as one function.

use std::time::{Duration, SystemTime};

use serde::Deserialize;
use serde_json::{Value, json};

use super::Cloud;
use crate::accounts::UserKind;
use crate::messages::{Draft, From, MAX_PAGE, Message, PAGE};
use crate::object_id::ObjectId;
use crate::refusal::Refusal;
use crate::spaces::{Role, SpaceKind};
use crate::token::{GUEST_LIFETIME, Product};

/// Body of `POST /api/anonymous/auth`; everything is optional.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct GuestNames {
    #[serde(default)]
    displayname: Option<String>,
    #[serde(default)]
    username: Option<String>,
    #[serde(default)]
    picturefile: Option<String>,
}

/// Body of `POST /api/spaces/invite` and `POST /api/spaces/{id}/invite`.
#[derive(Debug, Deserialize)]
pub(crate) struct GroupRequest {
    #[serde(default)]
    topic: Option<NewTopic>,
    #[serde(default)]
    invitees: Vec<Invitee>,
}

#[derive(Debug, Deserialize)]
struct NewTopic {
    title: String,
    #[serde(default)]
    description: String,
}

#[derive(Debug, Deserialize)]
struct Invitee {
    #[serde(default)]
    invitee: String,
    #[serde(default)]
    role: Role,
}

/// Query of a list of spaces.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Listing {
    #[serde(default)]
    pub(crate) topictype: Option<String>,
    #[serde(default)]
    pub(crate) size: Option<usize>,
    #[serde(rename = "pageToken", default)]
    pub(crate) page_token: Option<u64>,
}

/// Spaces on a page unless asked otherwise (product description).
const LISTING_PAGE: usize = 10;
/// People in the answer to one search. Ours.
const MAX_COLLEAGUES: usize = 50;
/// Invitations in one request. Ours.
const MAX_INVITEES: usize = 100;

impl Cloud {
    /// Password sign-in: a token and how long it is good for.
    pub(crate) fn sign_in(
        &self,
        utc: SystemTime,
        user: &str,
        password: &str,
    ) -> Result<(String, Duration), Refusal> {
        let user = self.accounts.sign_in(user, password)?;
        Ok(self.issue(utc, user.id, Product::Accounts))
    }

    /// Sign-in of an application.
    pub(crate) fn sign_in_app(
        &self,
        utc: SystemTime,
        id: &str,
        secret: &str,
    ) -> Result<(String, Duration), Refusal> {
        let user = self.accounts.sign_in_app(id, secret)?;
        Ok(self.issue(utc, user.id, Product::ServiceApp))
    }

    /// A token for somebody without an account, good for 24 hours.
    pub(crate) fn guest(&mut self, utc: SystemTime, names: &GuestNames) -> Result<String, Refusal> {
        let picture = names.picturefile.as_deref();
        let (display, user) = (names.displayname.as_deref(), names.username.as_deref());
        let id = self
            .accounts
            .guest(utc, &mut self.ids, display, user, picture)?;
        Ok(self
            .tokens
            .issue(utc, id, Product::Onesna, Duration::ZERO, GUEST_LIFETIME))
    }

    pub(crate) fn discover(&self, email: Option<&str>) -> Result<Value, Refusal> {
        self.discovery.answer(email)
    }

    pub(crate) fn me(&self, caller: ObjectId) -> Result<Value, Refusal> {
        Ok(self.accounts.user(caller)?.view())
    }

    /// People of the caller's company or of a common space whose name or address contains the text.
    pub(crate) fn colleagues(&self, caller: ObjectId, search: &str) -> Result<Value, Refusal> {
        let me = self.accounts.user(caller)?;
        let search = search.to_lowercase();
        let matches = |user: &&crate::accounts::User| {
            user.id != me.id
                && (user.username.contains(&search)
                    || user.display_name.to_lowercase().contains(&search))
                && (user.company == me.company || self.spaces.share_a_space(me.id, user.id))
        };
        let found = self
            .accounts
            .registered()
            .filter(matches)
            .take(MAX_COLLEAGUES);
        Ok(json!({ "data": found.map(|user| user.view()).collect::<Vec<_>>() }))
    }

    /// The direct space with another user, made if there is none.
    pub(crate) fn direct(
        &mut self,
        utc: SystemTime,
        caller: ObjectId,
        kind: &str,
        other: ObjectId,
    ) -> Result<Value, Refusal> {
        let me = self.accounts.user(caller)?;
        let other = self.accounts.user(other)?;
        if other.kind.name() != kind {
            return Err(Refusal::NotFound {
                what: "a user of this type",
            });
        }
        let allowed = if me.kind == UserKind::Anonymous || other.kind == UserKind::Anonymous {
            let mine = self.connections.spaces_of(me.id);
            mine.into_iter()
                .any(|space| self.connections.is_in(other.id, space))
        } else {
            me.company == other.company || self.spaces.share_a_space(me.id, other.id)
        };
        if !allowed {
            return Err(Refusal::Forbidden {
                why: "only for users of one company or of a common space",
            });
        }
        let space = self.spaces.direct(utc, &mut self.ids, me.id, other.id)?.id;
        self.topic(caller, space)
    }

    /// A space as `{"topic":{…}}`.
    pub(crate) fn topic(&self, caller: ObjectId, space: ObjectId) -> Result<Value, Refusal> {
        let space = self.spaces.of_member(space, caller)?;
        Ok(json!({ "topic": self.topic_view(space, caller) }))
    }

    /// The caller's spaces, latest activity first. `base` is the path of the request, for the link to the next page.
    pub(crate) fn list(
        &self,
        caller: ObjectId,
        listing: &Listing,
        base: &str,
    ) -> Result<Value, Refusal> {
        let wanted = listing.topictype.as_deref().unwrap_or("group");
        let of_type = |kind: SpaceKind| {
            wanted.split(',').any(|name| match name {
                "all" => true,
                "group" => kind == SpaceKind::Group,
                "direct" => kind == SpaceKind::Direct,
                _ => false,
            })
        };
        let size = page_size(listing.size, LISTING_PAGE)?;
        let before = listing.page_token.unwrap_or(u64::MAX);
        let all = self.spaces.of_user(caller).into_iter();
        let mut rest = all
            .filter(|space| of_type(space.kind) && space.activity < before)
            .peekable();
        let page: Vec<_> = rest.by_ref().take(size).collect();
        let next = match (page.last(), rest.peek()) {
            (Some(last), Some(_)) => format!(
                "{base}?topictype={wanted}&size={size}&pageToken={}",
                last.activity
            ),
            (Some(_) | None, _) => String::new(),
        };
        let data: Vec<Value> = page
            .iter()
            .map(|space| self.topic_view(space, caller))
            .collect();
        Ok(json!({ "data": data, "total": data.len(), "nextPageUrl": next, "previousPageUrl": "" }))
    }

    /// Makes a group space, or invites to an existing one; answers an entry for each invitation, at least one in all.
    pub(crate) fn invite(
        &mut self,
        utc: SystemTime,
        caller: ObjectId,
        space: Option<ObjectId>,
        request: &GroupRequest,
    ) -> Result<Value, Refusal> {
        if request.invitees.len() > MAX_INVITEES {
            return Err(Refusal::Limit {
                code: "LIMIT_INVITEES",
                limit: MAX_INVITEES,
            });
        }
        let space = match (space, &request.topic) {
            (Some(space), _) => space,
            (None, Some(topic)) => {
                let creator = self.accounts.user(caller)?;
                self.spaces.group(
                    utc,
                    &mut self.ids,
                    creator,
                    &topic.title,
                    &topic.description,
                )?
            }
            (None, None) => {
                return Err(Refusal::Malformed {
                    field: "topic",
                    expected: "a topic with a title",
                });
            }
        };
        let mut data = Vec::new();
        for invitee in &request.invitees {
            let id = self
                .spaces
                .invite(utc, &mut self.ids, space, caller, invitee.role)?;
            data.push(json!({ "topicId": space, "inviteId": id, "invitee": invitee.invitee, "role": invitee.role }));
        }
        if data.is_empty() {
            data.push(json!({ "topicId": space }));
        }
        Ok(json!({ "data": data }))
    }

    /// Accepts an invitation.
    pub(crate) fn accept(
        &mut self,
        caller: ObjectId,
        invitation: ObjectId,
    ) -> Result<Value, Refusal> {
        let space = self
            .spaces
            .accept(invitation, self.accounts.user(caller)?)?
            .id;
        self.topic(caller, space)
    }

    /// A page of a space's history, newest first. `base` is the path of the request, for the links to further pages.
    pub(crate) fn history(
        &self,
        caller: ObjectId,
        space: ObjectId,
        size: Option<usize>,
        from: From,
        base: &str,
    ) -> Result<Value, Refusal> {
        let space = self.spaces.of_member(space, caller)?.id;
        let size = page_size(size, PAGE)?;
        let page = self.messages.page(space, size, from)?;
        let link = |name: &str, id: Option<ObjectId>| match id {
            Some(id) => format!("{base}?size={size}&{name}={id}"),
            None => String::new(),
        };
        Ok(json!({
            "data": page.messages.iter().map(|message| message.view()).collect::<Vec<_>>(),
            "total": page.messages.len(),
            "nextPageUrl": link("nextRefObjId", page.next),
            "previousPageUrl": link("prevRefObjId", page.previous),
        }))
    }

    /// One message by its id, for members of its space.
    pub(crate) fn message(&self, caller: ObjectId, id: ObjectId) -> Result<Value, Refusal> {
        let message = self.messages.get(id).ok_or(Refusal::NotFound {
            what: "the message",
        })?;
        self.spaces.of_member(message.space, caller)?;
        Ok(json!({ "data": [message.view()] }))
    }

    /// A message sent by REST.
    pub(crate) fn post_by_rest(
        &mut self,
        utc: SystemTime,
        caller: ObjectId,
        space: ObjectId,
        draft: Draft,
    ) -> Result<Message, Refusal> {
        self.post(utc, caller, space, draft, None)
    }
}

fn page_size(asked: Option<usize>, default: usize) -> Result<usize, Refusal> {
    match asked.unwrap_or(default) {
        0 => Err(Refusal::Malformed {
            field: "size",
            expected: "1 to 50",
        }),
        size => Ok(size.min(MAX_PAGE)),
    }
}
