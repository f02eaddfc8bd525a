//! A bounded table whose entries end by themselves, for boxes that remember flows: NATs and firewalls.

use std::collections::BTreeMap;
use std::time::Duration;

/// Entries with an end. An entry that has ended is never seen again, whether or not it has been removed.
#[derive(Debug)]
pub(crate) struct Expiring<K, V> {
    entries: BTreeMap<K, Entry<V>>,
    capacity: usize,
    /// While the table is full, nothing ends before this.
    next_end: Duration,
}

#[derive(Debug)]
struct Entry<V> {
    value: V,
    ends: Duration,
}

impl<K: Ord, V> Expiring<K, V> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            entries: BTreeMap::new(),
            capacity,
            next_end: Duration::ZERO,
        }
    }

    /// The entry, if it has not ended.
    pub(crate) fn get(&self, now: Duration, key: &K) -> Option<&V> {
        self.entries
            .get(key)
            .filter(|entry| entry.ends > now)
            .map(|entry| &entry.value)
    }

    /// The entry and its end, both to be changed, if it has not ended.
    pub(crate) fn get_mut(&mut self, now: Duration, key: &K) -> Option<(&mut V, &mut Duration)> {
        let entry = self.entries.get_mut(key).filter(|entry| entry.ends > now)?;
        Some((&mut entry.value, &mut entry.ends))
    }

    /// Puts an entry in, in place of one with the same key; false if there is no room.
    pub(crate) fn insert(&mut self, now: Duration, key: K, value: V, ends: Duration) -> bool {
        if self.entries.len() >= self.capacity
            && !self.entries.contains_key(&key)
            && !self.make_room(now)
        {
            return false;
        }
        self.next_end = self.next_end.min(ends);
        self.entries.insert(key, Entry { value, ends });
        true
    }

    /// Takes everything out.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.next_end = Duration::ZERO;
    }

    /// Entries, ended ones that were not removed yet included.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Removes what has ended. Looks at the whole table, but no more often than entries end.
    fn make_room(&mut self, now: Duration) -> bool {
        if now < self.next_end {
            return false;
        }
        self.entries.retain(|_, entry| entry.ends > now);
        self.next_end = self
            .entries
            .values()
            .map(|entry| entry.ends)
            .min()
            .unwrap_or(Duration::ZERO);
        self.entries.len() < self.capacity
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn an_ended_entry_is_gone_and_makes_room() {
        let mut table = Expiring::new(2);
        assert!(table.insert(Duration::ZERO, 1, 'a', SECOND));
        assert!(table.insert(Duration::ZERO, 2, 'b', 3 * SECOND));
        assert!(!table.insert(Duration::ZERO, 3, 'c', SECOND), "full");
        assert_eq!(
            (table.get(Duration::ZERO, &1), table.get(SECOND, &1)),
            (Some(&'a'), None)
        );
        assert!(
            table.insert(SECOND, 3, 'c', 4 * SECOND),
            "the first has ended"
        );
        *table.get_mut(SECOND, &2).unwrap().1 = 9 * SECOND;
        assert!(
            !table.insert(3 * SECOND, 4, 'd', 9 * SECOND),
            "the second was prolonged"
        );
        assert!(table.insert(4 * SECOND, 4, 'd', 9 * SECOND));
        assert_eq!(table.len(), 2);
    }
}
