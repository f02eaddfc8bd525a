//! What arrives a second, by the receiver's clock.

/// Length of a bucket.
const BUCKET_NS: i64 = 50_000_000;
/// Buckets looked back on: half a second.
const BUCKETS: usize = 10;
/// Buckets that must have passed before a rate is given.
const BUCKETS_MIN: i64 = 4;

/// Octets that arrived, in buckets of time.
#[derive(Clone, Debug, Default)]
pub(super) struct Delivered {
    octets: [u64; BUCKETS],
    /// The first bucket of all and the latest, counted from the receiver's time zero.
    span: Option<(i64, i64)>,
}

impl Delivered {
    #[inline]
    pub(super) fn note(&mut self, arrived_ns: i64, octets: u32) {
        let bucket = arrived_ns.div_euclid(BUCKET_NS);
        let (first, latest) = self.span.get_or_insert((bucket, bucket));
        if bucket > *latest {
            let passed = (bucket - *latest).min(BUCKETS as i64);
            for number in bucket - passed + 1..=bucket {
                self.octets[place(number)] = 0;
            }
            if bucket - *latest > BUCKETS as i64 {
                // Nothing came for so long that what came before tells nothing.
                *first = bucket;
            }
            *latest = bucket;
        }
        if *latest - bucket < BUCKETS as i64 {
            self.octets[place(bucket)] += u64::from(octets);
        }
    }

    /// What arrived a second, over the buckets that are complete.
    pub(super) fn rates(&self) -> Option<Rates> {
        let (first, latest) = self.span?;
        let count = (latest - first).min(BUCKETS as i64 - 1);
        (count >= BUCKETS_MIN).then(|| Rates {
            mean: self.bits_per_second(latest, count),
            latest: self.bits_per_second(latest, BUCKETS_MIN),
        })
    }

    fn bits_per_second(&self, latest: i64, count: i64) -> f64 {
        let octets: u64 = (latest - count..latest)
            .map(|number| self.octets[place(number)])
            .sum();
        octets as f64 * 8.0 * 1e9 / (count * BUCKET_NS) as f64
    }
}

/// What arrived a second, bit/s.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rates {
    /// Over half a second.
    pub(super) mean: f64,
    /// Over a fifth of a second: sooner, but coarse.
    pub(super) latest: f64,
}

impl Rates {
    /// The mean, unless the latest lies so far from it that the path itself, or what is sent, must have changed.
    pub(super) fn settled(self) -> f64 {
        if (self.latest - self.mean).abs() > CHANGED * self.mean {
            self.latest
        } else {
            self.mean
        }
    }
}

/// Share of the mean by which the latest differs not by chance: six packets in a fifth of a second may be five or seven.
const CHANGED: f64 = 0.2;

#[inline]
fn place(bucket: i64) -> usize {
    bucket.rem_euclid(BUCKETS as i64) as usize
}
