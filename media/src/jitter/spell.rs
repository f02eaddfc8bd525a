//! A spell of arrivals: how many packets were how late, and the least transit of them.

/// Buckets; the last one takes all that is more.
pub(super) const BUCKETS: usize = 128;

/// What came within a few seconds. What most packets touch stands first.
#[derive(Clone, Debug)]
#[repr(C)]
pub(super) struct Spell {
    least_us: i64,
    packets: u32,
    counts: [u16; BUCKETS],
}

impl Spell {
    /// Octets at its start that most packets touch: those come within 40 ms of the fastest.
    pub(super) const HEAD: usize = std::mem::offset_of!(Spell, counts) + size_of::<[u16; 8]>();

    /// Nothing has come yet.
    pub(super) fn new() -> Spell {
        Spell {
            least_us: i64::MAX,
            packets: 0,
            counts: [0; BUCKETS],
        }
    }

    /// Counts a packet. More than 65,535 of one bucket, which no stream of speech has, are not counted.
    #[inline]
    pub(super) fn count(&mut self, transit_us: i64, bucket: usize) {
        self.least_us = self.least_us.min(transit_us);
        let count = &mut self.counts[bucket.min(BUCKETS - 1)];
        if let Some(more) = count.checked_add(1) {
            *count = more;
            self.packets += 1;
        }
    }

    /// Least transit; more than any if nothing came.
    pub(super) fn least_us(&self) -> i64 {
        self.least_us
    }

    /// Packets counted.
    #[inline]
    pub(super) fn packets(&self) -> u32 {
        self.packets
    }

    /// Packets by how late they were.
    #[inline]
    pub(super) fn counts(&self) -> &[u16; BUCKETS] {
        &self.counts
    }

    /// Moves all down by so many buckets, as what they are compared with has risen.
    pub(super) fn lower(&mut self, by: usize) {
        let by = by.min(BUCKETS - 1);
        let (merged, rest) = self.counts.split_at(by);
        let lowest = merged
            .iter()
            .fold(rest[0], |sum, &count| sum.saturating_add(count));
        self.counts.copy_within(by.., 0);
        self.counts[BUCKETS - by..].fill(0);
        self.counts[0] = lowest;
        self.packets = self.counts.iter().map(|&count| u32::from(count)).sum();
    }
}
