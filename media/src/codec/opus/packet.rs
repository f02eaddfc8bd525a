//! What a packet of Opus says of itself without being decoded. RFC 6716 §3 (framing), §4.2.3 and §4.2.4 (LBRR flags).

/// Whether the packet carries, in less quality, the frame before its own as well.
pub(super) fn repeats_the_one_before(payload: &[u8]) -> bool {
    let Some((&toc, rest)) = payload.split_first() else {
        return false;
    };
    // Configurations from 16 on are those without the speech layer, which alone repeats.
    let configuration = toc >> 3;
    if configuration >= 16 {
        return false;
    }
    let Some(&flags) = first_frame(toc & 3, rest) else {
        return false;
    };
    // The speech layer works in 20 ms; each has a flag for activity, and one flag for all repetitions follows.
    let parts = match (configuration, configuration & 3) {
        (0..12, 2) => 2,
        (0..12, 3) => 3,
        _ => 1,
    };
    let is_set = |bit: u8| flags >> bit & 1 == 1;
    let is_stereo = toc & 4 != 0;
    is_set(7 - parts) || is_stereo && is_set(6 - 2 * parts)
}

/// The first octet of the first frame, after the lengths that the code of the packet asks for. RFC 6716 §3.2.
fn first_frame(code: u8, rest: &[u8]) -> Option<&u8> {
    let start = match code {
        0 | 1 => 0,
        2 => length_octets(rest.first()?),
        _ => {
            let count = *rest.first()?;
            let (is_vbr, is_padded) = (count & 0x80 != 0, count & 0x40 != 0);
            let mut at = 1;
            if is_padded {
                while rest.get(at)? == &255 {
                    at += 1;
                }
                at += 1;
            }
            if is_vbr {
                for _ in 1..count & 0x3f {
                    at += length_octets(rest.get(at)?);
                }
            }
            at
        }
    };
    rest.get(start)
}

/// Octets that a length takes, by its first. RFC 6716 §3.2.1.
fn length_octets(first: &u8) -> usize {
    if *first < 252 { 1 } else { 2 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_is_found_behind_every_framing() {
        // Wide-band speech of 20 ms (configuration 9), activity and repetition set.
        let (toc, frame) = (9 << 3, 0b1100_0000);
        assert!(repeats_the_one_before(&[toc, frame, 1]));
        assert!(!repeats_the_one_before(&[toc, 0b1000_0000, 1]));
        assert!(repeats_the_one_before(&[toc | 2, 1, frame, 7]));
        assert!(repeats_the_one_before(&[toc | 2, 253, 0, frame, 7]));
        // Two frames of own lengths with three octets of padding.
        assert!(repeats_the_one_before(&[toc | 3, 0xc2, 3, 1, frame, 7]));
        // 60 ms have three flags of activity before it; two channels a second set behind.
        assert!(repeats_the_one_before(&[11 << 3, 0b1111_0000]));
        assert!(repeats_the_one_before(&[toc | 4, 0b1010_0000 | 1 << 4]));
        // Music has no such layer.
        assert!(!repeats_the_one_before(&[31 << 3, 0xff]));
    }

    #[test]
    fn what_is_cut_short_repeats_nothing() {
        for payload in [
            &[][..],
            &[72],
            &[74],
            &[75],
            &[75, 0xc2],
            &[75, 0xff, 255, 255],
        ] {
            assert!(!repeats_the_one_before(payload));
        }
    }
}
