//! Spaces, in older words topics: who may read and write where.
//!
//! A direct space has exactly two users and only chat; nobody can be invited to it or removed from it. A group space has
//! up to 100 members in three roles. Group spaces exist so that the client has something it must not show (MSG-07).

use std::collections::BTreeMap;
use std::time::SystemTime;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::accounts::{User, UserKind};
use crate::object_id::{Ids, ObjectId};
use crate::refusal::Refusal;

/// Kind of a space.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SpaceKind {
    Group,
    Direct,
}

/// What a member may do.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    Admin,
    /// What an invitation gives unless it says otherwise.
    #[default]
    Member,
    Guest,
}

/// One space.
#[derive(Clone, Debug)]
pub(crate) struct Space {
    pub(crate) id: ObjectId,
    pub(crate) kind: SpaceKind,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) created: SystemTime,
    /// Members in the order they came.
    pub(crate) members: IndexMap<ObjectId, Role>,
    /// Grows with every change that counts as activity, over all spaces: lists are sorted by it.
    pub(crate) activity: u64,
    /// Most members it may have: the creator's plan.
    limit: usize,
}

/// An invitation to a group space.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Invitation {
    pub(crate) space: ObjectId,
    pub(crate) role: Role,
}

/// All spaces and invitations.
#[derive(Debug, Default)]
pub(crate) struct Spaces {
    spaces: BTreeMap<ObjectId, Space>,
    direct: BTreeMap<(ObjectId, ObjectId), ObjectId>,
    invitations: BTreeMap<ObjectId, Invitation>,
    activity: u64,
}

/// Spaces in one cloud: a bound for a store that lives in memory.
const MAX_SPACES: usize = 100_000;
/// Open invitations in one cloud, for the same reason.
const MAX_INVITATIONS: usize = 100_000;
/// Characters of a title or description.
const MAX_TEXT_CHARS: usize = 1000;

impl Spaces {
    /// The direct space of two users, made if there is none yet.
    pub(crate) fn direct(
        &mut self,
        utc: SystemTime,
        ids: &mut Ids,
        one: ObjectId,
        other: ObjectId,
    ) -> Result<&Space, Refusal> {
        if one == other {
            return Err(Refusal::Malformed {
                field: "userId",
                expected: "another user than oneself",
            });
        }
        let pair = (one.min(other), one.max(other));
        if let Some(id) = self.direct.get(&pair) {
            return self.get(*id);
        }
        let members = IndexMap::from([(one, Role::Member), (other, Role::Member)]);
        let id = self.insert(
            utc,
            ids,
            SpaceKind::Direct,
            String::new(),
            String::new(),
            members,
            2,
        )?;
        self.direct.insert(pair, id);
        self.get(id)
    }

    /// A new group space with its creator as its admin.
    pub(crate) fn group(
        &mut self,
        utc: SystemTime,
        ids: &mut Ids,
        creator: &User,
        title: &str,
        description: &str,
    ) -> Result<ObjectId, Refusal> {
        if creator.kind == UserKind::Anonymous {
            return Err(Refusal::Forbidden {
                why: "a guest cannot own a space",
            });
        }
        let cut = |text: &str| text.chars().take(MAX_TEXT_CHARS).collect::<String>();
        if title.trim().is_empty() {
            return Err(Refusal::Malformed {
                field: "topic.title",
                expected: "a title",
            });
        }
        let members = IndexMap::from([(creator.id, Role::Admin)]);
        let limit = creator.plan.limits().members;
        self.insert(
            utc,
            ids,
            SpaceKind::Group,
            cut(title),
            cut(description),
            members,
            limit,
        )
    }

    /// An invitation, which only an admin of a group space can give.
    pub(crate) fn invite(
        &mut self,
        utc: SystemTime,
        ids: &mut Ids,
        space: ObjectId,
        admin: ObjectId,
        role: Role,
    ) -> Result<ObjectId, Refusal> {
        let space = self.of_member(space, admin)?;
        if space.kind == SpaceKind::Direct {
            return Err(Refusal::Forbidden {
                why: "nobody can be invited to a direct space",
            });
        }
        if space.members.get(&admin) != Some(&Role::Admin) {
            return Err(Refusal::Forbidden {
                why: "only an admin can invite",
            });
        }
        if self.invitations.len() >= MAX_INVITATIONS {
            return Err(Refusal::Limit {
                code: "LIMIT_INVITATIONS",
                limit: MAX_INVITATIONS,
            });
        }
        let space = space.id;
        let id = ids.next(utc);
        self.invitations.insert(id, Invitation { space, role });
        Ok(id)
    }

    /// Accepts an invitation. Somebody without an account is always a guest (ZNG-09); who is in already stays as he is.
    pub(crate) fn accept(&mut self, invitation: ObjectId, user: &User) -> Result<&Space, Refusal> {
        let found = self.invitations.get(&invitation).ok_or(Refusal::NotFound {
            what: "the invitation",
        })?;
        let Invitation { space, role } = *found;
        let role = match user.kind {
            UserKind::Registered => role,
            UserKind::Anonymous => Role::Guest,
        };
        self.activity += 1;
        let space = self
            .spaces
            .get_mut(&space)
            .ok_or(Refusal::NotFound { what: "the space" })?;
        if !space.members.contains_key(&user.id) {
            if space.members.len() >= space.limit {
                return Err(Refusal::Limit {
                    code: "LIMIT_MEMBERS",
                    limit: space.limit,
                });
            }
            space.members.insert(user.id, role);
            space.activity = self.activity;
        }
        Ok(space)
    }

    pub(crate) fn get(&self, id: ObjectId) -> Result<&Space, Refusal> {
        self.spaces
            .get(&id)
            .ok_or(Refusal::NotFound { what: "the space" })
    }

    /// The space, if `user` is in it.
    pub(crate) fn of_member(&self, id: ObjectId, user: ObjectId) -> Result<&Space, Refusal> {
        let space = self.get(id)?;
        if space.members.contains_key(&user) {
            Ok(space)
        } else {
            Err(Refusal::NotAMember)
        }
    }

    /// The user's spaces, latest activity first.
    pub(crate) fn of_user(&self, user: ObjectId) -> Vec<&Space> {
        let mut spaces: Vec<&Space> = self
            .spaces
            .values()
            .filter(|space| space.members.contains_key(&user))
            .collect();
        spaces.sort_by_key(|space| std::cmp::Reverse(space.activity));
        spaces
    }

    /// Whether two users are in one space together.
    pub(crate) fn share_a_space(&self, one: ObjectId, other: ObjectId) -> bool {
        self.spaces
            .values()
            .any(|space| space.members.contains_key(&one) && space.members.contains_key(&other))
    }

    /// Notes that something happened in the space which lists are sorted by.
    pub(crate) fn touch(&mut self, id: ObjectId) {
        self.activity += 1;
        if let Some(space) = self.spaces.get_mut(&id) {
            space.activity = self.activity;
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the fields of a space, given once by each of its two makers"
    )]
    fn insert(
        &mut self,
        utc: SystemTime,
        ids: &mut Ids,
        kind: SpaceKind,
        title: String,
        description: String,
        members: IndexMap<ObjectId, Role>,
        limit: usize,
    ) -> Result<ObjectId, Refusal> {
        if self.spaces.len() >= MAX_SPACES {
            return Err(Refusal::Limit {
                code: "LIMIT_SPACES",
                limit: MAX_SPACES,
            });
        }
        self.activity += 1;
        let id = ids.next(utc);
        let activity = self.activity;
        self.spaces.insert(
            id,
            Space {
                id,
                kind,
                title,
                description,
                created: utc,
                members,
                activity,
                limit,
            },
        );
        Ok(id)
    }
}

#[cfg(test)]
mod tests;
