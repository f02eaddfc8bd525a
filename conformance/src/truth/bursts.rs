//! Bursts and gaps by their definition, made of the fate of every packet: what a receiver that counts as it goes must come to.
//!
//! RFC 3611 §4.7.2: a burst is the longest run that begins and ends with a loss, has more than one, and in which fewer than Gmin
//! packets in a row came. All else is gap, before, between and after them.

/// Packets in a row that end a burst; the value that RFC 3611 §4.7.2 recommends.
const GMIN: usize = 16;

/// Shares are 0 to 1, lengths mean numbers of packets.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Bursts {
    pub(super) burst_density: f64,
    pub(super) gap_density: f64,
    pub(super) burst_packets: f64,
    pub(super) gap_packets: f64,
}

impl Bursts {
    /// Of packets in the order of their turns: whether each was heard.
    pub(super) fn of(heard: &[bool]) -> Bursts {
        let places = heard.iter().enumerate().filter(|(_, heard)| !**heard);
        let losses: Vec<usize> = places.map(|(place, _)| place).collect();
        // Between two losses of one burst fewer than Gmin packets came.
        let runs = losses.chunk_by(|before, after| after - before <= GMIN);
        let bursts: Vec<&[usize]> = runs.filter(|run| run.len() > 1).collect();
        let within: usize = bursts.iter().map(|run| run.len()).sum();
        let packets: usize = bursts
            .iter()
            .map(|run| run[run.len() - 1] - run[0] + 1)
            .sum();
        let share = |part: usize, of: usize| part as f64 / of.max(1) as f64;
        Bursts {
            burst_density: share(within, packets),
            gap_density: share(losses.len() - within, heard.len() - packets),
            burst_packets: share(packets, bursts.len()),
            gap_packets: share(heard.len() - packets, bursts.len() + 1),
        }
    }
}
