use std::time::UNIX_EPOCH;

use super::*;
use crate::plan::Plan;

fn user(ids: &mut Ids, kind: UserKind) -> User {
    let id = ids.next(UNIX_EPOCH);
    let text = id.to_string();
    User {
        id,
        account_id: text.clone(),
        kind,
        username: text.clone(),
        display_name: text.clone(),
        picture_url: text.clone(),
        company: text,
        plan: Plan::Basic,
    }
}

#[test]
fn a_direct_space_is_one_for_both_and_has_two_members() {
    let (mut spaces, mut ids) = (Spaces::default(), Ids::new([0; 32]));
    let [a, b, c] = [(); 3].map(|()| user(&mut ids, UserKind::Registered).id);
    let first = spaces
        .direct(UNIX_EPOCH, &mut ids, a, b)
        .expect("two users")
        .id;
    let again = spaces
        .direct(UNIX_EPOCH, &mut ids, b, a)
        .expect("two users")
        .id;
    assert_eq!(first, again);
    assert_ne!(
        first,
        spaces
            .direct(UNIX_EPOCH, &mut ids, a, c)
            .expect("two users")
            .id
    );
    assert_eq!(spaces.get(first).expect("just made").members.len(), 2);
    assert_eq!(
        spaces.of_member(first, c).map(|_| ()),
        Err(Refusal::NotAMember)
    );
    assert_eq!(
        spaces
            .direct(UNIX_EPOCH, &mut ids, a, a)
            .map(|_| ())
            .map_err(|r| r.status()),
        Err(400)
    );
    let invited = spaces.invite(UNIX_EPOCH, &mut ids, first, a, Role::Member);
    assert_eq!(invited.map_err(|refusal| refusal.status()), Err(403));
}

#[test]
fn an_invitation_gives_its_role_but_a_guest_stays_a_guest() {
    let (mut spaces, mut ids) = (Spaces::default(), Ids::new([0; 32]));
    let admin = user(&mut ids, UserKind::Registered);
    let group = spaces
        .group(UNIX_EPOCH, &mut ids, &admin, "Team", "")
        .expect("a title");
    for (kind, invited_as, becomes) in [
        (UserKind::Registered, Role::Member, Role::Member),
        (UserKind::Registered, Role::Guest, Role::Guest),
        (UserKind::Anonymous, Role::Admin, Role::Guest),
    ] {
        let invitation = spaces
            .invite(UNIX_EPOCH, &mut ids, group, admin.id, invited_as)
            .expect("an admin");
        let invitee = user(&mut ids, kind);
        let space = spaces
            .accept(invitation, &invitee)
            .expect("room for one more");
        assert_eq!(space.members.get(&invitee.id), Some(&becomes));
    }
    let guest = user(&mut ids, UserKind::Anonymous);
    assert_eq!(
        spaces
            .group(UNIX_EPOCH, &mut ids, &guest, "Mine", "")
            .map_err(|r| r.status()),
        Err(403)
    );
}

#[test]
fn the_101st_member_is_refused() {
    let (mut spaces, mut ids) = (Spaces::default(), Ids::new([0; 32]));
    let admin = user(&mut ids, UserKind::Registered);
    let group = spaces
        .group(UNIX_EPOCH, &mut ids, &admin, "Team", "")
        .expect("a title");
    let invitation = spaces
        .invite(UNIX_EPOCH, &mut ids, group, admin.id, Role::Member)
        .expect("an admin");
    for _ in 1..100 {
        let kind = if spaces.activity.is_multiple_of(2) {
            UserKind::Registered
        } else {
            UserKind::Anonymous
        };
        spaces
            .accept(invitation, &user(&mut ids, kind))
            .expect("up to 100");
    }
    let one_more = user(&mut ids, UserKind::Registered);
    let refused = Err(Refusal::Limit {
        code: "LIMIT_MEMBERS",
        limit: 100,
    });
    assert_eq!(spaces.accept(invitation, &one_more).map(|_| ()), refused);
    assert!(
        spaces.accept(invitation, &admin).is_ok(),
        "who is in already takes no further place"
    );
}
