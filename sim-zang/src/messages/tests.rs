use std::time::UNIX_EPOCH;

use super::*;
use crate::object_id::Ids;

fn store(count: usize) -> (Messages, ObjectId, Vec<ObjectId>) {
    let (mut messages, mut ids) = (Messages::default(), Ids::new([0; 32]));
    let space = ids.next(UNIX_EPOCH);
    let sent = (0..count).map(|n| {
        let id = ids.next(UNIX_EPOCH);
        let content = Content {
            body_text: n.to_string(),
            ..Content::default()
        };
        let (category, sender) = (Category::Chat, Value::Null);
        let message = Message {
            id,
            space,
            category,
            sender,
            content,
            created: String::new(),
            modified: String::new(),
        };
        messages.append(message).expect("far below the bound");
        id
    });
    let sent = sent.collect();
    (messages, space, sent)
}

#[test]
fn pages_lead_from_the_newest_to_the_oldest_without_gap_or_repetition() {
    for (count, size) in [(0, 3), (1, 3), (3, 3), (7, 3), (7, 1), (6, 50)] {
        let (messages, space, mut sent) = store(count);
        let (mut seen, mut from) = (Vec::new(), From::Newest);
        loop {
            let page = messages.page(space, size, from).expect("a known message");
            assert!(page.messages.len() <= size);
            seen.extend(page.messages.iter().map(|message| message.id));
            match page.next {
                Some(id) => from = From::OlderThan(id),
                None => break,
            }
        }
        sent.reverse();
        assert_eq!(seen, sent, "{count} messages in pages of {size}");
    }
}

#[test]
fn pages_lead_back_to_the_newest() {
    let (messages, space, sent) = store(5);
    let page = messages
        .page(space, 2, From::NewerThan(sent[1]))
        .expect("a known message");
    assert_eq!(
        page.messages
            .iter()
            .map(|message| message.id)
            .collect::<Vec<_>>(),
        [sent[3], sent[2]]
    );
    assert_eq!((page.next, page.previous), (Some(sent[2]), Some(sent[3])));
    let page = messages
        .page(space, 2, From::NewerThan(sent[3]))
        .expect("a known message");
    assert_eq!((page.messages.len(), page.previous), (1, None));
}

#[test]
fn a_reference_to_another_space_is_refused() {
    let (messages, _, sent) = store(2);
    let elsewhere = Ids::new([9; 32]).next(UNIX_EPOCH);
    assert!(
        messages
            .page(elsewhere, 2, From::OlderThan(sent[1]))
            .is_err()
    );
    assert!(
        messages
            .page(elsewhere, 2, From::Newest)
            .is_ok_and(|page| page.messages.is_empty())
    );
}

#[test]
fn a_draft_needs_something_in_it_and_has_a_size() {
    let draft = |text: String| Draft {
        content: Content {
            body_text: text,
            ..Content::default()
        },
        ..Draft::default()
    };
    let check = |draft: &Draft| {
        Messages::check(draft, SpaceKind::Direct).map_err(|refusal| refusal.status())
    };
    assert_eq!(check(&draft(String::new())), Err(400));
    assert_eq!(check(&draft("x".repeat(MAX_BODY_BYTES))), Ok(()));
    assert_eq!(check(&draft("x".repeat(MAX_BODY_BYTES + 1))), Err(403));
    let idea = Draft {
        category: Category::Idea,
        ..draft("x".to_owned())
    };
    assert_eq!(check(&idea), Err(403), "a direct space has chat only");
    assert_eq!(Messages::check(&idea, SpaceKind::Group), Ok(()));
}
