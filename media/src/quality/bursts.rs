//! Bursts and gaps: times of dense and of sparse loss.
//!
//! RFC 3611 §4.7.2 and appendix A.2: a burst begins and ends with a loss, and within it no [`GMIN`] packets in a row are
//! received.

/// Packets received in a row that end a burst. RFC 3611 §4.7.2, the recommended value.
pub const GMIN: u64 = 16;

/// Follows the fate of each packet.
#[derive(Clone, Copy, Debug)]
pub struct Bursts {
    /// Received since the last loss.
    since_loss: u64,
    /// Packets and losses of the stretch that may become, or is, a burst.
    stretch: u64,
    stretch_lost: u64,
    burst_packets: u64,
    burst_lost: u64,
    bursts: u64,
    packets: u64,
    lost: u64,
}

/// What RFC 3611's VoIP metrics block says of loss. §4.7.2.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BurstMetrics {
    /// Share of packets lost within bursts, 0 to 1.
    pub burst_density: f64,
    /// Share of packets lost within gaps, 0 to 1.
    pub gap_density: f64,
    /// Mean packets of a burst.
    pub burst_packets: f64,
    /// Mean packets of a gap.
    pub gap_packets: f64,
}

impl Default for Bursts {
    fn default() -> Bursts {
        Bursts {
            since_loss: GMIN,
            stretch: 0,
            stretch_lost: 0,
            burst_packets: 0,
            burst_lost: 0,
            bursts: 0,
            packets: 0,
            lost: 0,
        }
    }
}

impl Bursts {
    /// Notes that a packet was played.
    #[inline]
    pub fn received(&mut self, count: u64) {
        self.packets += count;
        self.since_loss += count;
    }

    /// Notes that packets in a row were lost or discarded.
    pub fn lost(&mut self, count: u64) {
        if count == 0 {
            return;
        }
        self.packets += count;
        self.lost += count;
        if self.since_loss >= GMIN {
            self.close();
            (self.stretch, self.stretch_lost) = (count, count);
        } else {
            self.stretch += self.since_loss + count;
            self.stretch_lost += count;
        }
        self.since_loss = 0;
    }

    /// The account so far.
    pub fn metrics(&self) -> BurstMetrics {
        let mut whole = *self;
        whole.close();
        let share = |part: u64, of: u64| {
            if of == 0 {
                0.0
            } else {
                part as f64 / of as f64
            }
        };
        let gap_packets = whole.packets - whole.burst_packets;
        BurstMetrics {
            burst_density: share(whole.burst_lost, whole.burst_packets),
            gap_density: share(whole.lost - whole.burst_lost, gap_packets),
            burst_packets: share(whole.burst_packets, whole.bursts),
            gap_packets: share(gap_packets, whole.bursts + 1),
        }
    }

    /// Ends a stretch; a single loss among many received packets belongs to the gap.
    fn close(&mut self) {
        if self.stretch_lost > 1 {
            self.bursts += 1;
            self.burst_packets += self.stretch;
            self.burst_lost += self.stretch_lost;
        }
        (self.stretch, self.stretch_lost) = (0, 0);
    }
}
