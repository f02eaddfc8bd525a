//! N-1 mix for an audio conference: each party hears the sum of all others.
//!
//! One sum of all in 32 bits, from which each party's own frame is taken away before it is cut to 16 bits: the cost grows
//! with the number of parties and not with its square.

/// Parties whose sum surely fits: 2^16 frames of 16 bits make 32.
pub const PARTIES_MAX: usize = 1 << 16;

/// Mixes one frame after the other.
#[derive(Clone, Debug)]
pub struct Mixer {
    sum: Box<[i32]>,
    parties: usize,
}

impl Mixer {
    /// A mixer for frames of this length.
    pub fn new(frame_len: usize) -> Mixer {
        Mixer {
            sum: vec![0; frame_len].into(),
            parties: 0,
        }
    }

    /// Begins a new frame.
    pub fn begin(&mut self) {
        self.sum.fill(0);
        self.parties = 0;
    }

    /// Adds what a party says. One more than [`PARTIES_MAX`] is left out.
    #[inline]
    pub fn add(&mut self, frame: &[i16]) {
        if self.parties == PARTIES_MAX {
            return;
        }
        self.parties += 1;
        self.sum
            .iter_mut()
            .zip(frame)
            .for_each(|(sum, &sample)| *sum += i32::from(sample));
    }

    /// Writes what a party hears: all but its own frame, as it was added.
    #[inline]
    pub fn without(&self, own: &[i16], target: &mut [i16]) {
        for ((target, &sum), &own) in target.iter_mut().zip(&self.sum).zip(own) {
            *target = saturate(sum - i32::from(own));
        }
    }

    /// Writes what a listener hears who says nothing, or a recorder: all.
    #[inline]
    pub fn all(&self, target: &mut [i16]) {
        target
            .iter_mut()
            .zip(&self.sum)
            .for_each(|(target, &sum)| *target = saturate(sum));
    }

    /// Parties in this frame.
    pub fn parties(&self) -> usize {
        self.parties
    }
}

#[inline(always)]
fn saturate(sum: i32) -> i16 {
    sum.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_party_hears_the_plain_sum_of_the_others(frames in proptest::collection::vec(proptest::collection::vec(any::<i16>(), 24), 0..20)) {
            let mut mixer = Mixer::new(24);
            for _ in 0..2 {
                mixer.begin();
                frames.iter().for_each(|frame| mixer.add(frame));
            }
            let naive = |skipped: Option<usize>| -> Vec<i16> {
                let others = |place: usize| frames.iter().enumerate().filter(|(n, _)| Some(*n) != skipped).map(move |(_, f)| i64::from(f[place]));
                (0..24).map(|place| others(place).sum::<i64>().clamp(-32_768, 32_767) as i16).collect()
            };
            let mut heard = vec![0; 24];
            for (number, frame) in frames.iter().enumerate() {
                mixer.without(frame, &mut heard);
                prop_assert_eq!(&heard, &naive(Some(number)));
            }
            mixer.all(&mut heard);
            prop_assert_eq!(&heard, &naive(None));
            prop_assert_eq!(mixer.parties(), frames.len());
        }
    }
}
