//! How long one end of a connection keeps trying: what a kernel adds to the stack.
//!
//! Four clocks may run: of the handshake, of bytes that wait to be acknowledged, of a far end that answers no probes, and of
//! a connection that its party has let go of. The first to run out ends it.

use std::time::Duration;

/// The clocks of one end.
#[derive(Debug)]
pub(super) struct Patience {
    opened_ns: u64,
    heard_ns: u64,
    /// When bytes began to wait for being acknowledged.
    queued_ns: Option<u64>,
    keep_alive: Option<(u64, Duration)>,
    /// When the party let go of it.
    released_ns: Option<u64>,
}

/// How far a connection has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Phase {
    /// The far end has not agreed yet.
    Handshake,
    /// Established, at most half closed by the far end.
    Open,
    /// All that was to be said is said and acknowledged; the far end's last word is awaited.
    Listening,
    /// Closed by both ends, only waiting for stray segments (RFC 9293 §3.6.1).
    Strays,
    /// No segment belongs to it any more.
    Over,
}

impl Patience {
    /// The clock of the handshake begins.
    pub(super) fn new(now_ns: u64) -> Self {
        Self {
            opened_ns: now_ns,
            heard_ns: now_ns,
            queued_ns: None,
            keep_alive: None,
            released_ns: None,
        }
    }

    /// The far end has said something, be it only an acknowledgement.
    pub(super) fn on_heard(&mut self, now_ns: u64) {
        self.heard_ns = now_ns;
    }

    /// So many bytes wait to be acknowledged.
    pub(super) fn on_queue(&mut self, now_ns: u64, len: usize) {
        self.queued_ns = if len == 0 {
            None
        } else {
            self.queued_ns.or(Some(now_ns))
        };
    }

    /// Probes are sent after each such silence from now on, or none.
    pub(super) fn on_keep_alive(&mut self, now_ns: u64, interval: Option<Duration>) {
        self.keep_alive = interval.map(|interval| (now_ns, interval));
    }

    /// The party has let go.
    pub(super) fn on_release(&mut self, now_ns: u64) {
        self.released_ns = Some(now_ns);
    }

    /// Whether the party has let go.
    pub(super) fn is_released(&self) -> bool {
        self.released_ns.is_some()
    }

    /// When this end stops trying.
    pub(super) fn ends_ns(&self, phase: Phase) -> Option<u64> {
        let after = |from_ns: u64, time: Duration| from_ns.saturating_add(time.as_nanos() as u64);
        let released_time = match phase {
            Phase::Over => return None,
            Phase::Handshake => return Some(after(self.opened_ns, CONNECT_TIME)),
            // Waiting for strays is a matter of the stack, and short.
            Phase::Strays => None,
            Phase::Listening => Some(RELEASED_TIME),
            Phase::Open => Some(SEND_TIME),
        };
        let heard_since = |at_ns: u64| at_ns.max(self.heard_ns);
        let released = self
            .released_ns
            .zip(released_time)
            .map(|(at_ns, time)| after(heard_since(at_ns), time));
        let queued = self
            .queued_ns
            .map(|at_ns| after(heard_since(at_ns), SEND_TIME));
        let silent = self.keep_alive.map(|(set_ns, interval)| {
            after(
                heard_since(set_ns),
                interval.saturating_mul(KEEP_ALIVE_PROBES),
            )
        });
        [released, queued, silent].into_iter().flatten().min()
    }
}

/// How long a handshake may take: as long as common systems try (some 5 SYNs).
const CONNECT_TIME: Duration = Duration::from_secs(30);
/// How long bytes may stay unacknowledged (RFC 9293 §3.8.3: at least 100 s; common systems, 15 min).
const SEND_TIME: Duration = Duration::from_secs(900);
/// How long a connection that no party holds waits for the far end's last word.
const RELEASED_TIME: Duration = Duration::from_secs(120);
/// Unanswered probes after which the far end is taken for dead.
const KEEP_ALIVE_PROBES: u32 = 4;

#[cfg(test)]
mod tests {
    use super::*;

    const S: u64 = 1_000_000_000;

    #[test]
    fn the_first_clock_to_run_out_ends_it() {
        let mut patience = Patience::new(5 * S);
        assert_eq!(patience.ends_ns(Phase::Handshake), Some(35 * S));
        assert_eq!(patience.ends_ns(Phase::Open), None);
        patience.on_queue(10 * S, 7);
        patience.on_queue(20 * S, 5);
        assert_eq!(patience.ends_ns(Phase::Open), Some(910 * S));
        patience.on_heard(30 * S);
        assert_eq!(patience.ends_ns(Phase::Open), Some(930 * S));
        patience.on_keep_alive(40 * S, Some(Duration::from_secs(10)));
        assert_eq!(patience.ends_ns(Phase::Open), Some(80 * S));
        patience.on_keep_alive(40 * S, None);
        patience.on_queue(41 * S, 0);
        patience.on_release(50 * S);
        assert_eq!(patience.ends_ns(Phase::Open), Some(950 * S));
        assert_eq!(patience.ends_ns(Phase::Listening), Some(170 * S));
        assert_eq!(patience.ends_ns(Phase::Strays), None);
        assert_eq!(patience.ends_ns(Phase::Over), None);
    }
}
