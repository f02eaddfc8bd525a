//! `b=`: what the receiver of an m-line takes at most.
//!
//! RFC 8866 §5.8 (`AS`, in kbit/s with the headers of RTP, UDP and IP); RFC 3890 §6.2 (`TIAS`, in bit/s without those of UDP and
//! IP).

use sdp_types::Bandwidth as Line;

/// Octets of a packet of pictures from RTP's header on, and of the headers below: what `AS` is reckoned with.
const PACKET: u64 = 1_000;
const HEADERS: u64 = 28;

/// A limit in bit/s of RTP packets, headers included.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Bandwidth(pub u64);

impl Bandwidth {
    /// What lines say: `TIAS`, or else `AS`; nothing where there is neither. Others, such as those of RTCP, are passed over.
    pub(super) fn read(lines: &[Line]) -> Option<Bandwidth> {
        let find = |name: &str| lines.iter().find(|line| line.bwtype == name);
        let exact = find("TIAS").map(|line| line.bandwidth);
        let rough = || {
            find("AS")
                .map(|line| line.bandwidth.saturating_mul(1_000) / (PACKET + HEADERS) * PACKET)
        };
        exact.or_else(rough).map(Bandwidth)
    }

    /// The lines that say it, for those who read either.
    pub(super) fn lines(self) -> [Line; 2] {
        let whole = self.0.saturating_mul(PACKET + HEADERS) / PACKET;
        let line = |bwtype: &str, bandwidth| Line {
            bwtype: bwtype.to_owned(),
            bandwidth,
        };
        [line("AS", whole.div_ceil(1_000)), line("TIAS", self.0)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(bwtype: &str, bandwidth: u64) -> Line {
        Line {
            bwtype: bwtype.to_owned(),
            bandwidth,
        }
    }

    #[test]
    fn the_exact_line_goes_before_the_rough_one() {
        let both = [line("RS", 0), line("AS", 512), line("TIAS", 480_000)];
        assert_eq!(Bandwidth::read(&both), Some(Bandwidth(480_000)));
        let rough = Bandwidth::read(&both[..2]).unwrap().0;
        assert!((497_000..498_100).contains(&rough), "{rough}");
        assert_eq!(Bandwidth::read(&both[..1]), None);
        assert_eq!(
            Bandwidth::read(&[line("AS", u64::MAX)]).map(|most| most.0 > 1 << 50),
            Some(true)
        );
    }

    #[test]
    fn what_is_written_is_read_again_by_either_line() {
        for bits in [0, 1, 64_000, 1_280_000, u64::MAX] {
            let lines = Bandwidth(bits).lines();
            assert_eq!(Bandwidth::read(&lines), Some(Bandwidth(bits)));
            let rough = Bandwidth::read(&lines[..1]).unwrap().0;
            assert!(
                bits > 1 << 50 || rough.abs_diff(bits) <= 1_000,
                "{rough} of {bits}"
            );
        }
    }
}
