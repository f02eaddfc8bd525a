use proptest::prelude::*;

use super::*;

const NOW: Duration = Duration::ZERO;

#[test]
fn times_of_messages_differ_also_at_one_instant_and_when_the_clock_is_set_back() {
    let mut outbox = Outbox::default();
    let utc = UNIX_EPOCH + Duration::from_secs(1_498_500_595);
    for (reference, utc) in [utc, utc, utc - Duration::from_secs(60)]
        .into_iter()
        .enumerate()
    {
        assert!(outbox.add(utc, reference as u64, "bob", "x"));
    }
    let created: Vec<&str> = outbox
        .queue
        .iter()
        .map(|outgoing| outgoing.created.as_str())
        .collect();
    assert_eq!(
        created,
        [
            "2017-06-26T18:09:55.000Z",
            "2017-06-26T18:09:55.001Z",
            "2017-06-26T18:09:55.002Z"
        ]
    );
}

#[test]
fn a_doubtful_message_holds_back_later_ones_to_the_same_colleague_only() {
    let mut outbox = Outbox::default();
    for (reference, to) in [(1, "bob"), (2, "bob"), (3, "carol")] {
        outbox.add(UNIX_EPOCH, reference, to, "x");
    }
    outbox.sent(NOW, 1);
    assert_eq!(outbox.deadline(), Some(CONFIRMATION));
    outbox.connection_lost();
    assert_eq!(outbox.next().map(|outgoing| outgoing.reference), Some(3));
    outbox.history_read("bob");
    assert_eq!(outbox.next().map(|outgoing| outgoing.reference), Some(1));
}

#[test]
fn is_bounded() {
    let mut outbox = Outbox::default();
    let taken = (0..2 * MAX_WAITING as u64)
        .filter(|n| outbox.add(UNIX_EPOCH, *n, "bob", "x"))
        .count();
    assert_eq!(taken, MAX_WAITING);
    while let Some(outgoing) = outbox.next() {
        let reference = outgoing.reference;
        outbox.sent(NOW, reference);
    }
    assert_eq!(outbox.in_flight(), MAX_IN_FLIGHT);
}

/// What happens to a client and its server, as the outbox sees it.
#[derive(Clone, Copy, Debug)]
enum Happening {
    /// The user writes to one of two colleagues.
    Write(bool),
    /// The client sends what it may.
    Send,
    /// The server stores the next message that reached it.
    Store,
    /// The client hears the confirmation of the oldest stored message it has not heard of.
    Confirm,
    /// The connection breaks; of what was sent, so many messages still reach the server.
    Break(usize),
}

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    let happening = prop_oneof![
        3 => any::<bool>().prop_map(Happening::Write),
        3 => Just(Happening::Send),
        3 => Just(Happening::Store),
        2 => Just(Happening::Confirm),
        1 => (0..4usize).prop_map(Happening::Break),
    ];
    proptest::collection::vec(happening, 0..200)
}

/// A server in two queues: what travels to it, and what it stored (the first `heard` of it confirmed).
#[derive(Default)]
struct Model {
    outbox: Outbox,
    written: Vec<u64>,
    travelling: VecDeque<Outgoing>,
    stored: Vec<Outgoing>,
    unheard: VecDeque<u64>,
    confirmed: Vec<u64>,
}

impl Model {
    fn apply(&mut self, happening: Happening) {
        match happening {
            Happening::Write(to_bob) => {
                let reference = self.written.len() as u64;
                let to = if to_bob { "bob" } else { "carol" };
                if self.outbox.add(UNIX_EPOCH, reference, to, "x") {
                    self.written.push(reference);
                }
            }
            Happening::Send => {
                while let Some(outgoing) = self.outbox.next().cloned() {
                    self.outbox.sent(NOW, outgoing.reference);
                    self.travelling.push_back(outgoing);
                }
            }
            Happening::Store => {
                if let Some(outgoing) = self.travelling.pop_front() {
                    self.unheard.push_back(outgoing.reference);
                    self.stored.push(outgoing);
                }
            }
            Happening::Confirm => {
                if let Some(reference) = self.unheard.pop_front() {
                    self.confirmed.extend(
                        self.outbox
                            .confirm(reference)
                            .map(|outgoing| outgoing.reference),
                    );
                }
            }
            Happening::Break(arrive) => {
                for _ in 0..arrive {
                    self.apply(Happening::Store);
                }
                self.travelling.clear();
                self.unheard.clear();
                self.outbox.connection_lost();
                for stored in self.stored.clone() {
                    let found = self.outbox.found(&stored.to, &stored.text, &stored.created);
                    self.confirmed
                        .extend(found.map(|outgoing| outgoing.reference));
                }
                self.outbox.history_read("bob");
                self.outbox.history_read("carol");
            }
        }
    }
}

proptest! {
    #[test]
    fn every_message_is_stored_once_and_in_order(happenings in happenings()) {
        let mut model = Model::default();
        for happening in happenings {
            model.apply(happening);
        }
        for _ in 0..MAX_WAITING {
            model.apply(Happening::Send);
            model.apply(Happening::Break(MAX_WAITING));
        }
        for to in ["bob", "carol"] {
            let of = |messages: &[Outgoing]| {
                messages.iter().filter(|m| m.to == to).map(|m| m.reference).collect::<Vec<_>>()
            };
            let stored = of(&model.stored);
            prop_assert!(stored.windows(2).all(|pair| pair[0] < pair[1]), "{stored:?}");
        }
        prop_assert_eq!(model.stored.len(), model.written.len());
        model.confirmed.sort_unstable();
        prop_assert_eq!(model.confirmed, model.written);
    }
}
