//! The loops of the mixer: adding frames up, and taking one away again without leaving 16 bits.
//!
//! A sum `s` is split into a head `h`, which is `s` cut to 16 bits, and a rest `r`, which is `s - h` cut likewise. Then `s`
//! less a party's own sample, cut to 16 bits, is `h ⊖ (own ⊖ r)` with saturating subtractions: while the sum fits, `r` is 0
//! and that is the definition; when it does not, `h` is the bound itself, and only as much of `own` as exceeds `r` brings
//! the result back from it. That is as many samples to a vector as there can be.

use crate::vector::Kernel;

/// Samples that are worked on at a time: the widest vector of them.
const LANES: usize = 32;
/// Frames for which the sum is read and written once.
const TOGETHER: usize = 8;

/// Adds a frame to the sum.
pub(super) struct Add<'a> {
    pub(super) sum: &'a mut [i32],
    pub(super) frame: &'a [i16],
}

impl Kernel for Add<'_> {
    #[inline(always)]
    fn run(self) {
        let pairs = self.sum.iter_mut().zip(self.frame);
        pairs.for_each(|(sum, &sample)| *sum += i32::from(sample));
    }
}

/// Adds frames to the sum, which is read and written once for [`TOGETHER`] of them.
pub(super) struct AddMany<'a> {
    pub(super) sum: &'a mut [i32],
    /// One behind the other, each as long as the sum.
    pub(super) frames: &'a [i16],
}

impl Kernel for AddMany<'_> {
    #[inline(always)]
    fn run(self) {
        let AddMany { sum, frames } = self;
        let len = sum.len();
        let groups = frames.chunks_exact(TOGETHER * len);
        for frame in groups.remainder().chunks_exact(len) {
            Add { sum, frame }.run();
        }
        for group in groups {
            let (blocks, tail) = sum.as_chunks_mut::<LANES>();
            for (place, block) in blocks.iter_mut().enumerate() {
                let mut total = *block;
                for frame in group.chunks_exact(len) {
                    let said = &frame.as_chunks::<LANES>().0[place];
                    let pairs = total.iter_mut().zip(said);
                    pairs.for_each(|(total, &said)| *total += i32::from(said));
                }
                *block = total;
            }
            let done = len - tail.len();
            for frame in group.chunks_exact(len) {
                let pairs = tail.iter_mut().zip(&frame[done..]);
                pairs.for_each(|(sum, &said)| *sum += i32::from(said));
            }
        }
    }
}

/// Splits the sum into head and rest.
pub(super) struct Split<'a> {
    pub(super) sum: &'a [i32],
    pub(super) head: &'a mut [i16],
    pub(super) rest: &'a mut [i16],
}

impl Kernel for Split<'_> {
    #[inline(always)]
    fn run(self) {
        for ((&sum, head), rest) in self.sum.iter().zip(self.head).zip(self.rest) {
            *head = saturate(sum);
            // At most 2^31 away from 0, and the head lies on the same side of it: no overflow.
            *rest = saturate(sum - i32::from(*head));
        }
    }
}

/// The sum without a party's own frame.
pub(super) struct Without<'a> {
    pub(super) head: &'a [i16],
    pub(super) rest: &'a [i16],
    pub(super) own: &'a [i16],
    pub(super) target: &'a mut [i16],
}

impl Kernel for Without<'_> {
    #[inline(always)]
    fn run(self) {
        take_away(self.head, self.rest, self.own, self.target);
    }
}

/// The sum without the own frame of each of many parties.
pub(super) struct WithoutEach<'a> {
    pub(super) head: &'a [i16],
    pub(super) rest: &'a [i16],
    /// Whole frames, one behind the other.
    pub(super) own: &'a [i16],
    pub(super) target: &'a mut [i16],
}

impl Kernel for WithoutEach<'_> {
    #[inline(always)]
    fn run(self) {
        let len = self.head.len();
        let parties = self.own.chunks_exact(len);
        for (own, target) in parties.zip(self.target.chunks_exact_mut(len)) {
            take_away(self.head, self.rest, own, target);
        }
    }
}

#[inline(always)]
fn take_away(head: &[i16], rest: &[i16], own: &[i16], target: &mut [i16]) {
    let parts = head.iter().zip(rest).zip(own);
    for (target, ((&head, &rest), &own)) in target.iter_mut().zip(parts) {
        *target = head.saturating_sub(own.saturating_sub(rest));
    }
}

#[inline(always)]
pub(super) fn saturate(value: i32) -> i16 {
    value.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vector::{Width, run_at};

    /// Where sums and samples change their ways, and around there.
    const EDGES: [i32; 9] = [
        -131_072, -65_536, -65_535, -32_768, 0, 32_767, 65_534, 65_535, 131_072,
    ];

    #[test]
    fn head_and_rest_give_what_the_definition_gives() {
        let sums: Vec<i32> = EDGES
            .iter()
            .flat_map(|edge| edge - 40..edge + 40)
            .chain([i32::MIN, i32::MAX])
            .collect();
        for width in Width::all() {
            let mut head = vec![0; sums.len()];
            let mut rest = vec![0; sums.len()];
            let (sum, head_slice, rest_slice) = (&sums[..], &mut head[..], &mut rest[..]);
            run_at(
                width,
                Split {
                    sum,
                    head: head_slice,
                    rest: rest_slice,
                },
            );
            for own in (i16::MIN..=i16::MAX).step_by(17).chain([i16::MAX]) {
                let own_frame = vec![own; sums.len()];
                let mut target = vec![0; sums.len()];
                run_at(
                    width,
                    Without {
                        head: &head,
                        rest: &rest,
                        own: &own_frame,
                        target: &mut target,
                    },
                );
                for (&sum, &got) in sums.iter().zip(&target) {
                    let exact = i64::from(sum) - i64::from(own);
                    let wanted = exact.clamp(-32_768, 32_767) as i16;
                    assert_eq!(got, wanted, "{sum} without {own}, {width:?}");
                }
            }
        }
    }

    #[test]
    fn each_of_many_hears_what_one_alone_would() {
        let samples = |n: i32| (n * 7_919) as i16;
        let (head, rest): (Vec<i16>, Vec<i16>) =
            (0..100).map(|n| (samples(n), n as i16 % 3)).unzip();
        let own: Vec<i16> = (0..19 * 100).map(|n| samples(7 * n)).collect();
        let mut one_by_one = vec![0; own.len()];
        for (own, target) in own.chunks(100).zip(one_by_one.chunks_mut(100)) {
            take_away(&head, &rest, own, target);
        }
        for width in Width::all() {
            let mut at_once = vec![0; own.len()];
            let (head, rest, own, target) = (&head[..], &rest[..], &own[..], &mut at_once[..]);
            run_at(
                width,
                WithoutEach {
                    head,
                    rest,
                    own,
                    target,
                },
            );
            assert_eq!(at_once, one_by_one);
        }
    }

    #[test]
    fn many_at_once_are_as_many_one_by_one() {
        let frames: Vec<i16> = (0..19 * 100_i32).map(|n| (n * 7_919) as i16).collect();
        let mut one_by_one = vec![5; 100];
        for frame in frames.chunks(100) {
            let sum = &mut one_by_one[..];
            Add { sum, frame }.run();
        }
        for width in Width::all() {
            let mut at_once = vec![5; 100];
            let (sum, frames) = (&mut at_once[..], &frames[..]);
            run_at(width, AddMany { sum, frames });
            assert_eq!(at_once, one_by_one);
        }
    }
}
